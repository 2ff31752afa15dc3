"""Breadth-first search that tells runs apart by what happened on the way.

A state is searched once for each *history*: the events and answers so far, as sets. A state with a history is dropped
where it was reached in fewer or as many steps with a part of that history: whatever goes on from here goes on from
there as well, with no more steps, and its kind is within the one here. So a kind is lost only where another one that is
within it has a run that is no longer, and a search that comes to an end has met all the others.

A state that breaks a claim is not expanded: a counterexample ends where a claim is first broken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from shootdown.ir.interp import Sizes
from shootdown.ir.system import Claim
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search.breadth import OutOfTimeError
from shootdown.search.kinds import Kind, Lens, answer_in, failures_in
from shootdown.search.labels import Label, Labels
from shootdown.search.layout import Rows, Words, words
from shootdown.search.result import Limits
from shootdown.search.space import Space, chunks
from shootdown.search.wordset import WordSet, distinct, member, position

_NEVER = np.iinfo(np.int64).max // 4

Costs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class History:
    """Events and answers so far."""

    events: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()

    def within(self, other: "History") -> bool:
        """Whether all of it happened in the other one as well."""
        return self.events <= other.events and self.answers <= other.answers

    @property
    def rank(self) -> tuple[int, list[str], list[str]]:
        """What is within another one comes before it."""
        return len(self.events) + len(self.answers), sorted(self.events), sorted(self.answers)


Level = dict[History, Words]
"""States by history, the histories in order."""


@dataclass(frozen=True, slots=True)
class Broken:
    """States that break a claim after as many steps as were searched, all of one kind."""

    kind: Kind
    history: History
    states: Words


@dataclass(frozen=True, slots=True)
class _Layer:
    """States from which the end can be reached, and at what least cost."""

    states: Words
    costs: Costs


class Histories:
    """The search of one space. `levels[k]`: states first met after k steps that break no claim."""

    def __init__(self, space: Space, lens: Lens, roots: Words) -> None:
        self.space, self.lens = space, lens
        self.visited: dict[History, WordSet] = {}
        self.levels: list[Level] = []
        self._answers = {n: Labels(space, partial(_answer, lens, n)) for n in lens.seen}
        self._failures = [Labels(space, partial(_failures, lens, c)) for c in lens.claims]
        self.broken = self._take({History(): [roots]})
        """What was found at the last level."""

    @property
    def open(self) -> bool:
        """Whether there is anything left to expand."""
        return bool(self.levels[-1])

    @property
    def states(self) -> int:
        """States with histories so far."""
        return sum(map(len, self.visited.values()))

    def advance(self, limits: Limits) -> None:
        """One more level. An OutOfTimeError where the time is up."""
        pending: dict[History, list[Words]] = {}
        for history, level in self.levels[-1].items():
            for states in chunks(level):
                if limits.expired():
                    raise OutOfTimeError
                new: dict[History, list[Words]] = {}
                for _, _, images, then in self._steps(states, history):
                    new.setdefault(then, []).append(images)
                for then, parts in new.items():
                    pending.setdefault(then, []).append(self._canonical(np.concatenate(parts)))
        self.broken = self._take(pending)

    def _take(self, pending: dict[History, list[Words]]) -> list[Broken]:
        """What is new of these states becomes the next level, apart from those that break a claim."""
        level: Level = {}
        broken: list[Broken] = []
        for history in sorted(pending, key=lambda h: h.rank):
            new = distinct(np.concatenate(pending[history]))
            for earlier, seen in self.visited.items():
                if earlier.within(history):
                    new = seen.without(new)
            if not len(new):
                continue
            self.visited.setdefault(history, WordSet()).add(new)
            good, bad = self._split(new, history)
            broken += bad
            if len(good):
                level[history] = good
        self.levels.append(level)
        return broken

    def _split(self, states: Words, history: History) -> tuple[Words, list[Broken]]:
        """States that break no claim, and the others by kind."""
        found: list[Broken] = []
        for number, claim in enumerate(self.lens.claims):
            if not len(states):
                break
            check = self.space.check([number])
            holds = np.concatenate([check(part)[0] for part in chunks(states)])
            bad = states[~holds]
            for label, rows in self._failures[number](bad) if len(bad) else ():
                found.append(Broken(Kind(claim.name, history.events, history.answers, label), history, bad[rows]))
            states = states[holds]
        return states, found

    def _steps(self, states: Words, history: History) -> Iterator[tuple[int, Rows, Words, History]]:
        """Number of the instance, rows, states after the step, and the history then."""
        for number, rows, images in self.space.successors(states):
            action = self.space.instances[number].action
            events = history.events | {action.name} if self.lens.event(action) else history.events
            if action.name not in self._answers:
                yield number, rows, images, History(events, history.answers)
                continue
            for label, some in self._answers[action.name](states[rows]):
                yield number, rows[some], images[some], History(events, history.answers | label)

    def _canonical(self, images: Words) -> Words:
        once = distinct(images)
        return once if self.space.canonical.trivial else distinct(self.space.canonical(once))

    def candidate(self, found: Broken) -> Candidate:
        """A run to one of these states: fewest counted events, then least clutter, then the first start and steps."""
        weights = self._weights()
        layers = [{found.history: _Layer(np.sort(found.states), np.zeros(len(found.states), dtype=np.int64))}]
        for level in reversed(self.levels[:-1]):
            layers.append(self._before(level, layers[-1], weights))
        layers.reverse()
        first = layers[0][History()]
        best = int(np.argmin(first.costs))
        start = int(first.states[best])
        steps = self._forwards(start, int(first.costs[best]), layers[1:], weights)
        return Candidate(dict(self.space.ground.sizes), self.space.layout.unpack(start), tuple(steps))

    def _weights(self) -> list[int]:
        """The cost of each instance: a counted event outweighs all clutter."""
        actions = [i.action for i in self.space.instances]
        unit = 1 + len(self.levels) * max((a.clutter for a in actions), default=0)
        return [unit * bool(a.tally) + a.clutter for a in actions]

    def _before(self, level: Level, after: dict[History, _Layer], weights: list[int]) -> dict[History, _Layer]:
        """States of a level with a step to one of those after it."""
        found: dict[History, _Layer] = {}
        for history, states in level.items():
            if not any(history.within(h) for h in after):
                continue
            least = np.full(len(states), _NEVER, dtype=np.int64)
            begin = 0
            for part in chunks(states):
                for number, rows, images, then in self._steps(part, history):
                    if then in after:
                        _lower(least, begin + rows, self.space.canonical(images), after[then], weights[number])
                begin += len(part)
            if (least < _NEVER).any():
                found[history] = _Layer(states[least < _NEVER], least[least < _NEVER])
        return found

    def _forwards(self, start: int, cost: int, layers: list[dict[History, _Layer]], weights: list[int]) -> list[Step]:
        """Steps from a concrete start, each the first that keeps the cost."""
        state, history = words([start]), History()
        steps: list[Step] = []
        for layer in layers:
            for number, _, image, then in self._steps(state, history):
                if then in layer and _cost(layer[then], self.space.canonical(image)) + weights[number] == cost:
                    instance = self.space.instances[number]
                    steps.append(Step(instance.action.name, instance.args))
                    state, history, cost = image, then, cost - weights[number]
                    break
            else:
                raise AssertionError("a state on a cheapest run has no step that stays on one")
        return steps


def _lower(least: Costs, rows: Rows, images: Words, after: _Layer, weight: int) -> None:
    """Costs of the rows, where a step to the layer is cheaper; each row occurs once."""
    place = position(images, after.states)
    hit = after.states[place] == images
    least[rows[hit]] = np.minimum(least[rows[hit]], after.costs[place[hit]] + weight)


def _cost(layer: _Layer, image: Words) -> int:
    return int(layer.costs[position(image, layer.states)[0]]) if member(image, layer.states)[0] else _NEVER


def _answer(lens: Lens, step: str, state: ConcreteState, sizes: Sizes) -> Label:
    return frozenset({answer_in(lens, step, state, sizes)})


def _failures(lens: Lens, claim: Claim, state: ConcreteState, sizes: Sizes) -> Label:
    return failures_in(lens, claim, state, sizes)


__all__ = ["Broken", "Histories", "History"]
