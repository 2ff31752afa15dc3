"""Every command that the documentation shows prints what stands below it."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pages import CUT, agrees

ROOT = Path(__file__).parents[1]
PAGES = sorted(p for p in (ROOT / "docs").glob("*.md") if p.name not in {"tutorial.md", "machines.md"})
"""The others are followed in order, by test_tutorial.py and test_machines_page.py."""


@dataclass(frozen=True)
class Shown:
    """A command of a page with the output that stands below it; `long`: it takes more than some seconds."""

    page: str
    command: str
    output: str
    long: bool


def shown(path: Path) -> list[Shown]:
    """The commands of a page, in ```console blocks: a line `$ shootdown ...`, then what it prints."""
    found = []
    for mark, block in re.findall(r"^```console( long)?\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append(Shown(path.name, command, output.rstrip("\n"), bool(mark)))
    return found


EVERY = [s for page in PAGES for s in shown(page)]


def run(command: str, cwd: Path) -> str:
    """What a command prints; it starts from an empty cache."""
    words = command.split()
    assert words[0] == "shootdown"
    environment = {**os.environ, "SHOOTDOWN_CACHE": str(cwd / "cache.sqlite"), "COLUMNS": "100"}
    line = [sys.executable, "-m", "shootdown", *(w.strip("'") for w in _quoted(command))]
    done = subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in {0, 1, 3}, done.stderr
    return done.stdout.rstrip("\n")


def _quoted(command: str) -> list[str]:
    """The arguments of a command line, of which some are in single quotes."""
    return re.findall(r"'[^']*'|\S+", command)[1:]


def _name(one: Shown) -> str:
    return f"{one.page}: {one.command}"


@pytest.mark.parametrize("one", [s for s in EVERY if not s.long], ids=_name)
def test_a_command_prints_what_is_shown(one: Shown, tmp_path: Path) -> None:
    """The output is this run's, letter for letter."""
    printed = run(one.command, tmp_path)
    assert agrees(printed, one.output), f"it prints:\n{printed}"


@pytest.mark.long
@pytest.mark.parametrize("one", [s for s in EVERY if s.long], ids=_name)
def test_a_long_command_prints_what_is_shown(one: Shown, tmp_path: Path) -> None:
    """The same for commands that search for more than a few seconds."""
    printed = run(one.command, tmp_path)
    assert agrees(printed, one.output), f"it prints:\n{printed}"


def test_the_pages_show_commands() -> None:
    """There is something to run."""
    assert any(s.page == "the-question.md" for s in EVERY)


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a", False),
        ("a\nx\ny\nb", f"a\n{CUT}\nb", True),
        ("a\nx\ny", f"a\n{CUT}\nb", False),
        ("a\nb\nc", f"a\n{CUT}", True),
        ("z\na\nb", f"a\n{CUT}", False),
    ],
)
def test_what_is_left_out_is_marked(printed: str, expected: str, same: bool) -> None:
    """A gap is allowed where the page marks one, and nowhere else."""
    assert agrees(printed, expected) is same
