"""Prints recorded expressions as SMT-LIB 2 over uninterpreted sorts: any number of elements of each index sort.

An index sort becomes an uninterpreted sort, an enumeration a datatype of constants, a state variable a function. One
vocabulary is enough: what holds after a step is asked of the state before it (`ir.rewrite.before_step`). Bound
variables are numbered by nesting, so that a text does not depend on what else the process has built.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shootdown.ir.checks import check_sorts
from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Binder, Expr, Op, Variable, walk
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.system import System
from shootdown.smt import quote

_OPERATORS = {
    Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.EQ: "=", Op.ITE: "ite", Op.ADD: "bvadd", Op.SUB: "bvsub",
    Op.MUL: "bvmul", Op.SHL: "bvshl", Op.BITAND: "bvand", Op.BITOR: "bvor", Op.BITXOR: "bvxor",
}  # fmt: skip


def sort_text(sort: Sort) -> str:
    """A sort of the language in SMT-LIB."""
    match sort:
        case BoolSort():
            return "Bool"
        case CInt(bits=bits):
            return f"(_ BitVec {bits})"
        case EnumSort(name=name) | IndexSort(name=name):
            return quote(name)


def declarations(system: System) -> str:
    """Sorts, values of enumerations and state variables, in the order of names.

    Raises ModelError where two sorts have one name: a text over one of them would say nothing of the other.
    """
    check_sorts(system)
    lines = [f"(declare-sort {quote(name)} 0)" for name in sorted(s.name for s in system.index_sorts)]
    for name, enum in sorted(system.enum_sorts.items()):
        values = " ".join(f"({_value(enum, v)})" for v in enum.values)
        lines.append(f"(declare-datatypes (({quote(name)} 0)) (({values})))")
    for variable in sorted(system.variables, key=lambda v: v.name):
        args = " ".join(sort_text(s) for s in variable.args)
        lines.append(f"(declare-fun {quote(variable.name)} ({args}) {sort_text(variable.sort)})")
    return "\n".join([*lines, ""])


def _value(sort: EnumSort, value: str) -> str:
    return quote(f"{sort.name}.{value}")


@dataclass(frozen=True, slots=True)
class Names:
    """Texts of the bound variables in scope, by key; `depth` of them stand below quantifiers."""

    terms: Mapping[int, str]
    depth: int = 0


NO_NAMES = Names({})


def constants(binders: Iterable[Binder], mark: str) -> tuple[str, Names]:
    """Declarations of constants for free variables, and their names: `|$d|` for `d`."""
    names: dict[int, str] = {}
    lines = []
    for number, binder in enumerate(binders):
        names[binder.key] = quote(f"{mark}{number}.{binder.name}")
        lines.append(f"(declare-const {names[binder.key]} {sort_text(binder.sort)})")
    return "\n".join([*lines, ""]) if lines else "", Names(names)


def text(expr: Expr, names: Names = NO_NAMES) -> str:
    """An expression as a term."""
    payload = expr.payload
    if isinstance(payload, Binder):
        return names.terms[payload.key]
    if isinstance(payload, tuple):
        return _quantifier(expr, payload, names)
    if expr.op is Op.LIT:
        return _literal(expr)
    args = [text(a, names) for a in expr.args]
    head = quote(payload.name) if isinstance(payload, Variable) else _operator(expr)
    return f"({head} {' '.join(args)})" if args else head


def _quantifier(expr: Expr, binders: tuple[Binder, ...], names: Names) -> str:
    inner = {b.key: quote(f"{b.name}!{names.depth + k}") for k, b in enumerate(binders)}
    bound = " ".join(f"({inner[b.key]} {sort_text(b.sort)})" for b in binders)
    body = text(expr.args[0], Names({**names.terms, **inner}, names.depth + len(binders)))
    return f"({expr.op.value} ({bound}) {body})"


def _literal(expr: Expr) -> str:
    sort, value = expr.sort, expr.payload
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case EnumSort():
            assert isinstance(value, str)
            return _value(sort, value)
        case CInt(bits=bits):
            assert isinstance(value, int)
            return f"#b{value & ((1 << bits) - 1):0{bits}b}"
        case IndexSort():
            assert isinstance(value, int)
            raise UsageError(f"{sort.element(value)} names one {sort.name}, which means nothing for any number of them")


def _operator(expr: Expr) -> str:
    source = expr.args[0].sort
    if expr.op in _OPERATORS:
        return _OPERATORS[expr.op]
    assert isinstance(source, CInt)
    match expr.op:
        case Op.LT:
            return "bvslt" if source.signed else "bvult"
        case Op.LE:
            return "bvsle" if source.signed else "bvule"
        case Op.SHR:
            return "bvashr" if source.signed else "bvlshr"
    assert expr.op is Op.CAST, expr.op
    assert isinstance(expr.sort, CInt)
    if expr.sort.bits <= source.bits:
        return f"(_ extract {expr.sort.bits - 1} 0)"
    return f"(_ {'sign' if source.signed else 'zero'}_extend {expr.sort.bits - source.bits})"


def names_elements(formulas: Iterable[Expr]) -> bool:
    """Whether a literal names one element of an index sort: then nothing is said of any number."""
    return any(n.op is Op.LIT and isinstance(n.sort, IndexSort) for f in formulas for n in walk(f))


def elements(sort: str, number: int) -> list[str]:
    """Constants for so many elements of an index sort; the same names whenever the same number is asked for."""
    return [quote(f"{sort}!{k}of{number}") for k in range(number)]


def declared(sort: str, constants_: Iterable[str]) -> str:
    """Declarations of constants of an index sort."""
    return "".join(f"(declare-const {c} {quote(sort)})\n" for c in constants_)


def no_other(sort: str, constants_: Iterable[str]) -> str:
    """The formula that an index sort has no other elements than these."""
    return f"(forall ((x {quote(sort)})) (or false {' '.join(f'(= x {c})' for c in constants_)}))"
