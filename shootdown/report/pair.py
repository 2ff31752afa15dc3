"""Two runs that look alike, in two columns: what is observed spans both, what is not stands beside each other."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from shootdown.counterexamples.render import Line, failure, lines
from shootdown.ir import Claim
from shootdown.ir.observation import Observation
from shootdown.ir.pairs import Sight, Value, runs_of, sights
from shootdown.ir.product import Product
from shootdown.ir.sorts import BOOL
from shootdown.ir.trace import Trace
from shootdown.report.topology import topology_lines
from shootdown.report.words import WIDTH, plenty, side_by_side

_GAP = " | "
_CELL = (WIDTH - len(_GAP)) // 2

_UNTOLD = {
    "has_ats": "which device has ATS",
    "domain_of": "which domain or unit is behind a group",
    "newer": "the order of the walk",
}
"""What differs at the start of two runs, by one of the variables that say it."""


def pair_text(system: Product, claim: Claim, trace: Trace, title: Sequence[str], reach: str) -> str:
    """A refuted claim about two runs: where they start, what they do, what both show, and how they differ."""
    told = Pair(system, trace)
    ends = [told.shown(), failure(system, claim, trace), f"reach: {reach}"]
    return "\n".join([*title, *told.starts(), "", *told.rows(), "", *_closing(ends)]) + "\n"


def pair_example(system: Product, goal: str, trace: Trace, title: str) -> str:
    """Two runs that break nothing, in the same layout."""
    told = Pair(system, trace)
    return "\n".join([title, *told.starts(), "", *told.rows(), "", f"  {goal}", ""]) + "\n"


def alike_text(observation: Observation) -> str:
    """Which runs are compared, by the names of what they share."""
    start = f"start with the same {', '.join(observation.known)}" if observation.known else ""
    steps = f"have the same steps of {' and '.join(observation.actors)}" if observation.actors else ""
    seen = [
        f"show the same {', '.join(s.name for s in values)} in {action}"
        for action, values in observation.steps.items()
        if values
    ]
    return f"every two runs that {'; '.join(x for x in (start, steps, *seen) if x) or 'there are'}"


def apart_text(system: Product) -> str:
    """Why two runs may start apart: what the observer does not know at the start."""
    known = system.observation.known
    untold = [words for name, words in _UNTOLD.items() if name in system.single.by_name and name not in known]
    return f"may differ: no ioctl tells the VMM {_either(untold)}" if untold else ""


def _either(texts: Sequence[str]) -> str:
    return ", nor ".join([*([", ".join(texts[:-1])] if texts[:-1] else []), texts[-1]])


@dataclass(frozen=True)
class Segment:
    """What each run does up to an observation, and the observed step as each run tells it; none after the last."""

    silent: tuple[tuple[Line, ...], tuple[Line, ...]]
    seen: tuple[Line, ...]


class Pair:
    """A trace of a product as two runs of the single system."""

    def __init__(self, system: Product, trace: Trace) -> None:
        self.system = system
        self.runs = runs_of(system, trace)
        self.sights: list[list[Sight]] = [list(sights(system, run)) for run in self.runs]
        self.lines = [_by_step(lines(system.single, run)) for run in self.runs]

    def starts(self) -> Iterator[str]:
        """The topology, once where it is the same for both runs."""
        one, two = (topology_lines(self.system.single, run) for run in self.runs)
        if one == two:
            yield from (row for text in one for row in _wrapped(text, "  ", "    "))
            return
        for number, items in enumerate((one, two), 1):
            for row in side_by_side(items, len("  run 1: ")):
                yield from _wrapped(row, f"  run {number}: ", "         ")
        if apart := apart_text(self.system):
            yield from _wrapped(f"starts {apart}", "  ", "         ")

    def shown(self) -> str:
        """What the observer holds at the end, the same in both runs."""
        last = next((s.values for s in reversed(self.sights[0]) if s.values), ())
        return f"both runs show: {', '.join(_told(last)) if last else 'the same steps and nothing more'}"

    def rows(self) -> Iterator[str]:
        """The two columns."""
        heads = [f"run {k}: {plenty(len(run), 'step')}" for k, run in enumerate(self.runs, 1)]
        yield f"  {heads[0]:<{_CELL - 2}}{_GAP}{heads[1]}".rstrip()
        actors = max(len(line.actor) for own in self.lines for line in own.values()) + 2
        for segment in self.segments():
            left, right = ([r for line in own for r in _cell(line, actors)] for own in segment.silent)
            yield from (f"{a:<{_CELL}}{_GAP}{b}".rstrip() for a, b in zip_longest(left, right, fillvalue=""))
            yield from _spanning(segment.seen, actors)

    def segments(self) -> Iterator[Segment]:
        """What lies between the observations."""
        before = (0, 0)
        for pair in zip(*self.sights, strict=True):
            ends = (pair[0].number, pair[1].number)
            seen = tuple(own[n] for own, n in zip(self.lines, ends, strict=True))
            yield Segment(self._between(before, ends), seen)
            before = ends
        last = (len(self.runs[0]) + 1, len(self.runs[1]) + 1)
        yield Segment(self._between(before, last), ())

    def _between(self, first: tuple[int, int], end: tuple[int, int]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
        """The lines of each run whose steps are after `first` and before `end`."""
        one, two = (
            tuple(line for n, line in own.items() if a < n < b)
            for own, a, b in zip(self.lines, first, end, strict=True)
        )
        return one, two


def _told(values: Sequence[Value]) -> Iterator[str]:
    """Each value; of what is true or false of elements, those of which it is true."""
    for name, group in groupby(values, lambda v: v.name):
        own = list(group)
        if own[0].sort == BOOL and own[0].at:
            yield f"{name} = {{{', '.join(v.at for v in own if v.value)}}}"
        else:
            yield from (v.words for v in own)


def _by_step(told: Sequence[Line]) -> dict[int, Line]:
    """Lines by the number of their last step."""
    return {int(line.numbers.rsplit("-", 1)[-1]): line for line in told}


def _spanning(seen: tuple[Line, ...], actors: int) -> Iterator[str]:
    """An observed step over the width of both columns, with its number in each run."""
    if not seen:
        return
    one, two = seen
    told = [one.sentence] if one.sentence == two.sentence else [f"run 1: {one.sentence}", f"run 2: {two.sentence}"]
    told[-1] += "" if one.numbers == two.numbers else f" (run 2: {two.numbers})"
    start = f"{one.numbers:>5}  {one.actor:<{actors}}"
    blank = " " * len(start)
    for place, text in enumerate((*told, *one.remarks)):
        yield from _wrapped(text, blank if place else start, blank)


def _cell(line: Line, actors: int) -> Iterator[str]:
    """A step that only its own run takes, in a column."""
    start = f"{line.numbers:>5}  {line.actor:<{actors}}"
    blank = " " * len(start)
    for place, text in enumerate((line.sentence, *line.remarks)):
        yield from _wrapped(text, blank if place else start, blank, _CELL)


def _wrapped(text: str, first: str, later: str, width: int = WIDTH) -> list[str]:
    rows = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
    return [row.rstrip() for row in rows] or [first.rstrip()]


def _closing(texts: Sequence[str]) -> Iterator[str]:
    """Each on rows of its own: first what looks the same, then what does not."""
    for text in texts:
        yield from _wrapped(text, "  ", "    ")
