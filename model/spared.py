"""What is believed to hold where the VMM calls again and leaves out whom the report says is done.

Hints for proofs over any number of elements. As in `shootdown.model.conjectures`, none of them is trusted. A device
that is left out was flushed in an earlier call for the same wait; what the wait is about cannot have come back since.
"""

from typing import Any

from shootdown.ir import conj, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.sorts import Call, Device, Domain, Frame, Unit


def _awaited(s: Any, f: Any) -> Any:
    """The guest has removed the frame from the iova that it waits for."""
    return s.covers[f] & ~s.pte[s.queued_iova, f]


def _iotlb(s: Any, d: Any, f: Any) -> Any:
    return s.in_iotlb(d, s.queued_iova, f)


def _atc(s: Any, d: Any, f: Any) -> Any:
    return s.has_ats[d] & s.atc[d, s.queued_iova, f]


def _walked(s: Any) -> Any:
    return ((s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)) & s.success()


def _done(s: Any, d: Any) -> Any:
    return s.acked[d] | s.spared[d]


SPARED: tuple[tuple[str, Build], ...] = (
    (
        "whom the report names as done has acknowledged",
        lambda s: forall(Device, lambda d: implies(s.told_done[d], s.acked[d])),
    ),
    (
        "a device is left out only while the guest waits",
        lambda s: forall(Device, lambda d: implies(s.spared[d], s.queued)),
    ),
    (
        "a wait covers frames only while the guest waits",
        lambda s: forall(Frame, lambda f: implies(s.covers[f], s.queued)),
    ),
    (
        "a device that is left out has nothing that the guest waits for in its unit's IOTLB",
        lambda s: forall(Device, Frame, lambda d, f: ~conj(s.spared[d], _awaited(s, f), _iotlb(s, d, f))),
    ),
    (
        "a device that is left out has nothing that the guest waits for in its ATC",
        lambda s: forall(Device, Frame, lambda d, f: ~conj(s.spared[d], _awaited(s, f), _atc(s, d, f))),
    ),
    (
        "while the walk reports success so far, whoever was visited has acknowledged or is left out",
        lambda s: forall(Device, lambda d: implies(s.success() & s.listed[d] & ~s.todo[d], _done(s, d))),
    ),
    (
        "after a walk that reports success no IOTLB has what the guest waits for",
        lambda s: forall(
            Unit, Domain, Frame, lambda u, x, f: ~conj(_walked(s), _awaited(s, f), s.iotlb[u, x, s.queued_iova, f])
        ),
    ),
    (
        "after a walk that reports success no ATC has what the guest waits for",
        lambda s: forall(Device, Frame, lambda d, f: ~conj(_walked(s), _awaited(s, f), _atc(s, d, f))),
    ),
)
"""About policies whose request leaves devices out."""
