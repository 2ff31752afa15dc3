"""The tutorial, followed literally in an empty directory, gives exactly what it prints."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pages import ROOT, agrees, shell_environment

PAGE = ROOT / "docs/tutorial.md"
SHOWN_ONLY = {"sh": 1, "diff": 1}
"""Blocks that nobody types: how to install (tests/test_wheel.py does it), and the patch of a mail."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word behind that (a file, or `long`), what is in it."""

    language: str
    word: str
    text: str


def blocks() -> list[Block]:
    """All blocks in order."""
    found = re.findall(r"^```(\w+)[ ]?(\S*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*f) for f in found]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block with what is shown below it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output.rstrip("\n")


def edited(text: str, diff: str) -> str:
    """The text after an edit: the lines without `+` stand in it once, and become the lines without `-`."""
    lines = [line for line in diff.splitlines(keepends=True) if not line.startswith("@@")]
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"these lines do not stand in the file once:\n{old}"
    return text.replace(old, new)


def follow(here: Path, home: Path, *, long: bool) -> int:
    """Do what the page says, and compare; how many commands that were. Without `long` their blocks are left out."""
    environment, status, ran = shell_environment(home), 0, 0
    for block in blocks():
        if block.language == "console" and (long or block.word != "long"):
            for command, output in commands(block):
                line = f"(exit {status}); {command}"
                done = subprocess.run(
                    ["bash", "-c", line], cwd=here, env=environment, capture_output=True, text=True, check=False
                )
                assert agrees(done.stdout.rstrip("\n"), output), f"$ {command}\n{done.stdout}{done.stderr}"
                assert not done.stderr, done.stderr
                status, ran = done.returncode, ran + 1
        elif block.language == "diff" and block.word:
            path = here / block.word
            for hunk in re.split(r"^@@.*\n", block.text, flags=re.MULTILINE):
                path.write_text(edited(path.read_text("utf-8"), hunk) if hunk else path.read_text("utf-8"), "utf-8")
        elif block.word and block.language != "console":
            (here / block.word).write_text(block.text, "utf-8")
    return ran


def test_the_tutorial_gives_what_it_prints(tmp_path: Path) -> None:
    """Every file saved, every edit made, every command run in order, but for those that take more than seconds."""
    (tmp_path / "empty").mkdir()

    ran = follow(tmp_path / "empty", tmp_path, long=False)
    assert ran == sum(len(list(commands(b))) for b in blocks() if b.language == "console" and b.word != "long")


@pytest.mark.long
def test_the_whole_tutorial_gives_what_it_prints(tmp_path: Path) -> None:
    """The same with the searches that take longer."""
    (tmp_path / "empty").mkdir()

    ran = follow(tmp_path / "empty", tmp_path, long=True)
    assert ran == sum(len(list(commands(b))) for b in blocks() if b.language == "console")


def test_every_block_is_followed() -> None:
    """No block is only looked at, but for those that say so; the pattern misses none."""
    shown = [b.language for b in blocks() if not b.word and b.language != "console"]

    assert {language: shown.count(language) for language in shown} == SHOWN_ONLY
    assert sum(1 for b in blocks() for _ in commands(b) if b.language == "console") >= 10
    assert 2 * len(blocks()) == len(re.findall(r"^```", PAGE.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize(("diff", "after"), [("-b\n+x\n", "a\nx\nc\n"), (" a\n+x\n b\n", "a\nx\nb\nc\n")])
def test_an_edit_is_made_where_its_lines_stand(diff: str, after: str) -> None:
    """Nowhere else, and not if they do not stand there."""
    assert edited("a\nb\nc\n", diff) == after
    with pytest.raises(AssertionError, match="do not stand"):
        edited("a\nc\n", diff)
