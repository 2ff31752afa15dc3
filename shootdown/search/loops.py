"""From a fair component to a run that can be read: a shortest stem, then a short loop that meets all duties."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shootdown.ir.temporal import Strength
from shootdown.search.digraph import Adjacency, Mask, Nodes, Once
from shootdown.search.fairgraph import FairGraph
from shootdown.search.streett import Arena

_COMPONENTS = 12
"""Fair components that are tried, those with the shortest stem first."""

_ENTRIES = 6
"""States of a component at which a loop is begun, those with the shortest stem first."""

_LARGE = 50_000
"""States of a component from which on one entry is enough."""

Arcs = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ring:
    """A run as arcs of a graph: it starts in state `root`, the arcs of `loop` are repeated for ever."""

    root: int
    stem: tuple[int, ...]
    loop: tuple[int, ...]
    cost: int

    @property
    def rank(self) -> tuple[int, ...]:
        """Smaller is shown: all steps, then counted events, then the loop's steps, then what comes first."""
        return (len(self.stem) + len(self.loop), self.cost, len(self.loop), self.root, *self.stem, *self.loop)


@dataclass(frozen=True, slots=True)
class Paths:
    """Shortest paths, and the cheapest of them: for each state the length (-1: none), the cost, the arc before it."""

    length: Nodes
    cost: Nodes
    arc: npt.NDArray[np.intp]

    def back(self, graph: FairGraph, state: int) -> tuple[int, list[int]]:
        """Where the path to a state begins, and its arcs in order."""
        arcs: list[int] = []
        while self.arc[state] >= 0:
            arcs.append(int(self.arc[state]))
            state = int(graph.source[arcs[-1]])
        arcs.reverse()
        return state, arcs


def shortest(graph: FairGraph, length: Nodes, cost: Nodes, inside: Mask) -> Paths:
    """Paths within `inside`; a path may begin in each state with a `length` (-1: in none) and that `cost`.

    Level by level; of the arcs into a new state that which makes it cheapest is kept, then the first one.
    """
    weight = np.array([bool(i.action.tally) for i in graph.space.instances] or [False], dtype=np.int32)
    best, price = np.full(len(inside), -1, dtype=np.int32), np.zeros(len(inside), dtype=np.int32)
    arc = np.full(len(inside), -1, dtype=np.intp)
    starts = np.flatnonzero((length >= 0) & inside)
    starts = starts[np.argsort(length[starts], kind="stable")]
    level, taken = 0, 0
    frontier = starts[:0]
    while len(frontier) or taken < len(starts):
        level = level if len(frontier) else int(length[starts[taken]])
        end = int(np.searchsorted(length[starts], level, side="right"))
        own = starts[taken:end]
        own, taken = own[(best[own] < 0) | ((best[own] == level) & (cost[own] <= price[own]))], end
        best[own], price[own], arc[own] = level, cost[own], -1
        frontier = np.union1d(frontier, own)
        out = graph.leaving.of(frontier)
        target = graph.target[out]
        new = inside[target] & (best[target] < 0)
        out, target = out[new], target[new]
        total = price[graph.source[out]] + weight[graph.label[out]]
        order = np.lexsort((out, total, target))
        out, target, total = out[order], target[order], total[order]
        first = np.ones(len(out), dtype=np.bool_)
        first[1:] = target[1:] != target[:-1]
        frontier, level = target[first].astype(np.intp), level + 1
        best[frontier], price[frontier], arc[frontier] = level, total[first], out[first]
    return Paths(best, price, arc)


def ring(arena: Arena, trigger: Mask, region: Mask, fair: Nodes) -> Ring:
    """The shortest run that was found from a start over a trigger state of `region` into a fair component, and round.

    `fair` names the component of each state, -1 outside of all.
    """
    graph = arena.graph
    none = np.full(len(region), -1, dtype=np.int32)
    length = none.copy()
    length[graph.roots] = 0
    to_trigger = shortest(graph, length, np.zeros(len(region), dtype=np.int32), np.ones(len(region), dtype=np.bool_))
    onwards = shortest(graph, np.where(trigger & region, to_trigger.length, none), to_trigger.cost, region)
    best: Ring | None = None
    for name, entries in _entries(onwards, fair):
        component = _Component(arena, fair == name)
        for entry in entries:
            if best is not None and int(onwards.length[entry]) > best.rank[0]:
                break
            loop = component.loop(entry)
            middle, second = onwards.back(graph, entry)
            root, first = to_trigger.back(graph, middle)
            counted = sum(bool(graph.space.instances[graph.label[a]].action.tally) for a in (*first, *second, *loop))
            found = Ring(root, (*first, *second), tuple(loop), counted)
            if best is None or found.rank < best.rank:
                best = found
    if best is None:
        raise AssertionError("a fair component cannot be reached from a trigger")
    return best


def _entries(onwards: Paths, fair: Nodes) -> list[tuple[int, list[int]]]:
    """Some fair components by name with states to enter them; those with the shortest and cheapest stems first."""
    states = np.flatnonzero((fair >= 0) & (onwards.length >= 0))
    order = np.lexsort((states, onwards.cost[states], onwards.length[states]))
    states = states[order]
    _, begin = np.unique(fair[states], return_index=True)
    names = fair[states[np.sort(begin)[:_COMPONENTS]]].tolist()
    found = []
    for name in names:
        own = states[fair[states] == name]
        found.append((name, own[: 1 if len(own) > _LARGE else _ENTRIES].tolist()))
    return found


class _Component:
    """One fair component by itself, its states numbered anew."""

    def __init__(self, arena: Arena, inside: Mask) -> None:
        graph = arena.graph
        self.arena = arena
        self.nodes = np.flatnonzero(inside)
        number = np.full(len(inside), -1, dtype=np.int32)
        number[self.nodes] = np.arange(len(self.nodes), dtype=np.int32)
        out = graph.leaving.of(self.nodes)
        self.arcs = out[inside[graph.target[out]] & graph.lasting[out]]
        self.source, self.target = number[graph.source[self.arcs]], number[graph.target[self.arcs]]
        self.leaving = Adjacency(len(self.nodes), self.source)
        self.enabled = [e[self.nodes] for e in arena.enabled]
        self.label = graph.label[self.arcs]
        self.own = [np.flatnonzero(self.label == d.number) for d in arena.duties]

    def loop(self, entry: int) -> list[int]:
        """A closed walk from `entry` that meets every duty, as arcs of the whole graph; greedy, nearest duty first."""
        here = home = int(np.searchsorted(self.nodes, entry))
        walk: list[int] = []
        seen = [home]
        while True:
            pending = self._pending(walk, seen)
            goals = self._goals(pending) if pending else {home: -1}
            part = self._path(here, goals)
            here = int(self.target[part[-1]]) if part else here
            last = goals[here]
            if last >= 0:
                part.append(last)
                here = int(self.target[last])
            walk += part
            seen += [int(self.target[a]) for a in part]
            if not pending and not self._pending(walk, seen):
                return [int(self.arcs[a]) for a in walk]

    def _pending(self, walk: list[int], seen: list[int]) -> list[int]:
        """Duties that the walk does not meet."""
        found, taken = [], {int(self.label[a]) for a in walk}
        for place, (duty, enabled) in enumerate(zip(self.arena.duties, self.enabled, strict=True)):
            able = enabled[seen]
            fails = able.all() if duty.strength is Strength.WEAK else able.any()
            if fails and duty.number not in taken:
                found.append(place)
        return found

    def _goals(self, pending: list[int]) -> dict[int, int]:
        """States at which some pending duty is met: by being there (-1), or by this arc."""
        found: dict[int, int] = {}
        for place in pending:
            for arc in self.own[place].tolist():
                found.setdefault(int(self.source[arc]), arc)
        for place in pending:
            if self.arena.duties[place].strength is Strength.WEAK:
                found |= dict.fromkeys(np.flatnonzero(~self.enabled[place]).tolist(), -1)
        return found

    def _path(self, start: int, goals: dict[int, int]) -> list[int]:
        """A shortest path from `start` to one of the goals, which may be `start` itself."""
        if start in goals:
            return []
        count = len(self.nodes)
        wanted, before = np.zeros(count, dtype=np.bool_), np.full(count, -1, dtype=np.intp)
        wanted[list(goals)] = True
        seen, once = np.zeros(count, dtype=np.bool_), Once(count)
        seen[start] = True
        frontier = np.array([start])
        while not wanted[frontier].any():
            out = self.leaving.of(frontier)
            out = out[~seen[self.target[out]]][::-1]
            before[self.target[out]] = out
            frontier = np.sort(once(self.target[out]))
            seen[frontier] = True
            if not len(frontier):
                raise AssertionError("a duty of a fair component is met nowhere in it")
        node = int(frontier[wanted[frontier]][0])
        path: list[int] = []
        while node != start:
            path.append(int(before[node]))
            node = int(self.source[path[-1]])
        return path[::-1]
