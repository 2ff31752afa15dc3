"""IOTLB per unit, ATC per device: what they hold, and what they do unasked.

An IOTLB entry is (iova, frame) tagged with its domain; the one bound PASID is implied (design.md 5). Any cache
may load any translation that a walk gives, at any time (domain.md 4.6); an ATC is answered from the unit's IOTLB
or a walk (4.2). Entries are kept until they are flushed: an eviction only removes entries, and a test shows that
adding it changes no verdict. Stage-1 entries exist only in NESTING. A late completion of a timed-out ATC
invalidation is such an eviction.
"""

from typing import Any

from shootdown.ir import Part, action, forall, require
from shootdown.model.container import live
from shootdown.model.sorts import Device, Domain, Frame, Iova, Mode, Unit
from shootdown.model.world import World


def in_iotlb(s: Any, d: Any, i: Any, f: Any) -> Any:
    """The IOTLB of the device's unit holds iova -> frame for the device's domain."""
    return s.iotlb[s.unit_of(d), s.domain(d), i, f]


def cached(s: Any, d: Any, i: Any, f: Any) -> Any:
    """An entry iova -> frame that the device would use: in its unit's IOTLB or its own ATC."""
    return in_iotlb(s, d, i, f) | (s.has_ats[d] & s.atc[d, i, f])


def usable(s: Any, d: Any, i: Any, f: Any) -> Any:
    """A cached entry that an attached, unblocked device can use."""
    return live(s, d) & cached(s, d, i, f)


def fills(world: World) -> tuple[Any, ...]:
    """Speculative fills: the IOTLB by a walk, the ATC from the IOTLB or a walk."""

    def walks(s: Any, d: Any, i: Any, f: Any) -> Any:
        mapped = s.pte[i, f]
        return mapped & s.s2[s.domain(d), f] if world.stage2 else mapped

    @action(
        actor="{unit_of(d)}",
        code="domain.md 4.6: speculative refill",
        says="walks the page table for {d}'s DMA to {i}: IOTLB holds {i} -> frame {f}",
        clutter=1,
    )
    def iotlb_fill(s: Any, d: Device, i: Iova, f: Frame) -> None:
        """The unit walks the guest's stage-1 table and caches the result."""
        require(s.mode == Mode.NESTING, live(s, d), walks(s, d, i, f), ~in_iotlb(s, d, i, f))
        s.iotlb[s.unit_of(d), s.domain(d), i, f] = True

    @action(
        actor="device {d}",
        code="domain.md 4.2: ATS translation request",
        says="asks {unit_of(d)} for {i} (ATS): ATC of {d} holds {i} -> frame {f}",
        clutter=1,
    )
    def atc_fill(s: Any, d: Device, i: Iova, f: Frame) -> None:
        """The unit answers an ATS request from its IOTLB, stale or not, or from a walk."""
        require(s.mode == Mode.NESTING, live(s, d), s.has_ats[d], ~s.atc[d, i, f])
        require(in_iotlb(s, d, i, f) | walks(s, d, i, f))
        s.atc[d, i, f] = True

    return iotlb_fill, atc_fill


def part(world: World) -> Part:
    """Variables, initial states and fills."""
    p = Part("caches")
    p.relation("pte", Iova, Frame, doc="the guest's stage-1 PTE of the iova names the frame")
    p.relation("iotlb", Unit, Domain, Iova, Frame, doc="the unit's IOTLB holds iova -> frame under the domain id")
    p.relation("atc", Device, Iova, Frame, doc="the device's ATC holds iova -> frame")
    p.init("a PTE names one frame", _one_frame)
    p.init(
        "IOTLBs are empty",
        lambda s: forall(Unit, Domain, Iova, Frame, lambda u, x, i, f: ~s.iotlb[u, x, i, f]),
    )
    p.init("ATCs are empty", _empty_atc(world))
    p.act(*fills(world))
    return p


def _one_frame(s: Any) -> Any:
    return forall(Iova, Frame, Frame, lambda i, f, e: ~(s.pte[i, f] & s.pte[i, e] & (f != e)))


def _empty_atc(world: World) -> Any:
    first = world.assumes("atc_empty_at_first_attach")

    def formula(s: Any) -> Any:
        def empty(d: Any, i: Any, f: Any) -> Any:
            unattached = s.has_ats[d] & ~s.attached[s.group_of(d)]
            return ~s.atc[d, i, f] if first else ~s.atc[d, i, f] | unattached

        return forall(Device, Iova, Frame, empty)

    return formula
