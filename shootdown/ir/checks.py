"""Mistakes in a model that no single action shows: words that cannot be names, two sorts of one name."""

import keyword
from collections.abc import Iterable, Iterator

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, Variable, walk
from shootdown.ir.sorts import EnumSort, IndexSort, Sort
from shootdown.ir.system import System

_RESERVED = frozenset({"distinct", "exists", "false", "forall", "ite", "let", "par", "true", "xor"})
"""Words that mean something to every reader of a model."""


def check_name(name: str) -> None:
    """A state variable or an action needs a name that every reader takes for one; else a ModelError."""
    if not name.isidentifier() or keyword.iskeyword(name) or name in _RESERVED:
        raise ModelError(f"`{name}` cannot be a name; use letters, digits and _, and no word of the language", "")


def check_sorts(system: System, *formulas: Expr) -> None:
    """Each name means one sort: a printer would take two of one name for each other. Else a ModelError.

    `formulas` are said about the system; an index sort that they quantify over is one of the system's.
    """
    known: dict[str, Sort] = {}
    for sort in _declared(system):
        if known.setdefault(str(sort), sort) != sort:
            raise ModelError(f"two different sorts are called {sort}; give one of them another name", "")
    for sort in _named(formulas):
        if known.get(str(sort), sort) != sort:
            raise ModelError(f"the model has another sort called {sort}; give one of them another name", "")
        if isinstance(sort, IndexSort) and str(sort) not in known:
            raise ModelError(f"the model has no {sort}: no state variable and no action speaks of one", "")


def _declared(system: System) -> Iterator[EnumSort | IndexSort]:
    sorts = [s for v in system.variables for s in (*v.args, v.sort)]
    sorts += [p.sort for a in system.actions for p in a.params]
    yield from (s for s in sorts if isinstance(s, EnumSort | IndexSort))
    formulas = [system.initial, *(f for o in system.orders for f in (o.member, o.before))]
    formulas += [f for a in system.actions for f in (a.guard, *(u.value for u in a.updates))]
    yield from _named([*formulas, *([system.busy] if system.busy is not None else [])])


def _named(formulas: Iterable[Expr]) -> Iterator[EnumSort | IndexSort]:
    """Enumerations and index sorts of all terms, of what they read, and of bound variables."""
    for node in (n for f in formulas for n in walk(f)):
        sorts: list[Sort] = [node.sort]
        match node.payload:
            case Variable(args=args):
                sorts += args
            case Binder(sort=sort):
                sorts.append(sort)
            case tuple() as binders:
                sorts += [b.sort for b in binders]
            case _:
                pass
        yield from (s for s in sorts if isinstance(s, EnumSort | IndexSort))
