"""Facts of a design: conditions under which its actions happen, and what they write. A system without some of them.

A guard's conjunct that is removed is true. An update that is removed is a *havoc*: where it writes, any value may
stand afterwards. Where an update writes single points (`s.todo[d] = ...`), the havoc writes parameters of the action
there, which are free. Where it writes many at once (`s.todo[:] = ...`), parameters are not enough: the havoc of `v`
writes `?v`, an input: a variable of the same shape without an initial condition, which an action of its own sets to any
value, one point at a time, whenever it likes.

That is what a havoc means. Sorts are finite, so before each step the inputs can be brought to any values whatsoever,
and those steps change nothing else: on the variables of the model, the runs are exactly those in which each havoc
chose freely. One input for each variable is enough, although several actions may read it: between two steps it can be
set anew. Without the action that sets it, an input would be a constant that nobody knows: a lemma might say that `v`
equals `?v`, and what it proves would be about havocs that choose the same value each time.

Removing facts only adds runs. So what is proved of the system without them holds of the system with them.
"""

import enum
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from shootdown.ir.expr import Binder, Expr, Op, Variable, conj, fresh, ite, reads, walk
from shootdown.ir.pretty import pretty
from shootdown.ir.rewrite import conjuncts, is_true
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, System

CHOOSE = "choose "
"""How the names of actions begin that set an input; nobody takes these steps."""

MARK = "?"
"""The first letter of an input's name."""


class Kind(enum.Enum):
    """What a fact is about."""

    GUARD = "guard"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Fact:
    """One conjunct of an action's guard, as it is printed, or the variable that the action writes.

    It means the same fact in every system that has it, whatever else differs.
    """

    action: str
    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.action}: {'requires' if self.kind is Kind.GUARD else 'writes'} {self.text}"


def facts_of(system: System, actions: Collection[str]) -> tuple[Fact, ...]:
    """Every fact about the named actions, in the order of the model; a conjunct that is always true is none."""
    found: dict[Fact, None] = {}
    for action in system.actions:
        if action.name in actions:
            found |= dict.fromkeys(fact for fact, part in guard_facts(action) if not is_true(part))
            found |= dict.fromkeys(update_fact(action, u) for u in action.updates)
    return tuple(found)


def guard_facts(action: Action) -> Iterator[tuple[Fact, Expr]]:
    """The conjuncts of a guard, each with the fact that it is."""
    for part in conjuncts(action.guard):
        yield Fact(action.name, Kind.GUARD, pretty(part)), part


def update_fact(action: Action, update: Update) -> Fact:
    """The fact that an action writes what this update says."""
    return Fact(action.name, Kind.UPDATE, update.variable.name)


def weaken(system: System, removed: Collection[Fact]) -> System:
    """The system without these facts."""
    gone = frozenset(removed)
    actions = tuple(_weaker(a, gone) for a in system.actions)
    read_ = {name for a in actions for u in a.updates for name in reads(u.value) if name.startswith(MARK)}
    inputs = [(v, input_of(v)) for v in system.variables if input_of(v).name in read_]
    return replace(
        system,
        variables=(*system.variables, *(i for _, i in inputs)),
        actions=(*actions, *(_set(v, i) for v, i in inputs)),
    )


def _weaker(action: Action, gone: frozenset[Fact]) -> Action:
    listed = list(guard_facts(action))
    left = [part for fact, part in listed if fact not in gone]
    guard = action.guard if len(left) == len(listed) else conj(*left)
    params: list[Binder] = []
    updates = tuple(havoc(u, params) if update_fact(action, u) in gone else u for u in action.updates)
    return replace(action, params=(*action.params, *params), guard=guard, updates=updates)


def input_of(variable: Variable) -> Variable:
    """The input that the havocs of a variable read."""
    return Variable(f"{MARK}{variable.name}", variable.args, variable.sort, doc=f"any value for {variable.name}")


def havoc(update: Update, params: list[Binder]) -> Update:
    """Any value where the update writes; where it leaves the variable alone, that stays so.

    Parameters that stand for values at single points are added to `params`.
    """

    def anything(_: Expr, point: bool) -> Expr:
        here = [Expr(Op.VAR, (), b.sort, b) for b in update.binders]
        return _param(update, params) if point else read(input_of(update.variable), here)

    return replace(update, value=written_points(update, anything))


def written_points(update: Update, new: Callable[[Expr, bool], Expr]) -> Expr:
    """The value of an update with something new wherever it writes; where it leaves the variable alone, that stays so.

    `new` gets what is written, and whether that is at a single point.
    """
    return _written(update.value, update, new)


def _written(value: Expr, update: Update, new: Callable[[Expr, bool], Expr]) -> Expr:
    if update.binders and _unchanged(value, update):
        return value
    if value.op is Op.ITE and update.binders and (points := _points(value.args[0], update.binders)):
        chosen = new(value.args[1], points == len(update.binders))
        return ite(value.args[0], chosen, _written(value.args[2], update, new))
    return new(value, not update.binders)


def _param(update: Update, params: list[Binder]) -> Expr:
    binder, chosen = fresh(f"any_{update.variable.name}", update.variable.sort)
    params.append(binder)
    return chosen


def _unchanged(value: Expr, update: Update) -> bool:
    same = value.op is Op.READ and value.payload == update.variable
    return same and all(a.payload == b for a, b in zip(value.args, update.binders, strict=True))


def _points(condition: Expr, binders: tuple[Binder, ...]) -> int:
    """How many of the binders the condition sets equal to something given; 0 where it says anything else."""
    equations = condition.args if condition.op is Op.AND else (condition,)
    fixed = [_fixed(e, binders) for e in equations]
    return len(fixed) if all(fixed) and len({b.key for b in fixed if b}) == len(fixed) else 0


def _fixed(equation: Expr, binders: tuple[Binder, ...]) -> Binder | None:
    """The binder that `b == term` fixes, where the term does not depend on the binders."""
    if equation.op is not Op.EQ:
        return None
    left, right = equation.args
    free = not any(isinstance(n.payload, Binder) and n.payload in binders for n in walk(right))
    return left.payload if isinstance(left.payload, Binder) and left.payload in binders and free else None


def _set(variable: Variable, chosen: Variable) -> Action:
    """The input takes any value at any one point."""
    at = [fresh(f"x{k}", s) for k, s in enumerate(chosen.args)]
    value, new = fresh("value", chosen.sort)
    here = [fresh(f"y{k}", s) for k, s in enumerate(chosen.args)]
    points = [h == a for (_, h), (_, a) in zip(here, at, strict=True)]
    old = read(chosen, [h for _, h in here])
    update = Update(chosen, tuple(b for b, _ in here), ite(conj(*points), new, old) if points else new)
    return Action(f"{CHOOSE}{variable.name}", "nobody", (*(b for b, _ in at), value), conj(), (update,), silent=True)
