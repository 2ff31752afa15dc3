"""Stage 2: MAP_DMA and UNMAP_DMA, their flush, and unpinning (domain.md 2.5, 2.6).

UNMAP_DMA holds `iommu->lock`. Each domain's stage-2 entry is cleared, then for each device of the domain its
unit's IOTLB and its ATC are flushed, then the frame is unpinned. The flush is void down to the driver: under
VT-d and `ideal` it does not return before the device has answered, under `smmuv3-v10` it gives up, UNMAP_DMA
returns 0 and unpins. Domains are done in the order of the list; the kernel does the first one last [A].
"""

from typing import Any

from shootdown.ir import Part, action, exists, forall, implies, ite, pre, require
from shootdown.ir.part import ActionSpec
from shootdown.model.container import on_list, present
from shootdown.model.ioctl import is_next
from shootdown.model.sorts import Device, Domain, Frame, Group, Lock, Mode, Stage
from shootdown.model.world import World

UNMAP = "vfio_iommu_type1.c: vfio_unmap_unpin"


def _flushing(s: Any, d: Any, stage: Stage) -> Any:
    return (s.lock == Lock.UNMAP) & (s.stage == stage) & is_next(s, d)


@action(
    actor="VMM",
    code="vfio_iommu_type1.c: vfio_dma_do_map",
    says="VFIO_IOMMU_MAP_DMA: frame {f} is pinned and mapped at stage 2",
)
def map_dma(s: Any, f: Frame) -> None:
    """The frame is pinned and entered in every domain's stage 2."""
    require(~s.pinned[f], s.lock == Lock.FREE, s.mode != Mode.NONE)
    s.pinned[f] = True
    s.s2[:, f] = lambda x: present(s, x)


@action(
    actor="VMM",
    code="vfio_iommu_type1.c: vfio_dma_do_unmap",
    says="VFIO_IOMMU_UNMAP_DMA of frame {f}; the kernel takes iommu->lock",
)
def unmap_dma(s: Any, f: Frame) -> None:
    """The unmap begins."""
    require(s.pinned[f], s.lock == Lock.FREE, s.mode != Mode.NONE)
    s.lock = Lock.UNMAP
    s.unmapping = f
    s.todo[:] = lambda d: on_list(s, d)


@action(actor="kernel", code=UNMAP, says="clears the stage-2 entry of frame {unmapping} in domain {x}")
def stage2_clear(s: Any, x: Domain) -> None:
    """iommu_unmap: one domain's page table."""
    require(s.lock == Lock.UNMAP, s.s2[x, s.unmapping])
    s.s2[x, s.unmapping] = False


def flushes(world: World) -> tuple[ActionSpec, ...]:
    """The stage-2 flush, device by device."""

    @action(
        actor="driver", code=UNMAP, says="{d}: IOTLB of {unit_of(d)} flushed for frame {unmapping}, domain {domain(d)}"
    )
    def stage2_iotlb_flush(s: Any, d: Device) -> None:
        """iotlb_sync: the unit's entries of the domain."""
        require(_flushing(s, d, Stage.IOTLB), ~s.s2[s.domain(d), s.unmapping])
        if world.assumes("stage2_flush_drops_nested_entries"):
            s.iotlb[s.unit_of(d), s.domain(d), :, s.unmapping] = lambda i: (
                s.iotlb[s.unit_of(d), s.domain(d), i, s.unmapping] & False
            )
        s.stage = ite(s.has_ats[d], Stage.ATC, Stage.IOTLB)
        s.todo[d] = s.has_ats[d]

    @action(actor="driver", code=UNMAP, says="{d}: ATC flushed for frame {unmapping}, the device answered")
    def stage2_atc_flush(s: Any, d: Device) -> None:
        """The ATC holds the combined translation and is flushed whole."""
        require(_flushing(s, d, Stage.ATC))
        s.atc[d, :, s.unmapping] = lambda i: s.atc[d, i, s.unmapping] & False
        s.todo[d] = False
        s.stage = Stage.IOTLB

    flushed = (stage2_iotlb_flush, stage2_atc_flush, *silence(world))
    return flushed if world.assumes("hardware_does_not_lie") else (*flushed, stage2_hardware_lies)


@action(
    actor="device {d}", code=UNMAP, fault=True, tally="lied",
    says="answers the ATC invalidation and has not carried it out",
)  # fmt: skip
def stage2_hardware_lies(s: Any, d: Device) -> None:
    """Success without a flush, as in `lies`."""
    require(_flushing(s, d, Stage.ATC))
    s.todo[d] = False
    s.stage = Stage.IOTLB


def silence(world: World) -> tuple[ActionSpec, ...]:
    """What a device that does not answer does to the flush: it waits, or on SMMUv3 it gives up."""

    @action(
        actor="device {d}", code=UNMAP, fault=True, tally="timed-out", seen="VT-d ITE (domain.md B19)",
        says="does not answer the ATC invalidation in time",
    )  # fmt: skip
    def stage2_silent(s: Any, d: Device) -> None:
        """The flush waits."""
        require(_flushing(s, d, Stage.ATC))
        s.stage = Stage.AGAIN

    @action(actor="driver", code=UNMAP, says="{d}: submits the ATC invalidation again")
    def stage2_submit_again(s: Any, d: Device) -> None:
        """The flush does not return before the device has answered."""
        require(_flushing(s, d, Stage.AGAIN))
        s.stage = Stage.ATC

    @action(
        actor="driver", code="arm-smmu-v3.c: arm_smmu_cmdq_poll_until_sync", fault=True, tally="timed-out",
        seen="SMMUv3 (domain.md B35)",
        says="{d}: no answer to ATC_INV; the poll gives up after 1 s and the value is dropped",
    )  # fmt: skip
    def stage2_gives_up(s: Any, d: Device) -> None:
        """The flush is void: nobody hears of it."""
        require(_flushing(s, d, Stage.ATC))
        s.todo[d] = False
        s.stage = Stage.IOTLB

    return (stage2_gives_up,) if world.contract == "smmuv3-v10" else (stage2_silent, stage2_submit_again)


@action(
    actor="kernel",
    code="vfio_iommu_type1.c: vfio_sync_unpin",
    says="unpins frame {unmapping}: the host may use it for anything",
)
def unpin(s: Any) -> None:
    """After the sync the pages are unpinned."""
    require(s.lock == Lock.UNMAP, s.stage == Stage.IOTLB, s.pinned[s.unmapping])
    require(forall(Device, lambda d: ~s.todo[d]), forall(Domain, lambda x: ~s.s2[x, s.unmapping]))
    s.pinned[s.unmapping] = False


@action(actor="kernel", code=UNMAP, says="UNMAP_DMA returns 0; iommu->lock is dropped")
def unmap_returns(s: Any) -> None:
    """The call is over."""
    require(s.lock == Lock.UNMAP, ~s.pinned[s.unmapping])
    s.lock = Lock.FREE


def _attach(s: Any, g: Any) -> None:
    """A new domain gets every mapping that there is (domain.md 2.3, step 11)."""
    x = s.domain_of(g)
    joins = ~s.emulated[g] & (s.mode != Mode.NONE)
    s.s2[x, :] = lambda f: ite(joins, s.pinned[f], s.s2[x, f])


def _detach(s: Any, g: Any) -> None:
    """A domain goes with its last group; the mappings go with the last group of the container."""

    def others(member: Any) -> Any:
        return exists(Group, lambda h: (h != g) & pre(s.attached)[h] & member(h))

    s.s2[:, :] = lambda x, f: s.s2[x, f] & others(lambda h: ~s.emulated[h] & (s.domain_of(h) == x))
    s.pinned[:] = lambda f: s.pinned[f] & others(lambda _h: True)


def _dma(s: Any, _d: Any, _i: Any, f: Any) -> None:
    s.trespass[f] = s.trespass[f] | ~s.pinned[f]


def part(_world: World) -> Part:
    """Variables, initial states and actions of stage 2; what attach, detach and DMA do besides."""
    p = Part("stage2")
    p.relation("s2", Domain, Frame, doc="the domain's stage 2 maps the frame")
    p.relation("pinned", Frame, doc="the host frame is pinned for the container")
    p.relation("trespass", Frame, doc="DMA reached the frame after it was unpinned")
    p.variable("unmapping", Frame, doc="the frame that UNMAP_DMA is about")
    p.init("stage 2 maps what is pinned", _consistent)
    p.init("no trespass", lambda s: forall(Frame, lambda f: ~s.trespass[f]))
    p.act(map_dma, unmap_dma, stage2_clear, *flushes(_world), unpin, unmap_returns)
    p.also("set_container", _attach)
    p.also("unset_container", _detach)
    p.also("dma", _dma)
    return p


def _consistent(s: Any) -> Any:
    mapped = forall(Domain, Frame, lambda x, f: s.s2[x, f] == (s.pinned[f] & present(s, x)))
    return mapped & forall(Frame, lambda f: implies(s.pinned[f], s.mode != Mode.NONE))
