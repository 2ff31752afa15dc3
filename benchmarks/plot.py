"""A plot of times on a logarithmic axis as SVG text: one panel for each question, one line for each engine.

Colours and greys are chosen to be read on white and on black; engines differ in the shape of their marks as well.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 270
"""Of one panel, in pixels."""

LEFT, RIGHT, TOP, BOTTOM = 52, 16, 40, 40
"""Margins of a panel around its axes."""

LEGEND = 34
"""Height of the legend above all panels."""

COLUMNS = 2

COLOURS = {"explicit": "#d9662b", "kinduction": "#a06cd5", "pdr": "#1f9e77", "parametric": "#3f87d9"}
SHAPES = {"explicit": "circle", "kinduction": "square", "pdr": "triangle", "parametric": ""}

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #6a737d; }
  .title { font-weight: 600; }
  .grid { stroke: #8c959f; stroke-opacity: .3; }
  .limit { stroke: #8c959f; stroke-dasharray: 2 3; }
  .line { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) { text { fill: #9aa4ae; } }
"""


@dataclass(frozen=True)
class Series:
    """One engine: (number, seconds) in order, and the numbers at which it was stopped."""

    name: str
    points: tuple[tuple[int, float], ...]
    stopped: tuple[int, ...] = ()
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    """One question and its lines."""

    title: str
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Axes:
    """Where a number and a time are drawn: `first` to `last` from left to right, `low` to `high` seconds upwards."""

    first: int
    last: int
    low: float
    high: float

    def x(self, number: int) -> float:
        """Pixels from the left edge of the panel."""
        inner = WIDTH - LEFT - RIGHT
        return LEFT + inner * (number - self.first) / max(1, self.last - self.first)

    def y(self, seconds: float) -> float:
        """Pixels from the upper edge of the panel; what is below `low` is drawn there."""
        part = math.log(max(seconds, self.low) / self.low) / math.log(self.high / self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * part

    @property
    def ticks(self) -> list[float]:
        """Powers of ten within the axis."""
        exponents = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
        return [10.0**e for e in exponents]


def svg(panels: Sequence[Panel], numbers: tuple[int, int], limit: float) -> str:
    """The whole picture; `numbers` are the ends of the horizontal axis, `limit` the seconds at which points stop."""
    times = [t for p in panels for s in p.series for _, t in s.points]
    low = 10.0 ** math.floor(math.log10(max(0.01, min(times, default=0.1))))
    axes = Axes(*numbers, low, max(limit * 1.15, low * 10))
    rows = -(-len(panels) // COLUMNS)
    columns = min(COLUMNS, len(panels))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {columns * WIDTH} {LEGEND + rows * HEIGHT}">',
        f"<title>Seconds until proved, by number of devices</title><style>{STYLE}</style>",
        *_legend([s for s in COLOURS if any(s == x.name for p in panels for x in p.series)]),
    ]
    for k, panel in enumerate(panels):
        lines.append(f'<g transform="translate({k % COLUMNS * WIDTH} {LEGEND + k // COLUMNS * HEIGHT})">')
        lines += [*_frame(panel, axes, limit), *(x for s in panel.series for x in _line(s, axes, limit)), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


def _legend(names: Sequence[str]) -> Iterator[str]:
    for k, name in enumerate(names):
        x, y = LEFT + 110 * k, LEGEND // 2
        dash = ' stroke-dasharray="6 4"' if not SHAPES[name] else ""
        yield f'<path class="line" d="M{x} {y} h26" stroke="{COLOURS[name]}"{dash}/>'
        yield _mark(SHAPES[name], x + 13, y, COLOURS[name])
        words = name if SHAPES[name] else f"{name}: any number"
        yield f'<text x="{x + 32}" y="{y + 4}">{escape(words)}</text>'
    x, y = LEFT + 110 * len(names) + 90, LEGEND // 2
    yield _mark("circle", x + 13, y, "#8c959f", hollow=True)
    yield f'<text x="{x + 24}" y="{y + 4}">stopped</text>'


def _frame(panel: Panel, axes: Axes, limit: float) -> Iterator[str]:
    right = WIDTH - RIGHT
    yield f'<text class="title" x="{LEFT}" y="{TOP - 16}">{escape(panel.title)}</text>'
    for tick in axes.ticks:
        y = axes.y(tick)
        yield f'<path class="grid" d="M{LEFT} {y:.1f} H{right}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g} s</text>'
    y = axes.y(limit)
    yield f'<path class="limit" d="M{LEFT} {y:.1f} H{right}"/>'
    yield f'<text x="{right}" y="{y - 5:.1f}" text-anchor="end">stopped at {limit:g} s</text>'
    for number in range(axes.first, axes.last + 1):
        yield f'<text x="{axes.x(number):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{number}</text>'
    yield f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">devices</text>'


def _line(series: Series, axes: Axes, limit: float) -> Iterator[str]:
    colour, shape = COLOURS[series.name], SHAPES[series.name]
    at = [(axes.x(n), axes.y(t)) for n, t in series.points]
    if at:
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        dash = ' stroke-dasharray="6 4"' if series.dashed else ""
        yield f'<path class="line" d="M{path}" stroke="{colour}"{dash}/>'
    if at and series.stopped:
        (x, y), number = at[-1], series.stopped[0]
        path = f"{x:.1f} {y:.1f} L{axes.x(number):.1f} {axes.y(limit):.1f}"
        yield f'<path class="line" d="M{path}" stroke="{colour}" stroke-opacity=".5" stroke-dasharray="2 4"/>'
    yield from (_mark(shape, x, y, colour) for x, y in at)
    yield from (_mark(shape, axes.x(n), axes.y(limit), colour, hollow=True) for n in series.stopped)


def _mark(shape: str, x: float, y: float, colour: str, *, hollow: bool = False) -> str:
    """A mark of about 8 pixels; nothing where there is no shape."""
    paint = f'fill="none" stroke="{colour}" stroke-width="1.5"' if hollow else f'fill="{colour}"'
    match shape:
        case "circle":
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {paint}/>'
        case "square":
            return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" {paint}/>'
        case "triangle":
            return f'<path d="M{x:.1f} {y - 4.5:.1f} l4.5 8 h-9 z" {paint}/>'
    return ""
