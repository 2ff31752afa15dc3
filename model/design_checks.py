"""What a Design and an Expect have to be before anything is built of them: a ModelError names the modeller's line."""

import ast
import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from shootdown.ir import ModelError
from shootdown.ir.errors import call_site, did_you_mean, place_of

HOOKS: Mapping[str, tuple[str, ...]] = {
    "after_device": ("s", "d", "ret"),
    "admits": ("s",),
    "reported_done": ("s", "d"),
    "surely_done": ("s", "d"),
    "walks": ("s", "d"),
    "order": ("s", "e", "d"),
    "parts": ("world",),
    "reacts": ("s", "d", "ret"),
    "asks_first": ("s", "d"),
    "aimed": ("s",),
}
"""The functions of a design, and what each is called with."""

NEEDED = ("after_device", "reported_done")

_NOT_RUN = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
_SHORT = 40


def wrong(sentence: str, where: str = "") -> ModelError:
    """The error at the line that makes the Design or the Expect, or at `where`."""
    return ModelError(sentence, where or call_site(__file__, _beside("design.py"), dataclasses.__file__))


def line_of(field: str, function: Any) -> str:
    """`file:line` of `field=...` in the file of a design's function; of the function where that is not clear."""
    place = place_of(function)
    file = place.rpartition(":")[0]
    with suppress(OSError, SyntaxError, ValueError):
        nodes = ast.walk(ast.parse(Path(file).read_bytes()))
        lines = {node.value.lineno for node in nodes if isinstance(node, ast.keyword) and node.arg == field}
        if len(lines) == 1:
            return f"{file}:{lines.pop()}"
    return place


def _beside(name: str) -> str:
    return __file__.replace("design_checks.py", name)


def must_be_text(owner: str, field: str, value: object, *, needed: bool = False) -> None:
    """A string; where it is `needed`, one line with something on it."""
    if not isinstance(value, str):
        raise wrong(f"`{field}` of {owner} is text, not {value!r}")
    if needed and (not value.strip() or not value.isprintable()):
        raise wrong(f"`{field}` of {owner} is one line of text, not {value!r}")


def must_be_tuple(owner: str, field: str, value: object, kind: type, example: str) -> None:
    """A tuple of one kind of thing: a string alone would be read letter by letter."""
    if not isinstance(value, tuple):
        meant = repr(value) if isinstance(value, str) else example
        raise wrong(f"`{field}` of {owner} is a tuple, not {_named(value)}; write {field}=({meant},)")
    for item in value:
        if not isinstance(item, kind):
            raise wrong(f"`{field}` of {owner} holds {_named(item)}; it is a tuple like ({example},)")


def must_be_known(owner: str, what: str, names: Iterable[object], known: Iterable[str]) -> None:
    """Names that exist."""
    there = list(known)
    for name in names:
        if name not in there:
            raise wrong(f"{owner}: there is no {what} `{name}`{did_you_mean(str(name), there)}")


def must_be_hook(owner: str, field: str, value: object, parameters: tuple[str, ...]) -> None:
    """A function that can be called as a design's are, and that has run when the call is over."""
    called = f"{field}({', '.join(parameters)})"
    if not callable(value):
        raise wrong(f"`{field}` of {owner} is a function, {called}, not {_named(value)}")
    if any(test(value) for test in _NOT_RUN):
        sentence = f"`{field}` of {owner} would not run when it is called; write it without `yield` and `async`"
        raise wrong(sentence, place_of(value))
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # some of Python's own functions do not say
        return
    try:
        signature.bind(*parameters)
    except TypeError:
        sentence = f"`{field}` of {owner} is called as {called}, but is written with {signature}"
        raise wrong(sentence, place_of(value)) from None


def must_be_hooks(owner: str, functions: Mapping[str, Callable[..., Any] | None]) -> None:
    """All functions of a design; None where it has none."""
    for field, value in functions.items():
        if value is not None or field in NEEDED:
            must_be_hook(owner, field, value, HOOKS[field])


def _named(value: object) -> str:
    """A value as the modeller wrote it, as far as that can be told in a few words."""
    name = getattr(value, "__name__", "")
    if isinstance(value, type):
        return f"the class {name}"
    if name and not name.startswith("<"):
        return f"`{name}`"
    return repr(value) if len(repr(value)) <= _SHORT else f"one {type(value).__name__}"
