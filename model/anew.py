"""A modeller's function with what it keeps in Python as it is now, apart from the original.

Called first with each answer there is, such copies show what a `static` variable would hide: whoever keeps the first
answer in a list says something else about the second, whichever of them came first.
"""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import Any

_CONTAINERS = (list, dict, set, bytearray)


def anew(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function apart from what it keeps: globals of its file, variables around it, defaults, its object.

    What cannot be copied is shared with the original.
    """
    made: Callable[..., Any] = _Apart().function(function)
    return made


class _Apart:
    """One copy of everything; what two functions share they share in the copy as well."""

    def __init__(self) -> None:
        self._memo: dict[int, Any] = {}
        self._globals: dict[int, dict[str, Any]] = {}
        self._made: dict[int, Any] = {}

    def function(self, value: Any) -> Any:
        """A function, a method, a partial or an object that is called."""
        if id(value) in self._made:
            return self._made[id(value)]
        match value:
            case FunctionType():
                return self._plain(value)
            case MethodType():
                return MethodType(self.function(value.__func__), self._value(value.__self__, inside=True))
            case partial():
                kept = {name: self._value(v, inside=True) for name, v in value.keywords.items()}
                return partial(self.function(value.func), *(self._value(v, inside=True) for v in value.args), **kept)
        return self._value(value, inside=True)

    def _plain(self, value: FunctionType) -> FunctionType:
        cells = tuple(self._cell(cell) for cell in value.__closure__ or ())
        around = self._around(value)
        if id(value) in self._made:  # it is among its own globals
            return self._made[id(value)]  # type: ignore[no-any-return]
        made = FunctionType(value.__code__, around, value.__name__, None, cells)
        self._made[id(value)] = made
        made.__defaults__ = self._value(value.__defaults__, inside=True)
        made.__kwdefaults__ = self._value(value.__kwdefaults__, inside=True)
        made.__dict__.update(self._value(value.__dict__, inside=True))
        for cell in value.__closure__ or ():
            with suppress(ValueError):  # a variable that has no value yet
                self._cell(cell).cell_contents = self._value(cell.cell_contents, inside=True)
        return made

    def _cell(self, cell: CellType) -> CellType:
        return self._made.setdefault(id(cell), CellType())  # type: ignore[no-any-return]

    def _around(self, value: FunctionType) -> dict[str, Any]:
        """The globals of a user's file; those of a module that is imported by its name are its own affair."""
        own = value.__globals__
        if id(own) not in self._globals:
            apart = self._globals[id(own)] = dict(own)
            for name in {*value.__code__.co_names, *_names_of(own)} & own.keys():
                apart[name] = self._value(own[name], inside=False, of=own)
        return self._globals[id(own)]

    def _value(self, value: Any, *, inside: bool, of: dict[str, Any] | None = None) -> Any:
        """A copy of what can change; `inside`: it belongs to the function alone, whatever it is."""
        if isinstance(value, FunctionType):
            return self.function(value) if inside or value.__globals__ is of else value
        own = of is not None and type(value).__module__ == of.get("__name__")
        if not (inside or own or isinstance(value, _CONTAINERS)):
            return value
        with suppress(Exception):
            return deepcopy(value, self._memo)
        return value


def _names_of(own: dict[str, Any]) -> set[str]:
    """Names that any function of a file uses."""
    functions = [f for f in own.values() if isinstance(f, FunctionType) and f.__globals__ is own]
    return {name for f in functions for name in f.__code__.co_names}
