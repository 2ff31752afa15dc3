"""The judge of certificates: what it accepts, what it rejects, and what the clauses say of states that are reached."""

from dataclasses import replace

from shootdown.ir import Claim, System
from shootdown.ir.interp import holds, is_initial, successors
from shootdown.ir.trace import ConcreteState
from shootdown.search import explicit, kinduction, pdr
from shootdown.search.certificate import (
    Certificate,
    Inductive,
    KInductive,
    Literal,
    certificate_text,
    clause_words,
    formula,
    holds_in,
)
from shootdown.search.invariant import obligations, verify
from shootdown.search.result import Limits
from shootdown.second import agreed
from shootdown.smt import Answer, Solver
from tests import toys

SIZES = {"Participant": 3}


def commit() -> tuple[System, list[Claim], Inductive]:
    """Two-phase commit, its claim, and the invariant that PDR finds."""
    system = toys.two_phase_commit()
    claims = [toys.agreement(system)]
    certificate = pdr.answered(system, claims, SIZES, Limits()).certificate
    assert certificate is not None
    assert len(certificate.lemmas) >= 2
    return system, claims, certificate


def failures(system: System, claims: list[Claim], certificate: Certificate) -> list[str]:
    """Names of the obligations that fail."""
    return [f.obligation for f in verify(system, claims, certificate)]


def test_a_sound_invariant_is_accepted() -> None:
    """The control: nothing fails."""
    system, claims, certificate = commit()
    assert verify(system, claims, certificate) == ()


def test_a_dropped_lemma_is_noticed() -> None:
    """Every lemma of this invariant is needed: without one a step leaves the rest, and the broken clause is named."""
    system, claims, certificate = commit()
    for k in range(len(certificate.lemmas)):
        less = replace(certificate, lemmas=certificate.lemmas[:k] + certificate.lemmas[k + 1 :])
        (failed,) = verify(system, claims, less)
        assert failed.obligation == "consecution"
        assert failed.why.startswith("not kept: ")


def test_a_dropped_image_is_noticed() -> None:
    """A lemma stands for its orbit only if the orbit is there."""
    system, claims, certificate = commit()
    first, *rest = certificate.lemmas
    assert len(first) > 1
    less = replace(certificate, lemmas=(first[:-1], *rest))
    assert failures(system, claims, less) == ["consecution"]


def test_a_strengthened_lemma_is_noticed() -> None:
    """A clause without one of its literals is false in some initial or reachable state."""
    system, claims, certificate = commit()
    for number, lemma in enumerate(certificate.lemmas):
        shorter = tuple(clause[1:] for clause in lemma)
        lemmas = (*certificate.lemmas[:number], shorter, *certificate.lemmas[number + 1 :])
        assert failures(system, claims, replace(certificate, lemmas=lemmas))


def test_what_is_false_initially_is_noticed() -> None:
    """A set that no step leaves proves nothing if the start is outside; the clause `false` is such a set."""
    system, claims, certificate = commit()
    absurd = replace(certificate, lemmas=(*certificate.lemmas, ((),)))
    assert failures(system, claims, absurd) == ["initiation"]


def test_a_claim_that_breaks_has_no_certificate() -> None:
    """The invariant of the careful coordinator is none of the hasty one."""
    _, _, certificate = commit()
    hasty = toys.two_phase_commit(hasty=True)
    assert failures(hasty, [toys.agreement(hasty)], certificate) == ["consecution"]


def test_another_question_is_rejected() -> None:
    """A certificate of other claims, of unknown cells, or of a size that it does not cover fails."""
    system, claims, certificate = commit()
    assert failures(system, [], certificate) == ["claims"]
    strange = replace(certificate, lemmas=(((Literal("ghost", (), (1,)),),),))
    assert failures(system, claims, strange) == ["certificate"]
    wider = replace(certificate, sizes={"Participant": 4})
    assert failures(system, claims, wider) == ["consecution"]
    narrow = replace(certificate, sizes={"Participant": 1})
    assert failures(system, claims, narrow) == ["certificate"]


def test_a_bound_on_events_is_part_of_the_question() -> None:
    """What is proved without counted events is not proved with any number of them."""
    hasty = toys.two_phase_commit(hasty=True)
    claims = [toys.agreement(hasty)]
    found = pdr.answered(hasty, claims, SIZES, Limits(faults=0)).certificate
    assert found is not None
    assert verify(hasty, claims, found) == ()
    assert failures(hasty, claims, replace(found, faults=None)) == ["consecution"]


def test_a_wrong_k_is_noticed() -> None:
    """The bad state of `dead_end` is one step away: with k = 1 the step case fails, with k = 2 the base case."""
    system = toys.dead_end()
    claims = [toys.stays_good(system)]
    assert failures(system, claims, KInductive({}, ("stays-good",), 1)) == ["step case"]
    assert failures(system, claims, KInductive({}, ("stays-good",), 2)) == ["base case 1"]
    assert failures(system, claims, KInductive({}, ("stays-good",), 1, exhausted=True)) == ["no run of 1 steps"]


def test_work_that_is_not_done_is_no_proof() -> None:
    """An obligation that the solver leaves undecided has failed, and says so."""
    system, claims, certificate = commit()
    failed = verify(system, claims, certificate, rlimit=1)
    assert any(f.why.startswith("undecided") or "unknown" in f.why for f in failed)


def certificates() -> list[tuple[System, list[Claim], Certificate]]:
    """One certificate of each kind."""
    lock, sleeper, counter = toys.lock(), toys.two_starts(), toys.by_twos()
    asked = [(lock, toys.exclusion(lock), {"Client": 3}), (sleeper, toys.stays_dry(sleeper), {})]
    found: list[tuple[System, list[Claim], Certificate]] = [commit()]
    for system, claim, sizes in asked:
        by_steps = kinduction.answered(system, [claim], sizes, Limits()).certificate
        assert by_steps is not None
        found.append((system, [claim], by_steps))
    by_bits = pdr.answered(counter, [toys.never(counter, 7)], {}, Limits()).certificate
    assert by_bits is not None
    return [*found, (counter, [toys.never(counter, 7)], by_bits)]


def test_obligations_are_complete_scripts() -> None:
    """Each text declares all it uses, asks once, and any solver that reads it alone answers `unsat`."""
    for system, claims, certificate in certificates():
        scripts = obligations(system, claims, certificate)
        assert len({s.name for s in scripts}) == len(scripts) >= 2
        for script in scripts:
            assert script.text.startswith("(set-logic QF_BV)\n")
            assert script.text.endswith("(check-sat)\n")
            assert script.text.count("(check-sat)") == 1
            solver = Solver("QF_FD")
            solver.add_text(script.text.replace("(set-logic QF_BV)", "").replace("(check-sat)", ""))
            assert solver.check() is Answer.UNSAT, script.name
    named = [o.name for o in obligations(*commit())]
    assert named == ["initiation", "consecution", "safety of agreement"]


def test_a_second_solver_agrees() -> None:
    """Z3 and cvc5 both answer `unsat` to every script, and `sat` where a lemma is missing."""
    for system, claims, certificate in certificates():
        assert {agreed(o.text).answer for o in obligations(system, claims, certificate)} == {Answer.UNSAT}
    system, claims, certificate = commit()
    less = replace(certificate, lemmas=certificate.lemmas[1:])
    said = [agreed(o.text).answer for o in obligations(system, claims, less)]
    assert said == [Answer.UNSAT, Answer.SAT, Answer.UNSAT]


def reachable(system: System, sizes: dict[str, int]) -> list[ConcreteState]:
    """All reachable states, as the explicit engine stores them without symmetry."""
    whole = explicit.explored(system, [], sizes, Limits(), symmetric=False)
    assert whole.search.complete
    return [part.space.layout.unpack(int(word)) for part in whole.parts for word in part.visited.all()]


def test_clauses_hold_in_all_reachable_states() -> None:
    """The interpreter evaluates every clause on every state that explicit search reaches."""
    system, _, certificate = commit()
    states = reachable(system, SIZES)
    assert len(states) > 300
    for clause in certificate.clauses:
        asked = formula(system, clause)
        for state in states:
            assert holds(asked, state, SIZES)
            assert holds_in(clause, state)


def test_clauses_are_false_somewhere() -> None:
    """Both readings of a clause agree where it is false, too: in states that no run reaches."""
    system, _, certificate = commit()
    (start,) = [s for s in reachable(system, SIZES) if is_initial(system, s, SIZES)][:1]
    false = 0
    for clause in certificate.clauses:
        state = {name: dict(table) for name, table in start.items()}
        for literal in clause:
            state[literal.variable][literal.args] = next(v for v in range(4) if v not in literal.values)
        assert not holds_in(clause, state)
        assert not holds(formula(system, clause), state, SIZES)
        false += 1
    assert false == len(certificate.clauses)


def test_bits_of_a_c_integer_are_read_as_such() -> None:
    """`n & 0x1 = 0x0` holds in even states only, by the interpreter and by the certificate's own reading."""
    system = toys.by_twos()
    found = pdr.answered(system, [toys.never(system, 7)], {}, Limits()).certificate
    assert found is not None
    (clause,) = found.clauses
    assert clause_words(system, clause) == "n & 0x1 = 0x0"
    state: ConcreteState = {"n": {(): 0}}
    for _ in range(200):
        assert holds(formula(system, clause), state, {})
        assert holds_in(clause, state)
        ((_, state),) = successors(system, state, {})
    odd: ConcreteState = {"n": {(): 3}}
    assert not holds(formula(system, clause), odd, {})
    assert not holds_in(clause, odd)


def test_words_of_certificates() -> None:
    """One lemma a line with the number of its images; k-inductive ones say k and why."""
    system, _, certificate = commit()
    text = certificate_text(system, certificate).splitlines()
    assert text[0] == "agreement: inductive together with"
    assert len(text) == 1 + len(certificate.lemmas)
    assert all(line.endswith("like it") for line in text[1:])
    assert "phase(p)" in "".join(text) or "phase(q)" in "".join(text) or "phase(r)" in "".join(text)
    assert certificate_text(system, KInductive(SIZES, ("a",), 3)) == "a: k-inductive, k = 3\n"
    bounded = KInductive(SIZES, ("a",), 3, exhausted=True, faults=1)
    assert certificate_text(system, bounded) == (
        "a: no run has more than 3 different states, k = 3 with at most 1 counted events\n"
    )
    assert clause_words(system, (Literal("decision", (), (0, 2)),)) == "decision != COMMIT"
    assert clause_words(system, (Literal("phase", (0,), (0, 2)),)) == "phase(p) in {WORKING, COMMITTED}"
