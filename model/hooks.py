"""The functions of a design as the model calls them: what they raise, give and write is judged at the modeller's line.

A loop in the kernel sees `ret` and what the kernel keeps; it does not see what a cache holds, and cannot forbid what a
driver does. A design that could would be proved for a reason that no kernel has, so that is refused, and so is a loop
that gives another result when it is asked again.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from functools import wraps
from typing import Any

from shootdown.ir import FALSE, TRUE, Expr, ModelError, Part, ShootdownError, System, UsageError
from shootdown.ir.errors import did_you_mean, heard, is_users, place_of, raised_at, worded
from shootdown.ir.expr import fresh, lift, reads
from shootdown.ir.sorts import BoolSort, sort_of
from shootdown.ir.state import State
from shootdown.model.design import Design
from shootdown.model.design_checks import HOOKS, line_of
from shootdown.model.sorts import Errno
from shootdown.model.steadiness import CHANGING, FORGETFUL, Said, judged, said_in, set_apart
from shootdown.model.world import World

HIDDEN = (
    "pte", "iotlb", "atc", "s2", "dead", "lost", "was_blocked", "acked", "touched", "owed", "reused", "stray", "queued",
    "queued_iova", "covers", "replaced", "trespass", "handled", "out", "moved", "repeating", "had_iotlb", "had_atc",
    "had_blocked", "stopped",
)  # fmt: skip
"""Variables of the model that no kernel reads: what hardware and guest hold, and what the model records of a run."""

KEPT = (
    "group_of", "domain_of", "unit_of", "has_ats", "emulated", "before", "reset_takes", "mode", "lock", "attached",
    "users", "newer", "dom_newer", "blocked", "call", "ret", "req", "stage", "found", "todo", "listed", "count",
    "failing", "told_done", "told_failed", "entry_failed", "event_due", "pinned", "unmapping", "skip", "outdated",
    "resume_at", "spared",
)  # fmt: skip
"""The other variables of the model; a test compares the two lists with it."""

WRITABLE = ("ret", "todo", "blocked")
"""Those among them that a loop may assign, besides the variables of the design's own parts."""

TOLD = (
    "group_of", "emulated", "attached", "users", "mode", "ret", "count", "failing", "told_done", "told_failed",
    "entry_failed",
)  # fmt: skip
"""Those that a caller knows or may be told: what an answer is decoded from."""

_CONDITIONS = ("admits", "reported_done", "surely_done", "walks", "order", "asks_first")
_NO_CONSTANT = {
    "admits": "a check that is the same for every container; leave `admits` out, or read s.mode",
    "walks": "the same for every device; leave `walks` out, or say which devices are visited",
    "asks_first": "no moment; say when the driver is asked, or leave `asks_first` out",
    "order": "no order; write which of the two devices comes first, or leave `order` out",
}


def guarded(world: World) -> World:
    """The same world with every function of its design under guard that is not the tool's own: tests judge those."""
    design = world.design
    if design.nested_only and design.admits is None:
        where = line_of("nested_only", design.after_device)
        raise ModelError(f"`nested_only` of {design.name} is about what `admits` lets pass; it has no `admits`", where)
    users = {name for name in HOOKS if getattr(design, name) is not None and is_users(getattr(design, name))}
    if not users and not (callable(design.loop_says) and is_users(design.loop_says)):
        return world
    for name in users:
        set_apart(getattr(design, name))
    said = said_in(design, world.contract, world.policy, world.without, world.with_parts)
    found: dict[str, Any] = {name: _condition(name, design, said) for name in users.intersection(_CONDITIONS)}
    others: dict[str, Callable[[], Any]] = {
        "after_device": lambda: _loop("after_device", design, (), said),
        "reacts": lambda: _loop("reacts", design, (Errno,), said),
        "aimed": lambda: _term(design),
        "parts": lambda: _parts(design),
    }
    found |= {name: guard() for name, guard in others.items() if name in users}
    return replace(world, design=replace(design, loop_says=_words(design), **found))


def must_know(design: Design, own: frozenset[str]) -> None:
    """A ModelError where `known` names what is no variable of the design's own parts: too much would be known."""
    for name in design.known:
        if name not in own:
            there = did_you_mean(name, sorted(own)) if own else "; it has none"
            where = line_of("known", design.after_device)
            raise ModelError(f"`known` of {design.name} names `{name}`, no variable of its own `parts`{there}", where)


def must_be_written_by_a_caller(design: Design, system: System) -> None:
    """A ModelError where `writes` shows what a caller cannot write into a call: no two runs would look the same."""
    state = State(system.by_name, None, system.lets)
    for seen in design.writes:
        with _called("writes", design, seen.term):
            term = lift(seen.term(state, *(fresh("x", sort_of(sort))[1] for sort in seen.over)))
        if hidden := sorted(reads(term) & set(HIDDEN + KEPT) - set(TOLD)):
            raise ModelError(
                f"`writes` of {design.name} reads s.{hidden[0]}, which its caller does not know", place_of(seen.term)
            )


@contextmanager
def _called(name: str, design: Design, function: Callable[..., Any]) -> Iterator[None]:
    """What Python finds wrong is said at the modeller's line; what he prints is not part of an answer."""
    try:
        with redirect_stdout(sys.stderr), heard():
            yield
    except ShootdownError:
        raise
    except (Exception, SystemExit) as error:  # a function that ends the program has answered nothing
        place = place_of(function)
        where = raised_at(error, place.rpartition(":")[0]) or place
        raise ModelError(f"`{name}` of {design.name} fails: {worded(error)}", where) from error


def _loop(name: str, design: Design, kinds: tuple[type, ...], said: Said) -> Callable[[Any, Any, Any], Any]:
    """`after_device` or `reacts`: it gives nothing, or one of `kinds`."""
    function = getattr(design, name)
    where, alone = place_of(function), _alone(name, design)

    @wraps(function)
    def loop(s: Any, d: Any, ret: Any) -> Any:
        if isinstance(s, State) and (reason := judged(function, s, d, alone=alone)):
            raise ModelError(f"`{name}` of {design.name} {reason}", where)
        if isinstance(s, State) and said.loop_otherwise(name, function, s, d, ret):
            raise ModelError(f"`{name}` of {design.name} {FORGETFUL}", where)
        with _called(name, design, function), _watched(name, design, s, where):
            given = function(s, d, ret)
        if given is not None and not isinstance(given, kinds):
            wanted = "assign s.ret and s.todo" if not kinds else "return what the loop gets to see, an Errno or None"
            raise ModelError(f"`{name}` of {design.name} returns {_what(given)}, which would be lost; {wanted}", where)
        return given

    return loop


def _alone(name: str, design: Design) -> bool:
    """Nobody but this loop takes devices off `todo`."""
    return name == "after_device" and design.parts is None and design.reacts is None


def _condition(name: str, design: Design, said: Said) -> Callable[..., Any]:
    """A function that gives a condition; a truth of Python stands for itself where it can mean something."""
    function = getattr(design, name)
    where = place_of(function)
    kernels = name not in {"reported_done", "surely_done"}

    @wraps(function)
    def condition(s: Any, *args: Any) -> Any:
        times = said.times(name)
        said.at_first(name, function, s, args)
        with _called(name, design, function), _watched(name, design, s, where):
            asked = [function(s, *args) for _ in range(times)]
        if any(said.otherwise(name, args, given) for given in asked):
            raise ModelError(f"`{name}` of {design.name} {CHANGING}", where)
        given = asked[0]
        if isinstance(given, bool) and name in _NO_CONSTANT:
            raise ModelError(f"`{name}` of {design.name} gives {given}, {_NO_CONSTANT[name]}", where)
        if isinstance(given, bool):
            return TRUE if given else FALSE
        if not isinstance(given, Expr) or not isinstance(given.sort, BoolSort):
            raise ModelError(f"`{name}` of {design.name} gives {_what(given)}; a condition is needed", where)
        if kernels:
            _must_be_seen(name, design, reads(given), where)
        elif name == "reported_done":
            _must_be_told(design, reads(given), where)
        return given

    return condition


def _term(design: Design) -> Callable[[Any], Any]:
    """`aimed`, which gives an iova."""
    function, where = design.aimed, place_of(design.aimed)
    assert function is not None

    @wraps(function)
    def aimed(s: Any) -> Any:
        with _called("aimed", design, function), _watched("aimed", design, s, where):
            given = function(s)
        if not isinstance(given, Expr) or str(given.sort) != "Iova":
            raise ModelError(f"`aimed` of {design.name} gives {_what(given)}; an Iova is needed, such as s.req", where)
        return given

    return aimed


def _parts(design: Design) -> Callable[[World], tuple[Part, ...]]:
    function, where = design.parts, place_of(design.parts)
    assert function is not None

    @wraps(function)
    def parts(world: World) -> tuple[Part, ...]:
        with _called("parts", design, function):
            given = function(world)
        if not isinstance(given, tuple | list) or not all(isinstance(part, Part) for part in given):
            raise ModelError(f"`parts` of {design.name} gives {_what(given)}; a tuple of Part is needed", where)
        return tuple(given)

    return parts


def _words(design: Design) -> Callable[[Any], str] | str:
    """`loop_says`, whose mistakes are found when a trace is worded."""
    says = design.loop_says
    if not says:
        return ""
    where = "" if isinstance(says, str) else place_of(says)

    def words(view: Any) -> str:
        try:
            if isinstance(says, str):
                view.fill(says)
                return says
            with _called("loop_says", design, says):
                given = says(view)
        except UsageError as error:
            line = where or line_of("loop_says", design.after_device)
            raise ModelError(f"`loop_says` of {design.name} cannot be shown: {error}", line) from error
        if not isinstance(given, str):
            raise ModelError(f"`loop_says` of {design.name} gives {_what(given)}; text is needed", where)
        return given

    return words


@contextmanager
def _watched(name: str, design: Design, s: Any, where: str) -> Iterator[None]:
    """What a function records: no condition on the driver's step, nothing that is not the loop's to write."""
    recording = s._recording if isinstance(s, State) else None  # noqa: SLF001 # the state hides it from modellers
    if recording is None:
        yield
        return
    guards = len(recording.guards)
    before = {variable: len(writes) for variable, writes in recording.writes.items()}
    yield
    if len(recording.guards) > guards:
        sentence = f"`{name}` of {design.name} calls require(...), which would forbid what the driver does"
        raise ModelError(f"{sentence}; write ite(...)", where)
    for variable, writes in recording.writes.items():
        new = writes[before.get(variable, 0) :]
        if new and variable not in WRITABLE and variable in HIDDEN + KEPT:
            raise ModelError(
                f"`{name}` of {design.name} assigns s.{variable}, which is not the loop's to write; it may assign "
                "s.ret, s.todo, s.blocked and variables of the design's own parts",
                where,
            )
        for points, _, body in new:
            _must_be_seen(name, design, reads(body).union(*(reads(p) for p in points if p is not None)), where)


def _must_be_seen(name: str, design: Design, read: set[str], where: str) -> None:
    for variable in sorted(read.intersection(HIDDEN)):
        raise ModelError(
            f"`{name}` of {design.name} reads s.{variable}, which no kernel sees; there are: {', '.join(sorted(KEPT))}",
            where,
        )


def _must_be_told(design: Design, read: set[str], where: str) -> None:
    for variable in sorted(read.intersection(HIDDEN + KEPT).difference(TOLD)):
        raise ModelError(
            f"`reported_done` of {design.name} reads s.{variable}, which no answer tells; an answer is s.ret and the "
            "fields that `report` names, such as s.told_done[d] with `status`",
            where,
        )


def _what(value: object) -> str:
    """What a function gave, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, Expr):
        return f"a value of sort {value.sort}"
    return "a relation without its arguments" if type(value).__name__ == "Place" else repr(value)
