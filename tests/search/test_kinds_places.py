"""Which sizes count as known when counterexamples of different kinds are looked for, and what is said of the rest."""

from dataclasses import replace

from shootdown.ir import Named, Part, State, System, action, always, compose, exists, forall, formula, require
from shootdown.search.result import Limits
from tests.search.test_kinds import Lamp, asked, found, house, is_stolen, some_lit


def fuse() -> System:
    """Any lamps are dark at the start; where one is, the fuse may blow."""
    part = Part("fuse")
    part.relation("dark", Lamp)
    part.variable("blown", bool)
    part.init("whole", lambda s: ~s.blown)

    @action(actor="fuse", fault=True, tally="blown")
    def blows(s: State) -> None:
        """Because of some lamp."""
        require(exists(Lamp, lambda x: s.dark[x]))
        s.blown = True

    part.act(blows)
    return compose("fuse", [part])


def test_a_size_whose_starts_contradict_each_other_is_not_known() -> None:
    """Of three lamps some two are alike, so that no run begins where none may be: nothing was searched there."""
    system = fuse()
    differ = formula(system, lambda s: forall(Lamp, Lamp, lambda x, y: (x == y) | (s.dark[x] != s.dark[y])))
    problem = asked(system, always("whole", lambda s: ~s.blown).on(system), {"Lamp": 1}, {"Lamp": 2})
    places = [replace(p, conditions=(Named("no two are alike", differ),)) for p in problem.places]

    result = found(replace(problem, places=(*places, replace(places[0], sizes={"Lamp": 3}))))

    assert (result.reason, result.closed) == ("", ({"Lamp": 1}, {"Lamp": 2}))


def test_a_size_that_is_cut_off_ends_the_search_and_is_told() -> None:
    """The first size has more starts than are looked at; the second, smaller one does not make that good."""
    system = house(is_stolen)
    problem = asked(system, some_lit(system), {"Lamp": 3}, {"Lamp": 1})

    result = found(problem, limits=Limits(states=4))

    assert result.reason == "more than 4 starts at 3 lamps"
    assert result.closed == ()
