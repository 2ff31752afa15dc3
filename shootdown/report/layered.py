"""Places for the nodes of a small graph: layers by distance from the start, edges as curves through free places.

An edge over several layers gets a place of its own in each layer between, so that it passes beside the nodes there.
Everything is computed in one fixed order, and the same graph is drawn the same way at every run.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Node = Hashable
Point = tuple[float, float]

_SWEEPS = 8
_BETWEEN = 36.0
"""Free space between two nodes of a layer."""

_ROOM = 86.0
"""Free space between two layers, where the words of edges stand."""

_PORT = 9.0
"""How far beside the middle of a node an edge begins or ends, so that the way there and the way back differ."""

_BEND = 10.0
"""The width that an edge takes in a layer that it passes."""


@dataclass(frozen=True)
class Placed:
    """Middles of the nodes; of each edge the points that it goes through; the size of the whole."""

    nodes: Mapping[Node, Point]
    routes: Mapping[tuple[Node, Node], tuple[Point, ...]]
    width: float
    height: float


@dataclass
class _Layers:
    """Nodes and bends by layer; `chains` are the edges as they go through the layers, downwards."""

    sizes: dict[Node, Point]
    rows: list[list[Node]] = field(default_factory=list)
    chains: dict[tuple[Node, Node], list[Node]] = field(default_factory=dict)
    x: dict[Node, float] = field(default_factory=dict)
    above: dict[Node, list[Node]] = field(default_factory=dict)
    below: dict[Node, list[Node]] = field(default_factory=dict)

    def put(self, node: Node, row: int) -> None:
        """Append a node or a bend to a layer."""
        while len(self.rows) <= row:
            self.rows.append([])
        self.rows[row].append(node)

    def link(self, upper: Node, lower: Node) -> None:
        """Two that are one below the other on an edge."""
        self.above.setdefault(lower, []).append(upper)
        self.below.setdefault(upper, []).append(lower)


def placed(graph: Any, sizes: Mapping[Node, Point]) -> Placed:
    """Where nodes and edges of a `networkx.DiGraph` go; its nodes can be sorted and have the attribute `initial`.

    `sizes`: width and height of each node.
    """
    layers = _layers(graph, sizes)
    _order(layers)
    _spread(layers)
    y, bottom = _heights(layers, sizes)
    left = min(layers.x[n] - layers.sizes[n][0] / 2 for row in layers.rows for n in row)
    right = max(layers.x[n] + layers.sizes[n][0] / 2 for row in layers.rows for n in row)
    spots = {n: (layers.x[n] - left, y[k]) for k, row in enumerate(layers.rows) for n in row}
    routes = {edge: tuple(_route(edge, chain, spots, sizes)) for edge, chain in layers.chains.items()}
    return Placed({n: spots[n] for n in sizes}, routes, right - left, bottom)


def _layers(graph: Any, sizes: Mapping[Node, Point]) -> _Layers:
    layers = _Layers(dict(sizes))
    depth = _depths(graph)
    for node in sorted(graph):
        layers.put(node, depth[node])
    for source, target in sorted(graph.edges):
        if source == target:
            continue
        upper, lower = (source, target) if depth[source] <= depth[target] else (target, source)
        chain: list[Node] = [upper]
        for row in range(depth[upper] + 1, depth[lower]):
            bend = (_Bend, source, target, row)
            layers.sizes[bend] = (_BEND, 0.0)
            layers.put(bend, row)
            chain.append(bend)
        chain.append(lower)
        layers.chains[source, target] = chain
        for a, b in pairwise(chain):
            if depth[upper] != depth[lower]:
                layers.link(a, b)
    return layers


class _Bend:
    """Marks a place that is no node."""


def _depths(graph: Any) -> dict[Node, int]:
    """Steps from the nearest initial node; what no step leads to is at the top."""
    level = [n for n in sorted(graph) if graph.nodes[n].get("initial")]
    found = dict.fromkeys(level, 0)
    while level:
        after = sorted({t for n in level for t in graph.successors(n)} - found.keys())
        found |= dict.fromkeys(after, found[level[0]] + 1)
        level = after
    return found | dict.fromkeys((n for n in graph if n not in found), 0)


def _order(layers: _Layers) -> None:
    """Each layer by the mean place of its neighbours, downwards and upwards in turn."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        rows = layers.rows if down else layers.rows[::-1]
        near = layers.above if down else layers.below
        for row in rows:
            place = {n: k for other in layers.rows for k, n in enumerate(other)}
            means = {n: _mean([place[m] for m in near.get(n, ())], place[n]) for n in row}
            row.sort(key=lambda n, means=means, place=place: (means[n], place[n]))  # type: ignore[misc]


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _spread(layers: _Layers) -> None:
    """Middles from left to right: as near to their neighbours as the order and the widths allow."""
    for row in layers.rows:
        layers.x |= _packed(layers, row, dict.fromkeys(row, 0.0))
    for sweep in range(_SWEEPS):
        near = layers.above if sweep % 2 == 0 else layers.below
        for row in layers.rows if sweep % 2 == 0 else layers.rows[::-1]:
            wanted = {n: _mean([layers.x[m] for m in near.get(n, ())], layers.x[n]) for n in row}
            layers.x |= _packed(layers, row, wanted)


def _packed(layers: _Layers, row: Sequence[Node], wanted: Mapping[Node, float]) -> dict[Node, float]:
    """Between what one gets who pushes to the right and who pushes to the left: both keep the distances."""
    right = _pushed(layers, row, lambda n: wanted[n])
    left = _pushed(layers, row[::-1], lambda n: -wanted[n])
    return {n: (right[n] - left[n]) / 2 for n in row}


def _pushed(layers: _Layers, row: Sequence[Node], wanted: Callable[[Node], float]) -> dict[Node, float]:
    found: dict[Node, float] = {}
    edge = float("-inf")
    for node in row:
        half = layers.sizes[node][0] / 2
        found[node] = max(wanted(node), edge + half)
        edge = found[node] + half + _BETWEEN
    return found


def _heights(layers: _Layers, sizes: Mapping[Node, Point]) -> tuple[list[float], float]:
    """The middle of each layer, and where the last one ends."""
    found, top = [], 0.0
    for row in layers.rows:
        high = max([0.0, *(sizes[n][1] for n in row if n in sizes)])
        found.append(top + high / 2)
        top += high + _ROOM
    return found, top - _ROOM


def _route(
    edge: tuple[Node, Node], chain: Sequence[Node], spots: Mapping[Node, Point], sizes: Mapping[Node, Point]
) -> Iterator[Point]:
    """From the source to the target, from border to border."""
    downwards = chain[0] == edge[0]
    (left, top), (right, bottom) = spots[edge[0]], spots[edge[1]]
    there = left < right if top == bottom else downwards
    port = -_PORT if there else _PORT
    points = []
    for k, node in enumerate(chain):
        x, y = spots[node]
        if node in sizes:
            last = k == len(chain) - 1
            beside = last and top == bottom  # an edge within a layer comes from below, too
            y += sizes[node][1] / 2 * (-1 if last and not beside else 1)
            x += port
        points.append((x, y))
    yield from points if downwards else reversed(points)


__all__ = ["Placed", "placed"]
