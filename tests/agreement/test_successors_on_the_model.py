"""On the model three readers give the same successors: interpreter, SMT transition, programs of the explicit engine.

For each design and contract, with and without stage 2: states on a walk of the interpreter, random states that meet
the axioms but need not be reachable, and for each action that none of these enables a random state that does. The
SMT transition is judged in both directions: it has each step of the interpreter, with that state after it, and no
other step and no other state after one. Each test says how many were compared (`pytest -rP`).
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from shootdown.ir import forall, formula
from shootdown.ir.expr import Op
from shootdown.ir.graph import Graph, Node
from shootdown.ir.ground import Ground, Grounder, Instance
from shootdown.ir.interp import domain, enabled, holds, is_initial, malformed, successors
from shootdown.ir.slice import cone
from shootdown.ir.system import Action, System
from shootdown.ir.trace import ConcreteState, Step
from shootdown.model.build import build
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.model.designs import designs
from shootdown.model.sorts import Device
from shootdown.model.world import World
from shootdown.search.compiled import compile_update
from shootdown.search.enumerate import Overflow, enumerate_states
from shootdown.search.layout import words
from shootdown.search.smtlib import Encoding
from shootdown.search.space import Problem
from shootdown.smt import Answer, Solver
from tests.agreement.cells import MEASURED, SAMPLES, SIZES, Cell, pose
from tests.search.test_smtlib import state_text

WALK = 10
"""Steps of the walk through each system."""

PLAIN = POLICIES[:3]
"""Policies that bring no recovery, of which a state would be too wide for the explicit engine."""

RANDOM = 6
"""Random states of each system, besides those that are looked for."""

TRIES = 4000
"""Random states that are looked at to find one in which a given action is enabled."""

Pairs = dict[Step, ConcreteState]
"""The state after each step that is enabled."""


@dataclass
class Tally:
    """What was compared: a comparison of few states proves little."""

    states: int = 0
    steps: Counter[str] = field(default_factory=Counter)


def systems(contract: str) -> Iterator[System]:
    """Of each plain loop the whole model under one policy, and the slices that decide stage 2 and repetitions.

    With stage 2 or what watches repetitions, a state of the whole model is too wide for the explicit engine, and with
    the parts of the other designs too: of these, the slice for one property.
    """
    for number, name in enumerate(MEASURED):
        policy = PLAIN[(number + CONTRACTS.index(contract)) % len(PLAIN)]
        yield build(World(designs()[name], contract, policy))
        yield pose(Cell(name, "host-page-safe", "", contract)).system
        yield pose(Cell(name, "repeat-is-harmless", "", contract)).system
    asked, there = SAMPLES[0]
    for name in designs():
        if name not in MEASURED and contract == there:
            yield pose(Cell(name, asked, "", contract)).system
    yield recovering(contract)


RECOVERING = {
    "vtd-v10": ("resume-after-device", "failing"),
    "ideal": ("retry-not-done", "status"),
    "smmuv3-v10": ("unplug-device", "status"),
    "vtd-5.7": ("reset-named-and-flush", "status"),
}
"""A policy that recovers for each contract, with the field that it needs; numbers are not listed, so none counts."""


def recovering(contract: str) -> System:
    """The slice that decides who is lost under a policy that recovers: refused requests, resets, unplugging."""
    policy, field = RECOVERING[contract]
    design = replace(designs()["best-effort"], report=("errno", field))
    system = build(World(design, contract, policy))
    lost = formula(system, lambda s: forall(Device, lambda d: s.lost[d] | s.dead[d]))
    return cone(system, [lost])


class Readers:
    """The readers of one system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.problem = Problem(system, (), SIZES, symmetric=False)
        self.ground: Ground = self.problem.ground
        self.encoding = Encoding(self.ground)
        self.solver = Solver()
        texts = (self.encoding.static(), self.encoding.state(0), self.encoding.state(1), self.encoding.trans(0))
        self.solver.add_text("".join(texts))
        listed = self.problem.topologies(1 << 20)
        assert not isinstance(listed, Overflow)
        self.topologies = [int(word) for word in listed]
        self.spaces = list(self.problem.spaces(listed))
        self.numbers = {Step(i.action.name, i.args): k for k, i in enumerate(self.ground.instances)}

    def interpreted(self, state: ConcreteState) -> Pairs:
        """By the expressions as they were recorded."""
        return dict(successors(self.system, state, SIZES))

    def compiled(self, state: ConcreteState) -> Pairs:
        """By the explicit engine's programs on packed states."""
        topology = np.uint64(self.problem.flat.pack(state))
        space = next(s for s in self.spaces if topology in s.layout.topologies)
        packed = words([space.layout.pack(state)])
        assert space.layout.unpack(int(packed[0])) == state
        found = {}
        for number, _, after in space.successors(packed):
            instance = space.instances[number]
            found[Step(instance.action.name, instance.args)] = space.layout.unpack(int(after[0]))
        return found

    def unsolved(self, state: ConcreteState, told: Pairs) -> list[str]:
        """How the SMT transition differs from what was told of the steps from `state`."""
        self.solver.push()
        self.solver.add_text(f"(assert {state_text(self.ground, self.encoding, state, 0)})")
        taken = {step: self._takes(step, after) for step, after in told.items()}
        wrong = [f"SMT: not {step}" for step, text in taken.items() if self._ask(text) is not Answer.SAT]
        if self._ask(f"(not (or false {' '.join(taken.values())}))") is not Answer.UNSAT:
            wrong.append("SMT: another step, or another state after one")
        self.solver.pop()
        return wrong

    def _takes(self, step: Step, after: ConcreteState) -> str:
        if step not in self.numbers:
            return "false"
        fires = self.encoding.fires(self.numbers[step], 0)
        return f"(and {fires} {state_text(self.ground, self.encoding, after, 1)})"

    def _ask(self, formula: str) -> Answer:
        self.solver.push()
        self.solver.add_text(f"(assert {formula})")
        answer = self.solver.check()
        self.solver.pop()
        return answer

    def differences(self, state: ConcreteState, tally: Tally) -> list[str]:
        """How the others differ from the interpreter in `state`; what was compared is counted."""
        told = self.interpreted(state)
        tally.states += 1
        tally.steps.update(step.action for step in told)
        wrong = self.unsolved(state, told)
        compiled = self.compiled(state)
        for step in sorted(told.keys() | compiled.keys(), key=str):
            if told.get(step) != compiled.get(step):
                wrong.append(f"compiled: {step}")
        return wrong


class States:
    """Where the states come from."""

    def __init__(self, readers: Readers, rng: random.Random) -> None:
        self.readers, self.rng = readers, rng

    def random(self) -> ConcreteState:
        """A state with one of the topologies and anything else; what grounding made constant keeps its value."""
        ground, flat = self.readers.ground, self.readers.problem.flat
        topology = self.rng.choice(self.readers.topologies)
        state: dict[str, dict[tuple[int, ...], int]] = {}
        for k, cell in enumerate(ground.cells):
            if k in ground.fixed:
                value = ground.fixed[k]
            elif cell.variable.immutable:
                value = flat.at(k, topology)
            else:
                value = self.rng.choice(domain(cell.variable.sort, SIZES))
            state.setdefault(cell.variable.name, {})[cell.args] = value
        return state

    def initial(self) -> ConcreteState:
        """An initial state of one of the topologies."""
        problem = self.readers.problem
        space = self.rng.choice(self.readers.spaces)
        split = np.uint64(space.layout.split)
        base = words([self.rng.randrange(len(space.layout.topologies))]) << split
        roots = enumerate_states(space.layout, problem.mutable, problem.init, limit=1 << 20, base=base)
        assert not isinstance(roots, Overflow)
        state = space.layout.unpack(int(self.rng.choice(roots)))
        assert is_initial(self.readers.system, state, SIZES)
        return state

    def walk(self, tally: Tally) -> Iterator[ConcreteState]:
        """States on a walk, which prefers actions that were taken seldom."""
        state = self.initial()
        for _ in range(WALK):
            yield state
            steps = list(successors(self.readers.system, state, SIZES))
            if not steps:
                return
            fewest = min(tally.steps[step.action] for step, _ in steps)
            state = self.rng.choice([after for step, after in steps if tally.steps[step.action] == fewest])

    def enabling(self, action: Action) -> ConcreteState:
        """A random state in which the action is enabled."""
        choices = list(itertools.product(*(domain(p.sort, SIZES) for p in action.params)))
        for _ in range(TRIES):
            state = self.random()
            if any(enabled(action, args, state, SIZES) for args in choices):
                return state
        raise AssertionError(f"no state was found in which {action} is enabled")


def compare(system: System, rng: random.Random, tally: Tally) -> list[str]:
    """Compare the readers of one system; every action is exercised."""
    readers = Readers(system)
    states = States(readers, rng)
    mine = Tally()
    found: list[str] = []
    for state in itertools.chain(states.walk(mine), (states.random() for _ in range(RANDOM))):
        assert not malformed(system, state, SIZES)
        assert all(holds(n.formula, state, SIZES) for n in system.axioms)
        found += readers.differences(state, mine)
    for action in system.actions:
        if not mine.steps[action.name]:
            found += readers.differences(states.enabling(action), mine)
    assert set(mine.steps) == set(system.action)
    tally.states += mine.states
    tally.steps += mine.steps
    return found


@pytest.mark.parametrize("contract", CONTRACTS)
def test_readers_agree_on_successors(contract: str) -> None:
    """In hundreds of states, all actions among them, the three readers see the same steps and the same states after."""
    rng, tally = random.Random(contract), Tally()
    for system in systems(contract):
        assert compare(system, rng, tally) == []
    print(f"{tally.states} states and {tally.steps.total()} steps compared")  # noqa: T201 # pytest -rP shows it
    assert tally.states >= 170
    assert tally.steps.total() >= 1200


def _differences() -> list[str]:
    system = next(systems("smmuv3-v10"))
    return compare(system, random.Random(7), Tally())


def test_comparison_accepts_the_model() -> None:
    """Control: with everything as it is, the system of the next tests passes."""
    assert _differences() == []


def test_a_printer_with_swapped_branches_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a printer that swaps the branches of if-then-else has other steps; the compiled programs do not."""
    right = Encoding._body

    def swapped(self: Encoding, node: Node) -> str:
        if self.graph.op[node] is not Op.ITE:
            return right(self, node)
        c, a, b = self.graph.args[node]
        return f"(ite {self._term(c)} {self._term(b)} {self._term(a)})"

    monkeypatch.setattr(Encoding, "_body", swapped)
    found = _differences()
    assert found
    assert {f.split(":")[0] for f in found} == {"SMT"}


def test_a_grounding_with_swapped_branches_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: the interpreter reads what was recorded, so that a wrong simplification shows in both other readers."""
    right, instances = Graph.choose, Grounder.instances

    def swapped(self: Grounder, action: Action) -> list[Instance]:
        with monkeypatch.context() as patch:
            patch.setattr(Graph, "choose", lambda self, c, a, b: right(self, c, b, a))
            return instances(self, action)

    monkeypatch.setattr(Grounder, "instances", swapped)
    assert {f.split(":")[0] for f in _differences()} == {"SMT", "compiled"}


def test_an_action_that_forgets_an_update_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a compiled program that leaves one cell as it was shows in the programs only."""

    def forgetful(layout, changes, add=0):
        return compile_update(layout, dict(list(changes.items())[1:]), add)

    monkeypatch.setattr("shootdown.search.space.compile_update", forgetful)
    assert {f.split(":")[0] for f in _differences()} == {"compiled"}
