"""Swim lanes in ASCII, at most 72 columns: a column for each actor and cache, time runs downwards.

`*` stands where somebody acts, an arrow leads to whom it acts on (`x`: no answer), a lane shows what changes there.
Below each such row stands the step in words. Columns depend on the sizes and not on what happens, as far as they fit.
"""

import re
import textwrap
from collections.abc import Iterator

from shootdown.report.effects import Cells, Key
from shootdown.report.sequence import Diagram, Event, Lane, is_used

COLUMNS = 72
_EDGE = 7
"""Where the first lane begins; step numbers stand before it."""

_WIDTHS = {"guest": 8, "user/VMM": 9, "kernel": 12, "Unit": 12, "Device": 9}
_LEAST = {"Unit": 10, "Device": 8}
_OTHER = 12
_GLUE = "\x1f"
"""Stands for a space that no row may end at."""
_ACTOR = 8
_LOOP = " loop: these steps follow each other for ever "
_STILL = " for ever: nothing happens any more "


def draw(diagram: Diagram) -> list[str]:
    """All rows of a diagram: heads, events, and what the caches hold at the end."""
    sheet = _Sheet(diagram)
    rows = [sheet.heads()]
    for number, event in enumerate(diagram.events):
        if number == diagram.back:
            rows.append(_bar(_LOOP))
        rows += sheet.event(event)
    if diagram.back is not None:
        rows.append(_bar(_STILL) if diagram.back == len(diagram.events) else _bar(_again(diagram)))
    return [*rows, *sheet.left()]


def _again(diagram: Diagram) -> str:
    assert diagram.back is not None
    return f" back to step {diagram.events[diagram.back].first} "


def _bar(text: str) -> str:
    return f"{text:=^{COLUMNS}}"


def wrap(text: str, first: str = "", later: str | None = None, width: int = COLUMNS) -> list[str]:
    """A text in rows of at most 72 columns; translations and equations stay in one row, a longer word is broken."""
    later = " " * len(first) if later is None else later
    glued = re.sub(" (->|=) ", rf"{_GLUE}\1{_GLUE}", text)
    rows = textwrap.wrap(glued, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
    return [row.rstrip().replace(_GLUE, " ") for row in rows] or [first.rstrip()]


class _Sheet:
    """Where the lanes of a diagram stand."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.lanes, widths, self.narrow = _fitted(diagram)
        self.x: dict[Key, int] = {}
        self.width: dict[Key, int] = {}
        at = _EDGE
        for lane, width in zip(self.lanes, widths, strict=True):
            self.x[lane.key], self.width[lane.key] = at, width
            at += width
        self.actors = max([_ACTOR, *(len(e.line.actor) for e in diagram.events)])
        self.names = {lane.key: lane.name for lane in diagram.lanes}

    def heads(self) -> str:
        """The names of the lanes."""
        row = [" "] * COLUMNS
        for lane in self.lanes:
            name = lane.name.removeprefix("IOTLB ").replace("no ATS", "noATS") if self.narrow else lane.name
            _put(row, self.x[lane.key], name[: self.width[lane.key] - 1])
        return "".join(row).rstrip()

    def event(self, event: Event) -> Iterator[str]:
        """The row of lanes, further changes below it, then the words."""
        drawn, spilled = self._fitting(event.cells)
        top = self._blank(f"{event.line.numbers:>4}")
        self._arrows(top, event)
        yield from self._cells(top, drawn)
        start = f"{'':{_EDGE}}{event.line.actor:<{self.actors}} "
        blank = " " * len(start)
        yield from wrap(event.line.sentence, start, blank)
        for text in (*spilled, *event.line.remarks):
            yield from wrap(text, blank, blank)

    def left(self) -> Iterator[str]:
        """What the caches hold at the end."""
        if not self.diagram.held:
            return
        drawn, spilled = self._fitting(self.diagram.held)
        yield from self._cells(self._blank("left"), drawn)
        for text in spilled:
            yield from wrap(text, " " * _EDGE)

    def _blank(self, head: str) -> list[str]:
        row = [" "] * COLUMNS
        _put(row, 0, head)
        for lane in self.lanes:
            row[self.x[lane.key]] = "|"
        return row

    def _fitting(self, cells: Cells) -> tuple[Cells, list[str]]:
        """What can be shown in the lanes, and in words what cannot."""
        drawn: Cells = {}
        spilled: list[str] = []
        for key, texts in cells.items():
            if all(len(t) + 2 <= self.width.get(key, 0) for t in texts):
                drawn[key] = texts
            else:
                spilled.append(f"{self.names.get(key, key[0])}: {', '.join(texts)}")
        return drawn, spilled

    def _arrows(self, row: list[str], event: Event) -> None:
        """From who acts to the farthest of those it acts on; heads at all of them."""
        if event.source not in self.x:
            return
        at = self.x[event.source]
        ends = [self.x[t] for t in event.targets if t in self.x and t != event.source]
        for end in sorted(ends, key=lambda e: -abs(e - at)):
            for k in range(min(at, end) + 1, max(at, end)):
                row[k] = "-" if row[k] in " |" else row[k]
            row[end - 1 if end > at else end + 1] = "x" if event.lost else ">" if end > at else "<"
        row[at] = "*"

    def _cells(self, row: list[str], cells: Cells) -> Iterator[str]:
        """The row with what changes written into it, and rows below where a lane has more to show."""
        for number in range(max([1, *(len(texts) for texts in cells.values())])):
            own = row if number == 0 else self._blank("")
            for key, texts in cells.items():
                if number < len(texts):
                    _put(own, self.x[key] + 1, texts[number])
            yield "".join(own).rstrip()


def _put(row: list[str], at: int, text: str) -> None:
    row[at : at + len(text)] = text


def _fitted(diagram: Diagram) -> tuple[tuple[Lane, ...], list[int], bool]:
    """The lanes to draw with their widths: narrower if need be, then without those in which nothing happens."""
    room = COLUMNS - _EDGE
    busy = tuple(lane for lane in diagram.lanes if is_used(diagram, lane.key))
    for lanes, narrow in ((diagram.lanes, False), (diagram.lanes, True), (busy, False), (busy, True)):
        widths = [_width(lane, narrow=narrow) for lane in lanes]
        if sum(widths) <= room:
            return lanes, widths, narrow
    kept = list(busy)
    while sum(_width(lane, narrow=True) for lane in kept) > room:
        kept.pop()
    return tuple(kept), [_width(lane, narrow=True) for lane in kept], True


def _width(lane: Lane, *, narrow: bool) -> int:
    kind = lane.key[0]
    return _LEAST[kind] if narrow and kind in _LEAST else _WIDTHS.get(kind, _OTHER)
