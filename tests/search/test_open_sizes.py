"""A size that was not searched to the end is told, whatever else was asked for."""

from dataclasses import replace

import pytest

from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import HoldsTo, Proved
from tests.search.test_check import problem, system


@pytest.mark.parametrize("where", ["", "a condition of the user's"])
def test_a_size_that_is_cut_off_is_never_left_out(where: str) -> None:
    """A condition may exclude sizes, since no run starts there; one at which runs start and go on is open."""
    posed = problem(system(), 1, 3)
    posed = replace(posed, scope=replace(posed.scope, where=where))
    assert isinstance(check(posed, Limits()).verdict, Proved)
    found = check(posed, Limits(depth=2)).verdict
    assert isinstance(found, HoldsTo)
    assert (found.depth, [s["Node"] for s in found.scope.sizes]) == (2, [1, 3])
