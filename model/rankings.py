"""Why calls return: hints for proofs over any number of elements, under the fairness of `shootdown.model.fairness`.

None of these is trusted; `shootdown.search.ranking` proves what they say, or does not. Who helps is read off the
system: the steps of kernel and drivers that are fair. What shrinks is read off its variables, by `_ROWS`: a design
whose parts keep more in mind than these know is not proved until they say what of it shrinks.

In words: a call that has not begun begins; then the walk has ever fewer devices to ask, and then to visit; at one
device it does each thing once (reads the request, flushes the IOTLB, gets an answer of the ATC, flushes more after a
failure); then it drops the lock and returns.
"""

from collections.abc import Callable, Sequence
from typing import Any

from shootdown.ir import System, formula
from shootdown.ir.ranking import Helps, Ranks, Shrinks, helps, ranking, shrinks
from shootdown.ir.rewrite import conjuncts, same
from shootdown.ir.system import Action
from shootdown.ir.temporal import Strength
from shootdown.model.fairness import fair
from shootdown.model.reactions import Widening
from shootdown.model.sorts import Call, Device, Domain, Lock, Stage

Holds = Callable[[Any], Any]


def in_call(s: Any) -> Any:
    """A call of VFIO_IOMMU_CACHE_INVALIDATE is in progress."""
    return (s.call != Call.NONE) & (s.call != Call.RETURNED)


def entered(s: Any) -> Any:
    """The call has not yet looked at the container."""
    return s.call == Call.ENTERED


def unmapping(s: Any) -> Any:
    """UNMAP_DMA is at work, which holds iommu->lock."""
    return s.lock == Lock.UNMAP


def call_returns(system: System) -> Ranks:
    """From its entry until it returns: the call takes the lock, visits each device on the lists, drops the lock."""
    rank = (
        shrinks("the call has not begun to walk", lambda s, *_: entered(s)),
        shrinks("the call walks", lambda s, *_: s.call == Call.LOCKED),
        *walk_rows(system, lambda s: s.call == Call.LOCKED),
    )
    return ranking(rank, call_helps(system), region=in_call)


def call_helps(system: System) -> tuple[Helps, ...]:
    """Who takes a call further: how it begins comes first, where it can begin at all, then every other step of it."""
    steps = [a for a in _working(system) if not _needs(system, a, unmapping)]
    begins = [a for a in steps if _needs(system, a, entered)]
    return (*_looks(system, begins), *(helps(a.name) for a in steps if a not in begins))


def _looks(system: System, begins: Sequence[Action]) -> tuple[Helps, ...]:
    """A call that cannot begin in one way can begin in another, or can once UNMAP_DMA has dropped the lock.

    The container may change just when it is looked at: whatever is strongly fair is tried in turn, each with a ranking
    that says why, while it cannot be taken, one of the others can. What is weakly fair comes last.
    """
    strong = [a.name for a in begins if _strengths(system)[a.name] is Strength.STRONG]
    weak = tuple(helps(a.name) for a in begins if a.name not in strong)
    inner = tuple(helps(a.name) for a in _working(system) if _needs(system, a, unmapping))
    if not (weak or inner) and strong:
        weak = (helps(strong.pop()),)
    found = ranking(_unmap(system), (*weak, *inner))
    for name in reversed(strong):
        found = ranking((), (helps(name, lambda s, *_: entered(s), again=found),))
    return found.helpful


def _working(system: System) -> list[Action]:
    """Fair steps of whoever finishes a call: kernel and drivers."""
    fair_ones = _strengths(system)
    return [a for a in system.actions if a.actor in system.working and a.name in fair_ones]


def _strengths(system: System) -> dict[str, Strength]:
    return {f.action: f.strength for f in fair(system)}


def _needs(system: System, action: Action, condition: Holds) -> bool:
    """The action is enabled only where the condition holds, which its guard says in so many words."""
    wanted = formula(system, condition)
    return any(same(part, wanted) for part in conjuncts(action.guard))


# --- What shrinks ----------------------------------------------------------------------------------------------------


def _flag(words: str, holds: Holds) -> Callable[[Holds], Shrinks]:
    return lambda during: shrinks(words, lambda s, *_: during(s) & holds(s))


def _devices(words: str, member: Callable[[Any, Any], Any]) -> Callable[[Holds], Shrinks]:
    return lambda during: shrinks(words, lambda s, *ds: during(s) & member(s, ds[-1]), (Device,))


_ROWS: tuple[tuple[str, Callable[[Holds], Shrinks]], ...] = (
    ("unchecked", _devices("devices still to be asked", lambda s, d: s.unchecked[d])),
    ("gone", _devices("entries whose device has left", lambda s, d: s.gone[d])),
    ("left", _devices("devices still to be visited, now or under the lock again", lambda s, d: s.todo[d] | s.left[d])),
    ("due", _flag("a device was visited since the lock was taken", lambda s: s.due)),
    ("due", _flag("the walk holds the lock", lambda s: s.lock == Lock.INVALIDATE)),
    ("todo", _devices("devices still to be visited", lambda s, d: s.todo[d])),
    ("widening", _flag("nothing more was flushed for the device", lambda s: s.widening == Widening.NONE)),
    ("widening", _flag("more of the IOTLB comes first", lambda s: s.widening == Widening.IOTLB)),
    ("disabling", _flag("the device's ATS is not being switched off", lambda s: ~s.disabling)),
    ("stage", _flag("the IOTLB comes first", lambda s: s.stage == Stage.IOTLB)),
    ("stage", _flag("an invalidation is to be submitted again", lambda s: s.stage == Stage.AGAIN)),
    ("fetched", _flag("the request is still to be read for the device", lambda s: ~s.fetched)),
    ("pending", _devices("masters that have not answered", lambda s, d: s.pending[d])),
)
"""What is still to be done of a walk, by the variable that a system has for it: what matters most stands first."""

_UNMAP_ROWS = ("todo", "stage")


def walk_rows(system: System, during: Holds, names: Sequence[str] = ()) -> tuple[Shrinks, ...]:
    """What is still to be done of a walk; with `names` by these variables alone."""
    return tuple(row(during) for name, row in _ROWS if name in system.by_name and (not names or name in names))


def _unmap(system: System) -> tuple[Shrinks, ...]:
    """What UNMAP_DMA has still to do before it drops the lock; nothing where the model has none."""
    if "s2" not in system.by_name:
        return ()
    return (
        shrinks("the frame is pinned", lambda s, *_: unmapping(s) & s.pinned[s.unmapping]),
        shrinks("domains that map the frame", lambda s, *xs: unmapping(s) & s.s2[xs[-1], s.unmapping], (Domain,)),
        *walk_rows(system, unmapping, _UNMAP_ROWS),
    )


__all__ = ["Holds", "call_helps", "call_returns", "in_call", "walk_rows"]
