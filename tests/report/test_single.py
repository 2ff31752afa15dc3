"""The part of a review about bytes and ranges: what is stated is listed, answered, and marked."""

from dataclasses import replace
from pathlib import Path

import pytest

from shootdown.counterexamples.itf import load
from shootdown.model.history import range_bugs
from shootdown.model.usermem.designs import abis
from shootdown.report.single import Answered, markdown, not_as_stated, save, solve, tables
from shootdown.review.bytetrace import replayed
from shootdown.review.expectation import Standing
from shootdown.review.single import RANGES, Single, singles


def test_every_stated_verdict_is_listed_once() -> None:
    """Nothing of the catalogues is left out, and no two write the same file."""
    found = singles()
    stated = sum(len(a.stated) for a in abis().values()) + sum(len(b.variants) for b in range_bugs().values())
    assert len(found) == stated == len({c.stem() for c in found})


@pytest.fixture(scope="module")
def answered() -> list[Answered]:
    """A refuted and a proved one of each kind."""
    wanted = {
        "type1-v1.reads-within-argsz.uapi-1", "merged-5.10.reads-within-argsz.5.10",
        "B41.range-is-covered.buggy", "B41.range-is-covered.fixed",
    }  # fmt: skip
    return [solve(c) for c in singles() if c.stem() in wanted]


def test_the_tables_have_a_mark_for_each(answered: list[Answered]) -> None:
    """Bytes by property and proposal, ranges by bug."""
    (head, rows), (_, ranges) = tables(answered)
    assert head == ("bytes of a call", "type1-v1", "merged-5.10")
    assert rows == [("reads-within-argsz", "R2", "A")]
    assert ranges == [("B41", "buggy R, fixed A")]
    assert not not_as_stated(answered)


def test_what_is_not_as_stated_is_marked_and_told(answered: list[Answered]) -> None:
    """The statement is the cell's, the answer is computed."""
    cell = replace(next(a.cell for a in answered if a.cell.about == RANGES), stated="proved", why="somebody thought so")
    found = solve(cell)
    assert found.standing is Standing.OTHER
    assert "buggy R!" in markdown([found])
    assert "stated: proved, since somebody thought so" in not_as_stated([found])[0]


def test_a_cell_that_does_not_exist_is_told_in_words() -> None:
    """No traceback out of another process."""
    found = solve(Single(RANGES, "B99", "range-is-covered", "buggy", "proved", ""))
    assert (found.standing, found.mark) == (Standing.OTHER, "error")
    assert "there is no range lemma" in found.line


def test_files_are_left_that_can_be_replayed(answered: list[Answered], tmp_path: Path) -> None:
    """Each counterexample as text, those about bytes as files to replay, too."""
    save(answered, tmp_path)
    kept = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*"))
    assert kept == [
        "bytes-and-ranges.md", "bytes-and-ranges.txt", "bytes/type1-v1.reads-within-argsz.uapi-1.itf.json",
        "bytes/type1-v1.reads-within-argsz.uapi-1.txt", "ranges/B41.range-is-covered.buggy.txt",
    ]  # fmt: skip
    assert replayed(load((tmp_path / kept[2]).read_text())).question.abi.name == "type1-v1"
