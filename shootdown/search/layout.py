"""Where each ground state variable lives in a packed state: one unsigned 64-bit word.

Immutable cells come first (the high bits), then the others, each in order of declaration, so that
sorting words groups them by topology. The lowest bits may hold a counter that belongs to the
search and not to the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shootdown.ir.ground import Ground, cell_value
from shootdown.ir.trace import ConcreteState

WORD = 64
"""Bits of a packed state."""

Words = npt.NDArray[np.uint64]
"""Packed states, one a word."""

Rows = npt.NDArray[np.intp]
"""Positions in an array of packed states."""


@dataclass(frozen=True)
class Layout:
    """Positions of the free cells of `ground`.

    `shift` maps a cell to its lowest bit; `counter` is the number of low bits reserved for the search;
    bits from `split` upwards belong to immutable cells; `width` is the number of bits in use.
    """

    ground: Ground
    shift: Mapping[int, int]
    counter: int
    split: int
    width: int

    @property
    def fits(self) -> bool:
        """Whether a state fits into one word."""
        return self.width <= WORD

    @property
    def counter_mask(self) -> int:
        """The bits of the search's own counter."""
        return (1 << self.counter) - 1

    @cached_property
    def immutable_mask(self) -> int:
        """The bits of the immutable cells."""
        return (1 << self.width) - (1 << self.split)

    def mask(self, cell: int) -> int:
        """The bits of one cell, in place."""
        return ((1 << self.ground.cells[cell].bits) - 1) << self.shift[cell]

    def pack(self, state: ConcreteState) -> int:
        """The word of a complete state; fixed cells are not looked at, the counter is 0."""
        word = 0
        for index, position in self.shift.items():
            cell = self.ground.cells[index]
            word |= (state[cell.variable.name][cell.args] & ((1 << cell.bits) - 1)) << position
        return word

    def at(self, cell: int, word: int) -> int:
        """The bits of one cell in a word."""
        return (word >> self.shift[cell]) & ((1 << self.ground.cells[cell].bits) - 1)

    def unpack(self, word: int) -> ConcreteState:
        """The complete state that a word stands for, fixed cells included."""
        state: dict[str, dict[tuple[int, ...], int]] = {v.name: {} for v in self.ground.system.variables}
        for index, cell in enumerate(self.ground.cells):
            raw = self.at(index, word) if index in self.shift else self.ground.fixed[index]
            state[cell.variable.name][cell.args] = cell_value(cell, raw)
        return state


def lay_out(ground: Ground, cells: Iterable[int] | None = None, counter: int = 0) -> Layout:
    """Positions for `cells` (all free ones by default) above `counter` low bits."""
    chosen = ground.free if cells is None else list(cells)
    mutable = [c for c in chosen if not ground.cells[c].variable.immutable]
    immutable = [c for c in chosen if ground.cells[c].variable.immutable]
    shift: dict[int, int] = {}
    position = counter
    split = counter
    for cell in reversed(immutable + mutable):
        shift[cell] = position
        position += ground.cells[cell].bits
        if not ground.cells[cell].variable.immutable:
            split = position
    return Layout(ground, dict(reversed(shift.items())), counter, split, position)


def words(values: Iterable[int]) -> Words:
    """Python integers as packed states."""
    return np.array(list(values), dtype=np.uint64)
