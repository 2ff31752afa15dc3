"""The tutorial, followed literally in an empty directory, gives exactly what it prints."""

import re
from pathlib import Path

import pytest

from tests.pages import ROOT, blocks, commands, edited, follow

PAGE = (ROOT / "docs/tutorial.md").read_text("utf-8")
SHOWN_ONLY = {"sh": 1, "diff": 1}
"""Blocks that nobody types: how to install (tests/test_wheel.py does it), and the patch of a mail."""


def test_the_tutorial_gives_what_it_prints(tmp_path: Path) -> None:
    """Every file saved, every edit made, every command run in order, but for those that take more than seconds."""
    (tmp_path / "empty").mkdir()

    ran = follow(blocks(PAGE), tmp_path / "empty", tmp_path, long=False)
    assert ran == sum(len(list(commands(b))) for b in blocks(PAGE) if b.language == "console" and b.word != "long")


@pytest.mark.long
def test_the_whole_tutorial_gives_what_it_prints(tmp_path: Path) -> None:
    """The same with the searches that take longer."""
    (tmp_path / "empty").mkdir()

    ran = follow(blocks(PAGE), tmp_path / "empty", tmp_path, long=True)
    assert ran == sum(len(list(commands(b))) for b in blocks(PAGE) if b.language == "console")


def test_every_block_is_followed() -> None:
    """No block is only looked at, but for those that say so; the pattern misses none."""
    shown = [b.language for b in blocks(PAGE) if not b.word and b.language != "console"]

    assert {language: shown.count(language) for language in shown} == SHOWN_ONLY
    assert sum(1 for b in blocks(PAGE) for _ in commands(b) if b.language == "console") >= 10
    assert 2 * len(blocks(PAGE)) == len(re.findall(r"^```", PAGE, re.MULTILINE))


@pytest.mark.parametrize(("diff", "after"), [("-b\n+x\n", "a\nx\nc\n"), (" a\n+x\n b\n", "a\nx\nb\nc\n")])
def test_an_edit_is_made_where_its_lines_stand(diff: str, after: str) -> None:
    """Nowhere else, and not if they do not stand there."""
    assert edited("a\nb\nc\n", diff) == after
    with pytest.raises(AssertionError, match="do not stand"):
        edited("a\nc\n", diff)
