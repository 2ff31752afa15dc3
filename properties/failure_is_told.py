"""What was refused, skipped or not acknowledged is not reported as done (design.md 7; domain.md 1.3)."""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.model.sorts import Call, Device


def _told(s: Any) -> Any:
    return forall(Device, lambda d: ~conj(s.call == Call.RETURNED, s.listed[d], ~s.acked[d], s.reported_done(d)))


def _text(view: Any) -> str:
    d = view.get("d")
    how = "was begun and not acknowledged" if view.true("touched(d)") else "was never carried out"
    return f"lost: {d} was on the list, its invalidation {how}, and the answer reports {d} as done"


PROPERTY = Property(
    name="failure-is-told",
    sentence=(
        "No device that was on the container's list when the walk took iommu->lock, and that was refused, "
        "skipped or not acknowledged, is reported as done."
    ),
    claims=(always("told", _told, says=_text),),
    companions=(
        sometimes(
            "a call returns with a device that was not acknowledged",
            lambda s: (s.call == Call.RETURNED) & exists(Device, lambda d: s.listed[d] & ~s.acked[d]),
        ),
        sometimes(
            "a call reports a device as done",
            lambda s: (s.call == Call.RETURNED) & exists(Device, lambda d: s.listed[d] & s.reported_done(d)),
        ),
    ),
    policy="hostile",
    reach="guest-internal",
)
