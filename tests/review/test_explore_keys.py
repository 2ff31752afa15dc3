"""What a question about the design space is told apart by, besides the slice that decides it."""

from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import Named, System, Variable
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import read
from shootdown.model.axes import Point
from shootdown.review import explore
from shootdown.review.explore import Target, keys

COHERENT = Target("success-means-coherent")


def key() -> str:
    """The key of the plainest point's question."""
    (found,) = keys([Point()], COHERENT, "ideal").values()
    return found


def test_conditions_outside_of_the_slice_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of a start may be contradictory where nobody looks: then nothing starts."""
    right = explore._system
    weather = Variable("weather", (), BOOL)

    def stormy(*args: Any) -> System:
        system: System = right(*args)
        there = (Named("fine", read(weather, ())), Named("and not", ~read(weather, ())))
        return replace(system, variables=(*system.variables, weather), init=(*system.init, *there))

    before = key()
    explore._harmless.cache_clear()
    monkeypatch.setattr(explore, "_system", stormy)
    assert key() != before
    explore._harmless.cache_clear()


def test_the_sizes_that_are_searched_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two questions about one slice are two where one of them is asked of more sizes."""
    before = key()
    monkeypatch.setattr(explore, "places_word", lambda _: ("more iovas",))
    assert key() != before
