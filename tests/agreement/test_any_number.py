"""What is stated to hold for any number is proved for any number, and the lemmas agree with the other engines."""

from dataclasses import replace

import pytest

from shootdown import second
from shootdown.ir.interp import holds
from shootdown.review.answer import answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.cells import Cell, cells, request_of
from shootdown.review.problem import Request, problem_of
from shootdown.search.explicit import explored
from shootdown.search.obligations import obligations
from shootdown.search.question import stuck_claim
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Universal, Vacuous
from shootdown.smt import Answer

LEADING = (
    ("success-means-coherent", ""),
    ("failure-is-told", ""),
    ("no-reuse-while-stale", "withhold-completion"),
    ("host-page-safe", ""),
)
"""The properties that a repaired design must have, with the caller's policy where it is not the property's own."""

REPAIRED = ("type1-v1-stop", "best-effort")


def proof(request: Request) -> Universal:
    """The proof for any number that the product gives."""
    found = answer(request, Limits(), obligations=False).verdict
    assert isinstance(found, Proved), found
    assert found.universal is not None, found.notes
    return found.universal


def leading(design: str, name: str, policy: str) -> Request:
    """One of the leading questions, under the driver that can fail in every way."""
    return Request(find_design(design), find_property(name), "ideal", policy)


@pytest.mark.parametrize(("name", "policy"), LEADING, ids=[n for n, _ in LEADING])
@pytest.mark.parametrize("design", REPAIRED)
def test_the_repaired_designs_are_proved_for_any_number(design: str, name: str, policy: str) -> None:
    """With attach and detach, list order, two-step invalidation and unbounded faults; no call gets stuck either."""
    found = proof(leading(design, name, policy))
    assert found.finite == ("the order of the walk",)
    assert found.lemmas[0].origin == "claim"


def test_lemmas_hold_in_every_state_that_is_reached() -> None:
    """The interpreter evaluates them, as recorded, at a size with two domains."""
    request = leading("type1-v1-stop", "success-means-coherent", "")
    system, problem = problem_of(request)
    lemmas = proof(request).lemmas
    sizes = {"Domain": 2, "Group": 2, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}
    looked_at = 0
    for run in explored(system, (), sizes, Limits(states=150_000)).parts:
        for word in run.visited.all()[::499].tolist():
            state = run.space.layout.unpack(word)
            assert [x.name for x in lemmas if not holds(x.formula, state, sizes)] == []
            looked_at += 1
    assert looked_at > 100
    assert problem.open is not None


@pytest.mark.parametrize(("name", "policy"), LEADING, ids=[n for n, _ in LEADING])
def test_a_claim_without_its_scenario_is_vacuous_and_not_proved(name: str, policy: str) -> None:
    """Without nesting nothing is cached: lemmas would hold for any number, and would mean nothing."""
    request = replace(leading("best-effort", name, policy), without=frozenset({"driver_supports_nesting"}))
    assert isinstance(answer(request, Limits(), obligations=False).verdict, Vacuous)


def test_the_second_solver_confirms_a_proof() -> None:
    """cvc5 finds every obligation of a proof unsatisfiable."""
    request = leading("best-effort", "failure-is-told", "")
    assert second_solver(request) == {Answer.UNSAT}


def second_solver(request: Request) -> set[Answer]:
    """What cvc5 says of the obligations of a proof."""
    found = proof(request)
    system, problem = problem_of(request)
    stuck = stuck_claim(system)
    assert stuck is not None
    asked = obligations(system, (*problem.claims, stuck), found.lemmas, found.finite)
    return {second.check(o.script, rlimit=2_000_000) for o in asked}


def _stated() -> list[Cell]:
    return [c for c in cells() if c.contract in c.expect.any_number]


@pytest.mark.long
@pytest.mark.parametrize("cell", _stated(), ids=lambda c: f"{c.design}.{c.label}.{c.contract}")
def test_what_is_stated_for_any_number_is_proved_for_any_number(cell: Cell) -> None:
    """Every design, property, contract and policy."""
    assert proof(request_of(cell)).obligations > 0


@pytest.mark.long
@pytest.mark.parametrize(("name", "policy"), LEADING, ids=[n for n, _ in LEADING])
@pytest.mark.parametrize("design", REPAIRED)
def test_the_second_solver_confirms_every_leading_proof(design: str, name: str, policy: str) -> None:
    """Also those that a quick run leaves out."""
    assert second_solver(leading(design, name, policy)) == {Answer.UNSAT}
