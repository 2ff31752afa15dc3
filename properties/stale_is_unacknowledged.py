"""Who is stale when a call is back was not acknowledged in it: the second half of `report-is-sufficient` (design.md 7).

About one run, so that no second one stands beside it; in two runs it would be said of each. Whoever can use an entry is
on the list when the call is back. If no group came or left since the call was entered, it was when the kernel took
iommu->lock, and is among those whom `report-is-sufficient` calls left unacknowledged. One that joined while the call
ran was not acknowledged either, though no walk owed it a visit.
"""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.model.sorts import Call, Device, Frame
from shootdown.properties.success_means_coherent import entry_text, stale_when_entered


def _stale(s: Any, d: Any, f: Any) -> Any:
    """The device can use an entry that is stale for the call."""
    return s.replaced[f] & s.usable(d, s.req, f)


def _unacknowledged(s: Any) -> Any:
    return forall(Device, Frame, lambda d, f: ~conj(s.call == Call.RETURNED, _stale(s, d, f), s.acked[d]))


def _text(view: Any) -> str:
    return f"{entry_text(view)}, which was acknowledged in this call"


PROPERTY = Property(
    name="stale-is-unacknowledged",
    sentence=(
        "When a call is back, no device that can use an entry that is stale for the call was acknowledged in it: "
        "the stale ones are always among those left unacknowledged."
    ),
    claims=(always("stale ones are unacknowledged", _unacknowledged, says=_text),),
    companions=(
        sometimes("a cache is stale when a call is entered", stale_when_entered),
        sometimes(
            "a call returns and a device was acknowledged in it",
            lambda s: (s.call == Call.RETURNED) & exists(Device, lambda d: s.acked[d]),
        ),
    ),
    policy="hostile",
    reach="guest-internal",
)
