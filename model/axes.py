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

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from shootdown.ir import Part, UsageError, ite
from shootdown.model import calls, lock_scope, reactions, rereads, validate
from shootdown.model.design import Design, all_on_success
from shootdown.model.ioctl import WALK, nested_container
from shootdown.model.point import NO_REPORT, Fetch, LockScope, ModeCheck, Point, Reaction, Validate, Walk
from shootdown.model.point_words import loop_says, summary_of
from shootdown.model.sorts import Errno
from shootdown.model.world import World

__all__ = [
    "AXES", "REPORTS", "Fetch", "LockScope", "ModeCheck", "Point", "Reaction", "Validate", "Value", "Walk",
    "design_at", "point_named", "point_of", "points", "spelt",
]  # fmt: skip


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
    checked = point.mode_check is ModeCheck.UNDER_LOCK
    return Design(
        name=point.name,
        source="a point of the design space (shootdown.model.axes)",
        summary=summary_of(point),
        after_device=_loop(point),
        code=WALK,
        loop_says=loop_says(point),
        admits=nested_container if checked else None,
        nested_only=checked,
        wrong_mode=Errno.EINVAL if "errno" in point.report else Errno.OK,
        reported_done=told_done if "status" in point.report else all_on_success,
        observation="+".join(point.report) or "nothing",
        report=point.report,
        parts=_parts(point),
        reacts=_reacts(point),
        asks_first=validate.asks_first if point.validate is Validate.FIRST else None,
        aimed=rereads.aimed if point.fetch is Fetch.PER_DEVICE else None,
        point=point,
    )


def told_done(s: Any, d: Any) -> Any:
    """One status per device: it says done."""
    return s.told_done[d]


# --- The loop --------------------------------------------------------------------------------------------------------


def _loop(point: Point) -> Callable[[Any, Any, Errno], None]:
    """The body of the loop behind a device: result, devices still to be visited, what the other axes need."""

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        before_any_flush = point.validate is Validate.FIRST and ret not in (Errno.OK, Errno.ETIMEDOUT)
        walk = Walk.STOP if before_any_flush else point.walk
        if "errno" in point.report:
            s.ret = ite(s.ret == Errno.OK, ret, s.ret) if walk is Walk.GO_ON else ret
        _go_on(walk, s, d, ret)
        if before_any_flush:
            validate.give_up(s)
        if point.lock is LockScope.DEVICE:
            lock_scope.one_done(s)
        if point.fetch is Fetch.PER_DEVICE:
            rereads.read_again(s)

    return after_device


def _go_on(walk: Walk, s: Any, d: Any, ret: Errno) -> None:
    if ret is Errno.OK or walk is Walk.GO_ON:
        s.todo[d] = False
    elif walk is Walk.STOP:
        s.todo[:] = lambda e: s.todo[e] & False
    else:
        s.todo[:] = lambda e: s.todo[e] & (s.domain(e) != s.domain(d))


_REACTS: dict[Reaction, Callable[[Any, Any, Errno], Errno | None]] = {
    Reaction.RETRY: reactions.retry,
    Reaction.WIDEN: reactions.widen,
    Reaction.DISABLE_ATS: reactions.disable_ats,
    Reaction.QUARANTINE: reactions.quarantine,
    Reaction.FATAL: reactions.fatal,
}


def _reacts(point: Point) -> Callable[[Any, Any, Errno], Errno | None] | None:
    """The reaction, to time-outs only where everybody was asked first."""
    react = _REACTS.get(point.reaction)
    if react is None:
        return None

    def reacts(s: Any, d: Any, ret: Errno) -> Errno | None:
        if point.validate is Validate.FIRST and ret is not Errno.ETIMEDOUT:
            return ret
        seen = react(s, d, ret)
        if seen is None and point.reaction is Reaction.RETRY and point.fetch is Fetch.PER_DEVICE:
            rereads.read_again(s)
        return seen

    return reacts


# --- The parts -------------------------------------------------------------------------------------------------------


def _parts(point: Point) -> Callable[[World], tuple[Part, ...]] | None:
    """The optional pieces of the model that the point needs; None where it needs none."""
    needs = (
        point.validate is Validate.FIRST,
        point.reaction in (Reaction.WIDEN, Reaction.DISABLE_ATS),
        point.fetch is Fetch.PER_DEVICE,
        point.lock is LockScope.DEVICE,
    )
    return (lambda world: tuple(_pieces(point, world))) if any(needs) else None


def _pieces(point: Point, world: World) -> Iterator[Part]:
    steps = calls.steps(world)
    early = calls.refusals(world) if point.validate is Validate.FIRST else ()
    if point.reaction is Reaction.WIDEN:
        yield reactions.widen_part(world, steps)
    if point.reaction is Reaction.DISABLE_ATS:
        yield (disable := reactions.disable_part(world, steps))
        steps += tuple(a.name for a in disable.actions if a.name in reactions.DISABLED_STEPS)
    flushes = tuple(name for name in steps if name not in early)
    if point.fetch is Fetch.PER_DEVICE:
        yield rereads.part(world, flushes)
        steps, flushes = (*steps, rereads.READ), (*flushes, rereads.READ)
    if point.validate is Validate.FIRST:
        yield validate.part(world, flushes)
        steps += (validate.ASKED,)
    if point.lock is LockScope.DEVICE:
        yield lock_scope.part(steps)
