"""One file, one proposal seen as bytes: a module here that defines ABI is in the catalogue of `abis`."""

from importlib import import_module
from pkgutil import iter_modules

from shootdown.model.usermem.program import Abi


def abis() -> dict[str, Abi]:
    """Every proposal, by name; `type1-v1` first, then in alphabetical order."""
    modules = sorted(info.name for info in iter_modules(__path__))
    found = [import_module(f"{__name__}.{name}").ABI for name in modules]
    return {a.name: a for a in sorted(found, key=lambda a: (a.name != "type1-v1", a.name))}
