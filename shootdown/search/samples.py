"""Reachable states at small sizes, as bit sets: which of them meet a cube, for any choice of its elements.

They tell which lemmas are worth a try. Nothing is proved by them: a lemma that holds in all of them is still put to
the solver over uninterpreted sorts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from shootdown.ir.ground import Cell, Ground
from shootdown.ir.trace import ConcreteState
from shootdown.search.breadth import Exploration
from shootdown.search.layout import Layout, Words

MOST = 6000
"""States of one size that are looked at, taken with a fixed stride."""

Element = tuple[str, int]
"""An element of an index sort: the sort's name and a number."""

Point = tuple[str, tuple[int, ...]]
"""A state variable by name, at concrete arguments."""


@dataclass(slots=True)
class Block:
    """States of one size: for each point and value the set of states with that value, as bits of an integer."""

    sizes: Mapping[str, int]
    count: int = 0
    having: dict[Point, dict[int, int]] = field(default_factory=dict)

    @property
    def all(self) -> int:
        """Every state."""
        return (1 << self.count) - 1

    def add(self, state: ConcreteState) -> None:
        """One more state."""
        bit = 1 << self.count
        self.count += 1
        for name, table in state.items():
            for args, value in table.items():
                of = self.having.setdefault((name, args), {})
                of[value] = of.get(value, 0) | bit


def block_of(run: Exploration) -> Block:
    """The states of an exploration as a block."""
    layout, states = run.space.layout, run.visited.all()
    chosen = states[:: max(1, -(-len(states) // MOST))]
    ground: Ground = run.space.ground
    block = Block(dict(ground.sizes), len(chosen))
    for number, cell in enumerate(ground.cells):
        point = (cell.variable.name, cell.args)
        if number in ground.fixed:
            block.having[point] = {_value(cell, ground.fixed[number]): block.all}
        else:
            block.having[point] = dict(_sets(layout, number, cell, chosen))
    return block


def _sets(layout: Layout, number: int, cell: Cell, states: Words) -> Iterator[tuple[int, int]]:
    words = states
    if number in layout.fixed_shift:
        words = layout.topologies[(states >> np.uint64(layout.split)).astype(np.intp)]
    ones = np.uint64((1 << cell.bits) - 1)
    column = (words >> np.uint64(layout.position(number))) & ones
    for value in np.unique(column).tolist():
        packed = np.packbits(column == np.uint64(value), bitorder="little").tobytes()
        yield _value(cell, value), int.from_bytes(packed, "little")


def _value(cell: Cell, raw: int) -> int:
    from shootdown.ir.ground import cell_value  # noqa: PLC0415 # beside its only use

    return cell_value(cell, raw)


def blocks_of(runs: Sequence[Exploration]) -> list[Block]:
    """One block for each exploration that has states."""
    return [block_of(r) for r in runs if len(r.visited)]
