"""What the model is believed to keep, whatever the design: hints for proofs over any number of elements.

None of these is trusted. A proof takes up those that it needs and proves them with the rest of its lemmas; one that is
false under withdrawn assumptions is dropped. The third one says that something *exists* for each entry of a cache,
which cannot be read off single states; the others save the search some work.
"""

from typing import Any

from shootdown.ir import exists, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.container import on_list, real
from shootdown.model.sorts import Call, Device, Domain, Errno, Frame, Group, Iova, Lock, Mode, Stage, Unit


def _serves(s: Any, u: Any, x: Any) -> Any:
    """Some device on the lists is behind the unit and in the domain."""
    return exists(Device, lambda d: on_list(s, d) & (s.unit_of(d) == u) & (s.domain(d) == x))


def _groups_ordered(s: Any) -> Any:
    return forall(
        Group, Group, lambda g, h: implies(real(s, g) & real(s, h) & (g != h), s.newer[g, h] | s.newer[h, g])
    )


def _domains_ordered(s: Any) -> Any:
    def ordered(g: Any, h: Any) -> Any:
        x, y = s.domain_of(g), s.domain_of(h)
        return implies(real(s, g) & real(s, h) & (x != y), s.dom_newer[x, y] | s.dom_newer[y, x])

    return forall(Group, Group, ordered)


CONJECTURES: tuple[tuple[str, Build], ...] = (
    (
        "the walk runs exactly while it holds iommu->lock",
        lambda s: (s.call == Call.LOCKED) == (s.lock == Lock.INVALIDATE),
    ),
    (
        "an IOTLB has entries only in NESTING",
        lambda s: forall(Unit, Domain, Iova, Frame, lambda u, x, i, f: implies(s.iotlb[u, x, i, f], s.mode == Mode.NESTING)),
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
    ("of two attached groups one is newer", _groups_ordered),
    ("of two domains with attached groups one is newer", _domains_ordered),
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
        "what the request's PTE names now was not replaced",
        lambda s: forall(Frame, lambda f: ~(s.pte[s.req, f] & s.replaced[f])),
    ),
)  # fmt: skip
