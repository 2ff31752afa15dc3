"""Where each ground state variable lives in a packed state: one unsigned 64-bit word.

From the high bits down: the number of the topology, the mutable cells in order of declaration, and a
counter that belongs to the search and not to the model. The immutable cells themselves are in a
second word, one for each topology, so that a state costs only as many bits as there are topologies.
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


@dataclass(frozen=True, eq=False)
class Layout:
    """Positions of the free cells of `ground`.

    `shift` maps a cell to its lowest bit in a state, `fixed_shift` an immutable one to its lowest bit in
    the topology's word; `topologies` are those words, sorted. `counter` is the number of low bits reserved
    for the search; bits from `split` upwards are the number of the topology.
    """

    ground: Ground
    shift: Mapping[int, int]
    fixed_shift: Mapping[int, int]
    topologies: Words
    counter: int
    split: int

    @property
    def width(self) -> int:
        """The number of bits in use."""
        return self.split + max(0, len(self.topologies) - 1).bit_length()

    @property
    def counter_mask(self) -> int:
        """The bits of the search's own counter."""
        return (1 << self.counter) - 1

    @cached_property
    def used_mask(self) -> int:
        """All bits in use."""
        return (1 << self.width) - 1

    def mask(self, cell: int) -> int:
        """The bits of one cell, in place."""
        return self._ones(cell) << self.position(cell)

    def position(self, cell: int) -> int:
        """The lowest bit of a cell, in whichever word it lives."""
        return self.fixed_shift[cell] if cell in self.fixed_shift else self.shift[cell]

    def _ones(self, cell: int) -> int:
        return (1 << self.ground.cells[cell].bits) - 1

    def at(self, cell: int, word: int) -> int:
        """The bits of one cell of a state."""
        if cell in self.fixed_shift:
            word = int(self.topologies[word >> self.split])
        return (word >> self.position(cell)) & self._ones(cell)

    def pack(self, state: ConcreteState) -> int:
        """The word of a complete state of a listed topology; constants are not looked at, the counter is 0."""
        topology = self._bits(state, self.fixed_shift)
        number = int(np.searchsorted(self.topologies, np.uint64(topology))) if self.fixed_shift else 0
        return number << self.split | self._bits(state, self.shift)

    def _bits(self, state: ConcreteState, shift: Mapping[int, int]) -> int:
        word = 0
        for index, position in shift.items():
            cell = self.ground.cells[index]
            word |= (state[cell.variable.name][cell.args] & self._ones(index)) << position
        return word

    def agrees(self, state: ConcreteState) -> bool:
        """Whether the state has the values that grounding took for constant, of which its word says nothing."""
        cells = self.ground.cells
        values = ((cells[k], raw) for k, raw in self.ground.fixed.items())
        return all(state[c.variable.name][c.args] == cell_value(c, raw) for c, raw in values)

    def unpack(self, word: int) -> ConcreteState:
        """The complete state that a word stands for, constants included."""
        state: dict[str, dict[tuple[int, ...], int]] = {v.name: {} for v in self.ground.system.variables}
        constants = self.ground.fixed
        for index, cell in enumerate(self.ground.cells):
            raw = constants[index] if index in constants else self.at(index, word)
            state[cell.variable.name][cell.args] = cell_value(cell, raw)
        return state


def lay_out(ground: Ground, cells: Iterable[int] | None = None) -> Layout:
    """All `cells` (by default the free ones) in one word, the first in the highest bits."""
    shift, width = stack(ground, ground.free if cells is None else cells)
    return Layout(ground, shift, {}, np.zeros(1, dtype=np.uint64), 0, width)


def stack(ground: Ground, cells: Iterable[int], start: int = 0) -> tuple[dict[int, int], int]:
    """Positions of `cells` from bit `start` upwards, the last one lowest, and the first bit above them."""
    shift: dict[int, int] = {}
    position = start
    for cell in reversed(list(cells)):
        shift[cell] = position
        position += ground.cells[cell].bits
    return dict(reversed(shift.items())), position


def words(values: Iterable[int]) -> Words:
    """Python integers as packed states."""
    return np.array(list(values), dtype=np.uint64)
