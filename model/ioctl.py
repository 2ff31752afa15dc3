"""VFIO_IOMMU_CACHE_INVALIDATE in the kernel: lock, walk over domains, groups and devices, unlock, return.

domain.md 1.2 and 1.3. `domain_list` and `group_list` are walked newest first, a group's devices in list order.
How the walk goes on after a device is the design's `after_device`. The two copies from user memory are private
to the call here; what a second thread can do between them belongs to the ABI.
"""

from typing import Any

from shootdown.ir import Part, action, disj, exists, forall, implies, ite, require
from shootdown.model import report
from shootdown.model.container import on_list, present
from shootdown.model.sorts import Call, Device, Domain, Errno, Found, Lock, Mode, Stage
from shootdown.model.world import World

WALK = "v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev"
IOCTL = "v1 7/8 vfio_iommu_type1.c: vfio_iommu_type1_ioctl"


def precedes(s: Any, e: Any, d: Any) -> Any:
    """`e` is visited before `d`: newer domain, then newer group, then list order in the group."""
    x, y = s.domain(e), s.domain(d)
    g, h = s.group_of(e), s.group_of(d)
    return disj(s.dom_newer[x, y], (x == y) & s.newer[g, h], s.before[e, d])


def is_next(s: Any, d: Any) -> Any:
    """`d` is the first device in the order of the walk that is still to be visited."""
    return s.todo[d] & forall(Device, lambda e: implies(s.todo[e], ~s.precedes(e, d)))


def nested_container(s: Any) -> Any:
    """A type1 container with a nested domain."""
    return (s.mode == Mode.NESTING) & exists(Domain, lambda x: present(s, x))


@action(actor="kernel", code="vfio.c: vfio_fops_unl_ioctl", says="no backend is set: the container answers -EINVAL")
def call_without_backend(s: Any) -> None:
    """Before SET_IOMMU the container refuses every ioctl that it does not know (kernel-facts.md)."""
    require(s.call == Call.ENTERED, s.mode == Mode.NONE)
    s.call = Call.UNLOCKED
    s.ret = Errno.EINVAL
    s.found = Found.NO_BACKEND


def to_visit(world: World, s: Any, d: Any) -> Any:
    """The walk that begins now is to visit the device."""
    walks = world.design.walks
    return on_list(s, d) if walks is None else walks(s, d) & on_list(s, d)


def begins(world: World, s: Any) -> None:
    """The call takes `iommu->lock`, and looks at the container."""
    require(s.call == Call.ENTERED, s.mode != Mode.NONE, s.lock == Lock.FREE)
    s.found = _found(s)
    report.clear(world, s)


def _locks(world: World) -> tuple[Any, ...]:
    design = world.design

    @action(actor="kernel", code=IOCTL, says="takes iommu->lock", silent=True)
    def call_lock(s: Any) -> None:
        """mutex_lock(&iommu->lock); the devices on the lists now are the ones that the walk owes a visit."""
        begins(world, s)
        if design.admits is not None:
            require(design.admits(s))
        s.call = Call.LOCKED
        s.lock = Lock.INVALIDATE
        s.listed[:] = lambda d: on_list(s, d)
        s.todo[:] = lambda d: to_visit(world, s, d)

    @action(actor="kernel", code=IOCTL, says="the mode check refuses the call: {after: ret}", tally="refused")
    def call_not_admitted(s: Any) -> None:
        """The design's own check, under the lock, before any effect."""
        begins(world, s)
        require(~design.admits(s))  # type: ignore[misc] # only taken up where there is a check
        s.call = Call.UNLOCKED
        s.ret = design.wrong_mode

    return (call_lock, call_not_admitted) if design.admits is not None else (call_lock,)


def _found(s: Any) -> Any:
    return ite(nested_container(s), Found.NESTED, Found.NOT_NESTED)


@action(actor="kernel", code=IOCTL, says="drops iommu->lock", silent=True)
def call_unlock(s: Any) -> None:
    """mutex_unlock(&iommu->lock) when no device is left to visit."""
    require(s.call == Call.LOCKED, s.stage == Stage.IOTLB, forall(Device, lambda d: ~s.todo[d]))
    s.call = Call.UNLOCKED
    s.lock = Lock.FREE


@action(actor="kernel", code=IOCTL, says="the ioctl returns {ret}")
def call_returns(s: Any) -> None:
    """`return ret` to user space; claims about the result are evaluated from here on."""
    require(s.call == Call.UNLOCKED)
    s.call = Call.RETURNED


@action(
    actor="kernel",
    code=IOCTL,
    says="copy_from_user faults: -EFAULT",
    fault=True,
    tally="efault",
    seen="any unmapped argument",
)
def copy_faults(s: Any) -> None:
    """The request cannot be read; nothing is walked."""
    require(s.call == Call.ENTERED, s.mode != Mode.NONE)
    s.call = Call.UNLOCKED
    s.ret = Errno.EFAULT
    s.found = _found(s)


@action(
    actor="kernel",
    code=IOCTL,
    says="kzalloc fails: -ENOMEM",
    fault=True,
    tally="enomem",
    seen="any allocation may fail",
)
def no_memory(s: Any) -> None:
    """No memory for the kernel's copy; nothing is walked."""
    require(s.call == Call.ENTERED, s.mode != Mode.NONE)
    s.call = Call.UNLOCKED
    s.ret = Errno.ENOMEM
    s.found = _found(s)


def part(world: World) -> Part:
    """The walk's variables and the steps around the driver's."""
    p = Part("ioctl")
    p.variable("stage", Stage, doc="where the driver is with the current device")
    p.variable("found", Found, doc="the kind of container that the call met")
    p.relation("todo", Device, doc="still to be visited by the walk that holds iommu->lock")
    p.relation("listed", Device, doc="on the container's list when the walk took iommu->lock")
    p.relation("acked", Device, doc="the kernel saw a successful completion for the device in this call")
    p.relation("touched", Device, doc="some invalidation of this call was carried out for the device")
    p.order("the order of the walk", Device, lambda s, d: s.todo[d], world.design.order or precedes)
    p.init("no walk", lambda s: (s.stage == Stage.IOTLB) & (s.found == Found.NESTED))
    p.act(call_without_backend, *_locks(world), call_unlock, call_returns)
    if not world.assumes("request_is_readable"):
        p.act(copy_faults, no_memory)
    return p
