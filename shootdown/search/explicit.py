"""Explicit search: every reachable state of a system at given sizes, breadth first.

The states are the certificate of a complete search: their number, the depth and a digest of the set
are reported. Where a state does not fit into one word, the immutable part is fixed: one search
for each topology.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.ground import Sizes
from shootdown.ir.system import Claim, System
from shootdown.search.breadth import NO_INITIAL_STATE, STOPPED, Exploration, explore
from shootdown.search.enumerate import Overflow, enumerate_states
from shootdown.search.layout import WORD, lay_out
from shootdown.search.result import Limits, Search
from shootdown.search.shortest import Counterexample, counterexample
from shootdown.search.space import Fixed, Space
from shootdown.search.symmetry import Symmetry
from shootdown.search.wordset import digest


@dataclass(frozen=True)
class Explored:
    """A search with the sets of states behind it, one exploration for each topology that was fixed."""

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
    space = Space(system, claims, sizes, faults=limits.faults, symmetric=symmetric)
    if not space.layout.fits:
        return _by_topology(space, limits, stop=stop, symmetric=symmetric)
    run = explore(space, limits, stop=stop)
    return Explored(_summary([run], _found(run), run.reason), (run,))


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


def _summary(runs: list[Exploration], found: _Found | None, reason: str) -> Search:
    complete = all(r.complete for r in runs)
    steps = len(found.run.candidate.steps) if found is not None else 0
    return Search(
        candidate=found.run.candidate if found is not None else None,
        claim=runs[0].space.claims[found.claim].name if found is not None else "",
        complete=complete,
        depth=steps if found is not None and not complete else max((r.depth for r in runs), default=0),
        states=sum(len(r.visited) for r in runs),
        digest=digest(*(r.visited.all() for r in runs)),
        fired=frozenset(name for r in runs for name in r.fired),
        witnessed=frozenset(name for r in runs for name in r.witnessed),
        reason=reason,
    )


def _by_topology(space: Space, limits: Limits, *, stop: bool, symmetric: bool) -> Explored:
    """One search for each orbit of topologies; among the shortest runs over all of them the best is taken."""
    fixings = _topologies(space, limits, symmetric=symmetric)
    if isinstance(fixings, str):
        return Explored(Search(reason=fixings), ())
    runs: list[Exploration] = []
    best: _Found | None = None
    for fixed in fixings:
        rest = _rest(limits, runs, best if stop else None)
        run = explore(space.at(fixed), rest, stop=stop)
        runs.append(run)
        found = _found(run)
        if found is not None and (best is None or found.rank < best.rank):
            best = found
        if run.cut:
            break
    return Explored(_summary(runs, best, _reason(runs, found=best is not None, stop=stop)), tuple(runs))


def _reason(runs: list[Exploration], *, found: bool, stop: bool) -> str:
    if runs and runs[-1].cut:
        return runs[-1].reason
    if found and stop:
        return STOPPED
    if not any(len(r.visited) for r in runs):
        return NO_INITIAL_STATE
    return next((r.reason for r in runs if not r.complete), "")


def _rest(limits: Limits, runs: list[Exploration], best: _Found | None) -> Limits:
    """What is left for the next topology: fewer states, and no run longer than the best one so far."""
    bounds = [d for d in (limits.depth, len(best.run.candidate.steps) if best else None) if d is not None]
    used = sum(len(r.visited) for r in runs)
    return replace(limits, depth=min(bounds, default=None), states=max(0, limits.states - used))


def _topologies(space: Space, limits: Limits, *, symmetric: bool) -> list[Fixed] | str:
    """Values of the immutable cells, one choice for each orbit; a sentence where they cannot be listed."""
    ground = space.ground
    cells = [c for c in space.layout.shift if ground.cells[c].variable.immutable]
    layout = lay_out(ground, cells)
    width = space.layout.width - layout.width
    if width > WORD or not layout.fits:
        return f"a state has {layout.width} bits of topology and {width} others; {WORD} of each is the most"
    found = enumerate_states(layout, cells, space.topology_conditions, limit=limits.states)
    if isinstance(found, Overflow):
        return f"more than {found.limit} topologies: too many values of {found.cell}"
    group = Symmetry(layout, space.claims, on=symmetric)
    names = [(ground.cells[c].variable.name, ground.cells[c].args) for c in cells]
    kept = group.representatives(found).tolist()
    return [dict(zip(names, (layout.at(c, word) for c in cells), strict=True)) for word in kept]
