"""Planted bugs in the engines: each must be noticed by a judge that shares no code with the engine.

The judges are the fresh solvers of `verify`, the replay of a run by the interpreter, and explicit search.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shootdown.ir import Claim, System
from shootdown.ir.errors import TraceError
from shootdown.ir.ground import Instance
from shootdown.search import cubes, explicit, frames, kinduction, pdr
from shootdown.search.certificate import Certificate
from shootdown.search.frames import Frames, Lemma
from shootdown.search.invariant import verify
from shootdown.search.lifting import Valuation
from shootdown.search.refute import EngineBug, replay
from shootdown.search.result import Limits, Search
from shootdown.search.smtlib import Encoding
from shootdown.smt import Solver
from tests import toys

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Question:
    """A toy with its claim."""

    system: System
    claim: Claim
    sizes: dict[str, int]


def _question(system: System, claim: Callable[[System], Claim], **sizes: int) -> Question:
    return Question(system, claim(system), sizes)


QUESTIONS = {
    "dead-end": _question(toys.dead_end(), toys.stays_good),
    "two-starts": _question(toys.two_starts(), toys.stays_dry),
    "relay": _question(toys.relay(), toys.silence, Client=3),
    "lock": _question(toys.lock(), toys.exclusion, Client=3),
    "commit": _question(toys.two_phase_commit(), toys.agreement, Participant=2),
    "hasty": _question(toys.two_phase_commit(hasty=True), toys.agreement, Participant=3),
}


def by_pdr(question: Question) -> tuple[Search, Certificate | None]:
    """What PDR says."""
    found = pdr.answered(question.system, [question.claim], question.sizes, Limits(depth=20))
    return found.search, found.certificate


def by_kinduction(question: Question) -> tuple[Search, Certificate | None]:
    """What k-induction says."""
    found = kinduction.answered(question.system, [question.claim], question.sizes, Limits(), most_k=12)
    return found.search, found.certificate


Engine = Callable[[Question], tuple[Search, Certificate | None]]


def noticed(question: Question, engine: Engine, plant: Plant | None) -> set[str]:
    """Who objects to what the engine says with the bug planted; the judges themselves run without it."""
    with pytest.MonkeyPatch.context() as patch:
        if plant is not None:
            plant(patch)
        try:
            found, certificate = engine(question)
        except EngineBug:
            return {"engine"}
    objections = set()
    if certificate is not None:
        failed = verify(question.system, [question.claim], certificate)
        objections |= {f.obligation.rstrip(" 0123456789") for f in failed}
    if found.candidate is not None:
        try:
            replay(question.system, question.claim, found.candidate)
        except TraceError:
            objections.add("replay")
    breaks = explicit.search(question.system, [question.claim], question.sizes, Limits()).candidate is not None
    if (found.complete and breaks) or (found.candidate is not None and not breaks):
        objections.add("explicit")
    return objections


def drops_a_clause(patch: pytest.MonkeyPatch) -> None:
    """The first clause of a frame is forgotten when the frames are compared and the proof is written."""
    whole = Frames.from_level
    patch.setattr(Frames, "from_level", lambda self, level: whole(self, level)[1:])


def propagates_unasked(patch: pytest.MonkeyPatch) -> None:
    """Clauses go to the next level although they do not follow there."""
    ask = Frames.consecution

    def consecution(self: Frames, level: int, lemma: Lemma) -> cubes.Cube | None:
        return lemma[0] if lemma in self.levels[level] else ask(self, level, lemma)

    patch.setattr(Frames, "consecution", consecution)


def skips_initiation(patch: pytest.MonkeyPatch) -> None:
    """Generalisation does not ask whether the larger cube holds an initial state."""
    patch.setattr(Frames, "initiation", lambda _self, cube: cube)


def learns_full_orbits(patch: pytest.MonkeyPatch) -> None:
    """Elements that a literal names are permuted like all others: clauses are learned for the full group."""
    patch.setattr(cubes, "named_elements", lambda _system, _claims: {})
    patch.setattr(cubes, "fixes_constants", lambda _ground, _permutation: True)


def swaps_updates(patch: pytest.MonkeyPatch) -> None:
    """The engine's transition relation gives two cells of one sort each other's new values."""

    class Swapped(Encoding):
        def _next_value(self, cell: int) -> str:
            same = [
                c for c in sorted(self.updated) if self.ground.cells[c].variable == self.ground.cells[cell].variable
            ]
            other = same[same.index(cell) ^ 1] if same.index(cell) ^ 1 < len(same) else cell
            here, there = (f"{self._symbols[c]}\x02" for c in (cell, other))
            return super()._next_value(cell).replace(here, there, 1)

    patch.setattr(frames, "Encoding", Swapped)
    patch.setattr(kinduction, "Encoding", Swapped)


def forgets_the_guard(patch: pytest.MonkeyPatch) -> None:
    """Predecessors are lifted without what the guard of the step needs."""
    lift = Valuation.predecessors

    def predecessors(self: Valuation, instance: Instance, target: cubes.Cube) -> cubes.Cube:
        return lift(self, instance, target) - (self.why(instance.guard) - target)

    patch.setattr(Valuation, "predecessors", predecessors)


def wants_a_step_of_initial_states(patch: pytest.MonkeyPatch) -> None:
    """Initial states are asked for together with a step, so that those without successor are overlooked."""
    make = Frames._initial_states  # planted here on purpose

    def initial_states(self: Frames) -> Solver:
        solver = make(self)
        solver.add_text(self.encoding.state(1) + self.encoding.trans(0))
        return solver

    patch.setattr(Frames, "_initial_states", initial_states)


def wants_a_step_of_the_last_state(patch: pytest.MonkeyPatch) -> None:
    """The step case unrolls one step too far, so that a bad state without successor is overlooked."""
    ask = kinduction._Induction._step_case  # planted here on purpose

    def step_case(self: kinduction._Induction, k: int) -> kinduction.Answered | None:
        self.step.push()
        self.step.add_text(self.encoding.state(k + 1).replace(f"@{k + 1}", f"@more{k}"))
        self.step.add_text(self.encoding.trans(k).replace(f"@{k + 1}", f"@more{k}").replace(f"$act@{k}", f"$more@{k}"))
        found = ask(self, k)
        self.step.pop()
        return found

    patch.setattr(kinduction._Induction, "_step_case", step_case)  # as above


def skips_base_cases(patch: pytest.MonkeyPatch) -> None:
    """Runs from the start are not looked at."""
    patch.setattr(kinduction._Induction, "_base_case", lambda _self, _k: None)  # planted on purpose


PLANTED: list[tuple[Plant, str, Engine, set[str]]] = [
    (drops_a_clause, "commit", by_pdr, {"consecution"}),
    (drops_a_clause, "two-starts", by_pdr, {"consecution"}),
    (propagates_unasked, "commit", by_pdr, {"consecution"}),
    (propagates_unasked, "hasty", by_pdr, {"consecution", "explicit"}),
    (skips_initiation, "two-starts", by_pdr, {"initiation"}),
    (skips_initiation, "commit", by_pdr, {"initiation"}),
    (learns_full_orbits, "relay", by_pdr, {"initiation", "explicit"}),
    (swaps_updates, "relay", by_pdr, {"consecution", "explicit"}),
    (swaps_updates, "relay", by_kinduction, {"no run of 1 steps", "explicit"}),
    (forgets_the_guard, "relay", by_pdr, {"replay"}),
    (forgets_the_guard, "two-starts", by_pdr, {"replay", "explicit"}),
    (wants_a_step_of_initial_states, "two-starts", by_pdr, {"initiation"}),
    (wants_a_step_of_the_last_state, "dead-end", by_kinduction, {"step case", "explicit"}),
    (skips_base_cases, "dead-end", by_kinduction, {"base case", "explicit"}),
]
"""A bug, the toy that shows it, the engine that has it, and who objects."""


def _name(value: object) -> str:
    """A test's name must not depend on the order of a set."""
    return "+".join(sorted(value)) if isinstance(value, set) else str(getattr(value, "__name__", value))


@pytest.mark.parametrize(("plant", "toy", "engine", "judges"), PLANTED, ids=_name)
def test_planted_bugs_are_noticed(plant: Plant, toy: str, engine: Engine, judges: set[str]) -> None:
    """The expected judges object, and no engine's word is taken for a proof or a run."""
    assert noticed(QUESTIONS[toy], engine, plant) == judges


@pytest.mark.parametrize("engine", [by_pdr, by_kinduction])
@pytest.mark.parametrize("toy", sorted(QUESTIONS))
def test_sound_engines_meet_no_objection(toy: str, engine: Engine) -> None:
    """The control: without a planted bug nobody objects, and the engine has decided."""
    found, certificate = engine(QUESTIONS[toy])
    assert (found.candidate is None) is (certificate is not None)
    assert noticed(QUESTIONS[toy], engine, None) == set()


def test_full_orbits_miss_the_bug() -> None:
    """With the order of the relay in literals, full orbits block `a has it`, which is where all runs begin."""
    question = QUESTIONS["relay"]
    assert by_pdr(question)[0].depth == 3
    with pytest.MonkeyPatch.context() as patch:
        learns_full_orbits(patch)
        found, _ = by_pdr(question)
    assert (found.complete, found.candidate) == (True, None)
