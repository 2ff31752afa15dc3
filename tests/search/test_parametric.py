"""Proofs for any number: what is true is proved and judged, what is false at some size never is."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from shootdown.ir import forall, formula
from shootdown.ir.expr import Expr
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import holds
from shootdown.ir.system import Action, Claim, Expectation, Named, System
from shootdown.search import anynumber, parametric, theory
from shootdown.search.anynumber import prove
from shootdown.search.certify import Rejected, judge
from shootdown.search.epr import circle
from shootdown.search.explicit import explored
from shootdown.search.parametric import Stopped, Wanted
from shootdown.search.question import Hints
from shootdown.search.result import Limits
from shootdown.search.verdict import Lemma, Universal
from tests import toys, traps
from tests.search.test_traps import LATE, TRUE, WRONG


def small(system: System, most: int = 2) -> tuple[Sizes, ...]:
    """All sizes up to `most` elements of each sort."""
    names = [s.name for s in system.index_sorts]
    every = itertools.product(range(1, most + 1), repeat=len(names))
    return tuple(dict(zip(names, n, strict=True)) for n in every)


def attempt(system: System, claims: tuple[Claim, ...], conjectures: tuple[Lemma, ...] = ()) -> Universal | Stopped:
    """A proof of the `always` claims, learning from all sizes up to two."""
    always = tuple(c for c in claims if c.kind is Expectation.ALWAYS)
    return prove(system, Wanted(always), Hints(conjectures, small(system)), Limits())


@pytest.mark.parametrize("name", LATE)
def test_what_breaks_at_a_larger_size_is_never_proved(name: str) -> None:
    """The samples show no bug, and still there is no proof."""
    assert isinstance(attempt(*LATE[name].build()), Stopped)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_at_once_is_never_proved(name: str) -> None:
    """A claim that is refuted at the smallest size, or that names single elements, has no proof for any number."""
    assert isinstance(attempt(*WRONG[name].build()), Stopped)


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved_without_a_hint(name: str) -> None:
    """One of them needs a lemma that something exists, which the model's own guards suggest."""
    assert isinstance(attempt(*TRUE[name].build()), Universal)


@pytest.mark.parametrize("name", TRUE)
def test_lemmas_hold_in_every_state_that_is_reached(name: str) -> None:
    """The interpreter, which shares no code with the printer, agrees at a size that was not sampled."""
    system, claims = TRUE[name].build()
    proof = attempt(system, claims)
    assert isinstance(proof, Universal)
    sizes = small(system, 3)[-1]
    for run in explored(system, (), sizes, Limits()).parts:
        for word in run.visited.all()[::7].tolist():
            state = run.space.layout.unpack(word)
            assert all(holds(x.formula, state, sizes) for x in proof.lemmas)


def test_no_lemma_can_be_left_out() -> None:
    """The lemmas of a proof are all needed: without any one of them the judge finds a hole."""
    system, claims = TRUE["third_domain repaired"].build()
    proof = attempt(system, claims)
    assert isinstance(proof, Universal)
    assert len(proof.lemmas) > 2
    for left_out in proof.lemmas[1:]:
        rest = [x for x in proof.lemmas if x is not left_out]
        assert isinstance(judge(system, claims[:1], rest), Rejected)


def test_a_false_conjecture_does_no_harm() -> None:
    """It is dropped, and the proof goes on without it."""
    system = toys.lock()
    nobody = formula(system, lambda s: forall(toys.Client, lambda c: ~s.holds[c]))
    wrong = Lemma("nobody ever gets the lock", nobody, "conjecture")
    proof = attempt(system, (toys.exclusion(system),), (wrong,))
    assert isinstance(proof, Universal)
    assert all(x.name != wrong.name for x in proof.lemmas)


def test_the_same_question_gives_the_same_lemmas() -> None:
    """Names, order and formulas do not depend on what the process did before."""
    texts = []
    for _ in range(2):
        proof = attempt(*TRUE["third_domain repaired"].build())
        assert isinstance(proof, Universal)
        texts.append([x.name for x in proof.lemmas])
    assert texts[0] == texts[1]


def _sees_no_update(formula: Expr, _action: Action) -> Expr:
    return formula


def _obliged_to_steps_only(self: theory.Theory, lemma: int) -> list[int]:
    return [k for k in _OBLIGATIONS(self, lemma) if k != theory.INITIATION]


def _started_anyhow() -> tuple[System, tuple[Claim, ...]]:
    """A lock that anybody may hold at the start: steps keep mutual exclusion, and it need not hold."""
    system = toys.lock()
    return replace(system, init=()), (toys.exclusion(system),)


_OBLIGATIONS = theory.Theory.obligations


@pytest.mark.parametrize(
    ("place", "name", "planted", "trap"),
    [
        (theory, "before_step", _sees_no_update, "late_bug(2)"),
        (theory.Theory, "obligations", _obliged_to_steps_only, "started anyhow"),
    ],
    ids=["updates are not seen", "initiation is skipped"],
)
def test_the_judge_notices_a_planted_bug(
    place: object, name: str, planted: Callable[..., object], trap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is wrong finds lemmas for a false claim, and the judge does not confirm them."""
    system, claims = _started_anyhow() if trap == "started anyhow" else LATE[trap].build()
    monkeypatch.setattr(place, name, planted)
    wanted = Wanted(claims[:1])
    assert isinstance(anynumber.find(system, wanted, Hints(), Limits()), parametric.Found)
    found = prove(system, wanted, Hints(), Limits())
    assert isinstance(found, Stopped)
    assert "judge" in found.reason


def test_a_number_without_a_start_is_never_covered() -> None:
    """A lock that starts with at most two clients, and is wrong from three on: nothing is said of any number."""
    system = toys.lock()
    few = formula(system, lambda s: forall(toys.Client, toys.Client, toys.Client, _no_three))
    limited = replace(system, init=(*system.init, Named("at most two clients", few)))
    found = attempt(limited, (toys.exclusion(system),))
    assert isinstance(found, Stopped)
    assert "3 clients" in found.reason
    assert isinstance(attempt(system, (toys.exclusion(system),)), Universal)


def _no_three(a: Expr, b: Expr, c: Expr) -> Expr:
    return (a == b) | (b == c) | (a == c)


def test_a_circle_of_sorts_is_named() -> None:
    """Each device has a group, and each group a device: outside EPR, and said so."""
    system, claims = traps.alternating()
    assert circle(system, [a.formula for a in system.axioms], [claims[0].formula]) == ("Device", "Group", "Device")
    system, claims = traps.needs_existential()
    assert circle(system, [traps.has_holder(system).formula], [claims[0].formula]) == ()
