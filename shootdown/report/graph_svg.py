"""A small graph of states as a drawing: SVG without Graphviz, scripts or fonts of its own, light or dark."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from shootdown.ir import System
from shootdown.report.dot import machine, title
from shootdown.report.layered import Placed, Point, placed

_COLUMN = 7.3
"""Width of a character of 12 pixels."""

_ROW = 15.0
_PAD = 9.0
_MARGIN = 20.0
_SIDE = 60.0
"""Room beside the nodes for words of edges at the sides."""

_MOST = 3
"""Actions that stand beside an edge; the others are counted, and named where one points at the edge."""

_SAG = 56.0
"""How far the points that bend an edge within a layer lie below it."""

_PLACES = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
_STYLE = (
    "svg{color-scheme:light dark;background:Canvas;color:CanvasText}text{font:12px monospace;fill:currentColor}"
    ".h{font-weight:bold}rect,path{fill:none;stroke:currentColor}rect{stroke-width:1.2}.start{stroke-width:3}"
    "path{opacity:.75}.tip{fill:currentColor;stroke:none}.e{font-size:11px}"
    ".halo{stroke:Canvas;stroke-width:4;stroke-linejoin:round}"
)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def machine_svg(system: System, sizes: Mapping[str, int], names: Sequence[str]) -> str:
    """The state machine of `shootdown.report.dot` as a drawing, with a newline at the end; the same at every run."""
    graph = machine(system, sizes, names)
    words = {n: tuple(f"{name} = {value}" for name, value in zip(names, n, strict=True)) for n in graph}
    return graph_svg(graph, words, title(system, sizes, names))


def graph_svg(graph: Any, words: Mapping[Any, Sequence[str]], head: str) -> str:
    """A `networkx.DiGraph` as a drawing. `words` are the rows of text in each node.

    Nodes have the attribute `initial` and can be sorted; edges have `actions`.
    """
    sizes = {n: (max(map(len, rows)) * _COLUMN + 2 * _PAD, len(rows) * _ROW + _PAD) for n, rows in words.items()}
    places = placed(graph, sizes)
    top = _MARGIN + 2 * _ROW
    rows = [*_edges(graph, places, sizes), *_nodes(graph, places, sizes, words)]
    steps = (f"{', '.join(words[a])} to {', '.join(words[b])}: {_actions(graph, a, b)}" for a, b in sorted(graph.edges))
    wide = max(places.width + 2 * _SIDE, len(head) * _COLUMN) + 2 * _MARGIN
    high = places.height + top + 2 * _MARGIN
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
    spoken = escape("; ".join(steps))
    start += f'height="{high:.0f}" role="img"><title>{escape(head)}</title><desc>{spoken}</desc>'
    start += f"<style>{_STYLE}</style>"
    body = [f'<g transform="translate({_MARGIN + _SIDE:.0f} {top + _MARGIN:.0f})">', *rows, "</g>"]
    named = f'<text x="{_MARGIN:.0f}" y="{_MARGIN + 6:.0f}" class="h">{escape(head)}</text>'
    return "\n".join([start, named, *body, "</svg>"]) + "\n"


def _actions(graph: Any, source: Any, target: Any) -> str:
    return ", ".join(graph.edges[source, target]["actions"])


def _nodes(graph: Any, places: Placed, sizes: Mapping[Any, Point], words: Mapping[Any, Sequence[str]]) -> Iterator[str]:
    for node in sorted(graph):
        (x, y), (wide, high) = places.nodes[node], sizes[node]
        kind = ' class="start"' if graph.nodes[node].get("initial") else ""
        place = f'x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        yield f'<rect {place} rx="4"{kind}/>'
        for k, row in enumerate(words[node]):
            base = y - high / 2 + _PAD / 2 + _ROW * (k + 0.78)
            yield f'<text x="{x:.1f}" y="{base:.1f}" text-anchor="middle">{escape(row)}</text>'


def _edges(graph: Any, places: Placed, sizes: Mapping[Any, Point]) -> Iterator[str]:
    """Curves first, then the words beside them, where they hide neither a node nor each other as far as that goes."""
    taken = [_box(places.nodes[n], sizes[n]) for n in sorted(graph)]
    texts = []
    for edge in sorted(places.routes):
        actions = graph.edges[edge]["actions"]
        curve = list(_curve(places.routes[edge]))
        yield f"<g><title>{escape(_actions(graph, *edge))}</title>"
        yield f'<path d="{_path(curve)}"/>{_tip(curve[-1])}</g>'
        rows = [*actions[:_MOST], *([f"and {len(actions) - _MOST} more"] if len(actions) > _MOST else [])]
        spot = _free(curve, rows, taken)
        taken.append(_box(spot, _extent(rows)))
        texts += list(_words(spot, rows))
    yield from texts


def _extent(rows: Sequence[str]) -> Point:
    return max(map(len, rows)) * _COLUMN * 0.92 + 4, len(rows) * 13.0


def _box(middle: Point, size: Point) -> Box:
    (x, y), (wide, high) = middle, size
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


Piece = tuple[Point, Point, Point, Point]
"""A cubic curve: where it begins, two points that bend it, where it ends."""


def _curve(points: Sequence[Point]) -> Iterator[Piece]:
    """Curves from point to point that leave and arrive upright."""
    for a, b in pairwise(points):
        middle = (a[1] + b[1]) / 2 if a[1] != b[1] else a[1] + _SAG
        yield a, (a[0], middle), (b[0], middle), b


def _path(curve: Sequence[Piece]) -> str:
    (x, y), *_ = curve[0]
    pieces = [" ".join(f"{p:.1f} {q:.1f}" for p, q in piece[1:]) for piece in curve]
    return f"M{x:.1f} {y:.1f} C{' C'.join(pieces)}"


def _tip(last: Piece) -> str:
    """An arrow head: edges arrive from above or from below."""
    (_, before), (x, y) = last[2], last[3]
    way = -7 if before <= y else 7
    return f'<path class="tip" d="M{x:.1f} {y:.1f}l-4 {way}h8z"/>'


def _free(curve: Sequence[Piece], rows: Sequence[str], taken: Sequence[Box]) -> Point:
    """A place on the curve where the words hide as little as possible; the middle where there are several."""
    size = _extent(rows)
    spots = [_at(curve, t) for t in _PLACES]
    hidden = [round(sum(_overlap(_box(spot, size), other) for other in taken)) for spot in spots]
    return spots[hidden.index(min(hidden))]


def _at(curve: Sequence[Piece], share: float) -> Point:
    """The point after that share of a curve, each of whose pieces counts the same."""
    place = share * len(curve)
    number = min(int(place), len(curve) - 1)
    t = place - number
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, curve[number], strict=True)) for axis in (0, 1))
    return x, y


def _overlap(one: Box, two: Box) -> float:
    wide = min(one[2], two[2]) - max(one[0], two[0])
    high = min(one[3], two[3]) - max(one[1], two[1])
    return max(0.0, wide) * max(0.0, high)


def _words(spot: Point, rows: Sequence[str]) -> Iterator[str]:
    """Twice: first as a halo in the colour of the ground, so that lines do not cross letters."""
    x, y = spot
    for kind in ("e halo", "e"):
        for k, row in enumerate(rows):
            base = y + 13.0 * (k - len(rows) / 2 + 0.75)
            hidden = ' aria-hidden="true"' if kind != "e" else ""
            yield f'<text x="{x:.1f}" y="{base:.1f}" text-anchor="middle" class="{kind}"{hidden}>{escape(row)}</text>'


__all__ = ["graph_svg", "machine_svg"]
