"""Plain values for what a search leaves open, so that a trace shows only what matters."""

from collections.abc import Mapping

from shootdown.ir import System
from shootdown.ir.sorts import EnumSort
from shootdown.model.usermem.program import World

CONSTANTS: Mapping[str, tuple[int, ...]] = {
    "readable": (4096, 64, 56, 32, 12, 8, 0),
    "writable": (1, 0),
    "most_alloc": (1 << 22,),
    "devices": (2, 3),
    "refuser": (2, 1),
    "beyond_table": (72, 4, 1),
    "own_more": (255,),
}
"""A buffer of one page, an allocator that serves 4 MiB [R], two devices of which none refuses, PASIDs 0 to 255, 72
bytes for the neighbour's struct [R]."""


def usual(system: System, world: World) -> dict[str, tuple[int, ...]]:
    """For each state variable at the start the values that a reader would expect, the plainest first."""
    words = {w.name: (w.usual, *w.then) for w in world.words}
    values = {**CONSTANTS, **world.usual}
    found: dict[str, tuple[int, ...]] = {}
    for variable in system.variables:
        name, _, number = variable.name.rpartition("_")
        base = name if number.isdigit() and name in {*words, "readable"} else variable.name
        plain = words.get(base, values.get(base, (0, 1)))
        first = isinstance(variable.sort, EnumSort)
        found[variable.name] = (0,) if first else tuple(dict.fromkeys(plain))
    return found


def expected_start(system: System, world: World) -> Mapping[str, Mapping[tuple[int, ...], int]]:
    """The start in which every word and every constant is the plainest: one that the search may extend."""
    return {name: {(): values[0]} for name, values in usual(system, world).items()}
