"""The one counterexample that is shown: among all shortest runs, the same whatever found them.

Fewest tallied steps, then least total clutter, then the smallest initial state, then at each step
the first instance in the order of the model. Every shortest run to a violating state is at level j
after j steps, so costs are computed backwards over the levels and a run is read off forwards.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shootdown.ir.ground import Instance
from shootdown.ir.trace import Candidate, Step
from shootdown.search.breadth import Exploration, Violation
from shootdown.search.layout import Words, words
from shootdown.search.space import chunks
from shootdown.search.wordset import member, position

_NEVER = np.iinfo(np.int64).max // 4

Costs = npt.NDArray[np.int64]
"""Tallied steps and clutter as one number: tallies weigh more than any clutter."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A candidate with what orders it among others: steps, then `cost` (tallied steps, clutter)."""

    candidate: Candidate
    cost: tuple[int, int]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller is shown."""
        return (len(self.candidate.steps), *self.cost)


@dataclass(frozen=True, slots=True)
class _Layer:
    """States from which a violation can be reached in a given number of steps, and at what least cost."""

    states: Words
    costs: Costs


def counterexample(run: Exploration, violation: Violation) -> Counterexample:
    """The canonical shortest run to a state that breaks the claim."""
    weights, unit = _weights(run.space.instances, violation.depth)
    layers = [_Layer(np.sort(violation.states), np.zeros(len(violation.states), dtype=np.int64))]
    for level in reversed(run.levels[: violation.depth]):
        layers.append(_before(run, level, layers[-1], weights))
    layers.reverse()
    best = int(layers[0].costs.min())
    start = int(layers[0].states[np.argmin(layers[0].costs)])
    steps = _forwards(run, start, best, layers, weights)
    layout = run.space.layout
    candidate = Candidate(dict(run.space.ground.sizes), layout.unpack(start), tuple(steps))
    return Counterexample(candidate, divmod(best, unit))


def _weights(instances: tuple[Instance, ...], depth: int) -> tuple[list[int], int]:
    """The cost of each instance, and the cost of one tallied step."""
    unit = 1 + depth * max((i.action.clutter for i in instances), default=0)
    return [unit * bool(i.action.tally) + i.action.clutter for i in instances], unit


def _before(run: Exploration, level: Words, after: _Layer, weights: list[int]) -> _Layer:
    """cost(s) = min over the steps s -> t of weight + cost(t), for the states of `level` where it is finite."""
    found, costs = [], []
    for states in chunks(level):
        least = np.full(len(states), _NEVER, dtype=np.int64)
        for number, rows, images in run.space.successors(states):
            targets = _canonical(run, images)
            place = position(targets, after.states)
            hit = after.states[place] == targets
            hit_rows = rows[hit]
            least[hit_rows] = np.minimum(least[hit_rows], after.costs[place[hit]] + weights[number])
        finite = least < _NEVER
        found.append(states[finite])
        costs.append(least[finite])
    return _Layer(np.concatenate(found), np.concatenate(costs))


def _canonical(run: Exploration, images: Words) -> Words:
    """Canonical images; each distinct one is computed once, since a large group is dearer than sorting."""
    if run.space.canonical.trivial:
        return images
    once, inverse = np.unique(images, return_inverse=True)
    return run.space.canonical(once)[inverse]


def _forwards(run: Exploration, start: int, cost: int, layers: list[_Layer], weights: list[int]) -> list[Step]:
    """Re-run from a concrete start; a step is good where its canonical successor keeps the cost optimal."""
    state = words([start])
    steps = []
    for layer in layers[1:]:
        for number, _, image in run.space.successors(state):
            target = run.space.canonical(image)
            if member(target, layer.states)[0]:
                rest = int(layer.costs[position(target, layer.states)[0]])
                if rest + weights[number] == cost:
                    instance = run.space.instances[number]
                    steps.append(Step(instance.action.name, instance.args))
                    state, cost = image, rest
                    break
        else:
            raise AssertionError("a state on a cheapest run has no step that stays on one")
    return steps
