"""After UNMAP_DMA no device of the container reaches the unpinned frame (design.md 7; domain.md 2.5)."""

from shootdown.ir import Property, always, exists, forall, sometimes
from shootdown.model.sorts import Device, Frame, Iova, Lock

PROPERTY = Property(
    name="host-page-safe",
    sentence=(
        "After UNMAP_DMA returned and the frame was unpinned, no device of the container reaches it, "
        "whatever the VMM calls, omits or repeats."
    ),
    claims=(
        always(
            "no trespass",
            lambda s: forall(Frame, lambda f: ~s.trespass[f]),
            says="stale: DMA reached frame {f} after it was unpinned",
        ),
    ),
    companions=(
        sometimes(
            "UNMAP_DMA begins while a device can reach the frame",
            lambda s: (
                (s.lock == Lock.UNMAP)
                & exists(Device, Iova, lambda d, i: s.pinned[s.unmapping] & s.todo[d] & s.usable(d, i, s.unmapping))
            ),
        ),
        sometimes(
            "a frame is unpinned while the guest's table still names it",
            lambda s: (s.lock == Lock.UNMAP) & exists(Iova, Frame, lambda i, f: s.pte[i, f] & ~s.pinned[f]),
        ),
    ),
    policy="hostile",
    reach="host-memory",
    parts=("stage2",),
)
