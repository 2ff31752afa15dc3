"""Reports, reactions and the caller's array: each part does what its design says, and mutants of it are noticed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from shootdown.ir import Part, System, always
from shootdown.model import validate
from shootdown.model.axes import Fetch, LockScope, Point, design_at
from shootdown.model.build import assemble, parts_of
from shootdown.model.design import Design, Expect
from shootdown.model.designs import designs
from shootdown.model.sorts import Errno
from shootdown.model.world import World
from shootdown.review.problem import Request, claims_of, problem_of
from shootdown.search.question import Place
from shootdown.search.verdict import Refuted
from tests.model.cases import ONE, SMALL, first_trace, kept, request, steps, trace, verdict
from tests.model.mutants import without_update

REPORTING = "report-and-complete"
WITHHOLD = "withhold-completion"


@dataclass(frozen=True)
class Mutant:
    """One change to a part of a design, and the check that notices it and holds without it."""

    name: str
    design: str | Point
    attacks: str
    contract: str = "ideal"
    policy: str = ""
    only: frozenset[str] | None = None
    topology: str = ""
    system: Callable[[System], System] | None = None
    parts: Callable[[list[Part]], None] | None = None
    edit: Callable[[Design], Design] | None = None

    @property
    def asked(self) -> Request:
        """The check."""
        design = designs()[self.design] if isinstance(self.design, str) else design_at(self.design)
        return request(design, self.attacks, self.contract, policy=self.policy, only=self.only, topology=self.topology)


def without(*names: str) -> Callable[[list[Part]], None]:
    """The actions of these names are not there."""

    def change(parts: list[Part]) -> None:
        for part in parts:
            part.actions[:] = [a for a in part.actions if a.name not in names]
            for name in names:
                part.additions.pop(name, None)

    return change


def not_adding(part_name: str, *names: str) -> Callable[[list[Part]], None]:
    """A part adds nothing to these actions."""

    def change(parts: list[Part]) -> None:
        (part,) = (p for p in parts if p.name == part_name)
        for name in names:
            assert part.additions.pop(name)

    return change


def _takes_time_out_for_answer(_s: Any, _d: Any, _ret: Errno) -> Errno:
    return Errno.OK


def _goes_on(s: Any, d: Any, ret: Errno) -> None:
    designs()["best-effort"].after_device(s, d, ret)
    if ret is Errno.EINVAL:
        validate.give_up(s)


FLUSHES = ("iotlb_flush", "iotlb_flush_only")

MUTANTS = (
    Mutant(
        "flushes do not wait for the check", "validate-first", "error-means-untouched-or-told",
        only=frozenset({"refused"}), parts=not_adding("validate", *FLUSHES),
    ),
    Mutant(
        "a refusal does not end the walk", "validate-first", "error-means-untouched-or-told",
        only=frozenset({"refused"}), edit=lambda d: replace(d, after_device=_goes_on),
    ),
    Mutant(
        "the wider flush leaves the IOTLB", "widen", "success-means-coherent",
        system=without_update("iotlb", "widen_iotlb", "widen_iotlb_only"),
    ),
    Mutant(
        "the wider flush leaves the ATC", "widen", "success-means-coherent",
        system=without_update("atc", "widen_atc"),
    ),
    Mutant(
        "switching off ATS keeps the ATC", "disable-ats", "success-means-coherent",
        system=without_update("atc", "ats_disabled"),
    ),
    Mutant(
        "an ATC fills although its ATS is off", "disable-ats", "success-means-coherent",
        parts=not_adding("disable ATS", "atc_fill"),
    ),
    Mutant(
        "nobody is cut off", "quarantine", "no-reuse-while-stale", policy=REPORTING, only=frozenset({"timed-out"}),
        system=without_update("blocked", "atc_timed_out", "atc_answer_lost"),
    ),
    Mutant(
        "only the failing device is cut off", "fatal", "no-reuse-while-stale", policy=REPORTING,
        topology="two-singleton-groups",
        edit=lambda d: replace(d, reacts=designs()["quarantine"].reacts),
    ),
    Mutant(
        "a time-out is taken for an answer", "retry-in-kernel", "success-means-coherent",
        edit=lambda d: replace(d, reacts=_takes_time_out_for_answer),
    ),
    Mutant(
        "what is left to visit is forgotten", Point(lock=LockScope.DEVICE), "success-means-coherent",
        system=without_update("left", "walk_drops_lock"),
    ),
    Mutant(
        "the call ends while the lock is dropped", Point(lock=LockScope.DEVICE), "success-means-coherent",
        parts=not_adding("lock scope", "call_unlock"),
    ),
    Mutant(
        "the kernel walks in its own order", "count-own-array", "failure-is-told",
        edit=lambda d: replace(d, order=None),
    ),
    Mutant(
        "the VMM asks one device only", "per-device-call", "no-reuse-while-stale", "vtd-5.7", policy=WITHHOLD,
        parts=not_adding("named device", "vmm_completes"),
    ),
    Mutant(
        "a group of two passes for a singleton", "singleton", "error-means-untouched-or-told", "vtd-v10",
        edit=lambda d: replace(d, admits=designs()["type1-v2"].admits),
    ),
)  # fmt: skip


def found(mutant: Mutant, *, changed: bool, where: Place | None = None) -> tuple[Refuted | None, Place | None]:
    """A shortest trace with or without the mutant's change, and where: at one place or the small sizes."""
    asked = mutant.asked
    if changed and mutant.edit is not None:
        asked = replace(asked, design=mutant.edit(asked.design))
    parts = parts_of(asked.world, asked.property.monitor)
    if changed and mutant.parts is not None:
        mutant.parts(parts)
    system = assemble(asked.world, parts)
    if changed and mutant.system is not None:
        system = mutant.system(system)
    if asked.only is not None:
        actions = tuple(a for a in system.actions if not a.tally or a.tally in asked.only)
        system = replace(system, actions=actions, busy=None)
    claims, _ = claims_of(asked.property, system)
    _, problem = problem_of(asked)
    for place in (where,) if where is not None else kept(problem, SMALL).places:
        broken = first_trace(system, claims, (place,))
        if broken is not None:
            return broken, place
    return None, None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mutant_of_a_part_is_noticed(mutant):
    """The check is refuted once the part is changed, and holds there without the change."""
    broken, place = found(mutant, changed=True)
    assert broken is not None
    assert broken.claim != "stuck"
    assert found(mutant, changed=False, where=place) == (None, None)


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_the_part_that_a_mutant_changes_holds_at_every_small_size(mutant):
    """Not only where the mutant is noticed."""
    assert found(mutant, changed=False) == (None, None)


def test_without_the_second_thread_a_second_fetch_does_no_harm():
    """Go on with a fetch per device is refuted at two iovas by the thread, and by nothing else."""
    sizes = ONE | {"Iova": 2}
    asked = request(design_at(Point(fetch=Fetch.PER_DEVICE)), "success-means-coherent", "vtd-5.7", sizes=sizes)
    assert "user_rewrites" in steps(verdict(asked))
    parts = parts_of(asked.world)
    without("user_rewrites")(parts)
    system = assemble(asked.world, parts)
    claims, _ = claims_of(asked.property, system)
    assert first_trace(system, claims, problem_of(asked)[1].places) is None


def test_a_device_that_has_left_is_refused():
    """The caller's array names it, it leaves while the call is on its way, and the walk answers -ENODEV, not 0."""
    asked = request("count-own-array", "failure-is-told", "vtd-5.7")
    system, problem = problem_of(asked)
    claim = always("never", lambda s: s.ret != Errno.ENODEV, says="{ret}").on(system)
    broken = first_trace(system, (claim,), kept(problem, SMALL).places)
    assert broken is not None
    taken = [x.action for x in broken.trace.steps]
    assert taken.index("vmm_calls") < taken.index("unset_container") < taken.index("entry_gone")


def test_a_device_that_joins_is_not_in_the_array():
    """It is not visited, has filled its ATC from an IOTLB that was stale then, and the call reports success."""
    asked = request("count-own-array", "success-means-coherent", "vtd-5.7")
    taken = steps(verdict(asked, [ONE | {"Device": 2, "Group": 2}]))
    assert taken.index("vmm_calls") < taken.index("set_container") < taken.index("call_lock")


def test_a_lock_that_is_dropped_between_devices_lets_a_group_join_behind_the_walk():
    """Three devices are needed: one joins the domain of the last on the walk, which leaves, and nobody flushes it."""
    asked = request(design_at(Point(lock=LockScope.DEVICE)), "success-means-coherent", "vtd-5.7")
    assert trace(asked, SMALL) is None
    sizes = ONE | {"Domain": 2, "Group": 3, "Device": 3}
    system, problem = problem_of(replace(asked, sizes=sizes))
    broken = first_trace(system, problem.claims, problem.places)
    assert broken is not None
    taken = [x.action for x in broken.trace.steps]
    assert taken.index("walk_drops_lock") < taken.index("set_container") < taken.index("unset_container")


@pytest.mark.parametrize("name", ["quarantine", "fatal"])
def test_cutting_off_does_not_flush_an_iotlb(name):
    """A group attached after a refusal uses the stale entry: the trace attaches it and its DMA goes astray."""
    taken = steps(verdict(request(name, "no-reuse-while-stale", "vtd-v10", policy=REPORTING), SMALL[:3]))
    assert taken.index("refused_without_ats") < taken.index("set_container") < taken.index("dma")


def test_widening_leaves_vtd_without_errors():
    """The refusal of a device without ATS is repaired on the spot; without the reaction the same check is refuted."""
    for name, broken in (("widen", False), ("best-effort", True)):
        asked = request(name, "no-reuse-while-stale", "vtd-v10", policy=REPORTING)
        assert (trace(asked, SMALL[:2]) is not None) == broken


def test_the_world_says_which_assumptions_the_parts_use():
    """A part that leans on an assumption names it, as the rest of the model does."""
    world = World(designs()["widen"])
    names = {a.name for a in assemble(world, parts_of(world)).assumptions}
    assert {"request_is_well_formed", "hardware_does_not_lie"} <= names


def test_one_reason_for_several_outcomes_names_them() -> None:
    """What explains a refutation under one contract is not given as the reason of a proof under another."""
    mixed = Expect("failure-is-told", {"vtd-v10": "refuted", "ideal": "proved", "vtd-5.7": "refuted"}, "a driver hangs")
    assert mixed.because == (
        "; the reason for all it states (refuted under vtd-v10 and vtd-5.7, proved under ideal): a driver hangs"
    )
    same = Expect("failure-is-told", {"vtd-v10": "proved", "ideal": "proved"}, "the first error is kept")
    assert same.because == ", because the first error is kept"
