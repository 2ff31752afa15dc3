"""A second copy of a system's pieces, over variables of other names: expressions, derived terms, orders, texts."""

from collections.abc import Callable, Mapping
from functools import partial

from shootdown.ir.expr import Binder, Expr, Variable, fresh, lift
from shootdown.ir.pretty import pretty
from shootdown.ir.rewrite import instantiate
from shootdown.ir.state import Update
from shootdown.ir.system import Order, Says, System
from shootdown.ir.trace import ConcreteState
from shootdown.ir.view import Hole, View, parse_template

Names = Mapping[str, Variable]
"""For each variable of a system the one that stands for it in the copy."""


def renamed(expr: Expr, names: Names) -> Expr:
    """The expression over the copy's variables; those that are not in `names` stay."""
    done: dict[int, Expr] = {}

    def rename(node: Expr) -> Expr:
        if id(node) not in done:
            payload = node.payload
            if isinstance(payload, Variable):
                payload = names.get(payload.name, payload)
            args = tuple(rename(a) for a in node.args)
            same = payload is node.payload and all(a is b for a, b in zip(args, node.args, strict=True))
            done[id(node)] = node if same else Expr(node.op, args, node.sort, payload)
        return done[id(node)]

    return rename(expr)


def copied_update(update: Update, names: Names) -> Update:
    """The update of the copy's variable."""
    return Update(names[update.variable.name], update.binders, renamed(update.value, names))


def copied_order(order: Order, names: Names, name: str) -> Order:
    """The order in the copy, under another name."""
    return Order(name, order.binders, renamed(order.member, names), renamed(order.before, names))


def copied_let(function: Callable[..., Expr], names: Names) -> Callable[..., Expr]:
    """A derived term of the copy. Its arguments may speak of any variable, also of one that is copied."""

    def term(*args: Expr) -> Expr:
        given = [lift(a) for a in args]
        pairs = [fresh("x", a.sort) for a in given]
        body = renamed(lift(function(*(e for _, e in pairs))), names)
        return instantiate(body, {b.key: a for (b, _), a in zip(pairs, given, strict=True)})

    return term


def restricted(names: Names, state: ConcreteState) -> ConcreteState:
    """The part of a state that is about the copy, under the system's own names."""
    return {name: state[v.name] for name, v in names.items()}


def copied_text(system: System, says: Says, names: Names) -> Says:
    """The text of a step, told of the copy."""
    if not says:
        return says

    def text(view: View) -> str:
        own = view.elsewhere(system, partial(restricted, names))
        return own.fill(says) if isinstance(says, str) else says(own)

    return text


def copied_template(system: System, template: str, params: tuple[Binder, ...], names: Names) -> str:
    """The template with each of its formulas over the copy's variables."""
    pieces = parse_template(template, system, params)
    return "".join(_plain(p) if isinstance(p, str) else _hole(p, names) for p in pieces)


def _plain(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _hole(hole: Hole, names: Names) -> str:
    return f"{{{'after: ' if hole.after else ''}{pretty(renamed(hole.expr, names))}}}"
