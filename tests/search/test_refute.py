"""The judge of refutations: what it builds, and what it refuses."""

import pytest

from shootdown.ir import TraceError
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search.refute import EngineBug, refuted, replay, tallies
from shootdown.search.verdict import Refuted, Scope
from tests.toys import agreement, all_commit, counter, dead_end, never, stays_good, two_phase_commit

SCOPE = Scope(({"Participant": 2},))
START: ConcreteState = {
    "able": {(0,): 1, (1,): 0},
    "logged": {(0,): 1, (1,): 1},
    "watched": {(0,): 0, (1,): 0},
    "phase": {(0,): 0, (1,): 0},
    "decision": {(): 0},
}
BAD = (Step("prepare", (0,)), Step("decide_commit", ()), Step("hear", (0,)), Step("refuse", (1,)))


def candidate(steps: tuple[Step, ...], **start: dict[tuple[int, ...], int]) -> Candidate:
    """A run of the commit protocol with two participants."""
    return Candidate({"Participant": 2}, {**START, **start}, steps)


def test_a_run_that_breaks_the_claim_is_a_refutation() -> None:
    """It carries all states, the scope, and how many counted events it has."""
    system = two_phase_commit(hasty=True)
    verdict = refuted(system, agreement(system), candidate(BAD), SCOPE)
    assert verdict.claim == "agreement"
    assert len(verdict.trace.states) == 5
    assert verdict.trace.states[-1]["phase"] == {(0,): 2, (1,): 3}
    assert verdict.tallies == {"refused": 1}
    assert verdict.scope is SCOPE


def test_no_refutation_without_replay() -> None:
    """The class cannot be built by hand."""
    system = two_phase_commit(hasty=True)
    trace = replay(system, agreement(system), candidate(BAD))
    with pytest.raises(TypeError, match="replays the trace"):
        Refuted(trace, "agreement", SCOPE)
    with pytest.raises(TypeError, match="replays the trace"):
        Refuted(trace, "agreement", SCOPE, {}, object())


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        (candidate(BAD[:3]), "after step 3: the last state does not break `agreement`"),
        (candidate(()), "at the start: the last state does not break"),
        (candidate((BAD[0], *BAD[2:])), r"step 2: `hear\(p\)` is not enabled"),
        (candidate((Step("vanish", ()),)), "step 1: commit-hasty has no action `vanish`"),
        (candidate((Step("hear", ()),)), "step 1: .* takes 1 arguments, not 0"),
        (candidate((Step("hear", (2,)),)), "step 1: 2 is no Participant"),
        (candidate(BAD, watched={(0,): 1, (1,): 0}), "the start breaks the initial condition `nobody_watches`"),
        (candidate(BAD, watched={(0,): 0}), "the start is no state of commit-hasty"),
        (Candidate({}, START, BAD), "no size is given for Participant"),
    ],
)
def test_an_engine_that_hands_over_no_run_is_caught(run: Candidate, reason: str) -> None:
    """The step and the reason are named, for users as TraceError and inside as EngineBug."""
    system = two_phase_commit(hasty=True)
    with pytest.raises(TraceError, match=reason):
        replay(system, agreement(system), run)
    with pytest.raises(EngineBug, match=reason):
        refuted(system, agreement(system), run, SCOPE)


def test_the_correct_protocol_rejects_the_run_of_the_hasty_one() -> None:
    """A trace belongs to its model."""
    system = two_phase_commit()
    with pytest.raises(EngineBug, match="step 2: `decide_commit` is not enabled"):
        refuted(system, agreement(system), candidate(BAD), SCOPE)


def test_a_bad_state_without_successor_is_refuted() -> None:
    """The dead end is reached in one step and needs no further one."""
    system = dead_end()
    run = Candidate({}, {"light": {(): 0}}, (Step("fall", ()),))
    assert len(refuted(system, stays_good(system), run, Scope(({},))).trace) == 1


def test_a_scenario_is_met_and_never_refuted() -> None:
    """`replay` confirms the run to a wanted state; no run refutes that one exists."""
    system = two_phase_commit()
    claim = all_commit(system)
    steps = (
        Step("prepare", (0,)),
        Step("prepare", (1,)),
        Step("decide_commit", ()),
        Step("hear", (0,)),
        Step("hear", (1,)),
    )
    run = candidate(steps, able={(0,): 1, (1,): 1})
    assert len(replay(system, claim, run)) == 5
    with pytest.raises(TraceError, match="does not meet `all-commit`"):
        replay(system, claim, candidate(steps[:4], able={(0,): 1, (1,): 1}))
    with pytest.raises(EngineBug, match="no run refutes it"):
        refuted(system, claim, run, SCOPE)


def test_tallies_count_events_by_kind() -> None:
    """Only what has a tally is counted, in the order of names."""
    system = two_phase_commit()
    steps = (Step("refuse", (0,)), Step("look", (0,)), Step("lose_power", (1,)), Step("refuse", (1,)))
    assert list(tallies(system, steps).items()) == [("lost", 1), ("refused", 2)]


def test_the_length_of_a_run_is_not_bounded_by_its_claim() -> None:
    """A run may break the claim earlier, too; only its last state is judged."""
    system = counter()
    run = Candidate({}, {"n": {(): 0}}, (Step("tick", ()),) * 5)
    assert replay(system, never(system, 5), run).states[-1] == {"n": {(): 5}}
