"""What a VMM does about a call that failed: the policies that recover (design.md 5).

Each acts while the answer is at hand (`call == RETURNED`), from the report alone, and completes the guest's wait on
success. `retry-*` and `resume-*` call again and ask for less; `reset-*` and `unplug-device` deal with the devices that
the report names, then complete or call again; `inject-guest-error` ends the wait with an error, which releases no
frame; `stop-vm` ends everything. A VMM whose container has no nested domain completes at once: nothing is cached.

What a request says besides the iova comes with the policy: devices to leave out, the position to begin at
(`resume-after-count`: that many are skipped in the order of *this* walk), the device to begin at (-ENODEV if it has
left), a position with the generation of the lists (-EAGAIN if members came or went since). After these two errors the
next call begins anew. All of it is [A]: no posted series has such a request; iommufd resumes at `entry_num` (3.3).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shootdown.ir import Part, action, exists, forall, implies, pre, require, u8
from shootdown.ir.part import ActionSpec
from shootdown.model.container import leave, on_list
from shootdown.model.ioctl import IOCTL, WALK, begins, is_next, nested_container
from shootdown.model.sorts import Call, Device, Errno, Group, Lock, Stage
from shootdown.model.vmm import complete, forget
from shootdown.model.world import World

COUNTED = ("resume-after-count", "resume-with-generation")
"""Policies whose next call begins at a position."""

COMPLETING = ("reset-named", "reset-all")
"""Policies that complete after the reset."""

UNPLUGS = "vmm_unplugs"
"""The action that takes a named device out."""


def failed(s: Any) -> Any:
    """The call is back in user space with an error."""
    return (s.call == Call.RETURNED) & ~s.success()


def answered(s: Any, e: Any) -> Any:
    """A device of the container that completed its invalidation in this call."""
    return s.acked[e] & on_list(s, e)


def named(world: World, s: Any, d: Any) -> Any:
    """The devices that the policy deals with: those of which the report says that they failed, or all of the walk's."""
    if world.policy.startswith("reset-all"):
        return s.listed[d]
    return s.told_failed[d] if "status" in world.design.report else s.failing[d]


def _handles(world: World) -> bool:
    return world.policy.startswith("reset-")


def may_reset(world: World, s: Any, d: Any) -> Any:
    """When the VMM resets a device: a hostile one at any time, another one once for each device that it deals with."""
    return failed(s) & named(world, s, d) & ~s.handled[d] if _handles(world) else on_list(s, d)


def was_handled(world: World, s: Any, taken: Callable[[Any], Any]) -> None:
    """These devices have been dealt with."""
    if _handles(world):
        s.handled[:] = lambda e: s.handled[e] | taken(e)


_LEFT_OUT: dict[str, Callable[[Any, Any], Any]] = {
    "retry-not-done": lambda s, d: s.spared[d],
    "resume-after-device": lambda s, d: exists(Device, lambda e: s.resume_at[e] & s.precedes(d, e)),
}


def requested(world: World) -> World:
    """The world whose walk leaves out what the policy's request leaves out."""
    left_out = _LEFT_OUT.get(world.policy)
    if left_out is None:
        return world
    own = world.design.walks

    def walks(s: Any, d: Any) -> Any:
        return ~left_out(s, d) if own is None else own(s, d) & ~left_out(s, d)

    return replace(world, design=replace(world.design, walks=walks))


def _forgets(world: World, s: Any, *, waits: bool) -> None:
    """The VMM is done with this answer; while the guest waits it keeps what the next request needs."""
    if world.policy == "retry-not-done":
        s.spared[:] = lambda d: (s.spared[d] | s.told_done[d]) if waits else s.spared[d] & False
    if world.policy in COUNTED:
        s.skip = s.count if waits else 0
    if world.policy == "resume-after-device":
        s.resume_at[:] = lambda d: s.failing[d] if waits else s.resume_at[d] & False
    if _handles(world):
        s.handled[:] = lambda d: s.handled[d] & False
    forget(world, s)


def _completions(world: World) -> tuple[ActionSpec, ...]:
    @action(actor="VMM", says="got {ret}, completes the guest's wait")
    def vmm_completes(s: Any) -> None:
        """Success is believed."""
        require(s.call == Call.RETURNED, s.success())
        complete(s)
        _forgets(world, s, waits=False)

    @action(actor="VMM", says="has no nested domain in its container, completes the guest's wait")
    def vmm_completes_idle(s: Any) -> None:
        """No translation of the guest is cached where no domain is nested; the VMM knows its container."""
        require(s.queued, s.call == Call.NONE, ~nested_container(s))
        complete(s)
        _forgets(world, s, waits=False)

    return vmm_completes, vmm_completes_idle


def _dealt_with(world: World, s: Any) -> Any:
    """Every device that the policy deals with has been reset or is out of the container."""
    if _handles(world):
        return forall(Device, lambda d: implies(named(world, s, d), s.handled[d]))
    if world.policy == "unplug-device":
        return forall(Device, lambda d: ~(named(world, s, d) & on_list(s, d)))
    return True


def _calls_again(world: World) -> ActionSpec:
    @action(actor="VMM", says=f"got {{ret}}, withholds the completion{_AGAIN.get(world.policy, '')}")
    def vmm_calls_again(s: Any) -> None:
        """The guest waits on; the next call is `vmm_calls`."""
        require(failed(s), _dealt_with(world, s))
        if world.policy in COMPLETING:
            require(forall(Device, lambda d: ~named(world, s, d)))
        _forgets(world, s, waits=True)

    return vmm_calls_again


_AGAIN = {
    "retry-not-done": "; the next call leaves out what is reported done",
    "resume-after-count": "; the next call begins at position {count}",
    "resume-with-generation": "; the next call begins at position {count} of the same list, or is refused",
    "resume-after-device": "; the next call begins at the device that failed",
}


def _after_reset(world: World) -> ActionSpec:
    @action(actor="VMM", says="got {ret}, has reset what had to be, completes the guest's wait")
    def vmm_completes_after_reset(s: Any) -> None:
        """The guest is told that its invalidation is done; no flush was asked for again."""
        require(failed(s), _dealt_with(world, s), exists(Device, lambda d: named(world, s, d)))
        complete(s)
        _forgets(world, s, waits=False)

    return vmm_completes_after_reset


def _injects(world: World) -> ActionSpec:
    @action(actor="VMM", says="got {ret}, ends the guest's wait with an error")
    def vmm_injects(s: Any) -> None:
        """The wait is over and releases nothing: what is owed stays owed, and the guest may queue again."""
        require(failed(s))
        s.queued = False
        s.covers[:] = lambda f: s.covers[f] & False
        _forgets(world, s, waits=False)

    return vmm_injects


def _unplugs(world: World) -> ActionSpec:
    @action(
        actor="VMM", code="vfio.c: vfio_device_fops_release, vfio_group_unset_container",
        says="got {ret}, closes {d} and takes {group_of(d)} out of the container",
    )  # fmt: skip
    def vmm_unplugs(s: Any, d: Device) -> None:
        """The devices of the group are closed, so that container_users is 1, and the group leaves (domain.md 2.2)."""
        g = s.group_of(d)
        require(failed(s), named(world, s, d), on_list(s, d), s.lock == Lock.FREE)
        s.lost[:] = lambda e: s.lost[e] | (answered(s, e) & (s.group_of(e) == g))
        s.users[g] = False
        s.out[g] = True
        leave(world, s, g)

    return vmm_unplugs


def _stops(world: World) -> ActionSpec:
    @action(actor="VMM", says="got {ret}, stops the VM and all its devices")
    def vmm_stops(s: Any) -> None:
        """Neither guest nor devices do anything any more."""
        require(failed(s))
        s.stopped = True
        s.blocked[:] = lambda d: s.blocked[d] | on_list(s, d)
        s.lost[:] = lambda d: s.lost[d] | answered(s, d)
        _forgets(world, s, waits=False)

    return vmm_stops


def _actions(world: World) -> tuple[ActionSpec, ...]:
    policy = world.policy
    if policy == "inject-guest-error":
        return (_injects(world),)
    if policy == "stop-vm":
        return (_stops(world),)
    more = (_unplugs(world),) if policy == "unplug-device" else ()
    if policy in COMPLETING:
        more = (_after_reset(world),)
    return (_calls_again(world), *more)


VISITS = (
    "refused_without_ats", "refused_not_nested", "refused", "iotlb_flush", "iotlb_flush_only", "tlbi",
    "silent_success", "refused_after_iotlb",
)  # fmt: skip
"""Actions with which a driver's call for a device begins."""


@action(actor="kernel", code=WALK, says="{d} is skipped", silent=True)
def walk_skips(s: Any, d: Device) -> None:
    """The walk counts to the position at which it is to begin."""
    require(s.call == Call.LOCKED, s.stage == Stage.IOTLB, is_next(s, d), s.count < s.skip)
    s.todo[d] = False
    s.count = s.count + 1


def _outdated(s: Any) -> Any:
    return s.moved & (s.skip > 0)


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
    p.variable("moved", bool, doc="a group came or went since the last walk took iommu->lock: another generation")
    p.init("nothing has moved", lambda s: ~s.moved)
    p.act(_refuses(world, "call_position_outdated", _outdated, Errno.EAGAIN))
    for name in ("set_container", "unset_container", "set_iommu"):
        p.also(name, _moves)
    p.also("call_lock", _same_generation)


def _moves(s: Any, _x: Any) -> None:
    s.moved = True


def _same_generation(s: Any) -> None:
    require(~_outdated(s))
    s.moved = False


def _shuns(world: World, s: Any, g: Any) -> None:
    """A group that was taken out, or is about to be, is not attached again."""
    about = failed(s) & exists(Device, lambda d: (s.group_of(d) == g) & named(world, s, d))
    require(~s.out[g], ~about)


def _not_stopped(s: Any, *_: Any) -> None:
    require(~s.stopped)


def _memory(world: World, p: Part, there: frozenset[str]) -> None:
    """What the VMM keeps in mind, and what its requests change in the kernel."""
    policy = world.policy
    if policy == "retry-not-done":
        p.relation("spared", Device, doc="reported done since the guest began to wait")
        p.init("nobody is left out", lambda s: forall(Device, lambda d: ~s.spared[d]))
    if policy in COUNTED:
        _position(world, p, there)
    if policy == "resume-after-device":
        p.relation("resume_at", Device, doc="the device at which the next call is to begin")
        p.init("no device to begin at", lambda s: forall(Device, lambda d: ~s.resume_at[d]))
        p.act(_refuses(world, "call_device_gone", _gone, Errno.ENODEV))
        p.also("call_lock", lambda s: require(~_gone(s)))
    if _handles(world):
        p.relation("handled", Device, doc="reset since the call returned")
        p.init("nobody is dealt with", lambda s: forall(Device, lambda d: ~s.handled[d]))
    if policy == "unplug-device":
        p.relation("out", Group, doc="taken out of the container by recovery")
        p.init("nobody was taken out", lambda s: forall(Group, lambda g: ~s.out[g]))
        p.also("set_container", lambda s, g: _shuns(world, s, g))
    if policy == "stop-vm":
        p.variable("stopped", bool, doc="the VM is stopped for good")
        p.init("the VM runs", lambda s: ~s.stopped)
        guest = {name for name in there if name.startswith("guest_")}
        for name in sorted(guest | {"vmm_calls", "vmm_completes_idle", "set_container"}):
            p.also(name, _not_stopped)


def part(world: World, there: frozenset[str]) -> Part:
    """The VMM's answer to a failed call, and its memory; `there` are the actions of the other parts."""
    p = Part("policy")
    p.act(*_completions(world), *_actions(world))
    _memory(world, p, there)
    return p
