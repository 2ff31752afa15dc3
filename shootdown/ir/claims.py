"""Properties: what must hold in every reachable state, and what must be reachable at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shootdown.ir.observation import Observation
from shootdown.ir.part import Part, formula
from shootdown.ir.ranking import Ranks
from shootdown.ir.system import Claim, Expectation, Says, System
from shootdown.ir.temporal import Leads

Build = Callable[[Any], object]

COHERENCY, ABI = "coherency", "abi"
"""Subjects of properties: caches, and the bytes of a call."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One conjunct of a claim or one scenario, with the words for its failure."""

    name: str
    kind: Expectation
    build: Build
    says: Says = ""
    doc: str = ""

    def on(self, system: System) -> Claim:
        """The claim as a formula over the variables of `system`."""
        return Claim(self.name, self.kind, formula(system, self.build), self.says, self.doc)


def always(name: str, build: Build, *, says: Says = "", doc: str = "") -> Spoken:
    """The formula holds in every reachable state; `says` words its failure."""
    return Spoken(name, Expectation.ALWAYS, build, says, doc)


def sometimes(name: str, build: Build, *, doc: str = "") -> Spoken:
    """The formula holds in some reachable state, at some size: the scenario can be set up."""
    return Spoken(name, Expectation.SOMETIMES, build, "", doc)


@dataclass(frozen=True, slots=True)
class Property:
    """A claim about every design: an English sentence, conjuncts, and companions against vacuity.

    `policy` is the default caller, `parts` names optional parts of the model that the claim speaks
    about, `monitor` builds a part that watches the run, `reach` says what a violation exposes,
    `topologies` are named topologies searched besides the sizes. `responses` are what must happen sooner or later.
    `pair`: the claims are about two runs that look alike; given the world it says to whom, and what is observed.
    `ranks` says by the name of a response why it comes for any finite number of elements, as far as a system has what
    the ranking is about: hints, which are never trusted.
    `subject` is the kind of model that it is about.
    """

    name: str
    sentence: str
    claims: tuple[Spoken, ...]
    companions: tuple[Spoken, ...]
    policy: str
    reach: str
    parts: tuple[str, ...] = ()
    monitor: Callable[[], Part] | None = None
    topologies: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    pair: Callable[[Any], Observation] | None = None
    responses: tuple[Leads, ...] = ()
    ranks: Mapping[str, Callable[[System], Ranks]] = field(default_factory=dict)
    subject: str = COHERENCY
