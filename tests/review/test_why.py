"""Why the repaired designs hold: what their proofs need of the model, and what a check says without each assumption."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.review.answer import answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, problem_of, system_of
from shootdown.review.why import Why, kernel_actions, only_fewer_runs, why
from shootdown.search.facts import facts_of, weaken
from shootdown.search.parametric import Stopped
from shootdown.search.question import STUCK
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Vacuous
from shootdown.search.why import Effort, Standing

ENTRIES = "atc_empty_at_first_attach"
DETACH = "detach_clears_atc"
NESTING = "driver_supports_nesting"
HONEST = "hardware_does_not_lie"
UNUSED = "iotlb_of_an_unused_domain_on_a_unit_is_cleared"
READABLE = "request_is_readable"
STAGE2 = "stage2_flush_drops_nested_entries"

PROVED = 0
FEWER = -1
"""In the place of a number of steps: proved for any number; vacuous, because there are only fewer runs."""

WITHOUT = {
    ("success-means-coherent", ""): {ENTRIES: 6, DETACH: 9, NESTING: FEWER, HONEST: 8, UNUSED: 9, READABLE: PROVED},
    ("failure-is-told", ""): dict.fromkeys((ENTRIES, DETACH, HONEST, UNUSED, READABLE), PROVED) | {NESTING: FEWER},
    ("no-reuse-while-stale", "withhold-completion"): {
        ENTRIES: 4, DETACH: 13, NESTING: FEWER, HONEST: 12, UNUSED: 13, READABLE: PROVED,
    },
    ("host-page-safe", ""): {
        ENTRIES: 3, DETACH: 5, NESTING: FEWER, HONEST: 7, UNUSED: 5, READABLE: PROVED, STAGE2: 6,
    },
}  # fmt: skip
"""For each question that is proved under `ideal`: steps of the run that a check finds without an assumption."""

QUESTIONS = [(design, *question) for design in ("type1-v1-stop", "best-effort") for question in WITHOUT]


def request(design: str, name: str, policy: str = "", without: frozenset[str] = frozenset()) -> Request:
    """A question under `ideal`."""
    return Request(find_design(design), find_property(name), "ideal", policy, without=without)


@pytest.fixture(scope="module")
def told() -> Why:
    """Why `type1-v1-stop` tells every failure."""
    found = why(answer(request("type1-v1-stop", "failure-is-told"), Limits()), Limits(), Effort(elements=7))
    assert isinstance(found, Why)
    return found


def test_no_assumption_about_caches_is_needed_to_tell_failures(told: Why) -> None:
    """All of them are withdrawn at once, but for the one without which there is less to prove."""
    assert told.needed == ()
    assert {x.assumption.name for x in told.unneeded} == set(WITHOUT["failure-is-told", ""])
    assert {x.assumption.name for x in told.unneeded if x.fewer} == {NESTING}
    assert told.without == {x.assumption.name for x in told.unneeded if not x.fewer}


def test_facts_that_tell_failures(told: Why) -> None:
    """That an error ends the walk and is returned is needed; what is flushed is not."""
    certain = {str(n.fact) for n in told.facts.needed if n.standing is Standing.REFUTED and not n.stuck}
    assert {"refused: writes ret", "refused: writes todo", "call_returns: requires call == UNLOCKED"} <= certain
    unneeded = set(map(str, told.facts.unneeded))
    assert {"iotlb_flush: writes iotlb", "atc_flush: writes atc", "unset_container: requires lock == FREE"} <= unneeded
    assert told.facts.complete


def test_every_fact_is_in_one_of_the_lists(told: Why) -> None:
    """Needed or not, and never both; they are those of the model without the assumptions."""
    system = system_of(request("type1-v1-stop", "failure-is-told", without=told.without))
    facts = [f for f in facts_of(system, kernel_actions(system)) if f.action not in {"copy_faults", "no_memory"}]
    needed = [n.fact for n in told.facts.needed]
    assert not set(needed) & set(told.facts.unneeded)
    assert {*needed, *told.facts.unneeded} == {f for f in facts if f.action != "hardware_lies"}


@pytest.mark.long
def test_brief_reasons_have_the_same_lists(told: Why) -> None:
    """Without the search for runs the lemmas still say what they lean on and what they do without."""
    brief = why(answer(request("type1-v1-stop", "failure-is-told"), Limits()), Limits(), Effort(brief=True))
    assert isinstance(brief, Why)
    assert brief.brief
    assert brief.facts.unneeded == told.facts.unneeded
    assert [n.fact for n in brief.facts.needed] == [n.fact for n in told.facts.needed]
    assert {n.standing for n in brief.facts.needed} == {Standing.UNTRIED}
    assert brief.unneeded == told.unneeded


def test_facts_about_stuck_calls_are_told_apart(told: Why) -> None:
    """The order of the lists matters here only because a walk needs a first device."""
    stuck = {str(n.fact) for n in told.facts.needed if n.stuck}
    assert {"set_container: writes newer", "set_container: writes dom_newer"} <= stuck
    assert all(n.claim == STUCK for n in told.facts.needed if n.stuck and n.standing is Standing.REFUTED)


def test_what_the_kernel_does_in_an_unmap_is_design() -> None:
    """The facts are those of kernel and driver, of the life cycle, and of MAP_DMA and UNMAP_DMA; never of a guest."""
    system = system_of(request("type1-v1-stop", "host-page-safe"))
    names = set(kernel_actions(system))
    assert {"unset_container", "unmap_dma", "unpin", "atc_flush"} <= names
    assert not names & {"guest_reuses", "vmm_calls", "dma", "iotlb_fill"}


def test_only_fewer_runs() -> None:
    """Without nesting there are fewer runs; without any other assumption there are more."""
    system = system_of(request("type1-v1-stop", "host-page-safe"))
    for name in WITHOUT["host-page-safe", ""]:
        other = system_of(request("type1-v1-stop", "host-page-safe", without=frozenset({name})))
        assert only_fewer_runs(system, other) is (name == NESTING)


def test_a_weaker_model_is_still_one() -> None:
    """Without any fact at all the model can be built and asked, and its claims have the same variables."""
    system, _ = problem_of(request("best-effort", "host-page-safe"))
    weak = weaken(system, facts_of(system, kernel_actions(system)))
    assert set(system.by_name) < set(weak.by_name)


def test_what_is_no_proof_for_any_number_has_no_reasons() -> None:
    """A refutation is told by its trace."""
    found = why(answer(request("type1-v1", "success-means-coherent"), Limits()), Limits())
    assert isinstance(found, Stopped)


@pytest.mark.long
@pytest.mark.parametrize(("design", "name", "policy"), QUESTIONS)
def test_a_check_without_each_assumption(design: str, name: str, policy: str) -> None:
    """Without an assumption that is needed a run goes wrong; without another the proof for any number goes through.

    Without nesting nothing can become stale: there is nothing to prove any more.
    """
    names = WITHOUT[name, policy]
    assert {a.name for a in system_of(request(design, name, policy)).assumptions} == set(names)
    for assumption, steps in names.items():
        asked = request(design, name, policy, frozenset({assumption}))
        match answer(asked, Limits()).verdict:
            case Refuted(trace=trace):
                assert len(trace) == steps, assumption
            case Proved(universal=proof):
                assert steps == PROVED, assumption
                assert proof is not None, assumption
            case other:
                assert isinstance(other, Vacuous), assumption
                assert steps == FEWER, assumption


@pytest.mark.long
@pytest.mark.parametrize(("design", "name", "policy"), QUESTIONS)
def test_needed_assumptions_are_those_without_which_a_check_refutes(design: str, name: str, policy: str) -> None:
    """What is called needed has a run of the same length; the rest is withdrawn at once, and the proof is judged."""
    found = why(answer(request(design, name, policy), Limits()), Limits())
    assert isinstance(found, Why)
    expected = WITHOUT[name, policy]
    assert {x.assumption.name: x.steps for x in found.needed} == {n: k for n, k in expected.items() if k > 0}
    assert {x.standing for x in found.needed} <= {Standing.REFUTED}
    assert found.without == {n for n, k in expected.items() if k == PROVED}
    assert found.facts.complete


@pytest.mark.long
def test_command_line() -> None:
    """`--why` tells the reasons below a proof, and puts them into JSON."""
    args = ["check", "type1-v1-stop", "failure-is-told", "--contract", "ideal", "--why"]
    text = CliRunner().invoke(app, args)
    assert text.exit_code == 0
    assert "does not need (proved again without all of it" in text.stdout
    data = json.loads(CliRunner().invoke(app, [*args, "--json"]).stdout)["why"]
    assert {n["kind"] for n in data["needs"]} == {"guard", "update"}
    assert data["complete"]


def test_withdrawn_assumptions_of_the_request_stay_withdrawn() -> None:
    """What the user has withdrawn is no assumption any more, and is not asked about."""
    asked = request("type1-v1-stop", "failure-is-told", without=frozenset({READABLE}))
    assert READABLE not in {a.name for a in system_of(asked).assumptions}
    assert replace(asked, without=asked.without | {HONEST}).without == {READABLE, HONEST}
