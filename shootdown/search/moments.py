"""Moments at which an observer is asked, grouped by what it knows then.

The reachable states of a system are listed. An observed step into a state where `Observation.at` begins to hold is a
moment; what the observer knows then is the step with its arguments, what it sees of it, and the known variables: at the
start of the run, or, where it can follow every change of one, as it is now. All of this is determined by the start's
known part and the whole sequence of observations, its *view*, so that moments with the same view are in one group; a
group may hold several views.

Nothing but moments has to be looked at under three conditions, checked on every step: whether `at` holds is determined
by the view (no silent step changes it, an observed one changes it alike throughout a group), it does not hold at the
start, and while it holds the secret stays as it is. Then runs with one view have met it in the same step, and what is
observed later only tells more about the same set. Where that is not so, `NotAskedError` says it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import numpy.typing as npt

from shootdown.ir.expr import TRUE, Binder, Expr, fresh, reads
from shootdown.ir.graph import Node
from shootdown.ir.ground import Instance
from shootdown.ir.interp import domain
from shootdown.ir.observation import Observation
from shootdown.ir.part import formula
from shootdown.ir.state import read
from shootdown.ir.system import System
from shootdown.search.alike import Secret, term_of
from shootdown.search.compiled import Bits, Program, compile_nodes
from shootdown.search.explicit import Explored
from shootdown.search.layout import Rows, Words
from shootdown.search.space import Space, chunks

Mask = int
"""A secret set: bit d says whether it holds element d."""

Key = tuple[str, tuple[int, ...], tuple[int, ...]]
"""An observed action, its arguments, and the values of what is known and seen."""

Table = npt.NDArray[np.uint64]


class NotAskedError(Exception):
    """Grouping says nothing about this system: why, in one sentence. Caught where an answer is made."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instance that is taken after so many steps, in one part of a listed state space."""

    part: int
    depth: int
    instance: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Where something is met first: the states before the observed step, packed."""

    place: Place
    before: Words


Groups = dict[Key, dict[Mask, Moment]]
"""For each thing to be known the secret sets that are possible, and where each is met first."""


def followed(system: System, observation: Observation) -> set[str]:
    """Known variables that the observer can follow: only observed steps change them, by what it can follow itself."""
    found = set(observation.known) & set(system.by_name)
    size = -1
    while size != len(found):
        size = len(found)
        for action in system.actions:
            for update in action.updates:
                if not observation.observes(action) or not reads(update.value) <= found:
                    found.discard(update.variable.name)
    return found


def grouped(observation: Observation, secret: Secret, result: Explored, known: tuple[str, ...]) -> Groups:
    """The moments of a listed state space, by what is known; `known` are variables to be read before the step."""
    groups: Groups = {}
    asked: dict[tuple[Key, bool], bool] = {}
    for number, part in enumerate(result.parts):
        reader = _Reader(part.space, observation, secret, known, asked)
        for depth, level in enumerate(part.levels):
            for states in chunks(level):
                reader.take(states, number, depth, groups)
    return groups


@dataclass
class _Reader:
    """Reads moments off packed states of one space."""

    space: Space
    observation: Observation
    secret: Secret
    known: tuple[str, ...]
    asked: dict[tuple[Key, bool], bool]
    at: Program = field(init=False)
    inside: Program = field(init=False)
    facts: Program = field(init=False)
    views: dict[str, Program] = field(init=False)
    matters: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        system = self.space.problem.system
        at = TRUE if self.observation.at is None else formula(system, self.observation.at)
        binder, secret = self.secret.on(system)
        self.at = self._program([self._node(at)])
        elements = domain(binder.sort, self.space.ground.sizes)
        self.inside = self._program([self._node(secret, {binder.key: d}) for d in elements])
        self.facts = self._program(list(self._known(system)))
        seen = [a for a in system.actions if self.observation.observes(a)]
        self.views = {a.name: self._program(list(self._seen(system, a.name))) for a in seen}
        self.matters = frozenset(_matters(self.space.instances, reads(at) | reads(secret), set(self.views)))

    def _node(self, expr: Expr, env: dict[int, int] | None = None) -> Node:
        return self.space.ground.grounder.node(expr, env or {})

    def _program(self, nodes: list[Node]) -> Program:
        return compile_nodes(self.space.layout, nodes)

    def _known(self, system: System) -> Iterator[Node]:
        for variable in (system.by_name[n] for n in self.known):
            pairs = [fresh("x", s) for s in variable.args]
            yield from self._everywhere(tuple(b for b, _ in pairs), read(variable, [e for _, e in pairs]))

    def _seen(self, system: System, action: str) -> Iterator[Node]:
        for seen in self.observation.steps.get(action, ()):
            yield from self._everywhere(*term_of(system, seen))

    def _everywhere(self, binders: tuple[Binder, ...], term: Expr) -> Iterator[Node]:
        for point in product(*(domain(b.sort, self.space.ground.sizes) for b in binders)):
            yield self._node(term, {b.key: v for b, v in zip(binders, point, strict=True)})

    def take(self, states: Words, part: int, depth: int, groups: Groups) -> None:
        """The moments one step after these states."""
        there = _bits(self.at, states)
        if depth == 0 and there.any():
            raise NotAskedError("the observer is asked at the start of a run, before it has seen anything")
        for number, bits in enumerate(self.space.enabled(states)):
            if number not in self.matters:
                continue
            rows = np.flatnonzero(bits)
            if len(rows):
                self._step(Place(part, depth, number), states[rows], there[rows], groups)

    def _step(self, place: Place, before: Words, there: Bits, groups: Groups) -> None:
        name = self.space.instances[place.instance].action.name
        after = self.space.after(place.instance, before)
        then = _bits(self.at, after)
        stays, enters = there & then, ~there & then
        if stays.any() and not np.array_equal(self._masks(before[stays]), self._masks(after[stays])):
            raise NotAskedError(f"`{name}` changes what the observer is asked about while it is asked")
        if name not in self.views:
            if (there ^ then).any():
                raise NotAskedError(f"`{name}` decides whether the observer is asked, and is not observed")
            return
        self._agree(place, before, there, then)
        if enters.any():
            rows: Rows = np.flatnonzero(enters)
            self._record(place, before[rows], self._masks(after[rows]), groups)

    def _agree(self, place: Place, before: Words, there: Bits, then: Bits) -> None:
        """Whether the observer is asked after the step is the same wherever it knows the same."""
        table = np.hstack([self._view(place, before), np.stack([there, then], axis=1).astype(np.uint64)])
        for *values, was, now in table[_kinds(table)[0]].tolist():
            key = (self._key(place, values), bool(was))
            if self.asked.setdefault(key, bool(now)) is not bool(now):
                raise NotAskedError(f"the observer cannot tell after `{key[0][0]}` whether it is asked")

    def _masks(self, states: Words) -> Words:
        """The secret sets of states."""
        bits = _table(self.inside, states)
        weights = np.uint64(1) << np.arange(bits.shape[1], dtype=np.uint64)
        masks: Words = (bits * weights).sum(axis=1, dtype=np.uint64)
        return masks

    def _record(self, place: Place, before: Words, masks: Words, groups: Groups) -> None:
        table = np.hstack([self._view(place, before), masks[:, None]])
        first, kinds = _kinds(table)
        for kind, (*values, mask) in enumerate(table[first].tolist()):
            here = groups.setdefault(self._key(place, values), {})
            met = here.get(mask)
            if met is not None and met.place == place:
                here[mask] = Moment(place, np.concatenate([met.before, before[kinds == kind]]))
            elif met is None or place.depth < met.place.depth:
                here[mask] = Moment(place, before[kinds == kind])

    def _key(self, place: Place, values: list[int]) -> Key:
        instance = self.space.instances[place.instance]
        return instance.action.name, instance.args, tuple(values)

    def _view(self, place: Place, before: Words) -> Table:
        """What is known and seen in a step from these states."""
        seen = self.views[self.space.instances[place.instance].action.name]
        return np.hstack([_table(self.facts, before), _table(seen, before)])


def _kinds(table: Table) -> tuple[Rows, Rows]:
    """The first of each kind of row, and the kind of each row."""
    bases = [int(b) + 1 for b in table.max(axis=0)]
    if math.prod(bases) < 1 << 63:
        code = np.zeros(len(table), dtype=np.uint64)
        for column, base in zip(table.T, bases, strict=True):
            code = code * np.uint64(base) + column
        _, first, kinds = np.unique(code, return_index=True, return_inverse=True)
    else:
        _, first, kinds = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return first, kinds.ravel()


def _matters(instances: tuple[Instance, ...], names: set[str], seen: set[str]) -> Iterator[int]:
    """Instances whose step may be a moment, or may change what is asked."""
    for number, instance in enumerate(instances):
        changed = {u.variable.name for u in instance.action.updates}
        if instance.action.name in seen or changed & names:
            yield number


def _bits(program: Program, states: Words) -> Bits:
    return _table(program, states)[:, 0].astype(np.bool_)


def _table(program: Program, states: Words) -> Table:
    """The outputs of a program as columns, one row a state."""
    found = [np.broadcast_to(np.asarray(v).astype(np.uint64), (len(states),)) for v in program(states)]
    return np.stack(found, axis=1) if found else np.zeros((len(states), 0), dtype=np.uint64)
