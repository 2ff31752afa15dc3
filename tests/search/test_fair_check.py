"""A whole check of responses: sizes in order, what counts as vacuous, what a bound leaves open, what is told."""

from dataclasses import replace

import pytest

from shootdown.ir import Fair, Part, Response, State, System, UsageError, action, compose, forall, leads_to, require, u8
from shootdown.ir.claims import always, sometimes
from shootdown.ir.interp import holds
from shootdown.ir.part import formula
from shootdown.ir.system import Named
from shootdown.search import responses as checked
from shootdown.search.check import check
from shootdown.search.question import Place, Problem
from shootdown.search.refute import EngineBug
from shootdown.search.responses import relevant
from shootdown.search.result import Limits
from shootdown.search.unfair import Judged
from shootdown.search.verdict import (
    Closed,
    HoldsTo,
    Live,
    Proved,
    Refuted,
    RefutedLasso,
    Scope,
    Unknown,
    Vacuous,
    Verdict,
    outcome,
)
from tests.search.live_toys import STRONG, Client, eats_some_day, fair, is_served, never, server, table


def places(*clients: int) -> tuple[Place, ...]:
    """Sizes from small to large."""
    return tuple(Place("sizes", {"Client": n}) for n in clients)


def ask(system: System, *responses: Response, sizes: tuple[int, ...] = (1, 2, 3)) -> Problem:
    """A problem of responses alone."""
    return Problem(system, (), (), places(*sizes), responses=responses)


def verdict(problem: Problem, limits: Limits | None = None) -> Verdict:
    """The answer."""
    return check(problem, limits or Limits()).verdict


def test_a_proof_names_what_was_explored_and_judged_at_each_size() -> None:
    """One certificate for each size, with what the interpreter has looked at."""
    system = server()
    found = verdict(ask(system, is_served(system, fair("serve"))))
    assert isinstance(found, Proved)
    live = [c for c in found.certificate if isinstance(c, Live)]
    seen = [(c.sizes["Client"], c.states, c.steps, c.instances) for c in live]
    assert seen == [(1, 2, 2, 1), (2, 4, 8, 2), (3, 8, 24, 3)]
    assert all(c.interpreted == min(25, c.states) for c in live)
    assert outcome(found) == "proved"
    assert [s["Client"] for s in found.scope.sizes] == [1, 2, 3]


def test_the_smallest_size_with_a_lasso_refutes() -> None:
    """Alone at the table nobody starves; two are enough to starve one."""
    system = table()
    found = check(ask(system, eats_some_day(system, fair("eat", "think"))), Limits())
    assert isinstance(found.verdict, RefutedLasso)
    assert found.engine == "fair"
    assert found.verdict.scope.sizes == ({"Client": 2},)
    assert outcome(found.verdict) == "refuted"


def test_claims_come_first_and_count() -> None:
    """A claim that breaks refutes by its trace; one that holds adds its own certificate to the proof."""
    system = server()
    good = always("good", lambda s: forall(Client, lambda c: s.asks[c] | ~s.asks[c])).on(system)
    bad = always("bad", lambda s: forall(Client, lambda c: ~s.asks[c])).on(system)
    problem = ask(system, is_served(system, fair("serve")), sizes=(1, 2))
    assert isinstance(verdict(replace(problem, claims=(bad,))), Refuted)
    found = verdict(replace(problem, claims=(good,)))
    assert isinstance(found, Proved)
    assert [type(c) for c in found.certificate] == [Closed, Closed, Live, Live]


def test_a_trigger_that_never_holds_makes_it_vacuous() -> None:
    """Nothing was checked where nobody ever waits; nor where a companion cannot be set up."""
    system = server()
    idle = leads_to("idle", lambda _: False, lambda _: False, fair=fair()).on(system)
    found = verdict(ask(system, idle))
    assert isinstance(found, Vacuous)
    assert "the trigger of idle holds" in found.why
    absent = sometimes("nobody is there", lambda _: False).on(system)
    problem = replace(ask(system, is_served(system, fair("serve"))), companions=(absent,))
    assert isinstance(verdict(problem), Vacuous)


def test_bounds_are_no_proofs() -> None:
    """Steps that bound the search leave the answer open; so do states and time."""
    system = table()
    response = eats_some_day(system, lambda _: (Fair("think"), Fair("eat", STRONG)))
    problem = ask(system, response, sizes=(3,))
    assert isinstance(verdict(problem), Proved)
    by_steps = verdict(problem, Limits(depth=2))
    assert isinstance(by_steps, HoldsTo)
    assert by_steps.depth == 2
    for limits in (Limits(states=4), Limits(deadline=0.0)):
        assert isinstance(verdict(problem, limits), HoldsTo | Unknown)


def test_a_size_without_a_start_is_not_covered() -> None:
    """Where initial conditions exclude each other nothing holds, and nothing is proved."""
    system = server()
    nothing = Named("nothing", formula(system, lambda _: False))
    problem = replace(
        ask(system, is_served(system, fair("serve")), sizes=(1,)),
        places=(*places(1), Place("sizes", {"Client": 2}, (nothing,))),
    )
    assert isinstance(verdict(problem), Unknown)


def test_an_engine_for_safety_is_not_asked() -> None:
    """It would prove something else."""
    system = server()
    with pytest.raises(UsageError, match="the engine bmc knows nothing of what has to happen"):
        check(ask(system, is_served(system, fair("serve"))), Limits(), "bmc")


def test_an_action_that_does_not_happen_at_a_place_asks_for_no_fairness() -> None:
    """Nobody serves where serving does not happen, so whoever asks waits for ever."""
    system = server()
    problem = ask(system, is_served(system, fair("serve")))
    still = replace(problem, places=(Place("closed", {"Client": 1}, (), frozenset({"serve"})),))
    found = verdict(still)
    assert isinstance(found, RefutedLasso)
    assert found.fair == ()
    assert found.scope.topology == "closed"


def test_a_proof_that_the_judge_denies_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is judged in the product, and a denial is a defect of the engine."""

    def deny(*_: object, **__: object) -> Judged:
        raise EngineBug("it does not stand")

    monkeypatch.setattr(checked, "judge", deny)
    system = server()
    with pytest.raises(EngineBug, match="it does not stand"):
        verdict(ask(system, is_served(system, fair("serve"))))


def watched_server() -> System:
    """The server with a clock of three hours that nothing looks at, and a bell that rings at each service."""
    clock = Part("clock")
    clock.variable("hour", u8)
    clock.variable("bell", bool)
    clock.init("midnight", lambda s: (s.hour == 0) & ~s.bell)

    @action(actor="clock")
    def tick(s: State):
        """One hour."""
        s.hour = (s.hour + 1) & 3

    part = Part("server")
    part.relation("asks", Client)
    part.init("nobody", lambda s: forall(Client, lambda c: ~s.asks[c]))

    @action(actor="client {c}")
    def ask_for(s: State, c: Client):
        """Wants something."""
        require(~s.asks[c])
        s.asks[c] = True

    @action(actor="server")
    def serve(s: State, c: Client):
        """Gives it, and rings."""
        require(s.asks[c])
        s.asks[c] = False
        s.bell = ~s.bell

    clock.act(tick)
    part.act(ask_for, serve)
    return compose("watched", [clock, part])


def test_what_does_not_matter_is_left_out_of_the_search() -> None:
    """Clock and bell go; a fair action stays, if only as a step that changes nothing."""
    system = watched_server()
    part = relevant(system, [is_served(system, fair("serve", "tick"))], ())
    assert [v.name for v in part.variables] == ["asks"]
    assert [(a.name, len(a.updates)) for a in part.actions] == [("tick", 0), ("ask_for", 1), ("serve", 1)]


def test_a_lasso_of_the_part_becomes_one_of_the_whole() -> None:
    """The loop is repeated until clock and bell are back too; the judge sees the whole system."""
    system = watched_server()
    response = never(system, fair("ask_for", "serve", "tick"))
    found = verdict(ask(system, response, sizes=(1,)))
    assert isinstance(found, RefutedLasso)
    lasso = found.lasso
    assert set(lasso.states[0]) == {"hour", "bell", "asks"}
    assert lasso.states[-1] == lasso.states[lasso.back]
    assert [s.action for s in lasso.loop].count("tick") % 4 == 0
    assert not any(holds(response.goal, s, lasso.sizes) for s in lasso.states)


def test_the_scope_of_the_question_is_kept() -> None:
    """What is fixed and bounded is said with the answer."""
    system = server()
    problem = replace(ask(system, is_served(system, fair("serve"))), scope=Scope((), faults=2, fixed=("one shop",)))
    found = verdict(problem, Limits(faults=2))
    assert found.scope.faults == 2
    assert found.scope.fixed == ("one shop",)
