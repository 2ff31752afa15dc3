"""The cells of a comparison as rows of data, and what they come to.

A row holds what tables, Markdown and JSON show of a cell, and nothing that differs from run to run.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from shootdown import __version__
from shootdown.report.cells import Told
from shootdown.report.words import policy_name
from shootdown.review.catalogue import find_property
from shootdown.review.compare import Cell
from shootdown.review.expectation import Exit, worst
from shootdown.review.tolerance import HOLDS_ALWAYS, NOTHING, meet

KIND = "shootdown comparison"
"""Says in a JSON file that it is one."""

SCHEMA = 1

Row = dict[str, Any]

EXITS = {
    "proved": Exit.GOOD,
    "refuted": Exit.REFUTED,
    "vacuous": Exit.REFUTED,
    "holds-to": Exit.OPEN,
    "unknown": Exit.OPEN,
    "error": Exit.WRONG_USE,
}
"""What an outcome means for the exit code; `n/a` means nothing."""


def policy_word(cell: Cell) -> str:
    """The policy in force; the hostile one is `any`."""
    return policy_name(cell.policy or find_property(cell.property).policy)


def names_of(cell: Cell) -> Row:
    """What identifies a cell: the first five entries of its row."""
    return {
        "design": cell.design,
        "property": cell.property,
        "contract": cell.contract,
        "policy": policy_word(cell),
        "topology": cell.topology or "sizes",
    }


def row_of(told: Told) -> Row:
    """A cell as data: the same for the same answer, whether it was searched or kept."""
    cell, kept = told.cell, told.record
    return {
        **names_of(cell),
        "outcome": told.outcome,
        "strength": told.strength,
        "why": told.why,
        "tolerates": "n/a" if told.tolerates is None else told.tolerates.word,
        "claim": kept.get("claim"),
        "reach": kept.get("reach"),
        "steps": kept.get("steps"),
        "faults": kept.get("faults", {}),
        "assumptions": kept.get("assumptions", []),
        "scope": kept.get("scope"),
    }


def summaries(told: Sequence[Told]) -> list[Row]:
    """One row per design and contract: outcomes counted, and the faults that all its properties together tolerate."""
    groups: dict[tuple[str, str], list[Told]] = {}
    for t in told:
        groups.setdefault((t.cell.design, t.cell.contract), []).append(t)
    return [{"design": d, "contract": c, **_summary(group)} for (d, c), group in groups.items()]


def _summary(group: Sequence[Told]) -> Row:
    outcomes = [t.outcome for t in group]
    return {
        "proved": outcomes.count("proved"),
        "refuted": outcomes.count("refuted"),
        "other": len([o for o in outcomes if o not in {"proved", "refuted", "n/a"}]),
        "n/a": outcomes.count("n/a"),
        "tolerates": _together(group),
    }


def _together(group: Sequence[Told]) -> list[Row]:
    """The largest number of faults that all tolerate together, and the properties that decide it.

    What breaks without any fault says nothing about faults; then a second entry is about the other properties.
    """
    known = [(t, t.tolerates) for t in group if t.tolerates is not None]
    if not known:
        return []
    both = meet(n for _, n in known)
    decide = [t for t, n in known if n == both] if both.exact and both != HOLDS_ALWAYS else []
    first = {"faults": both.word, "decided_by": list(dict.fromkeys(t.cell.property for t in decide))}
    others = [t for t in group if t not in decide]
    return [first, *(_together(others) if both == NOTHING else [])]


def comparison(told: Sequence[Told], *, complete: bool) -> dict[str, Any]:
    """The whole result for `--json`, and for a later `--changed`."""
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "tool": f"shootdown {__version__}",
        "complete": complete,
        "cells": [row_of(t) for t in told],
        "designs": summaries(told),
    }


def exit_code(told: Iterable[Told]) -> Exit:
    """2 before 1 before 3 before 0, over all cells that apply."""
    return worst(EXITS[t.outcome] for t in told if t.outcome in EXITS)


__all__ = ["EXITS", "KIND", "SCHEMA", "comparison", "exit_code", "names_of", "policy_word", "row_of", "summaries"]
