"""What must hold: one file, one claim."""

from importlib import import_module
from pkgutil import iter_modules

from shootdown.ir import Property


def properties() -> dict[str, Property]:
    """Every property, by name."""
    modules = sorted(info.name for info in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").PROPERTY for name in modules]
    return {p.name: p for p in found}
