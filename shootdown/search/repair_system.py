"""Facts of any system: what chosen actions write into chosen variables, with a knob for each thing that can be seen.

The view of such a fact: the variables of `seen` that the action reads or writes, and what the variable holds at the
point. Where a truth value is written, an option says the opposite of what the system writes there.
"""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shootdown.ir.expr import Expr, Op, Variable, conj, reads
from shootdown.ir.rewrite import before_step
from shootdown.ir.sorts import BoolSort, EnumSort, Sort
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


@dataclass
class Knobs:
    """The knobs of a sketch while it is made, in the order in which they are first read."""

    values: Mapping[str, tuple[str, ...]]
    spoken: Spoken
    found: dict[str, Knob] = field(default_factory=dict)

    def switch(self, name: str, fact: str, slot: str, where: Callable[[bool], str], says: tuple[str, str], now: Expr,
               view: Sequence[tuple[str, str, Expr]] = ()) -> Expr:  # fmt: skip
        """A truth value as the system has it or the opposite, by what is seen; `says` are words for false and true.

        `view`: name, words and condition of each case; where none of them holds nothing is open.
        """
        result = now
        for case, words, condition in view or (("", "", conj()),):
            both = []
            for value in (False, True):
                about = ", ".join(w for w in (words, where(value)) if w)
                knob = Knob(f"{name}|{case}|{value}", fact, about, (says[value], says[not value]), 0, f"{slot}|{value}")
                knob = self.found.setdefault(knob.name, knob)
                both.append(
                    knob.choose((literal(now.sort, str(value).lower()), literal(now.sort, str(not value).lower())))
                )
            result = _if(condition, _if(now, both[1], both[0]), result)
        return result

    def value(self, name: str, fact: str, slot: str, variable: Variable, now: Expr, seen: Sequence[Variable],
              where: str = "") -> Expr:  # fmt: skip
        """A value of the variable, by the values of what is seen: each one that the variable ever gets."""
        result = now
        for case in itertools.product(*(self.values[v.name] for v in seen)):
            at = dict(zip(seen, case, strict=True))
            knob, values = self._entry(name, fact, slot, variable, seen_as(now, at), at, where)
            here = conj(*(read(v, ()) == literal(v.sort, x) for v, x in at.items()))
            result = _if(here, self.found.setdefault(knob.name, knob).choose(values), result)
        return result

    def _entry(self, name: str, fact: str, slot: str, variable: Variable, now: Expr, at: Mapping[Variable, str],
               where: str) -> tuple[Knob, list[Expr]]:  # fmt: skip
        options = list(self.values[variable.name])
        if variable in at:  # keeping it comes first
            options.sort(key=lambda v: v != at[variable])
        words = [f"{'keep' if at.get(variable) == v else 'assign'} {self.spoken(variable, v)}" for v in options]
        values = [literal(variable.sort, v) for v in options]
        if now.op is Op.LIT and now.payload in options:
            default = options.index(str(now.payload))
        else:
            default, words, values = 0, ["as it is", *words], [now, *values]
        about = " and ".join([f"{v.name} is {self.spoken(v, x)}" for v, x in at.items()] + ([where] if where else []))
        return Knob("|".join([name, *at.values()]), fact, about, tuple(words), default, slot), values


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
                update = _open(action, update, near, facts[-1], knobs)  # noqa: PLW2901 # the same update, open
            updates.append(update)
        return replace(action, updates=tuple(updates))

    return replace(system, actions=tuple(map(opened, system.actions))), tuple(facts)


def _near(system: System, action: Action, seen: Collection[str]) -> list[Variable]:
    names = reads(action.guard).union(*(reads(u.value) | {u.variable.name} for u in action.updates))
    return [v for v in system.variables if v.name in seen and v.name in names]


def _open(action: Action, update: Update, near: Sequence[Variable], fact: str, knobs: Knobs) -> Update:
    variable = update.variable
    name = fact
    if not variable.args:
        return replace(update, value=knobs.value(name, fact, name, variable, update.value, near))
    old = read(variable, [Expr(Op.VAR, (), b.sort, b) for b in update.binders])
    says = (f"{variable.name} becomes false", f"{variable.name} becomes true")
    view = [
        (f"{was}|{'|'.join(case)}", " and ".join([f"{variable.name} is {'true' if was else 'false'}", *(
            f"{v.name} is {knobs.spoken(v, x)}" for v, x in zip(near, case, strict=True))]),
         conj(old if was else ~old, *(read(v, ()) == literal(v.sort, x) for v, x in zip(near, case, strict=True))))
        for was in (False, True)
        for case in itertools.product(*(knobs.values[v.name] for v in near))
    ]  # fmt: skip

    def new(now: Expr, _: bool) -> Expr:
        result = now
        for was in (False, True):
            part = [v for v in view if v[0].startswith(f"{was}|")]
            result = knobs.switch(name, fact, f"{name}|{was}", lambda _: "", says, result, part) if part else result
        return result

    return replace(update, value=written_points(update, new))
