"""Formulas as people type them: `--where`, templates of step texts, questions to a trace.

Names are state variables, derived terms of the model, values of enumerations and elements of index
sorts; a value whose name several sorts use is resolved by the sort that its place needs. Nothing is evaluated
as Python. The syntax stands in `shootdown.ir.grammar`.
"""

import inspect
import itertools
import re
from collections.abc import Callable, Mapping

from shootdown.ir import sorts
from shootdown.ir.errors import ShootdownError, UsageError
from shootdown.ir.expr import FALSE, TRUE, Binder, Expr, Op, Variable, cast, conj, disj, fresh, implies, ite, lift
from shootdown.ir.grammar import Tree, fault, read_tree, suggestion
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.state import read
from shootdown.ir.system import System

Scope = Mapping[str, Binder]
"""Names that are free in the text: parameters of an action, variables of a claim's outer `forall`."""

_NUMBERS = {c.name: c for c in (sorts.u8, sorts.u16, sorts.u32, sorts.u64, sorts.int_, sorts.size_t)}
_TRUTH = {"true": TRUE, "True": TRUE, "false": FALSE, "False": FALSE}


class _NoContextError(UsageError):
    """A number or a name whose sort its place has to decide, where nothing decides it."""


def parse_formula(text: str, system: System, scope: Scope | None = None) -> Expr:
    """A formula over the state of `system` and the names in `scope`, or a UsageError with the column."""
    return _Meaning(text, system, scope or {}).of(read_tree(text), BOOL)


def parse_term(text: str, system: System, scope: Scope | None = None) -> Expr:
    """A formula or term of any sort; otherwise as `parse_formula`."""
    return _Meaning(text, system, scope or {}).of(read_tree(text), None)


class _Meaning:
    """Turns trees into expressions; `want` is the sort that a place needs, None where any will do."""

    def __init__(self, text: str, system: System, scope: Scope) -> None:
        self.text = text
        self.system = system
        self.names = {n: Expr(Op.VAR, (), b.sort, b) for n, b in scope.items()}
        listed: list[Sort] = [*system.index_sorts, *system.enum_sorts.values(), *(b.sort for b in scope.values())]
        self.sorts: dict[str, Sort] = {s.name: s for s in listed if not isinstance(s, BoolSort)}
        self.sorts["Bool"] = BOOL

    def error(self, tree: Tree, what: str) -> UsageError:
        return fault(self.text, tree.column, what)

    def of(self, tree: Tree, want: Sort | None) -> Expr:
        expr = self._plain(tree, want)
        if want is not None and expr.sort != want:
            raise self.error(tree, f"`{tree.text}` is of sort {expr.sort}, but {want} is needed here")
        return expr

    def _plain(self, tree: Tree, want: Sort | None) -> Expr:
        match tree.kind:
            case "number":
                return self._number(tree, want)
            case "name":
                return self._name(tree, want)
            case "qualified":
                return self._qualified(tree)
            case "call":
                return self._call(tree, want)
            case "forall" | "exists":
                return self._quantifier(tree)
            case "&":
                return conj(*(self.of(a, BOOL) for a in tree.args))
            case "|":
                return disj(*(self.of(a, BOOL) for a in tree.args))
            case "~":
                return ~self.of(tree.args[0], BOOL)
            case "->":
                return implies(self.of(tree.args[0], BOOL), self.of(tree.args[1], BOOL))
            case _:
                return self._binary(tree, want)

    def _binary(self, tree: Tree, want: Sort | None) -> Expr:
        arithmetic = tree.kind not in _COMPARE
        left, right = self._pair(tree.args[0], tree.args[1], want if arithmetic else None)
        if tree.kind == "==":
            return left == right
        if tree.kind == "!=":
            return left != right
        if not isinstance(left.sort, CInt):
            raise self.error(tree, f"`{tree.kind}` needs C integers, not {left.sort}")
        return _OPERATORS[tree.kind](left, right)

    def _pair(self, left: Tree, right: Tree, want: Sort | None) -> tuple[Expr, Expr]:
        """Two terms of one sort; the one whose sort is plain decides for the other."""
        try:
            first = self.of(left, want)
        except _NoContextError:
            second = self.of(right, want)
            return self.of(left, second.sort), second
        return first, self.of(right, first.sort)

    def _number(self, tree: Tree, want: Sort | None) -> Expr:
        value = int(tree.text, 0) if "x" in tree.text.lower() else int(tree.text)
        if want is None:
            open_ = self.error(tree, f"the C type of {tree.text} is open; compare it with a C integer")
            raise _NoContextError(str(open_))
        if not isinstance(want, CInt):
            raise self.error(tree, f"{tree.text} is a number, but {want} is needed here")
        if want.wrap(value) != value:
            raise self.error(tree, f"{tree.text} does not fit in {want}")
        return lift(value, want)

    def _name(self, tree: Tree, want: Sort | None) -> Expr:
        name = tree.text
        if name in self.names:
            return self.names[name]
        if name in _TRUTH:
            return _TRUTH[name]
        values = self._values(name)
        if want is not None and want in values:
            return values[want]
        if name in self.system.by_name or name in self.system.lets:
            return self._call(tree, want)
        if not values:
            raise self._unknown(tree)
        if len(values) > 1 and want is None:
            choices = " or ".join(f"{s}.{name}" for s in values)
            raise _NoContextError(str(self.error(tree, f"`{name}` may be {choices}; write which")))
        return next(iter(values.values()))

    def _values(self, name: str) -> dict[Sort, Expr]:
        """Values of enumerations and elements with this name, by sort."""
        found: dict[Sort, Expr] = {}
        for sort in self.sorts.values():
            value = _value(sort, name)
            if value is not None:
                found[sort] = value
        return found

    def _qualified(self, tree: Tree) -> Expr:
        sort_name, _, name = tree.text.partition(".")
        sort = self._sort(tree, sort_name)
        value = _value(sort, name)
        if value is None:
            raise self.error(tree, f"{sort_name} has no value `{name}`; {suggestion(name, _value_names(sort))}")
        return value

    def _sort(self, tree: Tree, name: str) -> Sort:
        if name not in self.sorts:
            raise self.error(tree, f"no sort is called `{name}`; {suggestion(name, self.sorts)}")
        return self.sorts[name]

    def _quantifier(self, tree: Tree) -> Expr:
        pairs = {}
        for name, sort_name in tree.binders:
            sort = self._sort(tree, sort_name)
            if name in pairs:
                raise self.error(tree, f"`{name}` is bound twice by one `{tree.kind}`")
            pairs[name] = fresh(name, sort)
        outer = self.names
        self.names = outer | {name: expr for name, (_, expr) in pairs.items()}
        body = self.of(tree.args[0], BOOL)
        self.names = outer
        op = Op.FORALL if tree.kind == "forall" else Op.EXISTS
        return Expr(op, (body,), BOOL, tuple(b for b, _ in pairs.values()))

    def _call(self, tree: Tree, want: Sort | None) -> Expr:
        name = tree.text
        if name in self.system.by_name:
            return self._read(tree, self.system.by_name[name])
        if name in self.system.lets:
            return self._let(tree)
        if name in {"ite", "cast"} and tree.kind == "call":
            return self._ite(tree, want) if name == "ite" else self._cast(tree)
        if name in self.names or self._values(name):
            raise self.error(tree, f"`{name}` is a value and takes no arguments")
        raise self._unknown(tree)

    def _read(self, tree: Tree, variable: Variable) -> Expr:
        if len(tree.args) != len(variable.args):
            raise self.error(tree, f"`{variable}` takes {_count(len(variable.args))}, not {len(tree.args)}")
        return read(variable, [self.of(a, s) for a, s in zip(tree.args, variable.args, strict=True)])

    def _let(self, tree: Tree) -> Expr:
        """A derived term; it knows the sorts of its arguments, so an ambiguous name is tried in each of its sorts."""
        function = self.system.lets[tree.text]
        found, failed = [], []
        for args in itertools.product(*(self._meanings(a) for a in tree.args)):
            try:
                inspect.signature(function).bind(*args)
                found.append(lift(function(*args)))
            except TypeError as error:
                raise self.error(tree, f"`{tree.text}` cannot be called so: {error}") from None
            except ShootdownError as error:
                where = getattr(error, "where", "")
                failed.append(self.error(tree, f"`{tree.text}`: {str(error).removeprefix(f'{where}: ')}"))
        if len(found) > 1:
            raise _NoContextError(str(self.error(tree, f"the arguments of `{tree.text}` have several meanings")))
        if failed and not found:
            raise failed[0]
        return found[0]

    def _meanings(self, tree: Tree) -> list[Expr]:
        try:
            return [self.of(tree, None)]
        except _NoContextError:
            values = list(self._values(tree.text).values()) if tree.kind == "name" else []
            if not values:
                raise
            return values

    def _ite(self, tree: Tree, want: Sort | None) -> Expr:
        if len(tree.args) != 3:  # noqa: PLR2004 # condition, then, otherwise
            raise self.error(tree, f"`ite` takes a condition and two values, not {len(tree.args)} arguments")
        then, otherwise = self._pair(tree.args[1], tree.args[2], want)
        return ite(self.of(tree.args[0], BOOL), then, otherwise)

    def _cast(self, tree: Tree) -> Expr:
        if len(tree.args) != 2 or tree.args[0].text not in _NUMBERS:  # noqa: PLR2004 # type and value
            raise self.error(tree, f"write cast(type, term), where type is one of {', '.join(_NUMBERS)}")
        value = self.of(tree.args[1], None)
        if not isinstance(value.sort, CInt):
            raise self.error(tree, f"`cast` converts C integers, not {value.sort}")
        return cast(_NUMBERS[tree.args[0].text], value)

    def _unknown(self, tree: Tree) -> UsageError:
        known = {*self.names, *self.system.by_name, *self.system.lets}
        if tree.kind == "name":
            known |= {n for s in self.sorts.values() for n in _value_names(s)}
        return self.error(tree, f"nothing is called `{tree.text}`; {suggestion(tree.text, known)}")


_COMPARE = frozenset({"==", "!=", "<", "<=", ">", ">="})
_OPERATORS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "<<": lambda a, b: a << b, ">>": lambda a, b: a >> b,
    "bitand": lambda a, b: a & b, "bitor": lambda a, b: a | b, "bitxor": lambda a, b: a ^ b,
}  # fmt: skip


def _count(arguments: int) -> str:
    return "no arguments" if arguments == 0 else "1 argument" if arguments == 1 else f"{arguments} arguments"


def _value(sort: Sort, name: str) -> Expr | None:
    """The value of a sort with this name; elements beyond the listed names are `device3`."""
    if isinstance(sort, EnumSort):
        return Expr(Op.LIT, (), sort, name) if name in sort.values else None
    if not isinstance(sort, IndexSort):
        return None
    if name in sort.names:
        return Expr(Op.LIT, (), sort, sort.names.index(name))
    numbered = re.fullmatch(re.escape(sort.name.lower()) + r"(0|[1-9]\d{0,5})", name)
    return Expr(Op.LIT, (), sort, int(numbered.group(1))) if numbered else None


def _value_names(sort: Sort) -> tuple[str, ...]:
    match sort:
        case EnumSort(values=values):
            return values
        case IndexSort(names=names):
            return names
        case _:
            return ()
