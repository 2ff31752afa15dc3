"""Checks by one engine alone, and what pdr adds to the usual mix: on toys, with every kind of answer."""

from collections.abc import Sequence
from typing import Any

import pytest

from shootdown.ir import System, UsageError, always, compose, forall, sometimes
from shootdown.ir.part import Part
from shootdown.ir.system import Claim
from shootdown.ir.trace import Candidate, Step
from shootdown.search import engines, pdr
from shootdown.search.certificate import Inductive, KInductive
from shootdown.search.check import Outcome, check
from shootdown.search.engines import ENGINES, NAMES, PARAMETRIC, Found, known_engine
from shootdown.search.question import Open, Place, Problem
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import Closed, HoldsTo, Proved, Refuted, Unknown, Vacuous, outcome
from tests import toys

TAKEN = sometimes("somebody holds it", lambda s: ~forall(toys.Client, lambda c: ~s.holds[c]))
NOBODY = sometimes("all hold it and nobody does", lambda s: forall(toys.Client, lambda c: s.holds[c] & ~s.holds[c]))


def problem(of: System, claim: Claim, *sizes: dict[str, int], met: Sequence[Any] = (), **more: Any) -> Problem:
    """A claim about a toy at some sizes; `met` are scenarios."""
    return Problem(of, (claim,), tuple(m.on(of) for m in met), tuple(Place("sizes", s) for s in sizes), **more)


def locked(*, broken: bool = False, met: Sequence[Any] = (TAKEN,), **more: Any) -> Problem:
    """The lock with two and with three clients."""
    of = toys.lock(broken=broken)
    return problem(of, toys.exclusion(of), {"Client": 2}, {"Client": 3}, met=met, **more)


def committed() -> Problem:
    """Two-phase commit with one participant and with three; all may commit."""
    of = toys.two_phase_commit()
    places = (Place("sizes", {"Participant": 1}), Place("sizes", {"Participant": 3}))
    return Problem(of, (toys.agreement(of),), (toys.all_commit(of),), places)


def asked(name: str, of: Problem, limits: Limits | None = None) -> Outcome:
    """What one engine says."""
    return check(of, limits or Limits(), name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("explicit", Closed), ("kinduction", KInductive), ("pdr", Inductive)],
)
def test_each_engine_proves_with_a_certificate_of_its_kind(name: str, kind: type) -> None:
    """One certificate for each size, in order."""
    found = asked(name, locked()).verdict
    assert isinstance(found, Proved)
    assert [type(c) for c in found.certificate] == [kind, kind]
    assert [dict(c.sizes) for c in found.certificate] == [{"Client": 2}, {"Client": 3}]
    assert found.scope.sizes == ({"Client": 2}, {"Client": 3})


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_each_engine_finds_a_shortest_run(name: str) -> None:
    """Replayed, at the first size that has one."""
    found = asked(name, locked(broken=True))
    assert isinstance(found.verdict, Refuted)
    assert (len(found.verdict.trace), found.verdict.notes) == (2, ())
    assert found.verdict.scope.sizes == ({"Client": 2},)


def test_bmc_never_proves() -> None:
    """Not even where no run is longer than what it has looked at."""
    of = toys.counter(3)
    found = asked("bmc", problem(of, toys.never(of, 9), {})).verdict
    assert isinstance(found, HoldsTo)
    assert found.depth == 10
    assert isinstance(asked("bmc", locked(), Limits(depth=4)).verdict, HoldsTo)


def test_parametric_proves_for_any_number() -> None:
    """The lock needs no lemma; the sizes only show that somebody can hold it."""
    found = asked(PARAMETRIC, locked(open=Open())).verdict
    assert isinstance(found, Proved)
    assert found.universal is not None
    assert found.certificate == ()


def test_parametric_that_stops_says_why_and_nothing_else() -> None:
    """A counterexample to induction is not a counterexample: even the broken lock is not refuted by it."""
    found = asked(PARAMETRIC, locked(broken=True, open=Open())).verdict
    assert isinstance(found, Unknown)
    assert "exclusion" in found.reason


def test_parametric_is_not_asked_about_sizes() -> None:
    """Without an open question there is nothing for it to do."""
    with pytest.raises(UsageError, match="drop the options that say how many"):
        asked(PARAMETRIC, locked())


@pytest.mark.parametrize("name", ["explicit", "kinduction", "pdr", PARAMETRIC])
def test_a_proof_without_a_witness_is_vacuous(name: str) -> None:
    """The scenario is looked for apart from the proof, and the sentence names it."""
    found = asked(name, locked(met=(TAKEN, NOBODY), open=Open())).verdict
    assert isinstance(found, Vacuous)
    assert "all hold it and nobody does" in found.why


def test_a_witness_that_is_not_found_in_time_leaves_the_question_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither proved nor vacuous: what was not searched whole may hold a witness."""
    monkeypatch.setattr("shootdown.search.witness.FEW", 1)
    monkeypatch.setattr("shootdown.search.witness.DEPTH", 1)
    found = asked("pdr", committed()).verdict
    assert isinstance(found, Unknown)
    assert "no run was found to a state where all-commit: searched to depth 1" in found.reason
    monkeypatch.setattr("shootdown.search.witness.DEPTH", 10)
    assert isinstance(asked("pdr", committed()).verdict, Proved)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_no_engine_proves_anything_without_a_start(name: str) -> None:
    """Where axioms and initial conditions exclude each other nothing was checked."""
    part = Part("empty")
    part.variable("n", bool)
    part.init("on", lambda s: s.n)
    part.init("off", lambda s: ~s.n)
    of = compose("empty", [part])
    with pytest.raises(UsageError, match="nothing was checked"):
        asked(name, problem(of, always("on", lambda s: s.n).on(of), {}, open=Open()))


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_no_time_is_no_proof(name: str) -> None:
    """The sizes that were not searched are named."""
    found = asked(name, locked(), Limits(deadline=0.0)).verdict
    assert isinstance(found, Unknown)
    assert "not searched at all: 2 clients and 1 more" in found.reason


def test_names() -> None:
    """A wrong name gets one sentence with the names there are, the nearest first."""
    assert known_engine("") == ""
    assert [known_engine(n) for n in NAMES] == ["explicit", "bmc", "kinduction", "pdr", "parametric"]
    with pytest.raises(UsageError, match=r"no engine `k-induction`; did you mean `kinduction`\? there are: "):
        known_engine("k-induction")
    with pytest.raises(UsageError, match="no engine `spin`; there are: explicit"):
        asked("spin", locked())


TOYS = [
    (of, claim, sizes)
    for of, claim, sizes in (
        (toys.two_phase_commit(), toys.agreement, {"Participant": 2}),
        (toys.two_phase_commit(hasty=True), toys.agreement, {"Participant": 2}),
        (toys.dead_end(), toys.stays_good, {}),
        (toys.two_starts(), toys.stays_dry, {}),
        (toys.relay(), toys.silence, {"Client": 3}),
        (toys.lock(), toys.exclusion, {"Client": 4}),
    )
]


@pytest.mark.parametrize(("of", "claim", "sizes"), TOYS, ids=lambda x: getattr(x, "name", None))
def test_outcomes_agree(of: System, claim: Any, sizes: dict[str, int]) -> None:
    """Whoever decides says the same, with runs of the same length; bmc alone leaves proofs open."""
    said = {name: asked(name, problem(of, claim(of), sizes)).verdict for name in ENGINES}
    decided = {outcome(v) for name, v in said.items() if name != "bmc"}
    assert decided in ({"proved"}, {"refuted"})
    assert outcome(said["bmc"]) == ("holds-to" if decided == {"proved"} else "refuted")
    assert len({len(v.trace) for v in said.values() if isinstance(v, Refuted)}) <= 1


@pytest.mark.parametrize("name", ["kinduction", "pdr"])
def test_a_certificate_that_the_judge_rejects_is_a_defect(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: an engine that calls the hasty commit proved, by no clause or by k = 1."""
    of = toys.two_phase_commit(hasty=True)
    claim, sizes = toys.agreement(of), {"Participant": 2}
    made = {"pdr": Inductive(sizes, (claim.name,), ()), "kinduction": KInductive(sizes, (claim.name,), 1)}[name]

    def answered(*_: Any, **__: Any) -> Any:
        return pdr.Answered(Search(complete=True, depth=1), made)  # type: ignore[arg-type] # the shape is the same

    monkeypatch.setattr(f"shootdown.search.{name}.answered", answered)
    with pytest.raises(EngineBug, match="does not stand: "):
        asked(name, problem(of, claim, sizes))


def test_a_proof_that_the_judge_leaves_open_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its work is bounded, and what it cannot decide is not proved."""
    monkeypatch.setattr(engines, "JUDGED", 1)
    of = toys.two_phase_commit()
    found = asked("pdr", problem(of, toys.agreement(of), {"Participant": 3})).verdict
    assert isinstance(found, HoldsTo)
    assert "a proof was found but not confirmed" in found.reason


def detour(of: System, claims: Sequence[Claim], sizes: Any, _: Limits) -> Found:
    """An engine with a run that takes the lock, gives it back and takes it again."""
    steps = [("take", 0), ("release", 0), ("take", 0), ("take", 1)]
    holds: dict[tuple[int, ...], int] = {(n,): 0 for n in range(sizes["Client"])}
    run = Candidate(sizes, {"holds": holds}, tuple(Step(name, (c,)) for name, c in steps))
    return Found(Search(run, claims[0].name, depth=4))


@pytest.mark.parametrize("states", [120_000, 1])
def test_a_run_that_is_not_shortest_is_shortened(states: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By explicit search, or by bmc where that has too many states."""
    monkeypatch.setitem(ENGINES, "pdr", detour)
    monkeypatch.setattr("shootdown.search.ledger.SOON", states)
    found = asked("pdr", locked(broken=True))
    assert isinstance(found.verdict, Refuted)
    assert (len(found.verdict.trace), found.verdict.notes) == (2, ())
    assert found.engine == ("bmc" if states == 1 else "explicit")


def test_a_run_that_cannot_be_shortened_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a run all the same."""
    monkeypatch.setitem(ENGINES, "pdr", detour)
    monkeypatch.setattr("shootdown.search.ledger.SOON", 1)
    monkeypatch.setattr("shootdown.search.ledger.WORK", 1)
    found = asked("pdr", locked(broken=True)).verdict
    assert isinstance(found, Refuted)
    assert len(found.trace) == 4
    assert "a shorter run may exist: the solver's work limit is reached" in found.notes


def test_a_run_where_no_run_is_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter judges before anything else is asked."""
    monkeypatch.setitem(ENGINES, "pdr", detour)
    with pytest.raises(EngineBug, match="does not replay"):
        asked("pdr", locked())


def test_the_mix_proves_by_pdr_what_explicit_search_cannot_exhaust() -> None:
    """One size by its states, the larger one by clauses; the scenario was seen on the way."""
    found = check(committed(), Limits(states=30)).verdict
    assert isinstance(found, Proved)
    assert [type(c) for c in found.certificate] == [Closed, Inductive]


def test_the_mix_proves_states_that_do_not_fit_into_a_word() -> None:
    """Seventy clients: no state of them is ever listed, and the witness comes from bmc."""
    of = toys.lock()
    found = check(problem(of, toys.exclusion(of), {"Client": 70}, met=(TAKEN,)), Limits()).verdict
    assert isinstance(found, Proved)
    (proof,) = found.certificate
    assert isinstance(proof, Inductive)


def test_a_bound_on_the_depth_is_for_the_user_to_set() -> None:
    """Whoever asks for so many steps is not answered by a proof."""
    of = toys.two_phase_commit()
    found = check(problem(of, toys.agreement(of), {"Participant": 3}), Limits(states=20, depth=3)).verdict
    assert isinstance(found, HoldsTo)
    assert found.depth == 3


def test_the_mix_refutes_at_a_large_size_with_a_shortest_run() -> None:
    """pdr finds some run, another engine the shortest."""
    found = check(problem(of := toys.lock(broken=True), toys.exclusion(of), {"Client": 70}), Limits())
    assert isinstance(found.verdict, Refuted)
    assert (len(found.verdict.trace), found.engine) == (2, "bmc")


def test_the_mix_falls_back_where_pdr_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queries are counted; then bmc looks as far as it may."""
    monkeypatch.setattr(engines, "QUERIES", 2)
    of = toys.two_phase_commit()
    asked_ = problem(of, toys.agreement(of), {"Participant": 3}, wide_depth=5, wide_work=10_000_000)
    found = check(asked_, Limits(states=20)).verdict
    assert isinstance(found, HoldsTo)
    assert found.depth == 5
