"""What tests of the documentation share: comparing output with what a page shows, and the program on a PATH."""

import os
import sys
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
