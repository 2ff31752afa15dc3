"""`per-device-call`: the call names one device.

domain.md 3.4 (device-scoped caches are not reachable through a domain) and 1.4: on a device descriptor, or with an id
in the request. The errno is about that device, -ENODEV if it is not in the container. A success says nothing about the
others, so that the VMM has to call for each: the policies here ask one device after the other and end the guest's wait
when each was asked (report-and-complete) or has answered 0 (withhold-completion). No point of the design space.
"""

from typing import Any

from shootdown.ir import Part, action, forall, implies, require
from shootdown.ir.part import ActionSpec
from shootdown.model.container import on_list
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v1_stop
from shootdown.model.ioctl import IOCTL, nested_container
from shootdown.model.sorts import Call, Device, Errno, Found, Lock, Mode
from shootdown.model.vmm import forget
from shootdown.model.world import World


@action(actor="VMM", says="the next call is to be about {d}")
def vmm_names(s: Any, d: Device) -> None:
    """The device field of the request, or the descriptor on which the call is made."""
    require(s.call == Call.NONE)
    s.named = d


@action(actor="kernel", code=IOCTL, says="{named} is not in the container: -ENODEV", tally="refused")
def named_not_there(s: Any) -> None:
    """Looked up under the lock, before any effect."""
    require(s.call == Call.ENTERED, s.mode != Mode.NONE, s.lock == Lock.FREE, nested_container(s))
    require(~on_list(s, s.named))
    s.call = Call.UNLOCKED
    s.ret = Errno.ENODEV
    s.found = Found.NESTED


def _there(s: Any) -> None:
    require(on_list(s, s.named))


def _counts(world: World, s: Any) -> Any:
    """The answer is one after which the device need not be asked again for this invalidation."""
    return (s.ret == Errno.OK) | (world.policy == "report-and-complete")


def _next_call(world: World) -> ActionSpec:
    @action(actor="VMM", says="got {ret} for {named}, goes on to the other devices")
    def vmm_goes_on(s: Any) -> None:
        """The guest waits on while a device of the container was not asked."""
        require(s.call == Call.RETURNED, _counts(world, s), ~_others_asked(s))
        s.asked[s.named] = True
        forget(world, s)

    return vmm_goes_on


def _others_asked(s: Any) -> Any:
    return forall(Device, lambda d: implies(on_list(s, d) & (d != s.named), s.asked[d]))


def _parts(world: World) -> tuple[Part, ...]:
    p = Part("named device")
    p.variable("named", Device, doc="the device that the call names")
    p.act(vmm_names, named_not_there)
    p.also("call_lock", _there)
    if world.policy in ("report-and-complete", "withhold-completion"):
        p.relation("asked", Device, doc="the VMM has its answer for the device, for the invalidation in its hands")
        p.init("nobody was asked", lambda s: forall(Device, lambda d: ~s.asked[d]))
        p.act(_next_call(world))
        p.also("guest_queues", _ask_anew)
        p.also("vmm_completes", lambda s: require(_others_asked(s)))
    return (p,)


def _ask_anew(s: Any, _i: Any) -> None:
    s.asked[:] = lambda d: s.asked[d] & False


DESIGN = Design(
    name="per-device-call",
    source="domain.md 3.4, 1.4: a call on the device, or with its id",
    summary="the call is about one device, its errno is returned",
    after_device=type1_v1_stop.after_device,
    code="v1 7/8 vfio_iommu_type1.c: vfio_cache_inv_fn, for the device named",
    admits=nested_container,
    nested_only=True,
    wrong_mode=Errno.EINVAL,
    reported_done=lambda s, d: (s.ret == Errno.OK) & (d == s.named),
    known=("named",),
    walks=lambda s, d: d == s.named,
    parts=_parts,
    expects=(
        expect(
            "success-means-coherent", "R R R R",
            "0 is about the device that was named; another one's ATC is as stale as before",
        ),
        expect("failure-is-told", "A A R A", "only the device that was named is reported; SMMUv3 hides a time-out"),
        expect(
            "no-reuse-while-stale", "R R R R",
            "a VMM that has asked everybody completes although one was refused or has timed out, or it took -ENODEV "
            "for the answer about a device that joined while the call was on its way",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "the guest's wait ends when each device of the container has answered 0; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R V V",
            "VT-d refuses before any flush; a time-out comes after the IOTLB was flushed; the others return no error "
            "once they walk",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "A A A A", "the check under the lock answers -EINVAL before any effect"),
        expect(
            "report-is-sufficient", "- A - -",
            "the errno is about the one device that was named, and nobody else is attempted",
        ),
        expect(
            "report-is-useful", "- A - -",
            "after a success the one that was named is done, after an error nobody is",
        ),
        expect(
            "stale-is-unacknowledged", "- A - -",
            "the driver acknowledges a device after both its caches were flushed, and none refills from what is gone",
        ),
    ),
)  # fmt: skip
