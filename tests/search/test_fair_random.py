"""The search for fair lassos against brute force and against safety checking, on random systems and responses."""

import itertools
from collections import Counter
from collections.abc import Sequence

import pytest

from shootdown.ir import Response, System
from shootdown.search import explicit
from shootdown.search.fair import fair_search
from shootdown.search.l2s import as_safety, lasso_of
from shootdown.search.refute_lasso import confirmed
from shootdown.search.result import Limits
from shootdown.search.space import Problem, Space
from shootdown.search.unfair import judge
from shootdown.search.verdict import Scope
from tests.search import fairness
from tests.search.random_systems import SIZES, case

LARGEST = 150
"""States that brute force is asked to look at."""


def all_starts(system: System) -> list[fairness.State]:
    """The initial states, which are listed and not searched for."""
    problem = Problem(system, (), SIZES, symmetric=False)
    topologies = problem.topologies(1 << 20)
    assert not hasattr(topologies, "cell")
    spaces: Sequence[Space] = list(problem.spaces(topologies))
    return [s.layout.unpack(int(w)) for s in spaces for w in s.roots(1 << 20)]  # type: ignore[union-attr]


def compare(seed: int, seen: Counter[str]) -> None:
    """Engine and brute force agree; the lasso is judged by the interpreter, the proof arc by arc, state by state."""
    made = case(seed)
    response = fairness.some_response(made, seed)
    found = fair_search(made.system, [response], [], SIZES, Limits(states=LARGEST))
    if found.lasso is None and not found.search.complete:
        seen["large"] += 1
        return
    whole = fairness.graph(made.system, SIZES, iter(all_starts(made.system)), LARGEST)
    if whole is None:
        seen["large"] += 1
        return
    broken = fairness.fails(made.system, response, SIZES, whole)
    if found.lasso is not None:
        confirmed(made.system, response, found.lasso, Scope(()))
        assert found.lasso.elements in broken
        seen["loops" if found.lasso.loop else "stutters"] += 1
    else:
        assert not broken
        judge(made.system, [response], [], SIZES, Limits(), found, sample=20)
        excluded = [e for p in found.parts for e in p.excluded]
        seen["proved"] += any(e.region.any() for e in excluded)
        seen["trivial"] += not any(e.region.any() for e in excluded)
        seen["strong"] += any(len(e.why.layers) > 1 for e in excluded)


def test_engine_and_brute_force_agree() -> None:
    """The same responses fail, and the cases are of every kind: a comparison of trivial ones proves nothing."""
    seen: Counter[str] = Counter()
    for seed in range(1000, 1070):
        compare(seed, seen)
    assert seen["loops"] >= 8
    assert seen["stutters"] >= 5
    assert seen["proved"] >= 8
    assert seen["strong"] >= 1


def by_safety(system: System, response: Response) -> set[tuple[int, ...]] | None:
    """The elements for which the safety system becomes bad, each run judged as a lasso; None where it is too large."""
    broken = set()
    for elements in itertools.product(*(range(SIZES["Node"]) for _ in response.params)):
        safe, claim = as_safety(system, response, elements)
        found = explicit.search(safe, [claim], SIZES, Limits(states=100_000))
        if found.candidate is not None:
            confirmed(system, response, lasso_of(found.candidate, system, elements), Scope(()))
            broken.add(elements)
        elif not found.complete:
            return None
    return broken


def test_engine_and_safety_checking_agree() -> None:
    """The transformed system is bad for some elements exactly where the engine finds a lasso."""
    seen: Counter[str] = Counter()
    for seed in range(2000, 2040):
        made = case(seed)
        response = fairness.some_response(made, seed)
        found = fair_search(made.system, [response], [], SIZES, Limits(states=LARGEST))
        broken = by_safety(made.system, response) if found.lasso is not None or found.search.complete else None
        if broken is None:
            seen["large"] += 1
            continue
        assert (found.lasso is not None) is bool(broken)
        assert found.lasso is None or found.lasso.elements in broken
        seen["refuted" if broken else "proved"] += 1
    assert seen["refuted"] >= 8
    assert seen["proved"] >= 8


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_random_case_is_the_same_again(seed: int) -> None:
    """A seed names a system and a response, so that a failure can be looked at."""
    first, second = (fairness.some_response(case(seed), seed) for _ in range(2))
    assert str(first.trigger) == str(second.trigger)
    assert first.fair == second.fair
