"""Rankings that prove nothing although something gets smaller, or is said about the elements of another response."""

from dataclasses import replace

import pytest

from shootdown.ir import Part, State, action, compose, exists, leads_to, require
from shootdown.ir.expr import fresh
from shootdown.ir.ranking import Shrinks, helps, ranking, shrinks
from shootdown.ir.sorts import sort_of
from shootdown.search.certify import Rejected
from shootdown.search.certify_ranking import judge_ranking, misfit
from tests.search.fair_runs import comes
from tests.search.rankings import Item, Toy, doorway, fair, toy


def turned(*before: Shrinks) -> Toy:
    """Each step takes an item from a set, and puts all those into it that were not there."""
    part = Part("turned")
    part.relation("in_it", Item)
    part.variable("right", bool)

    @action(actor="hand")
    def turn(s: State, i: Item) -> None:
        """The set becomes what it was not."""
        require(s.in_it[i])
        s.in_it[:] = lambda j: ~s.in_it[j]

    part.act(turn)
    rank = (*before, shrinks("items in the set", lambda s, i: s.in_it[i], (Item,)))
    some = lambda s: exists(Item, lambda i: s.in_it[i])  # noqa: E731
    claimed = leads_to("emptied", some, lambda s: ~some(s), fair=fair("turn"))
    return toy(compose("turned", [part]), ranking(rank, (helps("turn"),)), claimed)


@pytest.mark.parametrize("before", [(), (shrinks("the right hand", lambda s: s.right),)], ids=["alone", "behind"])
def test_a_set_that_loses_one_and_gains_another_is_not_smaller(before: tuple[Shrinks, ...]) -> None:
    """With two items the set is never empty, whatever stays as it is before it; the judge says which step is wrong."""
    made = turned(*before)
    assert not comes(made[0], made[1], {"Item": 2})
    found = judge_ranking(*made, ())
    assert isinstance(found, Rejected)
    assert "not shown: turn does not raise the rank" in found.reason


def test_a_ranking_within_a_ranking_is_about_the_same_elements() -> None:
    """An element more, of which the inner ranking might say anything, makes it a ranking of another response."""
    system, response, right = doorway()
    assert misfit(system, response, right) == ""
    (enter,) = right.helpful
    assert enter.again is not None
    other = replace(enter.again, params=(fresh("x", sort_of(Item))[0],))
    wrong = replace(right, helpful=(replace(enter, again=other),))
    found = judge_ranking(system, response, wrong, ())
    assert isinstance(found, Rejected)
    assert found.reason == "the ranking by which `enter` can be taken again is about other elements"
