"""One check: every size in order, then a wider search; vacuity, stuck states and the verdict.

Small sizes are searched exhaustively by `explicit`. Where they hold no trace, a proof for any number is tried; only
without one the larger sizes are searched. A size that `explicit` cannot exhaust is searched by `bmc`, and then the
verdict is `HoldsTo`. When every size is closed, `bmc` looks for a trace at one wider size, to a depth.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from shootdown.ir.errors import UsageError
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, System
from shootdown.ir.trace import Candidate
from shootdown.search import explicit
from shootdown.search.closure import NotComplete, Rechecked, recheck
from shootdown.search.lift import can_start, lift
from shootdown.search.question import STUCK, Place, Problem, at_place, size_text, stuck_claim
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import Closed, HoldsTo, Proved, Refuted, Scope, Universal, Unknown, Vacuous, Verdict

NO_START = "no initial state at this size"
"""Reason of a size that is never covered."""

SOON = 120_000
"""States of a size up to which it is searched before a proof for any number is tried."""

INTERPRETED = 25
"""States per size whose steps the interpreter judges when a set of states is closed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what the search saw on the way: actions that fired, scenarios that were met."""

    verdict: Verdict
    fired: frozenset[str] = frozenset()
    witnessed: frozenset[str] = frozenset()
    seconds: float = 0.0
    engine: str = "explicit"
    interrupted: bool = False


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
        self.later: list[Place] = []
        self.notes: list[str] = []
        self.engine = "explicit"
        self.interrupted = False

    def verdict(self) -> Verdict:
        found = self._over(self.problem.places, soon=self.problem.open is not None)
        if found is None:
            found = self._any_number() or self._over(self.later)
        return found or self._without_trace()

    def _over(self, places: Sequence[Place], *, soon: bool = False) -> Verdict | None:
        """Search places in order; a trace at one of them counts when the earlier ones that were put off have none."""
        for place in places:
            if self.limits.expired():
                self.open.append((place, Search(depth=-1, reason="the time is up")))
            elif (found := self._search(place, soon=soon)) is not None:
                put_off, self.later = self.later, []
                return self._over(put_off) or found
        return None

    def _any_number(self) -> Verdict | None:
        """A proof for any number of elements, where the question allows one and every scenario was seen."""
        asked = self.problem.open
        if asked is None or self.limits.expired() or self._missing() or not self._all_start():
            return None
        from shootdown.search.anynumber import prove  # noqa: PLC0415 # loads z3, as bmc does
        from shootdown.search.parametric import Wanted  # noqa: PLC0415

        system = at_place(self.problem.system, Place("", {}, asked.conditions))
        stuck = tuple(c for c in self.claims if c.name == STUCK)
        wanted = Wanted(tuple(c for c in self.claims if c.name != STUCK), stuck)
        found = prove(system, wanted, asked.hints, self.limits)
        if isinstance(found, Universal):
            self.engine = "parametric"
            return Proved((), asked.scope, (), found)
        self.notes.append(f"no proof for any number: {found.reason}")
        return None

    def _all_start(self) -> bool:
        """Whether runs start at every place searched so far; a condition of the user's may exclude some.

        A size at which axioms and initial conditions exclude each other must not pass for covered.
        """
        started = [e for e in self.exhausted if e.starts()]
        searched = len(self.problem.places) - len(self.later)
        return len(started) == searched or bool(started and self.problem.scope.where)

    def _missing(self) -> list[Claim]:
        """Scenarios that no reachable state was seen to meet."""
        return [c for c in self.problem.companions if c.name not in self.witnessed]

    def _without_trace(self) -> Verdict:
        self.exhausted = [e for e in self.exhausted if e.starts()]
        if not self.exhausted and not self.open:
            raise UsageError("no state meets the conditions at any of the sizes searched; nothing was checked")
        if self.open:
            return self._bounded()
        if gap := self._gap():
            return Unknown(f"no start exists at {gap}: axioms or init exclude each other there", self._scope())
        if missing := self._missing():
            why = f"its scenario cannot be set up: no reachable state where {missing[0].name}"
            return Vacuous(why, self._scope())
        return self._widen(Proved(tuple(self._judged()), self._scope(), tuple(self.notes)))

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

    def _search(self, place: Place, *, soon: bool) -> Verdict | None:
        """Search a place; with `soon` one that turns out to be large is put off."""
        self.limits.tell("sizes", 0, size_text(place.sizes))
        limits = replace(self.limits, states=min(SOON, self.limits.states)) if soon else self.limits
        full = at_place(self.problem.system, place)
        every = (*self.claims, *self.problem.companions)
        sliced = cone(full, [c.formula for c in every])
        result = explicit.explored(sliced, every, place.sizes, limits)
        found = result.search
        self.fired |= found.fired
        if found.candidate is not None:
            return self._refuted(full, sliced, found, found.candidate, place)
        if soon and not found.complete and found.states >= SOON:
            self.later.append(place)
            return None
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
            return replace(proved, notes=(*proved.notes, "wider: the search was interrupted"))
        if found.candidate is not None:
            return self._refuted(full, sliced, found, found.candidate, wide)
        ended = f", where {found.reason}" if found.depth < self.problem.wide_depth else ""
        note = f"wider: no trace of up to {found.depth} steps at {size_text(wide.sizes)}{ended}"
        return replace(proved, notes=(*proved.notes, note))
