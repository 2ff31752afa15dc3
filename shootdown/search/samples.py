"""Reachable states at small sizes, as bit sets: which of them meet a cube, for any choice of its elements.

They tell which lemmas are worth a try. Nothing is proved by them: a lemma that holds in all of them is still put to
the solver over uninterpreted sorts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from shootdown.ir.expr import Expr
from shootdown.ir.ground import Cell, Ground, Sizes, cell_value
from shootdown.ir.interp import domain, evaluate
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState
from shootdown.search import explicit
from shootdown.search.compiled import Bits, compile_nodes, truth
from shootdown.search.layout import Layout, Words
from shootdown.search.result import Limits
from shootdown.search.space import Space
from shootdown.search.vocabulary import Derived
from shootdown.search.walks import walks

MOST = 20000
"""States of one size that are looked at, taken with a fixed stride."""

Element = tuple[str, int]
"""An element of an index sort: the sort's name and a number."""

Point = tuple[str, tuple[int, ...]]
"""A state variable by name, at concrete arguments."""


@dataclass(slots=True)
class Block:
    """States of one size: for each point and value the set of states with that value, as bits of an integer.

    `all` has a bit for each of the `count` states; `looks` counts the choices of elements that were looked at.
    """

    sizes: Mapping[str, int]
    count: int = 0
    all: int = 0
    looks: int = 0
    having: dict[Point, dict[int, int]] = field(default_factory=dict)

    def add(self, state: ConcreteState) -> None:
        """One more state, derived relations among its tables."""
        bit = 1 << self.count
        self.count += 1
        self.all |= bit
        for name, table in state.items():
            for args, value in table.items():
                of = self.having.setdefault((name, args), {})
                of[value] = of.get(value, 0) | bit


def with_derived(state: ConcreteState, sizes: Mapping[str, int], relations: Sequence[Derived]) -> ConcreteState:
    """The state with a table for each derived relation."""
    tables = dict(state)
    for one in relations:
        points = product(*(domain(b.sort, sizes) for b in one.binders))
        tables[one.relation.name] = {p: evaluate(one.formula, state, sizes, one.binding(p)) for p in points}
    return tables


def block_of(space: Space, states: Words, relations: Sequence[Derived]) -> Block:
    """Packed states as a block."""
    layout, chosen = space.layout, states
    ground: Ground = space.ground
    block = Block(dict(ground.sizes), len(chosen), (1 << len(chosen)) - 1)
    for number, cell in enumerate(ground.cells):
        point = (cell.variable.name, cell.args)
        if number in ground.fixed:
            block.having[point] = {cell_value(cell, ground.fixed[number]): block.all}
        else:
            block.having[point] = dict(_sets(layout, number, cell, chosen))
    _add_derived(block, space, relations, chosen)
    return block


def _add_derived(block: Block, space: Space, relations: Sequence[Derived], states: Words) -> None:
    shape = space.ground
    points = [(one, p) for one in relations for p in product(*(domain(b.sort, block.sizes) for b in one.binders))]
    nodes = [shape.grounder.node(one.formula, one.binding(p)) for one, p in points]
    values = compile_nodes(space.layout, nodes)(states) if nodes else []
    for (one, p), value in zip(points, values, strict=True):
        true = _bits(truth(value, len(states)))
        having = {1: true, 0: block.all & ~true}
        block.having[one.relation.name, p] = {v: bits for v, bits in having.items() if bits}


def _bits(column: Bits) -> int:
    return int.from_bytes(np.packbits(column, bitorder="little").tobytes(), "little")


def _sets(layout: Layout, number: int, cell: Cell, states: Words) -> Iterator[tuple[int, int]]:
    words = states
    if number in layout.fixed_shift:
        words = layout.topologies[(states >> np.uint64(layout.split)).astype(np.intp)]
    ones = np.uint64((1 << cell.bits) - 1)
    column = (words >> np.uint64(layout.position(number))) & ones
    for value in np.unique(column).tolist():
        yield cell_value(cell, value), _bits(column == np.uint64(value))


Sample = tuple[Space, Words]
"""Packed states and the space that they are packed in."""


def sample(system: System, small: Sequence[Sizes], large: Sequence[Sizes], limits: Limits) -> list[Sample]:
    """All states at the small sizes, as far as they go, and those of random runs at the large ones."""
    runs = [r for sizes in small for r in explicit.explored(system, (), sizes, limits).parts if len(r.visited)]
    every = [(r.space, r.visited.all()) for r in runs] + walks(system, large)
    return [(space, states[:: max(1, -(-len(states) // MOST))]) for space, states in every]


def holds_in(formula: Expr, samples: Sequence[Sample]) -> bool:
    """Whether the formula is true in every state of the samples."""
    return all(
        bool(truth(value, len(states)).all())
        for space, states in samples
        for value in compile_nodes(space.layout, [space.ground.formula(formula)])(states)
    )


def blocks_of(samples: Sequence[Sample], relations: Sequence[Derived]) -> list[Block]:
    """The samples as bit sets."""
    return [block_of(space, states, relations) for space, states in samples]
