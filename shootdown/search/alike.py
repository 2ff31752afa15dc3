"""Runs that look alike to an observer, and what they leave open: the judge of a report that is not sufficient.

Only `judged` builds an `Alike`, and it asks the interpreter alone: each run is followed step by step, the observer
starts with the same knowledge and sees the same whole sequence in all of them, and what is asked about their ends
differs (`EXACT`), or is true of nobody in all of them although it is of somebody in one (`USEFUL`).
"""

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import product
from typing import Any, Final

from shootdown.ir.errors import TraceError
from shootdown.ir.expr import Binder, Expr, as_bool, fresh, lift
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import domain, evaluate, holds
from shootdown.ir.observation import Observation, Seen
from shootdown.ir.part import formula
from shootdown.ir.sorts import Sort, SortLike, sort_of
from shootdown.ir.state import State
from shootdown.ir.system import System
from shootdown.ir.trace import Candidate, ConcreteState, Step, Trace
from shootdown.search.refute import EngineBug, states_of

_TOKEN: Final = object()

Elements = tuple[int, ...]
"""Elements of an index sort by number, in order."""


class Sufficiency(enum.Enum):
    """What an observation has to tell about a secret set.

    EXACT: the set itself. USEFUL: wherever it may have an element, one element that it certainly has.
    """

    EXACT = "exact"
    USEFUL = "useful"


@dataclass(frozen=True, slots=True)
class Secret:
    """The elements of a sort for which `holds(s, d)` is true where the observer is asked: who was done."""

    name: str
    sort: SortLike
    holds: Callable[[Any, Any], object]

    def on(self, system: System) -> tuple[Binder, Expr]:
        """The formula over the variables of `system`, and the variable that stands for the element."""
        binder, term = fresh("d", sort_of(self.sort))
        return binder, as_bool(self.holds(State(system.by_name, None, system.lets), term))


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that was seen: what it is called, at which elements, and its value there."""

    name: str
    sort: Sort
    over: tuple[Sort, ...]
    point: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Sight:
    """An observed step, and what was seen when it happened."""

    step: Step
    values: tuple[Value, ...]


def term_of(system: System, seen: Seen) -> tuple[tuple[Binder, ...], Expr]:
    """What is seen, as an expression over `system`, and the variables that stand for the elements."""
    pairs = [fresh("x", sort_of(s)) for s in seen.over]
    term = lift(seen.term(State(system.by_name, None, system.lets), *(e for _, e in pairs)))
    return tuple(b for b, _ in pairs), term


def sights(system: System, observation: Observation, trace: Trace) -> Iterator[Sight]:
    """Everything that the observer sees of a run, in order, by the interpreter."""
    for step, before in zip(trace.steps, trace.states[:-1], strict=True):
        if observation.observes(system.action[step.action]):
            found = (v for s in observation.steps.get(step.action, ()) for v in _values(system, s, before, trace.sizes))
            yield Sight(step, tuple(found))


def _values(system: System, seen: Seen, state: ConcreteState, sizes: Sizes) -> Iterator[Value]:
    binders, term = term_of(system, seen)
    sorts = tuple(b.sort for b in binders)
    for point in product(*(domain(s, sizes) for s in sorts)):
        env = {b.key: v for b, v in zip(binders, point, strict=True)}
        yield Value(seen.name, term.sort, sorts, point, evaluate(term, state, sizes, env))


def members(system: System, secret: Secret, state: ConcreteState, sizes: Sizes) -> Elements:
    """The secret set in a state, by the interpreter."""
    binder, inside = secret.on(system)
    return tuple(d for d in domain(binder.sort, sizes) if holds(inside, state, sizes, {binder.key: d}))


@dataclass(frozen=True, slots=True)
class Alike:
    """Runs with one and the same view, `view`, whose secret sets are `sets`. Built only by `judged`."""

    sufficiency: Sufficiency
    secret: str
    traces: tuple[Trace, ...]
    view: tuple[Sight, ...]
    sets: tuple[Elements, ...]
    _judged: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self._judged is not _TOKEN:
            raise TypeError("an Alike is built by shootdown.search.alike.judged(...), which follows its runs")

    @property
    def steps(self) -> int:
        """Steps of all runs together."""
        return sum(len(t) for t in self.traces)


def leave_open(sufficiency: Sufficiency, sets: Sequence[Elements]) -> bool:
    """Whether the secret sets of runs that look alike show that the observation is not sufficient."""
    if sufficiency is Sufficiency.EXACT:
        return len(set(sets)) > 1
    return any(sets) and not reduce(frozenset.intersection, map(frozenset, sets))


def judged(
    system: System,
    observation: Observation,
    secret: Secret,
    sufficiency: Sufficiency,
    candidates: Iterable[Candidate],
) -> Alike:
    """The runs with what they show; an EngineBug where one is no run, is told apart, or nothing is left open."""
    try:
        traces = tuple(_followed(system, c) for c in candidates)
    except TraceError as error:
        raise EngineBug(f"a run of {system.name} that was to look like another does not replay: {error}") from error
    views = [tuple(sights(system, observation, t)) for t in traces]
    if reason := _told_apart(system, observation, traces, views):
        raise EngineBug(f"{system.name}: {reason}")
    sets = tuple(members(system, secret, t.states[-1], t.sizes) for t in traces)
    if not leave_open(sufficiency, sets):
        raise EngineBug(f"{system.name}: the sets {sets} of {len(sets)} runs leave nothing open ({sufficiency.value})")
    return Alike(sufficiency, secret.name, traces, views[0], sets, _TOKEN)


def _followed(system: System, candidate: Candidate) -> Trace:
    return Trace(dict(candidate.sizes), tuple(states_of(system, candidate)), candidate.steps)


def _told_apart(
    system: System, observation: Observation, traces: Sequence[Trace], views: Sequence[tuple[Sight, ...]]
) -> str:
    """Why these are no runs with one view at whose ends the observer is asked; empty where they are."""
    at = None if observation.at is None else formula(system, observation.at)
    for trace, view in zip(traces, views, strict=True):
        if dict(trace.sizes) != dict(traces[0].sizes):
            return "the runs are of different sizes"
        for name in observation.known:
            if trace.states[0][name] != traces[0].states[0][name]:
                return f"the runs start with a different `{name}`, which the observer knows"
        if view != views[0]:
            return f"the observer sees {len(views[0])} steps of one run and {len(view)} of another, not the same"
        if at is not None and not holds(at, trace.states[-1], trace.sizes):
            return "a run ends where nothing is asked"
    return ""
