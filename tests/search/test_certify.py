"""The judge of proofs for any number of elements: what it accepts, and what it rejects and why."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from shootdown.ir import FALSE, TRUE, Claim, Expr, Named, System, always, forall
from shootdown.ir.expr import Variable
from shootdown.ir.state import Update
from shootdown.search import obligations
from shootdown.search.certify import Judged, Rejected, hypotheses, judge, small_model
from shootdown.search.firstorder import sort_text
from shootdown.search.verdict import Lemma
from shootdown.smt import Answer
from tests import toys
from tests.search import universal
from tests.search.universal import PROOFS, WRONG, claimed
from tests.toys import Client

WORK = 300_000


def reason(system: System, claims: list[Claim], lemmas: list[Lemma], *finite: str) -> str:
    """Why a proof is rejected."""
    found = judge(system, claims, lemmas, finite, rlimit=WORK)
    assert isinstance(found, Rejected)
    return found.reason


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_a_proof_is_accepted(name: str) -> None:
    """The control: every obligation is met and there is at least one of each kind."""
    system, claims, lemmas = PROOFS[name]()
    found = judge(system, claims, lemmas)
    assert isinstance(found, Judged)
    names = " ".join(o.name for o in found.obligations)
    assert all(word in names for word in ("initially", "kept by", "follows"))


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_is_wrong_at_some_size_is_never_accepted(name: str) -> None:
    """The lemmas hold at small sizes only, and a step breaks one of them."""
    assert "is kept by" in reason(*WRONG[name]())


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_a_needed_lemma_cannot_be_dropped(name: str) -> None:
    """Without any one of its lemmas no proof here stands."""
    system, claims, lemmas = PROOFS[name]()
    for k in range(len(lemmas)):
        if len(lemmas) > 1 or lemmas[k].origin != "claim":
            assert "not shown" in reason(system, claims, lemmas[:k] + lemmas[k + 1 :])


def test_a_lemma_that_is_too_strong_is_rejected() -> None:
    """It does not hold initially, or some step breaks it, though it would imply every claim."""
    system, claims, lemmas = universal.commit()
    assert "lemma 1 holds initially" in reason(system, claims, [Lemma("no", FALSE), *lemmas])
    system, claims, _ = universal.lock()
    strong = universal.lemma(system, "nobody", lambda s: forall(Client, lambda c: ~s.holds[c]))
    assert "lemma 1 is kept by take" in reason(system, claims, [strong])


def test_a_proof_of_one_claim_is_none_of_another() -> None:
    """Safety is asked of every claim that is given, and something has to be claimed."""
    system, claims, lemmas = universal.commit()
    other = always("nothing", lambda s: s.decision == toys.Decision.OPEN).on(system)
    assert "claim nothing follows" in reason(system, [*claims, other], lemmas)
    assert reason(system, [toys.all_commit(system)], lemmas) == "nothing is claimed of every reachable state"


def _guard(system: System, action: str, guard: Expr) -> System:
    return replace(system, actions=tuple(replace(a, guard=guard) if a.name == action else a for a in system.actions))


def _updates(system: System, action: str, updates: tuple[Update, ...]) -> System:
    return replace(
        system, actions=tuple(replace(a, updates=updates) if a.name == action else a for a in system.actions)
    )


@pytest.mark.parametrize(
    ("name", "action", "broken"),
    [
        ("lock", "take", {"exclusion"}),
        ("commit", "decide_commit", {"ready"}),
        ("commit", "refuse", {"ready"}),
        ("commit", "lose_power", {"ready"}),
        ("queue", "submit", {"asked waits"}),
        ("pins", "audit", {"no_leak"}),
        ("groups", "close", {"closed is clean"}),
    ],
)
def test_an_action_that_is_always_enabled_breaks_the_proof(name: str, action: str, broken: set[str]) -> None:
    """The guard is part of the obligations: without it a lemma is not kept."""
    system, claims, lemmas = PROOFS[name]()
    why = reason(_guard(system, action, TRUE), claims, lemmas)
    assert any(f"lemma {k} is kept by {action}" in why for k, x in enumerate(lemmas, 1) if x.name in broken)


def _without_update(system: System, action: str, variable: str) -> System:
    updates = system.action[action].updates
    kept = tuple(u for u in updates if u.variable.name != variable)
    assert len(kept) < len(updates)
    return _updates(system, action, kept)


@pytest.mark.parametrize(
    ("name", "action", "variable"),
    [("queue", "submit", "queued"), ("queue", "drain", "stale"), ("groups", "unmap", "closed")],
)
def test_an_update_that_is_left_out_breaks_the_proof(name: str, action: str, variable: str) -> None:
    """Updates are part of the obligations, and what is not updated stays what it was."""
    system, claims, lemmas = PROOFS[name]()
    assert f"is kept by {action}" in reason(_without_update(system, action, variable), claims, lemmas)


def test_an_update_that_no_lemma_needs_may_be_left_out() -> None:
    """The control: where nothing is ever pinned, nothing leaks."""
    system, claims, lemmas = universal.pins()
    assert isinstance(judge(_without_update(system, "take", "pinned"), claims, lemmas), Judged)


def test_contradictory_hypotheses_are_noticed() -> None:
    """From axioms or initial conditions that exclude each other everything would follow."""
    system, claims, lemmas = universal.lock()
    never = (Named("never", FALSE),)
    assert reason(replace(system, axioms=never), claims, lemmas).endswith("contradict each other")
    assert reason(replace(system, init=(*system.init, *never)), claims, lemmas) == (
        "the hypotheses about the initial states contradict each other"
    )


def test_actions_that_never_happen_are_shown_to_be_idle() -> None:
    """Contradictory hypotheses of an action become an obligation of their own."""
    for name, idle in (("pins", "audit"), ("two_starts", "swim")):
        system, claims, lemmas = PROOFS[name]()
        found = judge(system, claims, lemmas)
        assert isinstance(found, Judged)
        assert found.idle == (idle,)
        assert f"{idle} never happens" in [o.name for o in found.obligations]


def test_several_actions_that_never_happen_may_have_parameters_of_one_name() -> None:
    """They are asked about under the same hypotheses, one after the other."""
    system, claims, lemmas = universal.lock()
    take = system.action["take"]
    never = tuple(replace(take, name=name, guard=FALSE) for name in ("grab", "snatch"))
    found = judge(replace(system, actions=(*system.actions, *never)), claims, lemmas)
    assert isinstance(found, Judged)
    assert found.idle == ("grab", "snatch")


def test_an_axiom_about_what_changes_holds_initially_only() -> None:
    """It is no hypothesis of a step, or a claim would be proved by being assumed."""
    system, _, _ = universal.lock()
    claim = always("nobody", lambda s: forall(Client, lambda c: ~s.holds[c])).on(system)
    assumed = replace(system, axioms=(Named("nobody", claim.formula),), init=())
    assert "is kept by take" in reason(assumed, [claim], [claimed(claim)])


def test_a_finite_order_is_used_only_if_it_is_one() -> None:
    """That some job is next follows from a strict order on a finite set, and from nothing less."""
    system, claims, lemmas = universal.waiting()
    assert isinstance(judge(system, claims, lemmas, ["queue"]), Judged)
    assert "claim stuck follows" in reason(system, claims, lemmas)
    assert "queue is transitive" in reason(*universal.waiting(transitive=False), "queue")
    cyclic = replace(system, axioms=system.axioms[1:])
    assert "queue is irreflexive" in reason(cyclic, claims, lemmas, "queue")


def test_a_limit_only_ever_rejects() -> None:
    """What is undecided is not shown; a deadline that has passed leaves everything undecided."""
    for build in (universal.commit, universal.groups):
        assert isinstance(judge(*build(), rlimit=1), Rejected)
        assert isinstance(judge(*build(), deadline=0.0), Rejected)


def test_hypotheses_are_looked_for_at_small_sizes() -> None:
    """Where no bound on sizes is known a solver may look for ever; with a few elements it finds them."""
    system, claims, lemmas = universal.groups()
    context = obligations.obligations(system, claims, lemmas)[-1]
    assert small_model(system, context.context)
    assert hypotheses(system, context).answer is Answer.SAT
    none = replace(context, context=context.context + "(assert false)\n")
    assert not small_model(system, none.context)
    assert hypotheses(system, none).answer is Answer.UNSAT


Plant = Callable[[pytest.MonkeyPatch], None]


def forgets_the_step(patch: pytest.MonkeyPatch) -> None:
    """The lemma is asked of the state before the step."""

    def same(expr: Expr, later: Mapping[str, object]) -> Expr:
        return expr

    patch.setattr(obligations, "_after", same)


def swaps_the_vocabularies(patch: pytest.MonkeyPatch) -> None:
    """An update is written as unchanged."""
    patch.setattr(obligations, "_step", lambda v, update, names: obligations._frame(v))


@pytest.mark.parametrize("plant", [forgets_the_step, swaps_the_vocabularies])
def test_a_planted_bug_lets_a_wrong_proof_through(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above would notice: with each of these bugs a wrong set of lemmas is accepted."""
    plant(monkeypatch)
    assert isinstance(judge(*universal.queue()), Judged)


def test_forgotten_frames_make_a_sound_proof_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an action does not write has to stay what it was; a bug there is noticed because nothing is proved then."""

    def anything(v: Variable) -> str:
        return f"(declare-fun |{v.name}'| ({' '.join(sort_text(s) for s in v.args)}) {sort_text(v.sort)})\n"

    monkeypatch.setattr(obligations, "_frame", anything)
    assert "is kept by" in reason(*universal.commit())
