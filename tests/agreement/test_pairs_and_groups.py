"""Two ways to ask whether a report is exact: pairs of runs side by side, and moments grouped by what is known."""

import pytest

from shootdown.properties.report_is_sufficient import PROPERTY
from shootdown.review.answer import answer
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request
from shootdown.review.weakest import RUNS, Enough, NotEnough, Subject, reply
from shootdown.search.alike import Sufficiency
from shootdown.search.result import Limits

SIZES = {"Domain": 1, "Group": 1, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}


@pytest.mark.parametrize(
    ("design", "contract"),
    [
        ("type1-v1-stop", "ideal"),
        ("count-own-array", "ideal"),
        ("device-status", "ideal"),
        ("device-status", "smmuv3-v10"),
        ("validate-first", "vtd-v10"),
        ("widen", "vtd-v10"),
    ],
)
def test_pairs_and_groups_agree(design: str, contract: str) -> None:
    """Proved, refuted or vacuous: they share no code but the search and the meaning of an observation."""
    found = find_design(design)
    pairs = answer(Request(found, PROPERTY, contract, sizes=SIZES), Limits(), obligations=False)
    groups = reply(
        Subject(Request(found, RUNS, contract, sizes=SIZES)), Sufficiency.EXACT, Limits(), frozenset(found.report)
    )
    expected = {"proved": (Enough, True), "vacuous": (Enough, False), "refuted": (NotEnough, True)}[pairs.outcome]
    assert (type(groups), getattr(groups, "met", True)) == expected
