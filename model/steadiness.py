"""Whether a modeller's loop says the same whenever it is asked: what it keeps in Python is in no state of the model."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any

from shootdown.ir.errors import heard
from shootdown.ir.expr import Binder, Expr, Op, equal
from shootdown.ir.fingerprint import formula_text
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Recording, State, Update, read, record
from shootdown.model.anew import anew
from shootdown.model.sorts import Errno

FORGETFUL = (
    "gives another result when it is asked again, so it keeps something in Python, such as a global; a walk's memory "
    "is the state: read and assign s.ret and s.todo"
)
CHANGING = (
    "gives another result when it is asked again, so it keeps something in Python, or asks a clock or chance; what it "
    "gives follows from its arguments alone"
)
_ENDLESS = "takes no device off s.todo, whatever the driver answers, so that no call returns; add s.todo[d] = False"

_FIRST_TIMES = 10

_apart: dict[int, tuple[object, Callable[..., Any]]] = {}
"""Copies by function, which is kept beside its copy."""

_known: dict[int, tuple[object, str]] = {}
"""What was found out about a function, which is kept beside it: what it remembers would spoil a second look."""


def set_apart(function: Callable[..., Any]) -> None:
    """Keep a copy of a function from before any function of its design is asked."""
    if id(function) not in _apart:
        _apart[id(function)] = function, anew(function)


def unasked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of the function as it was before any function of its design was asked."""
    return anew(_apart[id(function)][1] if id(function) in _apart else function)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of the function records."""

    lines: tuple[str, ...] = ()
    written: frozenset[str] = frozenset()
    raised: bool = False


def judged(function: Callable[..., Any], s: State, d: Any, *, alone: bool) -> str:
    """What is wrong with a loop's function, as the rest of a sentence; empty where nothing is.

    It is asked about every answer there is, twice and in both orders, and each time for the first time by a copy.
    `alone`: no part of the design ends the walk.
    """
    if id(function) not in _known:
        _known[id(function)] = function, _judgement(function, s, d, alone=alone)
    return _known[id(function)][1]


def _judgement(function: Callable[..., Any], s: State, d: Any, *, alone: bool) -> str:
    if not isinstance(d, Expr) or not isinstance(d.payload, Binder):
        return ""
    first = [outcome(unasked(function), s, d, ret) for ret in Errno]
    there = [outcome(function, s, d, ret) for ret in Errno]
    back = [outcome(function, s, d, ret) for ret in reversed(Errno)]
    if there != back[::-1] or any(f != o and not f.raised for f, o in zip(first, there, strict=True)):
        return FORGETFUL
    answered = [o for o in there if not o.raised]
    if alone and answered and not any("todo" in o.written for o in answered):
        return _ENDLESS
    return ""


def outcome(function: Callable[..., Any], s: State, d: Expr, ret: Errno) -> Outcome:
    """What a loop's function records of a device, when it is asked on its own."""
    recording = Recording()
    variables, lets = s._variables, s._lets  # noqa: SLF001 # the state hides them from modellers
    given: list[object] = []
    try:
        with redirect_stdout(sys.stderr), heard(tell=False):
            record(lambda *args: given.append(function(*args, ret)), State(variables, recording, lets), (d,), recording)
        updates = recording.updates(variables)
        lines = [*(_line(update, d) for update in updates), *(_closed(guard, d) for guard in recording.guards)]
    except (Exception, SystemExit):  # it is told where the model really meets it
        return Outcome(raised=True)
    kind = given[0].name if isinstance(given[0], Errno) else type(given[0]).__name__
    return Outcome((kind, *lines), frozenset(update.variable.name for update in updates))


def _line(update: Update, d: Expr) -> str:
    here = [Expr(Op.VAR, (), binder.sort, binder) for binder in update.binders]
    return _closed(equal(read(update.variable, here), update.value), d, *update.binders)


def _closed(formula: Expr, d: Expr, *binders: Binder) -> str:
    assert isinstance(d.payload, Binder)
    return closed_text(formula, (*binders, d.payload))


def closed_text(formula: Expr, binders: tuple[Binder, ...]) -> str:
    """The formula for all values of the binders as text; of one that speaks of others, that it is none."""
    try:
        return formula_text(Expr(Op.FORALL, (formula,), BOOL, binders))
    except KeyError:
        return "about what another call was about"


class Said:
    """What the functions of one world's design have said so far, to compare with what they say later."""

    def __init__(self) -> None:
        self._said: dict[object, object] = {}

    def times(self, name: str) -> int:
        """How often a function is to be asked now: the first time as often as shows a throw of a coin."""
        return 2 if name in self._said else _FIRST_TIMES

    def at_first(self, name: str, function: Callable[..., Any], s: Any, args: tuple[Any, ...]) -> None:
        """Keep what a condition says before any function is asked; what is wrong with it is told when it is."""
        if name not in self._said:
            with suppress(Exception, SystemExit), redirect_stdout(sys.stderr), heard(tell=False):
                self.otherwise(name, args, unasked(function)(s, *args))

    def otherwise(self, name: str, args: tuple[Any, ...], value: object) -> bool:
        """Whether a function said something else of any elements when it was asked before: of devices, not of terms."""
        binders = tuple(a.payload for a in args if isinstance(a, Expr) and isinstance(a.payload, Binder))
        if not isinstance(value, Expr | bool) or len(binders) < len(args) or len(set(binders)) < len(args):
            return False
        text = closed_text(value, binders) if isinstance(value, Expr) else str(value)
        return self._said.setdefault(name, text) != text

    def loop_otherwise(self, name: str, function: Callable[..., Any], s: State, d: Any, ret: Errno) -> bool:
        """The same of a loop, which is asked on its own."""
        if not isinstance(d, Expr) or not isinstance(d.payload, Binder):
            return False
        found = outcome(function, s, d, ret)
        return not found.raised and self._said.setdefault((name, ret), found) != found


_worlds: dict[object, tuple[object, Said]] = {}


def said_in(design: object, *facts: object) -> Said:
    """What is compared in one world; it is built more than once for one answer, and the design is kept beside it."""
    return _worlds.setdefault((id(design), *facts), (design, Said()))[1]
