"""What a lemma may speak of besides the state variables: relations that the model defines by quantifiers.

A guard such as "`d` is the first device still to be visited" hides an alternation that no clause over the state
variables can say. Every quantified part of a guard or an update whose free variables are elements is therefore a
relation of its own, which diagrams list and lemmas may use.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shootdown.ir.expr import Binder, Expr, Op, Variable, fresh
from shootdown.ir.rewrite import instantiate, simplify
from shootdown.ir.sorts import BOOL, IndexSort
from shootdown.ir.system import System
from shootdown.search.firstorder import Names, text


@dataclass(frozen=True, slots=True)
class Derived:
    """A relation that a formula over the state defines; `relation` stands for it in diagrams."""

    relation: Variable
    binders: tuple[Binder, ...]
    formula: Expr

    def at(self, args: list[Expr]) -> Expr:
        """The formula at these elements."""
        return instantiate(self.formula, {b.key: a for b, a in zip(self.binders, args, strict=True)})

    def binding(self, point: tuple[int, ...]) -> dict[int, int]:
        """Values for the free variables of the formula."""
        return {b.key: v for b, v in zip(self.binders, point, strict=True)}


def derived(system: System) -> tuple[Derived, ...]:
    """The quantified parts of guards and updates, each once, in the order of a first look."""
    found: dict[str, Derived] = {}
    for part in _parts(system):
        free = _free(part)
        if not all(isinstance(b.sort, IndexSort) for b in free):
            continue
        pairs = [fresh(b.name, b.sort) for b in free]
        formula = instantiate(part, {b.key: e for b, (_, e) in zip(free, pairs, strict=True)})
        binders = tuple(b for b, _ in pairs)
        key = text(formula, Names({b.key: f"?{k}" for k, b in enumerate(binders)}))
        signature = f"{[str(b.sort) for b in binders]} {key}"
        if signature not in found:
            relation = Variable(f"?{len(found)}", tuple(b.sort for b in binders), BOOL)
            found[signature] = Derived(relation, binders, formula)
    return tuple(found.values())


def _parts(system: System) -> Iterator[Expr]:
    for action in system.actions:
        for formula in (action.guard, *(u.value for u in action.updates)):
            yield from _quantified(simplify(formula))


def _quantified(formula: Expr) -> Iterator[Expr]:
    """The outermost quantified parts."""
    if formula.op in (Op.FORALL, Op.EXISTS):
        yield formula
        return
    for arg in formula.args:
        yield from _quantified(arg)


def _free(formula: Expr) -> list[Binder]:
    """Free bound variables, in the order of a first look."""
    found: dict[int, Binder] = {}

    def look(expr: Expr, inner: frozenset[int]) -> None:
        payload = expr.payload
        if isinstance(payload, Binder):
            if payload.key not in inner:
                found.setdefault(payload.key, payload)
        elif isinstance(payload, tuple):
            inner |= {b.key for b in payload}
        for arg in expr.args:
            look(arg, inner)

    look(formula, frozenset())
    return list(found.values())
