"""The files that a review leaves: the page, tables, one line for each check, JSON, JUnit, SARIF, traces and mails."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from shootdown.report.files import write_whole
from shootdown.report.junit import junit
from shootdown.report.markdown import cell as plain
from shootdown.report.page import page
from shootdown.report.page_tables import Tables
from shootdown.report.record import dumps
from shootdown.report.review import Told, markdown, not_as_stated
from shootdown.report.sarif import sarif
from shootdown.report.single import Answered
from shootdown.review.cells import Cell


def save(told: Sequence[Told], todo: Sequence[Cell], out: Path, also: int = 0) -> None:
    """Write them all. `todo`: every check that the review was about; those without an answer are said to have none.

    `also`: as many answers about bytes and ranges are still to come on the page (`save_page`).
    """
    save_page(told, (), len(todo) + also, out)
    unanswered = todo[len(told) :]
    write_whole(out / "review.md", review_markdown(told, unanswered))
    write_whole(out / "review.junit.xml", junit(told, unanswered))
    write_whole(out / "review.sarif", sarif(told, unanswered))
    write_whole(out / "checks.txt", "".join(f"{t.line}\n" for t in told))
    write_whole(out / "checks.json", dumps([t.record for t in told if t.record], array=True))
    for name, t in named(told):
        write_whole(out / "traces" / f"{name}.itf.json", t.trace)
        write_whole(out / "traces" / f"{name}.txt", t.trace_text)
        write_whole(out / "mail" / f"{name}.txt", t.mail)


def save_page(
    told: Sequence[Told], singles: Sequence[Answered], wanted: int, out: Path, tables: Tables | None = None
) -> None:
    """Write the page; `wanted`: as many checks were asked for, about caches, bytes and ranges together."""
    cells, also = [t.page for t in told if t.page], [s.page for s in singles if s.page]
    write_whole(out / "review.html", page(cells, tables, also, wanted=wanted))


def named(told: Sequence[Told]) -> Iterator[tuple[str, Told]]:
    """Each result with a trace and the name of its files; a number tells apart those that would have the same."""
    taken: Counter[str] = Counter()
    for t in told:
        if t.trace:
            number = taken[t.cell.stem]
            taken[t.cell.stem] += 1
            yield f"{t.cell.stem}.{number}" if number else t.cell.stem, t


def review_markdown(told: Sequence[Told], unanswered: Sequence[Cell] = ()) -> str:
    """The matrix, what is not as stated, what has no answer, and where each trace is."""
    return "\n".join(_rows(told, unanswered)) + "\n"


def _rows(told: Sequence[Told], unanswered: Sequence[Cell]) -> Iterator[str]:
    wrong = not_as_stated(told)
    yield from ["# Review", ""]
    yield f"{len(told) - len(wrong)} of {len(told) + len(unanswered)} checks are as their design files state."
    yield from ["", markdown(told).rstrip("\n"), ""]
    if wrong:
        yield from ["## Not as stated", "", *(f"- {plain(text)}" for text in wrong), ""]
    if unanswered:
        names = (f"{c.design} {c.label}, {c.contract}" for c in unanswered)
        yield from ["## Not answered", "", *(f"- {plain(name)}" for name in names), ""]
    traces = list(named(told))
    if traces:
        yield from ["## Traces", "", "| design | check | contract | outcome | trace |", f"|{' --- |' * 5}"]
    for name, t in traces:
        links = f"[mail](mail/{name}.txt), [ITF](traces/{name}.itf.json)"
        yield f"| {t.cell.design} | {plain(t.cell.label)} | {t.cell.contract} | {t.mark} | {links} |"
