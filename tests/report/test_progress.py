"""A status line on a terminal, silence elsewhere, and files that are whole."""

import io
from pathlib import Path

import pytest

from shootdown.ir import UsageError
from shootdown.report.files import write_whole
from shootdown.report.progress import watching
from shootdown.search.result import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def told(stream: io.StringIO) -> str:
    """What a short run leaves on the stream."""
    with watching(stream) as watcher:
        watcher.say("design [property]")
        watcher(Progress("sizes", 0, "2 domains"))
        watcher(Progress("explicit", 3, "100 states"))
        with watcher.hidden():
            pass
    return stream.getvalue()


def test_a_pipe_sees_nothing() -> None:
    """Progress is for people."""
    assert told(io.StringIO()) == ""


def test_a_terminal_sees_what_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are shown as they are: brackets are no markup."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "design [property]" in told(Terminal())


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """No colour sequence, whatever the terminal can do."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    text = told(Terminal())
    assert "design" in text
    assert "\x1b[3" not in text


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing write leaves the old file and nothing beside it."""
    path = tmp_path / "new" / "file.txt"
    write_whole(path, "old\n")
    assert path.read_text("utf-8") == "old\n"

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UsageError, match="No space left"):
        write_whole(path, "new\n")
    assert path.read_text("utf-8") == "old\n"
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]
