"""Breadth-first search over packed states, a level at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from shootdown.ir.system import Expectation
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import Words
from shootdown.search.result import Limits
from shootdown.search.space import Space, chunks
from shootdown.search.wordset import Recent, WordSet, distinct

NO_INITIAL_STATE = "no initial state at this size"
"""`Search.reason` of a size that must never count as covered."""

STOPPED = "stopped at the first violation"
"""`Search.reason` where a violation ended the search."""

_PENDING = 4_000_000
"""Successors that are collected before repetitions among them are dropped."""


class OutOfTimeError(Exception):
    """The deadline of the search has passed; caught where a search ends."""


@dataclass(frozen=True, slots=True)
class Violation:
    """The first level with a state that breaks an `always` claim: claim number, depth, all such states."""

    claim: int
    depth: int
    states: Words


@dataclass
class Exploration:
    """What a breadth-first search has seen so far. `levels[k]` are the states first reached in k steps.

    `cut` means that time or the number of states ended it, `ragged` that the last level lacks states.
    """

    space: Space
    visited: WordSet = field(default_factory=WordSet)
    levels: list[Words] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    witnessed: set[str] = field(default_factory=set)
    violation: Violation | None = None
    complete: bool = False
    cut: bool = False
    ragged: bool = False
    reason: str = ""

    @property
    def depth(self) -> int:
        """Steps to the last level."""
        return max(0, len(self.levels) - 1)

    @property
    def searched(self) -> int:
        """Steps after which every state was seen."""
        return max(0, self.depth - self.ragged)


def start(space: Space, limits: Limits) -> Words | Overflow:
    """The canonical initial states."""
    roots = space.roots(limits.states)
    return roots if isinstance(roots, Overflow) else distinct(space.canonical(roots))


def explore(space: Space, limits: Limits, *, stop: bool) -> Exploration:
    """Search level by level until no new state is found, a claim is violated (if `stop`), or a limit is met."""
    run = Exploration(space)
    level = start(space, limits)
    if isinstance(level, Overflow):
        run.cut, run.reason = True, f"more than {level.limit} initial states: too many values of {level.cell}"
        return run
    if not len(level):
        run.complete, run.reason = True, NO_INITIAL_STATE
        return run
    recent = (Recent(), Recent())
    try:
        while len(level):
            _look_at(run, level)
            limits.tell("explicit", run.depth, f"{len(run.visited)} states")
            run.reason = _bound(run, limits, stop=stop)
            if run.reason:
                return run
            level = _next_level(run, level, recent, limits)
    except OutOfTimeError:
        run.cut, run.reason = True, f"out of time at depth {run.depth}"
        return run
    run.complete = True
    return run


def _bound(run: Exploration, limits: Limits, *, stop: bool) -> str:
    """Why the search ends at this level; empty to go on."""
    if run.violation is not None and stop:
        _note_fired(run, run.levels[-1])
        return STOPPED
    if len(run.visited) > limits.states:
        run.cut = True
        return f"more than {limits.states} states"
    if limits.depth is not None and run.depth >= limits.depth:
        return f"searched to depth {run.depth} only"
    return ""


def _look_at(run: Exploration, level: Words) -> None:
    """Take in a level of new states and evaluate the claims on it."""
    run.levels.append(level)
    run.visited.add(level)
    claims = run.space.claims
    pending = [
        k for k, c in enumerate(claims)
        if (run.violation is None if c.kind is Expectation.ALWAYS else c.name not in run.witnessed)
    ]  # fmt: skip
    if not pending:
        return
    check = run.space.check(pending)
    broken: dict[int, list[Words]] = {}
    for states in chunks(level):
        for number, value in zip(pending, check(states), strict=True):
            if claims[number].kind is Expectation.SOMETIMES:
                if value.any():
                    run.witnessed.add(claims[number].name)
            elif not value.all():
                broken.setdefault(number, []).append(states[~value])
    if broken:
        first = min(broken)
        run.violation = Violation(first, run.depth, np.concatenate(broken[first]))


def _note_fired(run: Exploration, level: Words) -> None:
    for states in chunks(level):
        for instance, bits in zip(run.space.instances, run.space.enabled(states), strict=True):
            if bits.any():
                run.fired.add(instance.action.name)


def _next_level(run: Exploration, level: Words, recent: tuple[Recent, Recent], limits: Limits) -> Words:
    """Canonical states one step after `level` that were not visited."""
    pending: list[Words] = []
    size, bound = 0, _PENDING
    for new in _images(run, level, recent):
        pending.append(new)
        size += len(new)
        if limits.expired():
            raise OutOfTimeError
        if size > bound:
            pending = [run.visited.without(distinct(np.concatenate(pending)))]
            size = len(pending[0])
            bound = max(_PENDING, 2 * size)
            if size + len(run.visited) > limits.states:
                run.ragged = True  # the bound on states ends the search right after this level
                break
    if not pending:
        return np.zeros(0, dtype=np.uint64)
    return run.visited.without(distinct(np.concatenate(pending)))


def _images(run: Exploration, level: Words, recent: tuple[Recent, Recent]) -> Iterator[Words]:
    """Canonical successors a chunk at a time, with most repetitions dropped."""
    canonical, instances = run.space.canonical, run.space.instances
    for states in chunks(level):
        parts = []
        for number, _, after in run.space.successors(states):
            run.fired.add(instances[number].action.name)
            parts.append(after)
        if not parts:
            continue
        after = np.concatenate(parts)
        after = after[recent[0].fresh(after)]
        if not canonical.trivial:
            after = canonical(after)
            after = after[recent[1].fresh(after)]
        yield after
