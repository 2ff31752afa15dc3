"""Rewriting of recorded expressions: substitution, constants folded on the way, a formula before a step.

`before_step(L, a)` is true in a state exactly if `L` is true after the action `a` (Dijkstra's weakest precondition of a
simultaneous assignment, without the guard). It speaks of one state only, so that no copy of the variables is needed.
"""

from collections.abc import Iterable, Iterator, Mapping

from shootdown.ir.expr import FALSE, TRUE, Binder, Expr, Op, Variable, fresh
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Update
from shootdown.ir.system import Action

Terms = Mapping[int, Expr]
"""Terms for bound variables, by the binder's key."""


def before_step(formula: Expr, action: Action) -> Expr:
    """What must hold before the step for `formula` to hold after it; the action's parameters are free in it."""
    return _Rewriter({u.variable.name: u for u in action.updates}).rewrite(formula, {})


def instantiate(expr: Expr, terms: Terms) -> Expr:
    """`expr` with terms in the place of its free bound variables; its own quantifiers get fresh variables."""
    return _Rewriter({}).rewrite(expr, terms)


def simplify(expr: Expr) -> Expr:
    """An equal expression without constants below a connective."""
    return _Rewriter({}).rewrite(expr, {})


def conjuncts(formula: Expr) -> Iterator[Expr]:
    """A formula as conditions that must all hold; `forall` is distributed over `&`."""
    if formula.op is Op.AND:
        for part in formula.args:
            yield from conjuncts(part)
    elif formula.op is Op.FORALL:
        for part in conjuncts(formula.args[0]):
            yield formula if part is formula.args[0] else Expr(Op.FORALL, (part,), BOOL, formula.payload)
    else:
        yield formula


class _Rewriter:
    """Reads of updated variables become the value that the update gives them; bound variables become terms."""

    def __init__(self, updates: Mapping[str, Update]) -> None:
        self.updates = updates

    def rewrite(self, expr: Expr, terms: Terms) -> Expr:
        payload = expr.payload
        if isinstance(payload, Binder):
            return terms.get(payload.key, expr)
        if expr.op in (Op.FORALL, Op.EXISTS) and isinstance(payload, tuple):
            return self._quantifier(expr, payload, terms)
        args = tuple(self.rewrite(a, terms) for a in expr.args)
        if isinstance(payload, Variable) and payload.name in self.updates:
            update = self.updates[payload.name]
            return instantiate(update.value, {b.key: a for b, a in zip(update.binders, args, strict=True)})
        return folded(expr, args)

    def _quantifier(self, expr: Expr, binders: tuple[Binder, ...], terms: Terms) -> Expr:
        renewed = [fresh(b.name, b.sort) for b in binders]
        inner = {**terms, **{old.key: new for old, (_, new) in zip(binders, renewed, strict=True)}}
        body = self.rewrite(expr.args[0], inner)
        if is_true(body) or is_false(body):
            return body  # no sort is empty
        return Expr(expr.op, (body,), BOOL, tuple(b for b, _ in renewed))


def folded(expr: Expr, args: tuple[Expr, ...]) -> Expr:
    """The operator of `expr` on other arguments, simplified where one of them is a constant."""
    match expr.op:
        case Op.NOT:
            return negation(args[0])
        case Op.AND:
            return junction(Op.AND, args)
        case Op.OR:
            return junction(Op.OR, args)
        case Op.EQ:
            return _equation(expr, *args)
        case Op.ITE:
            return _choice(expr, *args)
    return Expr(expr.op, args, expr.sort, expr.payload) if args else expr


def is_true(expr: Expr) -> bool:
    """Whether the expression is the constant true."""
    return expr.op is Op.LIT and expr.payload is True


def is_false(expr: Expr) -> bool:
    """Whether the expression is the constant false."""
    return expr.op is Op.LIT and expr.payload is False


def negation(expr: Expr) -> Expr:
    """Not, without double negation."""
    if is_true(expr) or is_false(expr):
        return FALSE if is_true(expr) else TRUE
    return expr.args[0] if expr.op is Op.NOT else Expr(Op.NOT, (expr,), BOOL)


def junction(op: Op, parts: Iterable[Expr]) -> Expr:
    """Conjunction or disjunction, flat and without constants."""
    zero = is_false if op is Op.AND else is_true
    unit = is_true if op is Op.AND else is_false
    flat: list[Expr] = []
    for part in parts:
        if zero(part):
            return part
        if not unit(part):
            flat += part.args if part.op is op else (part,)
    if not flat:
        return TRUE if op is Op.AND else FALSE
    return flat[0] if len(flat) == 1 else Expr(op, tuple(flat), BOOL)


def same(a: Expr, b: Expr) -> bool:
    """Whether two expressions are written alike."""
    if a is b:
        return True
    if a.op is not b.op or a.sort != b.sort or a.payload != b.payload or len(a.args) != len(b.args):
        return False
    return all(same(x, y) for x, y in zip(a.args, b.args, strict=True))


def _equation(expr: Expr, a: Expr, b: Expr) -> Expr:
    if a.op is Op.LIT and b.op is Op.LIT:
        return TRUE if a.payload == b.payload else FALSE
    if a.op is Op.LIT:
        a, b = b, a
    if a.op is Op.ITE and b.op is Op.LIT:
        c, x, y = a.args
        pushed = Expr(Op.ITE, (c, _equation(expr, x, b), _equation(expr, y, b)), BOOL)
        return _choice(pushed, *pushed.args)
    if is_true(b):
        return a
    if is_false(b):
        return negation(a)
    return TRUE if same(a, b) else Expr(Op.EQ, (a, b), BOOL)


def _choice(expr: Expr, condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    if is_true(condition):
        return then
    if is_false(condition):
        return otherwise
    if same(then, otherwise):
        return then
    if expr.sort != BOOL:
        return Expr(Op.ITE, (condition, then, otherwise), expr.sort)
    if is_true(then) or is_false(otherwise):
        return junction(Op.OR if is_true(then) else Op.AND, (condition, otherwise if is_true(then) else then))
    if is_false(then) or is_true(otherwise):
        return junction(
            Op.AND if is_false(then) else Op.OR, (negation(condition), otherwise if is_false(then) else then)
        )
    return Expr(Op.ITE, (condition, then, otherwise), BOOL)
