"""Large directed graphs as arrays: what can be reached, and strongly connected components.

Nodes are numbers from 0 upwards, arcs two arrays of them. Everything works on whole frontiers at a time, since a loop
over a million nodes in Python takes longer than the search that found them.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Nodes = npt.NDArray[np.int32]
"""Node numbers, or numbers of arcs, labels, components."""

Index = npt.NDArray[np.intp]
"""Positions in an array."""

Mask = npt.NDArray[np.bool_]
"""One truth value for each node or arc."""

_SMALL = 3000
"""Nodes up to which Tarjan's algorithm in Python is as fast as frontiers."""

_ROUNDS = 40
"""Rounds of colouring after which the rest goes to Tarjan's algorithm."""


class Adjacency:
    """For each node the positions of its arcs: those that leave it, or, with source and target exchanged, enter it."""

    def __init__(self, count: int, ends: Nodes) -> None:
        self.order: Index = np.argsort(ends, kind="stable")
        counts = np.bincount(ends, minlength=count)
        self.first: Index = np.concatenate(([0], np.cumsum(counts))).astype(np.intp)

    def of(self, nodes: npt.NDArray[np.integer]) -> Index:
        """Positions of all arcs of these nodes, node by node."""
        begin = self.first[nodes]
        length = self.first[np.asarray(nodes) + 1] - begin
        total = int(length.sum())
        if not total:
            return np.zeros(0, dtype=np.intp)
        offset = np.repeat(begin - np.concatenate(([0], np.cumsum(length)[:-1])), length)
        return self.order[offset + np.arange(total)]


class Once:
    """Drops repetitions among nodes without sorting them."""

    def __init__(self, count: int) -> None:
        self._last = np.zeros(count, dtype=np.int32)

    def __call__(self, nodes: npt.NDArray[np.integer]) -> Index:
        """Each of the nodes once, in no particular order."""
        places = np.arange(len(nodes), dtype=np.int32)
        self._last[nodes] = places
        kept: Index = nodes[self._last[nodes] == places].astype(np.intp)
        return kept


def reachable(count: int, target: Nodes, leaving: Adjacency, start: Mask, inside: Mask) -> Mask:
    """Nodes of `inside` that a path within `inside` reaches from `start`, which is reached itself."""
    seen, once = start & inside, Once(count)
    frontier = np.flatnonzero(seen)
    while len(frontier):
        found = target[leaving.of(frontier)]
        frontier = once(found[inside[found] & ~seen[found]])
        seen[frontier] = True
    return seen


def components(count: int, source: Nodes, target: Nodes) -> Nodes:
    """For each node the smallest node of its strongly connected component."""
    leader = np.arange(count, dtype=np.int32)
    if not count:
        return leader
    nodes = np.arange(count, dtype=np.int32)
    loops = source == target
    source, target = source[~loops], target[~loops]
    for _ in range(_ROUNDS):
        nodes, source, target = _trimmed(nodes, source, target)
        if len(nodes) <= _SMALL:
            break
        found = _coloured(len(nodes), source, target)
        settled = found >= 0
        leader[nodes[settled]] = nodes[found[settled]]
        nodes, source, target = _kept(~settled, nodes, source, target)
    for group in _tarjan(len(nodes), source, target):
        leader[nodes[group]] = nodes[min(group)]
    return leader


def heights(count: int, source: Nodes, target: Nodes) -> Nodes:
    """The length of the longest path from each node of a graph without cycles; -1 for nodes that reach a cycle."""
    apart = source != target
    source, target = source[apart], target[apart]
    height = np.full(count, -1, dtype=np.int32)
    left = np.bincount(source, minlength=count)
    entering, once = Adjacency(count, target), Once(count)
    frontier = np.flatnonzero(left == 0)
    level = 0
    while len(frontier):
        height[frontier] = level
        level += 1
        before = source[entering.of(frontier)]
        np.subtract.at(left, before, 1)
        frontier = once(before[left[before] == 0])
    return height


def _kept(keep: Mask, nodes: Nodes, source: Nodes, target: Nodes) -> tuple[Nodes, Nodes, Nodes]:
    """The part of a graph on some of its nodes, which are numbered anew; `nodes` are their old names."""
    number = np.cumsum(keep, dtype=np.int32) - np.int32(1)
    inside = keep[source] & keep[target]
    return nodes[keep], number[source[inside]], number[target[inside]]


def _trimmed(nodes: Nodes, source: Nodes, target: Nodes) -> tuple[Nodes, Nodes, Nodes]:
    """Without the nodes that no cycle enters or leaves: each is a component of its own."""
    count = len(nodes)
    gone, once = np.zeros(count, dtype=np.bool_), Once(count)
    for ends, others in ((source, target), (target, source)):
        left = np.bincount(others, minlength=count)
        left -= np.bincount(others[gone[ends]], minlength=count)
        adjacency = Adjacency(count, ends)
        frontier = np.flatnonzero((left == 0) & ~gone)
        gone[frontier] = True
        while len(frontier):
            hit = others[adjacency.of(frontier)]
            np.subtract.at(left, hit, 1)
            frontier = once(hit[(left[hit] == 0) & ~gone[hit]])
            gone[frontier] = True
    return _kept(~gone, nodes, source, target)


def _coloured(count: int, source: Nodes, target: Nodes) -> Nodes:
    """The components of some nodes, at least one for each colour; by its smallest node, -1 where it is not known yet.

    Every node takes the greatest name that reaches it. The nodes that keep their own are in different components, and
    the component of each is what reaches it among the nodes of its colour (S. Orzan, 2004).
    """
    name = np.random.default_rng(count).permutation(count).astype(np.int32)
    colour = name.copy()
    leaving, entering, once = Adjacency(count, source), Adjacency(count, target), Once(count)
    frontier = np.arange(count)
    while len(frontier):
        arcs = leaving.of(frontier)
        better = colour[source[arcs]] > colour[target[arcs]]
        hit = target[arcs[better]]
        np.maximum.at(colour, hit, colour[source[arcs[better]]])
        frontier = once(hit)
    inside = colour == name
    frontier = np.flatnonzero(inside)
    while len(frontier):
        arcs = entering.of(frontier)
        before = source[arcs]
        new = (colour[before] == colour[target[arcs]]) & ~inside[before]
        frontier = once(before[new])
        inside[frontier] = True
    least = np.full(count, count, dtype=np.int32)
    members = np.flatnonzero(inside).astype(np.int32)
    np.minimum.at(least, colour[members], members)
    return np.where(inside, least[colour], np.int32(-1)).astype(np.int32)


def _tarjan(count: int, source: Nodes, target: Nodes) -> Iterator[list[int]]:
    """Components of a small graph, by R. Tarjan's algorithm with an explicit stack."""
    leaving = Adjacency(count, source)
    first, follow = leaving.first.tolist(), target[leaving.order].tolist()
    number, low = [-1] * count, [0] * count
    path: list[int] = []
    on_path = [False] * count
    seen = 0
    for root in range(count):
        work = [(root, first[root])] if number[root] < 0 else []
        while work:
            node, arc = work.pop()
            if number[node] < 0:
                number[node] = low[node] = seen
                seen += 1
                path.append(node)
                on_path[node] = True
            elif arc > first[node]:
                low[node] = min(low[node], low[follow[arc - 1]]) if on_path[follow[arc - 1]] else low[node]
            while arc < first[node + 1] and number[follow[arc]] >= 0:
                if on_path[follow[arc]]:
                    low[node] = min(low[node], number[follow[arc]])
                arc += 1
            if arc < first[node + 1]:
                work += [(node, arc + 1), (follow[arc], first[follow[arc]])]
            elif low[node] == number[node]:
                group = [path.pop()]
                while group[-1] != node:
                    group.append(path.pop())
                for member in group:
                    on_path[member] = False
                yield group
