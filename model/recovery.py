"""Devices that die, and what VFIO_DEVICE_RESET does: an optional part, brought by the policies that recover.

`dies(d)` is one fault; what follows from it are ordinary actions: the device answers no ATC invalidation any more.
Under `ideal` the driver's call ends with -ETIMEDOUT each time, under `vtd-*` the invalidation is submitted again for as
long as the device is silent, under `smmuv3-v10` the poll gives up and the value is dropped (domain.md 4.1, 4.3, B19,
B35). A dead device may still do DMA: B35 fears just that.

VFIO_DEVICE_RESET needs the device's descriptor, and VFIO_GROUP_GET_DEVICE_FD gives one whenever the group is attached
and a backend is set (domain.md 2.2); taking one for the purpose and dropping it is part of the step [A]. It takes no
`iommu->lock` [R]. A reset empties the ATC of the functions that it takes and no IOTLB (design.md 5).
"""

from typing import Any

from shootdown.ir import Part, action, forall, implies, require
from shootdown.ir.part import ActionSpec
from shootdown.model import policies
from shootdown.model.driver import QI, SVA, failing, returns, visiting
from shootdown.model.ioctl import is_next
from shootdown.model.sorts import Call, Device, Errno, Lock, Stage
from shootdown.model.world import VTD, World

ANSWERS = ("atc_flush", "atc_inv", "stage2_atc_flush", "hardware_lies", "stage2_hardware_lies")
"""Actions in which a device answers an invalidation, whether it has carried it out or not."""


@action(
    actor="device {d}", fault=True, tally="died", seen="surprise removal, a hung function (domain.md B19, B35)",
    says="dies: it answers no ATC invalidation any more",
)  # fmt: skip
def dies(s: Any, d: Device) -> None:
    """A lasting failure is one fault, whenever it happens; a device without ATS is asked for nothing."""
    require(s.has_ats[d], ~s.dead[d])
    s.dead[d] = True


def silences(world: World) -> tuple[ActionSpec, ...]:
    """What becomes of an invalidation of a dead device, under each contract."""

    @action(
        actor="driver", code=SVA["ideal"],
        says=failing(world, "{d}: dead, no answer to the ATC invalidation, -ETIMEDOUT; the ATC keeps its entries"),
    )  # fmt: skip
    def dead_timed_out(s: Any, d: Device) -> None:
        """The time-out is returned each time; it is counted once, when the device dies."""
        require(visiting(s, d, Stage.ATC), s.dead[d])
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.ETIMEDOUT)

    @action(actor="driver", code=QI, says="{d}: dead, the ATC invalidation ends in a time-out (ITE)")
    def dead_silent(s: Any, d: Device) -> None:
        """The driver sees the time-out, then submits again."""
        require(visiting(s, d, Stage.ATC), s.dead[d])
        s.stage = Stage.AGAIN

    @action(
        actor="driver", code="arm-smmu-v3.c: arm_smmu_cmdq_poll_until_sync",
        says="{e}: dead, no answer to ATC_INV; the poll gives up after 1 s and the value is dropped",
    )  # fmt: skip
    def dead_given_up(s: Any, e: Device) -> None:
        """Nothing is reported upwards."""
        require(s.call == Call.LOCKED, s.stage == Stage.ATC, s.pending[e], s.dead[e])
        s.pending[e] = False

    if world.contract in VTD:
        return (dead_silent,)
    return (dead_given_up,) if world.contract == "smmuv3-v10" else (dead_timed_out,)


def stage2_silences(world: World) -> tuple[ActionSpec, ...]:
    """The same for the flush below UNMAP_DMA, which is void."""

    def waiting(s: Any, d: Any) -> Any:
        return (s.lock == Lock.UNMAP) & (s.stage == Stage.ATC) & is_next(s, d) & s.dead[d]

    @action(actor="driver", code=QI, says="{d}: dead, the ATC invalidation ends in a time-out (ITE)")
    def stage2_dead_silent(s: Any, d: Device) -> None:
        """The driver sees the time-out, then submits again."""
        require(waiting(s, d))
        s.stage = Stage.AGAIN

    @action(actor="driver", says="{d}: dead, no answer to ATC_INV; the poll gives up and the value is dropped")
    def stage2_dead_given_up(s: Any, d: Device) -> None:
        """The flush is void: nobody hears of it."""
        require(waiting(s, d))
        s.todo[d] = False
        s.stage = Stage.IOTLB

    return (stage2_dead_given_up,) if world.contract == "smmuv3-v10" else (stage2_dead_silent,)


def reset(world: World) -> ActionSpec:
    """The action VFIO_DEVICE_RESET under the world's assumptions and the caller's policy."""
    revives = world.assumes("reset_revives")

    @action(actor="VMM", code="vfio_pci_core.c: VFIO_DEVICE_RESET", says=_reset_says)
    def device_reset(s: Any, d: Device) -> None:
        """The functions that the reset takes lose their ATC; being cut off and dead ends. No IOTLB is touched."""
        require(policies.may_reset(world, s, d))

        def taken(e: Any) -> Any:
            return s.on_list(d) & s.reset_takes[d, e]

        s.atc[:, :, :] = lambda e, i, f: s.atc[e, i, f] & ~taken(e)
        s.blocked[:] = lambda e: s.blocked[e] & ~taken(e)
        s.lost[:] = lambda e: s.lost[e] | (taken(e) & policies.answered(s, e))
        if revives:
            s.dead[:] = lambda e: s.dead[e] & ~taken(e)
        policies.was_handled(world, s, lambda e: (e == d) | taken(e))

    return device_reset


def _reset_says(view: Any) -> str:
    taken = view.elements("Device", "reset_takes(d, x) & x != d", "x")
    more = f"; the reset takes {', '.join(taken)} too" if taken else ""
    return f"VFIO_DEVICE_RESET of {view.get('d')}: its ATC is empty{more}"


def _slots(s: Any) -> Any:
    """What a reset takes is a slot: everybody's own, and the same seen from each function in it."""
    takes = s.reset_takes
    own = forall(Device, lambda d: takes[d, d])
    mutual = forall(Device, Device, lambda d, e: implies(takes[d, e], takes[e, d]))
    chain = forall(Device, Device, Device, lambda d, e, x: implies(takes[d, e] & takes[e, x], takes[d, x]))
    return own & mutual & chain


def _resets(world: World, p: Part) -> None:
    p.relation("reset_takes", Device, Device, immutable=True, doc="a reset of the first device takes the second too")
    if world.assumes("function_level_reset"):
        p.axiom(
            "a reset takes one function",
            lambda s: forall(Device, Device, lambda d, e: s.reset_takes[d, e] == (d == e)),
        )
    else:
        p.axiom("a reset takes a slot", _slots)
    p.act(reset(world))


def part(world: World) -> Part:
    """Dead devices and their reset. Nothing else of the model knows of them."""
    p = Part("recovery")
    p.relation("dead", Device, doc="the device has died: it answers no ATC invalidation")
    p.relation("lost", Device, doc="a device that had answered in the call was reset, unplugged or stopped by recovery")
    p.relation("was_blocked", Device, doc="cut off from DMA when the call was entered")
    p.init("nobody is dead or lost", lambda s: forall(Device, lambda d: ~(s.dead[d] | s.lost[d] | s.was_blocked[d])))
    p.act(dies, *silences(world))
    if world.stage2:
        p.act(*stage2_silences(world))
    if world.resets:
        _resets(world, p)
    p.also("vmm_calls", _remember)
    return p


def _remember(s: Any, _i: Any) -> None:
    s.was_blocked[:] = lambda d: s.blocked[d]


def _alive(s: Any, d: Any) -> None:
    require(~s.dead[d])


def follow(parts: list[Part]) -> None:
    """Let a dead device give no answer, and let `vmm_unplugs` do all that any part adds to UNSET_CONTAINER."""
    there = {a.name for p in parts for a in p.actions}
    last = parts[-1]
    for name in ANSWERS:
        if name in there:
            last.also(name, _alive)
    if policies.UNPLUGS in there:
        for more in [f for p in parts for f in p.additions.get("unset_container", [])]:
            last.also(policies.UNPLUGS, lambda s, d, more=more: more(s, s.group_of(d)))
