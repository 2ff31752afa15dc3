"""No property is empty talk: its scenarios can be set up, and each of its claims can be broken and says how."""

from dataclasses import replace

import pytest

from shootdown.counterexamples.render import failure
from shootdown.ir import System
from shootdown.ir.interp import holds
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.trace import Trace
from shootdown.model.design import CONTRACTS
from shootdown.properties import properties
from shootdown.review.expectation import narrowed
from shootdown.review.problem import claims_of, problem_of
from shootdown.search import bmc, explicit
from shootdown.search.question import at_place
from shootdown.search.result import Limits
from tests.model.cases import BEST_EFFORT, DESIGNS, SMALL, kept, request

NAMES = sorted(properties())

SIZES = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}


@pytest.mark.parametrize("name", NAMES)
def test_a_property_has_a_sentence_and_a_companion_and_distinct_names(name):
    """Each claim is `always`, each companion `sometimes`, and no two share a name."""
    found = properties()[name]
    assert found.name == name
    assert found.sentence.endswith(".")
    assert found.claims or found.responses
    assert found.companions
    assert {c.kind for c in found.claims} <= {Expectation.ALWAYS}
    assert {c.kind for c in found.companions} == {Expectation.SOMETIMES}
    spoken = [*(c.name for c in (*found.claims, *found.companions)), *(r.name for r in found.responses)]
    assert len(spoken) == len(set(spoken))


def unmet(name: str, contract: str) -> set[str]:
    """Companions that best-effort meets in no reachable state at the small sizes and the property's topologies."""
    system, problem = problem_of(request("best-effort", name, contract))
    missing = {c.name: c for c in problem.companions}
    for place in kept(problem, SMALL).places:
        wanted = tuple(missing.values())
        sliced = cone(at_place(system, place), [c.formula for c in wanted])
        found = explicit.search(sliced, wanted, place.sizes, Limits())
        missing = {n: c for n, c in missing.items() if n not in found.witnessed}
        if not missing:
            break
    return set(missing)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("name", NAMES)
def test_each_companion_is_witnessed(name, contract):
    """The scenarios of a property can be set up, under the default contract and under every other one."""
    assert not unmet(name, contract)


def test_a_companion_that_cannot_be_set_up_is_noticed():
    """The control: without nesting no walk over a device reports success."""
    asked = request("best-effort", "success-means-coherent", without=frozenset({"driver_supports_nesting"}))
    system, problem = problem_of(asked)
    (place, *_) = kept(problem, SMALL).places
    found = explicit.search(at_place(system, place), problem.companions, place.sizes, Limits())
    assert found.complete
    assert not found.witnessed


def broken(system: System, claim: Claim) -> Trace:
    """Some state, reachable or not, in which the claim is false."""
    anything = replace(system, init=())
    found = bmc.search(anything, (claim,), {s.name: SIZES[s.name] for s in system.index_sorts}, Limits(depth=0))
    assert found.candidate is not None, f"`{claim.name}` cannot be false at all"
    return Trace(found.candidate.sizes, (found.candidate.start,), ())


@pytest.mark.parametrize("name", NAMES)
def test_each_claim_says_in_words_what_is_wrong(name):
    """A state that breaks the claim is worded by the claim's own text, on one line without holes."""
    system, _ = problem_of(request("best-effort", name))
    claims, _ = claims_of(properties()[name], system)
    for claim in claims:
        assert claim.says
        trace = broken(system, claim)
        assert not holds(claim.formula, trace.states[-1], trace.sizes)
        text = failure(system, claim, trace)
        assert len(text) > 20
        assert not set("{}\n") & set(text), text
        assert text.split(":")[0] in {"stale", "lost", "untold", "useless", "worse", "wrong"}, text


def test_the_words_name_the_elements_of_the_state():
    """The device, the iova and the frame of the first false binding stand in the text."""
    system, _ = problem_of(request("best-effort", "success-means-coherent"))
    (claim,), _ = claims_of(properties()["success-means-coherent"], system)
    text = failure(system, claim, broken(system, claim))
    assert "g -> f to a" in text


@pytest.mark.parametrize("name", NAMES)
def test_each_response_says_in_words_what_never_happens(name):
    """The words name every element that the response is about."""
    for leads in properties()[name].responses:
        assert isinstance(leads.says, str)
        assert leads.says.split(":")[0] in {"never recovers", "starved", "hangs"}
        assert [f"{{{'xyz'[k]}}}" in leads.says for k in range(len(leads.over))] == [True] * len(leads.over)


RECOVERY = {name for name, found in properties().items() if "recovery" in found.parts}
"""What they claim depends on what the VMM does about a failed call: asked of every policy, not of every design."""

ASKED = ("type1-v1", "type1-v1-stop", "best-effort", "device-status")


@pytest.mark.parametrize("name", sorted(RECOVERY))
def test_recovery_is_stated_for_the_posted_walks_and_for_a_status(name):
    """Under the property's own policy and every contract, with a reason."""
    for design in (d for d in DESIGNS if d.name in ASKED):
        (own,) = [e for e in design.expects if e.property == name and not e.policy]
        assert set(own.outcomes) == set(CONTRACTS)
        assert len(own.why) > 20


REPORTS = {"report-is-sufficient", "report-is-useful", "stale-is-unacknowledged"}
"""What they claim depends on the output fields: stated under `ideal`, and no report survives a driver that hides."""

REPORTING = (
    "type1-v1", "type1-v1-stop", "best-effort", "count", "count-own-array", "device-status", "per-device-call",
    "singleton",
)  # fmt: skip
"""A design for each way of reporting."""


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_each_way_of_reporting_states_what_it_tells(name):
    """Under `ideal`, with a reason."""
    for design in (d for d in DESIGNS if d.name in REPORTING):
        (own,) = [e for e in design.expects if e.property == name and not narrowed(e)]
        assert "ideal" in own.outcomes
        assert len(own.why) > 20


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_a_design_states_an_expectation_for_every_property(design):
    """All but the strong one, recovery and reports are stated for every design and contract, with a reason."""
    for name in set(NAMES) - {"success-means-coherent-now"} - RECOVERY - REPORTS:
        own = [e for e in design.expects if e.property == name and not narrowed(e)]
        assert own, name
        for expect in own:
            assert set(expect.outcomes) == set(CONTRACTS)
            assert len(expect.why) > 20
    assert {e.property for e in design.expects} <= set(NAMES)
    assert design.source
    assert design.summary
    assert BEST_EFFORT in DESIGNS
