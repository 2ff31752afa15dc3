"""Mistakes in a model that no single action shows: words that cannot be names, two sorts of one name."""

import keyword

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Expr
from shootdown.ir.sorts import IndexSort
from shootdown.ir.system import System, named_sorts

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
    known = system.named_sorts
    for sort in named_sorts(formulas):
        if known.get(str(sort), sort) != sort:
            raise ModelError(f"the model has another sort called {sort}; give one of them another name", "")
        if isinstance(sort, IndexSort) and str(sort) not in known:
            raise ModelError(f"the model has no {sort}: no state variable and no action speaks of one", "")
