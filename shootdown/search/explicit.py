"""Explicit search: every reachable state of a system at given sizes, breadth first.

The states are the certificate of a complete search: their number, the depth and a digest of the set
are reported. Where the number of the topology and the mutable state do not fit into one word, the
topologies are searched in groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.ground import Sizes
from shootdown.ir.system import Claim, System
from shootdown.search.breadth import NO_INITIAL_STATE, STOPPED, Exploration, explore
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import WORD, Words
from shootdown.search.result import Limits, Search
from shootdown.search.shortest import Counterexample, counterexample
from shootdown.search.space import Problem
from shootdown.search.wordset import digest


@dataclass(frozen=True)
class Explored:
    """A search with the sets of states behind it, one exploration for each group of topologies."""

    search: Search
    parts: tuple[Exploration, ...]


def search(
    system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits, *, stop: bool = True, symmetric: bool = True
) -> Search:
    """Search all reachable states for a violation of an `always` claim, and for witnesses of `sometimes` claims.

    Stops at the first level with a violation if `stop`; the candidate is the canonical shortest run to a
    state that breaks the first violated claim. `symmetric=False` switches the reduction off.
    """
    return explored(system, claims, sizes, limits, stop=stop, symmetric=symmetric).search


def explored(
    system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits, *, stop: bool = True, symmetric: bool = True
) -> Explored:
    """As `search`, and keeps the visited states."""
    problem = Problem(system, claims, sizes, faults=limits.faults, symmetric=symmetric)
    topologies = _topologies(problem, limits)
    if isinstance(topologies, str):
        return Explored(Search(reason=topologies), ())
    runs: list[Exploration] = []
    best: _Found | None = None
    spaces = list(problem.spaces(topologies))
    for space in spaces:
        run = explore(space, _rest(limits, runs, best if stop else None), stop=stop)
        runs.append(run)
        found = _found(run)
        if found is not None and (best is None or found.rank < best.rank):
            best = found
        if run.cut:
            break
    reason = _reason(runs, found=best is not None, stop=stop)
    return Explored(_summary(runs, best, reason, left=len(spaces) - len(runs)), tuple(runs))


@dataclass(frozen=True, slots=True)
class _Found:
    """A counterexample to the claim with this number."""

    claim: int
    run: Counterexample

    @property
    def rank(self) -> tuple[int, ...]:
        """Smaller is shown: steps, then the claim, then tallied steps and clutter."""
        return (len(self.run.candidate.steps), self.claim, *self.run.cost)


def _found(run: Exploration) -> _Found | None:
    return None if run.violation is None else _Found(run.violation.claim, counterexample(run, run.violation))


def _summary(runs: list[Exploration], found: _Found | None, reason: str, left: int) -> Search:
    """One answer for all groups; `left` of them were not searched."""
    complete = not left and all(r.complete for r in runs)
    return Search(
        candidate=found.run.candidate if found is not None else None,
        claim=runs[0].space.claims[found.claim].name if found is not None else "",
        complete=complete,
        depth=max((r.depth for r in runs), default=0) if complete else _searched(runs, found, left),
        states=sum(len(r.visited) for r in runs),
        digest=digest(*(words for r in runs for words in (r.space.layout.topologies, r.visited.all()))),
        fired=frozenset(name for r in runs for name in r.fired),
        witnessed=frozenset(name for r in runs for name in r.witnessed),
        reason=reason,
    )


def _searched(runs: list[Exploration], found: _Found | None, left: int) -> int:
    """Steps to the violation, or so many that no run of this length breaks a claim in any group."""
    if found is not None:
        return len(found.run.candidate.steps)
    return 0 if left else min(r.searched for r in runs if not r.complete)


def _reason(runs: list[Exploration], *, found: bool, stop: bool) -> str:
    if runs and runs[-1].cut:
        return runs[-1].reason
    if found and stop:
        return STOPPED
    if not any(len(r.visited) for r in runs):
        return NO_INITIAL_STATE
    return next((r.reason for r in runs if not r.complete), "")


def _rest(limits: Limits, runs: list[Exploration], best: _Found | None) -> Limits:
    """What is left for the next group of topologies: fewer states, and no run longer than the best one so far."""
    bounds = [d for d in (limits.depth, len(best.run.candidate.steps) if best else None) if d is not None]
    used = sum(len(r.visited) for r in runs)
    return replace(limits, depth=min(bounds, default=None), states=max(0, limits.states - used))


def _topologies(problem: Problem, limits: Limits) -> Words | str:
    """One topology of each orbit; a sentence where they cannot be listed or a state does not fit."""
    if not problem.fits:
        fixed, width = problem.flat.width, problem.mutable_bits
        return f"a state has {fixed} bits of topology and {width} others; {WORD} of each is the most"
    found = problem.topologies(limits.states)
    if isinstance(found, Overflow):
        return f"more than {found.limit} topologies: too many values of {found.cell}"
    return found
