"""`no-starvation` and `recoverable` for any number: which designs are proved by a rank, and which must not be."""

import pytest

from shootdown.ir import formula
from shootdown.model.designs import designs
from shootdown.model.recovery_conjectures import RESETS, of_resets
from shootdown.properties import properties
from shootdown.review.anynumber import SMALL
from shootdown.review.problem import Request, problem_of
from shootdown.search.parametric import Stopped
from shootdown.search.ranked import by_rankings
from shootdown.search.result import Limits
from shootdown.search.samples import holds_in, sample
from shootdown.search.verdict import Ranked

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

# Written down before the first run, under `ideal` and `retry-all`; `fatal` was mistaken for a walk that goes on.
SERVED: dict[str, bool] = {
    "best-effort": True,  # every call attempts everybody
    "device-status": True,  # the same walk
    "quarantine": True,  # who fails is cut off, which keeps nobody else from being visited
    "fatal": False,  # its walk stops at the failure (`Walk.STOP`), and to be cut off is no service
    "type1-v1-stop": False,  # a dead device in front ends each walk
    "type1-v1": False,  # within its domain
    "never-fails": False,  # one refusal, and the VMM takes the call for a success: it is not repeated
    "retry-in-kernel": False,  # a dead device holds the walk
}


def proofs(design: str, prop: str, policy: str) -> tuple[Ranked, ...] | Stopped:
    """What the stated ranks prove."""
    problem = problem_of(Request(designs()[design], properties()[prop], "ideal", policy))[1]
    assert problem.open is not None
    return by_rankings(problem, problem.open, Limits())


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(SERVED))
def test_whoever_answers_is_invalidated_where_a_dead_device_stops_no_walk(name: str) -> None:
    """For any number of devices behind and before it."""
    said = proofs(name, "no-starvation", "retry-all")
    assert isinstance(said, tuple) is SERVED[name], said


@pytest.mark.long
def test_the_guest_goes_on_where_who_is_named_is_reset_and_flushed() -> None:
    """Each walk that fails leaves one dead device less."""
    said = proofs("device-status", "recoverable", "reset-named-and-flush")
    assert isinstance(said, tuple), said
    assert said[0].faults


@pytest.mark.parametrize("policy", ["retry-all", "unplug-device", "reset-named"])
def test_a_rank_about_resets_does_not_fit_other_policies(policy: str) -> None:
    """A dead device that is not reset fails every call; what completes by itself needs no rank about walks."""
    assert isinstance(proofs("device-status", "recoverable", policy), Stopped)


def test_hints_about_resets_are_true_at_small_sizes() -> None:
    """They are for VMMs that reset devices only."""
    request = Request(designs()["device-status"], properties()["recoverable"], "ideal", "reset-named-and-flush")
    system, _ = problem_of(request)
    assert of_resets(system) == RESETS
    states = sample(system, SMALL[:1], (), Limits(states=20_000))
    for name, build in RESETS:
        assert holds_in(formula(system, build), states), name
    other, _ = problem_of(Request(designs()["device-status"], properties()["recoverable"], "ideal", "retry-all"))
    assert of_resets(other) == ()
