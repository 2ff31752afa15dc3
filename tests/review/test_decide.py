"""A certificate of claims and of responses is decided as a whole: no part stands for the other."""

from dataclasses import replace

import pytest

from shootdown.ir import always, forall
from shootdown.ir.errors import CertificateError
from shootdown.review.answered import Answered
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.certificate import Certificate
from shootdown.review.problem import Request
from shootdown.review.recheck import decide
from shootdown.search.certify import Judged, judge
from shootdown.search.certify_ranking import JudgedRanking, judge_ranking
from shootdown.search.verdict import Lemma
from tests.search import rankings
from tests.search.rankings import Item

REQUEST = Request(find_design("best-effort"), find_property("failure-is-told"))
"""Whose certificate it is said to be; nothing here depends on it."""


def certificate() -> Certificate:
    """A claim about a toy and its response, both proved."""
    system, response, ranking = rankings.served()
    plain = always("asked or not", lambda s: forall(Item, lambda i: s.asks[i] | ~s.asks[i])).on(system)
    lemmas = (Lemma(plain.name, plain.formula, "claim"),)
    judged = judge(system, [plain], lemmas)
    asked = judge_ranking(system, response, ranking, ())
    assert isinstance(judged, Judged)
    assert isinstance(asked, JudgedRanking)
    part = Answered(response, ranking, (), (), asked)
    return Certificate(REQUEST, "", system, (plain,), lemmas, obligations=judged.obligations, answered=(part,))


def test_both_parts_are_decided() -> None:
    """The control: as many obligations as both have together."""
    own = certificate()
    found = decide(own, lambda _: None, quick=True)
    assert found.obligations == found.first == len(own.obligations) + own.answered[0].asked.count
    assert own.answered[0].asked.count > 0


@pytest.mark.parametrize("last", [True, False])
def test_a_rule_that_is_not_met_is_rejected_beside_claims_that_are_proved(last: bool) -> None:
    """Whichever rule it is, and however many obligations of the claims come before it."""
    own = certificate()
    (part,) = own.answered
    number = len(part.asked.rules) - 1 if last else 0
    rules = list(part.asked.rules)
    rules[number] = replace(rules[number], obligation=replace(rules[number].obligation, name="open", goal=""))
    wrong = replace(own, answered=(replace(part, asked=replace(part.asked, rules=tuple(rules))),))
    with pytest.raises(CertificateError, match="not shown: open; its denial is satisfiable"):
        decide(wrong, lambda _: None, quick=True)


def test_a_claim_that_does_not_follow_is_rejected_beside_a_response_that_is_proved() -> None:
    """The last obligation of the claims loses its denial."""
    own = certificate()
    *others, last = own.obligations
    wrong = replace(own, obligations=(*others, replace(last, name="open", goal="")))
    with pytest.raises(CertificateError, match="not shown: open; its denial is satisfiable"):
        decide(wrong, lambda _: None, quick=True)
