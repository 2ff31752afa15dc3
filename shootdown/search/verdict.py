"""What a check may answer. A verdict carries its evidence and its scope."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shootdown.ir.expr import Expr
from shootdown.ir.lasso import Lasso
from shootdown.ir.ranking import Ranking
from shootdown.ir.temporal import Response, Strength
from shootdown.ir.trace import Step, Trace
from shootdown.search.certificate import Inductive, KInductive


@dataclass(frozen=True, slots=True)
class Scope:
    """What a verdict speaks about: sizes, topology, and what is fixed or bounded."""

    sizes: tuple[Mapping[str, int], ...]
    faults: int | None = None
    topology: str = "sizes"
    where: str = ""
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closed:
    """Certificate of an exhaustive search at one size: the closed set of states, by number, depth and digest.

    It has been judged: every state and step again by newly compiled code, `interpreted` states and all
    their steps by the interpreter.
    """

    sizes: Mapping[str, int]
    states: int
    depth: int
    digest: str
    interpreted: int = 0


@dataclass(frozen=True, slots=True)
class Live:
    """Certificate that every fair run meets the responses at one size: all states, and why each loop of them is unfair.

    `instances` choices of elements were looked at, in the `states` that can be reached, over `steps` steps. Judged
    edge by edge with newly compiled code, and for `interpreted` states and all their steps by the interpreter.
    """

    sizes: Mapping[str, int]
    states: int
    steps: int
    depth: int
    digest: str
    instances: int
    interpreted: int = 0


AtSize = Closed | Inductive | KInductive | Live
"""What proves the claims at one size; whoever searched, another judge has confirmed it."""


@dataclass(frozen=True, slots=True)
class Lemma:
    """A closed formula over the state that is part of an inductive invariant.

    `name` says it in words; `origin` is where it came from: `claim`, `conjecture` (stated by the model), `found`.
    """

    name: str
    formula: Expr
    origin: str = "found"


@dataclass(frozen=True, slots=True)
class Universal:
    """Certificate for any number of elements of every sort: an inductive set of lemmas, claims among them.

    Initiation, consecution and safety were checked over uninterpreted sorts, `obligations` of them, and checked
    again by a fresh solver. `finite` names the orders whose least element an obligation takes for granted, which is
    true of finite sorts only.
    """

    lemmas: tuple[Lemma, ...]
    obligations: int
    finite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """Certificate of a response for any finite number of elements: a rank that shrinks until the response has come.

    The rank and the helpful actions are in `ranking`, the fairness is in `response`. The lemmas are inductive. All
    `obligations` were met over uninterpreted sorts, and met again by a fresh solver. That a rank cannot shrink for ever
    uses that sorts are finite; `finite` names the orders whose least element was taken for granted besides. `faults`:
    the system has some, and a run has finitely many.
    """

    response: Response
    ranking: Ranking
    lemmas: tuple[Lemma, ...]
    obligations: int
    finite: tuple[str, ...] = ()
    faults: bool = False


@dataclass(frozen=True, slots=True)
class Proved:
    """The claim holds in every reachable state within the scope; `notes` adds what else was searched.

    `certificate` has one entry for each size. With `universal` or `ranked` the scope is any number of elements of every
    sort, and `certificate` is empty: `universal` proves the claims, `ranked` has a proof of each response.
    """

    certificate: tuple[AtSize, ...]
    scope: Scope
    notes: tuple[str, ...] = ()
    universal: Universal | None = None
    ranked: tuple[Ranked, ...] = ()

    @property
    def for_any_number(self) -> bool:
        """Whether the proof is for any number of elements of every sort."""
        return self.universal is not None or bool(self.ranked)


@dataclass(frozen=True, slots=True)
class Refuted:
    """A run of the model that violates the claim. Built only by `shootdown.search.refute`, which replays it.

    It is a shortest one unless `notes` say otherwise.
    """

    trace: Trace
    claim: str
    scope: Scope
    tallies: Mapping[str, int] = field(default_factory=dict)
    _replayed: Any = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from shootdown.search.refute import is_token  # noqa: PLC0415 # refute builds this class

        if not is_token(self._replayed):
            raise TypeError("a Refuted is built by shootdown.search.refute.refuted(...), which replays the trace")


class Turn(enum.Enum):
    """What makes a loop fair to one instance of an action."""

    TAKEN = "taken"
    DISABLED = "disabled"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Treated:
    """An instance of a fair action and its turn in the loop: taken, not enabled all the time, or never enabled."""

    step: Step
    strength: Strength
    turn: Turn


@dataclass(frozen=True, slots=True)
class RefutedLasso:
    """A fair run in which something never happens. Built only by `shootdown.search.refute_lasso`, which replays it.

    `elements` are those for which the response `claim` fails: its trigger holds after `since` steps, its goal never
    from there on. `fair` has every instance of every fair action.
    """

    lasso: Lasso
    claim: str
    elements: tuple[int, ...]
    since: int
    fair: tuple[Treated, ...]
    scope: Scope
    tallies: Mapping[str, int] = field(default_factory=dict)
    _replayed: Any = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        from shootdown.search.refute_lasso import is_token  # noqa: PLC0415 # refute_lasso builds this class

        if not is_token(self._replayed):
            raise TypeError("a RefutedLasso is built by shootdown.search.refute_lasso, which replays the run")

    @property
    def trace(self) -> Trace:
        """The stem and one round of the loop as a finite run."""
        return self.lasso.trace


@dataclass(frozen=True, slots=True)
class HoldsTo:
    """No violation within `depth` steps; not a proof."""

    depth: int
    scope: Scope
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer, and why."""

    reason: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Vacuous:
    """The claim would hold because its scenario cannot be set up; says which one."""

    why: str
    scope: Scope


Broken = Refuted | RefutedLasso
"""A claim that was refuted, by a trace or by a run that goes on for ever; both have a `trace` and `tallies`."""

Verdict = Proved | Refuted | RefutedLasso | HoldsTo | Unknown | Vacuous


def outcome(verdict: Verdict) -> str:
    """The word of the one-line form and of JSON."""
    match verdict:
        case Proved():
            return "proved"
        case Refuted() | RefutedLasso():
            return "refuted"
        case HoldsTo():
            return "holds-to"
        case Unknown():
            return "unknown"
        case Vacuous():
            return "vacuous"
