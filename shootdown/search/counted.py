"""The bound on counted events of a run as a part of the system, for engines that look at one step at a time."""

from dataclasses import replace

from shootdown.ir.expr import Expr, Op, Variable, conj, ite
from shootdown.ir.schedule import scheduled
from shootdown.ir.sorts import EnumSort
from shootdown.ir.state import Update
from shootdown.ir.system import Action, Named, System
from shootdown.ir.trace import Candidate

COUNTER = "counted events"
"""Name of the variable that counts; no model can declare one of this name, because it is no identifier."""


def counted(system: System, most: int | None) -> System:
    """The system whose runs have at most `most` counted events; None leaves it as it is.

    With 0 the actions that count are gone; with more, a variable counts them and blocks one too many.
    """
    tallied = [a for a in system.actions if a.tally]
    if most is None or not tallied:
        return system
    if most == 0:
        return replace(system, actions=tuple(a for a in system.actions if not a.tally))
    sort = EnumSort("Counted", tuple(str(k) for k in range(most + 1)))
    variable = Variable(COUNTER, (), sort)
    return replace(
        system,
        variables=(*system.variables, variable),
        init=(*system.init, Named("nothing is counted yet", _is(variable, 0))),
        actions=tuple(_counting(a, variable, most) if a.tally else a for a in system.actions),
    )


def searched(system: System, most: int | None) -> System:
    """The system that an engine sees at one size, and of which the clauses of a proof there speak."""
    return counted(scheduled(system), most)


def without_counter(run: Candidate) -> Candidate:
    """The run as one of the system that does not count."""
    return replace(run, start={name: table for name, table in run.start.items() if name != COUNTER})


def _counting(action: Action, variable: Variable, most: int) -> Action:
    more = _value(variable, most)
    for k in reversed(range(most)):
        more = ite(_is(variable, k), _value(variable, k + 1), more)
    guard = conj(action.guard, ~_is(variable, most))
    return replace(action, guard=guard, updates=(*action.updates, Update(variable, (), more)))


def _value(variable: Variable, k: int) -> Expr:
    assert isinstance(variable.sort, EnumSort)
    return Expr(Op.LIT, (), variable.sort, variable.sort.values[k])


def _is(variable: Variable, k: int) -> Expr:
    return Expr(Op.READ, (), variable.sort, variable) == _value(variable, k)
