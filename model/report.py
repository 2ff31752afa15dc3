"""What a call reports besides its errno: output fields that a design may have (domain.md 3.5).

| field | what the kernel writes |
|---|---|
| `errno` | the ioctl's result, always there |
| `count` | how many devices the driver returned 0 for |
| `failing` | the first device for which the driver returned an error |
| `status` | for each device visited: the driver returned 0, or an error |
| `entry` | for each entry of the request whether all devices took it; this UAPI has one entry a call |
| `event` | an event for a device whose invalidation timed out, some time later; the call does not wait for it |

A field is what the *driver's return values* say. Whether they are true is what properties ask.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from shootdown.ir import Part, action, exists, forall, require, u8
from shootdown.ir.observation import Seen
from shootdown.model.sorts import Device, Errno
from shootdown.model.world import World

FIELDS = ("errno", "count", "failing", "status", "entry", "event")
"""Every output field that the model knows."""

_SHOWN: Mapping[str, tuple[Seen, ...]] = {
    "errno": (Seen("ret", lambda s: s.ret),),
    "count": (Seen("count", lambda s: s.count),),
    "failing": (Seen("failing", lambda s, d: s.failing[d], (Device,)),),
    "status": (
        Seen("done", lambda s, d: s.told_done[d], (Device,)),
        Seen("failed", lambda s, d: s.told_failed[d], (Device,)),
    ),
    "entry": (Seen("entry failed", lambda s: s.entry_failed),),
    "event": (),
}


_READ: Mapping[str, tuple[str, ...]] = {
    "errno": ("ret",),
    "count": ("count",),
    "failing": ("failing",),
    "status": ("told_done", "told_failed"),
    "entry": ("entry_failed",),
    "event": (),
}


def variables(fields: Iterable[str]) -> tuple[str, ...]:
    """The state variables in which the caller sees these fields when the call returns."""
    wanted = set(fields)
    return tuple(name for field in FIELDS if field in wanted for name in _READ[field])


def shown(fields: Iterable[str]) -> tuple[Seen, ...]:
    """What the caller sees of these fields when the call returns. An event is no part of the answer: it comes later."""
    wanted = set(fields)
    return tuple(seen for field in FIELDS if field in wanted for seen in _SHOWN[field])


def note(world: World, s: Any, d: Any, ret: Errno) -> None:
    """The driver's call for `d` has returned: the fields of the design's report take it up."""
    fields = world.design.report
    ok = ret is Errno.OK
    if "count" in fields and ok:
        s.count = s.count + 1
    if "failing" in fields and not ok:
        s.failing[:] = lambda e: s.failing[e] | ((e == d) & ~exists(Device, lambda x: s.failing[x]))
    if "status" in fields:
        (s.told_done if ok else s.told_failed)[d] = True
    if "entry" in fields and not ok:
        s.entry_failed = True


def raise_event(world: World, s: Any, d: Any, ret: Errno) -> None:
    """The driver has answered for `d`: a time-out raises the event, whatever the kernel makes of it."""
    if "event" in world.design.report and ret is Errno.ETIMEDOUT:
        s.event_due[d] = True


def clear(world: World, s: Any) -> None:
    """The fields as a call begins, or when its answer is forgotten; an event that is due stays due."""
    fields = world.design.report
    if "count" in fields:
        s.count = 0
    if "failing" in fields:
        s.failing[:] = lambda e: s.failing[e] & False
    if "status" in fields:
        s.told_done[:] = lambda e: s.told_done[e] & False
        s.told_failed[:] = lambda e: s.told_failed[e] & False
    if "entry" in fields:
        s.entry_failed = False


@action(actor="VMM", code="vEVENTQ (domain.md 3.5)", says="reads the event: the invalidation of {d} timed out")
def vmm_reads_event(s: Any, d: Device) -> None:
    """An eventfd is read some time after the time-out, in no order with the ioctl's return."""
    require(s.event_due[d])
    s.event_due[d] = False


def part(world: World) -> Part:
    """The fields of the design's report; nothing for an errno alone."""
    p = Part("report")
    fields = world.design.report
    if "count" in fields:
        p.variable("count", u8, doc="devices for which the driver returned 0 in this call")
        p.init("nothing is counted", lambda s: s.count == 0)
    if "failing" in fields:
        p.relation("failing", Device, doc="the first device for which the driver returned an error in this call")
        p.init("nobody has failed", lambda s: forall(Device, lambda d: ~s.failing[d]))
    if "status" in fields:
        p.relation("told_done", Device, doc="the report says of the device: done")
        p.relation("told_failed", Device, doc="the report says of the device: failed")
        p.init("no status is told", lambda s: forall(Device, lambda d: ~(s.told_done[d] | s.told_failed[d])))
    if "entry" in fields:
        p.variable("entry_failed", bool, doc="the report says that the request's entry failed for some device")
        p.init("no entry has failed", lambda s: ~s.entry_failed)
    if "event" in fields:
        p.relation("event_due", Device, doc="an event about a time-out of the device waits to be read")
        p.init("no event is due", lambda s: forall(Device, lambda d: ~s.event_due[d]))
        if world.contract == "ideal":  # no other driver tells the kernel of a time-out
            p.act(vmm_reads_event)
    return p
