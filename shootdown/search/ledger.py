"""What a check knows of its sizes, and the verdict that this adds up to: gaps, vacuity, bounds, proofs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.errors import UsageError
from shootdown.ir.system import Claim
from shootdown.ir.trace import Candidate
from shootdown.search import explicit
from shootdown.search.engines import WORK, Found
from shootdown.search.lift import lift
from shootdown.search.question import Asked, Place, Problem, size_text
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.result import NO_START, Limits, Search
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Scope, Unknown, Vacuous, Verdict
from shootdown.search.witness import seek

SOON = 120_000
"""States of a size up to which it is searched before anything else is tried there."""

NOTHING = "no state meets the conditions at any of the sizes searched; nothing was checked"


def no_start(place: Place) -> str:
    """Why a place is not covered."""
    return f"no start exists at {size_text(place.sizes)}: axioms or init exclude each other there"


def doubts(found: Search) -> tuple[str, ...]:
    """What bmc says against a run that it has found: that a solver's limit kept it from a better one."""
    return (found.reason,) if found.reason else ()


@dataclass(frozen=True, slots=True)
class Covered:
    """A place without a trace, and what an engine has to show for it."""

    asked: Asked
    found: Found

    @property
    def starts(self) -> bool:
        """Whether it has a start."""
        return self.asked.starts


class Ledger:
    """The state of one check while it goes through its places."""

    def __init__(self, problem: Problem, claims: Sequence[Claim], limits: Limits) -> None:
        self.problem, self.claims, self.limits = problem, tuple(claims), limits
        self.fired: set[str] = set()
        self.covered: list[Covered] = []
        self.open: list[tuple[Place, Search]] = []
        self.notes: list[str] = []
        self.engine = "explicit"
        """Who has found the trace, if there is one."""
        self.interrupted = False

    @property
    def witnessed(self) -> frozenset[str]:
        """Scenarios that some reachable state of a place with a start meets."""
        return frozenset(name for c in self.covered for name in c.found.search.witnessed)

    def skip(self, place: Place) -> None:
        """There is no time for this place."""
        self.open.append((place, Search(depth=-1, reason="the time is up")))

    def take(self, asked: Asked, found: Found) -> None:
        """What an engine says of a place where it has found no trace."""
        self.fired |= found.search.fired
        if found.judged is not None:
            self.covered.append(Covered(asked, found))
        elif not found.search.complete and found.search.reason != NO_START:
            self.open.append((asked.place, found.search))

    def missing(self) -> list[Claim]:
        """Scenarios that no reachable state was seen to meet."""
        return [c for c in self.problem.companions if c.name not in self.witnessed]

    def without_trace(self) -> Verdict:
        """The verdict when no place has a trace."""
        self.covered = [c for c in self.covered if c.starts]
        if not self.covered and not self.open:
            raise UsageError(NOTHING)
        if self.open:
            return self._bounded()
        if (gap := self._gap()) is not None:
            return Unknown(no_start(gap), self.scope())
        unlisted = [c.asked for c in self.covered if not c.found.lists]
        if (lacking := self.lacking(self.missing(), unlisted, self.scope())) is not None:
            return lacking
        return Proved(tuple(c.found.judged() for c in self.covered if c.found.judged), self.scope(), tuple(self.notes))

    def lacking(self, scenarios: Sequence[Claim], places: Sequence[Asked], scope: Scope) -> Vacuous | Unknown | None:
        """What it means that some scenario has no run at any of these places; None where each has one."""
        for scenario in scenarios:
            sought = []
            for asked in places:
                sought.append(seek(asked, scenario, self.limits))
                if sought[-1].found:
                    break
            else:
                if reasons := [s.reason for s in sought if s.reason]:
                    return Unknown(f"no run was found to a state where {scenario.name}: {reasons[0]}", scope)
                return Vacuous(f"its scenario cannot be set up: no reachable state where {scenario.name}", scope)
        return None

    def _gap(self) -> Place | None:
        """The first place without a start: then what was asked for is not covered.

        A condition of the user's may well exclude sizes; a model may not.
        """
        covered = [(c.asked.place.topology, c.asked.place.sizes) for c in self.covered]
        empty = [p for p in self.problem.places if (p.topology, p.sizes) not in covered]
        return None if self.problem.scope.where or not empty else empty[0]

    def so_far(self) -> Verdict:
        """What is known when the user interrupts: never a proof."""
        self.interrupted = True
        done = f"; {len(self.covered)} of {len(self.problem.places)} sizes were closed" if self.covered else ""
        return Unknown(f"interrupted{done}", self.scope())

    def scope(self) -> Scope:
        """The scope of the problem with the sizes that were searched."""
        searched = [p.sizes for p, s in self.open if s.depth >= 0]
        return replace(self.problem.scope, sizes=(*(c.asked.place.sizes for c in self.covered), *searched))

    def _bounded(self) -> Verdict:
        """Some size was not settled: a depth for those that were searched, and the names of those that were not."""
        reasons = sorted({s.reason for _, s in self.open if s.reason})
        skipped = [size_text(p.sizes) for p, s in self.open if s.depth < 0]
        if skipped:
            more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
            reasons.append(f"not searched at all: {skipped[0]}{more}")
        depths = [s.depth for _, s in self.open if s.depth >= 0]
        if not depths:
            return Unknown("; ".join(reasons), self.scope())
        return HoldsTo(min(depths), self.scope(), "; ".join(reasons))

    def refuted(self, asked: Asked, found: Search, candidate: Candidate, notes: tuple[str, ...] = ()) -> Refuted:
        """The candidate as a run of the whole system, replayed."""
        claim = next(c for c in self.claims if c.name == found.claim)
        scope = replace(self.problem.scope, sizes=(asked.place.sizes,), topology=asked.place.topology)
        return refuted(asked.full, claim, lift(asked.full, asked.sliced, candidate), scope, notes)

    def shortened(self, asked: Asked, found: Search, candidate: Candidate) -> Refuted:
        """A run that need not be shortest is replayed, and then replaced by a shortest one, if that can be found."""
        self.refuted(asked, found, candidate)
        steps, sizes = len(candidate.steps), asked.place.sizes
        better = explicit.search(asked.sliced, self.claims, sizes, replace(self.limits, depth=steps, states=SOON))
        engine = "explicit"
        if better.candidate is None and not better.complete:
            from shootdown.search import bmc  # noqa: PLC0415 # loads z3, which a quick answer does without

            better = bmc.search(asked.sliced, self.claims, sizes, replace(self.limits, depth=steps), rlimit=WORK)
            engine = "bmc"
        if better.candidate is not None:
            self.engine = engine
            return self.refuted(asked, better, better.candidate)
        if better.complete or better.depth >= steps:
            raise EngineBug(f"{engine} finds no run of {steps} steps where there is one, against `{found.claim}`")
        return self.refuted(asked, found, candidate, (f"a shorter run may exist: {better.reason}",))
