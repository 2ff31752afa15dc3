"""What is asked: one claim about one system, and everywhere it is to be searched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from shootdown.ir.expr import Expr, disj, implies
from shootdown.ir.ground import Sizes
from shootdown.ir.nodes import Op
from shootdown.ir.ranking import Ranks
from shootdown.ir.schedule import scheduled
from shootdown.ir.slice import cone
from shootdown.ir.sorts import BOOL
from shootdown.ir.system import Action, Claim, Expectation, Named, System
from shootdown.ir.temporal import Response
from shootdown.search.lift import can_start
from shootdown.search.verdict import Lemma, Scope

STUCK = "stuck"
"""Name of the claim that a call in progress always has a next step of the kernel."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to search: sizes, a name for the topology, conditions on the start, actions that do not happen."""

    topology: str
    sizes: dict[str, int]
    conditions: tuple[Named, ...] = ()
    never: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hints:
    """What helps to find lemmas: conjectures about the model, sizes to be searched, sizes for random runs."""

    conjectures: tuple[Lemma, ...] = ()
    small: tuple[Sizes, ...] = ()
    large: tuple[Sizes, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """The question for any number of elements: hints for a proof, conditions on the start, what the answer covers."""

    hints: Hints = field(default_factory=Hints)
    conditions: tuple[Named, ...] = ()
    scope: Scope = field(default_factory=lambda: Scope(()))


@dataclass(frozen=True)
class Problem:
    """One claim about one system, and everywhere it is to be searched.

    `places` are exhausted in order; `wide` is searched by bmc to `wide_depth` afterwards, or until a query needs
    more than `wide_work` of the solver's own deterministic units. `open`: a proof for any number is tried.
    `responses` are what must happen sooner or later in every fair run, besides the claims; `ranks` has hints at why
    they come for any finite number, by their names.
    """

    system: System
    claims: tuple[Claim, ...]
    companions: tuple[Claim, ...]
    places: tuple[Place, ...]
    wide: Place | None = None
    wide_depth: int = 0
    wide_work: int = 0
    scope: Scope = field(default_factory=lambda: Scope(()))
    open: Open | None = None
    responses: tuple[Response, ...] = ()
    ranks: Mapping[str, Callable[[System], Ranks]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A problem at one place: the whole system, the slice of it that decides, claims and companions in one row."""

    place: Place
    full: System
    sliced: System
    every: tuple[Claim, ...]

    @property
    def starts(self) -> bool:
        """Whether the conditions that the slice leaves out can be met: a start of the slice is one of the system."""
        return can_start(self.full, self.sliced, self.place.sizes)


def pose(problem: Problem, claims: tuple[Claim, ...], place: Place) -> Asked:
    """The question at a place; `claims` are those of the problem, and what else has to hold."""
    full = at_place(problem.system, place)
    every = (*claims, *problem.companions)
    return Asked(place, full, scheduled(cone(full, [c.formula for c in every])), every)


def stuck_claim(system: System) -> Claim | None:
    """While a call is in progress, some action of the working actors is enabled."""
    if system.busy is None:
        return None
    able = disj(*(can_fire(a) for a in system.actions if a.actor in system.working))
    says = "stuck: a call is in progress and no kernel action is enabled"
    return Claim(STUCK, Expectation.ALWAYS, implies(system.busy, able), says)


def can_fire(action: Action) -> Expr:
    """Some choice of the parameters enables the action."""
    return Expr(Op.EXISTS, (action.guard,), BOOL, action.params) if action.params else action.guard


def at_place(system: System, place: Place, *, every_action: bool = False) -> System:
    """The system whose runs start where the place says, without the actions that do not happen there."""
    actions = tuple(a for a in system.actions if every_action or a.name not in place.never)
    return replace(system, init=(*system.init, *place.conditions), actions=actions)


def size_text(sizes: Mapping[str, int]) -> str:
    """`2 domains, 3 devices`: sizes in words."""
    return ", ".join(f"{n} {name.lower()}{'' if n == 1 else 's'}" for name, n in sizes.items())
