"""The judge of a complete search: the set of states is closed, says so compiled code and says so the interpreter.

A set of states that holds every initial state, that no step leaves, and in which every claim holds
contains every reachable state; how it was found does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shootdown.ir.ground import Sizes
from shootdown.ir.interp import holds, is_initial, successors
from shootdown.ir.system import Action, Claim, Expectation, System
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search.breadth import Exploration, start
from shootdown.search.enumerate import Overflow
from shootdown.search.explicit import Explored, explored
from shootdown.search.layout import Words, words
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits, Search
from shootdown.search.space import Problem, Space, chunks
from shootdown.search.wordset import member


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What was judged: all states by compiled code, `sampled` states and their `steps` by the interpreter."""

    states: int
    successors: int
    sampled: int
    steps: int


@dataclass(frozen=True, slots=True)
class NotComplete:
    """There is no closed set to judge: the search found a violation or met a limit."""

    search: Search


def recheck(
    system: System,
    claims: Sequence[Claim],
    sizes: Sizes,
    limits: Limits,
    *,
    sample: int = 200,
    known: Explored | None = None,
    symmetric: bool = True,
) -> Rechecked | NotComplete:
    """Judge the closed set of `known`, or of a new search; an EngineBug where it is not closed or breaks a claim.

    The formulas are grounded and compiled again. `sample` states with a fixed stride, the first initial
    states among them, are judged by the interpreter, which shares no code with the search.
    """
    result = known or explored(system, claims, sizes, limits, symmetric=symmetric)
    if not result.search.complete or result.search.candidate is not None:
        return NotComplete(result.search)
    problem = Problem(system, claims, sizes, faults=limits.faults, symmetric=symmetric)
    _same_topologies(problem, result, limits)
    counts = []
    rest = sample
    for number, part in enumerate(result.parts):
        share = -(-rest // (len(result.parts) - number))
        counts.append(_recheck_part(Space(problem, part.space.layout.topologies), part, limits, share))
        rest -= counts[-1].sampled
    return Rechecked(
        states=sum(c.states for c in counts),
        successors=sum(c.successors for c in counts),
        sampled=sum(c.sampled for c in counts),
        steps=sum(c.steps for c in counts),
    )


def _same_topologies(problem: Problem, result: Explored, limits: Limits) -> None:
    """The groups of the search together are all topologies, listed anew."""
    listed = problem.topologies(limits.states)
    searched = [part.space.layout.topologies for part in result.parts]
    if isinstance(listed, Overflow) or not np.array_equal(listed, np.concatenate([listed[:0], *searched])):
        raise EngineBug(f"{problem.system.name}: the second judge lists other topologies than the search")


def _recheck_part(space: Space, part: Exploration, limits: Limits, sample: int) -> Rechecked:
    states, system = part.visited.all(), space.problem.system
    roots = start(space, limits)
    if isinstance(roots, Overflow):
        raise EngineBug(f"{system.name}: the second judge lists more initial states than the search")
    _must(member(roots, states), system, "an initial state is not in the closed set")
    always = [k for k, c in enumerate(space.claims) if c.kind is Expectation.ALWAYS]
    checked = space.check(always)
    count = 0
    for some in chunks(states):
        for number, value in zip(always, checked(some), strict=True):
            _must(value, system, f"a state of the closed set breaks `{space.claims[number].name}`")
        for _, _, after in space.successors(some):
            count += len(after)
            _must(member(space.canonical(after), states), system, "a step leaves the closed set")
    chosen = states[:: max(1, len(states) // sample)][:sample] if sample else states[:0]
    steps = sum(_interpret(space, int(word), states) for word in chosen)
    for word in roots[: min(sample, 8)].tolist():
        if not is_initial(system, space.layout.unpack(word), space.ground.sizes):
            raise EngineBug(f"{system.name}: the interpreter does not take a start of the search as initial")
    return Rechecked(len(states), count, len(chosen), steps)


def _must(value: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", system: System, what: str) -> None:
    if not value.all():
        raise EngineBug(f"{system.name}: {what}")


def _interpret(space: Space, word: int, states: Words) -> int:
    """Judge one state and all its steps by the interpreter; the number of steps."""
    state, sizes, system = space.layout.unpack(word), space.ground.sizes, space.problem.system
    for claim in space.claims:
        if claim.kind is Expectation.ALWAYS and not holds(claim.formula, state, sizes):
            raise EngineBug(f"{system.name}: by the interpreter, a state of the closed set breaks `{claim.name}`")
    counter = word & space.layout.counter_mask
    reached = []
    for step, after in successors(system, state, sizes):
        if not space.layout.agrees(after):
            raise EngineBug(f"{system.name}: by the interpreter, `{step.action}` changes what was taken for constant")
        image = _image(space, counter, step, after)
        if image is not None:
            reached.append(image)
    found = space.canonical(words(reached))
    _must(member(found, states), system, "by the interpreter, a step leaves the closed set")
    return len(reached)


def _image(space: Space, counter: int, step: Step, after: ConcreteState) -> int | None:
    """The word after a step; None where the bound on faults forbids it."""
    action: Action = space.problem.system.action[step.action]
    tallied = space.problem.faults is not None and bool(action.tally)
    if tallied and counter == space.problem.faults:
        return None
    return space.layout.pack(after) + counter + tallied
