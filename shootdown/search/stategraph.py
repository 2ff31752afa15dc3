"""A small state space as a graph to look at or to compute on."""

from typing import Any

import numpy as np

from shootdown.ir.errors import UsageError
from shootdown.ir.ground import Sizes
from shootdown.ir.system import System, scalar_text
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import WORD
from shootdown.search.space import Problem, Space

LARGEST = 2000
"""Most states of a graph."""

_TRIES = 1 << 20
"""Rows that listing the initial states may need in between."""


def state_graph(system: System, sizes: Sizes, largest: int = LARGEST) -> Any:
    """All reachable states as a `networkx.DiGraph`, without symmetry reduction.

    Nodes are numbers in breadth-first order with the attributes `state` (tables by name), `initial` and
    `depth`; an edge has `actions`, the labels of the steps that lead along it. A UsageError where there
    are more than `largest` states.
    """
    import networkx as nx  # noqa: PLC0415 # costs a third of a second, and few commands draw graphs

    space, level = _roots(Problem(system, (), sizes, symmetric=False), largest)
    graph = nx.DiGraph()
    numbers: dict[int, int] = {}
    depth = 0
    while level:
        for word in level:
            numbers[word] = len(numbers)
            graph.add_node(numbers[word], state=space.layout.unpack(word), initial=depth == 0, depth=depth)
        depth += 1
        level = _expand(space, graph, numbers, level)
        if len(numbers) + len(level) > largest:
            raise _too_many(largest)
    return graph


def _too_many(largest: int) -> UsageError:
    return UsageError(f"the graph has more than {largest} states; choose smaller sizes, or look at a trace instead")


def _roots(problem: Problem, largest: int) -> tuple[Space, list[int]]:
    if not problem.fits:
        raise UsageError(
            f"a state needs {problem.mutable_bits} bits, at most {WORD} are possible; choose smaller sizes"
        )
    topologies = problem.topologies(_TRIES)
    if isinstance(topologies, Overflow) or len(topologies) > largest:
        raise _too_many(largest)
    space = next(problem.spaces(topologies), None) or Space(problem, topologies)
    roots = space.roots(_TRIES)
    if isinstance(roots, Overflow) or len(roots) > largest or len(space.layout.topologies) < len(topologies):
        raise _too_many(largest)
    return space, [int(w) for w in roots]


def _expand(space: Space, graph: Any, numbers: dict[int, int], level: list[int]) -> list[int]:
    """Edges from the states of `level`; the new states they lead to, sorted."""
    edges: list[tuple[int, int, str]] = []
    states = np.array(level, dtype=np.uint64)
    for number, rows, after in space.successors(states):
        instance = space.instances[number]
        values = zip(instance.action.params, instance.args, strict=True)
        label = f"{instance.action.name}({', '.join(scalar_text(p.sort, v) for p, v in values)})"
        edges += [(int(states[r]), int(t), label) for r, t in zip(rows, after, strict=True)]
    new = sorted({target for _, target, _ in edges} - numbers.keys())
    later = {word: len(numbers) + k for k, word in enumerate(new)}
    for source, target, label in edges:
        ends = numbers[source], numbers.get(target, later.get(target))
        if graph.has_edge(*ends):
            graph.edges[ends]["actions"].append(label)
        else:
            graph.add_edge(*ends, actions=[label])
    return new
