"""Several expressions in one state: what they have in common is evaluated once.

The interpreter walks an expression as it was recorded, so a part that occurs a thousand times is walked as often. Here
each part is given to it with the values of its arguments in their place. What a part means is decided there alone.
"""

from collections.abc import Mapping

from shootdown.ir.expr import Expr, Op
from shootdown.ir.interp import Sizes, evaluate
from shootdown.ir.sorts import BoolSort, CInt
from shootdown.ir.trace import ConcreteState

_PLAIN = (BoolSort, CInt)


def evaluate_each(exprs: Mapping[str, Expr], state: ConcreteState, sizes: Sizes) -> dict[str, int]:
    """The value of each closed expression, by its name."""
    known: dict[int, int] = {}
    return {name: _value(expr, state, sizes, known) for name, expr in exprs.items()}


def _value(expr: Expr, state: ConcreteState, sizes: Sizes, known: dict[int, int]) -> int:
    if id(expr) not in known:
        known[id(expr)] = _new(expr, state, sizes, known)
    return known[id(expr)]


def _new(expr: Expr, state: ConcreteState, sizes: Sizes, known: dict[int, int]) -> int:
    if expr.op is Op.ITE:
        condition, then, otherwise = expr.args
        return _value(then if _value(condition, state, sizes, known) else otherwise, state, sizes, known)
    if expr.op in (Op.FORALL, Op.EXISTS) or not all(isinstance(a.sort, _PLAIN) for a in expr.args):
        return evaluate(expr, state, sizes)
    args = tuple(_literal(a, _value(a, state, sizes, known)) for a in expr.args)
    return evaluate(Expr(expr.op, args, expr.sort, expr.payload), state, sizes)


def _literal(like: Expr, value: int) -> Expr:
    return Expr(Op.LIT, (), like.sort, bool(value) if isinstance(like.sort, BoolSort) else value)
