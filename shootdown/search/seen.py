"""What some variables see of all reachable states: states that agree on them are one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shootdown.ir.errors import UsageError
from shootdown.ir.ground import Sizes, cell_value, check_sizes
from shootdown.ir.sorts import IndexSort
from shootdown.ir.system import System
from shootdown.search.breadth import Exploration
from shootdown.search.explicit import Explored, explored
from shootdown.search.layout import WORD, Words
from shootdown.search.result import Limits
from shootdown.search.space import Space, chunks

View = tuple[int, ...]
"""A value of each variable, in the order in which they are named."""


@dataclass(frozen=True)
class Seen:
    """The views of all reachable states and the steps between them.

    `views`: whether runs start there; `steps`: names of the actions that lead from one view to another, or to the same
    one if they change another variable; `states`: how many were explored, if `renamed` one of those that a renaming
    maps to each other.
    """

    views: Mapping[View, bool]
    steps: Mapping[tuple[View, View], frozenset[str]]
    states: int
    renamed: bool


@dataclass(frozen=True)
class TooLarge:
    """Not all states could be explored; `fits`: smaller sizes at which that was possible, None if there are none."""

    reason: str
    fits: Sizes | None


def seen(system: System, sizes: Sizes, names: Sequence[str], limits: Limits, most: int) -> Seen | TooLarge:
    """What variables without arguments see of all states at one size. More than `most` views are a UsageError.

    Renaming devices, groups and the like changes no variable of another sort: one state of those that a renaming maps
    to each other stands for all, unless a variable names such a thing itself.
    """
    symmetric = not any(isinstance(system.by_name[name].sort, IndexSort) for name in names)
    fits: Sizes | None = None
    for larger in _growing(check_sizes(system, sizes)):
        found = explored(system, (), larger, limits, stop=False, symmetric=symmetric)
        if not found.search.complete:
            return TooLarge(found.search.reason, fits)
        fits = larger
    if not found.search.states:
        raise UsageError(f"{found.search.reason}; choose other sizes")
    views, steps = _views(found, names, limits, most)
    return Seen(views, steps, found.search.states, symmetric)


def _growing(sizes: Sizes) -> Iterator[Sizes]:
    """From one of each up to these sizes, in turn one more of each: what is too large is met before it is built."""
    now = dict.fromkeys(sizes, 1)
    yield dict(now)
    while now != sizes:
        for name in sizes:
            if now[name] < sizes[name]:
                now[name] += 1
                yield dict(now)


def _views(
    found: Explored, names: Sequence[str], limits: Limits, most: int
) -> tuple[dict[View, bool], dict[tuple[View, View], frozenset[str]]]:
    """The views of explored states, and the steps between them."""
    eyes = [_Eyes(part.space, names) for part in found.parts]
    keys = np.unique(np.concatenate([np.unique(eye(s)) for eye, s in _states(eyes, found.parts, limits)]))
    if len(keys) > most:
        raise UsageError(f"the graph has {len(keys)} nodes, more than anyone can read; name fewer variables")
    first = {int(k) for eye, part in zip(eyes, found.parts, strict=True) if part.levels for k in eye(part.levels[0])}
    view = {int(k): eyes[0].view(int(k)) for k in keys}
    steps: dict[tuple[View, View], set[str]] = {}
    for eye, states in _states(eyes, found.parts, limits):
        for before, after, name in _steps(eye, states, keys):
            steps.setdefault((view[before], view[after]), set()).add(name)
    views = {view[k]: k in first for k in sorted(view)}
    return views, {ends: frozenset(actions) for ends, actions in steps.items()}


def _states(eyes: Sequence["_Eyes"], parts: Sequence[Exploration], limits: Limits) -> Iterator[tuple["_Eyes", Words]]:
    """All explored states, a chunk at a time."""
    for eye, part in zip(eyes, parts, strict=True):
        for depth, level in enumerate(part.levels):
            limits.tell("picture", depth, f"of {part.depth}")
            for states in chunks(level):
                yield eye, states


def _steps(eye: "_Eyes", states: Words, keys: Words) -> Iterator[tuple[int, int, str]]:
    """The steps from these states that change anything, as views before and after with the action's name."""
    before = np.searchsorted(keys, eye(states))
    for number, rows, after in eye.space.successors(states):
        changed = after != states[rows]
        pairs = np.unique(before[rows[changed]] * len(keys) + np.searchsorted(keys, eye(after[changed])))
        name = eye.space.instances[number].action.name
        yield from ((int(keys[p // len(keys)]), int(keys[p % len(keys)]), name) for p in pairs)


class _Eyes:
    """Reads some variables from packed states: their bits side by side in a word, the first one's lowest."""

    def __init__(self, space: Space, names: Sequence[str]) -> None:
        self.space = space
        ground = space.ground
        index = {c.variable.name: k for k, c in enumerate(ground.cells) if not c.args}
        self._cells = [index[name] for name in names]
        if sum(ground.cells[c].bits for c in self._cells) > WORD:
            raise UsageError(f"the variables have more than {WORD} bits; name fewer variables")

    def __call__(self, states: Words) -> Words:
        """A word for each state."""
        layout = self.space.layout
        found, position = np.zeros(len(states), dtype=np.uint64), 0
        for cell, bits, constant in self._fields():
            if constant is not None:
                value = np.full(len(states), constant, dtype=np.uint64)
            else:
                fixed = cell in layout.fixed_shift
                words = layout.topologies[(states >> np.uint64(layout.split)).astype(np.intp)] if fixed else states
                value = (words >> np.uint64(layout.position(cell))) & np.uint64((1 << bits) - 1)
            found |= value << np.uint64(position)
            position += bits
        return found

    def view(self, word: int) -> View:
        """The values that a word of `__call__` stands for."""
        values = []
        for cell, bits, _ in self._fields():
            values.append(cell_value(self.space.ground.cells[cell], word & ((1 << bits) - 1)))
            word >>= bits
        return tuple(values)

    def _fields(self) -> Iterator[tuple[int, int, int | None]]:
        """Each variable's cell, its bits, and its value where that never changes."""
        ground = self.space.ground
        return ((c, ground.cells[c].bits, ground.fixed.get(c)) for c in self._cells)
