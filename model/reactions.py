"""What the kernel does about a device whose driver call failed, before the design's loop goes on.

| reaction | when | what | the loop then sees |
|---|---|---|---|
| retry | a time-out | the driver is called again for the device, holding the locks (domain.md 4.1, B19) | nothing yet |
| widen | a refusal or a time-out | the unit's IOTLB entries of the domain and the device's whole ATC are flushed \
(4.2: over-flush is always allowed) | 0 where all of it was answered, else -ETIMEDOUT |
| disable ATS | a time-out | ATS is switched off, the ATC discarded (4.2 [R]), no ATS request until it is attached or \
reset anew | 0: the kernel saw the ATC go |
| quarantine | a refusal or a time-out | the device is cut off from DMA (3.5, B35) | the error |
| fatal | a refusal or a time-out | every device of the container is cut off (3.5) | the error |

The flush of the PASID, which `widen` tries before that of the domain, is part of the latter: one PASID is modelled.
An over-flush of the IOTLB cannot fail; the one of the ATC can. To cut off is one step with the failure: DMA between
the two is DMA before. A refusal that comes before the first flush of the call, since everybody is asked first, is
no failure of a device. That a container is not nested is none either.
"""

import enum
from typing import Any

from shootdown.ir import Part, action, conj, forall, pre, require
from shootdown.ir.part import ActionSpec
from shootdown.model.container import on_list
from shootdown.model.driver import SVA, accepts, concludes, failing, flush_iotlb, returns, visiting
from shootdown.model.ioctl import is_next
from shootdown.model.sorts import Call, Device, Errno, Stage
from shootdown.model.world import World

DISABLED_STEPS = ("iotlb_flush_ats_off",)
"""Steps of the driver's call that `disable_ats` adds."""


class Widening(enum.Enum):
    """Where the over-flush for the current device stands."""

    NONE = 0
    IOTLB = 1
    ATC = 2


# --- What the loop gets to see ---------------------------------------------------------------------------------------


def retry(_s: Any, _d: Any, ret: Errno) -> Errno | None:
    """A time-out is not taken for an answer: the walk stays at the device."""
    return None if ret is Errno.ETIMEDOUT else ret


def widen(s: Any, _d: Any, ret: Errno) -> Errno | None:
    """A failure begins the over-flush."""
    if ret is Errno.OK:
        return ret
    s.widening = Widening.IOTLB
    return None


def disable_ats(s: Any, _d: Any, ret: Errno) -> Errno | None:
    """A time-out begins the switching off."""
    if ret is not Errno.ETIMEDOUT:
        return ret
    s.disabling = True
    return None


def quarantine(s: Any, d: Any, ret: Errno) -> Errno | None:
    """A failing device is cut off from DMA."""
    if ret is not Errno.OK:
        s.blocked[d] = True
    return ret


def fatal(s: Any, _d: Any, ret: Errno) -> Errno | None:
    """A failure cuts off everybody who is on the list now."""
    if ret is not Errno.OK:
        s.blocked[:] = lambda e: s.blocked[e] | on_list(s, e)
    return ret


# --- Over-flush ------------------------------------------------------------------------------------------------------


def _can_fail(world: World) -> tuple[bool, bool]:
    """Whether the driver's call can fail for a device without and for one with ATS, in a nested container."""
    timed_out = world.contract == "ideal"
    if world.design.asks_first is not None:
        return False, timed_out
    malformed = world.contract != "ideal" and not world.assumes("request_is_well_formed")
    smmu = world.contract == "smmuv3-v10" and malformed
    return world.contract in ("ideal", "vtd-v10") or smmu, timed_out or malformed


def _flush_domain(s: Any, d: Any) -> None:
    """Every entry of the domain of `d` goes from the unit of `d`."""
    u, x = s.unit_of(d), s.domain(d)
    s.iotlb[u, x, :, :] = lambda i, f: s.iotlb[u, x, i, f] & False
    s.touched[d] = True


def _flush_whole_atc(s: Any, d: Any) -> None:
    s.atc[d, :, :] = lambda i, f: s.atc[d, i, f] & False


def _widening(s: Any, d: Any, stage: Widening) -> Any:
    return conj(s.call == Call.LOCKED, s.widening == stage, is_next(s, d))


def _without_atc(world: World) -> tuple[ActionSpec, ...]:
    @action(
        actor="kernel", code=SVA[world.contract],
        says="{d}: IOTLB of {unit_of(d)} flushed for the whole domain {domain(d)}; no ATC: that is all",
    )  # fmt: skip
    def widen_iotlb_only(s: Any, d: Device) -> None:
        """The over-flush for a device without ATS cannot fail."""
        require(_widening(s, d, Widening.IOTLB), ~s.has_ats[d])
        _flush_domain(s, d)
        s.acked[d] = True
        s.widening = Widening.NONE
        concludes(world, s, d, Errno.OK)

    return (widen_iotlb_only,)


def _with_atc(world: World) -> tuple[ActionSpec, ...]:
    code = SVA[world.contract]

    @action(actor="kernel", code=code, says="{d}: IOTLB of {unit_of(d)} flushed for the whole domain {domain(d)}")
    def widen_iotlb(s: Any, d: Device) -> None:
        """IOTLB before ATC, as always."""
        require(_widening(s, d, Widening.IOTLB), s.has_ats[d])
        _flush_domain(s, d)
        s.widening = Widening.ATC

    @action(actor="kernel", code=code, says="{d}: the whole ATC flushed, the device answered: that is all")
    def widen_atc(s: Any, d: Device) -> None:
        """The device completes the invalidation of everything."""
        require(_widening(s, d, Widening.ATC))
        _flush_whole_atc(s, d)
        s.acked[d] = True
        s.widening = Widening.NONE
        concludes(world, s, d, Errno.OK)

    return (widen_iotlb, widen_atc, *_widen_faults(world))


def _widen_faults(world: World) -> tuple[ActionSpec, ...]:
    """What can go wrong with the invalidation of the whole ATC; VT-d waits for the answer."""

    @action(
        actor="kernel", code=SVA["ideal"], fault=True, tally="timed-out",
        seen="the time-out on VT-d and SMMUv3 (domain.md B19, B35); no driver returned it",
        says=failing(world, "{d}: no answer to the invalidation of its whole ATC either, -ETIMEDOUT"),
    )  # fmt: skip
    def widen_atc_timed_out(s: Any, d: Device) -> None:
        """The ATC keeps its entries, or loses them later."""
        require(_widening(s, d, Widening.ATC))
        s.widening = Widening.NONE
        concludes(world, s, d, Errno.ETIMEDOUT)

    @action(actor="device {d}", fault=True, tally="lied", says="answers, and has not invalidated its ATC")
    def widen_hardware_lies(s: Any, d: Device) -> None:
        """Success without a flush, as in `lies`."""
        require(_widening(s, d, Widening.ATC))
        s.acked[d] = True
        s.widening = Widening.NONE
        concludes(world, s, d, Errno.OK)

    faults = (widen_atc_timed_out,) if world.contract == "ideal" else ()
    if world.recovery:
        faults = (*faults, _widen_dead(world))
    return faults if world.assumes("hardware_does_not_lie") else (*faults, widen_hardware_lies)


def _widen_dead(world: World) -> ActionSpec:
    """A dead device does not answer this invalidation either; VT-d and SMMUv3 wait for it here."""
    returned = world.contract == "ideal"
    words = "-ETIMEDOUT" if returned else "submitted again"

    @action(actor="kernel", code=SVA[world.contract], says=f"{{d}}: dead, its whole ATC is not invalidated, {words}")
    def widen_atc_dead(s: Any, d: Device) -> None:
        """The time-out of a device that has died."""
        require(_widening(s, d, Widening.ATC), s.dead[d])
        if returned:
            s.widening = Widening.NONE
            concludes(world, s, d, Errno.ETIMEDOUT)

    return widen_atc_dead


def _alive(s: Any, d: Any) -> None:
    require(~s.dead[d])


def widen_part(world: World, steps: tuple[str, ...]) -> Part:
    """The over-flush; the driver's `steps` wait for it. Nothing where no call can fail."""
    p = Part("widen")
    plain, ats = _can_fail(world)
    if not (plain or ats):
        return p
    p.variable("widening", Widening, doc="where the over-flush for the current device stands")
    p.init("nothing is widened", lambda s: s.widening == Widening.NONE)
    p.act(*(_without_atc(world) if plain else ()), *(_with_atc(world) if ats else ()))

    def wait(s: Any, *_: Any) -> None:
        require(pre(s.widening) == Widening.NONE)

    for name in steps:
        p.also(name, wait)
    if ats and world.recovery:
        p.also("widen_atc", _alive)
    return p


# --- Switching off ATS -----------------------------------------------------------------------------------------------


def _disabling(world: World) -> tuple[ActionSpec, ...]:
    @action(actor="kernel", code="drivers/pci/ats.c: pci_disable_ats", says="{d}: ATS switched off, its ATC is gone")
    def ats_disabled(s: Any, d: Device) -> None:
        """E bit 0: the function discards its ATC (domain.md 4.2 [R]); its DMA is translated by the unit from now on."""
        require(s.call == Call.LOCKED, s.disabling, is_next(s, d))
        s.ats_off[d] = True
        _flush_whole_atc(s, d)
        s.acked[d] = True
        s.disabling = False
        concludes(world, s, d, Errno.OK)

    @action(
        actor="driver", code=SVA[world.contract],
        says="{d}: IOTLB of {unit_of(d)} flushed for {aimed()}, domain {domain(d)}; ATS is off; returns 0",
    )  # fmt: skip
    def iotlb_flush_ats_off(s: Any, d: Device) -> None:
        """The only step for a device whose ATS is off."""
        require(visiting(s, d, Stage.IOTLB), accepts(world, s, d), s.has_ats[d], s.ats_off[d])
        flush_iotlb(world, s, d)
        s.touched[d] = True
        s.acked[d] = True
        returns(world, s, d, Errno.OK)

    return ats_disabled, iotlb_flush_ats_off


def _on(s: Any, d: Any, *_: Any) -> None:
    require(~s.ats_off[d])


def disable_part(world: World, steps: tuple[str, ...]) -> Part:
    """ATS that is off; the driver's `steps` wait for the switching. Nothing where no time-out is returned."""
    p = Part("disable ATS")
    if world.contract != "ideal":
        return p
    p.relation("ats_off", Device, doc="the kernel has switched off the device's ATS")
    p.variable("disabling", bool, doc="the kernel is switching off the current device's ATS")
    p.init("no ATS is off", lambda s: ~s.disabling & forall(Device, lambda d: ~s.ats_off[d]))
    p.act(*_disabling(world))

    def leaves(s: Any, g: Any) -> None:
        """ATS is enabled anew when the group is attached again [A]."""
        s.ats_off[:] = lambda d: s.ats_off[d] & (s.group_of(d) != g)

    def wait(s: Any, *_: Any) -> None:
        require(~pre(s.disabling))

    def reset(s: Any, d: Any) -> None:
        """A reset enables ATS anew."""
        s.ats_off[:] = lambda e: s.ats_off[e] & ~(on_list(s, d) & s.reset_takes[d, e])

    if world.resets:
        p.also("device_reset", reset)
    p.also("atc_fill", _on)
    p.also("iotlb_flush", _on)
    p.also("unset_container", leaves)
    for name in (*steps, *DISABLED_STEPS):
        p.also(name, wait)
    return p
