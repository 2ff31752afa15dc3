"""What the judge of proofs for any number makes of what is undecided, or is only supposed: never a proof."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shootdown import second
from shootdown.ir import Named, System, always
from shootdown.search import anynumber, certify
from shootdown.search.certify import Judged, Rejected, judge
from shootdown.search.obligations import Obligation, obligations
from shootdown.search.verdict import Lemma
from shootdown.second import Reply
from shootdown.smt import Answer, Solver
from tests import toys
from tests.search.universal import PROOFS


def test_hypotheses_that_nobody_decides_are_not_taken_for_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """What contradicts itself proves everything, so it has to be known that the hypotheses do not."""
    system, claims, lemmas = PROOFS["lock"]()
    assert isinstance(judge(system, claims, lemmas), Judged)
    unknown = Reply(Answer.UNKNOWN, second.Z3, "gave up")
    monkeypatch.setattr(certify._Judge, "_hypotheses", lambda *_: unknown)
    found = judge(system, claims, lemmas)
    assert isinstance(found, Rejected)
    assert found.reason == "no state is known to meet the hypotheses about the initial states: gave up"


def test_that_an_action_never_happens_is_asked_and_not_supposed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the obligation of an idle action loses its guard, so that it cannot be met; the proof falls with it."""
    system, claims, lemmas = PROOFS["pins"]()

    def every(*args: Any) -> Iterator[Obligation]:
        for asked in obligations(*args):
            yield replace(asked, goal="(assert true)\n") if asked.name.endswith("never happens") else asked

    monkeypatch.setattr(certify, "obligations", lambda *args: tuple(every(*args)))
    found = judge(system, claims, lemmas)
    assert isinstance(found, Rejected)
    assert found.reason == "not shown: audit never happens; its denial is satisfiable"


def test_what_holds_at_the_start_is_not_supposed_after_the_first_step() -> None:
    """A counter that starts at 0 shows 2 after two steps, whatever says of it that it is 0."""
    system: System = toys.counter()
    zero = always("zero", lambda s: s.n == 0).on(system)
    claim = toys.never(system, 2)
    supposed = replace(system, axioms=(Named("zero", zero.formula),))
    found = judge(supposed, [claim], [Lemma(claim.name, claim.formula, "claim")])
    assert isinstance(found, Rejected)
    assert "lemma 1 is kept by tick" in found.reason


def test_a_number_at_which_nobody_knows_a_start_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to be shown that a run begins there; that nobody shows the contrary is not enough."""
    system, _, _ = PROOFS["lock"]()
    assert anynumber.without_start(system) == ""
    monkeypatch.setattr(Solver, "check", lambda *_: Answer.UNKNOWN)
    assert anynumber.without_start(system) == "2 clients"
