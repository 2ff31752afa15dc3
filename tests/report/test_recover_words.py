"""The words of the recovery table: what goes round and what ends are two things, and neither is called stuck."""

import pytest

from shootdown.properties import properties
from shootdown.report.recover import Row, Told, _falsehood
from shootdown.review.recover import LIVE, Standing

ROW = Row("best-effort", "retry-all", "ideal")


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        (10, "safe but never recovers (loop after 3 steps)"),
        (3, "safe but never recovers (ends after 3 steps)"),
    ],
)
def test_a_run_goes_round_or_ends(steps: int, word: str) -> None:
    """A lasso whose loop has no step is a run after which nothing happens any more."""
    assert Told(ROW, Standing.NEVER, steps, stem=3).word == word


def test_the_line_that_says_what_is_false_is_found() -> None:
    """It begins with the words of the response, whatever stands behind it on the same line."""
    (response,) = properties()[LIVE].responses
    says = str(response.says)
    assert says.startswith("never recovers: ")
    assert _falsehood(f"head\n\n   1  guest      waits\n  {says}   reach: guest-internal\n") == says
