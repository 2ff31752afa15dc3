"""The hints about parts of designs: each can be said of some design, and is true of it at the small sizes."""

from functools import cache

import pytest

from shootdown.ir import ModelError, formula
from shootdown.ir.slice import cone
from shootdown.ir.system import System
from shootdown.model.axes import Fetch, LockScope, ModeCheck, Point, Reaction, Validate, design_at
from shootdown.model.conjectures import CONJECTURES
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.part_conjectures import PART_CONJECTURES, PARTS, of_parts
from shootdown.review.anynumber import SMALL
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request, system_of
from shootdown.search.result import Limits
from shootdown.search.samples import Sample, holds_in, sample

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

WORLDS: tuple[tuple[Design | str, str, str], ...] = (
    ("validate-first", "ideal", ""),
    ("validate-first", "vtd-v10", ""),
    ("widen", "ideal", ""),
    ("widen", "vtd-v10", ""),
    (design_at(Point(validate=Validate.FIRST, reaction=Reaction.WIDEN)), "ideal", ""),
    ("disable-ats", "ideal", ""),
    ("quarantine", "ideal", "withhold-completion"),
    (design_at(Point(fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE)), "ideal", ""),
    (design_at(Point(reaction=Reaction.WIDEN, lock=LockScope.DEVICE)), "ideal", ""),
    (
        design_at(
            Point(
                validate=Validate.FIRST, reaction=Reaction.DISABLE_ATS, mode_check=ModeCheck.UNDER_LOCK,
                fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE,
            )
        ),
        "ideal", "",
    ),
    ("singleton", "vtd-v10", ""),
    ("singleton-checked-earlier", "vtd-v10", ""),
    ("device-status", "vtd-v10", ""),
    ("per-device-call", "ideal", "withhold-completion"),
    ("count-own-array", "ideal", ""),
)  # fmt: skip


@cache
def world(number: int) -> tuple[System, list[Sample]]:
    """A model with the states that it reaches at the smallest of the sampled sizes."""
    design, contract, policy = WORLDS[number]
    found = designs()[design] if isinstance(design, str) else design
    prop = "no-reuse-while-stale" if policy else "success-means-coherent"
    system = system_of(Request(found, find_property(prop), contract, policy))
    said = [formula(system, build) for _, build in PART_CONJECTURES if sayable(system, build)]
    sliced = cone(system, said)
    return sliced, sample(sliced, SMALL[:2], (), Limits(states=20_000))


def sayable(system: System, build: object) -> bool:
    """Whether the system has the variables."""
    try:
        formula(system, build)  # type: ignore[arg-type] # a Build
    except ModelError:
        return False
    return True


def test_names_are_unique() -> None:
    """A proof speaks of a conjecture by its name."""
    names = [name for name, _ in (*CONJECTURES, *PART_CONJECTURES)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "build"), PART_CONJECTURES, ids=[n for n, _ in PART_CONJECTURES])
def test_a_hint_is_true_of_some_world(name, build) -> None:
    """One that is false of all of them would only cost time."""
    numbers = [k for k in range(len(WORLDS)) if sayable(world(k)[0], build)]
    assert numbers, name
    assert any(holds_in(formula(world(k)[0], build), world(k)[1]) for k in numbers), name


def test_designs_without_parts_get_no_hint_about_parts() -> None:
    """The proofs of the designs that need none of these are as fast as without them."""
    for name in ("type1-v1", "type1-v1-stop", "best-effort"):
        system = system_of(Request(designs()[name], find_property("host-page-safe"), "ideal"))
        assert of_parts(system) == PARTS
        assert not any(sayable(system, build) for _, build in PARTS)
