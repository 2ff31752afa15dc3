"""Why calls return: hints for proofs over any number of elements, under the fairness of `shootdown.model.fairness`.

None of these is trusted; `shootdown.search.ranking` proves what they say, or does not.
"""

from collections.abc import Callable, Sequence
from typing import Any

from shootdown.ir import System
from shootdown.ir.ranking import Helps, Ranks, Shrinks, helps, ranking, shrinks
from shootdown.model.fairness import fair
from shootdown.model.sorts import Call, Device, Domain, Lock, Stage

LOOKS = ("call_lock", "call_not_admitted", "call_without_backend")
"""What a call may begin with: the container decides, which may change before the call has looked, again and again."""


def in_call(s: Any) -> Any:
    """A call of VFIO_IOMMU_CACHE_INVALIDATE is in progress."""
    return (s.call != Call.NONE) & (s.call != Call.RETURNED)


def call_returns(system: System) -> Ranks:
    """From its entry until it returns: the call takes the lock, visits each device on the lists, drops the lock."""
    rank = (
        shrinks("the call has not begun to walk", lambda s, *_: s.call == Call.ENTERED),
        shrinks("the call walks", lambda s, *_: s.call == Call.LOCKED),
        *_walk(system, lambda s: s.call == Call.LOCKED),
    )
    looks = [name for name in LOOKS if name in system.action]
    steps = [a.name for a in system.actions if _works(system, a.name) and a.name not in looks]
    own = [name for name in steps if not _of_unmap(name)]
    begins = helps(looks[0], lambda s: s.call == Call.ENTERED, again=_looks(system, looks[1:]))
    return ranking(rank, (begins, *(helps(name) for name in own)), region=in_call)


def _looks(system: System, names: Sequence[str]) -> Ranks:
    """Why a call that cannot begin in one way can begin in another: UNMAP_DMA drops the lock, then one of them fits."""
    if len(names) > 1:
        return ranking((), (helps(names[0], lambda s, *_: s.call == Call.ENTERED, again=_looks(system, names[1:])),))
    unmap = tuple(helps(a.name) for a in system.actions if _of_unmap(a.name) and _works(system, a.name))
    return ranking(_unmap(system), (*(helps(name) for name in names), *unmap))


def _works(system: System, name: str) -> bool:
    """Whether the action is a fair step below the VMM: of the kernel, a driver or a device."""
    fair_ones = {f.action for f in fair(system)}
    return name in fair_ones and system.action[name].actor not in ("VMM", "guest")


def _of_unmap(name: str) -> bool:
    return name.startswith("stage2_") or name in ("unpin", "unmap_returns")


def _walk(system: System, during: Callable[[Any], Any]) -> tuple[Shrinks, ...]:
    """What is still to be done of a walk that holds iommu->lock."""
    rows = [
        shrinks("devices still to be visited", lambda s, *ds: during(s) & s.todo[ds[-1]], (Device,)),
        shrinks("the IOTLB comes first", lambda s, *_: during(s) & (s.stage == Stage.IOTLB)),
        shrinks("an invalidation is to be submitted again", lambda s, *_: during(s) & (s.stage == Stage.AGAIN)),
    ]
    if "pending" in system.by_name:
        rows.append(shrinks("masters that have not answered", lambda s, *ds: s.pending[ds[-1]], (Device,)))
    return tuple(rows)


def _unmap(system: System) -> tuple[Shrinks, ...]:
    """What UNMAP_DMA has still to do before it drops the lock; nothing where the model has none."""
    if "s2" not in system.by_name:
        return ()
    return (
        shrinks("the frame is pinned", lambda s, *_: (s.lock == Lock.UNMAP) & s.pinned[s.unmapping]),
        shrinks(
            "domains that map the frame", lambda s, *xs: (s.lock == Lock.UNMAP) & s.s2[xs[-1], s.unmapping], (Domain,)
        ),
        *_walk(system, lambda s: s.lock == Lock.UNMAP),
    )


__all__ = ["Helps", "call_returns", "in_call"]
