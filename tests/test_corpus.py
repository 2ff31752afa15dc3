"""The kept traces: one for each refuted check, confirmed, rendered and found again, byte for byte.

`make corpus` writes them anew from a review. A commit that changes one changes no model, property or engine.
"""

from pathlib import Path

import pytest

from shootdown.cli import replay
from shootdown.model.design import REFUTED
from shootdown.report import review
from shootdown.review.cells import Cell, cells

CORPUS = Path(__file__).parents[1] / "counterexamples" / "corpus"
REFUTED_CELLS = [c for c in cells() if c.expect.outcomes[c.contract] == REFUTED]


def test_one_trace_is_kept_for_each_refuted_check() -> None:
    """No refuted check is without its trace, and no trace is left over from a check that is gone."""
    wanted = {f"{c.stem}{ending}" for c in REFUTED_CELLS for ending in (".itf.json", ".txt")}

    kept = {p.name for p in CORPUS.iterdir()}

    assert kept == wanted


@pytest.mark.parametrize("cell", REFUTED_CELLS, ids=lambda c: c.stem)
def test_a_kept_trace_is_confirmed_and_reads_as_kept(cell: Cell, capsys: pytest.CaptureFixture[str]) -> None:
    """The interpreter confirms the file, and its text is the kept text."""
    replay.run(CORPUS / f"{cell.stem}.itf.json")

    assert capsys.readouterr().out == (CORPUS / f"{cell.stem}.txt").read_text() + "\nconfirmed\n"


@pytest.mark.parametrize("cell", REFUTED_CELLS, ids=lambda c: c.stem)
def test_a_check_finds_the_kept_trace_again(cell: Cell) -> None:
    """The same input gives the same trace: searched anew, nothing is read from the corpus."""
    told = review.solve(cell)

    assert told.trace == (CORPUS / f"{cell.stem}.itf.json").read_text()
    assert told.trace_text == (CORPUS / f"{cell.stem}.txt").read_text()
