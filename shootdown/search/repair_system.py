"""Facts of any system: what chosen actions write into chosen variables, with a knob for each thing that can be seen.

The view of such a fact: the variables of `seen` that the action reads or writes, and what the variable holds at the
point. Where a truth value is written, an option says the opposite of what the system writes there.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shootdown.ir.expr import Expr, Op, Variable, conj, reads
from shootdown.ir.rewrite import before_step
from shootdown.ir.sorts import BOOL, BoolSort, EnumSort, Sort
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, System
from shootdown.search.facts import written_points
from shootdown.search.repair_sketch import Knob

Spoken = Callable[[Variable, str], str]
"""Words for a value of a variable."""


def literal(sort: Sort, value: str) -> Expr:
    """A value of an enumeration, or a truth value by the names `true` and `false`."""
    return Expr(Op.LIT, (), sort, value == "true" if isinstance(sort, BoolSort) else value)


def assigned(system: System, variable: Variable) -> tuple[str, ...]:
    """The values of an enumeration that some action writes or some start has, in the order of the sort."""
    sort = variable.sort
    assert isinstance(sort, EnumSort)
    updates = [u.value for a in system.actions for u in a.updates if u.variable == variable]
    starts = [n.formula for n in system.init if variable.name in reads(n.formula)]
    found = {n.payload for f in (*updates, *starts) for n in _nodes(f) if n.op is Op.LIT and n.sort == sort}
    return tuple(v for v in sort.values if v in found)


def _nodes(expr: Expr) -> Iterator[Expr]:
    yield expr
    for arg in expr.args:
        yield from _nodes(arg)


def seen_as(expr: Expr, values: Mapping[Variable, str]) -> Expr:
    """An expression where these variables (without arguments) have these values, simplified."""
    updates = tuple(Update(v, (), literal(v.sort, value)) for v, value in values.items())
    return before_step(expr, Action("seen", "", (), conj(), updates))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is open: how the names of its knobs begin, the fact, the slot, what is seen in every case.

    `likely`: the value to prefer after keeping the old one.
    """

    name: str
    fact: str
    slot: str
    where: str = ""
    likely: str = ""


Case = tuple[str, str, Expr]
"""A case of a view: its name, words for what is seen, the condition."""


@dataclass
class Knobs:
    """The knobs of a sketch while it is made, in the order in which they are first read.

    `values`: of each enumeration that is seen or written, the values that it may have.
    """

    values: Mapping[str, tuple[str, ...]]
    spoken: Spoken
    found: dict[str, Knob] = field(default_factory=dict)

    def switch(self, spot: Spot, says: tuple[str, str], now: Expr, view: Sequence[Case] = ()) -> Expr:
        """A truth value as the system has it or the opposite, by what is seen; `says` are words for false and true.

        Where none of the cases holds nothing is open.
        """
        result = now
        for case, words, condition in view or (("", "", conj()),):
            both = [self._either(spot, case, words, says, value=value) for value in (False, True)]
            result = _if(condition, _if(now, both[1], both[0]), result)
        return result

    def _either(self, spot: Spot, case: str, words: str, says: tuple[str, str], *, value: bool) -> Expr:
        """What stands where the system has this truth value."""
        where = " and ".join(w for w in (words, spot.where) if w)
        options = (says[value], says[not value])
        knob = Knob(f"{spot.name}|{case}|{value}", spot.fact, where, options, slot=f"{spot.slot}|{value}")
        return self._take(knob).choose([literal(BOOL, str(v).lower()) for v in (value, not value)])

    def value(self, spot: Spot, variable: Variable, now: Expr, seen: Sequence[Variable]) -> Expr:
        """A value of the variable, by the values of what is seen: each one that the variable may have."""
        result = now
        for case in itertools.product(*(self.values[v.name] for v in seen)):
            at = dict(zip(seen, case, strict=True))
            knob, values = self._entry(spot, variable, seen_as(now, at), at)
            here = conj(*(read(v, ()) == literal(v.sort, x) for v, x in at.items()))
            result = _if(here, self._take(knob).choose(values), result)
        return result

    def _entry(self, spot: Spot, variable: Variable, now: Expr, at: Mapping[Variable, str]) -> tuple[Knob, list[Expr]]:
        """The knob of one case and the values of its options: to keep the old value comes first."""
        old = at.get(variable, "")
        options = sorted(self.values[variable.name], key=lambda v: (v != old, v != spot.likely))
        words = [f"{'keep' if v == old else 'assign'} {self.spoken(variable, v)}" for v in options]
        values = [literal(variable.sort, v) for v in options]
        if now.op is Op.LIT and now.payload in options:
            default = options.index(str(now.payload))
        else:
            default, words, values = 0, ["as it is", *words], [now, *values]
        about = " and ".join([*(self.seen(v, x) for v, x in at.items()), *([spot.where] if spot.where else [])])
        return Knob("|".join([spot.name, *at.values()]), spot.fact, about, tuple(words), default, spot.slot), values

    def seen(self, variable: Variable, value: str) -> str:
        """`s.ret is -EINVAL`."""
        return f"s.{variable.name} is {self.spoken(variable, value)}"

    def _take(self, knob: Knob) -> Knob:
        return self.found.setdefault(knob.name, knob)


def _if(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    if condition.op is Op.AND and not condition.args:
        return then
    return Expr(Op.ITE, (condition, then, otherwise), then.sort)


def open_updates(
    system: System,
    actions: Collection[str],
    written: Collection[str],
    seen: Collection[str],
    knobs: Knobs,
    names: Mapping[str, str] | None = None,
) -> tuple[System, tuple[str, ...]]:
    """The system where each update of these variables by these actions is open, and the facts that these are.

    An update that reads a knob already is left alone. `names`: the fact's name for an action, where it has its own.
    """
    facts: list[str] = []

    def opened(action: Action) -> Action:
        if action.name not in actions:
            return action
        near = _near(system, action, seen)
        updates = []
        for update in action.updates:
            if update.variable.name in written and not any(n.startswith("!") for n in reads(update.value)):
                facts.append((names or {}).get(action.name, f"{action.name}: {update.variable.name}"))
                update = _open(update, near, facts[-1], knobs)  # noqa: PLW2901 # the same update, open
            updates.append(update)
        return replace(action, updates=tuple(updates))

    return replace(system, actions=tuple(map(opened, system.actions))), tuple(facts)


def _near(system: System, action: Action, seen: Collection[str]) -> list[Variable]:
    names = reads(action.guard).union(*(reads(u.value) | {u.variable.name} for u in action.updates))
    return [v for v in system.variables if v.name in seen and v.name in names]


def _open(update: Update, near: Sequence[Variable], fact: str, knobs: Knobs) -> Update:
    """The update with a knob for each case of what is near and of the old value."""
    variable = update.variable
    if not variable.args:
        return replace(update, value=knobs.value(Spot(fact, fact, fact), variable, update.value, near))
    old = read(variable, [Expr(Op.VAR, (), b.sort, b) for b in update.binders])
    says = ("assign false", "assign true")

    def new(now: Expr, _: bool) -> Expr:
        result = now
        for was in ("false", "true"):
            spot = Spot(f"{fact}|{was}", fact, f"{fact}|{was}")
            result = knobs.switch(spot, says, result, list(_cases(variable, was, old, near, knobs)))
        return result

    return replace(update, value=written_points(update, new))


def _cases(variable: Variable, was: str, old: Expr, near: Sequence[Variable], knobs: Knobs) -> Iterator[Case]:
    """What is seen where a relation holds, or does not, at the point that is written."""
    for case in itertools.product(*(knobs.values[v.name] for v in near)):
        at = list(zip(near, case, strict=True))
        words = [knobs.seen(variable, was), *(knobs.seen(v, x) for v, x in at)]
        conditions = [read(v, ()) == literal(v.sort, x) for v, x in at]
        yield "|".join(case), " and ".join(words), conj(old if was == "true" else ~old, *conditions)
