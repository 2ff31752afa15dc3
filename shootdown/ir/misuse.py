"""What Python would do with a symbolic value, and the language does not mean: it is said, never passed over."""

from typing import NoReturn

from shootdown.ir.errors import ModelError, listening


class Symbolic:
    """What a state gives: no number of Python, no container, no key of a dict, and without attributes."""

    __slots__ = ()

    def _no_number(self, *_: object) -> NoReturn:
        raise ModelError("a symbolic value is no number and no container of Python; it has operators: ==, &, |, ~")

    __len__ = __int__ = __index__ = __float__ = __neg__ = __pos__ = __abs__ = _no_number

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # Python itself asks for such names
            raise AttributeError(name, name=name, obj=self)
        raise ModelError(
            f"what comes from the state has no `{name}`; it has operators, and is read at a point: s.todo[d]"
        )

    def __hash__(self) -> int:
        """By identity, for the tool's own use: a modeller's dict or set would never find the value he looks for."""
        if listening():
            raise ModelError(
                "a symbolic value is no key: a dict, a set or a cache would look for this very object and not for what "
                "it stands for; write ite(s.ret == Errno.OK, a, b)"
            )
        return object.__hash__(self)
