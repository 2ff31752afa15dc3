"""The model's conjectures: each can be said of the whole model, and is true of some design at the small sizes."""

import pytest

from shootdown.ir import formula
from shootdown.ir.expr import reads
from shootdown.ir.slice import cone
from shootdown.ir.system import System
from shootdown.model.conjectures import CONJECTURES
from shootdown.review.anynumber import SMALL
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, system_of
from shootdown.search.result import Limits
from shootdown.search.samples import Sample, holds_in, sample

WORLDS = (
    ("type1-v1-stop", "host-page-safe", "ideal", ""),
    ("best-effort", "no-reuse-while-stale", "vtd-5.7", "withhold-completion"),
    ("type1-v1-stop", "no-reuse-while-stale", "ideal", "withhold-completion"),
)


@pytest.fixture(scope="module")
def worlds() -> list[tuple[System, list[Sample]]]:
    """Models with the states that they reach at the smallest of the sampled sizes."""
    found = []
    for design, name, contract, policy in WORLDS:
        system = system_of(Request(find_design(design), find_property(name), contract, policy))
        said = [f for _, build in CONJECTURES if (f := _formula(system, build)) is not None]
        sliced = cone(system, said)
        found.append((sliced, sample(sliced, SMALL[:2], (), Limits(states=40_000))))
    return found


def _formula(system, build):
    names = set(system.by_name)
    whole = system_of(Request(find_design("best-effort"), find_property("host-page-safe"), "ideal"))
    return formula(system, build) if reads(formula(whole, build)) <= names else None


def test_names_are_unique() -> None:
    """A proof speaks of a conjecture by its name."""
    names = [name for name, _ in CONJECTURES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "build"), CONJECTURES, ids=[n for n, _ in CONJECTURES])
def test_a_conjecture_is_true_of_some_world(name, build, worlds) -> None:
    """One that is false of all of them would only cost time; one that cannot be said would never be noticed."""
    said = [(f, samples) for system, samples in worlds if (f := _formula(system, build)) is not None]
    assert said, name
    assert any(holds_in(f, samples) for f, samples in said), name
