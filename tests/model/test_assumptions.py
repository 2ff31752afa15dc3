"""What the named assumptions, the contracts and the callers contribute: each is needed, and only where it says so."""

from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import Part, always, conj, exists, forall, sometimes
from shootdown.model.design import CONTRACTS
from shootdown.model.sorts import Call, Device, Domain, Errno, Found
from shootdown.properties import properties
from shootdown.review.problem import Request, problem_of, system_of
from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Vacuous, outcome
from tests.model.cases import BEST_EFFORT, LOOPS, ONE, SMALL, kept, request, steps, verdict, with_part

IDS = [d.name for d in LOOPS]
TWO = ONE | {"Device": 2, "Group": 2, "Domain": 2}
every_design = pytest.mark.parametrize("design", LOOPS, ids=IDS)


@pytest.mark.parametrize(
    "name", ["detach_clears_atc", "atc_empty_at_first_attach", "iotlb_of_an_unused_domain_on_a_unit_is_cleared"]
)
def test_attach_and_detach_lean_on_each_assumption(name):
    """Without any one of the three, a late comer brings or finds stale entries: best-effort is refuted."""
    asked = request("best-effort", "success-means-coherent", "ideal")
    assert not isinstance(verdict(asked, SMALL), Refuted)
    found = verdict(replace(asked, without=frozenset({name})), SMALL)
    assert "set_container" in steps(found)


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_hardware_that_lies_refutes_every_design(design, contract):
    """An answered ATC invalidation that was not carried out is beyond any walk."""
    asked = request(design, "success-means-coherent", contract, only=frozenset({"lied"}))
    found = verdict(replace(asked, without=frozenset({"hardware_does_not_lie"})), SMALL)
    assert isinstance(found, Refuted)
    assert dict(found.tallies) == {"lied": 1}


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_hardware_that_lies_to_unmap_reaches_an_unpinned_frame(design, contract):
    """UNMAP_DMA waits for the device's answer, and believes it: no contract makes up for a lie."""
    asked = request(design, "host-page-safe", contract, only=frozenset({"lied"}))
    found = verdict(replace(asked, without=frozenset({"hardware_does_not_lie"})), SMALL)
    assert isinstance(found, Refuted)
    assert dict(found.tallies) == {"lied": 1}


@every_design
@pytest.mark.parametrize("contract", ["vtd-v10", "vtd-5.7"])
def test_a_flush_of_the_wrong_range_refutes_every_design_with_no_fault(design, contract):
    """domain.md 1.6: no device need fail where the IOTLB flush misses."""
    asked = request(
        design, "success-means-coherent", contract, faults=0, without=frozenset({"flush_hits_the_requested_range"})
    )
    found = verdict(asked, SMALL)
    assert isinstance(found, Refuted)
    assert dict(found.tallies) == {}


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_without_the_snapshot_every_design_is_refuted_with_no_fault(design, contract):
    """design.md 5: a cache may refill from a PTE that is valid during the call."""
    found = verdict(request(design, "success-means-coherent-now", contract, faults=0), SMALL)
    assert isinstance(found, Refuted)
    assert dict(found.tallies) == {}
    taken = steps(found)
    assert "guest_clears" in taken[taken.index("vmm_calls") :]


def test_a_refusal_that_follows_from_the_topology_is_counted():
    """With no counted event at all, a device without ATS is never visited: type1-v1 holds, with one it does not."""
    asked = request("type1-v1", "success-means-coherent", "vtd-v10", where="~has_ats(a)")
    assert isinstance(verdict(replace(asked, faults=1), [TWO]), Refuted)
    found = verdict(replace(asked, faults=0), [TWO])
    assert not isinstance(found, Refuted)
    kinds = {a.name: a.tally for a in system_of(asked).actions}
    assert kinds["refused_without_ats"] == "refused"


def test_a_request_that_is_not_well_formed_succeeds_silently():
    """domain.md 1.6a: vtd-v10 leaves the switch with ret 0 and flushes nothing."""
    asked = request(
        "best-effort", "success-means-coherent", "vtd-v10", faults=0, without=frozenset({"request_is_well_formed"})
    )
    found = verdict(asked, SMALL)
    assert "silent_success" in steps(found)
    assert isinstance(found, Refuted)
    assert found.trace.states[-1]["ret"][()] == list(Errno).index(Errno.OK)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_only_host_page_safe_leans_on_the_stage2_flush(contract):
    """Without it host-page-safe falls under every contract; no other check speaks of it."""
    name = "stage2_flush_drops_nested_entries"
    asked = request("best-effort", "host-page-safe", contract, without=frozenset({name}), faults=0)
    found = verdict(asked, SMALL)
    assert isinstance(found, Refuted)
    assert not isinstance(verdict(replace(asked, without=frozenset()), SMALL), Refuted)
    for other in properties():
        leans = name in {a.name for a in system_of(request("best-effort", other, contract)).assumptions}
        assert leans is (other == "host-page-safe"), other


def test_success_means_coherent_stays_where_stage2_is_in_the_model_and_its_flush_is_weak():
    """Nor does it matter to success-means-coherent when stage 2 is there to lean on it."""
    asked = request("best-effort", "success-means-coherent", "ideal", parts=("stage2",))
    weak = replace(asked, without=frozenset({"stage2_flush_drops_nested_entries"}))
    assert outcome(verdict(weak, SMALL)) == outcome(verdict(asked, SMALL)) == "proved"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_without_nesting_success_means_coherent_is_vacuous(contract):
    """On a kernel whose drivers do not support nesting no stage-1 entry exists."""
    asked = request("best-effort", "success-means-coherent", contract, without=frozenset({"driver_supports_nesting"}))
    assert isinstance(verdict(asked, SMALL), Vacuous)


@every_design
def test_a_request_that_cannot_be_read_refutes_reuse(design):
    """vtd-5.7 itself returns no error; copy_from_user and kzalloc do, and the VMM completes all the same."""
    asked = request(design, "no-reuse-while-stale", "vtd-5.7")
    assert isinstance(verdict(asked, SMALL), Proved)
    found = verdict(replace(asked, without=frozenset({"request_is_readable"})), SMALL)
    assert {"copy_faults", "no_memory"} & set(steps(found))


def _order_of_failures() -> Part:
    """Domains with a refused device in this call, and the domain that was visited last."""
    p = Part("failures")
    p.relation("failed_in", Domain, doc="a device of the domain was refused in this call")
    p.variable("last_domain", Domain, doc="the domain that the walk visited last")
    p.variable("walked", bool, doc="some device was visited in this call")
    p.init("none has failed", lambda s: forall(Domain, lambda x: ~s.failed_in[x]) & ~s.walked)

    def begins(s: Any) -> None:
        s.failed_in[:] = lambda x: s.failed_in[x] & False
        s.walked = False

    def refused(s: Any, d: Any) -> None:
        s.failed_in[:] = lambda x: s.failed_in[x] | (x == s.domain(d))
        visited(s, d)

    def visited(s: Any, d: Any) -> None:
        s.last_domain = s.domain(d)
        s.walked = True

    p.also("call_lock", begins)
    p.also("refused_without_ats", refused)
    p.also("iotlb_flush", visited)
    return p


def walked_and_returned(s: Any) -> Any:
    """The call is back in user space after a walk over some device."""
    return conj(s.call == Call.RETURNED, s.found == Found.NESTED, s.walked)


def test_an_older_domain_that_fails_is_reported():
    """type1-v1 loses the error of a newer domain only: a refusal in the domain visited last is always returned."""
    design = with_part(next(d for d in LOOPS if d.name == "type1-v1"), _order_of_failures())
    system, problem = problem_of(request(design, "success-means-coherent", "vtd-v10"))
    last = always(
        "the oldest domain's failure is told",
        lambda s: ~conj(walked_and_returned(s), s.failed_in[s.last_domain], s.ret == Errno.OK),
    ).on(system)
    older = sometimes(
        "only the older of two domains failed, and that is returned",
        lambda s: conj(
            walked_and_returned(s), s.failed_in[s.last_domain], s.ret == Errno.EINVAL,
            exists(Device, lambda d: s.acked[d] & (s.domain(d) != s.last_domain)),
        ),
    ).on(system)  # fmt: skip
    asked = replace(kept(problem, SMALL), claims=(last,), companions=(older,))
    assert isinstance(check(asked, Limits()).verdict, Proved)
    some = always(
        "any domain's failure is told",
        lambda s: ~conj(walked_and_returned(s), exists(Domain, lambda x: s.failed_in[x]), s.ret == Errno.OK),
    ).on(system)
    found = check(replace(asked, claims=(some,)), Limits()).verdict
    assert isinstance(found, Refuted)
    last_state = found.trace.states[-1]
    (failed,) = [x for (x,), lost in last_state["failed_in"].items() if lost]
    assert failed != last_state["last_domain"][()], "the newer domain's failure is the one that is lost"


@pytest.mark.parametrize("contract", ["vtd-v10", "ideal"])
def test_with_one_domain_there_is_no_overwrite(contract):
    """The overwrite needs a later domain whose success replaces the error."""
    asked = request("type1-v1", "success-means-coherent", contract)
    one = verdict(replace(asked, sizes={"Domain": 1}))
    assert isinstance(one, Proved)
    assert {s["Domain"] for s in one.scope.sizes} == {1}
    assert {s["Device"] for s in one.scope.sizes} >= {1, 2}
    assert isinstance(verdict(asked, SMALL), Refuted)


@pytest.mark.parametrize(
    ("name", "wanted"), [("best-effort", Proved), ("type1-v1", Refuted), ("type1-v1-stop", Refuted)]
)
def test_after_one_refusal_best_effort_saves_the_neighbour(name, wanted):
    """Two singleton groups, one refusal: the neighbour's visit flushes the IOTLB that both use, if it is visited."""
    asked = request(
        name, "no-reuse-while-stale", topology="two-singleton-groups", faults=1, only=frozenset({"refused"})
    )
    assert asked.caller == "report-and-complete"
    assert isinstance(verdict(asked), wanted)


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_empty_domain_list_is_answered_with_success(design, contract):
    """Only emulated groups: the walk runs over nothing and 0 is returned, under every contract (domain.md 1.5, D7)."""
    found = verdict(request(design, "wrong-mode-is-refused", contract, topology="emulated-only"))
    assert isinstance(found, Refuted)
    end = found.trace.states[-1]
    assert end["found"][()] == list(Found).index(Found.NOT_NESTED)
    assert end["ret"][()] == list(Errno).index(Errno.OK)


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_type1v2_is_refused_by_drivers_that_look_at_the_domain(design, contract):
    """vtd-v10 has no test for a nested domain and returns 0; the others answer -EINVAL."""
    found = verdict(request(design, "wrong-mode-is-refused", contract, where="mode == TYPE1v2"), SMALL)
    if contract == "vtd-v10":
        assert isinstance(found, Refuted)
        assert found.trace.states[-1]["ret"][()] == list(Errno).index(Errno.OK)
    else:
        assert isinstance(found, Proved)


@every_design
@pytest.mark.parametrize("contract", CONTRACTS)
def test_success_means_coherent_says_nothing_about_emulated_groups(design, contract):
    """There is no cache behind an emulated group, so the check is vacuous and never green."""
    found = verdict(request(design, "success-means-coherent", contract, topology="emulated-only"))
    assert isinstance(found, Vacuous)


def test_requests_without_assumptions_name_what_they_still_lean_on():
    """An assumption that is withdrawn is not listed, and every other one that is leaned on is."""
    asked = Request(BEST_EFFORT, properties()["success-means-coherent"], without=frozenset({"detach_clears_atc"}))
    names = {a.name for a in system_of(asked).assumptions}
    assert "detach_clears_atc" not in names
    assert {"atc_empty_at_first_attach", "iotlb_of_an_unused_domain_on_a_unit_is_cleared"} <= names
    assert names | {"detach_clears_atc"} == {a.name for a in system_of(replace(asked, without=frozenset())).assumptions}
