"""A modeller's own Python file: read, looked through for what Python would pass over in silence, and run.

The file is compiled anew each time, so that no older form of it is taken for it.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from shootdown.ir import ModelError, ShootdownError, UsageError
from shootdown.ir.errors import USERS, raised_at, worded
from shootdown.review.silent import LOOKS, looked_through
from shootdown.review.timelimit import TimeUp, limited

_LEAST_SECONDS = 2.0
"""A file gets this long however short the user's time is: to load the model takes some of it."""

_seconds: ContextVar[float | None] = ContextVar("seconds for a file to load", default=None)


@contextmanager
def loading_within(seconds: float | None) -> Iterator[None]:
    """Let each file that is loaded inside end within so many seconds, or be refused."""
    token = _seconds.set(None if seconds is None else max(seconds, _LEAST_SECONDS))
    try:
        yield
    finally:
        _seconds.reset(token)


def loaded(path: Path, what: str) -> ModuleType:
    """The module that a file is when it has run; `what` says what it should define. Every mistake is one sentence."""
    _must_be_python(path, what)
    code = _compiled(path)
    name = f"{USERS}{path.stem.replace('-', '_')}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    module = module_from_spec(spec)
    module.__dict__.update(LOOKS)
    sys.modules[name] = module
    seconds = _seconds.get()
    try:
        with redirect_stdout(sys.stderr), limited(seconds):
            exec(code, module.__dict__)  # a design is a program; a trace never is
    except ShootdownError:
        raise
    except TimeUp:
        raise UsageError(f"{path}: the file has not ended after {seconds:g} s; it only has to define {what}") from None
    except (Exception, SystemExit) as error:  # a file that ends the program has answered nothing
        raise ModelError(_sentence(path, error), raised_at(error, str(path)) or str(path)) from error
    return module


def _must_be_python(path: Path, what: str) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a directory; give the path of the .py file that defines {what}")
    if not path.exists():
        raise UsageError(f"there is no file {path}; give a name that `shootdown list` shows, or the path of a .py file")
    if path.suffix != ".py":
        raise UsageError(f"{path} is not a Python file; a .py file that defines {what} is needed")


def _compiled(path: Path) -> CodeType:
    try:
        tree = ast.parse(path.read_bytes(), str(path))
        _must_be_said_once(path, tree)
        return looked_through(tree, str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise ModelError(f"this is not Python: {worded(error)}", f"{path}:{line}" if line else str(path)) from error


def _must_be_said_once(path: Path, tree: ast.Module) -> None:
    """Of two plain definitions of a name Python takes the last, and nobody would be told of the first."""
    found: list[tuple[str, int]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            found.append((node.name, node.lineno))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not _reads_design(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [(t.id, node.lineno) for t in targets if isinstance(t, ast.Name) and t.id == "DESIGN"]
    counts = Counter(name for name, _ in found)
    for name, line in found[::-1]:
        if counts[name] > 1:
            first = next(n for other, n in found if other == name)
            raise ModelError(f"`{name}` is defined a second time, first in line {first}; keep one", f"{path}:{line}")


def _reads_design(value: ast.expr | None) -> bool:
    """Whether a DESIGN is made from the one before."""
    return value is None or any(isinstance(n, ast.Name) and n.id == "DESIGN" for n in ast.walk(value))


def _sentence(path: Path, error: BaseException) -> str:
    """What is wrong; for a module that stands beside the file, that a proposal is one file."""
    if isinstance(error, ImportError) and "relative import" in str(error):
        return "a relative import, and a proposal is one file that is in no package; put what it needs in here"
    if isinstance(error, ModuleNotFoundError) and error.name is not None:
        root = error.name.partition(".")[0]
        if (path.parent / f"{root}.py").is_file() or (path.parent / root).is_dir():
            return f"`{root}` stands beside this file and is not looked for: a proposal is one file; put it in here"
    return worded(error)
