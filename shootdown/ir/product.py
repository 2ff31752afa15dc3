"""Two runs of one system side by side, as one system: what an observer of a run can tell from it.

`product` pairs runs that give an observer the same *sequence* of observations. The copies advance independently and
meet in the steps that are observed; how many other steps lie between, and whether a run goes on at all, is not seen. (A
product whose copies step together compares only runs of equal length, and falsely proves that little is enough.)

A variable that both copies know from the start, and that only observed steps change, and from what is shared itself, is
equal in both for ever: there is one of it. The order in which a search lets the copies move: `shootdown.ir.schedule`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from shootdown.ir.copying import (
    Names,
    copied_let,
    copied_order,
    copied_template,
    copied_text,
    copied_update,
    renamed,
)
from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, Op, Variable, conj, fresh, lift, reads
from shootdown.ir.observation import Observation, Seen
from shootdown.ir.sorts import BOOL, sort_of
from shootdown.ir.state import State, read
from shootdown.ir.system import Action, Named, System

RUNS = (1, 2)
"""The numbers of the copies."""


@dataclass(frozen=True)
class Product(System):
    """Two runs of `single` as one system. A slice of it, or one with more conditions, is a Product as well.

    `copies` are the variables of each copy, `origin` the single system's action of each action and the copy that takes
    it, 0 for both at once.
    """

    single: System = field(kw_only=True)
    observation: Observation = field(kw_only=True)
    copies: tuple[Names, Names] = field(kw_only=True)
    origin: Mapping[str, tuple[str, int]] = field(kw_only=True)

    @property
    def whole(self) -> bool:
        """Whether no variable has been sliced away."""
        return all(v.name in self.by_name for names in self.copies for v in names.values())

    @property
    def shared(self) -> frozenset[str]:
        """Variables of the single system of which there is one."""
        return frozenset(n for n, v in self.copies[0].items() if v is self.copies[1][n])

    def names_of(self, actions: Iterable[str]) -> frozenset[str]:
        """What the single system's actions are called here."""
        wanted = frozenset(actions)
        return frozenset(name for name, (own, _) in self.origin.items() if own in wanted)


def product(system: System, observation: Observation) -> Product:
    """The pairs of runs of `system` that look alike, as a system; a ModelError where the observation is none of its.

    What the system calls `x` is `x_1` and `x_2`, or still `x` where both copies share it; derived terms are `x_1` and
    `x_2`. An action that is not observed becomes two. Whether a call gets stuck is a question about single runs.
    """
    _check(system, observation)
    made = _Maker(system, observation)
    one, two = copies = made.copies
    actions = list(made.actions())
    known = [system.by_name[n] for n in observation.known if n not in made.shared]
    return Product(
        name=system.name,
        variables=tuple(dict.fromkeys([*one.values(), *two.values()])),
        axioms=tuple(made.conditions(system.axioms)),
        init=(
            *made.conditions(system.init),
            *(Named(f"both runs start with the same {v.name}", _equal(v, copies)) for v in known),
        ),
        actions=tuple(a for _, a in actions),
        assumptions=system.assumptions,
        working=system.working,
        notes=system.notes,
        orders=tuple(copied_order(o, copies[k - 1], f"{o.name} (run {k})") for o in system.orders for k in RUNS),
        lets={f"{n}_{k}": copied_let(f, copies[k - 1]) for n, f in system.lets.items() for k in RUNS},
        single=system,
        observation=observation,
        copies=copies,
        origin={a.name: origin for origin, a in actions},
    )


def in_copy(system: Product, expr: Expr, run: int) -> Expr:
    """An expression over the single system, said of the run with this number."""
    return renamed(expr, system.copies[run - 1])


def in_both(system: Product, expr: Expr) -> Expr:
    """A formula over the single system, said of both runs."""
    one, two = (in_copy(system, expr, k) for k in RUNS)
    return one if reads(expr) <= system.shared else conj(one, two)


def _check(system: System, observation: Observation) -> None:
    for name in observation.steps:
        if name not in system.action:
            raise ModelError(f"the observer sees `{name}`, which is no action of {system.name}", "")
    for name in observation.known:
        if name not in system.by_name:
            raise ModelError(f"the observer knows `{name}`, which is no state variable of {system.name}", "")
    words = {*system.by_name, *system.lets}
    made = [f"{n}_{k}" for n in sorted(words) for k in RUNS]
    steps = [f"{a}_{k}" for a in system.action for k in RUNS]
    if clash := [n for n in made if n in words] + [n for n in steps if n in system.action]:
        raise ModelError(f"{system.name} has a name `{clash[0]}`, which its pairs of runs need for themselves", "")


def _equal(variable: Variable, copies: tuple[Names, Names]) -> Expr:
    pairs = [fresh(f"x{k}", s) for k, s in enumerate(variable.args)]
    here = [e for _, e in pairs]
    one, two = (read(names[variable.name], here) for names in copies)
    return _for_all([b for b, _ in pairs], one == two)


def _for_all(binders: list[Binder], body: Expr) -> Expr:
    return Expr(Op.FORALL, (body,), BOOL, tuple(binders)) if binders else body


@dataclass(frozen=True)
class _Maker:
    """Writes the actions and conditions of a product."""

    system: System
    observation: Observation

    @cached_property
    def seen(self) -> frozenset[str]:
        """Names of the observed actions."""
        return frozenset(a.name for a in self.system.actions if self.observation.observes(a))

    @cached_property
    def shared(self) -> frozenset[str]:
        """Known variables that stay equal: only observed steps change them, from what is shared."""
        shared = set(self.observation.known)
        size = -1
        while size != len(shared):
            size = len(shared)
            for action in self.system.actions:
                for update in action.updates:
                    if action.name not in self.seen or not reads(update.value) <= shared:
                        shared.discard(update.variable.name)
        return frozenset(shared)

    @cached_property
    def copies(self) -> tuple[Names, Names]:
        """The variables of both copies."""
        one, two = ({v.name: self._copy(v, k) for v in self.system.variables} for k in RUNS)
        return one, two

    def _copy(self, v: Variable, run: int) -> Variable:
        if v.name in self.shared:
            return v
        return replace(v, name=f"{v.name}_{run}", doc=f"{v.doc} (run {run})" if v.doc else "")

    def conditions(self, conditions: Iterable[Named]) -> Iterator[Named]:
        """Each condition of both copies; once where it is about shared variables."""
        for named in conditions:
            if reads(named.formula) <= self.shared:
                yield named
            else:
                for k, names in zip(RUNS, self.copies, strict=True):
                    yield Named(f"{named.name} (run {k})", renamed(named.formula, names), named.doc)

    def actions(self) -> Iterator[tuple[tuple[str, int], Action]]:
        """Every action with where it comes from."""
        for action in self.system.actions:
            if action.name in self.seen:
                yield (action.name, 0), self._joint(action)
            else:
                yield from (((action.name, k), self._silent(action, k)) for k in RUNS)

    def _silent(self, action: Action, run: int) -> Action:
        """A step of one copy."""
        names = self.copies[run - 1]
        return replace(
            self._told(action, names),
            name=f"{action.name}_{run}",
            guard=renamed(action.guard, names),
            updates=tuple(copied_update(u, names) for u in action.updates),
        )

    def _joint(self, action: Action) -> Action:
        """An observed step of both copies at once: both can take it, and both look the same."""
        one, two = self.copies
        updates = [copied_update(u, one) for u in action.updates]
        updates += [copied_update(u, two) for u in action.updates if u.variable.name not in self.shared]
        same = [self._same(seen) for seen in self.observation.steps.get(action.name, ())]
        return replace(
            self._told(action, one),
            guard=conj(renamed(action.guard, one), renamed(action.guard, two), *same),
            updates=tuple(updates),
        )

    def _told(self, action: Action, names: Names) -> Action:
        actor = copied_template(self.system, action.actor, action.params, names)
        return replace(action, actor=actor, says=copied_text(self.system, action.says, names))

    def _same(self, seen: Seen) -> Expr:
        pairs = [fresh(f"x{k}", sort_of(s)) for k, s in enumerate(seen.over)]
        state = State(self.system.by_name, None, self.system.lets)
        term = lift(seen.term(state, *(e for _, e in pairs)))
        one, two = (renamed(term, names) for names in self.copies)
        return _for_all([b for b, _ in pairs], one == two)
