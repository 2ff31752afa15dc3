"""Coordinates of a design in the design space: the axes' values, and the point that they make."""

import enum
from dataclasses import dataclass


class Walk(enum.Enum):
    """Where the walk goes on behind a device that failed (domain.md 1.3, 5.5 X1)."""

    BREAK = "break"
    STOP = "stop"
    GO_ON = "go-on"


class Validate(enum.Enum):
    """Whether everything refusable is asked of every device before the first flush (domain.md 1.6a)."""

    NO = "no-validation"
    FIRST = "validate-first"


class Reaction(enum.Enum):
    """What the kernel does about a device whose driver call failed (domain.md 3.5, 4.1, 4.2)."""

    NOTHING = "no-reaction"
    RETRY = "retry"
    WIDEN = "widen"
    DISABLE_ATS = "disable-ats"
    QUARANTINE = "quarantine"
    FATAL = "fatal"


class ModeCheck(enum.Enum):
    """Whether the call looks for a nested domain before it walks (domain.md 1.4 Q4)."""

    NONE = "no-mode-check"
    UNDER_LOCK = "mode-check"


class Fetch(enum.Enum):
    """When the request is read from user memory (domain.md 1.2, 3.1 E2)."""

    ONCE = "fetch-once"
    PER_DEVICE = "fetch-per-device"


class LockScope(enum.Enum):
    """For how long `iommu->lock` is held (domain.md 2.1)."""

    WALK = "lock-walk"
    DEVICE = "lock-per-device"


NO_REPORT = "void"
"""How a point without output fields is spelt."""


@dataclass(frozen=True, slots=True)
class Point:
    """Coordinates of a design."""

    walk: Walk = Walk.GO_ON
    validate: Validate = Validate.NO
    report: tuple[str, ...] = ("errno",)
    reaction: Reaction = Reaction.NOTHING
    mode_check: ModeCheck = ModeCheck.NONE
    fetch: Fetch = Fetch.ONCE
    lock: LockScope = LockScope.WALK

    @property
    def name(self) -> str:
        """The coordinates in the order of the axes: `go-on/no-validation/errno+status/widen/...`."""
        report = "+".join(self.report) or NO_REPORT
        rest = (self.reaction, self.mode_check, self.fetch, self.lock)
        return "/".join([self.walk.value, self.validate.value, report, *(v.value for v in rest)])
