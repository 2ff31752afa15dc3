"""A design states refutations, and never that its kernel gets stuck."""

from shootdown.model.design import expect
from shootdown.review.expectation import Standing, standing
from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted
from tests.review.test_expectation import answered
from tests.search.test_stuck_responses import desk, problem


def test_a_stuck_kernel_is_not_as_stated() -> None:
    """The verdict is a refutation, but not the one that was meant."""
    verdict = check(problem(desk(clerk=False)), Limits()).verdict
    assert isinstance(verdict, Refuted)
    given = expect("wrong-mode-is-refused", "R - - -", "why")
    told = answered(verdict)
    assert told.stuck
    assert told.outcome == given.outcomes["vtd-v10"] == "refuted"
    assert standing(told, given) is Standing.OTHER
