"""`every-call-returns` for any number of devices, by a ranking, on the model itself."""

from dataclasses import replace

import pytest

from shootdown.ir import Fair, leads_to
from shootdown.ir.ranking import Ranking
from shootdown.ir.system import System
from shootdown.ir.temporal import Response, Strength
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.designs import best_effort, type1_v1_stop
from shootdown.model.fairness import fair
from shootdown.model.rankings import call_returns, in_call
from shootdown.model.sorts import Call
from shootdown.model.world import World
from shootdown.review.anynumber import LARGE, SMALL, conjectures
from shootdown.review.ranking_scripts import ranking_scripts, unconfirmed
from shootdown.search.certify_ranking import JudgedRanking, judge_ranking
from shootdown.search.parametric import Stopped
from shootdown.search.question import Hints
from shootdown.search.ranking import prove_response
from shootdown.search.result import Limits
from shootdown.search.verdict import Ranked

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

Posed = tuple[System, Response, Ranking]


def posed(design: Design, contract: str = "ideal", policy: str = "report-and-complete", *parts: str) -> Posed:
    """The question about one design."""
    system = build(World(design, contract, policy, with_parts=frozenset(parts)))
    claimed = leads_to("every-call-returns", in_call, lambda s: s.call == Call.RETURNED, fair=fair).on(system)
    return system, claimed, call_returns(system).on(system, claimed)


def found(question: Posed) -> Ranked | Stopped:
    """What the search says, with the model's conjectures alone where they are enough."""
    return prove_response(*question, Hints(conjectures(question[0]), SMALL[:1], LARGE), Limits())


def proved(question: Posed) -> Ranked:
    """The certificate."""
    proof = found(question)
    assert isinstance(proof, Ranked), proof
    return proof


def test_every_call_returns_if_devices_answer() -> None:
    """Under `ideal` each device answers or a time-out is returned; the walk has ever fewer devices to visit."""
    for design in (type1_v1_stop.DESIGN, best_effort.DESIGN):
        proof = proved(posed(design))
        assert proof.finite == ("the order of the walk",)
        assert proof.faults
        assert "UNMAP_DMA does not run" in [lemma.name for lemma in proof.lemmas]  # the part that has it is off


def test_with_weak_fairness_alone_nothing_is_proved() -> None:
    """The last group may leave and SET_IOMMU come again, each time before the call has looked at the container."""
    system, claimed, right = posed(type1_v1_stop.DESIGN)
    weak = replace(claimed, fair=tuple(Fair(f.action, Strength.WEAK) for f in claimed.fair))
    refused = found((system, weak, right))
    assert isinstance(refused, Stopped)
    assert "is only weakly fair; it has to be enabled wherever it helps" in refused.reason


@pytest.mark.long
@pytest.mark.parametrize("contract", ["ideal", "vtd-v10", "vtd-5.7", "smmuv3-v10"])
def test_calls_return_beside_unmap_dma(contract: str) -> None:
    """UNMAP_DMA may hold iommu->lock: it drops it, by a ranking of its own, and the lock is strongly fair."""
    proof = proved(posed(best_effort.DESIGN, contract, "hostile", "stage2"))
    assert "UNMAP_DMA does not run" not in [lemma.name for lemma in proof.lemmas]


@pytest.mark.long
def test_a_dead_device_keeps_vtd_from_returning() -> None:
    """It is silent again and again, which is no fault: the rank is raised, and nothing is proved."""
    refused = found(posed(type1_v1_stop.DESIGN, "vtd-v10", "report-and-complete", "recovery"))
    assert isinstance(refused, Stopped)
    assert "dead_silent does not raise the rank" in refused.reason


@pytest.mark.long
def test_both_solvers_confirm_every_script() -> None:
    """The proof stands as plain SMT-LIB 2."""
    question = posed(type1_v1_stop.DESIGN)
    proof = proved(question)
    judged = judge_ranking(*question, proof.lemmas, proof.finite)
    assert isinstance(judged, JudgedRanking)
    scripts = ranking_scripts(judged)
    assert len([n for n in scripts if n.startswith("obligations/")]) == proof.obligations
    assert unconfirmed(scripts) == ()
