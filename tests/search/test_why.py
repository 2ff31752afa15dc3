"""Which facts a proof needs: havocs that mean what they should, guards that were planted, and what runs say."""

from dataclasses import replace

import pytest

from shootdown.ir import Claim, Index, Part, State, System, action, always, compose, forall, require
from shootdown.search import explicit
from shootdown.search.anynumber import prove
from shootdown.search.certify import Judged, judge
from shootdown.search.cores import Cores
from shootdown.search.facts import CHOOSE, Fact, Kind, facts_of, weaken
from shootdown.search.parametric import Stopped, Wanted
from shootdown.search.question import Hints, Open, Place, Problem
from shootdown.search.result import Limits, Progress, Search
from shootdown.search.verdict import Lemma, Universal
from shootdown.search.why import Effort, Explained, Needed, Standing, explain, posed
from tests import toys

TWO = ({"Client": 1}, {"Client": 2})


class Client(Index):
    """Whoever keeps a note."""

    names = "abcd"


def problem(system: System, *claims: Claim, sizes: tuple[dict[str, int], ...] = TWO) -> Problem:
    """A question for any number, with small sizes for samples and for runs."""
    places = tuple(Place("sizes", dict(n)) for n in sizes)
    return Problem(system, claims, (), places, open=Open(Hints((), sizes, ())))


def explained(asked: Problem, effort: Effort | None = None) -> Explained:
    """The proof of a problem and why it holds, all actions being the design."""
    proof = prove(*posed(asked), Limits())
    assert isinstance(proof, Universal)
    facts = facts_of(asked.system, [a.name for a in asked.system.actions])
    found = explain(asked, proof, facts, Limits(), effort)
    assert isinstance(found, Explained)
    return found


def texts(needed: tuple[Needed, ...]) -> dict[str, Standing]:
    """What is needed, as text."""
    return {str(n.fact): n.standing for n in needed}


def notes() -> System:
    """A page that is wiped as often as one likes, and a copy of it that is made at any time."""
    part = Part("notes")
    part.relation("page", Client)
    part.relation("copy", Client)
    part.variable("wiped", bool)
    part.variable("copied", bool)
    part.init("blank", lambda s: forall(Client, lambda c: ~s.page[c] & ~s.copy[c]) & ~s.wiped & ~s.copied)

    @action(actor="hand")
    def wipe(s: State):
        """Wipes the page before the copy is made and after it."""
        s.page[:] = lambda c: s.page[c] & False
        s.wiped = True

    @action(actor="hand")
    def make_copy(s: State):
        """Copies the page once it was wiped."""
        require(s.wiped)
        s.copy[:] = lambda c: s.page[c]
        s.copied = True

    part.act(wipe, make_copy)
    return compose("notes", [part])


def copy_is_true(system: System) -> Claim:
    """Once there is a copy, it says what the page says."""
    same = lambda s: ~s.copied | forall(Client, lambda c: s.copy[c] == s.page[c])  # noqa: E731
    return always("true copy", same).on(system)


WIPES = Fact("wipe", Kind.UPDATE, "page")


def run_of(system: System, claim: Claim, clients: int = 2) -> Search:
    """All states of a system at one size."""
    return explicit.search(system, [claim], {"Client": clients}, Limits())


def test_a_havoc_chooses_anew_each_time() -> None:
    """Two wipes may leave two different pages: what would hold if they left the same one, whichever, is refuted."""
    system = notes()
    claim = copy_is_true(system)
    weak = weaken(system, [WIPES])
    found = run_of(weak, claim).candidate
    assert found is not None
    assert [s.action for s in found.steps if not s.action.startswith(CHOOSE)] == ["wipe", "make_copy", "wipe"]
    assert isinstance(prove(*posed(problem(weak, claim)), Limits()), Stopped)
    once = Lemma("", always("", lambda s: forall(Client, lambda c: ~s.page[c] & ~s.copy[c])).on(system).formula)
    assert isinstance(judge(system, [claim], [Lemma("", claim.formula, "claim"), once]), Judged)


def test_an_input_that_nobody_sets_would_prove_too_much() -> None:
    """The control of the test before: without the action that sets it, each wipe leaves the same page."""
    system = notes()
    weak = weaken(system, [WIPES])
    constant = replace(weak, actions=tuple(a for a in weak.actions if not a.name.startswith(CHOOSE)))
    assert len(constant.actions) < len(weak.actions)
    assert run_of(constant, copy_is_true(system)).complete


def test_a_havoc_reaches_every_value_where_it_writes_and_no_other_place() -> None:
    """Taking the lock may leave anything at the client that takes it, and nothing else changes."""
    system = toys.lock()
    claim = always("free", lambda s: forall(toys.Client, lambda c: ~s.holds[c])).on(system)
    weak = weaken(system, [Fact("take", Kind.UPDATE, "holds")])
    assert len(weak.variables) == len(system.variables), "a single point needs no input"
    assert len(weak.action["take"].params) == 2
    assert run_of(weak, claim).candidate is not None
    assert run_of(weak, toys.exclusion(system), 3).complete


def test_a_guard_that_is_removed_is_true() -> None:
    """Without the look at the others two clients take the lock; without the one at oneself nothing is lost."""
    system = toys.lock()
    look, own = facts_of(system, ["take"])[1], facts_of(system, ["take"])[0]
    assert own.text == "~holds(c)"
    assert run_of(weaken(system, [look]), toys.exclusion(system)).candidate is not None
    assert run_of(weaken(system, [own]), toys.exclusion(system)).complete


def test_a_planted_guard_is_not_needed() -> None:
    """What the lock asks twice it needs once; the guard that matters is refuted without, in two steps."""
    system = toys.lock()
    found = explained(problem(system, toys.exclusion(system)))
    assert "take: requires ~holds(c)" in map(str, found.unneeded)
    look = next(n for n in found.needed if n.fact.action == "take")
    assert str(look.fact) == "take: requires forall e: Client. ~holds(e)"
    assert (look.standing, look.steps, look.claim, look.alone) == (Standing.REFUTED, 2, "exclusion", True)
    assert found.complete


def test_of_two_facts_that_do_the_same_one_is_needed() -> None:
    """Releasing needs its guard or its update: the set is minimal, so one goes and the other is refuted besides."""
    system = toys.lock()
    found = explained(problem(system, toys.exclusion(system)))
    release = [n for n in found.needed if n.fact.action == "release"]
    assert len(release) == 1
    assert release[0].standing is Standing.REFUTED
    assert not release[0].alone


def test_two_phase_commit() -> None:
    """Agreement needs that a decision to commit waits for everybody; who writes a log or is watched does not matter."""
    system = toys.two_phase_commit()
    found = explained(problem(system, toys.agreement(system), sizes=({"Participant": 2}, {"Participant": 3})))
    needed = texts(found.needed)
    assert needed["decide_commit: requires forall p: Participant. phase(p) == PREPARED"] is Standing.REFUTED
    unneeded = set(map(str, found.unneeded))
    assert {"write_log: requires ~logged(p)", "write_log: writes logged", "look: writes watched"} <= unneeded
    assert "prepare: requires able(p)" in unneeded
    assert not unneeded & set(needed)


def test_what_is_left_is_a_proof_and_minimal() -> None:
    """The judge accepts the lemmas without all that is not needed, and rejects them without one fact more."""
    system = toys.two_phase_commit()
    claim = toys.agreement(system)
    found = explained(problem(system, claim, sizes=({"Participant": 2}, {"Participant": 3})))
    lemmas = found.proof.lemmas
    assert isinstance(judge(weaken(system, found.unneeded), [claim], lemmas), Judged)
    for one in found.needed:
        less = weaken(system, [*found.unneeded, one.fact])
        assert not isinstance(judge(less, [claim], lemmas), Judged), one.fact


def test_cores_leave_out_what_no_obligation_names() -> None:
    """Facts about variables that the claim does not lean on go at once, without a question for each."""
    system = toys.two_phase_commit()
    asked = problem(system, toys.agreement(system), sizes=({"Participant": 2}, {"Participant": 3}))
    proof = prove(*posed(asked), Limits())
    assert isinstance(proof, Universal)
    facts = facts_of(system, [a.name for a in system.actions])
    cores = Cores(system, Wanted(asked.claims), proof.lemmas, facts)
    assert cores.establish() == ""
    assert not {f for f in cores.kept if f.text in {"logged", "watched"}}
    assert cores.kept < set(facts)


def test_lemmas_that_are_no_proof_explain_nothing() -> None:
    """A claim that is not inductive by itself is named with the action that breaks it."""
    system = toys.two_phase_commit()
    claim = toys.agreement(system)
    asked = problem(system, claim, sizes=({"Participant": 2},))
    facts = facts_of(system, [a.name for a in system.actions])
    found = explain(asked, Universal((Lemma(claim.name, claim.formula, "claim"),), 1), facts, Limits())
    assert isinstance(found, Stopped)
    assert "`agreement` does not survive" in found.reason


def test_an_interrupt_leaves_what_is_known() -> None:
    """Ctrl-C while runs are looked for: the judged part is told, the rest is untried."""
    system = toys.lock()
    asked = problem(system, toys.exclusion(system))
    proof = prove(*posed(asked), Limits())
    assert isinstance(proof, Universal)

    def interrupt(progress: Progress) -> None:
        if progress.detail.startswith("without "):
            raise KeyboardInterrupt

    facts = facts_of(system, ["take", "release"])
    found = explain(asked, proof, facts, Limits(report=interrupt))
    assert isinstance(found, Explained)
    assert not found.complete
    assert {n.standing for n in found.needed} == {Standing.UNTRIED}
    assert found.unneeded


@pytest.mark.parametrize("attempts", [0, 5])
def test_other_lemmas_may_need_less(attempts: int) -> None:
    """Attempts with other lemmas never lose a fact that a run shows to be needed, and give the same each time."""
    system = toys.two_phase_commit()
    asked = problem(system, toys.agreement(system), sizes=({"Participant": 2}, {"Participant": 3}))
    first, second = (explained(asked, Effort(attempts=attempts)) for _ in range(2))
    assert texts(first.needed) == texts(second.needed)
    certain = {str(n.fact) for n in explained(asked).needed if n.alone}
    assert len(certain) > 3
    assert certain <= set(texts(first.needed))
