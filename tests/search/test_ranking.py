"""Responses for any finite number by a ranking: what is proved, what is refused and why, and what each rule is for."""

from dataclasses import replace

import pytest

from shootdown import second
from shootdown.ir import Fair, ModelError, Named, Strength, leads_to
from shootdown.ir.expr import FALSE, TRUE
from shootdown.ir.ranking import helps, ranking, shrinks
from shootdown.search import ranking_obligations
from shootdown.search.certify import Rejected
from shootdown.search.certify_ranking import JudgedRanking, first_unmet, judge_ranking
from shootdown.search.parametric import Stopped
from shootdown.search.question import Hints
from shootdown.search.ranking import prove_response, rules
from shootdown.search.ranking_obligations import Duty, Rule, duties
from shootdown.search.ranking_runs import follow
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits
from shootdown.search.verdict import Lemma, Ranked
from shootdown.smt import Answer
from tests.search import rankings
from tests.search.fair_runs import comes
from tests.search.rankings import RIGHT, RUNNING, WRONG, Item, Toy, ends_claim, fair, nested, toy, walk

HINTS = Hints((), ({"Item": 1}, {"Item": 2}), ({"Item": 3},))
WORK = 300_000


def proved(made: Toy) -> Ranked:
    """The certificate of a toy."""
    found = prove_response(*made, HINTS, Limits())
    assert isinstance(found, Ranked), found
    return found


def refused(made: Toy) -> str:
    """Why there is none."""
    found = prove_response(*made, HINTS, Limits())
    assert isinstance(found, Stopped), found
    return found.reason


def rejected(made: Toy, *lemmas: Lemma) -> str:
    """Why the judge rejects a ranking."""
    found = judge_ranking(*made, lemmas, rlimit=WORK)
    assert isinstance(found, Rejected), found
    return found.reason


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_response_that_comes_is_proved(name: str) -> None:
    """Every rule is met, and by all states at small sizes the response does come."""
    made = RIGHT[name]()
    found = proved(made)
    assert found.obligations > 0
    assert all(comes(made[0], made[1], {"Item": size}) for size in (1, 2))


def test_what_a_proof_rests_on_is_in_the_certificate() -> None:
    """Lemmas that were found, orders that are taken for finite, and that faults are finitely many."""
    assert [str(x.formula) for x in proved(rankings.with_lemma()).lemmas] == ["~(running & ~shut)"]
    assert proved(rankings.emptied("declared")).finite == ("the order of the walk",)
    assert proved(rankings.slipping()).faults
    plain = proved(rankings.emptied())
    assert (plain.lemmas, plain.finite, plain.faults) == ((), (), False)


def test_an_order_that_is_not_declared_is_not_taken_for_finite() -> None:
    """In an infinite set no item need be the first: without the declaration nobody is known to help."""
    made = rankings.emptied("hidden")
    assert comes(made[0], made[1], {"Item": 2})
    assert "some action helps" in rejected(made)


@pytest.mark.parametrize("rule", list(Rule), ids=lambda r: r.name)
def test_each_rule_is_needed(rule: Rule) -> None:
    """A response that does not come, with a ranking that breaks this rule and no other: without it, it would pass."""
    made = WRONG[rule]()
    assert not comes(made[0], made[1], {"Item": 2})
    asked = duties(*made, ())
    others = [d.obligation for d in asked if d.rule is not rule]
    assert first_unmet(others, rlimit=WORK) is None
    broken = [d.obligation.name for d in asked if d.rule is rule]
    assert any(name in rejected(made) for name in broken)
    assert any(f"`{name}`" in refused(made) for name in broken)


@pytest.mark.parametrize("rule", list(Rule), ids=lambda r: r.name)
def test_a_judge_that_forgets_a_rule_is_noticed(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: with the rule left out, the judge accepts a response that does not come."""
    every = ranking_obligations.duties

    def fewer(*args: object) -> tuple[Duty, ...]:
        asked: tuple[Duty, ...] = every(*args)  # type: ignore[arg-type]
        return tuple(replace(d, obligation=replace(d.obligation, goal=no)) if d.rule is rule else d for d in asked)

    no = "(assert false)\n"
    monkeypatch.setattr("shootdown.search.certify_ranking.duties", fewer)
    assert isinstance(judge_ranking(*WRONG[rule](), ()), JudgedRanking)


def test_a_rank_that_may_grow_needs_a_set_before_it_that_shrinks() -> None:
    """The second round begins with the whole set: only the phase before it makes that a smaller rank."""
    made = rankings.two_rounds_unranked()
    assert "again does not raise the rank" in rejected(made)
    assert "again does not raise the rank" in refused(made)
    turned = rankings.two_rounds()
    back = replace(turned[2], rank=turned[2].rank[::-1])
    assert "again does not raise the rank" in rejected((turned[0], turned[1], back))


def test_faults_may_raise_the_rank_and_must_keep_the_region() -> None:
    """Finitely many faults are survived, wherever the run is after the last of them."""
    assert "locks_up keeps the region" in refused(rankings.region_left(fault=True))
    assert "locks_up keeps the region" in rejected(rankings.region_left(fault=True))


def test_strong_fairness_asks_that_an_action_can_be_taken_again_and_again() -> None:
    """It needs strong fairness in the claim, a ranking of its own, and somebody fair who opens the door."""
    assert not comes(*rankings.doorway(strong=False)[:2], {})
    assert "only weakly fair" in refused(rankings.doorway(strong=False))
    assert not comes(*rankings.doorway(opens=False)[:2], {})
    assert "is not fair to it" in refused(rankings.doorway(opens=False))
    assert "enter is enabled where it helps" in refused(rankings.doorway(again=False))


@pytest.mark.parametrize("name", ["emptied", "in order", "slipping", "with a lemma", "doorway"])
def test_a_ranking_says_why_an_action_can_be_taken_again(name: str) -> None:
    """What proves a response also proves that a strongly fair action behind it is enabled again and again."""
    made = nested(RIGHT[name]())
    proved(made)
    assert comes(made[0], made[1], {"Item": 2})
    system, _, _ = made
    assert follow(*made, (), {"Item": 2}) > 0, system.name


@pytest.mark.parametrize("rule", [r for r in Rule if r is not Rule.KEEPS], ids=lambda r: r.name)
def test_each_rule_is_needed_of_an_inner_ranking(rule: Rule) -> None:
    """The same wrong rankings, one level further in. That an inner region is kept follows: its trigger is kept."""
    made = nested(WRONG[rule]())
    assert not comes(made[0], made[1], {"Item": 2})
    asked = duties(*made, ())
    inner = [
        d.obligation for d in asked if d.rule is rule and d.obligation.name.startswith("until finish can be taken: ")
    ]
    assert any(o.name in rejected(made) for o in inner)
    assert first_unmet([d.obligation for d in asked if d.obligation not in inner], rlimit=WORK) is None


def test_an_unfair_claim_is_refused() -> None:
    """Nobody has to take an action that the claim is not fair to; nor a fault, whatever a claim says."""
    made = toy(walk(), RUNNING, ends_claim("end"))
    assert refused(made) == "`visit` is to help, but `ends` is not fair to it"
    assert rejected(made) == refused(made)
    system, response, right = rankings.slipping()
    unfair = replace(response, fair=(*response.fair, Fair("slips_back", Strength.STRONG)))
    assert rejected((system, unfair, right)) == "`ends` is fair to `slips_back`, which is a fault"
    unknown = replace(response, fair=(*response.fair, Fair("nobody")))
    assert rejected((system, unknown, right)) == "`ends` is fair to `nobody`, which is no action of the system"


def test_a_ranking_of_another_response_is_refused() -> None:
    """It speaks of other elements."""
    system, response, right = rankings.served()
    _, other, _ = rankings.served()
    assert "is not about the elements" in rejected((system, other, right))
    assert isinstance(judge_ranking(system, response, right, ()), JudgedRanking)


def test_what_is_never_pending_is_no_proof() -> None:
    """A trigger that no lemma allows would make every rule true of nothing."""
    claimed = leads_to("never", lambda s: s.running & ~s.running, lambda s: ~s.running, fair=fair("visit", "end"))
    made = toy(walk(), RUNNING, claimed)
    assert "no state is known in which the trigger holds" in refused(made)
    system, response, right = rankings.emptied()
    none = replace(system, axioms=(Named("none", FALSE),))
    assert "contradict each other" in rejected((none, response, right))


def test_lemmas_are_judged() -> None:
    """A lemma that is not inductive is no hypothesis."""
    made = rankings.put_back_always()
    assert "lemma 1 holds initially" in rejected(made, Lemma("false", FALSE))
    assert "put_back does not raise the rank" in rejected(made, Lemma("true", TRUE))


@pytest.mark.parametrize("name", ["doorway", "in order", "two rounds", "served"])
def test_both_solvers_read_every_script(name: str) -> None:
    """Each obligation is a complete script, and both solvers find it met."""
    system, response, right = RIGHT[name]()
    finite = [o.name for o in system.orders]
    for duty in duties(system, response, right, (), finite):
        assert second.agreed(duty.obligation.script, rlimit=2_000_000).answer is Answer.UNSAT, duty.obligation.name


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_search_and_judge_ask_the_same(name: str) -> None:
    """What the search asks of one state has the name of an obligation; what it leaves out says nothing."""
    system, response, right = RIGHT[name]()
    asked = {d.obligation.name for d in duties(system, response, right, (), [o.name for o in system.orders])}
    assert {claim.name for claim in rules(system, response, right)} <= asked


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_the_interpreter_follows_a_right_ranking(name: str) -> None:
    """On its own runs the rank never grows but by faults, and gets smaller when a helpful action is taken."""
    system, response, right = RIGHT[name]()
    assert follow(system, response, right, (), {"Item": 3}) > 10


@pytest.mark.parametrize("rule", list(Rule), ids=lambda r: r.name)
def test_the_interpreter_notices_a_wrong_ranking(rule: Rule) -> None:
    """Had the printer lied to all solvers, a run of the interpreter would still break the rule."""
    system, response, wrong = WRONG[rule]()
    with pytest.raises(EngineBug, match="a run breaks what was proved"):
        follow(system, response, wrong, (), {"Item": 2})


def test_a_declaration_that_fits_no_system_is_a_mistake_of_the_model() -> None:
    """Unknown actions, faults, wrong numbers of elements, and sets that cannot be listed get a sentence each."""
    system, response, _ = rankings.slipping()
    wrong = {
        "does not have it": ranking((), (helps("nothing"),)),
        "faults are never fair": ranking((), (helps("slips_back"),)),
        "is to take the state, u: Item": ranking((shrinks("x", lambda s: s.running, (Item,)),), ()),
        "is to take the state$": ranking((), (), region=lambda s, x: s.todo[x]),
    }
    for words, ranks in wrong.items():
        with pytest.raises(ModelError, match=words):
            ranks.on(system, response)
