"""`every-call-returns` for any number of devices: which designs are proved by `call_returns`, which must not be."""

from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import Fair, leads_to
from shootdown.ir.ranking import Ranking
from shootdown.ir.system import System
from shootdown.ir.temporal import Response
from shootdown.model.axes import Fetch, LockScope, ModeCheck, Point, Reaction, Validate, Walk, design_at
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.fairness import fair
from shootdown.model.rankings import call_returns, in_call
from shootdown.model.sorts import Call
from shootdown.model.world import World
from shootdown.review.anynumber import LARGE, SMALL, conjectures
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request, problem_of
from shootdown.search.check import check
from shootdown.search.parametric import Stopped
from shootdown.search.question import Hints
from shootdown.search.ranking import prove_response
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Ranked, RefutedLasso
from tests.properties.recovering import FIXED, PAIR

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

# Written down before the first run. Under `ideal` a dead device ends its driver call with -ETIMEDOUT each time, so a
# walk that looks at each device once, or once more to widen or to switch off ATS, comes to its end; a walk that asks
# the dead device again and again does not, and does not return.
RETURNS: dict[str, bool] = {
    "type1-v1": True,  # each device once
    "type1-v1-stop": True,  # each device at most once
    "type1-v2": True,  # the first group only
    "type1-v3": True,  # and one read of the request for each device
    "best-effort": True,
    "count": True,
    "count-own-array": True,  # an entry whose device has left ends the walk
    "device-status": True,
    "disable-ats": True,  # a time-out leads to one more step for the device, which cannot fail
    "fatal": True,  # cutting off is one step with the failure
    "never-fails": True,
    "per-device-call": True,  # one device, or none
    "quarantine": True,  # cutting off is one step with the failure
    "retry-in-kernel": False,  # a dead device is asked for ever
    "singleton": True,
    "singleton-checked-earlier": True,
    "validate-first": True,  # each device is asked once, then visited once
    "widen": True,  # the over-flush is tried once for each device
}

QUICK = ("best-effort", "retry-in-kernel", "type1-v3")


def posed(design: Design, contract: str = "ideal", policy: str = "retry-all") -> tuple[System, Response, Ranking]:
    """The question, with devices that may die."""
    system = build(World(design, contract, policy, with_parts=frozenset({"recovery"})))
    claimed = leads_to("the call returns", in_call, lambda s: s.call == Call.RETURNED, fair=fair).on(system)
    return system, claimed, call_returns(system).on(system, claimed)


def found(*asked: Any) -> Ranked | Stopped:
    """What the search says of a design."""
    question = posed(*asked)
    return prove_response(*question, Hints(conjectures(question[0]), SMALL[:1], LARGE), Limits())


def test_every_design_of_the_catalogue_is_stated() -> None:
    """A new design is to say whether its calls return."""
    assert sorted(RETURNS) == sorted(designs())


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.long) for n in RETURNS])
def test_calls_return_under_the_ideal_driver_unless_a_dead_device_is_asked_for_ever(name: str) -> None:
    """Proved for any number where the walk makes progress at a dead device, and not proved where it does not."""
    said = found(designs()[name])
    assert isinstance(said, Ranked) is RETURNS[name], said


POINTS = {
    "lock": Point(lock=LockScope.DEVICE),
    "lock and fetch": Point(walk=Walk.STOP, fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE),
    "all parts": Point(Walk.BREAK, Validate.FIRST, ("errno", "status"), Reaction.WIDEN, ModeCheck.UNDER_LOCK,
                       Fetch.PER_DEVICE, LockScope.DEVICE),
    "disable and lock": Point(reaction=Reaction.DISABLE_ATS, fetch=Fetch.PER_DEVICE, lock=LockScope.DEVICE),
}  # fmt: skip
"""Designs without a name: parts together."""


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(POINTS))
def test_calls_return_whatever_parts_a_design_has(name: str) -> None:
    """Parts add steps to a visit, or a phase before the walk; none of them begins anew without a device less to do."""
    said = found(design_at(POINTS[name]))
    assert isinstance(said, Ranked), said


@pytest.mark.long
@pytest.mark.parametrize("fetch", list(Fetch), ids=lambda f: f.value)
@pytest.mark.parametrize("lock", list(LockScope), ids=lambda k: k.value)
def test_a_retry_is_never_proved_to_return(fetch: Fetch, lock: LockScope) -> None:
    """A dead device is asked again and again, whatever else the design does."""
    assert isinstance(found(design_at(Point(reaction=Reaction.RETRY, fetch=fetch, lock=lock))), Stopped)


REQUESTS = (
    ("count", "resume-with-generation"),  # -EAGAIN where the lists have changed
    ("count", "resume-after-count"),  # skipped devices are done
    ("device-status", "retry-not-done"),
    ("device-status", "reset-named-and-flush"),
    ("count-own-array", "resume-after-device"),  # -ENODEV where the device has left
)


@pytest.mark.long
@pytest.mark.parametrize("case", REQUESTS, ids=" under ".join)
def test_calls_return_whatever_the_request_leaves_out(case: tuple[str, str]) -> None:
    """A request that does not fit the lists is refused, which is one more way for a call to begin."""
    name, policy = case
    said = found(designs()[name], "ideal", policy)
    assert isinstance(said, Ranked), said


@pytest.mark.long
@pytest.mark.parametrize(("contract", "returns"), [("vtd-v10", False), ("vtd-5.7", False), ("smmuv3-v10", True)])
def test_what_a_driver_makes_of_a_dead_device(contract: str, *, returns: bool) -> None:
    """VT-d submits again for as long as the device is silent; SMMUv3 gives up after a second."""
    assert isinstance(found(designs()["best-effort"], contract), Ranked) is returns


@pytest.mark.parametrize(("step", "returns"), [("", True), ("walk_takes_lock", False), ("call_lock", False)])
def test_nobody_is_kept_from_the_lock_for_ever(step: str, *, returns: bool) -> None:
    """A caller may map and unmap for as long as it likes; weak fairness to a taking of the lock would let it starve."""
    asked = replace(find_property("every-call-returns"), parts=("recovery", "stage2"))
    _, posed_ = problem_of(Request(design_at(POINTS["lock"]), asked, "smmuv3-v10", "retry-all", sizes=PAIR))
    places = tuple(replace(p, never=p.never | FIXED) for p in posed_.places)
    (response,) = posed_.responses
    weaker = tuple(Fair(f.action) if f.action == step else f for f in response.fair)
    found = check(replace(posed_, places=places, wide=None, responses=(replace(response, fair=weaker),)), Limits())
    assert isinstance(found.verdict, Proved if returns else RefutedLasso)
