"""The judges of what readers and engines say of a system: each a question that is answered by yes, I object.

Tests that plant bugs ask which judges object. The measure of most is the interpreter, which reads what was recorded and
shares no code with grounding, printers and engines.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shootdown.ir import Claim, System
from shootdown.ir.ground import Ground, cell_value, ground
from shootdown.ir.interp import apply, domain, enabled, holds, is_initial, successors
from shootdown.ir.rewrite import before_step
from shootdown.ir.system import Action
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search import bmc, explicit, kinduction, pdr
from shootdown.search.anynumber import prove
from shootdown.search.certificate import Certificate
from shootdown.search.closure import recheck
from shootdown.search.enumerate import Overflow
from shootdown.search.invariant import verify
from shootdown.search.parametric import Stopped, Wanted
from shootdown.search.question import Hints
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.result import Limits, Search
from shootdown.search.smtlib import Encoding
from shootdown.search.space import Problem
from shootdown.search.verdict import Scope, Universal
from shootdown.smt import Answer, Solver
from tests.search.test_smtlib import solver_says, state_text

MOST = 10
"""States in which steps are compared."""

DEPTH = 6
"""Depth of bounded search."""

PATIENCE = 20
"""Seconds for PDR: where printer and evaluation disagree it may never end, which is no answer and no harm."""

Sizes = dict[str, int]


@dataclass(frozen=True)
class Case:
    """A system with a claim at sizes at which all its states can be listed."""

    system: System
    claim: Claim
    sizes: Sizes

    def every(self) -> Iterator[ConcreteState]:
        """All states, reachable or not, by the interpreter's own notion of a sort."""
        cells = [
            (v.name, p, domain(v.sort, self.sizes))
            for v in self.system.variables
            for p in itertools.product(*(domain(s, self.sizes) for s in v.args))
        ]
        for values in itertools.product(*(d for _, _, d in cells)):
            state: dict[str, dict[tuple[int, ...], int]] = {}
            for (name, point, _), value in zip(cells, values, strict=True):
                state.setdefault(name, {})[point] = value
            yield state

    @cached_property
    def starts(self) -> list[ConcreteState]:
        """All initial states, by the interpreter."""
        return [s for s in self.every() if is_initial(self.system, s, self.sizes)]

    @cached_property
    def reached(self) -> list[ConcreteState]:
        """All reachable states, by the interpreter."""
        seen = {_key(s): s for s in self.starts}
        todo = list(seen.values())
        while todo:
            for _, state in successors(self.system, todo.pop(), self.sizes):
                if seen.setdefault(_key(state), state) is state:
                    todo.append(state)
        return list(seen.values())

    @cached_property
    def some(self) -> list[ConcreteState]:
        """Reachable states to look at, always the same."""
        return random.Random(1).sample(self.reached, min(MOST, len(self.reached)))


def _key(state: ConcreteState) -> tuple[object, ...]:
    return tuple((name, tuple(sorted(table.items()))) for name, table in sorted(state.items()))


def _constants_differ(shape: Ground, state: ConcreteState) -> bool:
    """Whether grounding took a cell for another constant than the state has."""
    cells = ((shape.cells[k], raw) for k, raw in shape.fixed.items())
    return any(state[c.variable.name][c.args] != cell_value(c, raw) for c, raw in cells)


def initial_states(case: Case) -> bool:
    """The printed initial states are not the interpreter's."""
    shape = ground(case.system, case.sizes)
    if any(_constants_differ(shape, s) for s in case.starts):
        return True
    coded, solver = Encoding(shape), Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.init())
    texts = [state_text(shape, coded, s, 0) for s in case.starts]
    if solver_says(solver, f"(not (or false {' '.join(texts)}))"):
        return True
    return not all(solver_says(solver, text) for text in texts[:: max(1, len(texts) // MOST)])


def printed_steps(case: Case) -> bool:
    """The printed transition has another step, or another state after one, than the interpreter."""
    shape = ground(case.system, case.sizes)
    if any(_constants_differ(shape, s) for s in case.reached):
        return True
    coded, solver = Encoding(shape), Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.state(1) + coded.trans(0))
    numbers = {Step(i.action.name, i.args): k for k, i in enumerate(shape.instances)}
    for state in case.some:
        told = dict(successors(case.system, state, case.sizes))
        if not told.keys() <= numbers.keys():
            return True
        taken = [
            f"(and {coded.fires(numbers[s], 0)} {state_text(shape, coded, after, 1)})" for s, after in told.items()
        ]
        now = state_text(shape, coded, state, 0)
        if solver_says(solver, f"(and {now} (not (or false {' '.join(taken)})))"):
            return True
        if not all(solver_says(solver, f"(and {now} {text})") for text in taken):
            return True
    return False


def compiled_steps(case: Case) -> bool:
    """The programs of explicit search make another step, or another state after one, than the interpreter."""
    problem = Problem(case.system, (), case.sizes, symmetric=False)
    if any(_constants_differ(problem.ground, s) for s in case.reached):
        return True
    listed = problem.topologies(1 << 20)
    assert not isinstance(listed, Overflow)
    (space,) = problem.spaces(listed)
    for state in case.some:
        packed = np.array([space.layout.pack(state)], dtype=np.uint64)
        found = {
            Step(space.instances[k].action.name, space.instances[k].args): space.layout.unpack(int(after[0]))
            for k, _, after in space.successors(packed)
        }
        if found != dict(successors(case.system, state, case.sizes)):
            return True
    return False


def rewriting(case: Case) -> bool:
    """A formula before a step does not say what the interpreter says of the formula after it."""
    for action, args, state in _tried(case):
        before = before_step(case.claim.formula, action)
        env = {p.key: a for p, a in zip(action.params, args, strict=True)}
        after = apply(action, args, state, case.sizes)
        if holds(before, state, case.sizes, env) is not holds(case.claim.formula, after, case.sizes):
            return True
    return False


def _tried(case: Case) -> Iterator[tuple[Action, tuple[int, ...], ConcreteState]]:
    for action in case.system.actions:
        for args in itertools.product(*(domain(p.sort, case.sizes) for p in action.params)):
            for state in case.some:
                if enabled(action, args, state, case.sizes):
                    yield action, args, state


Said = tuple[Search, Certificate | None]

ENGINES: Mapping[str, Callable[[Case], Said]] = {
    "explicit": lambda c: (explicit.search(c.system, [c.claim], c.sizes, Limits()), None),
    "bmc": lambda c: (bmc.search(c.system, [c.claim], c.sizes, Limits(depth=DEPTH)), None),
    "kinduction": lambda c: _answered(kinduction.answered(c.system, [c.claim], c.sizes, Limits(), most_k=4)),
    "pdr": lambda c: _answered(pdr.answered(c.system, [c.claim], c.sizes, _patience())),
}
"""The engines at fixed sizes; they share grounding, and all but the first one the printer."""


def _patience() -> Limits:
    return Limits(deadline=time.monotonic() + PATIENCE)


def _answered(found: "pdr.Answered | kinduction.Answered") -> Said:
    return found.search, found.certificate


def replays(case: Case, candidate: Candidate) -> bool:
    """Whether the run is accepted as a refutation."""
    try:
        refuted(case.system, case.claim, candidate, Scope((case.sizes,)))
    except EngineBug:
        return False
    return True


def by_engines(case: Case) -> set[str]:
    """Who objects to what the engines find: replay, the judge of proofs, one engine to another or to itself."""
    objections, words = set(), set()
    for engine in ENGINES.values():
        try:
            found, certificate = engine(case)
        except EngineBug:
            objections.add("engine")
            continue
        if found.candidate is not None and not replays(case, found.candidate):
            objections.add("replay")
        if certificate is not None and verify(case.system, [case.claim], certificate):
            objections.add("certificate")
        if found.complete or found.candidate is not None:
            words.add(found.candidate is None)
    return objections | ({"engines differ"} if len(words) > 1 else set())


def closed_set(case: Case) -> bool:
    """The set of states that explicit search takes for all is not closed, says the second judge."""
    try:
        recheck(case.system, [case.claim], case.sizes, Limits(), sample=50)
    except EngineBug:
        return True
    return False


def proof(case: Case) -> Universal | Stopped:
    """A proof for any number, without conjectures; samples are taken at the sizes of the case."""
    return prove(case.system, Wanted((case.claim,)), Hints((), (case.sizes,)), Limits())


def by_prover(case: Case) -> set[str]:
    """Who objects to the proof for any number that is found: judge of lemmas, interpreter's runs, a reached state."""
    try:
        found = proof(case)
    except EngineBug:
        return {"rehearsal"}
    if isinstance(found, Stopped):
        return {"lemmas"} if "judge" in found.reason else set()
    kept = all(holds(x.formula, s, case.sizes) for x in found.lemmas for s in case.reached)
    return set() if kept else {"lemma in a reached state"}


def answer_of(solver: Solver, formula: str) -> bool:
    """Whether a formula can be added to what a quantified solver knows."""
    solver.push()
    solver.add_text(f"(assert {formula})")
    answer = solver.check()
    solver.pop()
    assert answer is not Answer.UNKNOWN, solver.reason_unknown
    return answer is Answer.SAT
