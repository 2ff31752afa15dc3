"""The part of a review that is about the bytes of calls and about ranges: lines, two tables, and files."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shootdown.ir import ShootdownError
from shootdown.model.usermem.designs import abis
from shootdown.properties import properties
from shootdown.report import bytes as bytes_report
from shootdown.report.files import write_whole
from shootdown.report.page_single import broken_data, bytes_data, range_data
from shootdown.report.parallel import in_order
from shootdown.report.ranges import one_line as range_line
from shootdown.report.ranges import range_text
from shootdown.review import ranges, usermem
from shootdown.review.bytetrace import trace_file
from shootdown.review.expectation import Standing
from shootdown.review.single import BYTES, RANGES, Single
from shootdown.search.verdict import Proved, Refuted, Unknown, Vacuous, Verdict, outcome

LEGEND = (
    "Rn: refuted by a replayed run of n steps. A: proved for all values. V: vacuous. ?: no answer. !: not as stated. "
    "A cell has one mark for each world, or variant, for which something is stated, in the order of the file."
)


Shown = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""Head and rows of a table."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a process sends back about one cell: words only.

    `trace` is the file to replay, `page` the cell as `shootdown.report.page` shows it.
    """

    cell: Single
    mark: str
    standing: Standing
    line: str
    text: str
    trace: str = ""
    page: dict[str, Any] = field(default_factory=dict)


def solve(cell: Single) -> Answered:
    """Check one cell and word the result. Runs in a process of its own."""
    try:
        return _bytes(cell) if cell.about == BYTES else _range(cell)
    except ShootdownError as error:
        line = f"{cell.name} {cell.property} error {cell.place}: {error}"
        return Answered(cell, "error", Standing.OTHER, line, line, page=broken_data(cell, str(error)))


def _bytes(cell: Single) -> Answered:
    prop = properties(usermem.SUBJECT)[cell.property]
    told = usermem.answer(usermem.question(abis()[cell.name], prop, cell.place))
    trace = trace_file(told) if isinstance(told.verdict, Refuted) else ""
    line, text = bytes_report.one_line(told), bytes_report.told_text(told)
    mark = _mark(told.verdict, steps=True)
    return Answered(cell, mark, _standing(told.verdict, cell), line, text, trace, bytes_data(cell, told, mark))


def _range(cell: Single) -> Answered:
    (posed,) = ranges.questions(f"{cell.name}/{cell.place}")
    found = ranges.answer(posed)
    mark = _mark(found.verdict, steps=False)
    line, text, data = range_line(found), range_text(found), range_data(cell, found, mark)
    return Answered(cell, mark, _standing(found.verdict, cell), line, text, page=data)


def _standing(verdict: Verdict, cell: Single) -> Standing:
    if outcome(verdict) == cell.stated:
        return Standing.AS_STATED
    return Standing.WEAKER if isinstance(verdict, Unknown) else Standing.OTHER


def _mark(verdict: Verdict, *, steps: bool) -> str:
    match verdict:
        case Refuted(trace=trace):
            return f"R{len(trace)}" if steps else "R"
        case Proved():
            return "A"
        case Vacuous():
            return "V"
        case _:
            return "?"


def solved(cells: Sequence[Single], jobs: int) -> Iterator[Answered]:
    """The cells' results in the cells' order, from `jobs` processes."""
    return in_order(solve, cells, jobs)


def tables(answered: Iterable[Answered]) -> tuple[Shown, Shown]:
    """Bytes by property and proposal, ranges by bug with what its variants are."""
    every = list(answered)
    own = [a for a in every if a.cell.about == BYTES]
    names = list(dict.fromkeys(a.cell.name for a in own))
    of_bytes: list[tuple[str, ...]] = [
        (prop, *(_marks(a for a in own if (a.cell.property, a.cell.name) == (prop, name)) for name in names))
        for prop in dict.fromkeys(a.cell.property for a in own)
    ]
    bugs: dict[str, list[Answered]] = {}
    for a in every:
        if a.cell.about == RANGES:
            bugs.setdefault(a.cell.name, []).append(a)
    of_ranges: list[tuple[str, ...]] = [
        (name, ", ".join(f"{a.cell.place} {_marks([a])}" for a in found)) for name, found in bugs.items()
    ]
    return (("bytes of a call", *names), of_bytes), (("range-is-covered", "variants"), of_ranges)


def _marks(answered: Iterable[Answered]) -> str:
    marks = [a.mark if a.standing is Standing.AS_STATED else f"{a.mark}!" for a in answered]
    return " ".join(marks) or "-"


def markdown(answered: Sequence[Answered]) -> str:
    """Both tables, then each check with what is stated and why."""
    rows = []
    for head, body in tables(answered):
        rows += [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *(f"| {' | '.join(r)} |" for r in body), ""]
    rows += [LEGEND, "", "| check | world or variant | verdict | stated, because |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {a.cell.name} {a.cell.property} | {a.cell.place} | {_marks([a])} | {a.cell.stated}: {a.cell.why} |"
        for a in answered
    ]
    return "\n".join([*rows, ""])


def save(answered: Sequence[Answered], out: Path) -> None:
    """The tables, one line for each check, and each counterexample as text and as a file to replay."""
    write_whole(out / "bytes-and-ranges.md", markdown(answered))
    write_whole(out / "bytes-and-ranges.txt", "".join(f"{a.line}\n" for a in answered))
    for a in answered:
        if a.mark.startswith("R"):
            write_whole(out / a.cell.about / f"{a.cell.stem()}.txt", a.text)
        if a.trace:
            write_whole(out / a.cell.about / f"{a.cell.stem()}.itf.json", a.trace)


def not_as_stated(answered: Iterable[Answered]) -> list[str]:
    """One sentence for each check that is not as stated."""
    return [
        f"{a.standing.value}: {a.line} (stated: {a.cell.stated}, since {a.cell.why})"
        for a in answered
        if a.standing is not Standing.AS_STATED
    ]
