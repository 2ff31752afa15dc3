"""Two runs that look alike, in two columns of a mail: what is observed spans both, what is not stands side by side."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from shootdown.counterexamples.render import Line
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.ir.trace import Trace
from shootdown.report.effects import STALE, Reader
from shootdown.report.lanes import COLUMNS, wrap
from shootdown.report.pair import Pair, apart_text
from shootdown.report.topology import start_items
from shootdown.report.words import plenty

_GAP = " | "
_CELL = (COLUMNS - len(_GAP)) // 2
_STEP = 4


def pair_starts(system: Product, trace: Trace, indent: int) -> Iterator[str]:
    """Where the runs start: once where it is the same for both."""
    one, two = (start_items(system.single, run) for run in runs_of(system, trace))
    told = [("start", one)] if one == two else [("start 1", one), ("start 2", two)]
    for label, items in told:
        for number, item in enumerate(items or ["as usual"]):
            yield from wrap(item, f"{label if number == 0 else '':<{indent}}", " " * (indent + 2 * (number > 0)))
    if one != two and (apart := apart_text(system)):
        yield from wrap(apart, f"{'starts':<{indent}}")


def pair_rows(system: Product, trace: Trace) -> Iterator[str]:
    """The two columns, and below them what the caches hold in each run."""
    told = Pair(system, trace)
    heads = [f"run {k}: {plenty(len(run), 'step')}" for k, run in enumerate(told.runs, 1)]
    yield _row(*heads)
    for segment in told.segments():
        left, right = ([row for line in own for row in _cell(line)] for own in segment.silent)
        yield from (_row(a, b) for a, b in zip_longest(left, right, fillvalue=""))
        yield from _both(segment.seen)
    left, right = (list(_held(system, run)) for run in told.runs)
    yield from (_row(a, b) for a, b in zip_longest(left, right, fillvalue=""))


def pair_ends(system: Product, trace: Trace) -> str:
    """What both runs show to whoever asks."""
    return Pair(system, trace).shown()


def pair_held(system: Product, trace: Trace) -> Iterator[str]:
    """The entries that are left in the caches, of both runs."""
    for run in runs_of(system, trace):
        yield from (f"{entry}{STALE if stale else ''}" for _, entry, stale in _left(system, run))


def _row(left: str, right: str) -> str:
    return f"{left:<{_CELL}}{_GAP}{right}".rstrip()


def _cell(line: Line) -> Iterator[str]:
    """A step that only its own run takes."""
    blank = " " * (_STEP + 2)
    yield from wrap(f"{line.actor}: {line.sentence}", f"{line.numbers:>{_STEP}}  ", blank, _CELL)
    for remark in line.remarks:
        yield from wrap(remark, blank, blank, _CELL)


def _both(seen: Sequence[Line]) -> Iterator[str]:
    """A step that the observer sees in both runs, over the width of both columns."""
    if not seen:
        return
    one, two = seen
    told = [one.sentence] if one.sentence == two.sentence else [f"run 1: {one.sentence}", f"run 2: {two.sentence}"]
    numbers = "" if one.numbers == two.numbers else f" (run 2: {two.numbers})"
    blank = " " * (_STEP + 2)
    first, *more = told
    yield from wrap(f"{one.actor}: {first}{'' if more else numbers}", f"{one.numbers:>{_STEP}}  ", blank)
    for text in more:
        yield from wrap(f"{text}{numbers}", blank, blank)
    for remark in one.remarks:
        yield from wrap(remark, blank, blank)


def _held(system: Product, run: Trace) -> Iterator[str]:
    """What is left in the caches of a run."""
    for cache, entry, stale in _left(system, run):
        yield from wrap(f"{cache} holds {entry}{STALE if stale else ''}", "left  ", None, _CELL)


def _left(system: Product, run: Trace) -> Iterator[tuple[str, str, bool]]:
    """Cache, entry and whether it is stale."""
    reader = Reader(system.single, run.sizes)
    for (key, entry), stale in sorted(reader.held(run.states[-1]).items(), key=str):
        yield f"{'IOTLB' if key[0] == 'Unit' else 'ATC'} {reader.name(*key)}", entry, stale
