"""What the optional parts of designs are believed to keep: hints like those of `shootdown.model.conjectures`.

Each speaks of a variable that only some designs have; for the others it is left out. None of these is trusted.
"""

from typing import Any

from shootdown.ir import System, conj, exists, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.array_conjectures import ARRAY, OF_ARRAYS
from shootdown.model.container import on_list
from shootdown.model.ioctl import is_next
from shootdown.model.reactions import Widening
from shootdown.model.sorts import Call, Device, Errno, Frame, Iova, Lock, Mode, Stage


def _walking(s: Any) -> Any:
    """The walk holds the lock, between two steps of a driver."""
    return (s.call == Call.LOCKED) & (s.lock == Lock.INVALIDATE) & (s.stage == Stage.IOTLB)


VALIDATION: tuple[tuple[str, Build], ...] = (
    (
        "whoever is to be asked is to be visited",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], s.todo[d])),
    ),
    (
        "devices are asked under the lock, before any driver is at work",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], _walking(s))),
    ),
    (
        "while somebody is to be asked no request was read",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], ~s.fetched)),
    ),
    (
        "while somebody is to be asked nobody was visited",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], ~s.due)),
    ),
    (
        "while somebody is to be asked no flush is widened",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], s.widening == Widening.NONE)),
    ),
    (
        "while somebody is to be asked no ATS is being switched off",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], ~s.disabling)),
    ),
    (
        "while somebody is to be asked nobody was touched",
        lambda s: forall(Device, Device, lambda d, e: ~(s.unchecked[d] & s.touched[e])),
    ),
    (
        "while somebody is to be asked nothing has failed",
        lambda s: forall(Device, lambda d: implies(s.unchecked[d], s.ret == Errno.OK)),
    ),
    (
        "whoever has passed the check has ATS",
        lambda s: forall(
            Device, lambda d: implies((s.lock == Lock.INVALIDATE) & s.todo[d] & ~s.unchecked[d], s.has_ats[d])
        ),
    ),
    (
        "whoever has passed the check is in a nested container",
        lambda s: forall(
            Device,
            lambda d: implies((s.lock == Lock.INVALIDATE) & s.todo[d] & ~s.unchecked[d], s.mode == Mode.NESTING),
        ),
    ),
    (
        "after the check an error is a time-out",
        lambda s: (
            forall(Device, lambda d: implies(s.todo[d] & (s.call == Call.LOCKED), s.ret != Errno.EINVAL))
            & implies(exists(Device, lambda d: s.unchecked[d]), s.ret == Errno.OK)
        ),
    ),
)

REACTIONS: tuple[tuple[str, Build], ...] = (
    (
        "a flush is widened under the lock of the walk",
        lambda s: implies(s.widening != Widening.NONE, _walking(s) & (s.mode != Mode.NONE)),
    ),
    (
        "a flush is widened only for a device that is to be visited",
        lambda s: implies(s.widening != Widening.NONE, exists(Device, lambda d: s.todo[d])),
    ),
    (
        "a wider flush reaches the ATC after the IOTLB",
        lambda s: forall(Device, lambda d: implies((s.widening == Widening.ATC) & is_next(s, d), s.touched[d])),
    ),
    (
        "a wider flush reaches the ATC of a device that has one",
        lambda s: forall(Device, lambda d: implies((s.widening == Widening.ATC) & is_next(s, d), s.has_ats[d])),
    ),
    (
        "a flush is widened for devices without ATS",
        lambda s: forall(Device, lambda d: implies((s.widening != Widening.NONE) & is_next(s, d), ~s.has_ats[d])),
    ),
    (
        "a flush is widened for devices with ATS",
        lambda s: forall(Device, lambda d: implies((s.widening != Widening.NONE) & is_next(s, d), s.has_ats[d])),
    ),
    (
        "before a flush is widened a driver is at an ATC only of a device that has one",
        lambda s: forall(
            Device,
            lambda d: implies(
                conj(s.call == Call.LOCKED, s.stage != Stage.IOTLB, s.widening == Widening.NONE) & is_next(s, d),
                s.has_ats[d],
            ),
        ),
    ),
    ("no ATC is flushed as a whole", lambda s: s.widening != Widening.ATC),
    (
        "an ATC whose ATS is off is empty",
        lambda s: forall(Device, Iova, Frame, lambda d, i, f: implies(s.ats_off[d], ~s.atc[d, i, f])),
    ),
    (
        "ATS is switched off under the lock of the walk",
        lambda s: implies(s.disabling, _walking(s) & (s.mode == Mode.NESTING)),
    ),
    (
        "ATS is switched off only for a device that is to be visited",
        lambda s: implies(s.disabling, exists(Device, lambda d: s.todo[d])),
    ),
    (
        "ATS is switched off after the IOTLB was flushed",
        lambda s: forall(Device, lambda d: implies(s.disabling & is_next(s, d), s.touched[d])),
    ),
)  # fmt: skip

CUTTING_OFF: tuple[tuple[str, Build], ...] = (
    (
        "whoever is cut off is on the lists",
        lambda s: forall(Device, lambda d: implies(s.blocked[d], on_list(s, d))),
    ),
    (
        "the guest waits for each stale entry of an ATC that can be used",
        lambda s: forall(
            Device, Iova, Frame,
            lambda d, i, f: implies(
                conj(s.has_ats[d], s.atc[d, i, f], ~s.blocked[d], ~s.pte[i, f]), s.owed[i, f]
            ),
        ),
    ),
    (
        "after a walk no ATC that can be used has a replaced entry of the request, whatever it reports",
        lambda s: forall(
            Device, Frame,
            lambda d, f: ~conj(
                (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED),
                s.replaced[f], s.has_ats[d], s.atc[d, s.req, f], ~s.blocked[d],
            ),
        ),
    ),
)  # fmt: skip

REREADS: tuple[tuple[str, Build], ...] = (
    (
        "a driver is at work with a request that was read",
        lambda s: implies((s.call == Call.LOCKED) & (s.stage != Stage.IOTLB), s.fetched),
    ),
    (
        "a request is read for a device that is to be visited",
        lambda s: implies(s.fetched, (s.call == Call.LOCKED) & exists(Device, lambda d: s.todo[d])),
    ),
    (
        "a request is read under the lock of the walk",
        lambda s: implies(s.fetched, s.lock == Lock.INVALIDATE),
    ),
)

LOCK_SCOPE: tuple[tuple[str, Build], ...] = (
    ("the walk runs while it holds iommu->lock", lambda s: implies(s.lock == Lock.INVALIDATE, s.call == Call.LOCKED)),
    (
        "what is left to visit is remembered while the lock is dropped",
        lambda s: forall(Device, lambda d: implies(s.left[d], (s.call == Call.LOCKED) & (s.lock != Lock.INVALIDATE))),
    ),
    ("what is left to visit is on the lists", lambda s: forall(Device, lambda d: implies(s.left[d], on_list(s, d)))),
    (
        "a driver of the walk is at work under the lock, and not between devices",
        lambda s: implies((s.call == Call.LOCKED) & (s.stage != Stage.IOTLB), (s.lock != Lock.FREE)),
    ),
    (
        "between two devices no driver is at work",
        lambda s: implies((s.lock == Lock.INVALIDATE) & s.due, s.stage == Stage.IOTLB),
    ),
    (
        "the lock is dropped between two devices only",
        lambda s: implies((s.call == Call.LOCKED) & (s.lock != Lock.INVALIDATE), s.due),
    ),
    (
        "what is left to visit is in a nested container",
        lambda s: forall(Device, lambda d: implies(s.left[d], s.mode == Mode.NESTING)),
    ),
    (
        "what the walk visits is in a nested container",
        lambda s: forall(Device, lambda d: implies((s.lock == Lock.INVALIDATE) & s.todo[d], s.mode == Mode.NESTING)),
    ),
    ("between two devices no request was read", lambda s: implies(s.due, ~s.fetched)),
    ("between two devices no flush is widened", lambda s: implies(s.due, s.widening == Widening.NONE)),
    ("between two devices no ATS is being switched off", lambda s: implies(s.due, ~s.disabling)),
)

BEFORE_ANY_EFFECT: tuple[tuple[str, Build], ...] = (
    (
        "the walk runs only in a nested container",
        lambda s: implies(s.lock == Lock.INVALIDATE, s.mode == Mode.NESTING),
    ),
    (
        "after an error nobody was touched",
        lambda s: forall(Device, lambda d: implies(s.touched[d], s.ret == Errno.OK)),
    ),
)

OF_DESIGNS: tuple[tuple[str, Build], ...] = (
    (
        "what was told as done is acknowledged",
        lambda s: forall(Device, lambda d: implies(s.told_done[d], s.acked[d])),
    ),
    (
        "after a walk whoever was touched is told as done",
        lambda s: forall(
            Device,
            lambda d: implies(s.touched[d], s.told_done[d] | ((s.call == Call.LOCKED) & s.todo[d])),
        ),
    ),
    ("nesting_info is filled in a nested container", lambda s: implies(s.info_filled, s.mode == Mode.NESTING)),
    (
        "the walk visits the device that the call names",
        lambda s: forall(Device, lambda d: implies((s.lock == Lock.INVALIDATE) & s.todo[d], d == s.named)),
    ),
    (
        "only the device that the call names was touched",
        lambda s: forall(Device, lambda d: implies(s.touched[d], d == s.named)),
    ),
    (
        "a device that has its answer has no entry in its unit's IOTLB for which the guest waits",
        lambda s: forall(
            Device, Frame,
            lambda d, f: ~conj(s.asked[d], s.covers[f], ~s.pte[s.queued_iova, f], s.in_iotlb(d, s.queued_iova, f)),
        ),
    ),
    (
        "a device that has its answer has no entry in its ATC for which the guest waits",
        lambda s: forall(
            Device, Frame,
            lambda d, f: ~conj(
                s.asked[d], s.covers[f], ~s.pte[s.queued_iova, f], s.has_ats[d], s.atc[d, s.queued_iova, f]
            ),
        ),
    ),
    (
        "the device named has no replaced entry of the request after a success",
        lambda s: forall(
            Device, Frame,
            lambda d, f: ~conj(
                (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED), s.ret == Errno.OK, d == s.named,
                s.replaced[f], s.in_iotlb(d, s.req, f) | (s.has_ats[d] & s.atc[d, s.req, f]),
            ),
        ),
    ),
    ("devices have answers only while an invalidation is queued", lambda s: forall(
        Device, lambda d: implies(s.asked[d], s.queued))),
)  # fmt: skip

PARTS = (*VALIDATION, *REACTIONS, *REREADS, *OF_DESIGNS, *OF_ARRAYS)
"""Those that speak of a variable which only some designs have."""

PART_CONJECTURES = (*PARTS, *ARRAY, *LOCK_SCOPE, *CUTTING_OFF, *BEFORE_ANY_EFFECT)
"""All of them; names are unique among these and those of the whole model."""


def of_parts(system: System) -> tuple[tuple[str, Build], ...]:
    """The hints that are worth a try for this system: what it lacks is not said, and what it cannot do is not asked."""
    known = set(system.by_name)
    more = (
        (ARRAY, "in_array" in known and "moved" not in known),
        (LOCK_SCOPE, "left" in known),
        (CUTTING_OFF, _cuts_off(system)),
        (BEFORE_ANY_EFFECT, "call_not_admitted" in system.action or "unchecked" in known),
    )
    return (*PARTS, *(one for group, wanted in more if wanted for one in group))


def _cuts_off(system: System) -> bool:
    """Whether a call cuts devices off from DMA."""
    return any(a.actor == "driver" and "blocked" in {u.variable.name for u in a.updates} for a in system.actions)
