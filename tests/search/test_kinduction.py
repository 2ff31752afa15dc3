"""k-induction on small systems with known answers, and against explicit search on random ones."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings

from shootdown.ir import Part, State, System, action, always, compose, ite, require, u8
from shootdown.search import bmc, explicit, kinduction
from shootdown.search.certificate import KInductive
from shootdown.search.invariant import verify
from shootdown.search.refute import replay
from shootdown.search.result import Limits, Progress
from tests import toys
from tests.search.random_systems import SIZES, Case, cases


def test_a_violation_in_a_dead_end_is_found() -> None:
    """The bad state has no successor; an engine that asks one more step calls the system safe at k = 1."""
    system = toys.dead_end()
    claim = toys.stays_good(system)
    found = kinduction.search(system, [claim], {}, Limits())
    assert found.candidate is not None
    assert len(replay(system, claim, found.candidate)) == found.depth == 1
    assert not found.complete


@pytest.mark.parametrize("value", [0, 1, 5])
def test_the_shortest_run_is_found(value: int) -> None:
    """The run is the one that bounded search shows."""
    system = toys.counter()
    claims = [toys.never(system, value)]
    found = kinduction.search(system, claims, {}, Limits())
    assert found == bmc.search(system, claims, {}, Limits(depth=value))
    assert found.candidate is not None
    assert len(found.candidate.steps) == value


@pytest.mark.parametrize(
    ("system", "sizes", "k"), [(toys.lock(), {"Client": 3}, 1), (toys.two_phase_commit(), {"Participant": 2}, 8)]
)
def test_proofs_are_found(system: System, sizes: dict[str, int], k: int) -> None:
    """The least k is found; its base and step cases are confirmed by fresh solvers, and those of k - 1 are not."""
    claim = toys.exclusion(system) if system.name == "lock" else toys.agreement(system)
    found = kinduction.answered(system, [claim], sizes, Limits())
    assert (found.search.complete, found.search.depth) == (True, k)
    assert found.certificate == KInductive(sizes, (claim.name,), k)
    assert verify(system, [claim], found.certificate) == ()
    less = verify(system, [claim], KInductive(sizes, (claim.name,), k - 1))
    assert [f.obligation for f in less] == ["step case"]


def test_states_must_differ() -> None:
    """A loop on the way to the bad state defeats plain k-induction for every k; with different states k = 3 will do."""
    system = _loop_beside()
    claim = always("calm", lambda s: s.n != 9).on(system)
    found = kinduction.answered(system, [claim], {}, Limits())
    assert (found.search.complete, found.search.depth) == (True, 3)
    assert found.certificate is not None
    assert verify(system, [claim], found.certificate) == ()


def _loop_beside() -> System:
    """From 100 it goes round up to 250; 6 and 7 lead to one another, and 7 leads to 9."""
    part = Part("loop-beside")
    part.variable("n", u8)
    part.init("starts", lambda s: s.n == 100)

    @action(actor="world")
    def go_round(s: State):
        """The part that is reached."""
        require(s.n >= 100)
        s.n = ite(s.n == 250, s.n - 150, s.n + 1)

    @action(actor="world")
    def swap(s: State):
        """To and fro."""
        require((s.n == 6) | (s.n == 7))
        s.n = ite(s.n == 6, s.n + 1, s.n - 1)

    @action(actor="world")
    def leave(s: State):
        """From 7 to 9."""
        require(s.n == 7)
        s.n = s.n + 2

    part.act(go_round, swap, leave)
    return compose("loop-beside", [part])


def test_runs_that_end_are_a_proof() -> None:
    """All runs of the sleeper and of the counter end early, so that base cases see all; counting by twos goes on."""
    system = toys.counter(3)
    claim = always("not-255", lambda s: s.n != 255).on(system)
    by_twos = toys.by_twos()
    assert kinduction.search(system, [claim], {}, Limits()).complete
    assert not kinduction.search(by_twos, [toys.never(by_twos, 7)], {}, Limits(), most_k=5).complete
    sleeper = toys.two_starts()
    found = kinduction.answered(sleeper, [toys.stays_dry(sleeper)], {}, Limits())
    assert found.certificate == KInductive({}, ("stays-dry",), 1, exhausted=True)
    assert verify(sleeper, [toys.stays_dry(sleeper)], found.certificate) == ()


def test_a_system_without_start_is_not_proved() -> None:
    """Where axioms and initial conditions exclude each other nothing is claimed."""
    part = Part("empty")
    part.variable("n", bool)
    part.init("on", lambda s: s.n)
    part.init("off", lambda s: ~s.n)
    system = compose("empty", [part])
    found = kinduction.search(system, [always("on", lambda s: s.n).on(system)], {}, Limits())
    assert (found.complete, found.depth) == (False, -1)
    assert "no state meets" in found.reason


def test_bounds_are_no_proofs() -> None:
    """Bounds on k, on the depth, on the work and on the time each end the search with a reason."""
    system, sizes = toys.two_phase_commit(), {"Participant": 3}
    claims = [toys.agreement(system)]
    for limits, most_k in ((Limits(), 2), (Limits(depth=2), 9)):
        short = kinduction.search(system, claims, sizes, limits, most_k=most_k)
        assert (short.complete, short.candidate, short.depth) == (False, None, 2)
        assert "k up to 2" in short.reason
    assert "work limit" in kinduction.search(system, claims, sizes, Limits(), rlimit=50).reason
    late = kinduction.search(system, claims, sizes, Limits(deadline=time.monotonic() - 1))
    assert (late.complete, late.depth, late.reason) == (False, -1, "the time is up")


def test_counted_events_are_bounded() -> None:
    """The hasty coordinator needs a participant that refuses or is lost."""
    system, sizes = toys.two_phase_commit(hasty=True), {"Participant": 2}
    claims = [toys.agreement(system)]
    quiet = kinduction.answered(system, claims, sizes, Limits(faults=0))
    assert quiet.certificate is not None
    assert quiet.certificate.faults == 0
    assert verify(system, claims, quiet.certificate) == ()
    assert kinduction.search(system, claims, sizes, Limits(faults=1)).candidate is not None


def test_progress_is_told() -> None:
    """A listener hears of each k, and the answer is the same."""
    system, heard = toys.two_phase_commit(), list[Progress]()
    claims = [toys.agreement(system)]
    told = kinduction.answered(system, claims, {"Participant": 2}, Limits(report=heard.append))
    assert [p.depth for p in heard] == list(range(9))
    assert told == kinduction.answered(system, claims, {"Participant": 2}, Limits())


def test_agreement_with_explicit_search() -> None:
    """What k-induction decides is what explicit search says; proofs are confirmed, runs are shortest."""
    said: Counter[str] = Counter()

    @settings(max_examples=40, derandomize=True, deadline=None, database=None)
    @given(cases(most=10_000))
    def agree(case: Case) -> None:
        walked = explicit.search(case.system, case.claims, SIZES, Limits())
        found = kinduction.answered(case.system, case.claims, SIZES, Limits(), most_k=6)
        if found.search.candidate is not None:
            assert found.search.claim == walked.claim
            assert found.search.depth == walked.depth
            said["refuted"] += 1
        elif found.certificate is not None:
            assert walked.candidate is None
            assert verify(case.system, case.claims, found.certificate) == ()
            said["proved"] += 1
        else:
            assert walked.candidate is None or walked.depth > found.search.depth
            said["open"] += 1

    agree()
    assert min(said["proved"], said["refuted"]) >= 8
