"""Elements that a model names are not interchangeable, wherever it names them."""

from collections.abc import Callable
from typing import Any

import pytest

from shootdown.ir import Index, Part, State, System, action, always, compose, element, exists, forall, require
from shootdown.search import explicit
from shootdown.search.result import Limits


class Lamp(Index):
    """Alike, but for those that are named."""

    names = "abc"


def lamps(number: int, *, by_guard: bool) -> System:
    """One lamp, always the same, is lit and then breaks; the model names it where it asks, or where it writes.

    At night anybody may do anything with any lamp, so that nothing about a lamp is constant.
    """
    part = Part("lamps")
    part.variable("night", bool)
    for name in ("lit", "broken"):
        part.relation(name, Lamp)
    part.init("dark", lambda s: ~s.night & forall(Lamp, lambda x: ~s.lit[x] & ~s.broken[x]))
    that = element(Lamp, number)

    @action(actor="hand")
    def light(s: State, x: Lamp) -> None:
        """The lamp that was asked for."""
        require(x == that)
        s.lit[x] = True

    @action(actor="hand")
    def light_it(s: State) -> None:
        """The same, without a question."""
        s.lit[that] = True

    @action(actor="hand")
    def drop(s: State, x: Lamp) -> None:
        """One is lit, and that one breaks."""
        require(exists(Lamp, lambda y: s.lit[y]), x == that)
        s.broken[x] = True

    @action(actor="hand")
    def drop_it(s: State) -> None:
        """The same."""
        require(exists(Lamp, lambda y: s.lit[y]))
        s.broken[that] = True

    @action(actor="sun")
    def sets(s: State) -> None:
        """The night falls."""
        s.night = True

    @action(actor="thief")
    def play(s: State, x: Lamp) -> None:
        """At night."""
        require(s.night)
        s.lit[x] = ~s.lit[x]
        s.broken[x] = ~s.broken[x]

    part.act(*((light, drop) if by_guard else (light_it, drop_it)), sets, play)
    return compose("lamps", [part])


def whole(s: Any) -> Any:
    """By day no lit lamp is broken."""
    return s.night | forall(Lamp, lambda x: ~(s.lit[x] & s.broken[x]))


def apart(number: int) -> Callable[[Any], Any]:
    """The claim names the lamp: another one may do what it likes."""
    return lambda s: ~s.lit[element(Lamp, number)]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("by_guard", [True, False], ids=["guard", "update"])
def test_a_named_element_is_no_other_one(number: int, by_guard: bool) -> None:
    """That lamp is lit and broken after two steps; taken for another one it would be whole."""
    system = lamps(number, by_guard=by_guard)
    found = explicit.search(system, [always("whole", whole).on(system)], {"Lamp": 3}, Limits())
    assert found.candidate is not None
    assert len(found.candidate.steps) == 2


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_element_that_a_claim_names_is_no_other_one(number: int) -> None:
    """Any lamp may be lit, that one among them."""
    part = Part("any")
    part.relation("lit", Lamp)
    part.init("dark", lambda s: forall(Lamp, lambda x: ~s.lit[x]))

    @action(actor="hand")
    def light(s: State, x: Lamp) -> None:
        """One."""
        s.lit[x] = True

    part.act(light)
    system = compose("any", [part])
    found = explicit.search(system, [always("dark", apart(number)).on(system)], {"Lamp": 3}, Limits())
    assert found.candidate is not None
    assert [s.args for s in found.candidate.steps] == [(number,)]
