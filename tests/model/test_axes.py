"""The design space: points have names, each builds a model, named designs are the points that they state."""

from dataclasses import replace

import pytest

from shootdown.ir.errors import UsageError
from shootdown.ir.fingerprint import fingerprint
from shootdown.model.axes import (
    AXES,
    Fetch,
    LockScope,
    ModeCheck,
    Point,
    Reaction,
    Validate,
    Walk,
    design_at,
    point_named,
    point_of,
    points,
)
from shootdown.model.build import build
from shootdown.model.design import CONTRACTS, Design
from shootdown.model.designs import designs
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.review.answer import covered
from shootdown.review.problem import Request, problem_of
from shootdown.search.result import Limits
from tests.model.cases import SMALL, first_trace, kept

NAMED = [d for d in designs().values() if d.point is not None]

FULL = Point(Walk.BREAK, Validate.FIRST, ("errno", "status"), Reaction.WIDEN, ModeCheck.UNDER_LOCK, Fetch.PER_DEVICE)
SOME = (
    FULL,
    replace(FULL, lock=LockScope.DEVICE),
    Point(reaction=Reaction.WIDEN, fetch=Fetch.PER_DEVICE),
    Point(Walk.STOP, reaction=Reaction.WIDEN, lock=LockScope.DEVICE),
    Point(Walk.STOP, Validate.FIRST, reaction=Reaction.DISABLE_ATS, fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE),
    Point(report=("errno", "event"), reaction=Reaction.DISABLE_ATS),
    Point(report=("errno", "event"), reaction=Reaction.RETRY, fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE),
    Point(Walk.BREAK, report=(), reaction=Reaction.FATAL, mode_check=ModeCheck.UNDER_LOCK),
)
"""Points that have every optional part, alone and with the others."""


def model(design: Design, contract: str, policy: str = "hostile", without: frozenset[str] = frozenset()) -> str:
    """What the composed system means, without names."""
    return fingerprint(build(World(design, contract, policy, without)), ())


def request(point: Point, contract: str, without: frozenset[str] = frozenset()) -> Request:
    """A check of the point."""
    return Request(design_at(point), properties()["success-means-coherent"], contract, without=without)


def test_the_space_is_listed_in_a_fixed_order_and_every_name_is_read_back() -> None:
    """Each combination of values once; a name says all coordinates."""
    found = list(points())
    assert len(found) == len(set(found)) == 3 * 2 * 7 * 6 * 2 * 2 * 2
    assert found[0].name == "break/no-validation/void/no-reaction/no-mode-check/fetch-once/lock-walk"
    assert found[-1].name == "go-on/validate-first/errno+event/fatal/mode-check/fetch-per-device/lock-per-device"
    assert [point_named(p.name) for p in found] == found
    assert [name for name, _ in AXES] == list(Point.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "what"),
    [("go-on/errno", "takes 7 coordinates"), ("go-on/no/errno/widen/mode-check/fetch-once/lock-walk", "axis validate")],
)
def test_a_name_that_is_no_point_gets_a_sentence(name: str, what: str) -> None:
    """The message names the axis and its values."""
    with pytest.raises(UsageError, match=what):
        point_named(name)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("design", NAMED, ids=lambda d: d.name)
def test_a_named_design_is_the_point_that_it_states(design: Design, contract: str) -> None:
    """The same system, under each policy of the catalogue; the report's fields and the errno for wrong modes too."""
    assert design.point is not None
    at = design_at(design.point)
    assert point_of(at) == point_of(design)
    for policy in ("hostile", "report-and-complete"):
        assert model(design, contract, policy) == model(at, contract, policy)
    bare = frozenset({"request_is_well_formed", "hardware_does_not_lie"})
    assert model(design, contract, without=bare) == model(at, contract, without=bare)
    assert (design.report, design.wrong_mode) == (at.report, at.wrong_mode)


def test_another_point_is_another_model() -> None:
    """The control: a design that stated a wrong point would be noticed on each axis."""
    home = Point()
    axes = dict(AXES)
    for axis, values in axes.items():
        others = [replace(home, **{axis: v}) for v in values if v != getattr(home, axis)]  # type: ignore[arg-type]
        assert all(model(design_at(p), "ideal") != model(design_at(home), "ideal") for p in others), axis


def test_equal_points_are_one_design() -> None:
    """A point is built once, so that what is known of its design is found again."""
    assert design_at(Point()) is design_at(point_named(Point().name))


def test_reactions_to_time_outs_are_the_same_where_no_driver_returns_one() -> None:
    """Under VT-d and SMMUv3 no call fails with a time-out, so these axis values make no difference."""
    for contract in ("vtd-v10", "smmuv3-v10", "vtd-5.7"):
        for reaction in (Reaction.RETRY, Reaction.DISABLE_ATS):
            assert model(design_at(Point(reaction=reaction)), contract) == model(design_at(Point()), contract)


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("point", SOME, ids=lambda p: p.name)
def test_every_action_of_a_point_can_fire(point: Point, contract: str) -> None:
    """No optional part has an action whose guard is never true, and every cache can become stale."""
    found = covered(request(point, contract), Limits())
    assert not found.actions
    assert not found.goals


@pytest.mark.parametrize("contract", ["ideal", "vtd-v10", "smmuv3-v10"])
def test_every_part_can_fire_without_well_formed_requests(contract: str) -> None:
    """Malformed requests and lying hardware bring actions of their own into the parts."""
    for point in SOME[:4]:
        system = build(World(design_at(point), contract, without=frozenset({"request_is_well_formed"})))
        assert len({a.name for a in system.actions}) == len(system.actions)


@pytest.mark.parametrize("point", SOME, ids=lambda p: p.name)
def test_no_point_gets_stuck_at_small_sizes(point: Point) -> None:
    """While a call is in progress the kernel can always go on: no guard of a part is too strong."""
    system, problem = problem_of(request(point, "ideal"))
    assert first_trace(system, (), kept(problem, SMALL[:3]).places) is None
