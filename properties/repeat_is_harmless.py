"""Issuing the same request again makes nothing worse (design.md 7)."""

from typing import Any

from shootdown.ir import Part, Property, State, action, always, conj, exists, forall, require, sometimes
from shootdown.ir.part import ActionSpec
from shootdown.model.build import KERNEL
from shootdown.model.sorts import Call, Device, Domain, Errno, Found, Frame, Iova, Unit


@action(actor="VMM", says="VFIO_IOMMU_CACHE_INVALIDATE({req}) again, at once")
def vmm_repeats(s: Any) -> None:
    """The same request is issued again; the caches as they are now are remembered."""
    require(s.call == Call.RETURNED)
    s.call = Call.ENTERED
    s.ret = Errno.OK
    s.found = Found.NESTED
    s.replaced[:] = lambda f: ~s.pte[s.req, f]
    for flag in (s.listed, s.acked, s.touched):
        flag[:] = lambda d: s.blocked[d] & False
    s.repeating = True
    s.had_iotlb[:, :, :, :] = lambda u, x, i, f: s.iotlb[u, x, i, f]
    s.had_atc[:, :, :] = lambda d, i, f: s.atc[d, i, f]
    s.had_blocked[:] = lambda d: s.blocked[d]


def _watch(s: State, spec: ActionSpec) -> None:
    """Any step that is neither the kernel's nor the driver's ends the comparison."""
    if spec.options["actor"] in KERNEL or spec.name == "vmm_repeats":
        return
    s.repeating = False
    s.had_iotlb[:, :, :, :] = lambda u, x, i, f: s.had_iotlb[u, x, i, f] & False
    s.had_atc[:, :, :] = lambda d, i, f: s.had_atc[d, i, f] & False
    s.had_blocked[:] = lambda d: s.had_blocked[d] & False


def _monitor() -> Part:
    p = Part("repeat")
    p.variable("repeating", bool, doc="only kernel and driver steps since the same call was issued again")
    p.relation("had_iotlb", Unit, Domain, Iova, Frame, doc="IOTLB entries when the call was repeated")
    p.relation("had_atc", Device, Iova, Frame, doc="ATC entries when the call was repeated")
    p.relation("had_blocked", Device, doc="devices cut off when the call was repeated")
    p.init("no repetition", lambda s: ~s.repeating)
    p.init(
        "nothing is remembered of caches",
        lambda s: (
            ~exists(Unit, Domain, Iova, Frame, lambda u, x, i, f: s.had_iotlb[u, x, i, f])
            & ~exists(Device, Iova, Frame, lambda d, i, f: s.had_atc[d, i, f])
            & ~exists(Device, lambda d: s.had_blocked[d])
        ),
    )
    p.act(vmm_repeats)
    p.monitor(_watch)
    return p


def _again(s: Any) -> Any:
    return s.repeating & (s.call == Call.RETURNED)


PROPERTY = Property(
    name="repeat-is-harmless",
    sentence=(
        "If the same request is issued again and only kernel and driver steps happen between the two returns, "
        "then stale entries, blocked and lost devices after the second are subsets of those after the first."
    ),
    claims=(
        always(
            "no new stale IOTLB entry",
            lambda s: forall(
                Unit, Domain, Iova, Frame,
                lambda u, x, i, f: ~conj(_again(s), s.iotlb[u, x, i, f], ~s.pte[i, f], ~s.had_iotlb[u, x, i, f]),
            ),
            says="worse: the repetition leaves a stale {i} -> {f}, domain {x}, in the IOTLB of {u}, not there before",
        ),
        always(
            "no new stale ATC entry",
            lambda s: forall(
                Device, Iova, Frame,
                lambda d, i, f: ~conj(_again(s), s.has_ats[d], s.atc[d, i, f], ~s.pte[i, f], ~s.had_atc[d, i, f]),
            ),
            says="worse: the repetition leaves a stale {i} -> {f} in the ATC of {d}, which was not there",
        ),
        always(
            "no device newly cut off",
            lambda s: forall(Device, lambda d: ~conj(_again(s), s.blocked[d], ~s.had_blocked[d])),
            says="worse: the repetition cuts {d} off, which it was not before",
        ),
    ),
    companions=(
        sometimes(
            "a repeated call returns while some entry was stale before",
            lambda s: _again(s)
            & exists(Unit, Domain, Iova, Frame, lambda u, x, i, f: s.had_iotlb[u, x, i, f] & ~s.pte[i, f]),
        ),
    ),
    policy="hostile",
    reach="guest-internal",
    monitor=_monitor,
)  # fmt: skip
