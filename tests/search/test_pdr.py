"""PDR on small systems with known answers, and against explicit search on random ones."""

import time
from collections import Counter

import pytest
from hypothesis import given, settings

from shootdown.ir import Claim, Part, System, always, compose, forall
from shootdown.ir.ground import ground
from shootdown.ir.interp import holds
from shootdown.search import explicit, pdr
from shootdown.search.certificate import Inductive, clause_words
from shootdown.search.cubes import Atom, Cube, Orbits, generators
from shootdown.search.invariant import verify
from shootdown.search.refute import replay
from shootdown.search.result import Limits, Progress, Search
from tests import toys
from tests.search.random_systems import SIZES, Case, cases

RUNS: list[tuple[System, str, dict[str, int], int]] = [
    (toys.dead_end(), "stays_good", {}, 1),
    (toys.lock(broken=True), "exclusion", {"Client": 4}, 2),
    (toys.two_phase_commit(hasty=True), "agreement", {"Participant": 3}, 4),
    (toys.relay(), "silence", {"Client": 3}, 3),
    (toys.relay(), "silence", {"Client": 5}, 3),
]
"""Systems that break a claim, and the steps that it takes."""

PROOFS: list[tuple[System, str, dict[str, int]]] = [
    (toys.lock(), "exclusion", {"Client": 3}),
    (toys.two_phase_commit(), "agreement", {"Participant": 3}),
    (toys.two_starts(), "stays_dry", {}),
]
"""Systems that keep a claim."""


def claim_of(system: System, name: str) -> Claim:
    """The claim of a toy by the name of its function."""
    found: Claim = getattr(toys, name)(system)
    return found


def certified(system: System, claims: list[Claim], sizes: dict[str, int], limits: Limits | None = None) -> Inductive:
    """The certificate of a proof, which fresh solvers confirm."""
    found = pdr.answered(system, claims, sizes, limits or Limits())
    assert found.search.complete, found.search
    assert found.certificate is not None
    assert verify(system, claims, found.certificate) == ()
    return found.certificate


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("system", "claim", "sizes", "steps"), RUNS, ids=lambda x: getattr(x, "name", None))
def test_runs_are_found(system: System, claim: str, sizes: dict[str, int], steps: int, *, symmetric: bool) -> None:
    """A run is found, with and without orbits; it replays and is no shorter than a shortest one."""
    asked = claim_of(system, claim)
    found = pdr.search(system, [asked], sizes, Limits(), symmetric=symmetric)
    assert found.candidate is not None
    trace = replay(system, asked, found.candidate)
    assert len(trace) == found.depth >= steps
    assert found.claim == asked.name
    assert found.fired == {s.action for s in trace.steps}
    assert not found.complete


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("system", "claim", "sizes"), PROOFS, ids=lambda x: getattr(x, "name", None))
def test_proofs_are_found(system: System, claim: str, sizes: dict[str, int], *, symmetric: bool) -> None:
    """A proof is found, with and without orbits, and its invariant is confirmed by fresh solvers."""
    asked = claim_of(system, claim)
    found = pdr.answered(system, [asked], sizes, Limits(), symmetric=symmetric)
    assert (found.search.complete, found.search.candidate, found.search.reason) == (True, None, "")
    assert found.certificate is not None
    assert verify(system, [asked], found.certificate) == ()


def test_a_violation_in_the_initial_state() -> None:
    """No step is needed, and none is looked for: the second start of `two_starts` has no successor."""
    system = toys.two_starts()
    claim = always("awake", lambda s: ~s.asleep).on(system)
    found = pdr.search(system, [claim], {}, Limits())
    assert found.candidate is not None
    assert (found.depth, found.candidate.steps) == (0, ())


def test_a_system_without_steps() -> None:
    """What holds initially holds for good; where nothing is initial nothing is proved."""
    part = Part("still")
    part.variable("n", bool)
    part.init("on", lambda s: s.n)
    system = compose("still", [part])
    assert certified(system, [always("on", lambda s: s.n).on(system)], {}).clauses == ()
    part.init("off", lambda s: ~s.n)
    empty = compose("empty", [part])
    found = pdr.search(empty, [always("on", lambda s: s.n).on(empty)], {}, Limits())
    assert (found.complete, found.depth) == (False, -1)
    assert "no state meets" in found.reason


def test_an_initial_state_without_successor_stays_in_the_invariant() -> None:
    """The clause keeps the sleeper at the shore, who is initial although no step leads on."""
    system = toys.two_starts()
    certificate = certified(system, [toys.stays_dry(system)], {})
    assert [clause_words(system, c) for c in certificate.clauses] == ["~shore | asleep"]


def test_bits_of_c_integers() -> None:
    """Counting by twos keeps the last bit: that is the clause, not a list of 128 values."""
    system = toys.by_twos()
    certificate = certified(system, [toys.never(system, 7)], {})
    assert [clause_words(system, c) for c in certificate.clauses] == ["n & 0x1 = 0x0"]


def test_the_first_claim_that_breaks_is_named() -> None:
    """Of several claims the one that the last state breaks is shown; `sometimes` claims are not asked."""
    system = toys.counter(3)
    claims = [toys.never(system, 7), toys.never(system, 2)]
    assert pdr.search(system, claims, {}, Limits()).claim == "never-2"
    commit = toys.two_phase_commit()
    assert pdr.search(commit, [toys.all_commit(commit)], {"Participant": 2}, Limits()).complete


def test_orbits_make_proofs_shorter() -> None:
    """One clause for each orbit is generalised; without symmetry each of its images is."""
    system, sizes = toys.two_phase_commit(), {"Participant": 4}
    claims = [toys.agreement(system)]
    together = certified(system, claims, sizes)
    alone = pdr.answered(system, claims, sizes, Limits(), symmetric=False).certificate
    assert alone is not None
    assert len(together.lemmas) * 2 <= len(alone.lemmas)
    assert all(len(lemma) == 1 for lemma in alone.lemmas)


def test_counted_events_are_bounded() -> None:
    """The hasty coordinator needs a participant that refuses or is lost: with none of that the claim holds."""
    system, sizes = toys.two_phase_commit(hasty=True), {"Participant": 3}
    claims = [toys.agreement(system)]
    assert certified(system, claims, sizes, Limits(faults=0)).faults == 0
    found = pdr.search(system, claims, sizes, Limits(faults=1))
    assert found.candidate is not None
    trace = replay(system, claims[0], found.candidate)
    assert sum(system.action[s.action].tally != "" for s in trace.steps) == 1


def test_bounds_are_no_proofs() -> None:
    """A bound on the depth, on the work and on the time each end the search with a reason, and nothing is claimed."""
    system, sizes = toys.two_phase_commit(), {"Participant": 3}
    claims = [toys.agreement(system)]
    shallow = pdr.search(system, claims, sizes, Limits(depth=1))
    assert (shallow.complete, shallow.candidate, shallow.depth) == (False, None, 1)
    assert "depth" in shallow.reason
    lazy = pdr.search(system, claims, sizes, Limits(), rlimit=50)
    assert (lazy.complete, lazy.candidate) == (False, None)
    assert "work limit" in lazy.reason
    late = pdr.search(system, claims, sizes, Limits(deadline=time.monotonic() - 1))
    assert (late.complete, late.depth, late.reason) == (False, -1, "the time is up")


def test_the_search_repeats_itself() -> None:
    """The same question has the same certificate, and a listener changes nothing."""
    system, heard = toys.two_phase_commit(), list[Progress]()
    claims = [toys.agreement(system)]
    first = certified(system, claims, {"Participant": 3})
    assert certified(system, claims, {"Participant": 3}, Limits(report=heard.append)) == first
    assert {p.engine for p in heard} == {"pdr"}


def test_orbits_of_cubes() -> None:
    """The distinct images and nothing else: n for one element, n (n - 1) for an ordered pair, values renamed too."""
    system = toys.lock()
    shape = ground(system, {"Client": 8})
    claims = [toys.exclusion(system)]
    one: Cube = frozenset([Atom(0, 1, 1)])
    pair: Cube = frozenset([Atom(0, 1, 1), Atom(3, 1, 0)])
    orbits = Orbits(shape, claims)
    assert [len(set(orbits.of(c))) for c in (one, pair)] == [8, 56]
    assert orbits.of(pair)[0] == pair
    assert Orbits(shape, claims, on=False).of(pair) == (pair,)


def test_generators_fix_named_elements() -> None:
    """Elements that a literal names stay; of n others n - 1 transpositions are enough."""
    shape = ground(toys.relay(), {"Client": 6})
    named = {"Client": {0, 1, 2}}
    moved = [[k for k, i in enumerate(g["Client"]) if i != k] for g in generators(shape, named)]
    assert moved == [[3, 4], [3, 5]]
    assert len(generators(ground(toys.lock(), {"Client": 9}), {})) == 8


def agrees(case: Case, limits: Limits, *, symmetric: bool) -> str:
    """What PDR says of a random system, after comparison with explicit search and with the judges."""
    walked = explicit.search(case.system, case.claims, SIZES, limits)
    found = pdr.answered(case.system, case.claims, SIZES, limits, symmetric=symmetric)
    assert found.search.complete is (walked.candidate is None), case
    if found.certificate is not None:
        assert verify(case.system, case.claims, found.certificate) == (), case
        return "proved"
    return _refuted(case, found.search, limits, at_least=walked.depth)


def _refuted(case: Case, found: Search, limits: Limits, at_least: int) -> str:
    assert found.candidate is not None, case
    claim = next(c for c in case.claims if c.name == found.claim)
    trace = replay(case.system, claim, found.candidate)
    assert len(trace) >= at_least
    counted = sum(case.system.action[s.action].tally != "" for s in trace.steps)
    assert limits.faults is None or counted <= limits.faults
    return "refuted"


@pytest.mark.parametrize("symmetric", [True, False])
def test_agreement_with_explicit_search(*, symmetric: bool) -> None:
    """On random systems both decide, and alike; proofs are confirmed and runs replay."""
    said: Counter[str] = Counter()

    @settings(max_examples=40, derandomize=True, deadline=None, database=None)
    @given(cases(most=10_000))
    def agree(case: Case) -> None:
        said[agrees(case, Limits(), symmetric=symmetric)] += 1

    agree()
    assert min(said["proved"], said["refuted"]) >= 8


def test_agreement_with_bounded_events() -> None:
    """The same where at most so many counted events are allowed."""
    said: Counter[tuple[int, str]] = Counter()

    @settings(max_examples=15, derandomize=True, deadline=None, database=None)
    @given(cases(most=3_000))
    def agree(case: Case) -> None:
        for faults in (0, 1):
            said[faults, agrees(case, Limits(faults=faults), symmetric=True)] += 1

    agree()
    assert min(said[f, word] for f in (0, 1) for word in ("proved", "refuted")) >= 1


def test_claims_are_asked_of_the_first_states_too() -> None:
    """The start that the run shows is initial by the interpreter, with every cell that the search left open."""
    system = toys.lock()
    claim = always("somebody", lambda s: ~forall(toys.Client, lambda c: ~s.holds[c])).on(system)
    found = pdr.search(system, [claim], {"Client": 2}, Limits())
    assert found.candidate is not None
    assert not holds(claim.formula, found.candidate.start, {"Client": 2})
