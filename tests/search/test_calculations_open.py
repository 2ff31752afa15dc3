"""Claims about calculations and about calls that end: what a solver leaves open on the way is never a proof."""

from typing import Any

import pytest

from shootdown.ir import Claim, sometimes
from shootdown.search import arithmetic, bmc, unrolled
from shootdown.search.arithmetic import SCOPE, decide
from shootdown.search.invariant import Failed
from shootdown.search.result import Limits, Search
from shootdown.search.unrolled import answered
from shootdown.search.verdict import Proved, Unknown
from shootdown.smt import Answer, Solver
from tests import toys
from tests.search.test_arithmetic import claim, words


class Shy(Solver):
    """Says nothing of the second scenario."""

    text = ""

    def add_text(self, smtlib: str) -> None:
        """Notes what was added."""
        self.text += smtlib
        super().add_text(smtlib)

    def check(self, *args: Any, **more: Any) -> Answer:
        """Gives up where it is asked whether the second scenario can be met."""
        if "(assert $claim2)" in self.text:
            self.reason_unknown = "shy"
            return Answer.UNKNOWN
        return super().check(*args, **more)


def test_a_scenario_that_nobody_decides_leaves_the_answer_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Perhaps no choice of inputs meets it, and the claim is about nothing."""
    system = words(lambda s: s.a < s.b)
    scenes = [sometimes(name, lambda s: s.a != s.b).on(system) for name in ("first", "second", "third")]
    asked = system, claim(system, lambda s: s.a != s.b), scenes
    assert isinstance(decide(*asked), Proved)
    monkeypatch.setattr(arithmetic, "Solver", Shy)
    assert decide(*asked) == Unknown("`second`: shy", SCOPE)


def counting(most: int) -> tuple[Any, list[Claim], int]:
    """A counter that ends after five steps, and a claim about it."""
    system = toys.counter()
    return system, [toys.never(system, 9)], most


def test_runs_that_end_are_proved_once_all_are_unrolled() -> None:
    """The counter has five steps: that none has six is part of the proof."""
    found = answered(*counting(5), Limits())
    assert found.search.complete
    assert found.certificate is not None
    short = answered(*counting(4), Limits())
    assert (short.search.complete, short.certificate) == (False, None)
    assert short.search.reason.startswith("not confirmed: no run of 5 steps")


def test_a_judge_that_leaves_the_proof_open_leaves_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a search that ended before it came to the end of the runs."""
    with monkeypatch.context() as patch:
        patch.setattr(unrolled, "verify", lambda *_, **__: (Failed("base case 0", "undecided", undecided=True),))
        found = answered(*counting(5), Limits())
        assert (found.search.complete, found.certificate) == (False, None)
    monkeypatch.setattr(bmc, "search", lambda *_, **__: Search(depth=3, reason="gave up"))
    found = answered(*counting(5), Limits())
    assert (found.search.complete, found.certificate, found.search.reason) == (False, None, "gave up")
