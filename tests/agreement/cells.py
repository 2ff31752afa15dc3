"""The cells of the agreement: each design, property, policy and contract at one size, and what an engine says of it."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.ir import Claim, Named, System
from shootdown.ir.expr import reads
from shootdown.ir.interp import domain, holds
from shootdown.ir.pairs import said
from shootdown.ir.slice import cone
from shootdown.ir.sorts import IndexSort, Sort
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.model.topology import no_emulated
from shootdown.properties import properties
from shootdown.review.problem import Request, claims_of, system_of
from shootdown.search.question import Place, at_place, stuck_claim
from shootdown.search.refute import replay
from shootdown.search.result import Search

SIZES = {"Domain": 2, "Group": 2, "Device": 2, "Unit": 2, "Iova": 1, "Frame": 2}
"""The largest size that is closed by default. Elements may be unused, so every smaller topology is among these."""

SMALL = 20_000
"""Cells with fewer states than this are compared up to their diameter in the quick tests too."""

TABLE = Path(__file__).with_name("table.json")
"""What was measured: a row for each cell."""

TWO_POLICIES = {"no-reuse-while-stale": ("report-and-complete", "withhold-completion")}

Fixed = Mapping[tuple[str, tuple[int, ...]], int]
"""Values of cells, by variable and arguments."""

State = dict[str, dict[tuple[int, ...], int]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One question about the model, by names."""

    design: str
    property: str
    policy: str
    contract: str

    def __str__(self) -> str:
        return " ".join(x for x in (self.design, self.property, self.policy, self.contract) if x)


@dataclass(frozen=True)
class Posed:
    """A cell as engines see it: the slice that matters, what must hold, and what must be reachable."""

    system: System
    claims: tuple[Claim, ...]
    companions: tuple[Claim, ...]

    @property
    def every(self) -> tuple[Claim, ...]:
        """Claims, then companions."""
        return (*self.claims, *self.companions)


@dataclass(frozen=True, slots=True)
class Broken:
    """What engines must agree on: the claim that a shortest run breaks, and how cheaply it can be done."""

    claim: str
    steps: int
    counted: int
    clutter: int


MEASURED = ("type1-v1", "type1-v1-stop", "best-effort")
"""The plain loops: every cell of theirs is compared. Of the other designs, two."""

SAMPLES = (("failure-is-told", "ideal"), ("success-means-coherent", "ideal"))
"""Property and contract of these: the steps that a design's parts add are among what decides them."""


STATED_UNDER_IDEAL = ("report-is-useful", "stale-is-unacknowledged")
"""Properties that are compared under one contract."""


def cells() -> Iterator[Cell]:
    """Every cell that is compared; not what is claimed of pairs of runs and of recovery."""
    asked = [name for name, found in properties().items() if found.pair is None and "recovery" not in found.parts]
    for design, name in itertools.product(MEASURED, asked):
        contracts = ("ideal",) if name in STATED_UNDER_IDEAL else CONTRACTS
        for policy, contract in itertools.product(TWO_POLICIES.get(name, ("",)), contracts):
            yield Cell(design, name, policy, contract)
    for design, (name, contract) in itertools.product(designs(), SAMPLES):
        if design not in MEASURED:
            yield Cell(design, name, "", contract)


@cache
def table() -> dict[str, dict[str, Any]]:
    """The rows by the names of the cells; `broken` only where the property is refuted."""
    rows: dict[str, dict[str, Any]] = json.loads(TABLE.read_text())
    return rows


def expected(cell: Cell) -> Broken | None:
    """The recorded answer."""
    broken = table()[str(cell)].get("broken")
    return None if broken is None else Broken(*broken)


def refuted_cells() -> list[Cell]:
    """The cells whose row says so."""
    return [c for c in cells() if "broken" in table().get(str(c), {})]


def holding_cells() -> list[Cell]:
    """The other cells of the table."""
    return [c for c in cells() if "broken" not in table().get(str(c), {"broken": None})]


@cache
def pose(cell: Cell) -> Posed:
    """The cell at `SIZES` under the condition that no group is emulated; attach and detach are on."""
    prop = properties()[cell.property]
    system = system_of(Request(designs()[cell.design], prop, cell.contract, cell.policy))
    claims, companions = claims_of(prop, system)
    stuck = stuck_claim(system)
    if stuck is not None:  # nobody asks whether a pair of runs is stuck
        claims = (*claims, stuck)
    place = Place("sizes", SIZES, (Named("no emulated group", said(system, no_emulated)),))
    sliced = cone(at_place(system, place), [c.formula for c in (*claims, *companions)])
    return Posed(sliced, claims, companions)


def answer(posed: Posed, found: Search) -> Broken | None:
    """What an engine says, on which engines must agree."""
    if found.candidate is None:
        return None
    taken = [posed.system.action[s.action] for s in found.candidate.steps]
    return Broken(found.claim, len(taken), sum(bool(a.tally) for a in taken), sum(a.clutter for a in taken))


def confirmed(posed: Posed, found: Search) -> Broken | None:
    """As `answer`; the run is replayed by the interpreter first."""
    if found.candidate is not None:
        replay(posed.system, next(c for c in posed.claims if c.name == found.claim), found.candidate)
    return answer(posed, found)


def topologies(system: System, sizes: Mapping[str, int]) -> list[tuple[Fixed, int]]:
    """One choice of the immutable state for each orbit, and how many choices its orbit has.

    Listed by the interpreter and by brute force, apart from what the explicit engine does: the bounded engine
    is asked about each. Sound where no formula of the system names an element.
    """
    choices = {frozenset(c.items()): c for c in _choices(system, sizes)}
    orbits: list[tuple[Fixed, int]] = []
    while choices:
        first = min(choices, key=sorted)
        orbit = {frozenset(_moved(system, choices[first], p).items()) for p in _permutations(system, sizes)}
        orbits.append((choices[first], len(orbit)))
        for member in orbit:
            del choices[member]  # a KeyError here: the conditions on the topology are not symmetric
    return orbits


def _choices(system: System, sizes: Mapping[str, int]) -> list[Fixed]:
    """Variable after variable with all its tables; a condition is asked as soon as all that it reads is there."""
    immutable = [v for v in system.variables if v.immutable]
    conditions = [(reads(n.formula), n.formula) for n in (*system.axioms, *system.init)]
    states: list[State] = [{}]
    for number, variable in enumerate(immutable):
        known = {v.name for v in immutable[: number + 1]}
        ready = [f for names, f in conditions if variable.name in names and names <= known]
        points = list(itertools.product(*(domain(s, sizes) for s in variable.args)))
        rows = itertools.product(domain(variable.sort, sizes), repeat=len(points))
        tables = [dict(zip(points, row, strict=True)) for row in rows]
        wider = ({**state, variable.name: t} for state in states for t in tables)
        states = [s for s in wider if all(holds(f, s, sizes) for f in ready)]
    return [{(name, at): v for name, t in s.items() for at, v in t.items()} for s in states]


def _permutations(system: System, sizes: Mapping[str, int]) -> Iterator[dict[str, tuple[int, ...]]]:
    sorts = [s.name for s in system.index_sorts]
    for images in itertools.product(*(itertools.permutations(range(sizes[s])) for s in sorts)):
        yield dict(zip(sorts, images, strict=True))


def _moved(system: System, fixed: Fixed, images: Mapping[str, tuple[int, ...]]) -> Fixed:
    def move(sort: Sort, value: int) -> int:
        return images[sort.name][value] if isinstance(sort, IndexSort) else value

    found = {}
    for (name, at), value in fixed.items():
        variable = system.by_name[name]
        place = tuple(move(s, a) for s, a in zip(variable.args, at, strict=True))
        found[name, place] = move(variable.sort, value)
    return found
