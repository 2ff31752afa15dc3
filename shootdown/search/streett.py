"""Which sets of states a run can stay in for ever and be fair: the recursion for strong fairness, over all components.

A run that goes on for ever ends up in one strongly connected component of the states that it may use (a single state
counts: it may stutter there). A component is *fair* where each weakly fair instance is taken inside or not enabled
somewhere inside, and each strongly fair one is taken inside or enabled nowhere inside. Where a weakly fair one fails,
no run stays in the component or in a part of it. Where a strongly fair one fails, a fair run leaves its enabled states
for ever, and the rest is decomposed again. What is decomposed, and why each component fails, is a certificate that
`shootdown.search.unfair` judges arc by arc.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shootdown.ir.temporal import Strength
from shootdown.search.digraph import Mask, Nodes, components, heights
from shootdown.search.fairgraph import Duty, FairGraph

FAIR = -1
"""The reason of a component with which nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One decomposition: for each state its component, -1 for states that are not in it.

    For each component: `height`, above that of every other component that a step leads to, and `reason`, the position
    of the duty that no run which stays there can meet.
    """

    component: Nodes
    height: Nodes
    reason: Nodes


@dataclass(frozen=True, slots=True)
class Decomposed:
    """All layers, and the states of fair components: for each its component's name, -1 outside of them."""

    layers: tuple[Layer, ...]
    fair: Nodes

    @property
    def found(self) -> bool:
        """Whether some component is fair."""
        return bool((self.fair >= 0).any())


@dataclass(frozen=True)
class Arena:
    """A graph with what fairness asks: the duties, and where each of them is enabled."""

    graph: FairGraph
    duties: tuple[Duty, ...]
    enabled: Sequence[Mask]


def decompose(arena: Arena, region: Mask) -> Decomposed:
    """The components of `region` in which a run can stay for ever, and why it cannot stay in the others."""
    graph = arena.graph
    layers: list[Layer] = []
    fair = np.full(len(region), -1, dtype=np.int32)
    alive, outer = region.copy(), np.zeros(len(region), dtype=np.int32)
    usable = np.flatnonzero(graph.lasting)
    while alive.any():
        source, target = graph.source[usable], graph.target[usable]
        usable = usable[alive[source] & alive[target] & (outer[source] == outer[target])]
        layer = _layer(arena, alive, usable)
        layers.append(layer)
        reason = np.where(alive, layer.reason[layer.component], FAIR).astype(np.int32)
        good = alive & (reason == FAIR)
        fair[good] = layer.component[good] + (fair.max(initial=-1) + 1)
        alive = _rest(arena, alive & ~good, reason)
        outer = layer.component
    return Decomposed(tuple(layers), fair)


def _rest(arena: Arena, failed: Mask, reason: Nodes) -> Mask:
    """States of failed components where a fair run may stay all the same: the strongly fair instance is disabled."""
    rest = np.zeros(len(failed), dtype=np.bool_)
    for place, (duty, enabled) in enumerate(zip(arena.duties, arena.enabled, strict=True)):
        if duty.strength is Strength.STRONG:
            rest |= failed & (reason == place) & ~enabled
    return rest


def _layer(arena: Arena, alive: Mask, usable: npt.NDArray[np.intp]) -> Layer:
    """The components of the states that are alive, over the arcs that are usable."""
    graph = arena.graph
    nodes = np.flatnonzero(alive)
    number = np.full(len(alive), -1, dtype=np.int32)
    number[nodes] = np.arange(len(nodes), dtype=np.int32)
    source, target = number[graph.source[usable]], number[graph.target[usable]]
    leaders = components(len(nodes), source, target)
    name: Nodes = np.unique(leaders, return_inverse=True)[1].astype(np.int32)
    count = int(name.max()) + 1
    before, after = name[source], name[target]
    inner = before == after
    reason = _reasons(arena, nodes, name, count, (before[inner], graph.label[usable[inner]]))
    component = np.full(len(alive), -1, dtype=np.int32)
    component[nodes] = name
    return Layer(component, heights(count, before, after), reason)


def _reasons(
    arena: Arena, nodes: npt.NDArray[np.intp], name: Nodes, count: int, inner: tuple[Nodes, Nodes]
) -> Nodes:
    """For each component the first weakly fair duty that it fails, else the first strongly fair one, else FAIR."""
    where, labels = inner
    reason = np.full(count, FAIR, dtype=np.int32)
    numbers = np.array([d.number for d in arena.duties], dtype=np.int32)
    taken = _taken(count, len(arena.graph.space.instances), where, labels, numbers)
    for place, (duty, enabled) in enumerate(zip(arena.duties, arena.enabled, strict=True)):
        able = enabled[nodes]
        seen = np.zeros(count, dtype=np.bool_)
        if duty.strength is Strength.WEAK:
            seen[name[~able]] = True
            fails = ~taken[place] & ~seen
        else:
            seen[name[able]] = True
            fails = ~taken[place] & seen
        reason[fails & (reason == FAIR)] = place
    return reason


def _taken(count: int, labels: int, where: Nodes, label: Nodes, numbers: Nodes) -> list[Mask]:
    """For each duty, in which components it is taken."""
    wanted = np.zeros(labels + 1, dtype=np.bool_)
    wanted[numbers] = True
    keep = wanted[label]
    where, label = where[keep], label[keep]
    order = np.argsort(label, kind="stable")
    where, label = where[order], label[order]
    found = []
    for number in numbers:
        begin, end = np.searchsorted(label, [number, number + 1])
        taken = np.zeros(count, dtype=np.bool_)
        taken[where[begin:end]] = True
        found.append(taken)
    return found
