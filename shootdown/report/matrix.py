"""A comparison as tables for a terminal and in Markdown: properties by designs, then what each design tolerates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shootdown.properties import properties
from shootdown.report.words import WIDTH, covered_text, paragraph, plenty

Row = Mapping[str, Any]
Grid = list[list[str]]
"""Rows of equal length, the heads of the columns first."""

_COLUMN = 21
"""Columns of text for each design, at least."""


def cell_text(row: Row) -> str:
    """`proved: any number`, `refuted from 1 fault: 9 steps, 1 refusal`, `unknown: why`, `n/a: why`."""
    match row["outcome"]:
        case "refuted":
            return f"refuted{_from(row['tolerates'])}: {row['strength']}"
        case "holds-to":
            return f"holds to {row['strength']}"
        case outcome:
            more = row["strength"] or row["why"]
            return f"{outcome}: {more}" if more else str(outcome)


def _from(tolerates: str) -> str:
    if tolerates == "none":
        return " without a fault"
    return f" from {plenty(int(tolerates) + 1, 'fault')}" if tolerates.isdigit() else ""


def row_label(row: Row, rows: Sequence[Row]) -> str:
    """The property, with the policy if the VMM's matters, with contract where the rows have several, with topology."""
    policies = {r["policy"] for r in rows if r["property"] == row["property"]}
    own = properties().get(row["property"])
    usual = policies == {"any"} and (own is None or own.policy == "hostile")
    more = [] if usual else [row["policy"]]
    more += [row["contract"]] if len({r["contract"] for r in rows}) > 1 else []
    more += [row["topology"]] if row["topology"] != "sizes" else []
    return ", ".join([row["property"], *more])


def matrix(rows: Sequence[Row]) -> Grid:
    """Properties by designs."""
    designs = list(dict.fromkeys(r["design"] for r in rows))
    lines: dict[str, dict[str, str]] = {}
    for r in rows:
        lines.setdefault(row_label(r, rows), {})[r["design"]] = cell_text(r)
    return [["property", *designs], *([label, *(line.get(d, "-") for d in designs)] for label, line in lines.items())]


def tolerated(summaries: Sequence[Row]) -> Grid:
    """What each design comes to: outcomes counted, and the largest number of faults that it tolerates."""
    several = len({s["contract"] for s in summaries}) > 1
    found = [["design", *(["contract"] if several else []), "proved", "refuted", "other", "n/a", "faults tolerated"]]
    for s in summaries:
        counts = [str(s[k]) for k in ("proved", "refuted", "other", "n/a")]
        found.append([s["design"], *([s["contract"]] if several else []), *counts, _tolerates(s["tolerates"])])
    return found


def _tolerates(entries: Sequence[Row]) -> str:
    """`any`, `0 (property)`, `none (property), the others 0 (property)`."""
    words = [f"{e['faults']} ({', '.join(e['decided_by'])})" if e["decided_by"] else e["faults"] for e in entries]
    return ", the others ".join(words) or "n/a"


def notes(rows: Sequence[Row]) -> Iterator[str]:
    """What the words of the tables mean, and what the proofs speak about."""
    yield (
        "fault: a refusal, a time-out or another counted event; refuted from n faults: no run with fewer breaks the "
        "claim, at the sizes whose states are all searched, and behind the colon stands the shortest run, which may "
        "have more; faults tolerated: with so many, every property of the column still holds"
    )
    sized = [r for r in rows if r["outcome"] == "proved" and r["strength"].startswith("up to")]
    for text in dict.fromkeys(covered_text(r["scope"]["sizes"], {}) for r in sized):
        yield f"up to n devices: every state searched at {text}"
    for contract in dict.fromkeys(r["contract"] for r in rows):
        proofs = [r for r in rows if r["contract"] == contract and r["outcome"] == "proved"]
        names = sorted({a for r in proofs for a in r["assumptions"]})
        if proofs:
            yield f"proved under contract {contract}, assuming {', '.join(names) or 'nothing'}"


def tables_text(grids: Sequence[Grid]) -> str:
    """Tables without colours, one below the other."""
    return "\n".join(_drawn(grid) for grid in grids)


def _drawn(grid: Grid) -> str:
    head, *rows = grid
    width = max(WIDTH, _COLUMN * len(head)) if head[0] == "property" else WIDTH
    table = Table(box=box.ASCII2, show_lines=True)
    for name in head:
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text(word) for word in row))
    console = Console(width=width, color_system=None, highlight=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def notes_text(rows: Sequence[Row]) -> str:
    """The notes as paragraphs."""
    return "".join(f"{line}\n" for note in notes(rows) for line in paragraph(note, "", "  "))


def markdown(grids: Sequence[Grid], rows: Sequence[Row]) -> str:
    """The same tables and notes in Markdown."""
    tables = ["\n".join(_markdown_rows(grid)) for grid in grids]
    return "\n\n".join([*tables, *(_escaped(note) for note in notes(rows))]) + "\n"


def _markdown_rows(grid: Grid) -> Iterator[str]:
    head, *rows = grid
    for number, row in enumerate([head, *rows]):
        yield f"| {' | '.join(_escaped(word) for word in row)} |"
        if not number:
            yield f"|{' --- |' * len(head)}"


def _escaped(word: str) -> str:
    return " ".join(word.replace("\\", "\\\\").replace("|", "\\|").split())


__all__ = ["cell_text", "markdown", "matrix", "notes", "notes_text", "row_label", "tables_text", "tolerated"]
