"""Facts that are said not to be needed are judged: neither a wrong core nor an undecided question counts."""

from typing import Any

import pytest

from shootdown.search import cores
from shootdown.search.anynumber import prove
from shootdown.search.cores import Core, Cores
from shootdown.search.facts import facts_of
from shootdown.search.parametric import Stopped
from shootdown.search.result import Limits
from shootdown.search.verdict import Universal
from shootdown.search.why import Explained, explain, posed
from shootdown.smt import Answer, Solver
from tests import toys
from tests.search.test_why import problem


def asked() -> Any:
    """The lock with its proof and all its facts."""
    system = toys.lock()
    question = problem(system, toys.exclusion(system))
    proof = prove(*posed(question), Limits())
    assert isinstance(proof, Universal)
    return question, proof, facts_of(system, ["take", "release"]), Limits()


def test_a_core_that_names_too_little_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: no obligation leans on any fact. The judge finds that the claim breaks without them."""
    assert isinstance(explain(*asked()), Explained)
    right = Cores._core
    monkeypatch.setattr(Cores, "_core", lambda self, names: Core(right(self, names).lemmas, frozenset()))
    found = explain(*asked())
    assert isinstance(found, Stopped)
    assert "the judge does not confirm the proof without the other facts: not shown" in found.reason


def test_what_is_not_decided_is_not_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """An obligation that a solver leaves open is not met, by whatever facts."""
    question, proof, facts, limits = asked()

    class Silent(Solver):
        """Never answers."""

        def check(self, *_: Any, **__: Any) -> Answer:
            """It gives up."""
            return Answer.UNKNOWN

    monkeypatch.setattr(cores, "Solver", Silent)
    found = explain(question, proof, facts, limits)
    assert isinstance(found, Stopped)
    assert found.reason == "`exclusion` does not follow from the initial states"
