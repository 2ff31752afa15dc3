"""One file, one design: a module here that defines DESIGN is in the catalogue."""

from importlib import import_module
from pkgutil import iter_modules

from shootdown.model.design import Design


def designs() -> dict[str, Design]:
    """Every design, by name; `type1-v1` first, then in alphabetical order."""
    modules = sorted(info.name for info in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").DESIGN for name in modules]
    return {d.name: d for d in sorted(found, key=lambda d: (not d.name.startswith("type1-v1"), d.name))}
