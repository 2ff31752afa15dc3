"""A place for files that cannot take any is told at once, and not when everything has been checked."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.ir.errors import UsageError
from shootdown.report.files import must_take_files

LONG = (
    ("review", "-o"), ("explore", "-o"), ("recover", "-o"), ("compare", "-o"), ("report", "-o"),
    ("check", "type1-v1", "-o"), ("check", "type1-v1", "--certificate"),
)  # fmt: skip


@pytest.mark.parametrize("command", LONG, ids=" ".join)
def test_a_file_in_the_way_is_told_before_anything_is_checked(command: tuple[str, ...], tmp_path: Path) -> None:
    """Exit code 2 and one sentence; no check has begun, so that nothing stands on stdout."""
    (tmp_path / "taken").write_text("")
    done = CliRunner().invoke(app, [*command, str(tmp_path / "taken" / "below" / "file")])
    assert done.exit_code == 2, done.output
    assert "cannot be written" in done.stderr
    assert done.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_directory_is_looked_for_upwards_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest one that exists has to take files; a relative path is below the working directory."""
    monkeypatch.chdir(tmp_path)
    must_take_files(Path("a/b"))
    must_take_files(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="nothing can be made in"):
        must_take_files(tmp_path / "a" / "b")
