"""What is written into a certificate is read again before it is believed, and no solver overrules another."""

from typing import Any

import pytest

from shootdown import second
from shootdown.ir import TRUE
from shootdown.ir.errors import CertificateError
from shootdown.review import bitproof, lemmas
from shootdown.review.bitproof import of_range
from shootdown.review.lemmas import as_read
from shootdown.review.ranges import questions
from shootdown.search.verdict import Lemma
from shootdown.second import Reply
from shootdown.smt import Answer
from tests import toys


def test_a_lemma_that_reads_as_another_one_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the reader takes every text for `true`; what was proved would not be what is written."""
    system = toys.lock()
    formula = toys.exclusion(system).formula
    own = (Lemma("exclusion", formula),)
    assert str(as_read(own, system, ())[0].formula) == str(formula)
    monkeypatch.setattr(lemmas, "parse_formula", lambda *_: TRUE)
    with pytest.raises(CertificateError, match="does not mean the same when it is read again"):
        as_read(own, system, ())


def test_a_second_solver_that_objects_ends_the_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Z3 finds an obligation unsatisfiable, cvc5 does not: nothing is concluded. What it leaves open is counted."""
    own = of_range(questions("B41/fixed")[0])

    def says(answer: Answer) -> Any:
        return lambda *_, **__: Reply(answer, second.CVC5)

    monkeypatch.setattr(second, "ask", says(Answer.UNKNOWN))
    told = bitproof.decide(own, lambda _: None)
    assert (told.second, told.asked) == (0, told.obligations)
    monkeypatch.setattr(second, "ask", says(Answer.SAT))
    with pytest.raises(CertificateError, match="z3 says unsat, cvc5 sat; nothing is concluded"):
        bitproof.decide(own, lambda _: None)
