"""What tests of the documentation share: doing what a page says, and comparing what is printed with what it shows."""

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[1]
CUT = "[...]"
"""A line that stands for lines left out."""


def agrees(printed: str, expected: str) -> bool:
    """Whether all that is shown was printed, in this order and without gaps but for those marked."""
    rest, open_ = printed.split("\n"), False
    for piece in _pieces(expected):
        found = _at(rest, piece) if open_ else 0 if rest[: len(piece)] == piece else None
        if found is None:
            return False
        rest, open_ = rest[found + len(piece) :], True
    last = _pieces(expected)[-1]
    return not rest or not last or (len(_pieces(expected)) > 1 and printed.split("\n")[-len(last) :] == last)


def _pieces(expected: str) -> list[list[str]]:
    """The lines between marked gaps."""
    pieces: list[list[str]] = [[]]
    for line in expected.split("\n"):
        if line == CUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    return pieces


def _at(lines: list[str], piece: list[str]) -> int | None:
    """Where the piece stands first among the lines."""
    places = range(len(lines) - len(piece) + 1)
    return next((k for k in places if lines[k : k + len(piece)] == piece), None)


def shell_environment(home: Path) -> dict[str, str]:
    """The environment of a user who has the program and pytest on the PATH, and an empty cache below `home`.

    Where the project is not installed beside this Python, scripts in `home` stand for the installed ones.
    """
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    installed = Path(sys.executable).parent
    program = installed / "shootdown"
    plugged = any(point.value == "shootdown.plugin" for point in entry_points(group="pytest11"))
    commands = {
        "shootdown": str(program) if program.exists() else f"{sys.executable} -m shootdown",
        "pytest": f"{sys.executable} -m pytest" + ("" if plugged else " -p shootdown.plugin"),
    }
    for name, command in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / name).chmod(0o755)
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "SHOOTDOWN_CACHE": str(home / "cache.sqlite"), "COLUMNS": "80"}
    path = os.environ.get("PYTHONPATH", "")
    return {**os.environ, **own, "PYTHONPATH": f"{ROOT}:{path}" if path else str(ROOT)}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word behind that (a file, or `long`), what is in it."""

    language: str
    word: str
    text: str


def blocks(page: str) -> list[Block]:
    """All blocks of a page, or a part of one, in order."""
    return [Block(*f) for f in re.findall(r"^```(\w+)[ ]?(\S*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]


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


def follow(todo: Sequence[Block], here: Path, home: Path, *, long: bool) -> int:
    """Do what blocks say, and compare; how many commands that were. Without `long` those marked so are left out.

    A block of Python that is no file is run, and prints the block of text below it; all of them share their names.
    """
    environment, status, ran = shell_environment(home), 0, 0
    names: dict[str, object] = {"__name__": "cells"}
    for number, block in enumerate(todo):
        if block.language == "console" and (long or block.word != "long"):
            for command, output in commands(block):
                status, ran = _run(command, output, status, here, environment), ran + 1
        elif block.language == "python" and not block.word:
            below = todo[number + 1] if number + 1 < len(todo) else block
            _execute(block, below.text if below.language == "text" else "", here, names)
        elif block.language == "diff" and block.word:
            path = here / block.word
            for hunk in re.split(r"^@@.*\n", block.text, flags=re.MULTILINE):
                path.write_text(edited(path.read_text("utf-8"), hunk) if hunk else path.read_text("utf-8"), "utf-8")
        elif block.word and block.language != "console":
            (here / block.word).write_text(block.text, "utf-8")
    return ran


def _run(command: str, output: str, status: int, here: Path, environment: dict[str, str]) -> int:
    """The exit code of a command, which prints what is shown and nothing on stderr; `status`: that before it."""
    line = f"(exit {status}); {command}"
    done = subprocess.run(["bash", "-c", line], cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert agrees(done.stdout.rstrip("\n"), output), f"$ {command}\n{done.stdout}{done.stderr}"
    assert not done.stderr, done.stderr
    return done.returncode


def _execute(block: Block, output: str, here: Path, names: dict[str, object]) -> None:
    """Run Python that prints what is shown."""
    out = io.StringIO()
    with contextlib.chdir(here), contextlib.redirect_stdout(out):
        exec(compile(block.text, "page.py", "exec"), names)  # the pages are our own
    assert agrees(out.getvalue(), output), f"{block.text}\nprints:\n{out.getvalue()}"
