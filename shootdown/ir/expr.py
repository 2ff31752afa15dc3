"""Expressions: what guards, updates and claims are made of.

Frozen trees over state variables; nothing here calls a solver. Python operators build
them (`&`, `|`, `~`, `==`, `!=`, `+`, `<` ...). Operators that need a truth value now
(`if`, `and`, `or`, `not`, `in`, chained comparisons) raise and name the alternative.
"""

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from types import FunctionType
from typing import Any, NoReturn

from shootdown.ir.errors import ModelError
from shootdown.ir.misuse import Symbolic
from shootdown.ir.nodes import Binder, Op, Payload, Variable
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, IndexSort, Sort, SortLike, instead, sort_of

__all__ = [
    "FALSE", "TRUE", "Binder", "Expr", "Op", "Payload", "Variable", "as_bool", "bind", "cast", "conj", "disj",
    "element", "equal", "exists", "forall", "fresh", "implies", "ite", "lift", "reads", "values_of", "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Expr(Symbolic):
    """One node: operator, arguments, sort, and what the operator needs besides.

    LIT: payload is a bool, an int (C integer, or index of an element) or an enumeration
    value's name. VAR: a Binder. READ: a Variable. FORALL, EXISTS: a tuple of Binders.
    """

    op: Op
    args: tuple["Expr", ...]
    sort: Sort
    payload: Payload = None

    __hash__ = Symbolic.__hash__

    def __eq__(self, other: object) -> "Expr":  # type: ignore[override] # builds a formula
        return equal(self, other)

    def __ne__(self, other: object) -> "Expr":  # type: ignore[override] # builds a formula
        return ~equal(self, other)

    def __and__(self, other: object) -> "Expr":
        return _logic_or_bits(Op.AND, Op.BITAND, self, other)

    def __rand__(self, other: object) -> "Expr":
        return _logic_or_bits(Op.AND, Op.BITAND, self, other)

    def __or__(self, other: object) -> "Expr":
        return _logic_or_bits(Op.OR, Op.BITOR, self, other)

    def __ror__(self, other: object) -> "Expr":
        return _logic_or_bits(Op.OR, Op.BITOR, self, other)

    def __xor__(self, other: object) -> "Expr":
        if isinstance(self.sort, BoolSort):
            return ~equal(self, other)
        return _arith(Op.BITXOR, self, other)

    def __invert__(self) -> "Expr":
        if isinstance(self.sort, CInt):
            return _arith(Op.BITXOR, self, self.sort.wrap(-1))
        return Expr(Op.NOT, (as_bool(self),), BOOL)

    def __add__(self, other: object) -> "Expr":
        return _arith(Op.ADD, self, other)

    def __sub__(self, other: object) -> "Expr":
        return _arith(Op.SUB, self, other)

    def __mul__(self, other: object) -> "Expr":
        return _arith(Op.MUL, self, other)

    def __lshift__(self, other: object) -> "Expr":
        return _arith(Op.SHL, self, other)

    def __rshift__(self, other: object) -> "Expr":
        return _arith(Op.SHR, self, other)

    def __lt__(self, other: object) -> "Expr":
        return _compare(Op.LT, self, other)

    def __le__(self, other: object) -> "Expr":
        return _compare(Op.LE, self, other)

    def __gt__(self, other: object) -> "Expr":
        return ~_compare(Op.LE, self, other)

    def __ge__(self, other: object) -> "Expr":
        return ~_compare(Op.LT, self, other)

    def __bool__(self) -> NoReturn:
        raise ModelError(
            "a symbolic value has no truth value while the model is built; instead of `if` use ite(c, a, b), "
            "instead of `and`, `or`, `not` use &, |, ~, instead of `x in (a, b)` write (x == a) | (x == b), "
            "and write a chained comparison as (a < b) & (b < c)"
        )

    def __contains__(self, item: object) -> NoReturn:
        raise ModelError("`in` needs a set of values now; write (x == a) | (x == b), or read a relation at x")

    def __iter__(self) -> Iterator["Expr"]:
        raise ModelError("a symbolic value cannot be iterated; use forall(Sort, lambda x: ...) or exists(...)")

    def __str__(self) -> str:
        from shootdown.ir.pretty import pretty  # noqa: PLC0415 # pretty imports this module

        return pretty(self)


TRUE = Expr(Op.LIT, (), BOOL, payload=True)
FALSE = Expr(Op.LIT, (), BOOL, payload=False)


def lift(value: object, sort: Sort | None = None) -> Expr:
    """A Python value as expression: bool, int where `sort` is a C integer, enum member, Expr."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, enum.Enum):
        return Expr(Op.LIT, (), sort_of(type(value)), value.name)
    if isinstance(value, int) and isinstance(sort, CInt):
        if sort.wrap(value) != value:
            raise ModelError(f"{value} does not fit in {sort}; convert with cast({sort}, ...)")
        return Expr(Op.LIT, (), sort, value)
    note = getattr(value, "_misuse", None)
    if isinstance(note, str):
        raise ModelError(note)
    wanted = f"a value of sort {sort}" if sort else "a value of the language"
    raise ModelError(f"{value!r} is not {wanted}{instead(value, sort)}")


def element(sort: SortLike, index: int) -> Expr:
    """One concrete element of an index sort. It breaks the symmetry of that element."""
    real = sort_of(sort)
    if not isinstance(real, IndexSort):
        raise ModelError(f"{real} is not an index sort")
    return Expr(Op.LIT, (), real, index)


def as_bool(value: object) -> Expr:
    """`value` as a formula, or a ModelError that says what it is instead."""
    expr = lift(value)
    if not isinstance(expr.sort, BoolSort):
        raise ModelError(f"a Bool is needed here, but this is of sort {expr.sort}; compare it with ==")
    return expr


def equal(left: object, right: object) -> Expr:
    """Equality of two values of one sort."""
    if not isinstance(left, Expr):
        left, right = right, left
    a = lift(left)
    b = lift(right, a.sort)
    if a.sort != b.sort:
        raise ModelError(f"cannot compare {a.sort} with {b.sort}; both sides of == must have one sort")
    return Expr(Op.EQ, (a, b), BOOL)


def conj(*formulas: object) -> Expr:
    """All of them; true when there is none."""
    parts = tuple(as_bool(f) for f in formulas)
    return parts[0] if len(parts) == 1 else Expr(Op.AND, parts, BOOL) if parts else TRUE


def disj(*formulas: object) -> Expr:
    """At least one of them; false when there is none."""
    parts = tuple(as_bool(f) for f in formulas)
    return parts[0] if len(parts) == 1 else Expr(Op.OR, parts, BOOL) if parts else FALSE


def implies(premise: object, conclusion: object) -> Expr:
    """If `premise` then `conclusion`."""
    return disj(~as_bool(premise), conclusion)


def ite(condition: object, then: object, otherwise: object) -> Expr:
    """`then` where `condition` holds, else `otherwise`; both of one sort."""
    c = as_bool(condition)
    a = lift(then, otherwise.sort if isinstance(otherwise, Expr) else None)
    b = lift(otherwise, a.sort)
    if a.sort != b.sort:
        raise ModelError(f"the branches of ite have the sorts {a.sort} and {b.sort}; they must have one")
    return Expr(Op.ITE, (c, a, b), a.sort)


def cast(sort: SortLike, value: Expr) -> Expr:
    """C conversion of an integer to another C type: truncates, or extends by sign of the source."""
    to = sort_of(sort)
    if not isinstance(to, CInt) or not isinstance(value.sort, CInt):
        raise ModelError(f"cast converts between C integers, not {value.sort} to {to}")
    return Expr(Op.CAST, (value,), to)


_counter = iter(range(1, 1 << 62))


def fresh(name: str, sort: Sort) -> tuple[Binder, Expr]:
    """A new bound variable and the expression that reads it."""
    binder = Binder(name, sort, next(_counter))
    return binder, Expr(Op.VAR, (), sort, binder)


def forall(*sorts_then_body: Any) -> Expr:
    """`forall(Device, Frame, lambda d, f: ...)`: the body holds for every choice."""
    return _quantify(Op.FORALL, sorts_then_body)


def exists(*sorts_then_body: Any) -> Expr:
    """`exists(Device, lambda d: ...)`: the body holds for at least one choice."""
    return _quantify(Op.EXISTS, sorts_then_body)


def _quantify(op: Op, parts: tuple[Any, ...]) -> Expr:
    *likes, body = parts
    if not likes or not callable(body):
        raise ModelError(f"write {op.value}(Device, lambda d: ...): sorts first, then a function of as many arguments")
    sorts = [sort_of(like) for like in likes]
    binders, values = bind(body, sorts)
    return Expr(op, (as_bool(body(*values)),), BOOL, tuple(binders))


def bind(body: Callable[..., object], sorts: list[Sort]) -> tuple[list[Binder], list[Expr]]:
    """Bound variables for the parameters of a Python function, named as it names them."""
    names = _needed(body)
    if len(names) != len(sorts):
        raise ModelError(f"the function takes {len(names)} arguments where {len(sorts)} sorts are given")
    pairs = [fresh(name, sort) for name, sort in zip(names, sorts, strict=True)]
    return [b for b, _ in pairs], [e for _, e in pairs]


def _needed(body: Callable[..., object]) -> list[str]:
    """Names of the parameters without a value of their own."""
    if isinstance(body, FunctionType) and not body.__defaults__:  # nearly all of them, and a signature takes long
        return list(body.__code__.co_varnames[: body.__code__.co_argcount])
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [n for n, p in signature(body).parameters.items() if p.kind in positional and p.default is p.empty]


def _logic_or_bits(logic: Op, bits: Op, left: Expr, other: object) -> Expr:
    if isinstance(left.sort, CInt):
        return _arith(bits, left, other)
    return Expr(logic, (as_bool(left), as_bool(other)), BOOL)


def _same_int(op: Op, left: Expr, other: object) -> tuple[Expr, Expr]:
    if not isinstance(left.sort, CInt):
        unordered = isinstance(left.sort, IndexSort)
        hint = " (index sorts have no order of their own: declare a relation)" if unordered else ""
        raise ModelError(f"{op.value} needs C integers, not {left.sort}{hint}")
    right = lift(other, left.sort)
    if right.sort != left.sort:
        raise ModelError(f"{op.value} on {left.sort} and {right.sort}; C would convert silently: write cast(...)")
    return left, right


def _arith(op: Op, left: Expr, other: object) -> Expr:
    a, b = _same_int(op, left, other)
    return Expr(op, (a, b), a.sort)


def _compare(op: Op, left: Expr, other: object) -> Expr:
    return Expr(op, _same_int(op, left, other), BOOL)


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, each shared node once."""
    seen: set[int] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            stack.extend(node.args)


def reads(expr: Expr) -> set[str]:
    """Names of the state variables that an expression reads."""
    return {n.payload.name for n in walk(expr) if isinstance(n.payload, Variable)}


def values_of(sort: Sort, sizes: Mapping[str, int]) -> range:
    """The values of a finite sort as small integers: elements, positions, or 0 and 1."""
    match sort:
        case BoolSort():
            return range(2)
        case EnumSort(values=values):
            return range(len(values))
        case IndexSort(name=name):
            return range(sizes[name])
        case CInt():
            message = f"{sort} has too many values to be listed; a parameter or quantifier needs a small sort"
            raise ModelError(message, "")
