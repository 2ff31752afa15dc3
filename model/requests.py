"""What a request says besides the iova, and what the kernel makes of it: devices to leave out, where to begin.

It comes with the VMM's policy (`shootdown.model.policies`). A position counts in the order of *this* walk: that many
devices are skipped. A device to begin at that has left is answered with -ENODEV. A position with the generation of the
lists is refused with -EAGAIN if members came or went since. After these two errors the caller begins anew. All of it is
[A]: no posted series has such a request; iommufd resumes at `entry_num` (domain.md 3.3).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shootdown.ir import Part, action, exists, forall, pre, require, u8
from shootdown.ir.part import ActionSpec
from shootdown.model.container import on_list
from shootdown.model.design import RECOVERING
from shootdown.model.ioctl import IOCTL, WALK, begins, is_next
from shootdown.model.sorts import Call, Device, Errno, Stage
from shootdown.model.world import World

COUNTED = ("resume-after-count", "resume-with-generation")
"""Policies whose next call begins at a position."""

_LEFT_OUT: dict[str, Callable[[Any, Any], Any]] = {
    "retry-not-done": lambda s, d: s.spared[d],
    "resume-after-device": lambda s, d: exists(Device, lambda e: s.resume_at[e] & s.precedes(d, e)),
}


def keeps_to_nesting(world: World) -> bool:
    """Whether the VMM calls only with a nested domain in its container, and sets no other backend."""
    return world.assumes("recovering_vmm_keeps_to_nesting")


def requested(world: World) -> World:
    """The world as the policy's calls meet it: the walk leaves out what the request leaves out.

    Where a VMM that recovers keeps to nesting, no driver refuses a device because its domain is not nested.
    """
    if world.policy not in RECOVERING:
        return world
    design = replace(world.design, nested_only=True) if keeps_to_nesting(world) else world.design
    left_out, own = _LEFT_OUT.get(world.policy), design.walks
    if left_out is None:
        return replace(world, design=design)

    def walks(s: Any, d: Any) -> Any:
        return ~left_out(s, d) if own is None else own(s, d) & ~left_out(s, d)

    return replace(world, design=replace(design, walks=walks))


VISITS = (
    "refused_without_ats", "refused_not_nested", "refused", "iotlb_flush", "iotlb_flush_only",
    "iotlb_flush_ats_off", "tlbi", "silent_success", "refused_after_iotlb",
)  # fmt: skip
"""Actions with which a driver's call for a device begins."""


@action(actor="kernel", code=WALK, says="{d} is skipped", silent=True)
def walk_skips(s: Any, d: Device) -> None:
    """The walk counts to the position at which it is to begin."""
    require(s.call == Call.LOCKED, s.stage == Stage.IOTLB, is_next(s, d), s.count < s.skip)
    s.todo[d] = False
    s.count = s.count + 1


def _outdated(s: Any) -> Any:
    return s.outdated & (s.skip > 0)


def _gone(s: Any) -> Any:
    return exists(Device, lambda d: s.resume_at[d] & ~on_list(s, d))


def _refuses(world: World, name: str, where: Callable[[Any], Any], errno: Errno) -> ActionSpec:
    def refuses(s: Any) -> None:
        """Before any effect; the caller begins anew."""
        begins(world, s)
        require(where(s))
        s.call = Call.UNLOCKED
        s.ret = errno

    return action(actor="kernel", code=IOCTL, says="the request does not fit the lists: {after: ret}")(
        refuses
    ).with_options(name=name)


def _position(world: World, p: Part, there: frozenset[str]) -> None:
    p.variable("skip", u8, doc="the position at which the next call is to begin")
    p.init("the first call begins at the beginning", lambda s: s.skip == 0)
    p.act(walk_skips)
    for name in sorted(there & set(VISITS)):
        p.also(name, lambda s, *_: require(pre(s.count) >= s.skip))
    if world.policy != "resume-with-generation":
        return
    p.variable("outdated", bool, doc="a group came or went since the last walk took iommu->lock: another generation")
    p.init("nothing came or went", lambda s: ~s.outdated)
    p.act(_refuses(world, "call_position_outdated", _outdated, Errno.EAGAIN))
    for name in ("set_container", "unset_container", "set_iommu"):
        p.also(name, _moves)
    p.also("call_lock", _same_generation)


def _moves(s: Any, _x: Any) -> None:
    s.outdated = True


def _same_generation(s: Any) -> None:
    require(~_outdated(s))
    s.outdated = False


def _begins_at_device(world: World, p: Part) -> None:
    p.relation("resume_at", Device, doc="the device at which the next call is to begin")
    p.init("no device to begin at", lambda s: forall(Device, lambda d: ~s.resume_at[d]))
    p.act(_refuses(world, "call_device_gone", _gone, Errno.ENODEV))
    p.also("call_lock", lambda s: require(~_gone(s)))


def add(world: World, p: Part, there: frozenset[str]) -> None:
    """Add to a part what the policy's request changes in the kernel; `there` are the actions of the other parts."""
    if world.policy == "retry-not-done":
        p.relation("spared", Device, doc="reported done since the guest began to wait")
        p.init("nobody is left out", lambda s: forall(Device, lambda d: ~s.spared[d]))
    if world.policy in COUNTED:
        _position(world, p, there)
    if world.policy == "resume-after-device":
        _begins_at_device(world, p)
