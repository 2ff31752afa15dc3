"""What each step of recovery does to a state, and what it leaves alone."""

from enum import Enum
from typing import Any

import pytest

from shootdown.ir import System
from shootdown.ir.interp import apply, enabled, successors
from shootdown.ir.trace import ConcreteState
from shootdown.model.axes import design_at, point_named
from shootdown.model.build import build
from shootdown.model.sorts import Call, Errno, Lock, Mode
from shootdown.model.world import World
from tests.model.test_recovery import PARTS, TWO, model


def state_of(system: System, sizes: dict[str, int], **changes: Any) -> ConcreteState:
    """A state in which everything is 0 but for the tables that are given."""
    found = {v.name: dict.fromkeys(_points(v.args, sizes), 0) for v in system.variables}
    for name, table in changes.items():
        for at, value in (table.items() if isinstance(table, dict) else [((), table)]):
            assert at in found[name]
            found[name][at] = value
    return found


def _points(sorts: tuple[Any, ...], sizes: dict[str, int]) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = [()]
    for sort in sorts:
        rows = [(*r, k) for r in rows for k in range(sizes[sort.name])]
    return rows


def failed(system: System, **changes: Any) -> ConcreteState:
    """Two devices in groups of their own; a call is back with -ETIMEDOUT, device 0 failed, device 1 answered."""
    usual: dict[str, Any] = {
        "group_of": {(1,): 1}, "attached": {(0,): 1, (1,): 1}, "mode": _value(Mode.NESTING),
        "has_ats": {(0,): 1, (1,): 1},
        "call": _value(Call.RETURNED), "ret": _value(Errno.ETIMEDOUT), "listed": {(0,): 1, (1,): 1}, "queued": 1,
        "acked": {(1,): 1}, "told_done": {(1,): 1}, "told_failed": {(0,): 1}, "failing": {(0,): 1}, "count": 1,
        "atc": {(0, 0, 0): 1, (1, 0, 0): 1}, "iotlb": {(0, 0, 0, 0): 1}, "dead": {(0,): 1}, "blocked": {(0,): 1},
    }  # fmt: skip
    if "reset_takes" in system.by_name:
        usual["reset_takes"] = {(0, 0): 1, (1, 1): 1}
    return state_of(system, TWO, **(usual | changes))


def _value(member: Enum) -> int:
    return [m.name for m in type(member)].index(member.name)


def after(system: System, name: str, *args: int, **changes: Any) -> ConcreteState:
    """The state after a step that is enabled once the call has failed."""
    state = failed(system, **changes)
    assert enabled(system.action[name], args, state, TWO), name
    return apply(system.action[name], args, state, TWO)


def test_a_reset_empties_an_atc_and_no_iotlb() -> None:
    """It ends being cut off and being dead, for the function that it takes, and loses nobody who answered."""
    system = model("reset-named")
    assert not enabled(system.action["device_reset"], (1,), failed(system), TWO)
    end = after(system, "device_reset", 0)
    assert end["atc"] == {(0, 0, 0): 0, (1, 0, 0): 1}
    assert end["iotlb"] == {(0, 0, 0, 0): 1}
    assert set(end["dead"].values()) == set(end["blocked"].values()) == set(end["lost"].values()) == {0}
    assert not enabled(system.action["device_reset"], (0,), end, TWO)


def test_a_slot_reset_takes_the_neighbour_who_answered() -> None:
    """Without function-level reset both ATCs are empty, and the device that answered is lost."""
    system = model("reset-named", "ideal", "function_level_reset")
    slot = dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], 1)
    end = after(system, "device_reset", 0, reset_takes=slot)
    assert set(end["atc"].values()) == {0}
    assert end["lost"] == {(0,): 0, (1,): 1}
    assert "function_level_reset" not in {a.name for a in system.assumptions}


def test_without_its_assumption_a_reset_leaves_a_device_dead() -> None:
    """The ATC is empty all the same."""
    system = model("reset-named", "ideal", "reset_revives")
    end = after(system, "device_reset", 0)
    assert end["dead"][0,] == 1
    assert end["atc"][0, 0, 0] == 0


def test_a_device_that_has_left_is_not_reset() -> None:
    """Its descriptor is gone with its group; the VMM goes on without it."""
    system = model("reset-named-and-flush")
    gone = failed(system, attached={(0,): 0, (1,): 1})
    assert not enabled(system.action["device_reset"], (0,), gone, TWO)
    assert enabled(system.action["vmm_calls_again"], (), gone, TWO)
    end = apply(system.action["vmm_calls_again"], (), gone, TWO)
    assert end["out"] == {(0,): 1, (1,): 0}
    assert not enabled(system.action["set_container"], (0,), end, TWO)


def test_unplugging_takes_the_group_out_with_all_that_other_parts_add_to_it() -> None:
    """Stage 2 drops its mappings as for UNSET_CONTAINER; an open device is closed first."""
    system = model("unplug-device", parts=PARTS | {"stage2"})
    end = after(system, "vmm_unplugs", 0, users={(0,): 1, (1,): 1}, pinned={(0,): 1}, s2={(0, 0): 1})
    assert end["attached"] == {(0,): 0, (1,): 1}
    assert end["users"] == {(0,): 0, (1,): 1}
    written = {a.name: {u.variable.name for u in a.updates} for a in system.actions}
    assert written["vmm_unplugs"] == written["unset_container"] | {"users", "lost"}
    assert not enabled(system.action["set_container"], (0,), end, TWO)


@pytest.mark.parametrize(
    ("policy", "memory"),
    [
        ("retry-not-done", ("spared", {(0,): 0, (1,): 1})),
        ("resume-after-count", ("skip", {(): 1})),
        ("resume-after-device", ("resume_at", {(0,): 1, (1,): 0})),
    ],
)
def test_the_next_request_follows_from_the_report_alone(policy: str, memory: tuple[str, dict[Any, int]]) -> None:
    """What is done is left out, counted, or begun behind; a success makes the VMM forget it."""
    system = model(policy)
    name, wanted = memory
    end = after(system, "vmm_calls_again")
    assert end[name] == wanted
    assert end["call"][()] == _value(Call.NONE)
    assert end["queued"][()] == 1
    done = after(system, "vmm_completes", ret=_value(Errno.OK), **{name: wanted})
    assert set(done[name].values()) == {0}
    assert done["queued"][()] == 0


def test_a_request_that_names_the_rest_visits_the_rest() -> None:
    """A walk leaves out whom the request leaves out; it still answers for the list."""
    system = model("retry-not-done")
    entered = failed(system, call=_value(Call.ENTERED), ret=0, spared={(1,): 1})
    end = apply(system.action["call_lock"], (), entered, TWO)
    assert end["todo"] == {(0,): 1, (1,): 0}
    assert end["listed"] == {(0,): 1, (1,): 1}


def test_an_error_ends_the_wait_and_releases_nothing() -> None:
    """The guest still owes the invalidation, and may queue it again."""
    system = model("inject-guest-error")
    end = after(system, "vmm_injects", owed={(0, 0): 1}, covers={(0,): 1})
    assert end["queued"][()] == 0
    assert end["covers"] == {(0,): 0}
    assert end["owed"] == {(0, 0): 1}
    assert enabled(system.action["guest_queues"], (0,), end, TWO)


def test_a_stopped_vm_does_nothing() -> None:
    """Guest and devices are silent, and whoever had answered is lost."""
    system = model("stop-vm")
    end = after(system, "vmm_stops", pte={(0, 0): 1})
    able = {step.action for step, _ in successors(system, end, TWO)}
    assert able <= {"unset_container", "open_device", "close_device", "dies"}
    assert end["lost"] == {(0,): 0, (1,): 1}


def test_a_device_whose_ats_is_off_is_skipped_like_any_other() -> None:
    """A device whose ATS was switched off is flushed by a step of its own, which waits for the position too."""
    point = point_named("stop/no-validation/errno+count/disable-ats/mode-check/fetch-once/lock-walk")
    system = build(World(design_at(point), "ideal", "resume-after-count"))
    usual = state_of(
        system, TWO, group_of={(1,): 1}, attached={(0,): 1, (1,): 1}, has_ats={(0,): 1, (1,): 1}, ats_off={(0,): 1},
        mode=_value(Mode.NESTING), call=_value(Call.LOCKED), todo={(0,): 1, (1,): 1}, lock=_value(Lock.INVALIDATE),
        newer={(0, 1): 1},
    )  # fmt: skip
    assert can(system, usual) == {"iotlb_flush_ats_off", "refused"}
    assert can(system, {**usual, "skip": {(): 1}}) == {"walk_skips"}


def can(system: System, state: ConcreteState) -> set[str]:
    """What kernel and driver can do for the first device."""
    able = {step.action for step, _ in successors(system, state, TWO)}
    return {name for name in able if system.action[name].actor in ("kernel", "driver")}
