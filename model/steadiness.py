"""Whether a modeller's loop says the same whenever it is asked: what it keeps in Python is in no state of the model."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from shootdown.ir.errors import heard
from shootdown.ir.expr import Binder, Expr, Op, equal
from shootdown.ir.fingerprint import formula_text
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Recording, State, Update, read, record
from shootdown.model.sorts import Errno

_FORGETFUL = (
    "gives another result when it is asked again, so it keeps something in Python, such as a global; a walk's memory "
    "is the state: read and assign s.ret and s.todo"
)
_ENDLESS = "takes no device off s.todo, whatever the driver answers, so that no call returns; add s.todo[d] = False"

_known: dict[int, tuple[object, str]] = {}
"""What was found out about a function, which is kept beside it: what it remembers would spoil a second look."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one call of the function records."""

    lines: tuple[str, ...] = ()
    written: frozenset[str] = frozenset()
    raised: bool = False


def judged(function: Callable[..., Any], s: State, d: Any, *, alone: bool) -> str:
    """What is wrong with a loop's function, as the rest of a sentence; empty where nothing is.

    It is asked about every answer there is, twice and in both orders. `alone`: no part of the design ends the walk.
    """
    if id(function) not in _known:
        _known[id(function)] = function, _judgement(function, s, d, alone=alone)
    return _known[id(function)][1]


def _judgement(function: Callable[..., Any], s: State, d: Any, *, alone: bool) -> str:
    if not isinstance(d, Expr) or not isinstance(d.payload, Binder):
        return ""
    there = [_outcome(function, s, d, ret) for ret in Errno]
    back = [_outcome(function, s, d, ret) for ret in reversed(Errno)]
    if there != back[::-1]:
        return _FORGETFUL
    answered = [o for o in there if not o.raised]
    if alone and answered and not any("todo" in o.written for o in answered):
        return _ENDLESS
    return ""


def _outcome(function: Callable[..., Any], s: State, d: Expr, ret: Errno) -> _Outcome:
    recording = Recording()
    variables, lets = s._variables, s._lets  # noqa: SLF001 # the state hides them from modellers
    given: list[object] = []
    try:
        with redirect_stdout(sys.stderr), heard(tell=False):
            record(lambda *args: given.append(function(*args, ret)), State(variables, recording, lets), (d,), recording)
        updates = recording.updates(variables)
        lines = [*(_line(update, d) for update in updates), *(_closed(guard, d) for guard in recording.guards)]
    except (Exception, SystemExit):  # it is told where the model really meets it
        return _Outcome(raised=True)
    kind = given[0].name if isinstance(given[0], Errno) else type(given[0]).__name__
    return _Outcome((kind, *lines), frozenset(update.variable.name for update in updates))


def _line(update: Update, d: Expr) -> str:
    here = [Expr(Op.VAR, (), binder.sort, binder) for binder in update.binders]
    return _closed(equal(read(update.variable, here), update.value), d, *update.binders)


def _closed(formula: Expr, d: Expr, *binders: Binder) -> str:
    assert isinstance(d.payload, Binder)
    return formula_text(Expr(Op.FORALL, (formula,), BOOL, (*binders, d.payload)))
