"""Exact search for fair lassos at given sizes: every reachable state, every choice of elements, every loop.

For each instance of a response the states are those that can be reached from its trigger while its goal does not hold.
Where a fair component is among them, a run goes there and round in it for ever; the candidate is handed to the judge
`shootdown.search.refute_lasso`. Where there is none, the decomposition says of every loop why it is unfair, and
`shootdown.search.unfair` judges that. A limit on states, steps or time is never a proof.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from shootdown.ir.ground import Sizes
from shootdown.ir.lasso import LassoCandidate
from shootdown.ir.system import Claim, System
from shootdown.ir.temporal import Response
from shootdown.ir.trace import Step
from shootdown.search.breadth import NO_INITIAL_STATE
from shootdown.search.digraph import Mask, reachable
from shootdown.search.enumerate import Overflow
from shootdown.search.fairgraph import MOST_STATES, FairGraph, Instance, Whole, built, duties, instances, watched
from shootdown.search.layout import WORD, Words
from shootdown.search.loops import ring
from shootdown.search.result import Limits, Search
from shootdown.search.space import Problem
from shootdown.search.streett import Arena, Decomposed, decompose
from shootdown.search.wordset import digest


@dataclass(frozen=True, slots=True)
class Excluded:
    """Why no fair run stays in `region`, which the response never leaves once it waits for its goal there."""

    instance: Instance
    region: Mask
    why: Decomposed


@dataclass(frozen=True, slots=True)
class Part:
    """One group of topologies: its states, the steps between them, and every instance of every response excluded."""

    topologies: Words
    states: Words
    steps: int
    excluded: tuple[Excluded, ...]


@dataclass(frozen=True)
class FairSearch:
    """What was seen at one size. `search` says how far it got; `lasso` breaks the response `broken`.

    With `search.complete` and no lasso, `parts` say of every loop why it is unfair. `instances` counts the choices of
    elements that were looked at.
    """

    search: Search
    lasso: LassoCandidate | None = None
    broken: Response | None = None
    parts: tuple[Part, ...] = ()
    instances: int = 0


@dataclass
class _Tally:
    """What all groups of topologies add up to."""

    parts: list[Part] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    witnessed: set[str] = field(default_factory=set)
    states: int = 0
    depth: int = 0
    searched: int | None = None
    reason: str = ""


def fair_search(
    system: System, responses: Sequence[Response], scenarios: Sequence[Claim], sizes: Sizes, limits: Limits
) -> FairSearch:
    """Look for a fair run in which some response fails; the first response with one, and a short run, is what is found.

    `scenarios` are `sometimes` claims to be witnessed on the way, besides each trigger and each goal (`watched`).
    `limits.faults` bounds the counted events of a run; the loop has none of them then.
    """
    problem = Problem(system, (*scenarios, *watched(responses)), sizes, faults=limits.faults)
    topologies = _topologies(problem, limits)
    if isinstance(topologies, str):
        return FairSearch(Search(reason=topologies, depth=-1))
    tally = _Tally()
    for group in problem.spaces(topologies):
        space = Whole(problem, group.layout.topologies)
        graph = built(space, replace(limits, states=max(0, min(limits.states, MOST_STATES) - tally.states)))
        _add(tally, graph)
        if (found := _judge_all(problem, graph, responses, limits, tally)) is not None:
            return FairSearch(_summary(tally, complete=False), *found)
        if graph.run.cut:
            break
    complete = not tally.reason and len(tally.parts) == len(list(problem.spaces(topologies)))
    looked = sum(len(p.excluded) for p in tally.parts)
    return FairSearch(_summary(tally, complete=complete), parts=tuple(tally.parts), instances=looked)


def _topologies(problem: Problem, limits: Limits) -> Words | str:
    """One topology of each orbit; a sentence where they cannot be listed or a state does not fit."""
    if not problem.fits:
        fixed, width = problem.flat.width, problem.mutable_bits
        return f"a state has {fixed} bits of topology and {width} others; {WORD} of each is the most"
    found = problem.topologies(min(limits.states, MOST_STATES))
    if isinstance(found, Overflow):
        return f"more than {found.limit} topologies: too many values of {found.cell}"
    return found


def _add(tally: _Tally, graph: FairGraph) -> None:
    run = graph.run
    tally.fired |= run.fired
    tally.witnessed |= run.witnessed
    tally.states += len(graph.states)
    tally.depth = max(tally.depth, run.depth)
    if not run.complete:
        tally.searched = run.searched if tally.searched is None else min(run.searched, tally.searched)
    if run.reason != NO_INITIAL_STATE:
        tally.reason = tally.reason or run.reason


def _summary(tally: _Tally, *, complete: bool) -> Search:
    reason = tally.reason or ("" if tally.states else NO_INITIAL_STATE)
    return Search(
        complete=complete,
        depth=tally.depth if tally.searched is None else tally.searched,
        states=tally.states,
        digest=digest(*(words for p in tally.parts for words in (p.topologies, p.states))),
        fired=frozenset(tally.fired),
        witnessed=frozenset(tally.witnessed),
        reason=reason,
    )


def _judge_all(
    problem: Problem, graph: FairGraph, responses: Sequence[Response], limits: Limits, tally: _Tally
) -> tuple[LassoCandidate, Response] | None:
    """A lasso against one of the responses; without one, why there is none is added to the tally."""
    excluded: list[Excluded] = []
    for arena, instance in _questions(problem, graph, responses):
        limits.tell("fair", graph.run.depth, f"{len(graph.states)} states, {len(graph.source)} steps")
        if limits.expired():
            graph.run.cut, tally.reason = True, f"out of time at depth {graph.run.depth}"
            return None
        trigger, region = _waiting(graph, instance)
        why = decompose(arena, region)
        if why.found:
            return _candidate(arena, instance, trigger, region, why), instance.response
        excluded.append(Excluded(instance, region, why))
    layout = graph.space.layout
    tally.parts.append(Part(layout.topologies, graph.states, len(graph.source), tuple(excluded)))
    return None


def _questions(
    problem: Problem, graph: FairGraph, responses: Sequence[Response]
) -> Iterator[tuple[Arena, Instance]]:
    for response in responses:
        asked = duties(problem, response)
        arena = Arena(graph, asked, graph.holds([d.guard for d in asked]))
        for instance in instances(problem, response, graph.space.layout.topologies):
            yield arena, instance


def _waiting(graph: FairGraph, instance: Instance) -> tuple[Mask, Mask]:
    """Where the trigger holds without the goal, and everything that can be reached from there without the goal."""
    trigger, goal = graph.holds([instance.trigger, instance.goal])
    begin = trigger & ~goal & ~instance.spare[graph.topology]
    return begin, reachable(len(begin), graph.target, graph.leaving, begin, ~goal)


def _candidate(arena: Arena, instance: Instance, trigger: Mask, region: Mask, why: Decomposed) -> LassoCandidate:
    graph = arena.graph
    found = ring(arena, trigger, region, why.fair)

    def steps(arcs: Sequence[int]) -> tuple[Step, ...]:
        taken = [graph.space.instances[graph.label[a]] for a in arcs]
        return tuple(Step(i.action.name, i.args) for i in taken)

    start = graph.space.layout.unpack(int(graph.states[found.root]))
    sizes = dict(graph.space.ground.sizes)
    return LassoCandidate(sizes, start, steps(found.stem), steps(found.loop), instance.elements)
