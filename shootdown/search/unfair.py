"""The judge of a proof that no fair run waits for ever: every state and step anew, and every reason, arc by arc.

It knows nothing of components. A run that waits for ever stays in the region from some point on, takes no fault any
more, and goes down in `height` or stays in its component; so it ends in one component of the first layer. There the
reason is an instance that no step inside takes. Is it weakly fair, it must be enabled in every state, and the run is
unfair. Is it strongly fair, a fair run leaves the states that enable it, and goes on in the states of the next layer,
where the same holds. Layers are finitely many, so no fair run is left.

Formulas are grounded and compiled again; states with a fixed stride are judged by the interpreter, which shares no
code with the search.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shootdown.ir.expr import Expr
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import enabled, holds, is_initial, successors
from shootdown.ir.system import Claim, System
from shootdown.ir.temporal import Response, Strength
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search.digraph import Index, Mask, Nodes
from shootdown.search.enumerate import Overflow
from shootdown.search.fair import Excluded, FairSearch, Part
from shootdown.search.fairgraph import Duty, Instance, Whole, duties, instances, values, watched
from shootdown.search.layout import words
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits
from shootdown.search.space import CHUNK, Problem
from shootdown.search.wordset import member, position


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged: states and steps by compiled code, `sampled` states and all their steps by the interpreter."""

    states: int
    steps: int
    instances: int
    sampled: int


@dataclass(frozen=True)
class _World:
    """One group of topologies, everything about it written anew."""

    problem: Problem
    space: Whole
    part: Part

    @property
    def system(self) -> System:
        return self.problem.system

    def must(self, value: Mask, what: str) -> None:
        """An EngineBug where something is not so."""
        if not value.all():
            raise EngineBug(f"{self.system.name}: {what}")


@dataclass(frozen=True)
class _Waiting:
    """One excluded instance beside the same instance written anew: where trigger, goal and duties hold."""

    given: Excluded
    anew: Instance
    duties: tuple[Duty, ...]
    trigger: Mask
    goal: Mask
    able: list[Mask]


def judge(
    system: System,
    responses: Sequence[Response],
    scenarios: Sequence[Claim],
    sizes: Sizes,
    limits: Limits,
    found: FairSearch,
    *,
    sample: int = 25,
) -> Judged:
    """Judge the certificate of a complete search with these arguments; an EngineBug where it does not stand."""
    if not found.search.complete or found.lasso is not None:
        raise EngineBug(f"{system.name}: there is no proof to judge: {found.search.reason or 'a lasso was found'}")
    problem = Problem(system, (*scenarios, *watched(responses)), sizes, faults=limits.faults)
    listed = problem.topologies(limits.states)
    given = [p.topologies for p in found.parts]
    if isinstance(listed, Overflow) or not np.array_equal(listed, np.concatenate([listed[:0], *given])):
        raise EngineBug(f"{system.name}: the second judge lists other topologies than the search")
    counts: list[Judged] = []
    for number, part in enumerate(found.parts):
        world = _World(problem, Whole(problem, part.topologies), part)
        share = -(-(sample - sum(c.sampled for c in counts)) // (len(found.parts) - number))
        counts.append(_judge_part(world, responses, limits, share))
    return Judged(
        states=sum(c.states for c in counts),
        steps=sum(c.steps for c in counts),
        instances=sum(c.instances for c in counts),
        sampled=sum(c.sampled for c in counts),
    )


def _judge_part(world: _World, responses: Sequence[Response], limits: Limits, sample: int) -> Judged:
    states = world.part.states
    roots = world.space.roots(limits.states)
    if isinstance(roots, Overflow):
        raise EngineBug(f"{world.system.name}: the second judge lists more initial states than the search")
    world.must(states[1:] > states[:-1], "the states are not a sorted set")
    world.must(member(roots, states), "an initial state is not among the states")
    waiting = _anew(world, responses)
    for one in waiting:
        _regions(world, one)
    steps = sum(_judge_arcs(world, waiting, begin) for begin in range(0, len(states), CHUNK))
    rows = list(range(0, len(states), max(1, len(states) // sample)))[:sample] if sample else []
    for row in rows:
        _interpret(world, waiting, row)
    for word in roots[: min(sample, 8)].tolist():
        if not is_initial(world.system, world.space.layout.unpack(word), world.space.ground.sizes):
            raise EngineBug(f"{world.system.name}: the interpreter does not take a start of the search as initial")
    return Judged(len(states), steps, len(waiting), len(rows))


def _anew(world: _World, responses: Sequence[Response]) -> list[_Waiting]:
    """Every instance of every response, in order; the search must have excluded exactly these."""
    found = []
    given = list(world.part.excluded)
    for response in responses:
        asked = duties(world.problem, response)
        able = values(world.space, [d.guard for d in asked], world.part.states)
        for anew in instances(world.problem, response, world.part.topologies):
            known = given[0].instance if given else None
            if known is None or (known.response.name, known.elements) != (response.name, anew.elements):
                raise EngineBug(f"{world.system.name}: a choice of elements was left out of `{response.name}`")
            trigger, goal = values(world.space, [anew.trigger, anew.goal], world.part.states)
            found.append(_Waiting(given.pop(0), anew, asked, trigger, goal, able))
    return found


def _regions(world: _World, one: _Waiting) -> None:
    """What can be said of each state by itself."""
    region, layers = one.given.region, one.given.why.layers
    split = np.uint64(world.space.layout.split)
    spared = one.anew.spare[(world.part.states >> split).astype(np.intp)]
    world.must(region | ~one.trigger | one.goal | spared, "a state that waits for the goal is not in the region")
    world.must(~region | ~one.goal, "a state of the region has reached the goal")
    world.must(~np.asarray(one.given.why.fair >= 0), "a component is called fair in a proof")
    alive = region
    for layer in layers:
        world.must((layer.component >= 0) == alive, "a layer has other states than it must have")
        here = np.flatnonzero(alive)
        reason = layer.reason[layer.component[here]]
        world.must((reason >= 0) & (reason < len(one.duties)), "a component has no reason")
        alive = np.zeros(len(region), dtype=np.bool_)
        for place, (duty, able) in enumerate(zip(one.duties, one.able, strict=True)):
            own = here[reason == place]
            if duty.strength is Strength.WEAK:
                world.must(able[own], "a weakly fair instance that is never taken is not enabled all the time")
            else:
                alive[own[~able[own]]] = True
    world.must(~alive, "states are left over after the last layer")


def _judge_arcs(world: _World, waiting: Sequence[_Waiting], begin: int) -> int:
    """All steps from some states: none leaves the set of states, and each agrees with the reasons; how many."""
    states = world.part.states
    some = states[begin : begin + CHUNK]
    count = 0
    for number, rows, after in world.space.successors(some):
        count += len(after)
        world.must(member(after, states), "a step leaves the set of states")
        source, target = rows + begin, position(after, states)
        for one in waiting:
            _judge_step(world, one, number, source, target)
    return count


def _judge_step(world: _World, one: _Waiting, number: int, source: Index, target: Index) -> None:
    """One ground instance from some states: what waits goes on waiting, and no loop is left open."""
    region = one.given.region
    inside = region[source]
    source, target = source[inside], target[inside]
    world.must(region[target] | one.goal[target], "a step leaves the region without the goal")
    if world.space.instances[number].action.fault:
        return
    both = region[target]
    source, target = source[both], target[both]
    for layer in one.given.why.layers:
        if not len(source):
            return
        source, target = _judge_layer(world, one, layer.component, layer.height, source, target)
        reason = layer.reason[layer.component[source]]
        for place in np.unique(reason):
            if one.duties[place].number == number:
                raise EngineBug(f"{world.system.name}: a step takes the instance that its component is blamed for")
        keep = np.zeros(len(source), dtype=np.bool_)
        for place in np.unique(reason):
            if one.duties[place].strength is Strength.STRONG:
                able = one.able[place]
                keep |= (reason == place) & ~able[source] & ~able[target]
        source, target = source[keep], target[keep]
    world.must(np.zeros(len(source), dtype=np.bool_), "a step is left over after the last layer")


def _judge_layer(
    world: _World, one: _Waiting, component: Nodes, height: Nodes, source: Index, target: Index
) -> tuple[Index, Index]:
    """Steps between components go down; those inside one are handed back."""
    before, after = component[source], component[target]
    world.must((before >= 0) & (after >= 0), f"a layer of `{one.anew.response.name}` lacks a state")
    same = before == after
    world.must(height[after[~same]] < height[before[~same]], "a step between components does not go down")
    return source[same], target[same]


def _interpret(world: _World, waiting: Sequence[_Waiting], row: int) -> None:
    """Judge one state, its formulas and all its steps by the interpreter."""
    space, system, sizes = world.space, world.system, world.space.ground.sizes
    word = int(world.part.states[row])
    state = space.layout.unpack(word)
    counter = word & space.layout.counter_mask
    reached = []
    for step, after in successors(system, state, sizes):
        if not space.layout.agrees(after):
            raise EngineBug(f"{system.name}: by the interpreter, `{step.action}` changes what was taken for constant")
        counted = space.problem.faults is not None and bool(system.action[step.action].tally)
        if not (counted and counter == space.problem.faults):
            reached.append((step, space.layout.pack(after) + counter + counted))
    found = {(i.action.name, i.args, int(w)) for n, _, a in space.successors(words([word])) for w in a
             for i in [space.instances[n]]}  # fmt: skip
    if found != {(s.action, s.args, w) for s, w in reached}:
        raise EngineBug(f"{system.name}: the interpreter takes other steps than the search")
    for one in waiting:
        _formulas(world, one, row, state, sizes)


def _formulas(world: _World, one: _Waiting, row: int, state: ConcreteState, sizes: Sizes) -> None:
    """Trigger, goal and every fair instance of a state, by the interpreter."""
    env = {p.key: v for p, v in zip(one.anew.response.params, one.anew.elements, strict=True)}

    def agrees(formula: Expr, value: bool) -> bool:
        return holds(formula, state, sizes, env) == value

    same = agrees(one.anew.response.trigger, bool(one.trigger[row])) and agrees(
        one.anew.response.goal, bool(one.goal[row])
    )
    for duty, able in zip(one.duties, one.able, strict=True):
        same &= _able(world.system, duty.step, state, sizes) == bool(able[row])
    if not same:
        raise EngineBug(f"{world.system.name}: the interpreter reads a formula of `{one.anew.response.name}` otherwise")


def _able(system: System, step: Step, state: ConcreteState, sizes: Sizes) -> bool:
    return enabled(system.action[step.action], step.args, state, sizes)
