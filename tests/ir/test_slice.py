"""Cone of influence: what a slice keeps, and that answers and traces carry over."""

import pytest

from shootdown.ir import (
    Index,
    Part,
    State,
    System,
    UsageError,
    action,
    always,
    cast,
    compose,
    exists,
    forall,
    require,
    u8,
    u32,
)
from shootdown.ir.expr import reads
from shootdown.ir.rewrite import conjuncts
from shootdown.ir.slice import cone, dropped_names
from shootdown.ir.system import Claim
from shootdown.search.explicit import search
from shootdown.search.lift import lift
from shootdown.search.refute import replay
from shootdown.search.result import Limits


class Device(Index):
    """A thing that is flushed."""

    names = "ab"


def flushing(*, contradiction: bool = False) -> System:
    """A flush that matters, a log and a clock that do not, and topology that is tied to one or the other."""
    p = Part("flush")
    p.relation("ats", Device, immutable=True)
    p.relation("twin", Device, Device, immutable=True)
    p.relation("noisy", Device, immutable=True)
    p.relation("stale", Device)
    p.relation("armed", Device)
    p.variable("log", u8)
    p.variable("clock", u32)
    p.variable("odd", bool)
    p.axiom("twins", lambda s: forall(Device, Device, lambda d, e: ~s.twin[d, e] | (s.ats[d] & s.ats[e])))
    p.axiom("noise", lambda s: exists(Device, lambda d: s.noisy[d]))
    p.init(
        "start", lambda s: forall(Device, lambda d: s.stale[d] & ~s.armed[d] & (s.ats[d] | s.noisy[d])) & (s.log == 3)
    )
    p.init("clock", lambda s: s.clock == cast(u32, s.log) + 4)
    if contradiction:
        p.init("never", lambda s: s.odd & ~s.odd)

    @action(actor="driver")
    def flush(s: State, d: Device) -> None:
        require(s.armed[d])
        s.stale[d] = False
        s.log = s.log + 1

    @action(actor="kernel")
    def arm(s: State, d: Device) -> None:
        s.armed[d] = True
        s.clock = s.clock + 1

    @action(actor="kernel")
    def tick(s: State) -> None:
        require(s.odd)
        s.clock = s.clock + 1

    p.act(flush, arm, tick)
    return compose("flush", [p])


def clean(system: System) -> Claim:
    """No device is ever flushed: false after two steps."""
    return always("all stale", lambda s: forall(Device, lambda d: s.stale[d])).on(system)


def test_slice_keeps_what_can_matter() -> None:
    """Read variables stay, those tied to them by a condition stay, the rest goes with its actions and updates."""
    system = flushing()
    sliced = cone(system, [clean(system).formula])
    assert [v.name for v in sliced.variables] == ["stale", "armed"]
    assert dropped_names(system, sliced) == ("ats", "twin", "noisy", "log", "clock", "odd")
    assert [a.name for a in sliced.actions] == ["flush", "arm"]
    assert [u.variable.name for u in sliced.action["arm"].updates] == ["armed"]
    assert [n.name for n in sliced.init] == ["start"]
    assert reads(sliced.initial) == {"stale", "armed"}
    assert sliced.name == system.name


def test_conditions_that_mix_keep_all_they_mention() -> None:
    """A formula over one topology variable keeps the variables that conditions tie to it, and theirs."""
    system = flushing()
    about_twins = always("t", lambda s: forall(Device, lambda d: ~s.twin[d, d])).on(system)
    sliced = cone(system, [about_twins.formula])
    assert [v.name for v in sliced.variables] == ["ats", "twin", "noisy"]
    assert [n.name for n in sliced.axioms] == ["twins", "noise"]


def test_what_a_kept_guard_reads_is_kept() -> None:
    """The clock is moved by `tick`, whose guard reads `odd`; the log is tied to the clock at the start."""
    system = flushing()
    about_clock = always("c", lambda s: s.clock != 0).on(system)
    assert {v.name for v in cone(system, [about_clock.formula]).variables} == {"clock", "odd", "log", "armed"}


def test_forall_is_taken_apart_into_conditions() -> None:
    """`forall d. a & b` counts as two conditions, so that one of them can go."""
    system = flushing()
    start = next(n.formula for n in system.init if n.name == "start")
    assert [sorted(reads(part)) for part in conjuncts(start)] == [["stale"], ["armed"], ["ats", "noisy"], ["log"]]


def test_answers_are_those_of_the_whole_system() -> None:
    """The slice has the same shortest run, and completed it replays on the whole system."""
    system = flushing()
    claim = clean(system)
    sliced = cone(system, [claim.formula])
    found = search(sliced, [claim], {"Device": 2}, Limits())
    assert found.candidate is not None
    assert search(system, [claim], {"Device": 2}, Limits(depth=2)).depth == found.depth == 2
    lifted = lift(system, sliced, found.candidate)
    assert len(replay(system, claim, lifted)) == 2


def test_lifted_start_is_the_smallest() -> None:
    """Dropped cells get the lexicographically smallest values that meet the conditions on them."""
    system = flushing()
    claim = clean(system)
    sliced = cone(system, [claim.formula])
    found = search(sliced, [claim], {"Device": 2}, Limits())
    assert found.candidate is not None
    start = lift(system, sliced, found.candidate).start
    assert start["ats"] == {(0,): 0, (1,): 0}
    assert start["noisy"] == {(0,): 1, (1,): 1}
    assert set(start["twin"].values()) == {0}
    assert (start["log"], start["clock"], start["odd"]) == ({(): 3}, {(): 7}, {(): 0})


def test_unsatisfiable_rest_is_told() -> None:
    """Where the conditions on dropped variables contradict each other, no run of the slice can be completed."""
    system = flushing(contradiction=True)
    claim = clean(system)
    sliced = cone(system, [claim.formula])
    found = search(sliced, [claim], {"Device": 1}, Limits())
    assert found.candidate is not None
    assert search(system, [claim], {"Device": 1}, Limits()).reason == "no initial state at this size"
    with pytest.raises(UsageError, match="no start values"):
        lift(system, sliced, found.candidate)
