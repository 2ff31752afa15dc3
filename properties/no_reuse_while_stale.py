"""No DMA reaches a frame through a translation that was removed before its new use (design.md 7)."""

from typing import Any

from shootdown.ir import Property, always, exists, forall, sometimes
from shootdown.model.sorts import Call, Device, Frame, Iova


def _stale(s: Any) -> Any:
    return exists(Device, Iova, Frame, lambda d, i, f: s.usable(d, i, f) & ~s.pte[i, f])


PROPERTY = Property(
    name="no-reuse-while-stale",
    sentence=(
        "For a given VMM policy: no DMA reaches a frame through a translation that the guest had removed "
        "before it gave that frame a new use."
    ),
    claims=(
        always(
            "no stray DMA",
            lambda s: forall(Frame, lambda f: ~s.stray[f]),
            says="stale: DMA reached frame {f} through a translation removed before the guest gave {f} its new use",
        ),
    ),
    companions=(
        sometimes("a cache is stale while a call is in progress", lambda s: (s.call == Call.ENTERED) & _stale(s)),
        sometimes("a frame is reused", lambda s: exists(Frame, lambda f: s.reused[f])),
        sometimes(
            "a device can reach a frame whose removal the guest still waits for",
            lambda s: exists(Device, Iova, Frame, lambda d, i, f: s.owed[i, f] & ~s.pte[i, f] & s.usable(d, i, f)),
        ),
    ),
    policy="report-and-complete",
    reach="guest-internal",
)
