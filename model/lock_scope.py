"""`iommu->lock` is dropped between devices: the container may change there (domain.md 2.1).

What is left to visit is remembered aside: a device that leaves is dropped from it, a device that joins is not on it,
and UNMAP_DMA may take the lock in between. The list semantics are [A]: a list walk that drops its lock needs them.
"""

from collections.abc import Iterable
from typing import Any

from shootdown.ir import Part, action, exists, forall, pre, require
from shootdown.model.container import on_list
from shootdown.model.ioctl import IOCTL
from shootdown.model.sorts import Call, Device, Lock


@action(actor="kernel", code=IOCTL, says="drops iommu->lock between two devices", silent=True)
def walk_drops_lock(s: Any) -> None:
    """A device is done and another is to be visited."""
    require(s.call == Call.LOCKED, s.lock == Lock.INVALIDATE, s.due, exists(Device, lambda d: s.todo[d]))
    s.lock = Lock.FREE
    s.left[:] = lambda d: s.todo[d]
    s.todo[:] = lambda d: s.todo[d] & False


@action(actor="kernel", code=IOCTL, says="takes iommu->lock again", silent=True)
def walk_takes_lock(s: Any) -> None:
    """Those that have left meanwhile are not visited."""
    require(s.call == Call.LOCKED, s.lock == Lock.FREE)
    s.lock = Lock.INVALIDATE
    s.todo[:] = lambda d: s.left[d] & on_list(s, d)
    s.left[:] = lambda d: s.left[d] & False
    s.due = False


def one_done(s: Any) -> None:
    """The driver's call for a device is over: the lock is dropped before the next."""
    s.due = True


def part(steps: Iterable[str]) -> Part:
    """Dropping and taking the lock; `steps` are the driver's, which need it."""
    p = Part("lock scope")
    p.variable("due", bool, doc="a device was visited since iommu->lock was taken")
    p.relation("left", Device, doc="still to be visited by the walk, which has dropped iommu->lock")
    p.init("the lock was not dropped", lambda s: ~s.due & forall(Device, lambda d: ~s.left[d]))
    p.act(walk_drops_lock, walk_takes_lock)

    def begin(s: Any) -> None:
        s.due = False

    def leaves(s: Any, g: Any) -> None:
        s.left[:] = lambda d: s.left[d] & (s.group_of(d) != g)

    def held(s: Any, *_: Any) -> None:
        require(s.lock == Lock.INVALIDATE, ~pre(s.due))

    def held_to_unlock(s: Any) -> None:
        require(pre(s.lock) == Lock.INVALIDATE)

    p.also("call_lock", begin)
    p.also("unset_container", leaves)
    p.also("call_unlock", held_to_unlock)
    for name in steps:
        p.also(name, held)
    return p
