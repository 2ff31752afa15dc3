"""How many devices a recovery loses at most: a number is proved, or none is told."""

from pathlib import Path
from typing import Any

from shootdown.model.designs import designs
from shootdown.report.recover import _lost
from shootdown.report.space import kept_or_found
from shootdown.review.recover import LOST, question_of


def test_no_number_is_told_where_the_search_was_cut_off() -> None:
    """A search that ran out of time has not shown that no second device is lost."""
    asked = question_of(designs()["best-effort"], LOST, "stop-vm", "ideal")
    assert _lost(asked, "refuted", 0.0) is None


def test_an_answer_without_its_number_is_not_kept(tmp_path: Path) -> None:
    """What one user had no time for is searched again for the next."""
    asked = question_of(designs()["best-effort"], LOST, "stop-vm", "ideal")
    searches: list[int] = []

    def search() -> dict[str, Any]:
        searches.append(1)
        return {"record": {"verdict": "proved"}, "lost": None}

    for _ in range(2):
        kept_or_found(asked, ("some", "parts"), tmp_path / "cache.sqlite", search)
    assert len(searches) == 2
