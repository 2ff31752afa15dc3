"""Finding designs and properties: by name in the catalogue, or a design by the path of the user's own file."""

import difflib
import importlib.util
import sys
import traceback
from pathlib import Path

from shootdown.ir import ModelError, Property, ShootdownError, UsageError
from shootdown.model.axes import AXES, design_at, point_named
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.properties import properties


def find_design(name: str) -> Design:
    """The design of that name, of that point of the design space, or the one that the file at that path defines."""
    known = designs()
    if name in known:
        return known[name]
    if name.count("/") == len(AXES) - 1 and not name.endswith(".py"):
        return design_at(point_named(name))
    if name.endswith(".py") or "/" in name:
        return load_design(Path(name))
    raise UsageError(f"there is no design `{name}`{did_you_mean(name, list(known))}; a path to a .py file works too")


def load_design(path: Path) -> Design:
    """The DESIGN of a user's own file. The file is a program and is run; a trace never is."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}; give the name of a design or the path of a .py file")
    name = f"shootdown_user_{path.stem.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file; a design is a .py file that defines DESIGN")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except ShootdownError:
        raise
    except (Exception, SystemExit) as error:  # a file that ends the program has answered nothing
        raise ModelError(f"{type(error).__name__}: {error}", _line_in(path, error)) from error
    design = getattr(module, "DESIGN", None)
    if not isinstance(design, Design):
        raise ModelError(
            "the file defines no DESIGN; write DESIGN = Design(name=..., after_device=..., ...)", str(path)
        )
    return design


def _line_in(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == path.resolve()]
    return f"{path}:{frames[-1].lineno}" if frames else str(path)


def find_property(name: str) -> Property:
    """The property of that name."""
    known = properties()
    if name not in known:
        raise UsageError(f"there is no property `{name}`{did_you_mean(name, list(known))}")
    return known[name]


def did_you_mean(name: str, known: list[str]) -> str:
    """The rest of a sentence about a name that does not exist: the nearest one, or all there are."""
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean `{close[0]}`?" if close else f"; there are: {', '.join(known)}"
