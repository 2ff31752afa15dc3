"""A fact that is removed is gone wherever it was: at each point that an action writes, and of each variable."""

import pytest

from shootdown.ir import Index, Part, State, System, action, compose, exists, forall, require, sometimes
from shootdown.search import explicit
from shootdown.search.facts import Fact, Kind, facts_of, weaken
from shootdown.search.result import Limits


class Seat(Index):
    """Somewhere to sit."""

    names = "abc"


def exchange() -> System:
    """Two seats change hands at once: one is freed and another one taken, which is noted of each."""
    part = Part("exchange")
    for name in ("taken", "freed", "filled"):
        part.relation(name, Seat)
    part.variable("over", bool)
    part.init("before", lambda s: ~s.over & forall(Seat, lambda c: ~s.taken[c] & ~s.freed[c] & ~s.filled[c]))

    @action(actor="usher")
    def swap(s: State, c: Seat, d: Seat) -> None:
        """Once."""
        require(~s.over, c != d)
        s.taken[c] = False
        s.taken[d] = True
        s.freed[c] = True
        s.filled[d] = True
        s.over = True

    part.act(swap)
    return compose("exchange", [part])


SCENES = {
    "taken where it is freed": ("taken", lambda s: s.over & exists(Seat, lambda c: s.freed[c] & s.taken[c])),
    "free where it is filled": ("taken", lambda s: s.over & exists(Seat, lambda c: s.filled[c] & ~s.taken[c])),
    "nothing was freed": ("freed", lambda s: s.over & forall(Seat, lambda c: ~s.freed[c])),
    "nothing was filled": ("filled", lambda s: s.over & forall(Seat, lambda c: ~s.filled[c])),
    "it is not over": ("over", lambda s: ~s.over & exists(Seat, lambda c: s.freed[c])),
}
"""What only happens where the action may leave anything in a variable."""


@pytest.mark.parametrize("name", SCENES)
def test_without_an_update_anything_may_stand_where_it_writes(name: str) -> None:
    """Two points of one variable, and one point each of several variables."""
    variable, meant = SCENES[name]
    system = exchange()
    fact = Fact("swap", Kind.UPDATE, variable)
    assert fact in facts_of(system, ["swap"])
    scene = sometimes(name, meant)

    def met(of: System) -> bool:
        return bool(explicit.search(of, [scene.on(of)], {"Seat": 2}, Limits()).witnessed)

    assert not met(system)
    assert met(weaken(system, [fact]))
    assert met(weaken(system, facts_of(system, ["swap"])))
