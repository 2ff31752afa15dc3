"""A limit on the time of code that does not look at the clock itself."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeUp(BaseException):  # like an interrupt, so that no `except Exception` in the way keeps it
    """The time is over."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp inside when so many seconds are over; elsewhere than in POSIX's main thread there is no limit."""
    main = threading.current_thread() is threading.main_thread()
    if seconds is None or not main or not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return
    before = signal.signal(signal.SIGALRM, _up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _up(number: int, frame: FrameType | None) -> None:
    raise TimeUp
