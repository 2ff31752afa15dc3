"""What the model leaves out or fixes makes no difference, and what is broken in a model is told apart."""

from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import Part, action, always, exists, forall, implies, require
from shootdown.ir.errors import ModelError, UsageError
from shootdown.model.design import CONTRACTS, Design, Expect
from shootdown.model.sorts import Call, Device, Domain, Errno, Frame, Group, Iova, Unit
from shootdown.review.answer import answer
from shootdown.review.expectation import Exit, Standing, exit_of, narrowed, standing
from shootdown.review.problem import claims_of, problem_of, system_of
from shootdown.search import explicit
from shootdown.search.question import STUCK
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Unknown, outcome
from tests.model.cases import BEST_EFFORT, LOOPS, SMALL, first_trace, kept, request, verdict, with_part

IDS = [d.name for d in LOOPS]
PAIRS = SMALL[2:]
"""Two singleton groups in one domain or in two: where the table of the designs can be seen."""


@action(actor="{u}", code="domain.md 4.6", says="drops {i} -> {f}, domain {x}")
def evict_iotlb(s: Any, u: Unit, x: Domain, i: Iova, f: Frame) -> None:
    """A cache may drop any entry at any time."""
    require(s.iotlb[u, x, i, f])
    s.iotlb[u, x, i, f] = False


@action(actor="device {d}", code="domain.md 4.6", says="drops {i} -> {f} from its ATC")
def evict_atc(s: Any, d: Device, i: Iova, f: Frame) -> None:
    """Also what a late completion of a timed-out invalidation does."""
    require(s.atc[d, i, f])
    s.atc[d, i, f] = False


def evictions() -> Part:
    """Caches that drop entries unasked."""
    p = Part("evictions")
    p.act(evict_iotlb, evict_atc)
    return p


def shortest(design: Design, expect: Expect, contract: str) -> tuple[str, int] | None:
    """The claim that is broken first and the length of a shortest trace; None where all small sizes hold."""
    asked = request(design, expect.property, contract, policy=expect.policy)
    system, problem = problem_of(asked)
    claims, _ = claims_of(asked.property, system)
    found = first_trace(system, claims, kept(problem, PAIRS).places)
    return None if found is None else (found.claim, len(found.trace))


STATED = [
    pytest.param(d, e, id=" ".join((d.name, e.property, e.policy)).strip())
    for d in LOOPS
    for e in d.expects
    if not narrowed(e)
]


@pytest.mark.parametrize(("design", "expect"), STATED)
def test_caches_that_drop_entries_unasked_change_no_verdict(design, expect):
    """With evictions of single entries at any time, two devices show the same table as the design states."""
    evicting = with_part(design, evictions())
    found = {c: "refuted" if shortest(evicting, expect, c) else "proved" for c in expect.outcomes}
    assert found == dict(expect.outcomes)


@pytest.mark.long
@pytest.mark.parametrize(("design", "expect"), STATED)
def test_caches_that_drop_entries_unasked_change_no_verdict_at_the_default_sizes(design, expect):
    """The same up to the sizes that are searched by default."""
    for contract, wanted in expect.outcomes.items():
        asked = request(with_part(design, evictions()), expect.property, contract, policy=expect.policy)
        assert outcome(verdict(asked)) == wanted, contract


@pytest.mark.parametrize("design", LOOPS, ids=IDS)
def test_stage_2_changes_no_verdict_of_success_means_coherent(design):
    """With MAP_DMA and UNMAP_DMA in the model the verdicts are those that the design states without them."""
    (expect,) = (e for e in design.expects if e.property == "success-means-coherent" and not narrowed(e))
    for contract, wanted in expect.outcomes.items():
        asked = request(design, expect.property, contract, parts=("stage2",))
        assert outcome(verdict(asked, SMALL)) == wanted, contract


@pytest.mark.parametrize("contract", CONTRACTS)
def test_only_a_vtd_domain_spans_units(contract):
    """An SMMUv3 domain has one unit at every size; elsewhere a domain over two units is searched too."""
    asked = request("best-effort", "failure-is-told", contract)
    system = system_of(asked)
    same = always(
        "a domain has one unit",
        lambda s: forall(
            Device, Device, lambda d, e: implies(s.domain(d) == s.domain(e), s.unit_of(d) == s.unit_of(e))
        ),
    ).on(system)
    sizes = {"Domain": 2, "Group": 3, "Device": 3, "Unit": 2, "Iova": 1, "Frame": 1}
    found = explicit.search(replace(system, actions=()), (same,), sizes, Limits())
    assert (found.candidate is None) is (contract == "smmuv3-v10")
    spanning = replace(asked, topology="two-units")
    if contract == "smmuv3-v10":
        with pytest.raises(UsageError, match="no state meets the conditions"):
            verdict(spanning)
    else:
        assert isinstance(verdict(spanning), Proved)


def with_axiom(formula: Any) -> Design:
    """best-effort with one more condition on the topology."""
    part = Part("broken")
    part.axiom("broken", formula)
    return with_part(BEST_EFFORT, part)


def company(s: Any) -> Any:
    """No group is alone in its domain."""
    return forall(Group, lambda g: exists(Group, lambda h: (g != h) & (s.domain_of(g) == s.domain_of(h))))


def test_a_size_without_any_topology_is_an_error_and_never_covered():
    """Axioms that no single group meets: asked for one group an error, asked for all sizes no proof."""
    asked = request(with_axiom(company), "failure-is-told", "ideal")
    with pytest.raises(UsageError, match="nothing was checked"):
        answer(replace(asked, sizes={"Group": 1}), Limits())
    found = verdict(asked)
    assert isinstance(found, Unknown)
    assert found.reason == (
        "no start exists at 1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame: "
        "axioms or init exclude each other there"
    )
    assert {s["Group"] for s in found.scope.sizes} == {2}


def test_axioms_that_no_size_meets_are_an_error():
    """A contradiction in the topology is no proof of anything."""
    asked = request(with_axiom(lambda s: exists(Device, lambda d: s.has_ats[d] & ~s.has_ats[d])), "failure-is-told")
    with pytest.raises(UsageError, match="nothing was checked"):
        answer(asked, Limits())


def test_a_guard_that_is_never_true_is_an_error_with_the_name_of_its_action(monkeypatch):
    """A misspelt guard makes an action dead, and a dead action makes claims hold: the model is refused."""

    @action(actor="driver", says="flushes {d} once more")
    def flush_again(s: Any, d: Device) -> None:
        """LOCKED was meant."""
        require(s.call == Call.NONE, s.todo[d])
        s.acked[d] = True

    monkeypatch.setattr("shootdown.review.answer.sizes_in_order", lambda _given: list(SMALL))
    part = Part("broken")
    part.act(flush_again)
    with pytest.raises(ModelError, match=r"test_environment.py:\d+: action `flush_again` .* its guard is never true"):
        answer(request(with_part(BEST_EFFORT, part), "failure-is-told"), Limits())


def test_a_kernel_that_gets_stuck_is_refuted_with_a_trace():
    """A walk that cannot end after an error has no step left, and that is no proof either."""
    part = Part("broken")
    part.also("call_unlock", lambda s: require(s.ret != Errno.EINVAL))
    found = answer(request(with_part(BEST_EFFORT, part), "failure-is-told"), Limits())
    assert isinstance(found.verdict, Refuted)
    assert found.stuck
    assert found.verdict.claim == STUCK
    assert found.verdict.trace.steps[-1].action == "refused_without_ats"
    assert exit_of(found) is Exit.REFUTED
    (expect,) = (e for e in BEST_EFFORT.expects if e.property == "failure-is-told")
    assert standing(found, expect) is Standing.OTHER
