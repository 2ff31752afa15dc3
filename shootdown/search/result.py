"""What an engine is asked and what it brings back, before anything is believed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from shootdown.ir.trace import Candidate

NO_START = "no state meets the axioms and the initial conditions at these sizes"
"""Reason of a search by a solver at a size that is never covered."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running search stands: words for a terminal, never for a verdict."""

    engine: str
    depth: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one search. `faults` bounds the counted events of a run, the others the work.

    `deadline` is a `time.monotonic()` value. `report` is called now and then with where the search is.
    """

    depth: int | None = None
    faults: int | None = None
    states: int = 30_000_000
    deadline: float | None = None
    report: Callable[[Progress], None] | None = None

    def expired(self) -> bool:
        """Whether the time is up."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def tell(self, engine: str, depth: int, detail: str = "") -> None:
        """Report progress to whoever listens."""
        if self.report is not None:
            self.report(Progress(engine, depth, detail))


@dataclass(frozen=True, slots=True)
class Search:
    """The outcome of one engine at one size.

    `candidate` is a shortest run that breaks `claim`, with the fewest counted events and then the least
    clutter among the shortest; None where none was found. `complete` means that every reachable state
    was seen. `depth`: steps searched without a violation (or to it). `fired` and `witnessed`: names of
    the actions that some searched run takes, and of the `sometimes` claims that some state meets.
    `reason` says why a search is not complete.
    """

    candidate: Candidate | None = None
    claim: str = ""
    complete: bool = False
    depth: int = 0
    states: int = 0
    digest: str = ""
    fired: frozenset[str] = field(default_factory=frozenset)
    witnessed: frozenset[str] = field(default_factory=frozenset)
    reason: str = ""
