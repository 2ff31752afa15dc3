"""A trace as a drawing: an SVG sequence diagram without scripts or fonts of its own, light or dark as readers like.

Words stand at the left, lanes at the right. Everything that is drawn is also text, so that it can be read aloud.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.report.effects import STALE, Cells, Key
from shootdown.report.mail import failure_text
from shootdown.report.sequence import Diagram, Event, sequence
from shootdown.report.text import one_line
from shootdown.report.trace import Story, story
from shootdown.review.answer import Answer
from shootdown.search.verdict import Broken

_ROW = 16
_WORDS = 400
_LANE = 108
_MARGIN = 16
_COLUMNS = 58
"""Characters of a row of words."""

_STYLE = (
    "svg{color-scheme:light dark;background:Canvas;color:CanvasText}text{font:12px monospace;fill:currentColor}"
    ".h{font-weight:bold}.l,.a,.loop{stroke:currentColor;fill:none}.l{opacity:.3}.a{stroke-width:1.5}"
    ".dot,.tip{fill:currentColor}.loop{stroke-dasharray:4 3}.stale{font-weight:bold;text-decoration:underline}"
    ".code{opacity:.65}"
)


def svg(answer: Answer) -> str:
    """The drawing of a trace; where there is none, a drawing that has the line to grep for and nothing else."""
    if isinstance(answer.verdict, Broken):
        return story_svg(story(answer))
    line = one_line(answer)
    rows = _rows(line, 100)
    texts = [_text(_MARGIN, _MARGIN + _ROW * (k + 1), row) for k, row in enumerate(rows)]
    return _document(line, line, 100 * 8, 2 * _MARGIN + _ROW * len(rows), texts)


def story_svg(told: Story) -> str:
    """The drawing of a trace with a newline at the end; of two runs one below the other."""
    if isinstance(told.system, Product):
        runs = [sequence(told.system.single, run) for run in runs_of(told.system, told.trace)]
    else:
        runs = [sequence(told.system, told.trace, told.lasso.lasso.back if told.lasso is not None else None)]
    title = f"{told.request.design.name} {'gets stuck in' if told.stuck else 'violates'} {told.request.property.name}"
    top = _MARGIN + 2 * _ROW
    rows = [_text(_MARGIN, _MARGIN + _ROW, title, "h")]
    for number, run in enumerate(runs, 1):
        if len(runs) > 1:
            rows.append(_text(_MARGIN, top + _ROW, f"run {number}", "h"))
        drawn = _Drawing(run, top)
        rows += drawn.rows()
        top = drawn.bottom + _ROW
    for words in _rows(failure_text(told), 100):
        rows.append(_text(_MARGIN, top, words, "h"))
        top += _ROW
    width = _WORDS + _LANE * max(len(run.lanes) for run in runs) + 2 * _MARGIN
    return _document(title, _spoken(runs, failure_text(told)), width, top, rows)


def _document(title: str, spoken: str, width: int, height: int, rows: list[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
    head += f'role="img"><title>{escape(title)}</title><desc>{escape(spoken)}</desc><style>{_STYLE}</style>'
    return "\n".join([head, *rows, "</svg>"]) + "\n"


def _spoken(runs: list[Diagram], failure: str) -> str:
    """The steps as one text."""
    steps = [f"{e.line.numbers}. {e.line.actor}: {e.line.sentence}." for run in runs for e in run.events]
    return " ".join([*steps, failure])


@dataclass
class _Drawing:
    """One diagram below a certain height."""

    diagram: Diagram
    top: int
    bottom: int = 0

    def x(self, key: Key) -> int | None:
        """The middle of a lane."""
        places = [k for k, lane in enumerate(self.diagram.lanes) if lane.key == key]
        return _MARGIN + _WORDS + _LANE * places[0] + _LANE // 2 if places else None

    def rows(self) -> list[str]:
        """Heads, events, and what the caches hold at the end; lines of the lanes behind them."""
        y, begin, heads = self.top + 2 * _ROW, None, self.top + _ROW
        found = [_text(self.x(n.key) or 0, heads, n.name, "h", middle=True) for n in self.diagram.lanes]
        for number, event in enumerate(self.diagram.events):
            if number == self.diagram.back:
                begin = y
            drawn, y = self.event(event, y)
            found += drawn
        left = [*self.cells(self.diagram.held, y)]
        end = y + _ROW * max([1, *(len(texts) for texts in self.diagram.held.values())])
        if left:
            found += [_text(_MARGIN, y, "left", "h"), *left]
        if self.diagram.back is not None:
            found += self.loop(y if begin is None else begin, y)
        places = [self.x(lane.key) or 0 for lane in self.diagram.lanes]
        lines = [_line(x, self.top + _ROW + 6, x, end, "l") for x in places]
        self.bottom = end + _ROW
        return [*lines, *found]

    def event(self, event: Event, y: int) -> tuple[list[str], int]:
        """A step: words at the left, who acts on whom at the right; where the next one begins."""
        words = _rows(f"{event.line.numbers} {event.line.actor}: {event.line.sentence}", _COLUMNS)
        codes = [row for text in event.line.remarks for row in _rows(text, _COLUMNS - 4)]
        found = [_text(_MARGIN, y + _ROW * k, row) for k, row in enumerate(words)]
        found += [_text(_MARGIN + 28, y + _ROW * (len(words) + k), row, "code") for k, row in enumerate(codes)]
        at = self.x(event.source)
        for target in event.targets:
            end = self.x(target)
            if at is not None and end is not None and end != at:
                found += _arrow(at, end, y - 4, lost=event.lost)
        if at is not None:
            found.append(f'<circle class="dot" cx="{at}" cy="{y - 4}" r="3.5"/>')
        found += self.cells(event.cells, y + _ROW)
        deep = 1 + max([0, *(len(texts) for texts in event.cells.values())])
        return found, y + _ROW * max(len(words) + len(codes), deep) + 6

    def cells(self, cells: Cells, y: int) -> Iterator[str]:
        """What changes in each lane; stale entries stand out."""
        for key, texts in cells.items():
            at = self.x(key)
            for number, text in enumerate(texts if at is not None else ()):
                kind = "stale" if text.endswith(STALE) else ""
                yield _text(at or 0, y + _ROW * number, text, kind, middle=True)

    def loop(self, begin: int, end: int) -> list[str]:
        """A frame around the steps that are repeated."""
        width = _WORDS + _LANE * len(self.diagram.lanes) + _MARGIN
        place = f'x="{_MARGIN // 2}" y="{begin - _ROW + 2}" width="{width}" height="{end - begin + 4}"'
        words = "loop, for ever" if begin < end else "for ever: nothing happens any more"
        return [f'<rect class="loop" {place}/>', _text(_MARGIN + width - 12, begin, words, "h", end=True)]


def _rows(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, columns, break_on_hyphens=False)


def _arrow(start: int, end: int, y: int, *, lost: bool) -> list[str]:
    """A line with a tip, or with a cross where no answer came."""
    way = 1 if end > start else -1
    line = _line(start, y, end - 2 * way, y, "a")
    if lost:
        x = end - 8 * way
        return [line, _line(x - 4, y - 4, x + 4, y + 4, "a"), _line(x - 4, y + 4, x + 4, y - 4, "a")]
    return [line, f'<path class="tip" d="M{end} {y}l{-8 * way} -4v8z"/>']


def _line(x1: int, y1: int, x2: int, y2: int, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _text(x: int, y: int, text: str, kind: str = "", *, middle: bool = False, end: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ' text-anchor="end"' if end else ""
    own = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{own}{anchor}>{escape(text)}</text>'
