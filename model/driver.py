"""What the driver's cache_invalidate does for one device, under a named contract (domain.md 1.6a, 4.1, 4.3).

Two steps a device, IOTLB before ATC. Only ATC invalidations can time out. `vtd-v10`: refuses a device without
ATS; a silent device keeps the call from returning (submitted again). `vtd-5.7`: the merged form, refuses only a
domain that is not nested. `smmuv3-v10`: flushes the domain's IOTLB and every ATS master of the domain in one
call, gives up after a second and returns 0. `ideal`: any device may refuse, a time-out is returned; it is no
kernel. No driver of 2020 returns -EIO or -ETIMEDOUT.
"""

from typing import Any

from shootdown.ir import Part, action, conj, exists, forall, require
from shootdown.ir.part import ActionSpec
from shootdown.model import report
from shootdown.model.container import on_list
from shootdown.model.ioctl import is_next
from shootdown.model.sorts import Call, Device, Errno, Mode, Stage
from shootdown.model.world import VTD, World

SVA = {
    "vtd-v10": "VT-d vSVA V10: intel_iommu_sva_invalidate",
    "vtd-5.7": "5.7 intel-iommu.c: intel_iommu_sva_invalidate",
    "smmuv3-v10": "SMMUv3 nested v10: arm_smmu_cache_invalidate",
    "ideal": "no kernel: the ideal driver",
}
QI = "dmar.c: qi_submit_sync, qi_check_fault"


def visiting(s: Any, d: Any, stage: Stage) -> Any:
    """The walk is at `d`, and the driver at this stage."""
    return conj(s.call == Call.LOCKED, s.stage == stage, is_next(s, d))


def asked(world: World, s: Any, d: Any) -> Any:
    """The driver looks whether it accepts `d`: as its call begins, unless the design asks everybody first."""
    asks_first = world.design.asks_first
    return visiting(s, d, Stage.IOTLB) if asks_first is None else asks_first(s, d)


def returns(world: World, s: Any, d: Any, ret: Errno) -> None:
    """The driver's call for `d` returns; the kernel reacts to the answer, or the design's loop goes on."""
    report.raise_event(world, s, d, ret)
    reacts = world.design.reacts
    seen = ret if reacts is None else reacts(s, d, ret)
    if seen is not None:
        concludes(world, s, d, seen)


def concludes(world: World, s: Any, d: Any, ret: Errno) -> None:
    """The kernel is done with `d`, and this is the answer for it: loop and report take it up."""
    world.design.after_device(s, d, ret)
    report.note(world, s, d, ret)


def failing(world: World, text: str) -> Any:
    """Words for a failed call: what happened, then what the design's loop makes of it."""
    loop = world.design.loop_says

    def says(view: Any) -> str:
        more = loop(view) if callable(loop) else loop
        begin: str = view.fill(text)
        return f"{begin}; {view.fill(more)}" if more else begin

    return says


def refusals(world: World) -> tuple[ActionSpec, ...]:
    """Answers before any flush."""
    code = SVA[world.contract]

    @action(
        actor="driver",
        code=code,
        tally="refused",
        says=failing(world, "{d}: refused, -EINVAL (no ATS), nothing flushed"),
    )
    def refused_without_ats(s: Any, d: Device) -> None:
        """`iommu_support_dev_iotlb` gives NULL: a device without ATS is refused."""
        require(asked(world, s, d), ~s.has_ats[d])
        returns(world, s, d, Errno.EINVAL)

    @action(
        actor="driver",
        code=code,
        tally="refused",
        says=failing(world, "{d}: refused, -EINVAL (the domain is not nested)"),
    )
    def refused_not_nested(s: Any, d: Device) -> None:
        """The driver looks at the domain's mode. That is no failure of the device, and no design reacts to it."""
        require(asked(world, s, d), s.mode != Mode.NESTING)
        concludes(world, s, d, Errno.EINVAL)

    @action(
        actor="driver",
        code=code,
        fault=True,
        tally="refused",
        seen="VT-d 2020: a device without ATS (domain.md 1.6a)",
        says=failing(world, "{d}: refused, -EINVAL, nothing flushed"),
    )
    def refused(s: Any, d: Device) -> None:
        """A sanity check fails for this device in this call."""
        require(asked(world, s, d), s.mode == Mode.NESTING)
        returns(world, s, d, Errno.EINVAL)

    mode = () if world.design.nested_only else (refused_not_nested,)
    if world.contract == "vtd-v10":
        return (refused_without_ats,)
    return (*mode, refused) if world.contract == "ideal" else mode


def accepts(world: World, s: Any, d: Any) -> Any:
    """The driver's checks pass for the device."""
    return s.has_ats[d] if world.contract == "vtd-v10" else s.mode == Mode.NESTING


def flush_iotlb(world: World, s: Any, d: Any) -> None:
    """The unit of `d` drops its entries of the iova that the driver aims at and the domain of `d`."""
    if world.contract in VTD and not world.assumes("flush_hits_the_requested_range"):
        return
    u, x, i = s.unit_of(d), s.domain(d), s.aimed()
    s.iotlb[u, x, i, :] = lambda f: s.iotlb[u, x, i, f] & False


def flush_atc(s: Any, d: Any) -> None:
    """`d` drops its entries of the iova that the driver aims at."""
    s.atc[d, s.aimed(), :] = lambda f: s.atc[d, s.aimed(), f] & False


def per_device(world: World) -> tuple[ActionSpec, ...]:
    """VT-d and the ideal driver: the unit's IOTLB, then this device's ATC."""
    code = SVA[world.contract]

    @action(actor="driver", code=code, says="{d}: IOTLB of {unit_of(d)} flushed for {aimed()}, domain {domain(d)}")
    def iotlb_flush(s: Any, d: Device) -> None:
        """First step for a device with ATS; its ATC is next."""
        require(visiting(s, d, Stage.IOTLB), accepts(world, s, d), s.has_ats[d])
        flush_iotlb(world, s, d)
        s.touched[d] = True
        s.stage = Stage.ATC

    @action(
        actor="driver",
        code=code,
        says="{d}: IOTLB of {unit_of(d)} flushed for {aimed()}, domain {domain(d)}; no ATC; returns 0",
    )
    def iotlb_flush_only(s: Any, d: Device) -> None:
        """The only step for a device without ATS."""
        require(visiting(s, d, Stage.IOTLB), accepts(world, s, d), ~s.has_ats[d])
        flush_iotlb(world, s, d)
        s.touched[d] = True
        s.acked[d] = True
        returns(world, s, d, Errno.OK)

    @action(actor="driver", code=code, says="{d}: ATC flushed for {aimed()}, the device answered; returns 0")
    def atc_flush(s: Any, d: Device) -> None:
        """The device completes the ATS invalidation."""
        require(visiting(s, d, Stage.ATC))
        flush_atc(s, d)
        s.acked[d] = True
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.OK)

    flushes = (iotlb_flush, atc_flush) if world.contract == "vtd-v10" else (iotlb_flush, iotlb_flush_only, atc_flush)
    return flushes + (timeouts_returned(world) if world.contract == "ideal" else waiting())


def waiting() -> tuple[ActionSpec, ...]:
    """VT-d: a silent device; the invalidation is submitted again for as long as it is silent."""

    @action(
        actor="device {d}", code=QI, fault=True, tally="timed-out",
        seen="VT-d ITE, surprise removal (domain.md 5.1, B19)",
        says="does not answer the ATC invalidation in time",
    )  # fmt: skip
    def atc_silent(s: Any, d: Device) -> None:
        """An ATS invalidation is not completed in time (ITE)."""
        require(visiting(s, d, Stage.ATC))
        s.stage = Stage.AGAIN

    @action(actor="driver", code=QI, says="{d}: submits the ATC invalidation again")
    def atc_submit_again(s: Any, d: Device) -> None:
        """qi_submit_sync restarts on -EAGAIN; the call does not return meanwhile."""
        require(visiting(s, d, Stage.AGAIN))
        s.stage = Stage.ATC

    return atc_silent, atc_submit_again


def timeouts_returned(world: World) -> tuple[ActionSpec, ...]:
    """The ideal driver: a time-out ends the call for the device with -ETIMEDOUT."""
    seen = "the time-out on VT-d and SMMUv3 (domain.md B19, B35); no driver returned it"

    @action(
        actor="driver", code=SVA["ideal"], fault=True, tally="timed-out", seen=seen,
        says=failing(world, "{d}: no answer to the ATC invalidation, -ETIMEDOUT; the ATC keeps its entries"),
    )  # fmt: skip
    def atc_timed_out(s: Any, d: Device) -> None:
        """The ATC was not invalidated, or will be later."""
        require(visiting(s, d, Stage.ATC))
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.ETIMEDOUT)

    @action(
        actor="driver", code=SVA["ideal"], fault=True, tally="timed-out", seen=seen,
        says=failing(world, "{d}: the ATC was flushed, the answer is lost, -ETIMEDOUT"),
    )  # fmt: skip
    def atc_answer_lost(s: Any, d: Device) -> None:
        """The ATC was invalidated, but nobody hears of it."""
        require(visiting(s, d, Stage.ATC))
        flush_atc(s, d)
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.ETIMEDOUT)

    return atc_timed_out, atc_answer_lost


def in_domain(s: Any, e: Any, d: Any) -> Any:
    """`e` is on the list in the domain of `d`."""
    return on_list(s, e) & (s.domain(e) == s.domain(d))


@action(
    actor="driver",
    code="arm-smmu-v3.c: arm_smmu_atc_inv_domain",
    says="{e}: ATC flushed for {aimed()}, the device answered",
)
def atc_inv(s: Any, e: Device) -> None:
    """One master completes its ATC_INV."""
    require(s.call == Call.LOCKED, s.stage == Stage.ATC, s.pending[e])
    flush_atc(s, e)
    s.acked[e] = True
    s.pending[e] = False


@action(
    actor="driver", code="arm-smmu-v3.c: arm_smmu_cmdq_poll_until_sync", fault=True, tally="timed-out",
    seen="SMMUv3 (domain.md B35)",
    says="{e}: no answer to ATC_INV; the poll gives up after 1 s and the value is dropped",
)  # fmt: skip
def atc_inv_timed_out(s: Any, e: Device) -> None:
    """CMD_SYNC does not complete in time; nothing is reported upwards."""
    require(s.call == Call.LOCKED, s.stage == Stage.ATC, s.pending[e])
    s.pending[e] = False


def per_domain(world: World) -> tuple[ActionSpec, ...]:
    """SMMUv3: the domain's IOTLB, then ATC_INV to each ATS master of the domain, one CMD_SYNC, then 0."""
    code = SVA["smmuv3-v10"]

    @action(
        actor="driver",
        code=code,
        says="{d}: IOTLB of {unit_of(d)} flushed for {aimed()}, domain {domain(d)}; ATC_INV to its ATS masters",
    )
    def tlbi(s: Any, d: Device) -> None:
        """TLBI and CMD_SYNC for the domain, then the ATC invalidations are queued."""
        require(visiting(s, d, Stage.IOTLB), accepts(world, s, d))
        flush_iotlb(world, s, d)
        s.touched[:] = lambda e: s.touched[e] | in_domain(s, e, d)
        s.acked[:] = lambda e: s.acked[e] | (in_domain(s, e, d) & ~s.has_ats[e])
        s.pending[:] = lambda e: in_domain(s, e, d) & s.has_ats[e]
        s.stage = Stage.ATC

    @action(actor="driver", code=code, says="{d}: returns 0")
    def cmd_sync(s: Any, d: Device) -> None:
        """No master is waited for any more; the driver returns 0 whatever happened."""
        require(visiting(s, d, Stage.ATC), forall(Device, lambda e: ~s.pending[e]))
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.OK)

    return tlbi, atc_inv, atc_inv_timed_out, cmd_sync


def part(world: World) -> Part:
    """The driver's actions under the world's contract."""
    p = Part("driver")
    p.act(*refusals(world))
    if world.contract == "smmuv3-v10":
        p.relation("pending", Device, doc="an ATC_INV to the device is outstanding")
        p.init("no ATC_INV is outstanding", lambda s: ~exists(Device, lambda d: s.pending[d]))
        p.act(*per_domain(world))
    else:
        p.act(*per_device(world))
    return p
