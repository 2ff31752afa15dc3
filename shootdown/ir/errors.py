"""What can be wrong with a model or a request, in one sentence each.

* ShootdownError: anything a user can mend; never shown as a traceback
  * ModelError: the model says something the language does not mean; names file and line
  * UsageError: a name, a size or an option that does not exist
  * TraceError: a trace file that does not replay; names the step
  * CertificateError: a certificate that is not confirmed
"""

import difflib
import enum
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_IR = str(Path(__file__).resolve().parent)
_TOOL = Path(__file__).absolute().parents[1]
_ROOMS = tuple(f"{room}{os.sep}" for room in (_TOOL, *((_TOOL / r).resolve() for r in ("model", "properties"))))
_LOOKS = str((_TOOL / "review" / "silent.py").resolve())
_PYTHON = str(Path(os.__file__).resolve().parent)


USERS = "shootdown_user_"
"""How the name of a module begins that is a user's own file, wherever it stands."""

_LAYERS = 50

_heard: list[list["ModelError"]] = []
"""For each modeller's function that runs now, from the outermost on: the mistakes that were found in it."""


class ShootdownError(Exception):
    """One clear sentence: what is wrong, where, and what would be right."""


class UsageError(ShootdownError):
    """The request names something that does not exist or asks for something impossible."""


class TraceError(ShootdownError):
    """A trace is not a run of the model, or does not end in a violation."""


class CertificateError(ShootdownError):
    """A certificate is not what the model gives, or does not prove what it says."""


class ModelError(ShootdownError):
    """A mistake in a model, found when the model is built."""

    def __init__(self, message: str, where: str | None = None) -> None:
        self.where = where if where is not None else call_site()
        super().__init__(f"{self.where}: {message}" if self.where else message)
        if _heard:
            _heard[-1].append(self)


@contextmanager
def heard(*, tell: bool = True) -> Iterator[None]:
    """Raise the first ModelError that comes up inside, also where the modeller's own code has caught it.

    `except Exception` around `if s.ret == Errno.OK` would make another model of it, and nobody would be told. `tell`: a
    function that runs around this one has made the mistake as well.
    """
    found: list[ModelError] = []
    _heard.append(found)
    try:
        yield
    finally:
        _heard.pop()
        if tell and _heard:
            _heard[-1].extend(found)
    if found:
        raise found[0]


def listening() -> bool:
    """Whether a modeller's function runs now."""
    return bool(_heard)


def call_site(*also: str) -> str:
    """`file:line` of the innermost frame outside the language and the files `also`: the modeller's own line."""
    skipped = (_IR, _LOOKS, *(str(Path(name).resolve()) for name in also))
    frame = sys._getframe(1)  # noqa: SLF001 # the documented way to the caller's line
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith("<") and not str(Path(name).resolve()).startswith(skipped):
            return f"{_short(name)}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def place_of(function: Any) -> str:
    """`file:line` where a function is written; empty for one that Python does not know the lines of."""
    written = [f for f in _layers(function) if getattr(f, "__code__", None) is not None]
    own = [f for f in written if not _is_tools(f)] or written
    code = own[-1].__code__ if own else None
    return "" if code is None else f"{_short(code.co_filename)}:{code.co_firstlineno}"


def is_users(function: Any) -> bool:
    """Whether a function, or one around it, is written outside the tool, or Python does not know where."""
    written = [f for f in _layers(function) if getattr(f, "__code__", None) is not None]
    return not written or not all(_is_tools(f) for f in written)


def raised_at(error: BaseException, file: str = "") -> str:
    """`file:line` of the innermost line of a modeller in an error's traceback: in `file`, where one is given."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<")]
    wanted = Path(file).resolve() if file else None
    own = [f for f in frames if Path(f.filename).resolve() == wanted]
    found = own or [f for f in frames if _is_modellers(f.filename)] or frames
    return f"{_short(found[-1].filename)}:{found[-1].lineno}" if found else ""


def worded(error: BaseException) -> str:
    """What Python found wrong, on one line; for a value that an enumeration does not have, with those that it has."""
    if isinstance(error, AttributeError) and isinstance(error.obj, enum.EnumMeta) and error.name is not None:
        known = list(error.obj.__members__)
        return f"there is no `{error.obj.__name__}.{error.name}`{did_you_mean(error.name, known, every=True)}"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def did_you_mean(name: str, known: Iterable[str], *, every: bool = False) -> str:
    """The rest of a sentence about a name that does not exist: the nearest one, or all there are (`every`: both)."""
    names = list(known)
    close = difflib.get_close_matches(name, names, 1)
    nearest = f"; did you mean `{close[0]}`?" if close else ""
    there = f"; there are: {', '.join(names)}"
    return nearest + there if every else nearest or there


def _layers(function: Any) -> list[Any]:
    """A function and what is behind `functools.wraps`, `functools.partial` and a bound method, the innermost last."""
    found = [function]
    while inner := next((v for n in ("__wrapped__", "func", "__func__") if (v := getattr(found[-1], n, None))), None):
        found.append(inner)
        if len(found) > _LAYERS:  # an object that has every attribute
            break
    return found


def _is_tools(function: Any) -> bool:
    """In a file of the tool's rooms, which stand beside this package in a checkout, and not given as a user's file."""
    module = getattr(function, "__globals__", {}).get("__name__", "")
    return str(Path(function.__code__.co_filename).absolute()).startswith(_ROOMS) and not module.startswith(USERS)


def _is_modellers(name: str) -> bool:
    """A file that is neither the language's nor Python's own."""
    real = str(Path(name).resolve())
    return not real.startswith((_IR, _PYTHON)) and "site-packages" not in real


def _short(name: str) -> str:
    """The path as the reader would type it: relative where it lies below here."""
    try:
        return str(Path(name).resolve().relative_to(Path.cwd()))
    except ValueError:
        return name
