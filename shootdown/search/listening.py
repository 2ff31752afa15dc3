"""A system cut down to the runs that show an observer one given sequence, and no more.

`listening` adds a counter to a system: how much of the sequence has been shown. An observed step is possible only as
the next of the sequence, with its arguments and with what is seen of it; steps that are not observed stay as they are.
Runs start with what is known as given. So a run of the result is a run of the system with a prefix of the sequence as
its view, and each of those runs is one of the result.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Expr, Op, Variable, conj, disj
from shootdown.ir.observation import Observation
from shootdown.ir.rewrite import instantiate
from shootdown.ir.sorts import BoolSort, EnumSort, Sort
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, Named, System
from shootdown.ir.trace import ConcreteState, Table
from shootdown.search.alike import Sight, term_of

HEARD = "heard"
"""Name of the counter."""


def listening(
    system: System, observation: Observation, start: Mapping[str, Table], view: Sequence[Sight]
) -> tuple[System, Expr]:
    """The system cut down to prefixes of `view`, and the formula that all of it was shown.

    `start` has a table for each variable whose start is known. A ModelError where `system` uses the counter's name.
    """
    if HEARD in system.by_name:
        raise ModelError(f"{system.name} has a state variable `{HEARD}`, which this question needs for itself", "")
    sort = EnumSort("Heard", tuple(str(k) for k in range(len(view) + 1)))
    heard = Variable(HEARD, (), sort, doc="how much of the sequence was shown")
    known = [Named(f"the known start of {n}", conj(*_equations(system.by_name[n], start[n]))) for n in sorted(start)]
    cut = replace(
        system,
        variables=(*system.variables, heard),
        init=(*system.init, *known, Named("nothing was shown", read(heard, ()) == literal(sort, 0))),
        actions=tuple(
            _listened(system, observation, a, view, heard) if observation.observes(a) else a for a in system.actions
        ),
        busy=None,
    )
    return cut, read(heard, ()) == literal(sort, len(view))


def literal(sort: Sort, value: int) -> Expr:
    """A value of a sort, as the interpreter has it, as an expression."""
    match sort:
        case EnumSort(values=values):
            return Expr(Op.LIT, (), sort, values[value])
        case BoolSort():
            return Expr(Op.LIT, (), sort, bool(value))
        case _:
            return Expr(Op.LIT, (), sort, value)


def without_counter(state: ConcreteState) -> ConcreteState:
    """A state of the system itself."""
    return {name: table for name, table in state.items() if name != HEARD}


def _equations(variable: Variable, table: Table) -> Iterator[Expr]:
    for point, value in sorted(table.items()):
        at = [literal(s, v) for s, v in zip(variable.args, point, strict=True)]
        yield read(variable, at) == literal(variable.sort, value)


def _listened(
    system: System, observation: Observation, action: Action, view: Sequence[Sight], heard: Variable
) -> Action:
    """The action as the next of the sequence."""
    places = [k for k, sight in enumerate(view) if sight.step.action == action.name]
    now = read(heard, ())
    fits = [conj(now == literal(heard.sort, k), *_as_seen(system, observation, action, view[k])) for k in places]
    following = literal(heard.sort, 0)
    for k in places:
        here = now == literal(heard.sort, k)
        following = Expr(Op.ITE, (here, literal(heard.sort, k + 1), following), heard.sort)
    return replace(
        action, guard=conj(action.guard, disj(*fits)), updates=(*action.updates, Update(heard, (), following))
    )


def _as_seen(system: System, observation: Observation, action: Action, sight: Sight) -> Iterator[Expr]:
    """The arguments and the values of the sight."""
    for binder, value in zip(action.params, sight.step.args, strict=True):
        yield Expr(Op.VAR, (), binder.sort, binder) == literal(binder.sort, value)
    terms = {seen.name: term_of(system, seen) for seen in observation.steps.get(action.name, ())}
    for value_ in sight.values:
        binders, term = terms[value_.name]
        at = {b.key: literal(b.sort, v) for b, v in zip(binders, value_.point, strict=True)}
        yield instantiate(term, at) == literal(term.sort, value_.value)
