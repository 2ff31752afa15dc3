"""The space of designs: a design is a point on seven axes.

| axis | values |
|---|---|
| `walk` | after a failure: leave the domain's groups only (the posted `break`), stop, go on |
| `validate` | whether all devices are asked what they would refuse before the first flush |
| `report` | output fields (`shootdown.model.report`); none: the call returns nothing, like free() |
| `reaction` | what the kernel does about a failing device: nothing, retry, widen, disable ATS, quarantine, fatal |
| `mode_check` | whether a container without a nested domain is refused under the lock |
| `fetch` | the request is read once before the lock, or by every device's driver call |
| `lock` | iommu->lock is held for the whole walk, or dropped between devices |

`design_at` builds the design of a point; a named design that is a point says so in `Design.point`.
"""

import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shootdown.ir import UsageError
from shootdown.model.design import Design


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

REPORTS: tuple[tuple[str, ...], ...] = (
    (),
    ("errno",),
    ("errno", "count"),
    ("errno", "failing"),
    ("errno", "status"),
    ("errno", "entry"),
    ("errno", "event"),
)
"""The reports of the space: nothing, an errno, an errno with one more field."""


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


Value = Walk | Validate | tuple[str, ...] | Reaction | ModeCheck | Fetch | LockScope

AXES: tuple[tuple[str, tuple[Value, ...]], ...] = (
    ("walk", tuple(Walk)),
    ("validate", tuple(Validate)),
    ("report", REPORTS),
    ("reaction", tuple(Reaction)),
    ("mode_check", tuple(ModeCheck)),
    ("fetch", tuple(Fetch)),
    ("lock", tuple(LockScope)),
)
"""Each axis by the name of its field, with its values in a fixed order."""


def points() -> Iterator[Point]:
    """The whole space in a fixed order: the last axis varies fastest."""
    for values in itertools.product(*(values for _, values in AXES)):
        yield Point(*values)  # type: ignore[arg-type] # in the order of the fields


def point_named(name: str) -> Point:
    """The point that is spelt like this. A UsageError says which axis has no such value."""
    words = name.split("/")
    if len(words) != len(AXES):
        raise UsageError(f"`{name}` is no point: it takes {len(AXES)} coordinates, {', '.join(a for a, _ in AXES)}")
    found = [_value(axis, values, word) for (axis, values), word in zip(AXES, words, strict=True)]
    return Point(*found)  # type: ignore[arg-type] # in the order of the fields


def _value(axis: str, values: tuple[Value, ...], word: str) -> Value:
    table = {spelt(v): v for v in values}
    if word not in table:
        raise UsageError(f"axis {axis} has no value `{word}`; it has: {', '.join(table)}")
    return table[word]


def spelt(value: Value) -> str:
    """A value as names of points spell it."""
    return "+".join(value) or NO_REPORT if isinstance(value, tuple) else value.value


def point_of(design: Design) -> Point | None:
    """The coordinates that a design states; None for one that is no point of the space."""
    return design.point


@cache
def design_at(point: Point) -> Design:
    """The design of a point, built from parts; the same object for the same point."""
    raise NotImplementedError(point.name)
