"""The search for fair lassos, on systems whose liveness is known: what is refuted, how, and what is proved."""

from collections.abc import Callable, Sequence

import pytest

from shootdown.ir import Fair, Response, System
from shootdown.search.fair import FairSearch, fair_search
from shootdown.search.refute_lasso import refuted_by_lasso
from shootdown.search.result import Limits
from shootdown.search.unfair import judge
from shootdown.search.verdict import RefutedLasso, Scope, Turn
from tests.search.live_toys import (
    STRONG,
    WEAK,
    all_done,
    arrives,
    channel,
    eats_some_day,
    everybody,
    fair,
    gets_out,
    is_served,
    never,
    ring,
    server,
    shop,
    table,
    token,
)

Fairness = Callable[[System], tuple[Fair, ...]]
Claims = Callable[[System, Fairness], Response]


def both(*parts: Fairness) -> Fairness:
    """Fairness of several kinds."""
    return lambda s: tuple(f for part in parts for f in part(s))


def look(system: System, response: Response, clients: int = 2, limits: Limits | None = None) -> FairSearch:
    """The search at one size."""
    return fair_search(system, [response], [], {"Client": clients}, limits or Limits())


def refuted(system: System, response: Response, clients: int = 2) -> RefutedLasso:
    """The judged lasso that there must be."""
    found = look(system, response, clients)
    assert found.lasso is not None
    return refuted_by_lasso(system, response, found.lasso, Scope(()))


def proved(system: System, response: Response, clients: int = 2) -> FairSearch:
    """The judged proof that there must be."""
    found = look(system, response, clients)
    assert found.lasso is None
    assert found.search.complete
    said = judge(system, [response], [], {"Client": clients}, Limits(), found, sample=1000)
    assert said.states == found.search.states == said.sampled
    return found


def names(verdict: RefutedLasso) -> tuple[list[str], list[str]]:
    """Actions of stem and loop."""
    return [s.action for s in verdict.lasso.stem], [s.action for s in verdict.lasso.loop]


def test_without_fairness_a_run_may_stop_at_once() -> None:
    """Nobody has to do anything, so the shortest lasso is to stutter in the start."""
    system = ring()
    assert names(refuted(system, gets_out(system, fair()))) == ([], [])


def test_a_cycle_that_never_reaches_the_goal() -> None:
    """Fair to going round, the run goes round for ever."""
    system = ring()
    verdict = refuted(system, gets_out(system, fair("step", "back")))
    assert names(verdict) == ([], ["step", "step", "back"])
    assert {t.turn for t in verdict.fair} == {Turn.TAKEN}


def test_weak_fairness_is_not_enough_where_the_way_out_opens_and_closes() -> None:
    """The way out is enabled again and again, and never for good: weak fairness does not force it, strong does."""
    system = ring()
    verdict = refuted(system, gets_out(system, fair("step", "back", "leave")))
    assert verdict.lasso.loop
    assert {t.step.action: t.turn for t in verdict.fair}["leave"] is Turn.DISABLED
    proved(system, gets_out(system, both(fair("step", "back"), fair("leave", strength=STRONG))))


@pytest.mark.parametrize("clients", [1, 2, 3])
def test_an_unfair_scheduler_starves_a_client_and_a_fair_one_serves_it(clients: int) -> None:
    """Nothing holds without fairness; weak fairness to each client's turn is enough, since asking lasts."""
    system = server()
    assert refuted(system, is_served(system, fair()), clients).lasso.loop == ()
    proved(system, is_served(system, fair("serve")), clients)


def test_fairness_to_an_action_as_a_whole_would_be_another_claim() -> None:
    """Each instance is fair for itself: with two clients, always serving the other one is not fair to the first."""
    system = server()
    response = is_served(system, fair("serve"))
    assert len({e.instance.elements for p in proved(system, response).parts for e in p.excluded}) == 2


def test_one_choice_of_elements_of_each_orbit_is_decomposed() -> None:
    """Without topology all clients are alike: for all but the first, nothing has to be waited for."""
    system = server()
    found = proved(system, is_served(system, fair("serve")), 3)
    waiting = [bool(e.region.any()) for p in found.parts for e in p.excluded]
    assert waiting == [True, False, False]


@pytest.mark.parametrize("clients", [2, 3])
def test_a_philosopher_starves_under_weak_fairness_and_eats_under_strong(clients: int) -> None:
    """The others eat in turn, so that the forks are never free for good."""
    system = table()
    weak = refuted(system, eats_some_day(system, fair("eat", "think")), clients)
    hungry = weak.elements[0]
    assert all(s.args != (hungry,) for s in weak.lasso.loop)
    assert {"eat", "think"} <= {s.action for s in weak.lasso.loop}
    proved(system, eats_some_day(system, both(fair("think"), fair("eat", strength=STRONG))), clients)


def test_alone_at_the_table_nobody_starves() -> None:
    """The forks of a single philosopher are free until they are taken: weak fairness is enough at this size."""
    system = table()
    proved(system, eats_some_day(system, fair("eat", "think")), 1)


def test_a_fault_may_not_occur_for_ever() -> None:
    """Losing every message is no run where losing is a fault; where it is ordinary, it is."""
    everyone = both(fair("send"), fair("deliver", strength=STRONG))
    system = channel(losing_is_a_fault=True)
    proved(system, arrives(system, everyone))
    weak = both(fair("send"), fair("deliver", strength=WEAK))
    proved(system, arrives(system, weak))
    lossy = channel(losing_is_a_fault=False)
    assert names(refuted(lossy, arrives(lossy, weak)))[1] == ["send", "lose"]
    proved(lossy, arrives(lossy, everyone))


def test_what_lasts_is_one_fault() -> None:
    """The receiver dies once, in the stem; what follows from that goes on for ever without another fault."""
    system = channel(losing_is_a_fault=True, may_die=True)
    verdict = refuted(system, arrives(system, fair("send", "deliver")))
    assert sorted(names(verdict)[0]) == ["die", "send"]
    assert verdict.lasso.loop == ()
    assert verdict.tallies == {"died": 1}


@pytest.mark.parametrize("clients", [1, 2, 3, 4])
def test_what_holds_for_every_finite_number(clients: int) -> None:
    """Everybody has one thing to do: at each size they come to an end, if each gets its turn."""
    system = everybody()
    proved(system, all_done(system, fair("do")), clients)


def test_a_loop_meets_every_instance() -> None:
    """With strong fairness to every pair of hands, the loop has all six ways in which three of them pass the token."""
    system = token()
    verdict = refuted(system, never(system, fair("hand", strength=STRONG)), 3)
    assert len(set(verdict.lasso.loop)) == 6
    assert len(verdict.lasso.loop) == 6


@pytest.mark.parametrize("serves_members", [True, False])
def test_elements_that_the_topology_tells_apart_are_looked_at_apart(serves_members: bool) -> None:
    """One topology stands for both, and in it the two clients are not alike: whoever is not served waits for ever."""
    system = shop(serves_members=serves_members)
    verdict = refuted(system, is_served(system, fair("serve")))
    (waiting,) = verdict.elements
    assert bool(verdict.lasso.states[0]["member"][waiting,]) is not serves_members


def test_a_bound_on_counted_events_bounds_the_run_and_not_the_turns() -> None:
    """With no message lost the message arrives; a loop that loses one each round has too many losses for any bound."""
    lossy = channel(losing_is_a_fault=False)
    response = arrives(lossy, fair("send", "deliver"))
    assert look(lossy, response, limits=Limits(faults=3)).search.complete
    assert look(lossy, response).lasso is not None


def test_a_counted_action_that_the_bound_forbids_still_waits_for_its_turn() -> None:
    """Fair to losing, a run that may lose nothing is unfair while a message is on the way, so that none is left."""
    lossy = channel(losing_is_a_fault=False)
    response = arrives(lossy, fair("send", "lose"))
    assert look(lossy, response, limits=Limits(faults=0)).lasso is None
    stuck = look(lossy, arrives(lossy, fair("send")), limits=Limits(faults=0))
    assert stuck.lasso is not None
    assert [s.action for s in stuck.lasso.stem] == ["send"]


@pytest.mark.parametrize("limits", [Limits(states=3), Limits(depth=1), Limits(deadline=0.0)])
def test_a_limit_is_never_a_proof(limits: Limits) -> None:
    """Too few states, steps or seconds: the search says that it is not complete, and why."""
    system = table()
    response = eats_some_day(system, both(fair("think"), fair("eat", strength=STRONG)))
    found = look(system, response, 3, limits)
    assert found.lasso is None
    assert not found.search.complete
    assert found.search.reason


def test_two_searches_find_the_same() -> None:
    """The same question has the same answer, run by run."""
    system = table()
    response = eats_some_day(system, fair("eat", "think"))
    first, second = look(system, response, 3).lasso, look(system, response, 3).lasso
    assert first is not None
    assert second is not None
    assert (first.stem, first.loop, first.start) == (second.stem, second.loop, second.start)


def several(system: System, claims: Sequence[Response]) -> FairSearch:
    """Several responses at once."""
    return fair_search(system, claims, [], {"Client": 2}, Limits())


def test_of_several_responses_the_first_that_fails_is_named() -> None:
    """The lasso is one against the response that is handed back with it."""
    system = server()
    good, bad = is_served(system, fair("serve")), never(system, fair("serve"))
    found = several(system, [good, bad])
    assert found.broken is bad
    assert several(system, [good]).lasso is None
