"""How a user responds when an invalidation fails: for each VMM policy whether it is safe and whether the guest goes on.

*Safe*: no frame is reused while stale (`no-reuse-while-stale`). *Live*: every failure is followed by a coherent state,
and the guest goes on (`recoverable`). *Lost*: how many devices that had answered recovery stops. All three are searched
at small sizes; `shootdown check` asks the same of any number where it can.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shootdown.ir import Action, Claim, Expectation, System, UsageError, conj, exists
from shootdown.ir.expr import Expr, Op, lift, walk
from shootdown.ir.slice import cone
from shootdown.ir.state import State
from shootdown.ir.trace import ConcreteState
from shootdown.model.container import MEMBERSHIP
from shootdown.model.design import POLICIES, Design
from shootdown.model.report import variables
from shootdown.model.sorts import Call, Device, Errno
from shootdown.review.cache import Question
from shootdown.review.catalogue import did_you_mean, find_property
from shootdown.review.explore import LARGEST, at_small_sizes
from shootdown.review.problem import Request, system_of
from shootdown.search import explicit
from shootdown.search.question import Place, at_place
from shootdown.search.result import Limits

SAFE, LIVE, LOST = "no-reuse-while-stale", "recoverable", "no-healthy-device-lost"
"""The three questions about a policy."""

RESPONSES = tuple(p for p in POLICIES if p not in ("hostile", "withhold-completion"))
"""What a VMM may do about an error; `withhold-completion` is `retry-all` without the will to call again."""

MOST_STATES = 400_000
"""States that are listed for the devices that an outcome leaves open."""


class Standing(enum.Enum):
    """What becomes of a VMM that follows the policy."""

    LIVE = "safe and live"
    NEVER = "safe but never recovers"
    STALE = "stale"
    INEXPRESSIBLE = "not expressible"
    OPEN = "open"


def request_of(design: Design, name: str, policy: str, contract: str) -> Request:
    """One of the three questions as `check` would be asked it."""
    return Request(design, find_property(name), contract, policy)


def question_of(design: Design, name: str, policy: str, contract: str, after: str = "") -> Question:
    """The same at small sizes; `after`: of all errors only this one comes back."""
    request = request_of(design, name, policy, contract)
    system = system_of(request)
    return at_small_sizes(request, narrowed(system, after) if after else system)


def narrowed(system: System, errno: str) -> System:
    """Of all faults only those happen that show as this error; devices die only if that is how it shows.

    What is taken away are faults, and what follows from them alone: a run that is left, and a loop that is fair in it,
    is one of the whole model. Nobody asks of the runs who is stuck.
    """
    gone = {a.name for a in system.actions if a.fault and _errors(a) - {errno, Errno.OK.name}}
    if errno != Errno.ETIMEDOUT.name:
        gone |= {a.name for a in system.actions if a.name in _OF_THE_DEAD}
    return replace(system, actions=tuple(a for a in system.actions if a.name not in gone), busy=None)


_OF_THE_DEAD = ("dies", "dead_timed_out", "dead_silent", "dead_given_up", "widen_atc_dead")
"""Dying, and what only the dead do."""


def _errors(action: Action) -> set[str]:
    """The errors that a step may write into the result."""
    written = [u.value for u in action.updates if u.variable.name == "ret"]
    literals = (n for value in written for n in walk(value) if n.op is Op.LIT and str(n.sort) == Errno.__name__)
    return {str(n.payload) for n in literals}


# --- What an outcome leaves open -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """An answer to a call over a list of devices: the sets of devices that it may leave unacknowledged."""

    shown: tuple[tuple[str, tuple[int, ...]], ...]
    listed: tuple[int, ...]
    sets: tuple[tuple[int, ...], ...]


def errno_named(word: str) -> str:
    """`EINVAL` from `EINVAL` or `-EINVAL`. A UsageError lists the errors that the model knows."""
    name = word.removeprefix("-")
    known = [e.name for e in Errno if e is not Errno.OK]
    if name not in known:
        raise UsageError(f"there is no errno `{word}`{did_you_mean(name, known)}")
    return name


def left_open(design: Design, contract: str, errno: str) -> list[Left]:
    """What the error leaves open, by all that the answer shows besides and by the devices on the list.

    Every start at one domain, two groups, two devices and one unit is looked at. A UsageError where no call of the
    design ends like this.
    """
    request = request_of(design, SAFE, "report-and-complete", contract)
    system = system_of(request)
    system = replace(system, actions=tuple(a for a in system.actions if a.name not in MEMBERSHIP), busy=None)
    shown = [name for name in variables(design.report) if name != "ret"]
    state = State(system.by_name, None, system.lets)
    back = conj(state.call == Call.RETURNED, state.ret == lift(Errno[errno]))
    spoken = [back, *(_read(system, name) for name in ("listed", "acked", *shown))]
    sliced = cone(system, spoken)
    found: dict[tuple[object, ...], set[tuple[int, ...]]] = {}
    for sizes in _sizes(request):
        place = Place("sizes", {s.name: sizes[s.name] for s in sliced.index_sorts})
        for end in _ends(at_place(sliced, place), place, errno):
            key = (tuple((name, _true(end, name)) for name in shown), _true(end, "listed"))
            left = tuple(d for d in _true(end, "listed") if not end["acked"][d,])
            found.setdefault(key, set()).add(left)
    if not found:
        raise UsageError(f"no call of {design.name} under contract {contract} ends with -{errno}")
    rows = [Left(shown_, listed, _ordered(sets)) for (shown_, listed), sets in found.items()]  # type: ignore[arg-type]
    return sorted(rows, key=lambda r: (len(r.listed), r.listed, r.shown))


def _sizes(request: Request) -> Iterator[dict[str, int]]:
    for place in at_small_sizes(request).problem.places:
        if place.topology == "sizes" and place.sizes["Domain"] == 1 and place.sizes["Group"] == place.sizes["Device"]:
            yield place.sizes


def _read(system: System, name: str) -> Expr:
    """A formula that reads the variable, whatever it says."""
    variable = system.by_name[name]
    state = State(system.by_name, None, system.lets)
    if not variable.args:
        value: Expr = getattr(state, name)
        return value == value  # noqa: PLR0124 # a formula, not a comparison
    return exists(Device, lambda d: getattr(state, name)[d])


def _ends(system: System, place: Place, errno: str) -> Iterator[ConcreteState]:
    back, error = list(Call).index(Call.RETURNED), list(Errno).index(Errno[errno])
    claim = Claim("nothing", Expectation.ALWAYS, lift(True))
    run = explicit.explored(system, (claim,), place.sizes, Limits(states=MOST_STATES), symmetric=False)
    if not run.search.complete:
        raise UsageError(f"the outcomes cannot be listed: {run.search.reason}")
    for part in run.parts:
        layout = part.space.layout
        for word in part.visited.all().tolist():
            state = layout.unpack(word)
            if state["call"][()] == back and state["ret"][()] == error:
                yield state


def _true(state: ConcreteState, name: str) -> tuple[int, ...]:
    """The elements of which a relation holds, or the value of a variable without arguments."""
    table = state[name]
    return (table[()],) if () in table else tuple(d for (d,), told in sorted(table.items()) if told)


def _ordered(sets: set[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(sets, key=lambda s: (len(s), s)))


def policies_for(designs: Sequence[Design], given: Sequence[str]) -> list[str]:
    """The policies asked for, in the order of the table. A UsageError names one that does not exist."""
    for name in given:
        if name not in RESPONSES:
            raise UsageError(f"there is no response `{name}`{did_you_mean(name, list(RESPONSES))}")
    return [p for p in RESPONSES if not given or p in given] if designs else []


__all__ = [
    "LARGEST", "LIVE", "LOST", "RESPONSES", "SAFE", "Left", "Standing", "errno_named", "left_open", "narrowed",
    "policies_for", "question_of", "request_of",
]  # fmt: skip
