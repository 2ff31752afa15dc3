"""The claim without the snapshot: refuted for every correct kernel, kept as a test (design.md 5)."""

from typing import Any

from shootdown.ir import Property, always, conj, forall, sometimes
from shootdown.model.sorts import Device, Frame
from shootdown.properties.success_means_coherent import entry_text, returned_success, stale_when_entered


def _coherent_now(s: Any) -> Any:
    return forall(Device, Frame, lambda d, f: ~conj(returned_success(s), ~s.pte[s.req, f], s.usable(d, s.req, f)))


PROPERTY = Property(
    name="success-means-coherent-now",
    sentence=(
        "While the VMM holds a success, no device can use an entry that the page table does not give now. "
        "Too strong: a cache may refill from a PTE that is still valid during the call."
    ),
    claims=(always("coherent now", _coherent_now, says=entry_text),),
    companions=(sometimes("a cache is stale when a call is entered", stale_when_entered),),
    policy="hostile",
    reach="guest-internal",
)
