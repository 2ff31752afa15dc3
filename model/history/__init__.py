"""Historical bugs: one file each, with the buggy and the fixed variant and the expected verdicts.

A module that defines RANGE is about the arithmetic of a range.
"""

from importlib import import_module
from pkgutil import iter_modules

from shootdown.model.ranges import RangeBug


def range_bugs() -> dict[str, RangeBug]:
    """Every bug about a range, by name, in the order of their files."""
    modules = [import_module(f"{__name__}.{name}") for name in sorted(info.name for info in iter_modules(__path__))]
    found: list[RangeBug] = [m.RANGE for m in modules if hasattr(m, "RANGE")]
    return {bug.name: bug for bug in found}
