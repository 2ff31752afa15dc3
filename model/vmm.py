"""The VMM and its policy: when it calls the ioctl, and when it tells the guest that the wait is over.

design.md 5. `report-and-complete` completes whatever it got (QEMU's VT-d today, domain.md 3.5),
`withhold-completion` completes on success only and may issue the same call again, `hostile` calls what it
likes, when it likes, and lies to the guest. The policies that recover are in `shootdown.model.policies`.
"""

from typing import Any

from shootdown.ir import Part, action, forall, require
from shootdown.model import report
from shootdown.model.sorts import Call, Device, Errno, Found, Frame, Iova
from shootdown.model.world import World


def enter(s: Any, i: Any) -> None:
    """The call begins: the request is read, and what the guest had replaced by now is remembered."""
    s.call = Call.ENTERED
    s.req = i
    s.replaced[:] = lambda f: ~s.pte[i, f]


def forget(world: World, s: Any) -> None:
    """The VMM has taken the answer; nothing of the call is left."""
    report.clear(world, s)
    s.call = Call.NONE
    s.ret = Errno.OK
    s.found = Found.NESTED
    s.replaced[:] = lambda f: s.replaced[f] & False
    s.listed[:] = lambda d: s.listed[d] & False
    s.acked[:] = lambda d: s.acked[d] & False
    s.touched[:] = lambda d: s.touched[d] & False


def complete(s: Any) -> None:
    """The guest's wait is over: what it covers is owed no more."""
    s.queued = False
    s.owed[:, :] = lambda i, f: s.owed[i, f] & ~((i == s.queued_iova) & s.covers[f])
    s.covers[:] = lambda f: s.covers[f] & False


CALL = "VFIO_IOMMU_CACHE_INVALIDATE({i})"
UAPI = "v1 7/8 vfio.h: VFIO_IOMMU_CACHE_INVALIDATE"


def _calls(world: World) -> Any:
    @action(actor="VMM", code=UAPI, says=CALL)
    def vmm_calls(s: Any, i: Iova) -> None:
        """The VMM issues the call: for the trapped invalidation, or, if hostile, for anything."""
        require(s.call == Call.NONE)
        if world.policy != "hostile":
            require(s.queued, s.queued_iova == i)
        enter(s, i)

    return vmm_calls


def _answers(world: World) -> tuple[Any, ...]:
    @action(actor="VMM", says="takes the answer {ret}")
    def vmm_takes_answer(s: Any) -> None:
        """A hostile VMM reads the result and owes nobody anything."""
        require(s.call == Call.RETURNED)
        forget(world, s)

    @action(actor="VMM", says="completes the guest's wait without any reason")
    def vmm_lies(s: Any) -> None:
        """A hostile VMM completes the wait at any time."""
        require(s.queued)
        complete(s)

    @action(actor="VMM", says="got {ret}, completes the guest's wait")
    def vmm_completes(s: Any) -> None:
        """The guest is told that its invalidation is done."""
        require(s.call == Call.RETURNED)
        if world.policy == "withhold-completion":
            require(s.success())
        complete(s)
        forget(world, s)

    @action(actor="VMM", says="got {ret}, withholds the completion")
    def vmm_withholds(s: Any) -> None:
        """The guest waits on; the same call may be issued again."""
        require(s.call == Call.RETURNED, ~s.success())
        forget(world, s)

    by_policy = {
        "hostile": (vmm_takes_answer, vmm_lies),
        "report-and-complete": (vmm_completes,),
        "withhold-completion": (vmm_completes, vmm_withholds),
    }
    return by_policy.get(world.policy, ())  # the others are in `policies`


def part(world: World) -> Part:
    """The call as the VMM sees it, and the VMM's actions."""
    p = Part("vmm")
    p.variable("call", Call, doc="where VFIO_IOMMU_CACHE_INVALIDATE stands")
    p.variable("ret", Errno, doc="the ioctl's result so far")
    p.variable("req", Iova, doc="the iova that the request names")
    p.relation(
        "replaced", Frame, doc="the guest had replaced req -> frame when the call was entered, and has not restored it"
    )
    p.init("no call is in progress", lambda s: (s.call == Call.NONE) & (s.ret == Errno.OK))
    p.init("nothing is remembered", lambda s: forall(Frame, lambda f: ~s.replaced[f]))
    p.init(
        "nobody was visited", lambda s: forall(Device, lambda d: ~(s.listed[d] | s.acked[d] | s.touched[d] | s.todo[d]))
    )
    p.act(_calls(world), *_answers(world))
    return p
