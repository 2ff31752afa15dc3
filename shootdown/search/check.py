"""One check: every size in order, then a wider search; vacuity, stuck states and the verdict.

Small sizes are searched exhaustively by `explicit`. A size that it cannot exhaust is searched by `bmc`, and then
the verdict is `HoldsTo`. When every size is closed, `bmc` looks for a trace at one wider size, to a depth.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Expr, disj, implies
from shootdown.ir.nodes import Op
from shootdown.ir.slice import cone
from shootdown.ir.sorts import BOOL
from shootdown.ir.system import Action, Claim, Expectation, Named, System
from shootdown.ir.trace import Candidate
from shootdown.search import explicit
from shootdown.search.closure import NotComplete, Rechecked, recheck
from shootdown.search.lift import can_start, lift
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import Closed, HoldsTo, Proved, Refuted, Scope, Unknown, Vacuous, Verdict

STUCK = "stuck"
"""Name of the claim that a call in progress always has a next step of the kernel."""

NO_START = "no initial state at this size"
"""Reason of a size that is never covered."""

INTERPRETED = 25
"""States per size whose steps the interpreter judges when a set of states is closed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to search: sizes, a name for the topology, conditions on the start, actions that do not happen."""

    topology: str
    sizes: dict[str, int]
    conditions: tuple[Named, ...] = ()
    never: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Problem:
    """One claim about one system, and everywhere it is to be searched.

    `places` are exhausted in order; `wide` is searched by bmc to `wide_depth` afterwards, or until a query needs
    more than `wide_work` of the solver's own deterministic units.
    """

    system: System
    claims: tuple[Claim, ...]
    companions: tuple[Claim, ...]
    places: tuple[Place, ...]
    wide: Place | None = None
    wide_depth: int = 0
    wide_work: int = 0
    scope: Scope = field(default_factory=lambda: Scope(()))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what the search saw on the way: actions that fired, scenarios that were met."""

    verdict: Verdict
    fired: frozenset[str] = frozenset()
    witnessed: frozenset[str] = frozenset()
    seconds: float = 0.0
    engine: str = "explicit"
    interrupted: bool = False


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


def check(problem: Problem, limits: Limits) -> Outcome:
    """The verdict on a problem. Shortest means: the first place that has a trace, then the fewest steps."""
    begin = time.monotonic()
    claims = problem.claims
    if (stuck := stuck_claim(problem.system)) is not None:
        claims = (*claims, stuck)
    run = _Run(problem, claims, limits)
    try:
        verdict = run.verdict()
    except KeyboardInterrupt:
        verdict = run.so_far()
    seconds = time.monotonic() - begin
    return Outcome(verdict, frozenset(run.fired), run.witnessed, seconds, run.engine, run.interrupted)


@dataclass(frozen=True, slots=True)
class _Exhausted:
    """A size whose states were all seen, and what is still to be asked before that proves anything."""

    place: Place
    closed: Closed
    witnessed: frozenset[str]
    starts: Callable[[], bool]
    judge: Callable[[], Rechecked | NotComplete]


class _Run:
    """The state of one check while it goes through its places."""

    def __init__(self, problem: Problem, claims: Sequence[Claim], limits: Limits) -> None:
        self.problem = problem
        self.claims = tuple(claims)
        self.limits = limits
        self.fired: set[str] = set()
        self.exhausted: list[_Exhausted] = []
        self.open: list[tuple[Place, Search]] = []
        self.engine = "explicit"
        self.interrupted = False

    def verdict(self) -> Verdict:
        for place in self.problem.places:
            if self.limits.expired():
                self.open.append((place, Search(depth=-1, reason="the time is up")))
            elif (found := self._search(place)) is not None:
                return found
        self.exhausted = [e for e in self.exhausted if e.starts()]
        if not self.exhausted and not self.open:
            raise UsageError("no state meets the conditions at any of the sizes searched; nothing was checked")
        if self.open:
            return self._bounded()
        if gap := self._gap():
            return Unknown(f"no start exists at {gap}: axioms or init exclude each other there", self._scope())
        missing = [c for c in self.problem.companions if c.name not in self.witnessed]
        if missing:
            why = f"its scenario cannot be set up: no reachable state where {missing[0].name}"
            return Vacuous(why, self._scope())
        return self._widen(Proved(tuple(self._judged()), self._scope()))

    def _gap(self) -> str:
        """The first size without a start, in words: then what was asked for is not covered.

        A condition of the user's may well exclude sizes; a model may not.
        """
        covered = [(e.place.topology, e.closed.sizes) for e in self.exhausted]
        empty = [p for p in self.problem.places if (p.topology, p.sizes) not in covered]
        return "" if self.problem.scope.where or not empty else size_text(empty[0].sizes)

    @property
    def witnessed(self) -> frozenset[str]:
        """Scenarios that some reachable state of a size with a start meets."""
        return frozenset(name for e in self.exhausted for name in e.witnessed)

    def _judged(self) -> Iterator[Closed]:
        """The closed sets, each confirmed by the second judge; only a proof has to wait for it."""
        for exhausted in self.exhausted:
            judged = exhausted.judge()
            if isinstance(judged, NotComplete):
                where = size_text(exhausted.closed.sizes)
                raise EngineBug(f"the closed set at {where} is not complete: {judged.search.reason}")
            yield replace(exhausted.closed, interpreted=judged.sampled)

    def so_far(self) -> Verdict:
        """What is known when the user interrupts: never a proof."""
        self.interrupted = True
        done = f"; {len(self.exhausted)} of {len(self.problem.places)} sizes were closed" if self.exhausted else ""
        return Unknown(f"interrupted{done}", self._scope())

    def _scope(self) -> Scope:
        searched = [p.sizes for p, s in self.open if s.depth >= 0]
        return replace(self.problem.scope, sizes=(*(e.closed.sizes for e in self.exhausted), *searched))

    def _search(self, place: Place) -> Verdict | None:
        self.limits.tell("sizes", 0, size_text(place.sizes))
        full = at_place(self.problem.system, place)
        every = (*self.claims, *self.problem.companions)
        sliced = cone(full, [c.formula for c in every])
        result = explicit.explored(sliced, every, place.sizes, self.limits)
        found = result.search
        self.fired |= found.fired
        if found.candidate is not None:
            return self._refuted(full, sliced, found, found.candidate, place)
        if not found.complete:
            return self._fall_back(full, sliced, found, place)
        if found.states:
            closed = Closed(place.sizes, found.states, found.depth, found.digest)
            starts = partial(can_start, full, sliced, place.sizes)
            judge = partial(recheck, sliced, every, place.sizes, self.limits, sample=INTERPRETED, known=result)
            self.exhausted.append(_Exhausted(place, closed, found.witnessed, starts, judge))
        return None

    def _fall_back(self, full: System, sliced: System, found: Search, place: Place) -> Verdict | None:
        """A size that could not be exhausted: bmc looks further than explicit came, if it is not out of time."""
        best = found if found.states else replace(found, depth=-1)
        asked = self.limits.depth
        if not self.limits.expired() and (asked is None or best.depth < asked):
            depth = asked if asked is not None else max(self.problem.wide_depth, found.depth)
            tried = self._unroll(sliced, place, replace(self.limits, depth=depth))
            if tried.candidate is not None:
                return self._refuted(full, sliced, tried, tried.candidate, place)
            best = max(best, tried, key=lambda s: s.depth)
        if best.reason != NO_START:
            self.open.append((place, best))
        return None

    def _unroll(self, sliced: System, place: Place, limits: Limits) -> Search:
        from shootdown.search import bmc  # noqa: PLC0415 # loads z3, which a quick answer does without

        found = bmc.search(sliced, self.claims, place.sizes, limits, rlimit=self.problem.wide_work)
        if found.candidate is not None:
            self.engine = "bmc"
        return replace(found, reason=NO_START) if found.reason == bmc.NO_START else found

    def _refuted(self, full: System, sliced: System, found: Search, candidate: Candidate, place: Place) -> Refuted:
        claim = next(c for c in self.claims if c.name == found.claim)
        scope = replace(self.problem.scope, sizes=(place.sizes,), topology=place.topology)
        return refuted(full, claim, lift(full, sliced, candidate), scope)

    def _bounded(self) -> Verdict:
        """Some size was not exhausted: a depth for those that were searched, and the names of those that were not."""
        reasons = sorted({s.reason for _, s in self.open if s.reason})
        skipped = [size_text(p.sizes) for p, s in self.open if s.depth < 0]
        if skipped:
            more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
            reasons.append(f"not searched at all: {skipped[0]}{more}")
        depths = [s.depth for _, s in self.open if s.depth >= 0]
        if not depths:
            return Unknown("; ".join(reasons), self._scope())
        return HoldsTo(min(depths), self._scope(), "; ".join(reasons))

    def _widen(self, proved: Proved) -> Verdict:
        """The same question at a wider size, to a depth; a trace there refutes."""
        wide = self.problem.wide
        if wide is None or self.limits.expired():
            return proved
        full = at_place(self.problem.system, wide)
        sliced = cone(full, [c.formula for c in self.claims])
        try:
            found = self._unroll(sliced, wide, replace(self.limits, depth=self.problem.wide_depth))
        except KeyboardInterrupt:
            self.interrupted = True
            return replace(proved, notes=("the search at a wider size was interrupted",))
        if found.candidate is not None:
            return self._refuted(full, sliced, found, found.candidate, wide)
        ended = f", where {found.reason}" if found.depth < self.problem.wide_depth else ""
        return replace(proved, notes=(f"no trace of up to {found.depth} steps at {size_text(wide.sizes)}{ended}",))


def size_text(sizes: Mapping[str, int]) -> str:
    """`2 domains, 3 devices`: sizes in words."""
    return ", ".join(f"{n} {name.lower()}{'' if n == 1 else 's'}" for name, n in sizes.items())


def unfired(system: System, places: Sequence[Place], goals: Sequence[Claim], limits: Limits) -> "Coverage":
    """Model obligations: for each action and each goal the first place where it happens, and what never does.

    The first place is searched whole. Later ones only for what is missing: the cone of those guards.
    """
    missing = {a.name: Claim(a.name, Expectation.SOMETIMES, can_fire(a)) for a in system.actions}
    wanted = {g.name: g for g in goals}
    where: dict[str, Place] = {}
    for number, place in enumerate(places):
        claims = [*(missing.values() if number else ()), *wanted.values()]
        if not missing and not wanted:
            break
        full = at_place(system, place)
        some = cone(full, [c.formula for c in claims]) if number else full
        found = explicit.search(some, claims, place.sizes, limits)
        met = (found.witnessed | found.fired) & (missing.keys() | wanted.keys())
        where |= dict.fromkeys(sorted(met), place)
        missing = {name: c for name, c in missing.items() if name not in met}
        wanted = {name: c for name, c in wanted.items() if name not in met}
    return Coverage(where, tuple(sorted(missing)), tuple(sorted(wanted)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where each obligation of the model was first met, and those that no place meets."""

    where: dict[str, Place]
    actions: tuple[str, ...]
    goals: tuple[str, ...]
