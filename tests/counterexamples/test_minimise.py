"""Minimisation: the exact smallest results, and what it never does."""

import random

import pytest

from shootdown.counterexamples.minimise import minimise, size_of
from shootdown.ir import TraceError
from shootdown.ir.interp import holds, successors
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search.refute import replay
from tests.counterexamples.runs import commit_case, lock_case, per, steps
from tests.toys import agreement, counter, never, two_phase_commit


def test_the_exact_minimum_of_the_lock() -> None:
    """Two clients take it: the first two, in order."""
    system, claim, run = lock_case()
    assert minimise(system, claim, run).steps == steps("take 0, take 1")


def test_the_exact_minimum_of_the_commit() -> None:
    """Detours and clutter go, the log that was written at the start is cleared, topology stays."""
    system, claim, run = commit_case()
    small = minimise(system, claim, run)
    assert small.steps == steps("write_log 1, prepare 1, decide_commit, hear 1, refuse 0")
    assert small.start == {**run.start, "logged": per(0, 0, 0)}


def test_the_run_ends_at_the_first_violation() -> None:
    """What happens after the failure is not part of it."""
    system = counter(9)
    claim = never(system, 3)
    short = Candidate({}, {"n": {(): 0}}, (Step("tick", ()),) * 3)
    assert minimise(system, claim, short) == short
    later = lock_case()
    assert len(minimise(*later[:2], later[2]).steps) == 2


def test_a_start_that_already_violates_needs_no_step() -> None:
    """The empty run is the smallest of all."""
    system = two_phase_commit()
    claim = agreement(system)
    start: ConcreteState = {
        "able": per(0, 0),
        "logged": per(0, 0),
        "watched": per(0, 0),
        "phase": per(2, 3),
        "decision": {(): 0},
    }
    with pytest.raises(TraceError, match="the start breaks the initial condition `all_work`"):
        minimise(system, claim, Candidate({"Participant": 2}, start, ()))
    one = counter()
    assert minimise(one, never(one, 0), Candidate({}, {"n": {(): 0}}, ())).steps == ()


def test_a_candidate_that_is_no_counterexample_is_an_error() -> None:
    """Nothing is minimised that does not break the claim, and no other failure is slipped to."""
    system = counter()
    run = Candidate({}, {"n": {(): 0}}, (Step("tick", ()),) * 2)
    with pytest.raises(TraceError, match="the last state does not break `never-5`"):
        minimise(system, never(system, 5), run)
    assert len(minimise(system, never(system, 2), run).steps) == 2


def test_minimising_again_changes_nothing() -> None:
    """The result is a fixpoint."""
    for system, claim, run in (lock_case(), commit_case()):
        small = minimise(system, claim, run)
        assert minimise(system, claim, small) == small


def test_the_order_prefers_steps_then_events_then_clutter_then_the_first_names() -> None:
    """Each component decides before the next."""
    system, _, run = commit_case()

    def size(text: str):
        return size_of(system, Candidate(run.sizes, run.start, steps(text)))

    ordered = ["refuse 2", "write_log 0, write_log 1", "write_log 1, write_log 0", "prepare 0, write_log 0",
               "write_log 0, look 0", "look 0, look 0", "write_log 0, refuse 0", "write_log 0, lose_power 0",
               "refuse 0, lose_power 0"]  # fmt: skip
    assert sorted(ordered, key=size) == ordered


@pytest.mark.parametrize("seed", range(8))
def test_random_counterexamples_stay_counterexamples_and_shrink(seed: int) -> None:
    """A random walk that fails is replaced by a run of five steps that fails in the same way, whatever the detours."""
    system, claim, run = commit_case()
    rng = random.Random(seed)
    state, walked = run.start, []
    while holds(claim.formula, state, run.sizes):
        choices = [c for c in successors(system, state, run.sizes) if c[0].action != "lose_power"]
        step, state = rng.choice(choices)
        walked.append(step)
        if len(walked) > 60:
            state, walked = run.start, []
    long = Candidate(run.sizes, run.start, tuple(walked))
    small = minimise(system, claim, long)
    assert replay(system, claim, small).steps == small.steps
    assert size_of(system, small) <= size_of(system, long)
    assert len(small.steps) == 5
