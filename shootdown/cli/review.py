"""`shootdown review`: every check for which a design states an expectation, of all built-in designs or of some."""

import os
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shootdown.cli.single import run_singles, wanted
from shootdown.model.design import CONTRACTS, REFUTED
from shootdown.report import review
from shootdown.report.files import must_take_files
from shootdown.report.progress import Watcher
from shootdown.report.review import Told
from shootdown.report.review_files import save, save_page
from shootdown.report.words import plenty
from shootdown.review.cells import Cell, cells, cells_of
from shootdown.review.expectation import Exit, Standing, worst

Tell = Callable[[str], None]


def jobs_or_all(jobs: int | None) -> int:
    """The number of processes: as asked, or one for each processor that this process may use."""
    return jobs if jobs is not None else max(1, len(os.sched_getaffinity(0)))


def run_review(
    out: Path, jobs: int | None, watcher: Watcher, tell: Tell, *, sources: Sequence[str] = (), refuted: bool = False
) -> Exit:
    """Check everything, tell it in order, save it; 0 if every verdict is as stated.

    `sources`: names and paths of designs, instead of all that are built in with what is stated about bytes and ranges,
    and the tables besides. `refuted`: only the checks that are stated to be refuted.
    """
    must_take_files(out)
    every = cells_of(sources) if sources else cells()
    todo = [c for c in every if not refuted or c.expect.outcomes[c.contract] == REFUTED]
    told: list[Told] = []
    watcher.say(f"0 of {len(todo)} checks")
    begin = time.monotonic()
    interrupted = False
    tell(f"{plenty(len(todo), 'check')} for which a design states what it expects; traces and tables go to {out}/\n")
    try:
        for result in review.solved(todo, jobs_or_all(jobs)):
            told.append(result)
            with watcher.hidden():
                tell(result.text if _leads(result.cell) else result.line)
            watcher.say(f"{len(told)} of {len(todo)} checks after {time.monotonic() - begin:.0f} s")
    except KeyboardInterrupt:
        interrupted = True
    also = [] if sources else wanted(refuted=refuted)
    save(told, todo, out, len(also))
    _conclude(told, len(todo), tell)
    if interrupted or len(told) < len(todo):
        return Exit.OPEN
    if sources:
        return _exit(told)
    singles, code = run_singles(also, out, jobs_or_all(jobs), watcher, tell)
    save_page(told, singles, len(todo) + len(also), out)
    if not refuted and code is not Exit.OPEN:
        from shootdown.cli.tables import besides  # noqa: PLC0415 # imports what imports this module

        found, complete = besides(out, jobs_or_all(jobs), watcher, tell)
        save_page(told, singles, len(todo) + len(also), out, found)
        code = code if complete else Exit.OPEN
    return worst([_exit(told), code])


def _leads(cell: Cell) -> bool:
    """The checks at named topologies are told in full; of the others the line, and the trace as a file."""
    return bool(cell.expect.topology)


def _exit(told: list[Told]) -> Exit:
    standings = {t.standing for t in told}
    if Standing.OTHER in standings:
        return Exit.REFUTED
    return Exit.OPEN if Standing.WEAKER in standings else Exit.GOOD


def _conclude(told: list[Told], wanted: int, tell: Tell) -> None:
    console = Console(width=100, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(_table(told))
    tell(f"\n{capture.get().rstrip()}\n")
    tell(textwrap.fill(f"Each cell: {' / '.join(CONTRACTS)}. {review.LEGEND}", 100) + "\n")
    wrong = review.not_as_stated(told)
    for sentence in wrong:
        tell(sentence)
    tell(f"{len(told) - len(wrong)} of {wanted} checks are as their design files state.")


def _table(told: list[Told]) -> Table:
    designs = list(dict.fromkeys(t.cell.design for t in told))
    table = Table(show_lines=True)
    table.add_column("property", overflow="fold")
    for name in designs:
        table.add_column(name, no_wrap=True)
    for label, row in review.matrix(told).items():
        table.add_row(label, *(review.mark_row(row.get(d, {})) for d in designs))
    return table
