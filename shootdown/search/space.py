"""A ground system as a space of packed states: where runs start, how they go on, what is claimed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from shootdown.ir.graph import Node
from shootdown.ir.ground import Instance, Sizes, ground
from shootdown.ir.system import Claim, System
from shootdown.search.compiled import Bits, Program, compile_nodes, compile_update, truth
from shootdown.search.enumerate import Overflow, enumerate_states
from shootdown.search.layout import Layout, Rows, Words, lay_out
from shootdown.search.symmetry import Canonical, Symmetry

CHUNK = 8192
"""Packed states that are worked on at a time: small enough for the cache, large enough for numpy."""

Fixed = Mapping[tuple[str, tuple[int, ...]], int]
"""Values of immutable cells, by variable name and arguments."""


def chunks(states: Words) -> Iterator[Words]:
    """`states` in pieces of at most `CHUNK`."""
    for start in range(0, len(states), CHUNK):
        yield states[start : start + CHUNK]


class Space:
    """The packed states of `system` at `sizes`; `faults` bounds the tallied steps of a run.

    The bound is kept as a counter in the low bits of a word: it belongs to the search.
    """

    def __init__(
        self,
        system: System,
        claims: Sequence[Claim],
        sizes: Sizes,
        *,
        faults: int | None = None,
        fixed: Fixed | None = None,
        symmetric: bool = True,
    ) -> None:
        self.system = system
        self.claims = tuple(claims)
        self.ground = ground(system, sizes, fixed)
        self.faults = faults
        self.layout: Layout = lay_out(self.ground, counter=0 if faults is None else faults.bit_length())
        self.instances: tuple[Instance, ...] = self.ground.instances
        self._symmetric = symmetric
        self._updates: dict[int, Program] = {}
        self._checks: dict[tuple[int, ...], Program] = {}

    def at(self, fixed: Fixed) -> "Space":
        """The same space with its topology fixed, in fewer bits."""
        system, claims, sizes = self.system, self.claims, self.ground.sizes
        return Space(system, claims, sizes, faults=self.faults, fixed=fixed, symmetric=self._symmetric)

    @cached_property
    def symmetry(self) -> Symmetry:
        """The group of the system and the claims."""
        return Symmetry(self.layout, self.claims, on=self._symmetric)

    @cached_property
    def _guards(self) -> Program:
        return compile_nodes(self.layout, [i.guard for i in self.instances])

    @cached_property
    def formulas(self) -> tuple[Node, ...]:
        """The claims at these sizes, in their order."""
        return tuple(self.ground.formula(c.formula) for c in self.claims)

    @property
    def topology_conditions(self) -> list[Node]:
        """Initial conditions on immutable cells alone."""
        return self._parts[1]

    def topologies(self, limit: int) -> Words | Overflow:
        """One word for each orbit of values of the immutable cells that meet the conditions on them alone."""
        cells, conjuncts, _ = self._parts
        found = enumerate_states(self.layout, cells, conjuncts, limit=limit)
        return found if isinstance(found, Overflow) else self.symmetry.representatives(found)

    def roots(self, topologies: Words, limit: int) -> Words | Overflow:
        """Initial states over the given topologies, not yet canonical."""
        immutable, _, conjuncts = self._parts
        cells = [c for c in self.layout.shift if c not in set(immutable)]
        return enumerate_states(self.layout, cells, conjuncts, limit=limit, base=topologies)

    @cached_property
    def _parts(self) -> tuple[list[int], list[Node], list[Node]]:
        """Immutable cells, the initial conditions on them alone, all other initial conditions."""
        cells = [c for c in self.layout.shift if self.ground.cells[c].variable.immutable]
        inner = [n for n in self.ground.init if self.ground.graph.support(n) <= set(cells)]
        return cells, inner, [n for n in self.ground.init if n not in set(inner)]

    def enabled(self, states: Words) -> list[Bits]:
        """For each instance, in which states its guard holds and the fault bound leaves room."""
        count = len(states)
        values = [truth(v, count) for v in self._guards(states)]
        if self.faults is not None:
            room = (states & np.uint64(self.layout.counter_mask)) < self.faults
            values = [v & room if i.action.tally else v for i, v in zip(self.instances, values, strict=True)]
        return values

    def successors(self, states: Words) -> Iterator[tuple[int, Rows, Words]]:
        """For each instance that is enabled somewhere: its number, the rows, and the states after the step."""
        for number, bits in enumerate(self.enabled(states)):
            rows = np.flatnonzero(bits)
            if len(rows):
                (after,) = self._update(number)(states[rows])
                yield number, rows, after

    def _update(self, number: int) -> Program:
        program = self._updates.get(number)
        if program is None:
            instance = self.instances[number]
            counted = int(self.faults is not None and bool(instance.action.tally))
            program = self._updates[number] = compile_update(self.layout, instance.updates, counted)
        return program

    def check(self, numbers: Sequence[int]) -> Callable[[Words], list[Bits]]:
        """A function that evaluates the claims with these numbers on packed states."""
        key = tuple(numbers)
        if key not in self._checks:
            self._checks[key] = compile_nodes(self.layout, [self.formulas[k] for k in key])
        program = self._checks[key]
        return lambda states: [truth(v, len(states)) for v in program(states)]

    def trivial(self) -> Canonical:
        """The canonical map of the trivial group."""
        return Symmetry(self.layout, (), on=False).canonical(np.zeros(1, dtype=np.uint64))
