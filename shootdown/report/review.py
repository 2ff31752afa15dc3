"""The review: every stated check, told in order while two or more processes work on them.

The traces that a reader wants first come first; then one line per check, and at the end the matrix of designs,
properties and contracts. Nothing is read from a golden file: what is printed was computed in this run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shootdown.ir import ShootdownError
from shootdown.model.design import CONTRACTS
from shootdown.report.flow import Moment, moments
from shootdown.report.mail import mail_text
from shootdown.report.page_alike import with_runs
from shootdown.report.page_cell import cell_data, error_data, mark
from shootdown.report.page_why import with_reasons
from shootdown.report.parallel import in_order
from shootdown.report.record import record
from shootdown.report.text import check_text, one_line
from shootdown.report.trace import story, trace_file, trace_text
from shootdown.review.answer import answer
from shootdown.review.cells import Cell, request_of
from shootdown.review.expectation import Standing, standing
from shootdown.search.result import Limits
from shootdown.search.verdict import Broken


@dataclass(frozen=True)
class Told:
    """What a process sends back about one cell: words only.

    `mark` is the cell of the matrix (`shootdown.report.page_cell.mark`).
    `outcome` is that of the line, `error` where there is none; `mail` and `flow` are there for a trace. `page`: the
    cell as `shootdown.report.page` shows it.
    """

    cell: Cell
    mark: str
    standing: Standing
    line: str
    text: str
    record: dict[str, Any]
    trace: str = ""
    trace_text: str = ""
    outcome: str = "error"
    mail: str = ""
    flow: tuple[Moment, ...] = ()
    page: dict[str, Any] = field(default_factory=dict)


def solve(cell: Cell) -> Told:
    """Check one cell and word the result. Runs in a process of its own."""
    try:
        found = answer(request_of(cell), Limits())
    except ShootdownError as error:
        line = f"{cell.design} {cell.expect.property} error contract={cell.contract}: {error}"
        return Told(cell, "error", Standing.OTHER, line, line, {}, page=error_data(request_of(cell), str(error)))
    refuted = isinstance(found.verdict, Broken)
    tale = story(found) if refuted else None
    return Told(
        cell=cell,
        mark=mark(found),
        standing=standing(found, cell.expect),
        line=one_line(found, cell.expect),
        text=check_text(found, cell.expect),
        record=record(found, cell.where),
        trace=trace_file(tale, cell.where) if tale else "",
        trace_text=trace_text(tale) if tale else "",
        outcome=found.outcome,
        mail=mail_text(found, cell.where) if tale else "",
        flow=tuple(moments(tale)) if tale else (),
        page=with_reasons(with_runs(cell_data(found, cell.where), found), found, Limits()),
    )


def solved(cells: Sequence[Cell], jobs: int) -> Iterator[Told]:
    """The cells' results in the cells' order, from `jobs` processes."""
    return in_order(solve, cells, jobs)


def matrix(told: Iterable[Told]) -> dict[str, dict[str, dict[str, Told]]]:
    """Results by row (property and what narrows it), design and contract."""
    table: dict[str, dict[str, dict[str, Told]]] = {}
    for t in told:
        table.setdefault(t.cell.label, {}).setdefault(t.cell.design, {})[t.cell.contract] = t
    return table


def mark_row(row: dict[str, Told]) -> str:
    """`R 9 / R 8 / R 9 / A`: one design's outcomes in the order of the contracts; `!` where not as stated."""
    marks = []
    for contract in CONTRACTS:
        told = row.get(contract)
        mark = "-" if told is None else told.mark
        marks.append(mark if told is None or told.standing is Standing.AS_STATED else f"{mark}!")
    return " / ".join(marks)


def markdown(told: Sequence[Told]) -> str:
    """The matrix as a Markdown table."""
    designs = list(dict.fromkeys(t.cell.design for t in told))
    head = [f"| property | {' | '.join(designs)} |", "| --- |" + " --- |" * len(designs)]
    rows = [
        f"| {label} | {' | '.join(mark_row(row.get(d, {})) for d in designs)} |" for label, row in matrix(told).items()
    ]
    return "\n".join([*head, *rows, "", f"Each cell: {' / '.join(CONTRACTS)}. {LEGEND}", ""])


LEGEND = (
    "R n: refuted by a replayed trace of n steps, R n+m by two runs. L n: refuted by a run that goes round for ever. "
    "A: proved for any number of elements. H: proved at every size up to 2 domains, 2 groups, 2 devices, 2 units, "
    "1 iova, 2 frames (with a topology: at its sizes). V: vacuous. ?: bounded or unknown. -: nothing is stated. "
    "!: not as the design file states."
)


def not_as_stated(told: Iterable[Told]) -> list[str]:
    """One sentence for each check that is not as its design file states."""
    return [
        f"{t.standing.value}: {t.line} (stated: {t.cell.expect.outcomes[t.cell.contract]}{t.cell.expect.because})"
        for t in told
        if t.standing is not Standing.AS_STATED
    ]


__all__ = ["LEGEND", "Told", "mark_row", "markdown", "matrix", "not_as_stated", "solve", "solved"]
