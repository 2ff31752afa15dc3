"""What a VMM does about a call that failed: the policies that recover (design.md 5).

Each acts while the answer is at hand (`call == RETURNED`), from the report alone, and completes the guest's wait on
success. `retry-*` and `resume-*` call again and ask for less (`shootdown.model.requests`); `reset-*` and
`unplug-device` deal with the devices that the report names, then complete or call again; `inject-guest-error` ends the
wait with an error, which releases no frame; `stop-vm` ends everything.

Two assumptions are about the VMM. `recovering_vmm_keeps_to_nesting`: while its container has no nested domain it
completes without a call, since nothing is cached; it sets no backend but NESTING. Without it the VMM knows nothing of
its container: it calls, and calls again for whatever error. `shunned_device_stays_out`: a group whose device failed and
that has left, by itself or taken out, is not attached again before the guest's wait is over. Without it a dead device
that leaves in time and comes back in time, again and again, keeps the guest waiting for ever.
"""

from collections.abc import Callable
from typing import Any

from shootdown.ir import Part, action, exists, forall, implies, require
from shootdown.ir.part import ActionSpec
from shootdown.model import requests
from shootdown.model.container import leave, on_list
from shootdown.model.ioctl import nested_container
from shootdown.model.sorts import Call, Device, Group, Lock, Mode
from shootdown.model.vmm import complete, forget
from shootdown.model.world import World

COMPLETING = ("reset-named", "reset-all")
"""Policies that complete after the reset."""

UNPLUGS = "vmm_unplugs"
"""The action that takes a named device out."""

REACTIONS = frozenset({
    UNPLUGS, "device_reset", "vmm_calls_again", "vmm_completes_after_reset", "vmm_injects", "vmm_stops",
    "walk_skips", "call_position_outdated", "call_device_gone",
})  # fmt: skip
"""Steps that need an occasion: a design that reports no failure, or a driver that returns none, gives none."""


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


def _names(world: World) -> bool:
    return _handles(world) or world.policy == "unplug-device"


def may_reset(world: World, s: Any, d: Any) -> Any:
    """When the VMM resets a device: a hostile one at any time, another one once for each device that it deals with."""
    due = failed(s) & named(world, s, d) & ~s.handled[d] if _handles(world) else True
    return on_list(s, d) & due


def was_handled(world: World, s: Any, taken: Callable[[Any], Any]) -> None:
    """These devices have been dealt with."""
    if _handles(world):
        s.handled[:] = lambda e: s.handled[e] | taken(e)


def _forgets(world: World, s: Any, *, waits: bool) -> None:
    """The VMM is done with this answer; while the guest waits it keeps what the next request needs."""
    if world.policy == "retry-not-done":
        s.spared[:] = lambda d: (s.spared[d] | s.told_done[d]) if waits else s.spared[d] & False
    if world.policy in requests.COUNTED:
        s.skip = s.count if waits else 0
    if world.policy == "resume-after-device":
        s.resume_at[:] = lambda d: s.failing[d] if waits else s.resume_at[d] & False
    if _handles(world):
        s.handled[:] = lambda d: s.handled[d] & False
    if _shuns(world):
        s.out[:] = lambda g: (s.out[g] | _left(world, s, g)) if waits else s.out[g] & False
    forget(world, s)


def _left(world: World, s: Any, g: Any) -> Any:
    return exists(Device, lambda d: (s.group_of(d) == g) & named(world, s, d) & ~on_list(s, d))


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

    return (vmm_completes, vmm_completes_idle) if requests.keeps_to_nesting(world) else (vmm_completes,)


def _dealt_with(world: World, s: Any) -> Any:
    """Every device that the policy deals with has been reset or is out of the container."""
    if not _names(world):
        return True

    def handled(d: Any) -> Any:
        return s.handled[d] if _handles(world) else ~on_list(s, d)

    return forall(Device, lambda d: implies(named(world, s, d) & on_list(s, d), handled(d)))


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


def _keeps_out(world: World) -> bool:
    """Whether a group that has left is not attached while the VMM deals with a device of it."""
    return _names(world) and world.assumes("shunned_device_stays_out")


def _shuns(world: World) -> bool:
    """Whether a group with a failed device that has left stays out until the guest's wait is over."""
    return world.policy not in COMPLETING and _keeps_out(world)


def _stays_out(world: World, s: Any, g: Any) -> None:
    """Not while it is being dealt with, and not later where the policy shuns it."""
    require(~(failed(s) & exists(Device, lambda d: (s.group_of(d) == g) & named(world, s, d))))
    if _shuns(world):
        require(~s.out[g])


def _not_stopped(s: Any, *_: Any) -> None:
    require(~s.stopped)


def _memory(world: World, p: Part, there: frozenset[str]) -> None:
    """What the VMM keeps in mind, and what its requests change in the kernel."""
    requests.add(world, p, there)
    if _handles(world):
        p.relation("handled", Device, doc="reset since the call returned")
        p.init("nobody is dealt with", lambda s: forall(Device, lambda d: ~s.handled[d]))
    if _shuns(world):
        p.relation("out", Group, doc="a device of the group failed, and the group has left since")
        p.init("nobody is out", lambda s: forall(Group, lambda g: ~s.out[g]))
    if _keeps_out(world):
        p.also("set_container", lambda s, g: _stays_out(world, s, g))
    if world.policy == "stop-vm":
        p.variable("stopped", bool, doc="the VM is stopped for good")
        p.init("the VM runs", lambda s: ~s.stopped)
        guest = {name for name in there if name.startswith("guest_")}
        idle = {a.name for a in p.actions} & {"vmm_completes_idle"}
        for name in sorted(guest | idle | {"vmm_calls", "set_container"}):
            p.also(name, _not_stopped)


def part(world: World, there: frozenset[str]) -> Part:
    """The VMM's answer to a failed call, and its memory; `there` are the actions of the other parts."""
    p = Part("policy")
    p.act(*_completions(world), *_actions(world))
    if requests.keeps_to_nesting(world):
        p.also("vmm_calls", lambda s, _i: require(nested_container(s)))
        p.also("set_iommu", lambda _s, m: require(m == Mode.NESTING))
    _memory(world, p, there)
    return p
