"""What the model is believed to keep, whatever the design: hints for proofs over any number of elements.

None of these is trusted. A proof takes up those that it needs and proves them with the rest of its lemmas; one that is
false under withdrawn assumptions is dropped. The third one says that something *exists* for each entry of a cache,
which cannot be read off single states; the others save the search some work.
"""

from typing import Any

from shootdown.ir import conj, exists, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.container import has_group, on_list, real
from shootdown.model.ioctl import is_next
from shootdown.model.sorts import Call, Device, Domain, Errno, Frame, Group, Iova, Lock, Mode, Stage, Unit


def _serves(s: Any, u: Any, x: Any) -> Any:
    """Some device on the lists is behind the unit and in the domain."""
    return exists(Device, lambda d: on_list(s, d) & (s.unit_of(d) == u) & (s.domain(d) == x))


def _walked(s: Any) -> Any:
    return (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)


def _one_is_newer(newer: Any, x: Any, y: Any) -> Any:
    return (x == y) | newer[x, y] | newer[y, x]


def _strict(sort: type, newer: Any) -> Any:
    chain = forall(sort, sort, sort, lambda x, y, z: implies(newer[x, y] & newer[y, z], newer[x, z]))
    return forall(sort, lambda x: ~newer[x, x]) & chain


def _unmapped(s: Any, d: Any) -> Any:
    """UNMAP_DMA is done with the device."""
    return (s.lock == Lock.UNMAP) & on_list(s, d) & ~s.todo[d]


def _waiting(s: Any, d: Any) -> Any:
    """UNMAP_DMA is at the device, which is to flush its ATC."""
    return (s.lock == Lock.UNMAP) & (s.stage != Stage.IOTLB) & is_next(s, d)


CONJECTURES: tuple[tuple[str, Build], ...] = (
    (
        "the walk runs exactly while it holds iommu->lock",
        lambda s: (s.call == Call.LOCKED) == (s.lock == Lock.INVALIDATE),
    ),
    (
        "an IOTLB has entries only in NESTING",
        lambda s: forall(
            Unit, Domain, Iova, Frame, lambda u, x, i, f: implies(s.iotlb[u, x, i, f], s.mode == Mode.NESTING)
        ),
    ),
    (
        "an IOTLB has entries of a domain only while a device on the lists is behind the unit and in the domain",
        lambda s: forall(Unit, Domain, Iova, Frame, lambda u, x, i, f: implies(s.iotlb[u, x, i, f], _serves(s, u, x))),
    ),
    (
        "an ATC has entries only while its device is on the lists of a nested container",
        lambda s: forall(
            Device, Iova, Frame,
            lambda d, i, f: implies(s.has_ats[d] & s.atc[d, i, f], on_list(s, d) & (s.mode == Mode.NESTING)),
        ),
    ),
    (
        "of two attached groups one is newer",
        lambda s: forall(Group, Group, lambda g, h: implies(real(s, g) & real(s, h), _one_is_newer(s.newer, g, h))),
    ),
    (
        "of two domains with attached groups one is newer",
        lambda s: forall(
            Group, Group,
            lambda g, h: implies(real(s, g) & real(s, h), _one_is_newer(s.dom_newer, s.domain_of(g), s.domain_of(h))),
        ),
    ),
    (
        "only attached groups are newer or older",
        lambda s: forall(Group, Group, lambda g, h: implies(s.newer[g, h], real(s, g) & real(s, h))),
    ),
    (
        "only domains with attached groups are newer or older",
        lambda s: forall(Domain, Domain, lambda x, y: implies(s.dom_newer[x, y], has_group(s, x) & has_group(s, y))),
    ),
    ("the order of the groups is strict", lambda s: _strict(Group, s.newer)),
    ("the order of the domains is strict", lambda s: _strict(Domain, s.dom_newer)),
    (
        "a device to be visited is on the lists",
        lambda s: forall(Device, lambda d: implies(s.todo[d], on_list(s, d))),
    ),
    (
        "devices are to be visited only while iommu->lock is held",
        lambda s: forall(Device, lambda d: implies(s.todo[d], s.lock != Lock.FREE)),
    ),
    (
        "a driver is at work only while iommu->lock is held",
        lambda s: implies(s.stage != Stage.IOTLB, s.lock != Lock.FREE),
    ),
    (
        "a driver is at work only for a device that is to be visited",
        lambda s: implies(s.stage != Stage.IOTLB, exists(Device, lambda d: s.todo[d])),
    ),
    (
        "UNMAP_DMA does not run",
        lambda s: s.lock != Lock.UNMAP,
    ),
    (
        "no driver submits an invalidation again",
        lambda s: s.stage != Stage.AGAIN,
    ),
    (
        "only UNMAP_DMA submits an invalidation again",
        lambda s: implies(s.stage == Stage.AGAIN, s.lock == Lock.UNMAP),
    ),
    ("nobody is cut off", lambda s: forall(Device, lambda d: ~s.blocked[d])),
    (
        "what the request's PTE names now was not replaced",
        lambda s: forall(Frame, lambda f: ~(s.pte[s.req, f] & s.replaced[f])),
    ),
    (
        "a touched device has no replaced entry of the request in its unit's IOTLB",
        lambda s: forall(
            Device, Frame, lambda d, f: ~conj(s.touched[d], s.replaced[f], s.in_iotlb(d, s.req, f))
        ),
    ),
    (
        "an acknowledged device has no replaced entry of the request in its ATC",
        lambda s: forall(
            Device, Frame, lambda d, f: ~conj(s.acked[d], s.replaced[f], s.has_ats[d], s.atc[d, s.req, f])
        ),
    ),
    (
        "whoever is acknowledged was touched",
        lambda s: forall(Device, lambda d: implies(s.acked[d], s.touched[d])),
    ),
    (
        "nobody was touched before the walk",
        lambda s: forall(Device, lambda d: implies(s.touched[d], (s.call != Call.NONE) & (s.call != Call.ENTERED))),
    ),
    (
        "while a driver is at work for the ioctl, the device that it works for was touched",
        lambda s: forall(
            Device, lambda d: implies((s.call == Call.LOCKED) & (s.stage != Stage.IOTLB) & is_next(s, d), s.touched[d])
        ),
    ),
    (
        "the walk owes a visit to the devices that are on the lists while it runs",
        lambda s: forall(Device, lambda d: implies(s.call == Call.LOCKED, s.listed[d] == on_list(s, d))),
    ),
    (
        "after a walk that reports success no IOTLB has a replaced entry of the request",
        lambda s: forall(
            Unit, Domain, Frame,
            lambda u, x, f: ~conj(_walked(s), s.success(), s.replaced[f], s.iotlb[u, x, s.req, f])
        ),
    ),
    (
        "after a walk that reports success no ATC has a replaced entry of the request",
        lambda s: forall(
            Device, Frame,
            lambda d, f: ~conj(_walked(s), s.success(), s.replaced[f], s.has_ats[d], s.atc[d, s.req, f])
        ),
    ),
    (
        "a nested container gets no error",
        lambda s: implies((s.mode == Mode.NESTING) & (s.call == Call.LOCKED), s.success()),
    ),
    (
        "in a nested container whoever was visited has acknowledged",
        lambda s: forall(
            Device,
            lambda d: ~conj(s.mode == Mode.NESTING, s.call == Call.LOCKED, s.listed[d], ~s.todo[d], ~s.acked[d]),
        ),
    ),
    (
        "after a walk no IOTLB has a replaced entry of the request, whatever it reports",
        lambda s: forall(
            Unit, Domain, Frame, lambda u, x, f: ~conj(_walked(s), s.replaced[f], s.iotlb[u, x, s.req, f])
        ),
    ),
    (
        "after a walk no ATC has a replaced entry of the request, whatever it reports",
        lambda s: forall(
            Device, Frame, lambda d, f: ~conj(_walked(s), s.replaced[f], s.has_ats[d], s.atc[d, s.req, f])
        ),
    ),
    (
        "while the walk reports success so far, whoever was visited has acknowledged",
        lambda s: forall(Device, lambda d: implies(s.success() & s.listed[d] & ~s.todo[d], s.acked[d])),
    ),
    (
        "after a failure nobody is visited any more",
        lambda s: forall(Device, lambda d: implies(s.todo[d] & (s.lock == Lock.INVALIDATE), s.success())),
    ),
    (
        "a call that has not begun to walk reports nothing",
        lambda s: implies((s.call == Call.NONE) | (s.call == Call.ENTERED), s.success()),
    ),
    (
        "nobody is listed before the walk",
        lambda s: forall(Device, lambda d: implies(s.listed[d], (s.call != Call.NONE) & (s.call != Call.ENTERED))),
    ),
    (
        "a driver is at work for the ioctl only in a nested container",
        lambda s: implies((s.call == Call.LOCKED) & (s.stage != Stage.IOTLB), s.mode == Mode.NESTING),
    ),
    (
        "the walk runs only where a backend is set",
        lambda s: implies(s.lock != Lock.FREE, s.mode != Mode.NONE),
    ),
    (
        "whoever was touched is on the list of the call",
        lambda s: forall(Device, lambda d: implies(s.touched[d], s.listed[d])),
    ),
    (
        "the answer is one that the walk can give",
        lambda s: (s.ret == Errno.OK) | (s.ret == Errno.EINVAL) | (s.ret == Errno.ETIMEDOUT),
    ),
    (
        "what stage 2 maps is pinned",
        lambda s: forall(Domain, Frame, lambda x, f: implies(s.s2[x, f], s.pinned[f])),
    ),
    (
        "what an IOTLB holds is mapped at stage 2, or being unmapped",
        lambda s: forall(
            Unit, Domain, Iova, Frame,
            lambda u, x, i, f: implies(s.iotlb[u, x, i, f] & ~s.s2[x, f], (s.lock == Lock.UNMAP) & (f == s.unmapping)),
        ),
    ),
    (
        "what an IOTLB holds is pinned",
        lambda s: forall(Unit, Domain, Iova, Frame, lambda u, x, i, f: implies(s.iotlb[u, x, i, f], s.pinned[f])),
    ),
    (
        "what an ATC holds is pinned",
        lambda s: forall(Device, Iova, Frame, lambda d, i, f: implies(s.has_ats[d] & s.atc[d, i, f], s.pinned[f])),
    ),
    (
        "the unmap visits a device after its domain's stage 2 was cleared",
        lambda s: forall(Device, lambda d: ~conj(_unmapped(s, d), s.s2[s.domain(d), s.unmapping])),
    ),
    (
        "whom the unmap has visited has no entry of the frame in its unit's IOTLB",
        lambda s: forall(Device, Iova, lambda d, i: ~conj(_unmapped(s, d), s.in_iotlb(d, i, s.unmapping))),
    ),
    (
        "whom the unmap has visited has no entry of the frame in its ATC",
        lambda s: forall(
            Device, Iova, lambda d, i: ~conj(_unmapped(s, d), s.has_ats[d], s.atc[d, i, s.unmapping])
        ),
    ),
    (
        "while the unmap waits for an ATC, the IOTLB behind it has no entry of the frame",
        lambda s: forall(
            Device, Iova,
            lambda d, i: ~conj(_waiting(s, d), s.in_iotlb(d, i, s.unmapping) | s.s2[s.domain(d), s.unmapping])
        ),
    ),
    (
        "after the frame was unpinned nobody is to be visited",
        lambda s: forall(Device, lambda d: implies((s.lock == Lock.UNMAP) & ~s.pinned[s.unmapping], ~s.todo[d])),
    ),
    (
        "nothing names a reused frame, and no wait for it is open",
        lambda s: forall(Iova, Frame, lambda i, f: implies(s.reused[f], ~s.pte[i, f] & ~s.owed[i, f])),
    ),
    (
        "the guest waits for each stale entry of an IOTLB",
        lambda s: forall(
            Unit, Domain, Iova, Frame, lambda u, x, i, f: implies(s.iotlb[u, x, i, f] & ~s.pte[i, f], s.owed[i, f])
        ),
    ),
    (
        "the guest waits for each stale entry of an ATC",
        lambda s: forall(
            Device, Iova, Frame,
            lambda d, i, f: implies(s.has_ats[d] & s.atc[d, i, f] & ~s.pte[i, f], s.owed[i, f]),
        ),
    ),
    (
        "a call is for the invalidation that the guest has queued",
        lambda s: implies(s.call != Call.NONE, s.queued & (s.req == s.queued_iova)),
    ),
    (
        "a wait is about frames that were removed before the call",
        lambda s: forall(
            Frame, lambda f: implies((s.call != Call.NONE) & s.covers[f] & ~s.pte[s.queued_iova, f], s.replaced[f])
        ),
    ),
)  # fmt: skip
