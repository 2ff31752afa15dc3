"""How many counted events (refusals, time-outs, ...) a property survives: none, 0, 1, ..., any number."""

import enum
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ANY = math.inf
"""Any number of events."""

NONE = -1.0
"""Not even a run without an event is right."""


class Finding(enum.Enum):
    """What a search with at most k counted events says about a claim."""

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest number of counted events with which a claim still holds lies between `least` and `most`."""

    least: float
    most: float

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.least == self.most

    @property
    def word(self) -> str:
        """`none`, `0`, `1`, `any`; where the number is not known, what is known of it."""
        if self.exact:
            return _word(self.least)
        if self.least == NONE:
            return "unknown" if self.most == ANY else f"at most {_word(self.most)}"
        return f"at least {_word(self.least)}" if self.most == ANY else f"{_word(self.least)} to {_word(self.most)}"


HOLDS_ALWAYS = Tolerance(ANY, ANY)
NOTHING = Tolerance(NONE, NONE)
UNKNOWN = Tolerance(NONE, ANY)


def _word(number: float) -> str:
    return {NONE: "none", ANY: "any"}.get(number) or str(int(number))


def tolerance(events: int, probe: Callable[[int], Finding]) -> Tolerance:
    """The tolerance of a claim that a trace with `events` counted events breaks.

    `probe(k)` searches with at most k of them. What holds with k holds with fewer, so the first k that breaks it
    ends the search, and no k from `events` on has to be tried.
    """
    least = NONE
    for k in range(events):
        match probe(k):
            case Finding.HOLDS:
                least = k
            case Finding.BROKEN:
                return Tolerance(least, k - 1)
            case Finding.OPEN:
                pass
    return Tolerance(least, events - 1)


def meet(tolerances: Iterable[Tolerance]) -> Tolerance:
    """What all of them tolerate together; of nothing, any number."""
    listed = list(tolerances)
    return Tolerance(min((t.least for t in listed), default=ANY), min((t.most for t in listed), default=ANY))
