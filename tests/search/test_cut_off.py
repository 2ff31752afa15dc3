"""Searches for lemmas that are cut off: the reason is told, and what is left open never counts as shown."""

import pytest

from shootdown.search import diagram, parametric
from shootdown.search.diagram import CutOffError, met
from shootdown.search.parametric import CUT_OFF, Stopped
from tests.search.test_diagram import RED, block, one, torn
from tests.search.test_parametric import attempt
from tests.search.test_traps import TRUE

LEARNED = "late_bug(2) repaired"


@pytest.mark.parametrize("bounded", [diagram, parametric], ids=["within one diagram", "over all of them"])
def test_a_search_that_is_cut_off_is_no_proof_and_says_so(bounded: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """One claim that is proved by learning, and not where no choice of elements may be looked at."""
    monkeypatch.setattr(bounded, "MOST_LOOKS", 0)
    found = attempt(*TRUE[LEARNED].build())
    assert isinstance(found, Stopped)
    assert found.reason == CUT_OFF


def test_looks_are_counted_within_a_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few enough to come to an end without a bound: 2**9 choices are too many for a bound of 100."""
    monkeypatch.setattr(diagram, "MOST_LOOKS", 100)
    red = [one(RED, e) for e in range(9) for _ in range(2)]
    two_nodes = block(({0, 1}, set()))
    assert met(tuple(red), two_nodes)
    with pytest.raises(CutOffError):
        met((*red, *torn(10)[-1:]), block(({0, 1}, set())))
