"""All reachable states of a system at given sizes as one graph, with what fairness asks of them.

One topology of each orbit is explored, completely: a permutation maps the runs over a topology to those over its image,
and fair runs to fair ones, since every instance of a fair action is fair. States are not merged beyond that. A quotient
keeps whether *some* instance is enabled again and again and forgets whether it is always the same one, so fairness per
instance is lost in it (E. A. Emerson and A. P. Sistla, "Utilizing Symmetry when Model-Checking under Fairness
Assumptions", 1997).
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shootdown.ir.expr import Binder, Expr, values_of
from shootdown.ir.graph import Node
from shootdown.ir.nodes import Op
from shootdown.ir.sorts import BOOL, IndexSort
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.temporal import Response, Strength
from shootdown.ir.trace import Step
from shootdown.search.breadth import Exploration, explore, start
from shootdown.search.compiled import compile_nodes, truth
from shootdown.search.digraph import Adjacency, Mask, Nodes
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import Words
from shootdown.search.result import Limits
from shootdown.search.space import Problem, Space, chunks
from shootdown.search.symmetry import Canonical
from shootdown.search.wordset import member, position

MOST_STATES = 4_000_000
"""States of a graph."""

MOST_ARCS = 40_000_000
"""Steps between them."""


class Whole(Space):
    """A space whose states are all different: no two are taken for one."""

    @cached_property
    def canonical(self) -> Canonical:
        """Every state is its own image."""
        return Canonical(np.uint64(self.layout.split), (), ())


@dataclass(frozen=True, slots=True)
class Duty:
    """An instance of a fair action: the step, how fair, its number among the ground instances and its guard."""

    step: Step
    strength: Strength
    number: int
    guard: Node


@dataclass(frozen=True, slots=True)
class Instance:
    """A response for certain elements; `spare[t]`: another choice of elements speaks for this one over topology t."""

    response: Response
    elements: tuple[int, ...]
    trigger: Node
    goal: Node
    spare: Mask


def watched(responses: Sequence[Response]) -> tuple[Claim, ...]:
    """Scenarios: each trigger holds somewhere, and each goal, for some choice of elements; in pairs."""
    return tuple(
        Claim(f"the {word} of {r.name} holds", Expectation.SOMETIMES, _somewhere(body, r.params))
        for r in responses
        for word, body in (("trigger", r.trigger), ("goal", r.goal))
    )


def _somewhere(body: Expr, params: tuple[Binder, ...]) -> Expr:
    return Expr(Op.EXISTS, (body,), BOOL, params) if params else body


def duties(problem: Problem, response: Response) -> tuple[Duty, ...]:
    """Every instance to which a run is to be fair; those that are never enabled at these sizes ask for nothing."""
    strengths = {(f.action, f.strength) for f in response.fair}
    return tuple(
        Duty(Step(i.action.name, i.args), strength, number, i.guard)
        for strength in Strength
        for number, i in enumerate(problem.ground.instances)
        if (i.action.name, strength) in strengths
    )


def instances(problem: Problem, response: Response, topologies: Words) -> Iterator[Instance]:
    """The response for each choice of elements, and over which topologies another one speaks for it.

    A permutation that fixes a topology maps its fair runs among themselves, so one choice of each orbit is enough.
    """
    grounder = problem.ground.grounder
    sorts = [p.sort for p in response.params]
    moves = list(zip(problem.symmetry.group, problem.symmetry.on_topologies(problem.flat), strict=True))
    for elements in itertools.product(*(values_of(s, problem.ground.sizes) for s in sorts)):
        env = {p.key: v for p, v in zip(response.params, elements, strict=True)}
        spare = np.zeros(len(topologies), dtype=np.bool_)
        for permutation, move in moves:
            image = tuple(
                permutation[s.name][v] if isinstance(s, IndexSort) else v for s, v in zip(sorts, elements, strict=True)
            )
            if image < elements:
                spare |= move(topologies) == topologies
        trigger, goal = grounder.node(response.trigger, env), grounder.node(response.goal, env)
        yield Instance(response, elements, trigger, goal, spare)


def values(space: Space, nodes: Sequence[Node], states: Words) -> list[Mask]:
    """Formulas on packed states, whatever bounds the search has."""
    found: list[list[Mask]] = [[] for _ in nodes]
    program = compile_nodes(space.layout, nodes)
    for some in chunks(states):
        for parts, value in zip(found, program(some), strict=True):
            parts.append(truth(value, len(some)))
    return [np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_) for parts in found]


@dataclass(frozen=True)
class FairGraph:
    """Reachable states, sorted, and the steps between them.

    `label[k]` is the number of the ground instance that leads along arc k; arcs are in the order of their sources.
    `roots` are the initial states. Nothing is missing where `run.complete`.
    """

    space: Space
    states: Words
    source: Nodes
    target: Nodes
    label: Nodes
    roots: Nodes
    run: Exploration

    @cached_property
    def leaving(self) -> Adjacency:
        """The arcs of each state."""
        return Adjacency(len(self.states), self.source)

    @cached_property
    def lasting(self) -> Mask:
        """Arcs that may be taken again and again: those of no fault."""
        faults = np.array([i.action.fault for i in self.space.instances], dtype=np.bool_)
        return ~faults[self.label]

    @cached_property
    def topology(self) -> Nodes:
        """For each state the number of its topology."""
        return (self.states >> np.uint64(self.space.layout.split)).astype(np.int32)

    def holds(self, nodes: Sequence[Node]) -> list[Mask]:
        """Formulas on all states."""
        return values(self.space, nodes, self.states)


def built(space: Space, limits: Limits) -> FairGraph:
    """The graph of a space, as far as the limits allow."""
    run = explore(space, limits, stop=False)
    states = run.visited.all()
    parts: list[tuple[Nodes, Nodes, Nodes]] = [_no_arcs()]
    size = done = 0
    for some in chunks(states):
        if limits.expired() or size > MOST_ARCS:
            run.cut, run.complete = True, False
            run.reason = f"out of time at depth {run.depth}" if limits.expired() else f"more than {MOST_ARCS} steps"
            break
        parts.append(_arcs(space, states, some, done))
        done += len(some)
        size += len(parts[-1][0])
    source, target, label = (np.concatenate([p[k] for p in parts]) for k in range(3))
    roots = start(space, limits)
    first = states[:0] if isinstance(roots, Overflow) else roots[member(roots, states)]
    return FairGraph(space, states, source, target, label, position(first, states).astype(np.int32), run)


def _no_arcs() -> tuple[Nodes, Nodes, Nodes]:
    none = np.zeros(0, dtype=np.int32)
    return none, none, none


def _arcs(space: Space, states: Words, some: Words, done: int) -> tuple[Nodes, Nodes, Nodes]:
    """Sources, targets and labels of the steps of `some` states, which begin at position `done`; sorted by source.

    Steps to states that were not reached before the search was cut off are left out.
    """
    found: list[tuple[Nodes, Nodes, Nodes]] = [_no_arcs()]
    for number, rows, after in space.successors(some):
        place = position(after, states)
        known = states[place] == after
        source, target = (rows[known] + done).astype(np.int32), place[known].astype(np.int32)
        found.append((source, target, np.full(len(source), number, dtype=np.int32)))
    source, target, label = (np.concatenate([f[k] for f in found]) for k in range(3))
    order = np.argsort(source, kind="stable")
    return source[order], target[order], label[order]
