"""What must hold: one file, one claim."""

from importlib import import_module
from pkgutil import iter_modules

from shootdown.ir import Property
from shootdown.ir.claims import COHERENCY


def properties(subject: str = COHERENCY) -> dict[str, Property]:
    """Every property about a subject, by name. A module without `PROPERTY` is none of the catalogue's."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    found = [module.PROPERTY for module in sorted(modules, key=lambda m: m.__name__) if hasattr(module, "PROPERTY")]
    return {p.name: p for p in found if p.subject == subject}
