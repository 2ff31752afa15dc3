"""The designs of the posted series and the singleton rule: what the issue says of them, each shown by a trace."""

from dataclasses import replace

import pytest

from shootdown.counterexamples.render import failure
from shootdown.ir import always
from shootdown.ir.errors import ModelError
from shootdown.model import rereads
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.model.sorts import Errno
from shootdown.review.problem import problem_of
from shootdown.search.verdict import Refuted, Vacuous
from tests.model.cases import ONE, SMALL, first_trace, request, steps, trace, verdict

TWO_GROUPS = ONE | {"Device": 2, "Group": 2}
TWO_IOVAS = ONE | {"Device": 2, "Iova": 2}

ONE_REQUEST = always(
    "one request",
    rereads.acts_on_one_request,
    says="wrong: in one call {d} acts on {i} and {e} on {j}",
)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_type1_v2_reports_success_with_a_device_not_invalidated(contract):
    """0 is returned, no step flushes the stale device, and no fault is needed where a second group is not visited."""
    found = verdict(request("type1-v2", "success-means-coherent", contract, faults=0), SMALL)
    assert isinstance(found, Refuted)
    assert found.trace.steps[-1].action == "call_returns"
    names = [s.action for s in found.trace.steps]
    assert "refused" not in names
    assert "atc_inv_timed_out" not in names


def test_type1_v2_reports_success_with_nothing_invalidated():
    """One refused device: nothing at all is flushed, and the ioctl returns 0."""
    for contract, refusal in (("ideal", "refused"), ("vtd-v10", "refused_without_ats")):
        found = verdict(request("type1-v2", "success-means-coherent", contract), [ONE])
        taken = steps(found)
        assert refusal in taken
        assert not {"iotlb_flush", "iotlb_flush_only", "atc_flush"} & set(taken)


def test_type1_v2_answers_enotsupp_elsewhere():
    """The guard comes before any effect; a design without it lets the wrong mode in."""
    for contract in CONTRACTS:
        assert trace(request("type1-v2", "wrong-mode-is-refused", contract), SMALL[:1]) is None
    unguarded = replace(designs()["type1-v2"], admits=None, nested_only=False)
    assert trace(request(unguarded, "wrong-mode-is-refused", "ideal"), SMALL[:1]) is not None
    assert designs()["type1-v2"].wrong_mode is Errno.ENOTSUPP


@pytest.mark.parametrize("contract", CONTRACTS)
def test_type1_v3_lets_two_devices_act_on_different_requests(contract):
    """A second thread rewrites the request between two devices of one group, with no fault; the trace says who."""
    asked = request("type1-v3", "success-means-coherent", contract)
    system, problem = problem_of(replace(asked, sizes=TWO_IOVAS))
    claim = ONE_REQUEST.on(system)
    found = first_trace(system, (claim,), problem.places)
    assert found is not None
    taken = [s.action for s in found.trace.steps]
    assert taken.count("request_reread") == 2
    assert (
        taken.index("request_reread") < taken.index("user_rewrites") < len(taken) - taken[::-1].index("request_reread")
    )
    assert "act" in failure(system, claim, found.trace)


def test_the_same_claim_holds_where_only_one_thread_writes():
    """The control: no second thread under a policy that is not hostile, no such claim where the kernel copies once."""
    asked = request("type1-v3", "no-reuse-while-stale", "ideal", sizes=TWO_IOVAS | {"Frame": 1})
    system, problem = problem_of(asked)
    assert first_trace(system, (ONE_REQUEST.on(system),), problem.places[:1]) is None
    plain, _ = problem_of(request("type1-v2", "success-means-coherent", "ideal"))
    with pytest.raises(ModelError):
        ONE_REQUEST.on(plain)


def test_singleton_checked_earlier_is_refuted_by_a_group_attached_in_between():
    """nesting_info is filled, a group is attached, the call is let in and visits only one of the two groups."""
    found = verdict(request("singleton-checked-earlier", "success-means-coherent", "vtd-5.7"), [TWO_GROUPS])
    taken = steps(found)
    assert taken.index("nesting_info_filled") < taken.index("set_container") < taken.index("call_lock")


@pytest.mark.parametrize("contract", ["ideal", "vtd-v10", "vtd-5.7"])
def test_singleton_checked_at_the_call_is_coherent(contract):
    """The same container is refused when the check is made under the lock."""
    assert trace(request("singleton", "success-means-coherent", contract), SMALL[:3]) is None


def test_singleton_is_not_exact_for_a_request_with_two_cache_types():
    """Under VT-d the second part is refused after the first was flushed: an error, and the device was touched."""
    exact = request("singleton", "error-means-untouched-or-told", "vtd-v10")
    assert trace(exact, SMALL[:2]) is None
    two = replace(exact, without=frozenset({"request_is_well_formed"}))
    assert "refused_after_flush" in steps(verdict(two, SMALL[:2]))


def test_singleton_under_ideal_refuses_before_any_flush():
    """There only a time-out makes it inexact: without one an error means untouched."""
    asked = request("singleton", "error-means-untouched-or-told", "ideal", only=frozenset({"refused"}))
    assert trace(asked, SMALL[:2]) is None
    assert trace(replace(asked, only=None), SMALL[:2]) is not None


def test_no_walk_of_type1_v2_returns_an_error():
    """So a claim about errors is vacuous, and says so."""
    assert isinstance(verdict(request("type1-v2", "error-means-untouched-or-told", "ideal"), SMALL[:1]), Vacuous)
