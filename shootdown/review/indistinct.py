"""What an error leaves open: which devices were done in runs that end with the same answer.

From the start of a trace, every reachable state in which the call has returned with the same answer to the same
list of devices is looked at; the devices that were acknowledged there are a set that the answer cannot exclude.
Which devices have ATS is left open: no ioctl tells the VMM, and under `vtd-v10` it decides who is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shootdown.ir import Named, System, conj
from shootdown.ir.expr import Expr, Op
from shootdown.ir.ground import Sizes
from shootdown.ir.parse import parse_formula
from shootdown.ir.slice import cone
from shootdown.ir.sorts import BoolSort, EnumSort, Sort
from shootdown.ir.state import read
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.model.container import MEMBERSHIP
from shootdown.model.sorts import Call, Errno
from shootdown.search import explicit
from shootdown.search.breadth import Exploration
from shootdown.search.result import Limits

MOST_STATES = 200_000
"""Reachable states that are looked at; beyond that the list of sets may lack some."""

_SPEAKS_OF = ("call", "ret", "listed", "acked")
_UNKNOWN_TO_THE_VMM = ("has_ats",)

Devices = tuple[int, ...]
"""Devices by number, in order."""


@dataclass(frozen=True, slots=True)
class Indistinct:
    """Sets of acknowledged devices behind one answer: `here` in the trace, `others` in other runs from its start."""

    here: Devices
    others: tuple[Devices, ...]
    complete: bool


def returned(trace: Trace) -> ConcreteState | None:
    """The last state of the trace in which the call is back in user space; None where it never returned."""
    wanted = list(Call).index(Call.RETURNED)
    return next((s for s in reversed(trace.states) if s["call"][()] == wanted), None)


def indistinct(system: System, trace: Trace, observation: Sequence[str] = ("ret",)) -> Indistinct | None:
    """What the answer at the end of `trace` cannot tell apart; None where the call did not end in an error.

    `observation` are the variables in which the user sees the answer. Runs start where the trace starts.
    """
    end = returned(trace)
    if end is None or end["ret"][()] == list(Errno).index(Errno.OK):
        return None
    found, complete = _done_sets(_from_start(system, trace, observation), trace.sizes, end, observation)
    here = _done(end)
    return Indistinct(here, tuple(sorted(found - {here}, key=lambda s: (len(s), s))), complete)


def _from_start(system: System, trace: Trace, observation: Sequence[str]) -> System:
    """The slice that decides the answer; its runs start where the trace does, as far as the VMM can tell.

    Attach and detach are the VMM's own doing, so that it can tell them apart: they do not happen.
    """
    system = replace(system, actions=tuple(a for a in system.actions if a.name not in MEMBERSHIP))
    names = sorted({*_SPEAKS_OF, *observation})
    formulas = [_somewhere(system, name) for name in names]
    sliced = cone(system, formulas)
    start = conj(*_equations(sliced, trace.states[0]))
    return replace(sliced, init=(Named("the start of the trace", start),), busy=None)


def _somewhere(system: System, name: str) -> Expr:
    """A formula that reads the variable, whatever it says."""
    variable = system.by_name[name]
    binders = ", ".join(f"x{k}: {s}" for k, s in enumerate(variable.args))
    term = f"{name}({', '.join(f'x{k}' for k in range(len(variable.args)))})" if variable.args else name
    return parse_formula(f"forall {binders}. {term} == {term}" if binders else f"{term} == {term}", system)


def _equations(system: System, state: ConcreteState) -> Iterator[Expr]:
    for variable in (v for v in system.variables if v.name not in _UNKNOWN_TO_THE_VMM):
        for point, value in sorted(state[variable.name].items()):
            at = [_literal(s, v) for s, v in zip(variable.args, point, strict=True)]
            yield read(variable, at) == _literal(variable.sort, value)


def _literal(sort: Sort, value: int) -> Expr:
    match sort:
        case EnumSort(values=values):
            return Expr(Op.LIT, (), sort, values[value])
        case BoolSort():
            return Expr(Op.LIT, (), sort, bool(value))
        case _:
            return Expr(Op.LIT, (), sort, value)


def _done_sets(
    system: System, sizes: Sizes, end: ConcreteState, observation: Sequence[str]
) -> tuple[set[Devices], bool]:
    """The sets of acknowledged devices in reachable states that look like `end` to the user."""
    own = {s.name: sizes[s.name] for s in system.index_sorts}
    result = explicit.explored(system, (), own, Limits(states=MOST_STATES), symmetric=False)
    seen = ("call", "listed", *observation)
    found = {
        _done(state)
        for run in result.parts
        for state in _states(run)
        if all(state[name] == end[name] for name in seen)
    }
    return found, result.search.complete


def _states(run: Exploration) -> Iterator[ConcreteState]:
    layout = run.space.layout
    for word in run.visited.all().tolist():
        yield layout.unpack(word)


def _done(state: ConcreteState) -> Devices:
    return tuple(d for (d,), acked in sorted(state["acked"].items()) if acked and state["listed"][(d,)])
