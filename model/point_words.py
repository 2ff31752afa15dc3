"""What reports and traces say of a point of the design space."""

from collections.abc import Callable, Iterator
from typing import Any

from shootdown.model.point import Fetch, LockScope, ModeCheck, Point, Reaction, Validate, Walk

_WALK_WORDS = {
    Walk.BREAK: "a failure leaves the groups of its domain",
    Walk.STOP: "the walk stops at the first failure",
    Walk.GO_ON: "every device is attempted",
}
_REACTION_WORDS = {
    Reaction.NOTHING: "",
    Reaction.RETRY: "a time-out is retried",
    Reaction.WIDEN: "a failure is answered by a wider flush",
    Reaction.DISABLE_ATS: "a time-out switches off ATS",
    Reaction.QUARANTINE: "a failing device is cut off",
    Reaction.FATAL: "a failure cuts off the whole container",
}


def summary_of(point: Point) -> str:
    """The point in a phrase."""
    return ", ".join(_clauses(point))


def _clauses(point: Point) -> Iterator[str]:
    yield _WALK_WORDS[point.walk]
    if point.validate is Validate.FIRST:
        yield "everybody is asked before the first flush"
    yield "reports " + (" and ".join(point.report) or "nothing")
    if words := _REACTION_WORDS[point.reaction]:
        yield words
    if point.mode_check is ModeCheck.UNDER_LOCK:
        yield "only a nested container is let in"
    if point.fetch is Fetch.PER_DEVICE:
        yield "each device reads the request"
    if point.lock is LockScope.DEVICE:
        yield "the lock is dropped between devices"


def loop_says(point: Point) -> Callable[[Any], str]:
    """What a failure leads to; a time-out is told from a refusal by where the driver stands."""

    def says(view: Any) -> str:
        timed_out = view.true("stage == ATC")
        if not timed_out and point.validate is Validate.FIRST:
            return "nothing is flushed"
        match point.reaction:
            case Reaction.RETRY if timed_out:
                return "the driver is called again"
            case Reaction.WIDEN if view.true("stage == ATC | widening == NONE"):
                return "the flush is widened"
            case Reaction.DISABLE_ATS if timed_out:
                return "ATS is to be switched off"
            case Reaction.QUARANTINE:
                return f"{view.get('d')} is cut off; {_walk_says(point.walk, view)}"
            case Reaction.FATAL:
                return f"every device is cut off; {_walk_says(point.walk, view)}"
        return _walk_says(point.walk, view)

    return says


def _walk_says(walk: Walk, view: Any) -> str:
    if walk is Walk.GO_ON:
        return "the walk goes on"
    same = " & domain(x) == domain(d)" if walk is Walk.BREAK else ""
    lost = view.elements("Device", f"todo(x) & x != d{same}", "x")
    how = "`break` leaves the domain" if walk is Walk.BREAK else "the walk stops"
    return how + (f": {', '.join(lost)} never tried" if lost else "")
