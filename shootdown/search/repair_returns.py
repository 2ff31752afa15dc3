"""Whether every call can still return: from each reachable state some run gets to a state without a call in progress.

A call that always has a next step is not stuck, and yet may have to go round for ever: no repair does that to a call.
"""

from dataclasses import replace

import numpy as np

from shootdown.ir.expr import Expr, Op, conj, element, lift
from shootdown.ir.sorts import EnumSort, IndexSort, Sort
from shootdown.ir.state import read
from shootdown.ir.system import Named, System
from shootdown.ir.trace import Candidate, ConcreteState
from shootdown.search.breadth import Exploration, Violation
from shootdown.search.compiled import Bits, compile_nodes, truth
from shootdown.search.explicit import Explored
from shootdown.search.layout import Words
from shootdown.search.repair_sketch import Sketch
from shootdown.search.shortest import counterexample
from shootdown.search.space import chunks
from shootdown.search.wordset import member


def cut_off(found: Explored, goal: Expr) -> Candidate | None:
    """A shortest run to a state from which no run gets to `goal`; None where there is none. All states are known."""
    for run in found.parts:
        lost = _without_way(run, goal)
        for depth, level in enumerate(run.levels if len(lost) else ()):
            here = level[member(level, lost)]
            if len(here):
                return counterexample(run, Violation(0, depth, here)).candidate
    return None


def _without_way(run: Exploration, goal: Expr) -> Words:
    """The visited states, sorted, from which no step after step leads to the goal."""
    states = np.sort(run.visited.all())
    program = compile_nodes(run.space.layout, [run.space.ground.formula(goal)])
    met = np.concatenate([truth(program(part)[0], len(part)) for part in chunks(states)] or [np.zeros(0, dtype=bool)])
    good: Words = states[met]
    rest: Words = states[~met]
    while len(rest):
        hit = np.concatenate([_steps_into(run, part, good) for part in chunks(rest)])
        if not hit.any():
            break
        good, rest = np.sort(np.concatenate([good, rest[hit]])), rest[~hit]
    return rest


def _steps_into(run: Exploration, states: Words, good: Words) -> Bits:
    hit = np.zeros(len(states), dtype=np.bool_)
    if len(good):
        for _, rows, images in run.space.successors(states):
            hit[rows] |= member(run.space.canonical(images), good)
    return hit


def pinned(sketch: Sketch, state: ConcreteState) -> Sketch:
    """The sketch whose runs begin in one state, whatever runs begin in otherwise."""
    at = Named("the state of a run", _is(sketch.system, state))
    place = replace(sketch.place, conditions=())
    return replace(sketch, system=replace(sketch.system, init=(at,)), place=place)


def _is(system: System, state: ConcreteState) -> Expr:
    equations = []
    for variable in system.variables:
        for point, value in sorted(state[variable.name].items()):
            args = [_value(s, v) for s, v in zip(variable.args, point, strict=True)]
            equations.append(read(variable, args) == _value(variable.sort, value))
    return conj(*equations)


def _value(sort: Sort, value: int) -> Expr:
    match sort:
        case IndexSort():
            return element(sort, value)
        case EnumSort(values=values):
            return Expr(Op.LIT, (), sort, values[value])
    return lift(bool(value)) if not hasattr(sort, "bits") else lift(value, sort)
