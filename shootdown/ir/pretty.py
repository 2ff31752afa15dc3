"""Formulas and updates as text, with the fewest parentheses; `shootdown.ir.parse` reads them back.

Weakest first: quantifiers, `->`, `|`, `&`, `~`, comparisons, then the operators of C integers.
"""

from collections.abc import Mapping

from shootdown.ir.expr import Binder, Expr, Op, Variable, reads, walk
from shootdown.ir.sorts import CInt, EnumSort, IndexSort
from shootdown.ir.state import Update

_QUANTIFIER, _IMPLIES, _OR, _AND, _NOT, _COMPARE, _BITS, _SHIFT, _SUM, _PRODUCT, _ATOM = range(11)

_INFIX = {
    Op.EQ: ("==", _COMPARE), Op.LT: ("<", _COMPARE), Op.LE: ("<=", _COMPARE), Op.ADD: ("+", _SUM), Op.SUB: ("-", _SUM),
    Op.MUL: ("*", _PRODUCT), Op.SHL: ("<<", _SHIFT), Op.SHR: (">>", _SHIFT),
    Op.BITAND: ("bitand", _BITS), Op.BITOR: ("bitor", _BITS), Op.BITXOR: ("bitxor", _BITS),
}  # fmt: skip
_NEGATED = {Op.EQ: "!=", Op.LT: ">=", Op.LE: ">"}

Names = Mapping[int, str]
"""How a binder is called where it is printed, by its key."""


def pretty(expr: Expr) -> str:
    """The expression as a reader would write it; binders keep the modeller's names where these are distinct."""
    return _text(expr, _free_names(expr), frozenset(reads(expr)))[0]


def pretty_update(update: Update) -> str:
    """`todo(d) := false`, or `todo(e) := ...` for every `e`; several points are separated by `; `."""
    taken = frozenset(reads(update.value) | {update.variable.name})
    names = _free_names(update.value)
    own = {b.key for b in update.binders}
    outer = taken | {name for key, name in names.items() if key not in own}
    names |= {b.key: _fresh_name(b.name, outer) for b in update.binders}
    value, parts = update.value, []
    while (point := _point(value, update)) is not None:
        target = _call(update.variable.name, [_text(p, names, taken)[0] for p in point])
        parts.append(f"{target} := {_text(value.args[1], names, taken)[0]}")
        value = value.args[2]
    if not (parts and _unchanged(value, update)):
        target = _call(update.variable.name, [names[b.key] for b in update.binders])
        parts.append(f"{target} := {_text(value, names, taken)[0]}")
    return "; ".join(reversed(parts))


def _free_names(expr: Expr) -> dict[int, str]:
    """The parameters that an expression speaks of: they keep their names, and no bound variable may take one."""
    nodes = list(walk(expr))
    bound = {b.key for n in nodes if isinstance(n.payload, tuple) for b in n.payload}
    used = [n.payload for n in nodes if isinstance(n.payload, Binder)]
    return {b.key: b.name for b in used if b.key not in bound}


def _point(value: Expr, update: Update) -> tuple[Expr, ...] | None:
    """The arguments `p` of `ite(binders == p, ...)`, where the condition says exactly that."""
    if value.op is not Op.ITE or not update.binders:
        return None
    condition = value.args[0]
    equations = condition.args if condition.op is Op.AND else (condition,)
    if len(equations) != len(update.binders):
        return None
    for binder, equation in zip(update.binders, equations, strict=True):
        if equation.op is not Op.EQ or equation.args[0].payload is not binder:
            return None
    return tuple(e.args[1] for e in equations)


def _unchanged(value: Expr, update: Update) -> bool:
    if value.op is not Op.READ or value.payload is not update.variable:
        return False
    return all(a.payload is b for a, b in zip(value.args, update.binders, strict=True))


def _text(expr: Expr, names: Names, taken: frozenset[str]) -> tuple[str, int]:
    """Text and how strongly its outermost operator binds."""
    match expr.op:
        case Op.LIT | Op.VAR | Op.READ:
            return _leaf(expr, names, taken), _ATOM
        case Op.FORALL | Op.EXISTS:
            return _quantified(expr, names, taken), _QUANTIFIER
        case Op.NOT:
            return _negation(expr.args[0], names, taken)
        case Op.AND:
            return " & ".join(_inside(a, _AND + 1, names, taken) for a in expr.args), _AND
        case Op.OR:
            return _disjunction(expr, names, taken)
        case Op.ITE:
            return _call("ite", [_text(a, names, taken)[0] for a in expr.args]), _ATOM
        case Op.CAST:
            return _call("cast", [str(expr.sort), _text(expr.args[0], names, taken)[0]]), _ATOM
        case _:
            symbol, level = _INFIX[expr.op]
            return _infix(symbol, level, expr, names, taken), level


def _inside(expr: Expr, least: int, names: Names, taken: frozenset[str]) -> str:
    text, level = _text(expr, names, taken)
    return text if level >= least else f"({text})"


def _infix(symbol: str, level: int, expr: Expr, names: Names, taken: frozenset[str]) -> str:
    left, right = expr.args
    # Comparisons do not chain, the operators of integers group to the left.
    first = level + 1 if level == _COMPARE else level
    if level == _BITS:
        first = level + 1
    return f"{_inside(left, first, names, taken)} {symbol} {_inside(right, level + 1, names, taken)}"


def _negation(expr: Expr, names: Names, taken: frozenset[str]) -> tuple[str, int]:
    if expr.op in _NEGATED:
        return _infix(_NEGATED[expr.op], _COMPARE, expr, names, taken), _COMPARE
    return f"~{_inside(expr, _NOT if expr.op is Op.NOT else _ATOM, names, taken)}", _NOT


def _disjunction(expr: Expr, names: Names, taken: frozenset[str]) -> tuple[str, int]:
    first = expr.args[0]
    if len(expr.args) == 2 and first.op is Op.NOT and first.args[0].op not in _NEGATED:  # noqa: PLR2004 # premise, conclusion
        premise = _inside(first.args[0], _IMPLIES + 1, names, taken)
        return f"{premise} -> {_inside(expr.args[1], _IMPLIES, names, taken)}", _IMPLIES
    return " | ".join(_inside(a, _OR + 1, names, taken) for a in expr.args), _OR


def _quantified(expr: Expr, names: Names, taken: frozenset[str]) -> str:
    assert isinstance(expr.payload, tuple)
    inner = dict(names)
    for binder in expr.payload:
        inner[binder.key] = _fresh_name(binder.name, taken | set(inner.values()))
    bound = ", ".join(f"{inner[b.key]}: {b.sort}" for b in expr.payload)
    return f"{expr.op.value} {bound}. {_text(expr.args[0], inner, taken)[0]}"


def _fresh_name(name: str, taken: frozenset[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}{k}" for k in range(2, len(taken) + 3) if f"{name}{k}" not in taken)


def _leaf(expr: Expr, names: Names, taken: frozenset[str]) -> str:
    payload = expr.payload
    if isinstance(payload, Binder):
        return names.get(payload.key, payload.name)
    if isinstance(payload, Variable):
        return _call(payload.name, [_text(a, names, taken)[0] for a in expr.args])
    if isinstance(payload, bool):
        return "true" if payload else "false"
    return _constant(expr, taken | set(names.values()))


def _constant(expr: Expr, taken: frozenset[str]) -> str:
    sort, value = expr.sort, expr.payload
    if isinstance(sort, CInt) and isinstance(value, int):
        return str(value) if abs(value) < 10 else hex(value)  # noqa: PLR2004 # one digit reads the same in both
    if isinstance(sort, IndexSort) and isinstance(value, int):
        name = sort.element(value)
    else:
        assert isinstance(sort, EnumSort)
        name = str(value)
    return f"{sort}.{name}" if name in taken else name


def _call(name: str, args: list[str]) -> str:
    return f"{name}({', '.join(args)})" if args else name
