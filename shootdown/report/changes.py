"""What differs between two comparisons: the second version of a series against the first."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shootdown.ir import UsageError
from shootdown.report.compare import KIND, SCHEMA
from shootdown.report.matrix import Grid, Row, cell_text, row_label

_KEY = ("design", "property", "contract", "policy", "topology")
_COMPARED = ("outcome", "strength", "why", "tolerates", "claim", "reach", "assumptions")
_TEXTS = (*_KEY, "outcome", "strength", "why", "tolerates")
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that is not what it was; `before` is None for a new cell, `now` for one that is gone (`Asked.gone`)."""

    before: Row | None
    now: Row | None

    @property
    def row(self) -> Row:
        """The cell, as it is or as it was."""
        row = self.now or self.before
        assert row is not None
        return row


def earlier(path: Path) -> list[Row]:
    """The cells of an earlier `compare --json`. A UsageError says in one sentence what is wrong with the file."""
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST} bytes; no result of `compare --json` is")
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON, so it is no result of `compare --json`: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise UsageError(f"{path} is JSON of another kind; --changed wants what `compare --json` has printed")
    if found.get("schema") != SCHEMA:
        raise UsageError(f"{path} was written by another version of `compare`; print it anew with `compare --json`")
    cells = found.get("cells")
    if not isinstance(cells, list) or not all(_is_row(c) for c in cells):
        raise UsageError(f"{path} is damaged: its `cells` are not those of a comparison")
    return cells


def _is_row(cell: Any) -> bool:
    return (
        isinstance(cell, dict)
        and all(isinstance(cell.get(k), str) for k in _TEXTS)
        and isinstance(cell.get("assumptions"), list)
        and all(isinstance(a, str) for a in cell["assumptions"])
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked. `cells`: each with the five names of a row, answered or not.

    `designs` and `properties`: those that exist, where none was named and so all were asked; empty where some were.
    """

    cells: Sequence[Row]
    designs: Collection[str] = ()
    properties: Collection[str] = ()

    def gone(self, row: Row) -> bool:
        """Whether an earlier cell cannot be asked any more: its design or property is no longer there.

        Of a cell that could be asked and was not, nothing is known; nor of one that has no answer yet.
        """
        elsewhere = any(row[k] not in {c[k] for c in self.cells} for k in ("contract", "topology"))
        lost = [self.designs and row["design"] not in self.designs]
        lost += [self.properties and row["property"] not in self.properties]
        return any(lost) and not elsewhere


def successor(before: Sequence[Row], now: Sequence[Row]) -> tuple[str, str] | None:
    """The earlier and the new name of a design, where exactly one has gone and exactly one has come."""
    old, new = ({r["design"] for r in rows} for rows in (before, now))
    gone, come = old - new, new - old
    return (min(gone), min(come)) if len(gone) == len(come) == 1 else None


def changes(before: Sequence[Row], now: Sequence[Row], asked: Asked) -> list[Change]:
    """Cells that differ, in the order of the tables, then those that are gone. A renamed design is followed."""
    old = _followed(before, asked)
    found = [Change(old.get(_key(r)), r) for r in now if differs(old.get(_key(r)), r)]
    cells = {_key(c) for c in asked.cells}
    return found + [Change(r, None) for key, r in old.items() if key not in cells and asked.gone(r)]


def not_asked(before: Sequence[Row], asked: Asked) -> int:
    """How many of the earlier cells this run was not asked and could be."""
    cells = {_key(c) for c in asked.cells}
    return sum(key not in cells and not asked.gone(r) for key, r in _followed(before, asked).items())


def _followed(before: Sequence[Row], asked: Asked) -> dict[tuple[Any, ...], Row]:
    """The earlier cells by the names that they have now."""
    pair = successor(before, asked.cells)
    renamed = dict([pair]) if pair is not None else {}
    return {_key({**r, "design": renamed.get(r["design"], r["design"])}): r for r in before}


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[k] for k in _KEY)


def differs(before: Row | None, now: Row) -> bool:
    """Whether a cell is new, or says something else than before."""
    return before is None or any(before.get(k) != now.get(k) for k in _COMPARED)


def grid(found: Sequence[Change]) -> Grid:
    """The changed cells as a table."""
    rows = [c.row for c in found]
    return [["design", "property", "before", "now"], *(_line(c, rows) for c in found)]


def _line(change: Change, rows: Sequence[Row]) -> list[str]:
    before, now, row = change.before, change.now, change.row
    name = row["design"]
    if before is not None and now is not None and before["design"] != name:
        name = f"{before['design']} -> {name}"
    old = "(new)" if before is None else cell_text(before)
    new = "(gone)" if now is None else cell_text(now)
    if before is not None and now is not None:
        new += _more(before, now)
    return [name, row_label(row, rows), old, new]


def _more(before: Row, now: Row) -> str:
    """What else is different where the words of the cell do not show it."""
    found = []
    if before["outcome"] == now["outcome"] == "refuted":
        found = [f"{k} {now.get(k)}, was {before.get(k)}" for k in ("claim", "reach") if before.get(k) != now.get(k)]
    if now["assumptions"] != before["assumptions"]:
        added = [f"also assumes {a}" for a in now["assumptions"] if a not in before["assumptions"]]
        dropped = [f"no longer assumes {a}" for a in before["assumptions"] if a not in now["assumptions"]]
        found += [*added, *dropped]
    return f"; {'; '.join(found)}" if found else ""


def record(found: Sequence[Change]) -> dict[str, Any]:
    """The changed cells for `--json`."""
    return {
        "kind": f"{KIND}, changes",
        "schema": SCHEMA,
        "changes": [{"before": _data(c.before), "now": _data(c.now)} for c in found],
    }


def _data(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else dict(row)


__all__ = ["Asked", "Change", "changes", "differs", "earlier", "grid", "not_asked", "record", "successor"]
