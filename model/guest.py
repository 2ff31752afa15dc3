"""The guest: a correct one, that reuses a frame only when its own invalidations have completed.

design.md 5: it changes a PTE, queues an invalidation and a wait, and gives the frame a new use when no
PTE names it and, for each iova that named it, a wait queued after the last removal has completed. It never
sees the ioctl's result. Its queue is served in order, so one entry is in the VMM's hands at a time.
"""

from typing import Any

from shootdown.ir import Part, action, forall, require
from shootdown.model.caches import cached
from shootdown.model.container import live
from shootdown.model.sorts import Device, Frame, Iova, Mode
from shootdown.model.world import World


@action(actor="guest", says="clears the PTE of {i}, which named frame {f}")
def guest_clears(s: Any, i: Iova, f: Frame) -> None:
    """A PTE write; the guest owes an invalidation of the iova before the frame may be reused."""
    require(s.pte[i, f])
    s.pte[i, f] = False
    s.owed[i, f] = True
    s.covers[:] = lambda g: s.covers[g] & ~((s.queued_iova == i) & (g == f))


@action(actor="guest", says="writes the PTE of {i}: it names frame {f}")
def guest_writes(s: Any, i: Iova, f: Frame) -> None:
    """A PTE write, over an empty PTE or over another frame's: then that frame was removed."""
    require(~s.pte[i, f])
    s.owed[:, :] = lambda j, g: s.owed[j, g] | ((j == i) & s.pte[j, g])
    s.covers[:] = lambda g: s.covers[g] & ~((s.queued_iova == i) & s.pte[i, g])
    s.replaced[:] = lambda g: s.replaced[g] & ~((s.req == i) & (g == f))
    s.reused[f] = False
    s.pte[:, :] = lambda j, g: (s.pte[j, g] & (j != i)) | ((j == i) & (g == f))


@action(actor="guest", says="queues an invalidation of {i} and a wait")
def guest_queues(s: Any, i: Iova) -> None:
    """The VMM traps the queue; the wait covers what was removed from the iova before."""
    require(~s.queued)
    s.queued = True
    s.queued_iova = i
    s.covers[:] = lambda f: s.owed[i, f]


@action(actor="guest", says="gives frame {f} a new use: nothing names it and every wait for it has completed")
def guest_reuses(s: Any, f: Frame) -> None:
    """The frame now belongs to something else inside the guest."""
    require(~s.reused[f], forall(Iova, lambda i: ~s.pte[i, f] & ~s.owed[i, f]))
    s.reused[f] = True


def _dma(view: Any) -> str:
    through = "its ATC" if view.true("has_ats(d) & atc(d, i, f)") else f"the IOTLB of {view.get('unit_of(d)')}"
    text = f"DMA to {view.get('i')} goes through {through} to frame {view.get('f')}"
    return text + (", which the guest has given a new use" if view.true("reused(f) & ~pte(i, f)") else "")


@action(actor="device {d}", code="domain.md 4.2, 4.6", says=_dma)
def dma(s: Any, d: Device, i: Iova, f: Frame) -> None:
    """DMA through any entry that the device can use."""
    require(s.mode == Mode.NESTING, live(s, d), cached(s, d, i, f))
    s.stray[f] = s.stray[f] | (s.reused[f] & ~s.pte[i, f])


def part(_world: World) -> Part:
    """Variables, initial states and actions of the guest and of DMA."""
    p = Part("guest")
    p.relation("owed", Iova, Frame, doc="removed from the iova, and no wait queued since has completed")
    p.relation("reused", Frame, doc="the guest gave the frame a new use")
    p.relation("stray", Frame, doc="DMA reached the frame through a removed translation after its new use began")
    p.variable("queued", bool, doc="an invalidation and a wait of the guest are in the VMM's hands")
    p.variable("queued_iova", Iova, doc="the iova of that invalidation")
    p.relation("covers", Frame, doc="the wait was queued after the frame's last removal from the iova")
    p.init("nothing is owed", lambda s: forall(Iova, Frame, lambda i, f: ~s.owed[i, f]))
    p.init("nothing is reused", lambda s: forall(Frame, lambda f: ~s.reused[f] & ~s.stray[f] & ~s.covers[f]))
    p.init("the queue is empty", lambda s: ~s.queued)
    p.act(guest_clears, guest_writes, guest_queues, guest_reuses, dma)
    return p
