"""In which order a search lets the two runs of a product move: the same answers, from other states.

A claim about two runs speaks of a pair of states (p, q): the ends of two runs with the same observations so far.
Between two observations the steps of one copy neither read nor write what those of the other do, so that they commute:
every such pair is also reached, in as many steps, where after each observation all steps of copy 1 come first and then
all of copy 2. One bit, "copy 2 has moved", holds copy 1 back.

It may be narrowed. Where copy 1 stops, the next thing it does is observed, or it is p. Claims about two runs are asked
only where `Observation.at` holds in both (`shootdown.ir.pairs.asked`). So copy 2 begins only where copy 1 can take an
observed step, or where `at` holds in copy 1: pairs of states amid two observations are not met. A claim about copy 1
alone loses nothing, since copy 2 can always do the same. A claim about copy 2 alone, or about a pair that `at` does
not pick out, would lose states: claims have to be `asked`. Sound for slices, since a slice is a product of its own
kind: what an observed step that was sliced away demands of the copies does not restrict the variables that are left.

What it saves depends on how often copy 1 can take an observed step. Measured on `report-is-sufficient`, 1 or 2 devices:
where the lists stay as they are, 2 to 2.6 times fewer states; where groups come and go, which is observed and possible
at nearly every state, the bit costs more than it saves: 1.4 times as many states with two groups, up to 1.7 with one.
"""

from dataclasses import replace

from shootdown.ir.copying import renamed
from shootdown.ir.expr import FALSE, TRUE, Expr, Op, Variable, conj, disj, reads
from shootdown.ir.part import formula
from shootdown.ir.product import Product
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, Named, System

MOVED = "run_2_moves"
"""The scheduler's bit: copy 2 has taken a step since the last observation, so copy 1 waits for the next."""

_BIT = Variable(MOVED, (), BOOL, doc="run 2 has taken a step since the last observation")


def scheduled(system: System) -> System:
    """A product, or a slice of one, with its copies in order; any other system as it is.

    Its runs are runs of the system it is made of, step by step. Names of states and actions stay.
    """
    if not isinstance(system, Product) or MOVED in system.by_name:
        return system
    ready = _ready(system)
    return replace(
        system,
        variables=(*system.variables, _BIT),
        init=(*system.init, Named("run 2 has not moved", ~read(_BIT, ()))),
        actions=tuple(_in_turn(a, system.origin[a.name][1], ready) for a in system.actions),
    )


def _in_turn(action: Action, run: int, ready: Expr) -> Action:
    moved = read(_BIT, ())
    if run == 0:
        return replace(action, updates=(*action.updates, Update(_BIT, (), FALSE)))
    if run == 1:
        return replace(action, guard=conj(action.guard, ~moved))
    return replace(action, guard=conj(action.guard, moved | ready), updates=(*action.updates, Update(_BIT, (), TRUE)))


def _ready(system: Product) -> Expr:
    """Copy 1 may stop here: a claim may look at it, or it can take an observed step."""
    single, at = system.single, system.observation.at
    here = {system.origin[a.name] for a in system.actions}
    able = [_some(a) for a in single.actions if (a.name, 0) in here]
    ready = renamed(disj(TRUE if at is None else formula(single, at), *able), system.copies[0])
    return ready if at is not None and reads(ready) <= set(system.by_name) else TRUE


def _some(action: Action) -> Expr:
    return Expr(Op.EXISTS, (action.guard,), BOOL, action.params) if action.params else action.guard
