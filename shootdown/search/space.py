"""A ground system as a space of packed states: where runs start, how they go on, what is claimed."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from shootdown.ir.graph import Node
from shootdown.ir.ground import Ground, Instance, Sizes, ground
from shootdown.ir.system import Claim, System
from shootdown.search.compiled import Bits, Program, compile_nodes, compile_update, truth
from shootdown.search.enumerate import Overflow, enumerate_states
from shootdown.search.layout import WORD, Layout, Rows, Words, lay_out, stack
from shootdown.search.symmetry import Canonical, Symmetry

CHUNK = 16384
"""Packed states that are worked on at a time: small enough for the cache, large enough for numpy."""


def chunks(states: Words) -> Iterator[Words]:
    """`states` in pieces of at most `CHUNK`."""
    for start in range(0, len(states), CHUNK):
        yield states[start : start + CHUNK]


class Problem:
    """`system` at `sizes` with `claims`, ground; `faults` bounds the tallied steps of a run."""

    def __init__(
        self,
        system: System,
        claims: Sequence[Claim],
        sizes: Sizes,
        *,
        faults: int | None = None,
        symmetric: bool = True,
    ) -> None:
        self.system = system
        self.claims = tuple(claims)
        self.faults = faults
        self.ground: Ground = ground(system, sizes)
        self.symmetry = Symmetry(self.ground, self.claims, on=symmetric)
        free, cells = self.ground.free, self.ground.cells
        self.immutable = [c for c in free if cells[c].variable.immutable]
        self.mutable = [c for c in free if not cells[c].variable.immutable]
        self.flat: Layout = lay_out(self.ground, self.immutable)
        inside = set(self.immutable)
        on_topology = {n: self.ground.graph.support(n) <= inside for n in self.ground.init}
        self._axioms = [n for n in self.ground.init if on_topology[n]]
        self.init: list[Node] = [n for n in self.ground.init if not on_topology[n]]

    @cached_property
    def formulas(self) -> tuple[Node, ...]:
        """The claims at these sizes, in their order."""
        return tuple(self.ground.formula(c.formula) for c in self.claims)

    @property
    def mutable_bits(self) -> int:
        """Bits of a state besides its topology: mutable cells and the counter of tallied steps."""
        counter = 0 if self.faults is None else self.faults.bit_length()
        return counter + sum(self.ground.cells[c].bits for c in self.mutable)

    @property
    def fits(self) -> bool:
        """Whether one word holds the mutable cells, and another one the immutable cells."""
        return self.mutable_bits <= WORD and self.flat.width <= WORD

    def topologies(self, limit: int) -> Words | Overflow:
        """One word for each orbit of values of the immutable cells that meet the conditions on them alone."""
        found = enumerate_states(self.flat, self.immutable, self._axioms, limit=limit)
        return found if isinstance(found, Overflow) else self.symmetry.representatives(self.flat, found)

    def spaces(self, topologies: Words) -> Iterator["Space"]:
        """The topologies in as few groups as possible: with its number of a topology, a state is one word."""
        most = 1 << min(WORD - self.mutable_bits, 62)
        for start in range(0, len(topologies), most):
            yield Space(self, topologies[start : start + most])


class Space:
    """The packed states of a problem over some of its topologies.

    The bound on tallied steps is kept as a counter in the low bits of a word: it belongs to the search.
    """

    def __init__(self, problem: Problem, topologies: Words) -> None:
        self.problem = problem
        self.ground = problem.ground
        self.claims = problem.claims
        self.instances: tuple[Instance, ...] = problem.ground.instances
        counter = 0 if problem.faults is None else problem.faults.bit_length()
        shift, split = stack(self.ground, problem.mutable, counter)
        self.layout = Layout(self.ground, shift, problem.flat.shift, topologies, counter, split)
        self._updates: dict[int, Program] = {}
        self._checks: dict[tuple[int, ...], Program] = {}

    @cached_property
    def canonical(self) -> Canonical:
        """The map from states to the smallest of their orbits."""
        return self.problem.symmetry.canonical(self.problem.flat, self.layout)

    def roots(self, limit: int) -> Words | Overflow:
        """Initial states, not yet canonical."""
        base = np.arange(len(self.layout.topologies), dtype=np.uint64) << np.uint64(self.layout.split)
        return enumerate_states(self.layout, self.problem.mutable, self.problem.init, limit=limit, base=base)

    @cached_property
    def _guards(self) -> Program:
        return compile_nodes(self.layout, [i.guard for i in self.instances])

    def enabled(self, states: Words) -> list[Bits]:
        """For each instance, in which states its guard holds and the fault bound leaves room."""
        count = len(states)
        values = [truth(v, count) for v in self._guards(states)]
        if self.problem.faults is not None:
            room = (states & np.uint64(self.layout.counter_mask)) < self.problem.faults
            values = [v & room if i.action.tally else v for i, v in zip(self.instances, values, strict=True)]
        return values

    def successors(self, states: Words) -> Iterator[tuple[int, Rows, Words]]:
        """For each instance that is enabled somewhere: its number, the rows, and the states after the step."""
        for number, bits in enumerate(self.enabled(states)):
            rows = np.flatnonzero(bits)
            if len(rows):
                yield number, rows, self.after(number, states[rows])

    def after(self, number: int, states: Words) -> Words:
        """The states after an instance that is enabled in all of them."""
        after: list[Words] = self._update(number)(states)
        return after[0]

    def _update(self, number: int) -> Program:
        program = self._updates.get(number)
        if program is None:
            instance = self.instances[number]
            counted = int(self.problem.faults is not None and bool(instance.action.tally))
            program = self._updates[number] = compile_update(self.layout, instance.updates, counted)
        return program

    def check(self, numbers: Sequence[int]) -> Callable[[Words], list[Bits]]:
        """A function that evaluates the claims with these numbers on packed states."""
        key = tuple(numbers)
        if key not in self._checks:
            self._checks[key] = compile_nodes(self.layout, [self.problem.formulas[k] for k in key])
        program = self._checks[key]
        return lambda states: [truth(v, len(states)) for v in program(states)]
