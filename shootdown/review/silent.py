"""What Python passes over in silence in a modeller's file: looked at where it runs, by calls put into the file's text.

`is`, `in` a set and `.get(...)` ask for Python's own objects, and no symbolic value is ever one of them:
`s.ret is Errno.OK` would be false in every state, and so would `ret is 22`. A comparison as a statement of its own,
`s.ret == ret`, would be lost. The file would mean another proposal.
"""

import ast
import enum
from collections.abc import Callable, Mapping, Set
from types import CodeType
from typing import Any

from shootdown.ir import Expr, ModelError
from shootdown.ir.errors import call_site
from shootdown.ir.state import Place, Written
from shootdown.model.sorts import Errno

_NAME = "__shootdown_{}__"
_FORMULAS = {"ite", "forall", "exists", "conj", "disj", "implies"}
_TEXTS = {"str", "repr", "format", "ascii"}
_LOSES = (ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Subscript)


def looked_through(tree: ast.Module, path: str) -> CodeType:
    """The code of a file that looks where Python would not; its assertions are kept also under `python -O`."""
    looking = ast.fix_missing_locations(_Looking().visit(tree))
    return compile(looking, path, "exec", dont_inherit=True, optimize=0)


def concrete(value: Any) -> Any:
    """The operand of `is` or of `in` as it is; a ModelError where it is symbolic."""
    if isinstance(value, Expr | Place | Written):
        raise _error(
            "`is`, `in` a set and .get(...) look for Python's own objects, and what comes from `s` is symbolic; "
            "write s.ret == Errno.OK, (x == a) | (x == b), or s.todo[d] for a device in s.todo"
        )
    return value


def same(left: Any, right: Any) -> bool:
    """`left is right`, of what can be the same."""
    _must_be_an_errno(concrete(left), concrete(right))
    _must_be_an_errno(right, left)
    return left is right


def within(item: Any, group: Any) -> bool:
    """`item in group`."""
    _must_fit(concrete(item), group)
    return item in group


def got(table: Any, *args: Any, **more: Any) -> Any:
    """`table.get(...)`."""
    if isinstance(table, Mapping) and args:
        _must_fit(concrete(args[0]), table)
    return table.get(*args, **more)


def shown(value: Any) -> Any:
    """What becomes part of a text that is compared; a ModelError where it is symbolic."""
    if isinstance(value, Expr | Place | Written):
        raise _error("the text of what comes from `s` is how it is written and not its value; compare s.ret with ==")
    return value


def lost(value: Any) -> Any:
    """The value of a statement that does nothing else; a ModelError where a formula would be lost."""
    if isinstance(value, Expr | Place | Written):
        raise _error("this value is lost; `s.ret == x` compares, write `s.ret = x` where it is to be assigned")
    return value


LOOKS: Mapping[str, Callable[..., Any]] = {
    _NAME.format(look.__name__): look for look in (concrete, same, within, got, shown, lost)
}
"""What the calls in the code of a file are to find among its globals."""


def _must_fit(item: Any, group: Any) -> None:
    if isinstance(group, Set | Mapping):
        for other in group:
            _must_be_an_errno(item, other)


def _must_be_an_errno(item: Any, other: Any) -> None:
    """A member is never the same as a number, a word or a member of another enumeration."""
    if isinstance(item, Errno) and isinstance(other, int | str | enum.Enum) and not isinstance(other, Errno):
        raise _error(
            f"an Errno is never {other!r}; write a member of shootdown.model.sorts.Errno, such as Errno.EINVAL"
        )


def _error(sentence: str) -> ModelError:
    return ModelError(sentence, call_site(__file__))


class _Looking(ast.NodeTransformer):
    """Puts the looks into a file."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        operands = [_compared(o) for o in (node.left, *node.comparators)]
        if not any(isinstance(o, ast.Constant) and o.value is None for o in operands):
            if len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
                return _asked(node.ops[0], operands, node)
            for k, op in enumerate(node.ops):
                if isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn):
                    operands[k] = _looked(operands[k])
                if isinstance(op, ast.Is | ast.IsNot):
                    operands[k + 1] = _looked(operands[k + 1])
        node.left, *node.comparators = operands
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "get" or not node.args:
            return node
        args = [node.func.value, *map(_compared, node.args)]
        return ast.copy_location(ast.Call(_name(got), args, node.keywords), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        node.slice = _compared(node.slice)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        loses = isinstance(node.value, _LOSES) or _calls(node.value, _FORMULAS)
        self.generic_visit(node)
        if loses:
            node.value = _call(lost, [node.value], node.value)
        return node


def _asked(op: ast.cmpop, operands: list[ast.expr], node: ast.expr) -> ast.expr:
    """One question about identity or membership."""
    answer = _call(same if isinstance(op, ast.Is | ast.IsNot) else within, operands, node)
    if isinstance(op, ast.Is | ast.In):
        return answer
    return ast.copy_location(ast.UnaryOp(ast.Not(), answer), node)


def _looked(operand: ast.expr) -> ast.expr:
    return operand if isinstance(operand, ast.Constant | ast.Starred) else _call(concrete, [operand], operand)


def _compared(operand: ast.expr) -> ast.expr:
    """An operand; where it is a text that is put together, its parts are looked at."""
    if isinstance(operand, ast.JoinedStr):
        for part in operand.values:
            if isinstance(part, ast.FormattedValue):
                part.value = _call(shown, [part.value], part.value)
    elif isinstance(operand, ast.Call) and _calls(operand, _TEXTS) and operand.args:
        operand.args[0] = _call(shown, [operand.args[0]], operand.args[0])
    return operand


def _calls(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _call(look: Callable[..., Any], args: list[ast.expr], at: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(_name(look), args, []), at)


def _name(look: Callable[..., Any]) -> ast.Name:
    return ast.Name(_NAME.format(look.__name__), ast.Load())
