"""A small graph of states as a drawing: SVG without Graphviz, scripts or fonts of its own, light or dark."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from shootdown.report.lanes import wrap
from shootdown.report.layered import Placed, Point, placed
from shootdown.report.machine import FAULT, Machine

_COLUMN = 7.3
"""Width of a character of 12 pixels."""

_ROW = 15.0
_PAD = 9.0
_MARGIN = 20.0
_SIDE = 60.0
"""Room beside the nodes for words of edges at the sides."""

_LOOP = 30.0
"""How far a loop goes to the right of its node."""

_MOST = 5
"""Actions that stand beside an edge; the others are counted, and named where one points at the edge."""

_SAG = 56.0
"""How far the points that bend an edge within a layer lie below it."""

_PLACES = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
_STYLE = (
    "svg{color-scheme:light dark;background:Canvas;color:CanvasText}text{font:12px monospace;fill:currentColor}"
    ".h{font-weight:bold}rect,path{fill:none;stroke:currentColor}rect{stroke-width:1.2}.start{stroke-width:3}"
    "path{opacity:.75}.tip{fill:currentColor;stroke:none}.e{font-size:11px}"
    ".f{fill:#c62828}.fault path{stroke:#c62828;stroke-dasharray:5 3}.fault .tip{fill:#c62828}"
    ".halo{stroke:Canvas;stroke-width:4;stroke-linejoin:round}"
)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def machine_svg(drawn: Machine) -> str:
    """The state machine as a drawing, with a newline at the end; the same at every run."""
    graph = drawn.graph
    boxes = {n: _extent_of(drawn.rows(n)) for n in graph}
    loops = {n: drawn.words(n, n) for n in graph if graph.has_edge(n, n)}
    slots = {
        n: (w + 2 * _loop_room(loops.get(n, ())), max(h, len(loops.get(n, ())) * 13.0)) for n, (w, h) in boxes.items()
    }
    places = placed(graph, slots)
    wide = max(places.width + 2 * _SIDE, len(drawn.title) * _COLUMN) + 2 * _MARGIN
    notes = [row for note in drawn.notes for row in wrap(note, "", "  ", int((wide - 2 * _MARGIN) / _COLUMN))]
    top = 2 * _MARGIN + (2 + len(notes)) * _ROW
    high = places.height + top + 2 * _MARGIN
    rows = [*_edges(drawn, places, slots), *_loops(drawn, places, boxes, loops), *_nodes(drawn, places, boxes)]
    start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
    start += f'height="{high:.0f}" role="img"><title>{escape(drawn.title)}</title><desc>{_spoken(drawn)}</desc>'
    start += f"<style>{_STYLE}</style>"
    body = [f'<g transform="translate({_MARGIN + _SIDE:.0f} {top:.0f})">', *rows, "</g>"]
    return "\n".join([start, *_caption(drawn.title, notes), *body, "</svg>"]) + "\n"


def _caption(head: str, notes: Sequence[str]) -> Iterator[str]:
    """The title and what is said below it."""
    for k, row in enumerate([head, *notes]):
        kind = ' class="h"' if k == 0 else ""
        yield f'<text x="{_MARGIN:.0f}" y="{_MARGIN + 6 + _ROW * k:.0f}"{kind}>{escape(row)}</text>'


def _spoken(drawn: Machine) -> str:
    """Title apart, all that the drawing says, as one text."""
    steps = (
        f"{', '.join(drawn.rows(a))} to {', '.join(drawn.rows(b))}: {', '.join(drawn.words(a, b))}"
        for a, b in sorted(drawn.graph.edges)
    )
    return escape("; ".join([*drawn.notes, *steps]))


def _extent_of(rows: Sequence[str]) -> Point:
    return max(map(len, rows)) * _COLUMN + 2 * _PAD, len(rows) * _ROW + _PAD


def _loop_room(words: Sequence[str]) -> float:
    """What a loop and its words take beside a node."""
    return _LOOP + _extent(words)[0] if words else 0.0


def _nodes(drawn: Machine, places: Placed, sizes: Mapping[Any, Point]) -> Iterator[str]:
    for node in sorted(drawn.graph):
        (x, y), (wide, high) = places.nodes[node], sizes[node]
        kind = ' class="start"' if drawn.graph.nodes[node].get("initial") else ""
        place = f'x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" height="{high:.1f}"'
        yield f'<rect {place} rx="4"{kind}/>'
        for k, row in enumerate(drawn.rows(node)):
            base = y - high / 2 + _PAD / 2 + _ROW * (k + 0.78)
            yield f'<text x="{x:.1f}" y="{base:.1f}" text-anchor="middle">{escape(row)}</text>'


def _edges(drawn: Machine, places: Placed, sizes: Mapping[Any, Point]) -> Iterator[str]:
    """Curves first, then the words beside them, where they hide neither a node nor each other as far as that goes."""
    taken = [_box(places.nodes[n], sizes[n]) for n in sorted(drawn.graph)]
    texts = []
    for edge in sorted(places.routes):
        words = drawn.words(*edge)
        curve = list(_curve(places.routes[edge]))
        yield _arrow(_path(curve), _tip(curve[-1]), words)
        rows = [*words[:_MOST], *([f"and {len(words) - _MOST} more"] if len(words) > _MOST else [])]
        spot = _free(curve, rows, taken, (-_SIDE, places.width + _SIDE))
        taken.append(_box(spot, _extent(rows)))
        texts += list(_words(spot, rows))
    yield from texts


def _arrow(path: str, tip: str, words: Sequence[str]) -> str:
    """A line with its head, dashed if only faults lead along it."""
    kind = ' class="fault"' if all(w.endswith(FAULT) for w in words) else ""
    return f'<g{kind}><title>{escape(", ".join(words))}</title><path d="{path}"/>{tip}</g>'


def _loops(
    drawn: Machine, places: Placed, sizes: Mapping[Any, Point], loops: Mapping[Any, Sequence[str]]
) -> Iterator[str]:
    """From the right side of a node back to it, with all words beside."""
    for node in sorted(loops):
        (x, y), (wide, _) = places.nodes[node], sizes[node]
        side, far = x + wide / 2, x + wide / 2 + _LOOP + 4
        tip = f'<path class="tip" d="M{side:.1f} {y + 6:.1f}l7 -4v8z"/>'
        path = f"M{side:.1f} {y - 6:.1f} C{far:.1f} {y - 20:.1f} {far:.1f} {y + 20:.1f} {side:.1f} {y + 6:.1f}"
        yield _arrow(path, tip, loops[node])
        yield from _words((side + _LOOP + _extent(loops[node])[0] / 2, y), loops[node])


def _extent(rows: Sequence[str]) -> Point:
    return max(map(len, rows)) * _COLUMN * 0.92 + 8, len(rows) * 13.0


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


def _free(curve: Sequence[Piece], rows: Sequence[str], taken: Sequence[Box], between: Point) -> Point:
    """A place on the curve, or else beside it, where the words hide as little as possible; the middle if several do.

    What sticks out on the left or on the right of the drawing counts as hidden.
    """
    size = _extent(rows)
    on = [_at(curve, t) for t in _PLACES]
    spots = [*on, *((x + way * size[0] / 2, y) for x, y in on for way in (1, -1))]
    outside = [
        (float("-inf"), float("-inf"), between[0], float("inf")),
        (between[1], float("-inf"), float("inf"), float("inf")),
    ]
    hidden = [round(sum(_overlap(_box(spot, size), other) for other in [*taken, *outside])) for spot in spots]
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
            known = f"{kind} f" if row.endswith(FAULT) and not hidden else kind
            yield f'<text x="{x:.1f}" y="{base:.1f}" text-anchor="middle" class="{known}"{hidden}>{escape(row)}</text>'


__all__ = ["machine_svg"]
