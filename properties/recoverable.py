"""Every failure is followed by a coherent state, and the guest goes on (design.md 7; domain.md 1.4 Q2)."""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.ir.temporal import leads_to
from shootdown.model.fairness import fair
from shootdown.model.recovery_rankings import guest_goes_on
from shootdown.model.sorts import Call, Device, Frame, Iova


def stale(s: Any, d: Any, i: Any, f: Any) -> Any:
    """The device can use an entry that the guest's table does not give."""
    return s.usable(d, i, f) & ~s.pte[i, f]


def waits(s: Any, i: Any, f: Any) -> Any:
    """The guest waits for an invalidation of the iova that was queued after it removed the frame."""
    return s.queued & (s.queued_iova == i) & s.covers[f]


def _text(view: Any) -> str:
    i, f, d = (view.get(x) for x in "ifd")
    return f"stale: {d} can still use {i} -> {f}, and the guest does not wait for it any more"


PROPERTY = Property(
    name="recoverable",
    sentence=(
        "For a given policy every failure is followed by a coherent state, and the guest goes on: each wait ends, "
        "and when it does nothing is stale that it was about."
    ),
    claims=(
        always(
            "the guest waits for whatever is stale",
            lambda s: forall(Device, Iova, Frame, lambda d, i, f: ~conj(stale(s, d, i, f), ~s.owed[i, f])),
            says=_text,
        ),
    ),
    responses=(
        leads_to(
            "the guest goes on",
            waits,
            lambda s, i, f: s.pte[i, f] | ~s.owed[i, f],
            fair=fair,
            over=(Iova, Frame),
            says="never recovers: the guest waits for ever until it may use frame {y} again, removed from {x}",
        ),
    ),
    ranks={"the guest goes on": guest_goes_on},
    companions=(
        sometimes(
            "a call is at work while the guest waits for a frame that a device can reach",
            lambda s: conj(
                s.call == Call.LOCKED,
                exists(Device, Iova, Frame, lambda d, i, f: waits(s, i, f) & stale(s, d, i, f)),
            ),
        ),
    ),
    policy="retry-all",
    reach="guest-internal",
    parts=("recovery",),
)  # fmt: skip
