"""A check of responses where a proof for any number may be tried: small sizes, then rankings, then the other sizes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import (
    FALSE,
    ModelError,
    Named,
    Part,
    State,
    System,
    action,
    compose,
    exists,
    formula,
    leads_to,
    require,
)
from shootdown.ir.claims import always, sometimes
from shootdown.ir.ranking import Ranks, helps, ranking
from shootdown.ir.temporal import Leads
from shootdown.search import check as checks
from shootdown.search import responses as live
from shootdown.search.check import check
from shootdown.search.question import Hints, Open, Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Live, Proved, RefutedLasso, Scope, Unknown, Vacuous, Verdict
from tests.search import rankings
from tests.search.live_toys import fair, is_served, server
from tests.search.rankings import RUNNING, Item, ends_claim, slips_back, walk

HINTS = Hints((), ({"Item": 1}, {"Item": 2}), ({"Item": 3},))
SCOPE = Scope((), fixed=("one walker",))


def ask(system: System, claimed: Leads, ranks: Ranks | None, *sizes: int) -> Problem:
    """A problem of one response, open for any number."""
    places = tuple(Place("sizes", {"Item": n}) for n in sizes or (1, 2))
    hints: dict[str, Callable[[System], Ranks]] = {} if ranks is None else {claimed.name: lambda _system: ranks}
    return Problem(system, (), (), places, open=Open(HINTS, (), SCOPE), responses=(claimed.on(system),), ranks=hints)


def verdict(problem: Problem) -> Verdict:
    """The answer."""
    return check(problem, Limits()).verdict


def note(problem: Problem) -> str:
    """Why a proof is one for certain sizes only."""
    found = verdict(problem)
    assert isinstance(found, Proved)
    assert not found.for_any_number
    assert [c.sizes for c in found.certificate if isinstance(c, Live)] == [p.sizes for p in problem.places]
    return "; ".join(found.notes)


def test_a_ranking_that_fits_proves_for_any_number() -> None:
    """The verdict has the ranking as its certificate, no sizes, and the scope of the open question."""
    found = verdict(ask(walk(slips_back), ends_claim(), RUNNING))
    assert isinstance(found, Proved)
    assert found.for_any_number
    assert [proof.response.name for proof in found.ranked] == ["ends"]
    assert (found.certificate, found.universal, found.scope) == ((), None, SCOPE)


def test_claims_are_proved_for_any_number_besides() -> None:
    """A claim has lemmas of its own; without a proof of it for any number there is none of the whole."""
    problem = ask(walk(), ends_claim(), RUNNING)
    shut = always("to do only while it runs", lambda s: s.running | ~exists(Item, lambda i: s.todo[i])).on(
        problem.system
    )
    found = verdict(replace(problem, claims=(shut,)))
    assert isinstance(found, Proved)
    assert found.universal is not None
    assert found.ranked


def test_a_claim_that_no_lemmas_prove_keeps_the_whole_at_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rankings alone are no proof of what is claimed of states."""
    from shootdown.search.parametric import Stopped  # noqa: PLC0415

    monkeypatch.setattr(checks, "for_any_number", lambda *_: Stopped("no lemmas today"))
    problem = ask(walk(), ends_claim(), RUNNING)
    claim = always("anything", lambda s: s.running | ~s.running).on(problem.system)
    found = verdict(replace(problem, claims=(claim,)))
    assert isinstance(found, Proved)
    assert not found.for_any_number
    assert found.notes == ("no proof for any number: no lemmas today",)


def test_hints_that_do_not_do_are_a_note_and_no_error() -> None:
    """No ranking, one about what the system does not have, and one whose rules are not met: sizes as without it."""
    assert note(ask(walk(), ends_claim(), None)) == "no proof for any number: no ranking is stated for `ends`"
    absent = ranking((), (helps("nothing"),))
    assert "is to help, and walk does not have it" in note(ask(walk(), ends_claim(), absent))
    wrong = ranking((), RUNNING.helpful, region=lambda s: s.running)
    assert "the lemmas do not imply" in note(ask(walk(), ends_claim(), wrong))


def test_a_hint_that_raises_is_a_note() -> None:
    """What a system lacks is noticed when the ranking is made, too."""

    def unmade(_system: System) -> Any:
        raise ModelError("no such variable", "")

    problem = replace(ask(walk(), ends_claim(), None), ranks={"ends": unmade})
    assert "the ranking that is stated for `ends` does not fit: no such variable" in note(problem)


def test_a_lasso_at_a_small_size_is_told_before_any_proof_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer does not wait for a search for lemmas."""

    def never(*_: object) -> None:
        pytest.fail("a proof was tried")

    monkeypatch.setattr(live.Responses, "ranked", never)
    monkeypatch.setattr(checks, "for_any_number", never)
    system, response, _ = rankings.put_back_always()
    problem = replace(ask(system, ends_claim(), RUNNING), responses=(response,))
    assert isinstance(verdict(problem), RefutedLasso)


def test_what_holds_at_no_more_than_the_small_sizes_is_not_proved() -> None:
    """One item cannot be put back while another is left: with one item the walk ends, with two it need not."""
    system, response, _ = rankings.put_back_always()
    hints = {response.name: lambda _system: ranking((rankings.TODO,), (helps("visit"),))}
    alone = replace(ask(system, ends_claim(), RUNNING, 1), responses=(response,), ranks=hints)
    found = verdict(alone)
    assert isinstance(found, Proved)
    assert not found.for_any_number
    assert "put_back does not raise the rank" in found.notes[0]


def test_large_sizes_are_put_off_and_spared_by_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a proof they are not searched; where there is none they are, and what they say counts."""
    monkeypatch.setattr(live, "SOON", 8)
    found = check(ask(walk(), ends_claim(), RUNNING, 1, 2, 4), Limits())
    assert isinstance(found.verdict, Proved)
    assert found.verdict.for_any_number
    again = check(ask(walk(), ends_claim(), None, 1, 2, 4), Limits())
    assert isinstance(again.verdict, Proved)
    assert [s["Item"] for s in again.verdict.scope.sizes] == [1, 2, 4]
    system, response, _ = rankings.put_back_always()
    monkeypatch.setattr(live, "SOON", 3)
    larger = verdict(replace(ask(system, ends_claim(), RUNNING, 1, 2), responses=(response,)))
    assert isinstance(larger, RefutedLasso)
    assert larger.scope.sizes == ({"Item": 2},)


def test_a_size_with_too_many_starts_is_put_off_like_any_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not left open for a bound that nobody asked for."""
    monkeypatch.setattr(live, "SOON", 3)
    system = replace(server(), init=())
    found = verdict(_served(system, 1, 2, 3))
    assert isinstance(found, Proved)
    assert [s["Client"] for s in found.scope.sizes] == [1, 2, 3]


def _served(system: System, *clients: int) -> Problem:
    places = tuple(Place("sizes", {"Client": n}) for n in clients)
    open_ = Open(Hints((), (), ()), (), SCOPE)
    return Problem(system, (), (), places, open=open_, responses=(is_served(system, fair("serve")),))


def test_nothing_is_proved_for_any_number_where_nothing_was_seen_to_happen() -> None:
    """A trigger without a run, a companion without one, and a size without a start each keep it from being tried."""
    problem = ask(walk(), ends_claim(), RUNNING)
    absent = sometimes("nobody is there", lambda _: False).on(problem.system)
    assert isinstance(verdict(replace(problem, companions=(absent,))), Vacuous)
    nothing = Named("nothing", FALSE)
    places = (*problem.places, Place("sizes", {"Item": 3}, (nothing,)))
    assert isinstance(verdict(replace(problem, places=places)), Unknown)


def switched() -> System:
    """Items that are handled are put back while a switch, which nobody touches, is on."""
    part = Part("switched")
    part.variable("on", bool)
    part.relation("todo", Item)

    @action(actor="worker")
    def handle(s: State, i: Item):
        """One item less."""
        require(s.todo[i])
        s.todo[i] = False

    @action(actor="thief")
    def put_back(s: State, i: Item):
        """One more."""
        require(s.on, ~s.todo[i])
        s.todo[i] = True

    part.act(handle, put_back)
    return compose("switched", [part])


def test_a_condition_on_the_start_is_one_of_the_proof() -> None:
    """Where the switch is off at the start everything gets handled; nothing is said of elsewhere."""
    system = switched()
    some: Callable[[State], Any] = lambda s: exists(Item, lambda i: s.todo[i])  # noqa: E731
    claimed = leads_to("handled", some, lambda s: ~some(s), fair=rankings.fair("handle"))
    ranks = ranking((rankings.TODO,), (helps("handle"),), region=lambda s: ~s.on)
    off = Named("--where", formula(system, lambda s: ~s.on))
    problem = ask(system, claimed, ranks)
    places = tuple(replace(place, conditions=(off,)) for place in problem.places)
    found = verdict(replace(problem, places=places, open=Open(HINTS, (off,), replace(SCOPE, where="off"))))
    assert isinstance(found, Proved)
    assert found.for_any_number
    assert found.scope.where == "off"
    assert isinstance(verdict(problem), RefutedLasso)
