"""The hints about what a report tells: each can be said of some design, and is true of it at the small sizes."""

from functools import cache

import pytest

from shootdown.ir import ModelError, formula
from shootdown.ir.claims import Build
from shootdown.ir.slice import cone
from shootdown.ir.system import System
from shootdown.model.array_conjectures import ARRAY, IN_ORDER, OF_ARRAYS
from shootdown.model.conjectures import CONJECTURES
from shootdown.model.paired import ALONE, ONE_AT_MOST, ONE_NAMED, of_reports
from shootdown.model.part_conjectures import of_parts
from shootdown.review.anynumber import SMALL
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, single_of
from shootdown.search.result import Limits
from shootdown.search.samples import Sample, holds_in, sample

WORLDS = (
    ("type1-v1-stop", "ideal"),
    ("type1-v1-stop", "vtd-5.7"),
    ("singleton", "ideal"),
    ("per-device-call", "ideal"),
    ("count-own-array", "ideal"),
)
HINTS = tuple(dict((*ALONE, *ONE_AT_MOST, *ONE_NAMED, *IN_ORDER)).items())


@cache
def world(number: int) -> tuple[System, list[Sample]]:
    """One run of a design, with the states that it reaches at the smallest of the sampled sizes."""
    design, contract = WORLDS[number]
    system = single_of(Request(find_design(design), find_property("report-is-sufficient"), contract))
    sliced = cone(system, [formula(system, build) for _, build in HINTS if sayable(system, build)])
    return sliced, sample(sliced, SMALL[:2], (), Limits(states=20_000))


def sayable(system: System, build: Build) -> bool:
    """Whether the system has the variables."""
    try:
        formula(system, build)
    except ModelError:
        return False
    return True


def test_names_are_unique() -> None:
    """A proof speaks of a conjecture by its name, whatever a design gets to hear."""
    for number in range(len(WORLDS)):
        system = world(number)[0]
        names = [name for name, _ in (*CONJECTURES, *of_reports(system), *of_parts(system))]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "build"), HINTS, ids=[n for n, _ in HINTS])
def test_a_hint_is_true_of_some_world(name: str, build: Build) -> None:
    """One that is false of all of them would only cost time."""
    numbers = [k for k in range(len(WORLDS)) if sayable(world(k)[0], build)]
    assert numbers, name
    assert any(holds_in(formula(world(k)[0], build), world(k)[1]) for k in numbers), name


def test_an_array_has_one_set_of_hints_or_the_other() -> None:
    """Those about groups that come and go are for those who do not watch whether they do."""
    watched = single_of(Request(find_design("count-own-array"), find_property("report-is-sufficient"), "ideal"))
    unwatched = single_of(Request(find_design("count-own-array"), find_property("failure-is-told"), "ideal"))
    assert set(IN_ORDER) <= set(of_reports(watched))
    assert not set(ARRAY) & set(of_parts(watched))
    assert set(ARRAY) <= set(of_parts(unwatched))
    assert not of_reports(unwatched)
    assert set(OF_ARRAYS) <= set(of_parts(watched)) & set(of_parts(unwatched))
