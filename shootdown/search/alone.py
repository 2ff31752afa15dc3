"""A check by one engine alone: at every size in order, or for any number of elements."""

from collections.abc import Sequence
from dataclasses import replace

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import TRUE
from shootdown.ir.system import Claim
from shootdown.search.engines import ENGINES, PARAMETRIC, WORK, for_any_number, known_engine
from shootdown.search.ledger import NOTHING, Ledger, doubts, no_start
from shootdown.search.question import Asked, Open, Place, Problem, pose, size_text
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Universal, Unknown, Verdict

SHORTEST = frozenset({"explicit", "bmc", "kinduction"})
"""Engines whose runs are shortest; others look for a shorter one elsewhere."""


class Alone(Ledger):
    """One check by the engine of that name."""

    def __init__(self, problem: Problem, claims: Sequence[Claim], limits: Limits, name: str) -> None:
        super().__init__(problem, claims, limits)
        self.engine = known_engine(name)

    def verdict(self) -> Verdict:
        """Shortest means: the first place that has a trace, then the fewest steps."""
        if self.engine == PARAMETRIC:
            return self._any_number()
        for place in self.problem.places:
            if self.limits.expired():
                self.skip(place)
            elif (found := self._ask(place)) is not None:
                return found
        return self.without_trace()

    def _ask(self, place: Place) -> Verdict | None:
        self.limits.tell("sizes", 0, size_text(place.sizes))
        asked = pose(self.problem, self.claims, place)
        found = ENGINES[self.engine](asked.sliced, asked.every, place.sizes, self.limits)
        run = found.search.candidate
        if run is None:
            self.take(asked, found)
            return None
        self.fired |= found.search.fired
        if self.engine not in SHORTEST:
            return self.shortened(asked, found.search, run)
        return self.refuted(asked, found.search, run, () if self.engine == "explicit" else doubts(found.search))

    def _any_number(self) -> Verdict:
        asked = self.problem.open
        if asked is None:
            raise UsageError(
                f"the engine {PARAMETRIC} proves for any number of elements and of steps; "
                "drop the options that say how many, or ask another engine"
            )
        found = for_any_number(self.problem, asked, self.claims, self.limits)
        if not isinstance(found, Universal):
            return Unknown(found.reason, asked.scope)
        return self._met(asked) or Proved((), asked.scope, (), found)

    def _met(self, asked: Open) -> Verdict | None:
        """A proof means something only where every scenario can be set up, at some of the sizes in order."""
        posed = [pose(self.problem, self.claims, place) for place in self.problem.places]
        started = [a for a in posed if self._starts(a)]
        if not started:
            raise UsageError(NOTHING)
        if len(started) < len(posed) and not self.problem.scope.where:
            lonely = next(a for a in posed if a not in started)
            return Unknown(no_start(lonely.place), asked.scope)
        sizes = tuple(a.place.sizes for a in started)
        return self.lacking(self.problem.companions, started, replace(self.problem.scope, sizes=sizes))

    def _starts(self, asked: Asked) -> bool:
        from shootdown.search import bmc  # noqa: PLC0415 # loads z3

        limits = replace(self.limits, depth=0)
        found = bmc.reach(asked.sliced, TRUE, asked.place.sizes, limits, rlimit=WORK)
        return found.candidate is not None and asked.starts
