"""The kept traces: one for each refuted check, confirmed, rendered and found again, byte for byte.

`make corpus` writes them anew from a review. A commit that changes one changes no model, property or engine.
"""

from pathlib import Path
from typing import Any

import pytest

from shootdown.cli import replay
from shootdown.model.design import REFUTED
from shootdown.report import review
from shootdown.review.cells import Cell, cells

CORPUS = Path(__file__).parents[1] / "counterexamples" / "corpus"
REFUTED_CELLS = [c for c in cells() if c.expect.outcomes[c.contract] == REFUTED]
OFTEN = ("type1-v1", "type1-v1-stop", "best-effort")
"""The designs whose traces are looked at in each run; of the others the first one under each contract is."""


def _looked_at() -> list[Any]:
    """Every cell; those that only a long run looks at are marked."""
    seen: set[tuple[str, str]] = set()
    found = []
    for cell in REFUTED_CELLS:
        often = (cell.design in OFTEN and cell.expect.property != "recoverable") or (
            cell.contract == "ideal" and (cell.design, cell.contract) not in seen
        )
        seen.add((cell.design, cell.contract))
        found.append(pytest.param(cell, marks=() if often else pytest.mark.long, id=cell.stem))
    return found


def test_one_trace_is_kept_for_each_refuted_check() -> None:
    """No refuted check is without its trace, and no trace is left over from a check that is gone."""
    wanted = {f"{c.stem}{ending}" for c in REFUTED_CELLS for ending in (".itf.json", ".txt")}

    kept = {p.name for p in CORPUS.iterdir()}

    assert kept == wanted


@pytest.mark.parametrize("cell", _looked_at())
def test_a_kept_trace_is_confirmed_and_reads_as_kept(cell: Cell, capsys: pytest.CaptureFixture[str]) -> None:
    """The interpreter confirms the file, and its text is the kept text."""
    replay.run(CORPUS / f"{cell.stem}.itf.json")

    assert capsys.readouterr().out == (CORPUS / f"{cell.stem}.txt").read_text() + "\nconfirmed\n"


@pytest.mark.parametrize("cell", _looked_at())
def test_a_check_finds_the_kept_trace_again(cell: Cell) -> None:
    """The same input gives the same trace: searched anew, nothing is read from the corpus."""
    told = review.solve(cell)

    assert told.trace == (CORPUS / f"{cell.stem}.itf.json").read_text()
    assert told.trace_text == (CORPUS / f"{cell.stem}.txt").read_text()
