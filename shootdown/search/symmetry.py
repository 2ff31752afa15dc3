"""Permutations of elements under which a system is unchanged, applied to packed states.

Elements of an index sort are interchangeable unless a literal names them: grounding makes a literal
element concrete, so a permutation must fix it (required: with a list order written in literals the
full group merges states that differ). Immutable state is permuted along with the rest, so the
product over the sorts is sound; any subgroup is sound too, which bounds the work.

Two levels: of the topologies the smallest of each orbit is kept, and a state becomes the smallest of
its images under the permutations that fix its own topology.
"""

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from shootdown.ir.expr import Expr, Op, walk
from shootdown.ir.ground import Cell, Ground, Sizes
from shootdown.ir.sorts import IndexSort, Sort
from shootdown.ir.system import Claim, System
from shootdown.search.compiled import Bits
from shootdown.search.layout import Layout, Words

LARGEST = 1152
"""Most permutations that are used; beyond that elements are held fixed, the last ones of the largest sort first."""

Permutation = Mapping[str, tuple[int, ...]]
"""For each sort by name, the image of each element."""


def named_elements(system: System, claims: Iterable[Claim]) -> dict[str, set[int]]:
    """Elements that a literal names, by sort: every permutation fixes them."""
    formulas: list[Expr] = [system.initial, *(c.formula for c in claims)]
    for action in system.actions:
        formulas += [action.guard, *(u.value for u in action.updates)]
    found: dict[str, set[int]] = {}
    for formula in formulas:
        for node in walk(formula):
            if node.op is Op.LIT and isinstance(node.sort, IndexSort) and isinstance(node.payload, int):
                found.setdefault(node.sort.name, set()).add(node.payload)
    return found


def permutations(system: System, claims: Iterable[Claim], sizes: Sizes, largest: int = LARGEST) -> list[Permutation]:
    """A group of permutations that leave the system and the claims unchanged; the identity is first."""
    named = named_elements(system, claims)
    sorts = sorted(s.name for s in system.index_sorts)
    movable = {s: [k for k in range(sizes[s]) if k not in named.get(s, set())] for s in sorts}
    while math.prod(math.factorial(len(m)) for m in movable.values()) > largest:
        max(movable.values(), key=len).pop()
    choices = []
    for sort in sorts:
        images = []
        for image in itertools.permutations(movable[sort]):
            table = dict(zip(movable[sort], image, strict=True))
            images.append(tuple(table.get(k, k) for k in range(sizes[sort])))
        choices.append(images)
    return [dict(zip(sorts, choice, strict=True)) for choice in itertools.product(*choices)]


@dataclass(frozen=True, slots=True)
class Moves:
    """A permutation as bit operations.

    Bits stay, or are moved left (negative: right) by a distance, or are flipped; `renamed` are fields
    whose values change: position, mask, and the image of each value in place.
    """

    stay: np.uint64
    moved: tuple[tuple[np.uint64, int], ...]
    flipped: np.uint64
    renamed: tuple[tuple[np.uint64, np.uint64, Words], ...]

    def __call__(self, states: Words) -> Words:
        """The images of packed states."""
        result = states & self.stay
        for mask, distance in self.moved:
            part = states & mask
            result |= part << np.uint64(distance) if distance >= 0 else part >> np.uint64(-distance)
        for position, mask, images in self.renamed:
            result |= images[((states >> position) & mask).astype(np.intp)]
        return result ^ self.flipped if self.flipped else result


def image(ground: Ground, permutation: Permutation, cell: Cell) -> int:
    """The cell that a permutation moves `cell` to."""
    args = tuple(_renamed(permutation, s, a) for s, a in zip(cell.variable.args, cell.args, strict=True))
    return ground.grounder.index[cell.variable.name, args]


def _renamed(permutation: Permutation, sort: Sort, value: int) -> int:
    return permutation[sort.name][value] if isinstance(sort, IndexSort) else value


def fixes_constants(ground: Ground, permutation: Permutation) -> bool:
    """Whether cells that grounding replaced by constants are permuted among themselves, values included."""
    for index, value in ground.fixed.items():
        cell = ground.cells[index]
        if ground.fixed.get(image(ground, permutation, cell)) != _renamed(permutation, cell.variable.sort, value):
            return False
    return True


def moves(layout: Layout, permutation: Permutation, cells: Iterable[int]) -> Moves:
    """`permutation` on the bits of `cells`, which it maps among themselves; all other bits stay."""
    ground = layout.ground
    touched = flipped = 0
    by_distance: dict[int, int] = {}
    renamed = []
    for index in cells:
        cell = ground.cells[index]
        mask = layout.mask(index)
        position, target = layout.position(index), layout.position(image(ground, permutation, cell))
        touched |= mask
        names = permutation[cell.variable.sort.name] if isinstance(cell.variable.sort, IndexSort) else ()
        if cell.bits > 1 and names != tuple(range(len(names))):
            values = [names[v] if v < len(names) else v for v in range(1 << cell.bits)]
            images = np.array([v << target for v in values], dtype=np.uint64)
            renamed.append((np.uint64(position), np.uint64((1 << cell.bits) - 1), images))
            continue
        if names == (1, 0):
            flipped |= 1 << target
        distance = target - position
        by_distance[distance] = by_distance.get(distance, 0) | mask
    stay = layout.used_mask & ~touched | by_distance.pop(0, 0)
    moved = tuple((np.uint64(m), d) for d, m in sorted(by_distance.items()))
    return Moves(np.uint64(stay), moved, np.uint64(flipped), tuple(renamed))


class Symmetry:
    """The group of one check. `on=False` gives the trivial group."""

    def __init__(self, ground: Ground, claims: Iterable[Claim], *, on: bool = True) -> None:
        group = permutations(ground.system, claims, ground.sizes)[1:] if on else []
        self.ground = ground
        self.group = [g for g in group if fixes_constants(ground, g)]

    def on_topologies(self, flat: Layout) -> list[Moves]:
        """The action on words that hold the immutable cells alone."""
        return [moves(flat, g, flat.shift) for g in self.group]

    def representatives(self, flat: Layout, topologies: Words) -> Words:
        """The topologies that no permutation makes smaller."""
        keep = np.ones(len(topologies), dtype=np.bool_)
        for move in self.on_topologies(flat):
            keep &= topologies <= move(topologies)
        return topologies[keep]

    def canonical(self, flat: Layout, layout: Layout) -> "Canonical":
        """The map from packed states to the smallest of their orbits that have the same topology."""
        everywhere: list[Moves] = []
        partial: list[tuple[Moves, Bits]] = []
        for permutation, on_topology in zip(self.group, self.on_topologies(flat), strict=True):
            fixed = on_topology(layout.topologies) == layout.topologies
            if not fixed.any():
                continue
            move = moves(layout, permutation, layout.shift)
            if fixed.all():
                everywhere.append(move)
            else:
                partial.append((move, fixed))
        return Canonical(np.uint64(layout.split), tuple(everywhere), tuple(partial))


@dataclass(frozen=True)
class Canonical:
    """Maps a state to the smallest image under the permutations that fix its topology."""

    split: np.uint64
    everywhere: tuple[Moves, ...]
    partial: tuple[tuple[Moves, Bits], ...]

    @property
    def trivial(self) -> bool:
        """Whether every state is its own image."""
        return not self.everywhere and not self.partial

    def __call__(self, states: Words) -> Words:
        """Canonical images."""
        best = states
        for move in self.everywhere:
            best = np.minimum(best, move(states))
        if not self.partial:
            return best
        best = best.copy() if best is states else best
        topology = (states >> self.split).astype(np.intp)
        for move, fixed in self.partial:
            rows = np.flatnonzero(fixed[topology])
            if len(rows):
                best[rows] = np.minimum(best[rows], move(states[rows]))
        return best
