"""Ctrl-C that is not lost where Python cannot raise an exception, as in a destructor or a callback of a solver."""

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether the user has interrupted."""

    def __init__(self) -> None:
        self.seen = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if there was one, even if it was dropped where it came."""
        if self.seen:
            raise KeyboardInterrupt

    def handle(self, number: int, frame: FrameType | None) -> None:
        """What a signal calls."""
        self.seen = True
        raise KeyboardInterrupt


@contextmanager
def remembered() -> Iterator[Interrupt]:
    """Remember Ctrl-C, which raises KeyboardInterrupt as ever; the exception has to be caught inside.

    Outside the main thread, and where the process ignores the signal or handles it in its own way, nothing changes.
    """
    interrupt = Interrupt()
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupt
        return
    hook = sys.unraisablehook

    def silent(unraisable: "sys.UnraisableHookArgs") -> None:
        """An interrupt is told by the exit code, and not by tracebacks of what it has broken off."""
        if not interrupt.seen:
            hook(unraisable)

    sys.unraisablehook = silent
    signal.signal(signal.SIGINT, interrupt.handle)
    try:
        yield interrupt
    finally:
        if interrupt.seen:
            gc.collect()  # what the interrupt left half built complains when it is destroyed, so let it be now
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook = hook
