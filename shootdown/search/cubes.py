"""Cubes and clauses over the cells of a ground system, and the orbit of a cube under the sound group.

An *atom* says that the masked bits of a cell have a value. A *clause* is a set of atoms, one of which
holds; a *cube* is the same set read the other way: none of them holds. So a cube and the clause that
blocks it are one value, and a cube with fewer atoms covers more states. Truth values have one atom per
state, enumerations and index sorts one for each value that the cell does not have (so that an element
can be renamed), C integers one per bit.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from shootdown.ir.ground import Cell, Ground
from shootdown.ir.sorts import BoolSort, CInt, IndexSort
from shootdown.ir.system import Claim
from shootdown.search.smtlib import Encoding, bits_text
from shootdown.search.symmetry import Permutation, fixes_constants, image, named_elements


class Atom(NamedTuple):
    """The bits of cell number `cell` under `mask` are `value`."""

    cell: int
    mask: int
    value: int


ASSUMED = 24
"""Heuristic: about so many images of a cube are assumed together."""

Cube = frozenset[Atom]
"""Atoms that are all false: a set of states. As a clause: at least one of them is true."""


def false_atoms(index: int, cell: Cell, raw: int) -> Iterable[Atom]:
    """The atoms that say that a cell has the value `raw`: all of these are false."""
    if isinstance(cell.variable.sort, CInt):
        masks = [1 << k for k in range(cell.bits)]
        return [Atom(index, m, ~raw & m) for m in masks]
    whole = (1 << cell.bits) - 1
    return [Atom(index, whole, v) for v in range(cell.values) if v != raw]


def term(encoding: Encoding, atom: Atom, t: int) -> str:
    """An atom at time `t` as SMT-LIB."""
    cell, name = encoding.ground.cells[atom.cell], encoding.cell_term(atom.cell, t)
    if isinstance(cell.variable.sort, BoolSort):
        return name if atom.value else f"(not {name})"
    if isinstance(cell.variable.sort, CInt):
        bit = atom.mask.bit_length() - 1
        return f"(= ((_ extract {bit} {bit}) {name}) {bits_text(atom.value >> bit, 1)})"
    return f"(= {name} {bits_text(atom.value, cell.bits)})"


def clause_text(encoding: Encoding, cube: Cube, t: int) -> str:
    """The clause that blocks a cube, at time `t`."""
    return f"(or false {' '.join(term(encoding, a, t) for a in sorted(cube))})"


class Orbits:
    """The images of cubes under permutations that leave system and claims unchanged.

    Never lists the group: an orbit is closed under transpositions that generate it. Required: elements that a
    literal names stay fixed, and so do constants of grounding; any set of such generators is sound. `on=False`
    gives the trivial group.
    """

    def __init__(self, ground: Ground, claims: Iterable[Claim], *, on: bool = True) -> None:
        self.ground = ground
        named = named_elements(ground.system, claims) if on else {}
        self._moves = [_Move(ground, p) for p in generators(ground, named)] if on else []

    def of(self, cube: Cube, most: float = math.inf) -> tuple[Cube, ...]:
        """The distinct images of a cube, itself first, then in order of discovery; about `most` of them are enough."""
        found = {cube: None}
        queue = deque([cube])
        while queue and len(found) < most:
            next_one = queue.popleft()
            for move in self._moves:
                moved = move(next_one)
                if moved not in found:
                    found[moved] = None
                    queue.append(moved)
        return tuple(found)

    def some(self, cube: Cube) -> tuple[Cube, ...]:
        """So many images as are worth assuming in a query; a cube that was not generalised may have thousands."""
        return self.of(cube, ASSUMED)


def generators(ground: Ground, named: Mapping[str, set[int]]) -> list[Permutation]:
    """Transpositions that generate the sound group: a spanning forest of those that are sound."""
    found: list[Permutation] = []
    same = {s.name: tuple(range(ground.sizes[s.name])) for s in ground.system.index_sorts}
    for sort in sorted(same):
        movable = [k for k in same[sort] if k not in named.get(sort, set())]
        tree = {k: k for k in movable}
        for number, i in enumerate(movable):
            for j in movable[number + 1 :]:
                swap = dict(same) | {sort: tuple({i: j, j: i}.get(k, k) for k in same[sort])}
                if tree[i] != tree[j] and fixes_constants(ground, swap):
                    found.append(swap)
                    tree = {k: tree[i] if t == tree[j] else t for k, t in tree.items()}
    return found


class _Move:
    """One permutation on atoms; remembers images."""

    def __init__(self, ground: Ground, permutation: Permutation) -> None:
        self.ground, self.permutation = ground, permutation
        self._images: dict[Atom, Atom] = {}

    def __call__(self, cube: Cube) -> Cube:
        return frozenset([self._atom(a) for a in cube])

    def _atom(self, atom: Atom) -> Atom:
        found = self._images.get(atom)
        if found is None:
            cell = self.ground.cells[atom.cell]
            sort = cell.variable.sort
            value = self.permutation[sort.name][atom.value] if isinstance(sort, IndexSort) else atom.value
            found = self._images[atom] = Atom(image(self.ground, self.permutation, cell), atom.mask, value)
        return found
