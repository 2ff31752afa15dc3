"""`stale-is-unacknowledged`: drivers that satisfy it, and what breaks it: a device that lies, a request read again."""

from dataclasses import replace

import pytest

from shootdown.model.designs import designs
from shootdown.properties.stale_is_unacknowledged import PROPERTY
from shootdown.report.trace import Story, trace_text
from shootdown.review.answer import answer
from shootdown.review.problem import Request, problem_of
from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted
from tests.model.cases import BEST_EFFORT, ONE, kept


@pytest.mark.parametrize("contract", ["ideal", "vtd-v10"])
def test_whoever_is_stale_is_unacknowledged(contract: str) -> None:
    """An acknowledged device's caches were flushed after the guest's change, and refill only from what is there."""
    _, problem = problem_of(Request(BEST_EFFORT, PROPERTY, contract))

    assert isinstance(check(replace(kept(problem, [ONE]), open=None), Limits()).verdict, Proved)


def test_a_device_that_lies_is_stale_and_acknowledged() -> None:
    """It answers, and has flushed nothing."""
    lying = frozenset({"hardware_does_not_lie"})
    request = Request(BEST_EFFORT, PROPERTY, "ideal", sizes=ONE, without=lying, only=frozenset({"lied"}))

    found = answer(request, Limits(), obligations=False)

    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None
    end = found.verdict.trace
    text = trace_text(Story(found.request, found.system, found.claim, end, "sizes", found.claims))
    assert "  stale: the ATC of a still gives g -> f to a, which was acknowledged in this call\n" in text


def test_a_device_whose_request_was_read_again_is_stale_and_acknowledged() -> None:
    """Under type1-v3 a second thread makes the driver flush another iova, and that is acknowledged."""
    request = Request(designs()["type1-v3"], PROPERTY, "ideal", sizes=ONE | {"Iova": 2})

    found = answer(request, Limits(), obligations=False).verdict

    assert isinstance(found, Refuted)
    assert "user_rewrites" in {s.action for s in found.trace.steps}
