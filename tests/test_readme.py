"""The README shows what the program prints, and its example is a design that runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str = "") -> list[str]:
    """The fenced blocks of the README in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def shootdown(*args: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run the program as a user does."""
    command = [sys.executable, "-m", "shootdown", *args]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_rendered_trace_is_the_one_in_the_corpus() -> None:
    """The trace shown is the kept one, which another test finds again by search."""
    kept = ROOT / "counterexamples/corpus/type1-v1.success-means-coherent.vtd-v10.any.two-domains.txt"

    assert kept.read_text() in blocks()


def test_the_example_design_is_checked_by_path_from_another_directory(tmp_path: Path) -> None:
    """A user's own file outside the repository gets the verdict that the loop deserves."""
    (tmp_path / "first-error.py").write_text(blocks("python")[0])

    done = shootdown("check", "first-error.py", "failure-is-told", "--contract", "ideal", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("first-error failure-is-told proved contract=ideal")


def test_every_command_shown_exists() -> None:
    """Each `shootdown` line of the README names a command and options that the program knows."""
    lines = [line for block in blocks() for line in block.splitlines() if line.startswith(".venv/bin/shootdown")]
    known = shootdown("--help", cwd=ROOT).stdout

    texts: dict[str, str] = {}
    assert lines
    for line in lines:
        command, *rest = line.split()[1:]
        assert command in known
        text = texts.get(command) or shootdown(command, "--help", cwd=ROOT).stdout
        texts[command] = text
        assert all(option in text for option in rest if option.startswith("--"))


@pytest.mark.long
def test_the_difference_shown_is_printed(tmp_path: Path) -> None:
    """The two runs of `compare`, with the edit that the text names between them."""
    first, second = [b.split()[1:] for b in README.splitlines() if b.startswith(".venv/bin/shootdown compare ")]
    file, text = tmp_path / "first-error.py", blocks("python")[0]
    edited = re.sub(r"s\.ret = ite.*", "s.ret = ret", text)
    file.write_text(text)
    (tmp_path / "v2.json").write_text(shootdown(*first[: first.index(">")], cwd=tmp_path).stdout)
    file.write_text(edited)

    done = shootdown(*second, cwd=tmp_path)

    (shown,) = [b for b in blocks() if b.startswith("+--")]
    assert edited != text
    assert done.stdout.startswith(shown)
