"""When the call reports success, nothing that it covers is stale (design.md 5 and 7)."""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.model.sorts import Call, Device, Frame, Mode


def returned_success(s: Any) -> Any:
    """The ioctl is back in user space and reports success."""
    return (s.call == Call.RETURNED) & s.success()


def entry_text(view: Any) -> str:
    """Which cache gives what to whom."""
    if view.true("in_iotlb(d, req, f)"):
        where = f"the IOTLB of {view.get('unit_of(d)')}"
    else:
        where = f"the ATC of {view.get('d')}"
    return f"stale: {where} still gives {view.get('req')} -> {view.get('f')} to {view.get('d')}"


def _coherent(s: Any) -> Any:
    return forall(Device, Frame, lambda d, f: ~conj(returned_success(s), s.replaced[f], s.usable(d, s.req, f)))


def stale_when_entered(s: Any) -> Any:
    """A call begins while a device can use an entry that the guest had replaced before."""
    return (s.call == Call.ENTERED) & exists(Device, Frame, lambda d, f: s.replaced[f] & s.usable(d, s.req, f))


def successful_walk(s: Any) -> Any:
    """A call over at least one device of a nested container reports success."""
    return returned_success(s) & (s.mode == Mode.NESTING) & exists(Device, lambda d: s.acked[d])


PROPERTY = Property(
    name="success-means-coherent",
    sentence=(
        "When the call reports success, no IOTLB or ATC that an attached, unblocked device can use "
        "holds an entry that is stale for the call."
    ),
    claims=(always("coherent", _coherent, says=entry_text),),
    companions=(
        sometimes("a cache is stale when a call is entered", stale_when_entered),
        sometimes("a walk over a device reports success", successful_walk),
    ),
    policy="hostile",
    reach="guest-internal",
)
