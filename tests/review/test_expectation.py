"""Exit codes, and how an answer stands to what a design states."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import UsageError
from shootdown.model.design import expect
from shootdown.review.answer import Answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.expectation import Exit, Standing, must_be_stated, standing, stated, worst
from shootdown.review.problem import Request, system_of
from shootdown.search.verdict import Proved, Scope, Universal, Verdict


def request(design: str, name: str, contract: str = "vtd-v10", policy: str = "", **options: Any) -> Request:
    """A request by names."""
    return Request(find_design(design), find_property(name), contract, policy, **options)


def answered(verdict: Verdict) -> Answer:
    """A verdict on one of the requests."""
    asked = request("type1-v1", "wrong-mode-is-refused")
    return Answer(asked, system_of(asked), verdict, 0.0)


def test_several_exit_codes_become_one() -> None:
    """2 before 1 before 3 before 0, whatever the order."""
    for codes in itertools.permutations(Exit):
        assert worst(codes) is Exit.WRONG_USE
    assert worst([Exit.OPEN, Exit.REFUTED, Exit.GOOD]) is Exit.REFUTED
    assert worst([Exit.GOOD, Exit.OPEN]) is Exit.OPEN
    assert worst([Exit.GOOD]) is Exit.GOOD


def test_the_policy_decides_which_statement_is_meant() -> None:
    """One property may be stated under several policies."""
    own = stated(request("type1-v1-stop", "no-reuse-while-stale"))
    other = stated(request("type1-v1-stop", "no-reuse-while-stale", policy="withhold-completion"))
    assert own is not None
    assert other is not None
    assert (own.outcomes["vtd-v10"], other.outcomes["vtd-v10"]) == ("refuted", "proved")


def test_a_narrowed_question_is_compared_with_its_own_statement() -> None:
    """best-effort holds on two singleton groups with one refusal, and not in general."""
    narrowed = request(
        "best-effort", "no-reuse-while-stale",
        topology="two-singleton-groups", faults=1, only=frozenset({"refused"}),
    )  # fmt: skip
    assert must_be_stated(narrowed).outcomes["vtd-v10"] == "proved"
    assert must_be_stated(request("best-effort", "no-reuse-while-stale")).outcomes["vtd-v10"] == "refuted"


@pytest.mark.parametrize(
    "asked",
    [
        request("best-effort", "success-means-coherent-now"),
        request("best-effort", "success-means-coherent", policy="withhold-completion"),
        request("best-effort", "success-means-coherent", without=frozenset({"detach_clears_atc"})),
    ],
    ids=["property", "policy", "assumption withdrawn"],
)
def test_nothing_is_stated_about_other_worlds(asked: Request) -> None:
    """Then --expect is a mistake, and the message names the check."""
    assert stated(asked) is None
    with pytest.raises(UsageError, match=f"best-effort states no expectation for {asked.property.name} under"):
        must_be_stated(asked)


def test_the_options_that_are_in_the_way_of_a_statement_are_named() -> None:
    """Whoever narrows the question learns that this is the reason."""
    asked = replace(request("best-effort", "failure-is-told"), sizes={"Device": 2}, where="true")
    with pytest.raises(UsageError, match="with --devices and --where, though one without; drop --devices and --where"):
        must_be_stated(asked)
    with pytest.raises(UsageError, match="drop --expect, or add one"):
        must_be_stated(replace(asked, property=find_property("success-means-coherent-now")))


def test_a_proof_for_sizes_is_weaker_than_one_for_any_number() -> None:
    """`A` in a row asks for more than `H`: the same answer is as stated for the one, weaker than the other."""
    for letter, expected in (("A", Standing.WEAKER), ("H", Standing.AS_STATED)):
        given = expect("wrong-mode-is-refused", f"{letter} - - -", "why")
        assert given.outcomes == {"vtd-v10": "proved"}
        assert standing(answered(Proved((), Scope(()))), given) is expected
    given = expect("wrong-mode-is-refused", "A - - -", "why")
    assert given.statement("vtd-v10") == "proved for any number"
    assert standing(answered(Proved((), Scope(()), (), Universal((), 1))), given) is Standing.AS_STATED
