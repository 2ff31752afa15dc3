"""Obligations of universal proofs as texts: complete, the same each time, and about what the interpreter does."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from shootdown.ir import FALSE, TRUE, Action, System, UsageError, forall
from shootdown.ir.expr import reads
from shootdown.ir.interp import apply, domain, enabled, holds
from shootdown.ir.slice import cone
from shootdown.ir.trace import ConcreteState
from shootdown.search.certify import bounded
from shootdown.search.obligations import FINITE, INIT, LEMMAS, Obligation, obligations
from shootdown.search.verdict import Lemma
from shootdown.second import agreed, complete
from shootdown.smt import Answer, Solver
from tests import toys
from tests.search import universal
from tests.search.universal import PROOFS, Proof, lemma
from tests.toys import Client, Decision, Participant, Phase

SIZES = (1, 2)


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_every_text_is_a_complete_script_and_the_same_each_time(name: str) -> None:
    """Both scripts of an obligation can be given to a solver as they are; a model built again gives the same bytes."""
    first, again = (obligations(*PROOFS[name]()) for _ in range(2))
    assert first
    assert [(o.name, o.script, o.premise) for o in first] == [(o.name, o.script, o.premise) for o in again]
    for obligation in first:
        assert complete(obligation.script) == obligation.script
        assert complete(obligation.premise) == obligation.premise
        assert obligation.script != obligation.premise


@pytest.mark.parametrize("name", ["lock", "commit", "queue", "groups"])
def test_both_solvers_find_the_obligations_unsatisfiable(name: str) -> None:
    """z3 and cvc5 agree on every script of a proof, alone and without what came before."""
    for obligation in obligations(*PROOFS[name]()):
        assert agreed(obligation.script, rlimit=20_000_000).answer is Answer.UNSAT, obligation.name


def test_what_an_action_does_not_write_needs_no_obligation() -> None:
    """Only lemmas that read an updated variable are asked about; everything else is asked."""
    system, claims, lemmas = universal.commit()
    names = [o.name for o in obligations(system, claims, lemmas)]
    kept = {
        f"lemma {k} is kept by {a.name}"
        for k, x in enumerate(lemmas, 1)
        for a in system.actions
        if reads(x.formula) & {u.variable.name for u in a.updates}
    }
    assert "lemma 1 is kept by write_log" not in kept
    assert set(names) == kept | {f"lemma {k} holds initially" for k in (1, 2)} | {"claim agreement follows"}
    assert len(names) == len(set(names))


def test_hypotheses_are_shared() -> None:
    """The same `about` means the same hypotheses, and they are about what they say."""
    found: dict[str, set[str]] = {}
    for obligation in obligations(*universal.commit()):
        found.setdefault(obligation.about, set()).add(obligation.context)
    assert all(len(contexts) == 1 for contexts in found.values())
    assert {INIT, LEMMAS, "prepare", "hear"} <= found.keys()


def test_finite_orders_are_hypotheses_of_safety_only() -> None:
    """An order is shown to be strict before anything leans on its first element."""
    system, claims, lemmas = universal.waiting()
    plain = obligations(system, claims, lemmas)
    asked = obligations(system, claims, lemmas, ["queue"])
    assert [o.name for o in asked if o not in plain] == [
        "queue is irreflexive", "queue is transitive", "claim stuck follows",
    ]  # fmt: skip
    assert {o.about for o in asked} - {o.about for o in plain} == {FINITE}


def test_names_never_leave_their_comment() -> None:
    """A name of several lines adds no command to a script."""
    system, claims, lemmas = universal.lock()
    odd = [replace(lemmas[0], name="innocent\n(assert false)\n;")]
    for obligation in obligations(system, claims, odd):
        assert "\n(assert false)" not in obligation.script


def test_single_elements_and_unknown_names_are_errors() -> None:
    """A literal element means nothing over uninterpreted sorts; orders and idle actions have to exist."""
    relay = toys.relay()
    with pytest.raises(UsageError, match="names one Client"):
        obligations(relay, [toys.silence(relay)], [])
    system, claims, lemmas = universal.lock()
    with pytest.raises(UsageError, match="no order called"):
        obligations(system, claims, lemmas, ["queue"])
    with pytest.raises(UsageError, match="no action `steal`"):
        obligations(system, claims, lemmas, idle=["steal"])


def states(system: System, size: int) -> Iterator[ConcreteState]:
    """Every state with so many elements of each sort, whether it can be reached or not."""
    sizes = {s.name: size for s in system.index_sorts}
    points = {v.name: list(itertools.product(*(domain(s, sizes) for s in v.args))) for v in system.variables}
    cells = [(v, p) for v in system.variables for p in points[v.name]]
    for values in itertools.product(*(domain(v.sort, sizes) for v, _ in cells)):
        state: dict[str, dict[tuple[int, ...], int]] = {v.name: {} for v in system.variables}
        for (variable, point), value in zip(cells, values, strict=True):
            state[variable.name][point] = value
        yield state


def broken_by(system: System, action: Action, known: list[Lemma], wanted: Lemma, size: int) -> bool:
    """By the interpreter: the action leads from a state where `known` holds to one where `wanted` does not."""
    sizes = {s.name: size for s in system.index_sorts}
    every = list(itertools.product(*(domain(p.sort, sizes) for p in action.params)))
    return any(
        not holds(wanted.formula, apply(action, args, state, sizes), sizes)
        for state in states(system, size)
        if all(holds(x.formula, state, sizes) for x in known)
        for args in every
        if enabled(action, args, state, sizes)
    )


def satisfiable(system: System, obligation: Obligation, size: int) -> bool:
    """By z3: the obligation fails with at most so many elements of each sort."""
    solver = Solver("")
    solver.add_text(obligation.context + bounded(system, size) + obligation.goal)
    answer = solver.check()
    assert answer is not Answer.UNKNOWN
    return answer is Answer.SAT


def sliced(proof: Proof) -> tuple[System, list[Lemma]]:
    """A proof without the variables that do not matter, so that its states can be listed."""
    system, claims, lemmas = proof
    return cone(system, [c.formula for c in claims]), lemmas


def locks() -> tuple[System, list[Lemma]]:
    """Lemmas of all kinds: true ones, and ones that a step breaks from two clients on."""
    system, lemmas = sliced(universal.lock())
    return system, [
        *lemmas,
        lemma(system, "nobody", lambda s: forall(Client, lambda c: ~s.holds[c])),
        lemma(system, "all alike", lambda s: forall(Client, Client, lambda c, d: s.holds[c] == s.holds[d])),
    ]


def commits() -> tuple[System, list[Lemma]]:
    """The lemmas of the proof, and two that are not kept."""
    system, lemmas = sliced(universal.commit())
    return system, [
        *lemmas,
        lemma(system, "undecided", lambda s: s.decision == Decision.OPEN),
        lemma(system, "nobody aborts", lambda s: forall(Participant, lambda p: s.phase[p] != Phase.ABORTED)),
    ]


@pytest.mark.parametrize("build", [locks, commits])
def test_consecution_is_what_the_interpreter_does(build: Callable[[], tuple[System, list[Lemma]]]) -> None:
    """At small sizes an obligation fails exactly where the interpreter finds a step that breaks the lemma."""
    system, lemmas = build()
    answers = set()
    for known in (lemmas[:0], lemmas[:2]):
        for wanted in lemmas:
            every = obligations(system, [], [wanted, *known])
            asked = {o.about: o for o in every if o.name.startswith("lemma 1 is kept")}
            for action in system.actions:
                broken = any(broken_by(system, action, [wanted, *known], wanted, size) for size in SIZES)
                answers.add(broken)
                if action.name in asked:
                    assert satisfiable(system, asked[action.name], max(SIZES)) is broken, (wanted.name, action.name)
                else:
                    assert not broken
    assert answers == {True, False}


def test_initiation_and_safety_are_what_the_interpreter_says() -> None:
    """At small sizes they fail exactly where some initial state, or some state where the lemmas hold, fails."""
    system, lemmas = commits()
    claims = [replace(toys.agreement(system), name=x.name, formula=x.formula) for x in lemmas]
    claims.append(toys.agreement(system))
    by_name = {o.name: o for o in obligations(system, claims, lemmas[:2])}
    for claim in claims:
        wrong = any(
            not holds(claim.formula, state, {"Participant": size})
            for size in SIZES
            for state in states(system, size)
            if all(holds(x.formula, state, {"Participant": size}) for x in lemmas[:2])
        )
        assert satisfiable(system, by_name[f"claim {claim.name} follows"], max(SIZES)) is wrong, claim.name
    never = obligations(system, [], [Lemma("no", FALSE), Lemma("yes", TRUE), Lemma("undecided", lemmas[2].formula)])
    initially = [satisfiable(system, o, 2) for o in never if o.about == INIT]
    assert initially == [True, False, False]


def test_an_idle_action_owes_that_it_never_happens() -> None:
    """In place of its consecution."""
    system, claims, lemmas = universal.pins()
    asked = obligations(system, claims, lemmas, idle=["audit"])
    assert "audit never happens" in [o.name for o in asked]
    assert not [o for o in asked if o.name.endswith("kept by audit")]
