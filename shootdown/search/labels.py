"""Texts for packed states, worked out by the interpreter once for all states that agree on what it reads."""

from collections.abc import Callable

import numpy as np

from shootdown.ir.interp import Sizes
from shootdown.ir.trace import ConcreteState, Table
from shootdown.search.layout import WORD, Rows, Words
from shootdown.search.space import Space

Label = frozenset[str]
"""What is said of a state."""


class UnreadError(Exception):
    """A text speaks of the variable `name`, which the states of a slice leave out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Watched(dict[str, Table]):
    """A state that remembers which of its variables were read."""

    def __init__(self, state: ConcreteState) -> None:
        super().__init__(state)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Table:
        self.read.add(name)
        return super().__getitem__(name)

    def __missing__(self, name: str) -> Table:
        raise UnreadError(name)


class Labels:
    """What `text` says of states; it may read nothing but the state."""

    def __init__(self, space: Space, text: Callable[[ConcreteState, Sizes], Label]) -> None:
        self._space, self._text = space, text
        self._names: set[str] = set()
        self._known: dict[tuple[int, int], Label] = {}

    def __call__(self, states: Words) -> list[tuple[Label, Rows]]:
        """The labels in order, each with the positions of its states. An UnreadError where a slice is too small."""
        labels: list[Label] | None = None
        while labels is None:
            keys, inverse = self._keys(states)
            labels = self._labels(keys, states, inverse)
        number = {label: k for k, label in enumerate(sorted(set(labels), key=sorted))}
        rows = np.array([number[label] for label in labels], dtype=np.intp)[inverse]
        return [(label, np.flatnonzero(rows == k)) for label, k in number.items()]

    def _labels(self, keys: list[tuple[int, int]], states: Words, inverse: Rows) -> list[Label] | None:
        """A label for each key; None where more turned out to be read than the keys have."""
        firsts = np.zeros(len(keys), dtype=np.intp)
        firsts[inverse[::-1]] = np.arange(len(states))[::-1]
        for key, first in zip(keys, firsts, strict=True):
            if key in self._known:
                continue
            state = _Watched(self._space.layout.unpack(int(states[first])))
            self._known[key] = self._text(state, self._space.ground.sizes)
            if not state.read <= self._names:
                self._names |= state.read
                self._known = {}
                return None
        return [self._known[key] for key in keys]

    def _keys(self, states: Words) -> tuple[list[tuple[int, int]], Rows]:
        """What is read of each state, as bits of its word and its topology: the different ones, and which is whose."""
        layout = self._space.layout
        cells = [k for k, c in enumerate(self._space.ground.cells) if c.variable.name in self._names]
        own = sum(layout.mask(k) for k in cells if k in layout.shift)
        fixed = sum(layout.mask(k) for k in cells if k in layout.fixed_shift)
        numbers = states >> np.uint64(layout.split) if layout.split < WORD else np.zeros_like(states)
        one, first = np.unique(states & np.uint64(own), return_inverse=True)
        two, second = np.unique(layout.topologies[numbers.astype(np.intp)] & np.uint64(fixed), return_inverse=True)
        pairs, inverse = np.unique(first * len(two) + second, return_inverse=True)
        return [(int(one[p // len(two)]), int(two[p % len(two)])) for p in pairs], inverse
