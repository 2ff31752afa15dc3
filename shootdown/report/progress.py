"""A status line on a terminal while a search runs; silence in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from shootdown.search.result import Progress

_OFTEN = 0.1


class Watcher:
    """Receives progress from an engine; `say` names what is checked now."""

    def __init__(self, status: Any = None) -> None:
        self._status = status
        self._what = ""
        self._place = ""
        self._begin = self._last = time.monotonic()

    def say(self, what: str) -> None:
        """A new check begins."""
        self._what, self._place = what, ""
        self._begin = time.monotonic()
        self._show("")

    def __call__(self, progress: Progress) -> None:
        """What `Limits.report` calls."""
        if progress.engine == "sizes":
            self._place = progress.detail
        now = time.monotonic()
        if now - self._last >= _OFTEN:
            self._last = now
            self._show(f"{progress.engine} depth {progress.depth} {progress.detail}".rstrip())

    def _show(self, detail: str) -> None:
        if self._status is None:
            return
        elapsed = f"{time.monotonic() - self._begin:.0f} s"
        self._status.update("  ".join(part for part in (self._what, self._place, detail, elapsed) if part))

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """The line is taken away while something else is written."""
        if self._status is None:
            yield
            return
        self._status.stop()
        try:
            yield
        finally:
            self._status.start()


@contextmanager
def watching(stream: TextIO) -> Iterator[Watcher]:
    """A watcher that draws on `stream` if that is a terminal, and is silent otherwise."""
    if not stream.isatty():
        yield Watcher()
        return
    from rich.console import Console  # noqa: PLC0415 # a tenth of a second that a pipe need not wait
    from rich.markup import escape  # noqa: PLC0415

    status = Console(file=stream, highlight=False).status("")

    class _Escaped:
        """Names and paths are no markup."""

        start, stop = status.start, status.stop

        @staticmethod
        def update(text: str) -> None:
            status.update(escape(text))

    with status:
        yield Watcher(_Escaped())
