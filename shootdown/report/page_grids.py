"""The tables of marks beside the matrix: answers about the bytes of calls, and about ranges."""

from collections.abc import Sequence
from typing import Any

from shootdown.model.history import range_bugs
from shootdown.model.usermem.designs import abis
from shootdown.review.single import BYTES, RANGES

Data = dict[str, Any]

KINDS = {"R": "refuted", "L": "refuted", "A": "any", "H": "sizes", "V": "vacuous", "?": "open", "error": "error"}
"""What a mark is shown as, by its first word."""

NOT_CHECKED = "error"
"""The mark of a check that could not be made. (`!` behind a mark says that it is not as the design's file states.)"""


def kind_of(mark: str) -> str:
    """What a mark such as `R 9` is shown as."""
    return KINDS[mark.split(maxsplit=1)[0]]


def is_odd(cell: Data) -> bool:
    """Whether a verdict is not the one that the design's own file states."""
    return bool(cell["stated"]) and not cell["stated"]["as"]


def of_bytes(cells: Sequence[Data]) -> Data | None:
    """Properties by calls, with a mark for each world; None where nothing was asked about bytes."""
    own = [cell for cell in cells if cell["about"] == BYTES]
    if not own:
        return None
    names = list(dict.fromkeys(cell["design"] for cell in own))
    sentences = {cell["property"]: cell["sentence"] for cell in own}
    rows = [
        {
            "property": name, "sentence": sentence,
            "cells": [[_mark(c) for c in own if (c["property"], c["design"]) == (name, call)] for call in names],
        }
        for name, sentence in sentences.items()
    ]  # fmt: skip
    known = abis()
    calls = [(name, known[name].summary if name in known else "") for name in names]
    return {"calls": calls, "rows": rows, "properties": sorted(sentences.items())}


def of_ranges(cells: Sequence[Data]) -> list[Data]:
    """Mistakes in a calculation, with a mark for each variant of it."""
    own = [cell for cell in cells if cell["about"] == RANGES]
    known = range_bugs()
    return [
        {
            "name": name,
            "title": known[name].title if name in known else "",
            "marks": [_mark(cell) for cell in own if cell["design"] == name],
        }
        for name in dict.fromkeys(cell["design"] for cell in own)
    ]


def _mark(cell: Data) -> Data:
    odd = is_odd(cell)
    words = f"{cell['outcome']}{'; ' + cell['stated']['standing'] if odd else ''}"
    return {
        "id": cell["id"], "mark": cell["mark"], "kind": kind_of(cell["mark"]), "odd": odd, "place": cell["place"],
        "label": f"{cell['design']}, {cell['property']}, {cell['place']}: {words}",
    }  # fmt: skip


__all__ = ["KINDS", "NOT_CHECKED", "is_odd", "kind_of", "of_bytes", "of_ranges"]
