"""Why VMMs recover: hints for proofs over any number of elements, like those of `shootdown.model.rankings`.

In words. Whoever answers is invalidated: a call that does not owe the device a visit any more ends, and the VMM calls
again; then the call begins, walks, and has ever fewer devices before the one in question. Nothing but a fault takes a
device that answers from a walk; a design that leaves out whoever stands behind a dead device is not proved.
"""

from typing import Any

from shootdown.ir import System, exists
from shootdown.ir.ranking import Helps, Ranks, Shrinks, helps, ranking, shrinks
from shootdown.model.caches import cached
from shootdown.model.container import real
from shootdown.model.rankings import Holds, call_helps, walk_rows
from shootdown.model.sorts import Call, Device, Errno, Found, Mode

CALLS_AGAIN = ("vmm_calls_again", "vmm_withholds")
"""Steps with which a VMM takes a failed answer and lets the guest wait on."""


def waits(s: Any, i: Any, f: Any) -> Any:
    """The guest waits for an invalidation of the iova that was queued after it removed the frame."""
    return s.queued & (s.queued_iova == i) & s.covers[f]


def unserved(s: Any, d: Any, i: Any, f: Any) -> Any:
    """The guest waits for the frame; a device of the container that would answer has it cached, cut off or not."""
    return waits(s, i, f) & s.has_ats[d] & ~s.dead[d] & s.on_list(d) & cached(s, d, i, f) & ~s.pte[i, f]


def whoever_answers_is_invalidated(system: System) -> Ranks:
    """For a device, an iova and a frame: for as long as the device is not served."""
    rank = (
        shrinks("this call visits the device no more", lambda s, d, _i, _f: _behind(s, d)),
        *_phases(lambda _s: True),
        *walk_rows(system, lambda s: s.call == Call.LOCKED),
    )
    return ranking(rank, (*_calls(system), *call_helps(system)), region=unserved)


def _behind(s: Any, d: Any) -> Any:
    """The device is not among those that the call is still to visit."""
    return ((s.call == Call.LOCKED) & ~s.todo[d]) | (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)


def _phases(during: Holds) -> tuple[Shrinks, ...]:
    """Where a call stands, from before it is made."""
    names = {Call.NONE: "the VMM is to call", Call.ENTERED: "the call is to begin", Call.LOCKED: "the call walks",
             Call.UNLOCKED: "the call is to return"}  # fmt: skip
    return tuple(
        shrinks(words, lambda s, *_, phase=phase: during(s) & (s.call == phase)) for phase, words in names.items()
    )


def _calls(system: System) -> tuple[Helps, ...]:
    """A VMM makes the call that the guest waits for, and makes it again after an error."""
    calls = helps("vmm_calls", lambda s, _d, i, _f, j: (s.call == Call.NONE) & (j == i))
    return (calls, *(helps(name) for name in CALLS_AGAIN if name in system.action))


# --- The guest goes on -----------------------------------------------------------------------------------------------


def guest_goes_on(system: System) -> Ranks:
    """For an iova and a frame: from when the guest waits for them until it may use the frame again.

    A walk that fails, without a further fault, has met a dead device. That one is reset, so that it is dead no more, or
    has left and stays out until the wait is over: either way there is one less to fail the next walk. A call that finds
    no backend fails as well, again and again; but some day the VMM calls and finds one, in time for the walk to begin.

    A container that loses its backend and gets it back at each answer keeps the VMM from resetting anybody. Then again
    and again it is about to call and has no nested domain: some day it completes for that reason.
    """
    dead = shrinks(
        "dead devices that are not out for good", lambda s, *xs: s.dead[xs[-1]] & ~_out(s, xs[-1]), (Device,)
    )
    idle = helps("vmm_completes_idle", lambda *_: True, again=_by_walks(system))
    return ranking((dead,), (idle,), region=lambda s, i, f: waits(s, i, f) & s.owed[i, f] & ~s.pte[i, f])


def _by_walks(system: System) -> Ranks:
    """Why the wait ends as long as the VMM has a nested domain whenever it is about to call."""
    rank = (
        shrinks("dead devices that are still to fail a walk", lambda s, *xs: _pending(system, s, xs[-1]), (Device,)),
        shrinks("the walk has failed", lambda s, *_: _walk(s) & (s.ret != Errno.OK)),
        shrinks("no walk is made", lambda s, *_: ~_walk(s)),
        shrinks("the call walks", lambda s, *_: s.call == Call.LOCKED),
        shrinks("the call is to return", lambda s, *_: _walk(s) & (s.call == Call.UNLOCKED)),
        shrinks("devices still to be reset", lambda s, *xs: _to_reset(system, s, xs[-1]), (Device,)),
        shrinks("one of them waits for a backend", lambda s, *_: (s.mode == Mode.NONE) & _some_to_reset(system, s)),
        *walk_rows(system, lambda s: s.call == Call.LOCKED),
    )
    steps = [h for h in call_helps(system) if h.again is None and h.action != "call_returns"]
    helpful = (
        helps("call_lock", lambda s, *_: ~_walk(s), again=_some_day(system)),
        helps("call_returns", lambda s, *_: _walk(s) & (s.call == Call.UNLOCKED)),
        helps("vmm_completes"),
        helps("vmm_calls_again", lambda s, *_: _answered(s) & ((s.mode == Mode.NONE) | ~_some_to_reset(system, s))),
        helps("device_reset", lambda s, *xs: _to_reset(system, s, xs[-1]) & s.on_list(xs[-1])),
        *(h for h in steps if not _begins(h)),
    )
    return ranking(rank, helpful)


def _walk(s: Any) -> Any:
    """A walk is made, or the answer to one is at hand."""
    past = (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)
    return (s.call == Call.LOCKED) | (past & (s.found != Found.NO_BACKEND))


def _named(system: System, s: Any, d: Any) -> Any:
    return s.told_failed[d] if "told_failed" in system.by_name else s.failing[d]


def _out(s: Any, d: Any) -> Any:
    """The device has left, and stays out until the wait is over."""
    g = s.group_of(d)
    return s.out[g] & ~s.attached[g]


def _pending(system: System, s: Any, d: Any) -> Any:
    """The device is dead and may come under a walk; not if this walk has failed for it and it is to be dealt with."""
    met = _walk(s) & _named(system, s, d) & ~s.handled[d]
    return s.dead[d] & ~_out(s, d) & ~met


def _answered(s: Any) -> Any:
    """The answer to a walk that failed is at hand."""
    return _walk(s) & (s.call == Call.RETURNED) & (s.ret != Errno.OK)


def _to_reset(system: System, s: Any, d: Any) -> Any:
    return _answered(s) & _named(system, s, d) & real(s, s.group_of(d)) & ~s.handled[d]


def _some_to_reset(system: System, s: Any) -> Any:
    return exists(Device, lambda d: _to_reset(system, s, d))


def _begins(helpful: Helps) -> bool:
    return helpful.action in ("call_without_backend", "call_lock", "call_not_admitted")


def _some_day(system: System) -> Ranks:
    """Why the call can begin to walk again and again: the VMM calls when it has a nested domain, or completes."""
    again = ranking(
        (
            shrinks("the call is to begin", lambda s, *_: s.call == Call.ENTERED),
            shrinks("the call is to return", lambda s, *_: s.call == Call.UNLOCKED),
            shrinks("the answer is at hand", lambda s, *_: s.call == Call.RETURNED),
        ),
        tuple(helps(n) for n in ("call_without_backend", "call_returns", "vmm_calls_again", "vmm_completes_idle")),
    )
    return ranking((), (helps("vmm_calls", lambda _s, i, _f, j: j == i, again=again),))


__all__ = ["guest_goes_on", "unserved", "waits", "whoever_answers_is_invalidated"]
