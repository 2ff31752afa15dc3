"""Finding designs and properties: by name in the catalogue, or a design by the path of the user's own file."""

import ast
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from shootdown.ir import ModelError, Property, UsageError
from shootdown.ir.errors import did_you_mean
from shootdown.model.axes import AXES, design_at, point_named
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.topology import TOPOLOGIES
from shootdown.properties import properties
from shootdown.review.sourcefile import loaded


def find_design(name: str) -> Design:
    """The design of that name, of that point of the design space, or the one that the file at that path defines."""
    known = designs()
    if name in known:
        return known[name]
    if _may_be_a_point(name):
        return design_at(point_named(name))
    if name.endswith(".py") or "/" in name or Path(name).exists():
        return load_design(Path(name))
    raise UsageError(f"there is no design `{name}`{did_you_mean(name, list(known))}; a path to a .py file works too")


def _may_be_a_point(name: str) -> bool:
    """Whether it is spelt like one; a path may have as many slashes."""
    return name.count("/") == len(AXES) - 1 and not name.startswith(("/", ".", "~")) and not Path(name).exists()


def load_design(path: Path) -> Design:
    """The DESIGN of a user's own file. The file is a program and is run; a trace never is."""
    module = loaded(path, "DESIGN")
    design = getattr(module, "DESIGN", None)
    if not isinstance(design, Design):
        raise ModelError(_no_design(module, design), str(path))
    must_state_what_exists(design, path)
    return design


def _no_design(module: ModuleType, found: object) -> str:
    """What the file defines instead, and what it has to."""
    others = [name for name, value in vars(module).items() if isinstance(value, Design)]
    if others:
        return f"the file defines no DESIGN; write DESIGN = {others[0]}"
    if found is not None:
        return f"DESIGN is of type {type(found).__name__}; write DESIGN = Design(name=..., after_device=..., ...)"
    return "the file defines no DESIGN; write DESIGN = Design(name=..., after_device=..., ...)"


def must_state_what_exists(design: Design, path: Path | None = None) -> None:
    """A ModelError where an Expect names a property or a topology that there is not: it would never be compared."""
    for stated in design.expects:
        for what, name, known in (
            ("property", stated.property, list(properties())),
            ("topology", stated.topology, ["", *TOPOLOGIES]),
        ):
            if name not in known:
                sentence = f"an Expect of {design.name}: there is no {what} `{name}`"
                hint = did_you_mean(name, [n for n in known if n])
                raise ModelError(sentence + hint, "" if path is None else _line_of(path, name))


def _line_of(path: Path, text: str) -> str:
    """The line in which a file has this string, as far as that can be found."""
    with suppress(OSError, SyntaxError, ValueError):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and node.value == text:
                return f"{path}:{node.lineno}"
    return str(path)


def find_property(name: str) -> Property:
    """The property of that name."""
    known = properties()
    if name not in known:
        raise UsageError(f"there is no property `{name}`{did_you_mean(name, list(known))}")
    return known[name]


__all__ = ["did_you_mean", "find_design", "find_property", "load_design", "must_state_what_exists"]
