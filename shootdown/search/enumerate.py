"""All values of some cells that satisfy ground conjuncts: initial states, topologies.

Works like a join on arrays of packed states: cell after cell is added with all its values, and each
conjunct is applied as soon as its last cell is there. A cell that a conjunct defines by the
others is computed, not guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from shootdown.ir.expr import Op
from shootdown.ir.graph import CELL, FALSE_NODE, TRUE_NODE, Graph, Node
from shootdown.search.compiled import compile_nodes, compile_update, truth
from shootdown.search.layout import Layout, Words

BLOCK = 4096
"""Rows that `smallest` carries along before it takes them one half at a time."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """More rows than `limit` would be needed when the values of `cell` are added."""

    cell: str
    limit: int


def enumerate_states(
    layout: Layout, cells: Iterable[int], conjuncts: Iterable[Node], *, limit: int, base: Words | None = None
) -> Words | Overflow:
    """Sorted packed values of `cells` under the `conjuncts`, added to each row of `base`.

    Every cell that a conjunct reads is in `cells` or was assigned in `base`; conjuncts that read cells
    without a place in `layout` are not allowed.
    """
    join = _Join(layout, cells, conjuncts)
    rows = np.zeros(1, dtype=np.uint64) if base is None else base
    rows = join.filter(rows)
    while join.open and len(rows):
        if defined := join.definitions():
            rows = join.assign(rows, defined)
            continue
        cell = join.choose()
        values = layout.ground.cells[cell].values
        if len(rows) * values > limit:
            return Overflow(str(layout.ground.cells[cell]), limit)
        rows = join.filter(_extend(rows, values, layout.position(cell)), cell)
    return np.sort(rows)


def smallest(layout: Layout, conjuncts: Iterable[Node]) -> int | None:
    """The smallest packed value of all cells of `layout` that satisfies `conjuncts`; None where none is found.

    Of a C integer that no conjunct defines by cells before it, the first 4096 values are tried.
    """
    supports = [(node, layout.ground.graph.support(node)) for node in conjuncts]
    return _smallest(layout, list(layout.shift), supports, np.zeros(1, dtype=np.uint64), 0)


def _smallest(
    layout: Layout, cells: list[int], supports: list[tuple[Node, set[int]]], rows: Words, depth: int
) -> int | None:
    """Depth first over blocks of rows; cells are added from the high bits down, so rows stay sorted."""
    graph = layout.ground.graph
    while depth < len(cells):
        cell = cells[depth]
        done = set(cells[: depth + 1])
        ready = [n for n, support in supports if cell in support and support <= done]
        defined = next((d for n in ready if (d := _definition(graph, n, cell)) is not None), None)
        if defined is not None:
            (rows,) = compile_update(layout, {cell: defined})(rows)
        else:
            rows = _extend(rows, min(layout.ground.cells[cell].values, BLOCK), layout.position(cell))
        rows = _apply(layout, ready, rows)
        depth += 1
        if len(rows) > BLOCK:
            half = len(rows) // 2
            for part in (rows[:half], rows[half:]):
                if (found := _smallest(layout, cells, supports, part, depth)) is not None:
                    return found
            return None
        if not len(rows):
            return None
    return int(rows[0])


class _Join:
    """Which cells and conjuncts are still open."""

    def __init__(self, layout: Layout, cells: Iterable[int], conjuncts: Iterable[Node]) -> None:
        self.layout = layout
        self.open: dict[int, None] = dict.fromkeys(cells)
        graph = layout.ground.graph
        self.waiting = {node: graph.support(node).intersection(self.open) for node in conjuncts}

    def filter(self, rows: Words, *added: int) -> Words:
        """Mark cells as assigned and keep the rows that meet every conjunct that is now complete."""
        for cell in added:
            del self.open[cell]
        for support in self.waiting.values():
            support.difference_update(added)
        ready = [node for node, support in self.waiting.items() if not support]
        for node in ready:
            del self.waiting[node]
        return _apply(self.layout, ready, rows)

    def definitions(self) -> dict[int, Node]:
        """Cells that a conjunct gives as a function of what is assigned."""
        found: dict[int, Node] = {}
        for node, support in self.waiting.items():
            if len(support) == 1:
                (cell,) = support
                value = _definition(self.layout.ground.graph, node, cell)
                if value is not None:
                    found.setdefault(cell, value)
        return found

    def assign(self, rows: Words, defined: Mapping[int, Node]) -> Words:
        """Add computed cells."""
        (result,) = compile_update(self.layout, defined)(rows)
        return self.filter(result, *defined)

    def choose(self) -> int:
        """The next cell: one of the conjunct that lacks fewest; heuristic, any order gives the same rows."""
        if not self.waiting:
            return next(iter(self.open))
        rank = {cell: k for k, cell in enumerate(self.open)}
        fewest = min(self.waiting.values(), key=lambda s: (len(s), min(rank[c] for c in s)))
        cells = self.layout.ground.cells
        return min(fewest, key=lambda c: (cells[c].values, rank[c]))


def _definition(graph: Graph, node: Node, cell: int) -> Node | None:
    """The value that a conjunct forces on its only open cell, where the conjunct says so outright."""
    if graph.op[node] is CELL:
        return TRUE_NODE
    if graph.op[node] is Op.NOT and graph.op[graph.args[node][0]] is CELL:
        return FALSE_NODE
    if graph.op[node] is Op.EQ:
        left, right = graph.args[node]
        for one, other in ((left, right), (right, left)):
            if graph.op[one] is CELL and graph.data[one] == cell and cell not in graph.support(other):
                return other
    return None


def _extend(rows: Words, values: int, shift: int) -> Words:
    """Each row with each value, in order."""
    column = np.arange(values, dtype=np.uint64) << np.uint64(shift)
    return (rows[:, None] | column[None, :]).ravel()


def _apply(layout: Layout, conjuncts: list[Node], rows: Words) -> Words:
    if not conjuncts or not len(rows):
        return rows
    keep = np.ones(len(rows), dtype=np.bool_)
    for value in compile_nodes(layout, conjuncts)(rows):
        keep &= truth(value, len(rows))
    return rows[keep]
