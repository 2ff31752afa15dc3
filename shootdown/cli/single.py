"""The part of `shootdown review` that is about the bytes of calls and about ranges."""

import textwrap
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shootdown.model.design import REFUTED
from shootdown.report import single
from shootdown.report.progress import Watcher
from shootdown.review.expectation import Exit, Standing
from shootdown.review.single import Single, singles


def wanted(*, refuted: bool = False) -> list[Single]:
    """What is stated; `refuted`: only what is stated to be refuted."""
    return [c for c in singles() if not refuted or c.stated == REFUTED]


def run_singles(
    todo: list[Single], out: Path, jobs: int, watcher: Watcher, tell: Callable[[str], None]
) -> tuple[list[single.Answered], Exit]:
    """Check everything, tell it in order, save it; 0 if every verdict is as stated. What is known, and the code."""
    told: list[single.Answered] = []
    begin = time.monotonic()
    tell(f"\n{len(todo)} checks about the bytes of calls and about ranges\n")
    interrupted = False
    try:
        for result in single.solved(todo, jobs):
            told.append(result)
            with watcher.hidden():
                tell(result.line)
            watcher.say(f"{len(told)} of {len(todo)} checks after {time.monotonic() - begin:.0f} s")
    except KeyboardInterrupt:
        interrupted = True
    single.save(told, out)
    _conclude(told, todo, tell)
    return told, Exit.OPEN if interrupted else _exit(told)


def _exit(told: list[single.Answered]) -> Exit:
    standings = {t.standing for t in told}
    if Standing.OTHER in standings:
        return Exit.REFUTED
    return Exit.OPEN if Standing.WEAKER in standings else Exit.GOOD


def _conclude(told: list[single.Answered], todo: list[Single], tell: Callable[[str], None]) -> None:
    for head, rows in single.tables(told):
        if rows:
            tell(f"\n{_table(head, rows)}")
    tell("\n" + textwrap.fill(single.LEGEND, 100) + "\n")
    wrong = single.not_as_stated(told)
    for sentence in wrong:
        tell(sentence)
    tell(f"{len(told) - len(wrong)} of {len(todo)} checks about bytes and ranges are as stated.")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    table = Table(show_lines=True)
    for name in head:
        table.add_column(name, overflow="fold", no_wrap=name == head[0])
    for row in rows:
        table.add_row(*row)
    console = Console(width=100, no_color=True, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get().rstrip()
