"""What a step of recovery, or a field of a report, has to say of the devices that it is not about."""

import pytest

from shootdown.ir import System
from shootdown.ir.interp import apply, enabled
from shootdown.ir.trace import ConcreteState
from shootdown.model.axes import design_at, point_named
from shootdown.model.build import build
from shootdown.model.sorts import Call, Lock, Mode
from shootdown.model.world import World
from tests.model.test_recovery import TWO, model
from tests.model.test_recovery_steps import _value, after, state_of

BOTH = {(0,): 1, (1,): 1}


@pytest.mark.parametrize("name", ["dead", "blocked"])
def test_a_reset_heals_only_what_it_takes(name: str) -> None:
    """The neighbour that died too, or was cut off too, stays as it is until its own reset."""
    end = after(model("reset-named"), "device_reset", 0, **{name: BOTH})
    assert end[name] == {(0,): 0, (1,): 1}


def walking(report: str) -> tuple[System, ConcreteState]:
    """Every device is attempted; both are still to be visited, device 1 first, and the driver has flushed an IOTLB."""
    point = point_named(f"go-on/no-validation/errno+{report}/no-reaction/mode-check/fetch-once/lock-walk")
    system = build(World(design_at(point), "ideal", "report-and-complete"))
    state = state_of(
        system, TWO, group_of={(1,): 1}, attached=BOTH, has_ats=BOTH, listed=BOTH, todo=BOTH, newer={(1, 0): 1},
        mode=_value(Mode.NESTING), call=_value(Call.LOCKED), lock=_value(Lock.INVALIDATE),
    )  # fmt: skip
    return system, state


def taken(system: System, state: ConcreteState, *steps: tuple[str, int]) -> ConcreteState:
    """The state after these steps, each about one device."""
    for name, device in steps:
        assert enabled(system.action[name], (device,), state, TWO), name
        state = apply(system.action[name], (device,), state, TWO)
    return state


def test_a_count_counts_who_is_done() -> None:
    """One that answered counts, one that was refused does not."""
    system, state = walking("count")
    done = taken(system, state, ("iotlb_flush", 1), ("atc_flush", 1))
    assert done["count"][()] == 1
    assert taken(system, done, ("refused", 0))["count"][()] == 1
    assert taken(system, state, ("refused", 1), ("refused", 0))["count"][()] == 0


def test_only_the_first_failure_is_named() -> None:
    """A walk that goes on meets more failures, and the field still names one device."""
    system, state = walking("failing")
    both = taken(system, state, ("refused", 1), ("refused", 0))
    assert both["failing"] == {(0,): 0, (1,): 1}
    late = taken(system, state, ("iotlb_flush", 1), ("atc_flush", 1), ("refused", 0))
    assert late["failing"] == {(0,): 1, (1,): 0}


def test_a_status_names_each_with_what_became_of_it() -> None:
    """Done is not said of the one that failed, nor failed of the one that is done."""
    system, state = walking("status")
    end = taken(system, state, ("refused", 1), ("iotlb_flush", 0), ("atc_flush", 0))
    assert (end["told_done"], end["told_failed"]) == ({(0,): 1, (1,): 0}, {(0,): 0, (1,): 1})
