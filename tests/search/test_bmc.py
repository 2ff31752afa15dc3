"""Bounded model checking on small systems with known answers."""

import time

import pytest

from shootdown.ir import Index, Part, System, action, always, compose, conj, formula, int_, require, sometimes, u8
from shootdown.ir.trace import Candidate, Step
from shootdown.search import bmc
from shootdown.search.refute import replay
from shootdown.search.result import NO_START, Limits, Progress, Search
from tests import toys


def run_of(found: Search) -> Candidate:
    """The run that was found; there must be one."""
    assert found.candidate is not None, found
    return found.candidate


def names(found: Search) -> list[str]:
    """The actions of the run that was found."""
    return [s.action for s in run_of(found).steps]


@pytest.mark.parametrize("value", [0, 1, 5])
def test_the_shortest_run_is_found(value: int) -> None:
    """The counter shows n after n steps, and the result's depth says so; n = 0 is the initial state itself."""
    system = toys.counter()
    found = bmc.search(system, [toys.never(system, value)], {}, Limits(depth=9))
    assert names(found) == ["tick"] * value
    assert (found.depth, found.claim) == (value, f"never-{value}")
    assert found.fired == frozenset(["tick"] if value else [])


def test_a_bound_just_below_finds_nothing() -> None:
    """One step short of the violation the search ends without it, and says how deep it went."""
    system = toys.counter()
    found = bmc.search(system, [toys.never(system, 5)], {}, Limits(depth=4))
    assert found.candidate is None
    assert (found.depth, found.complete) == (4, False)
    assert "depth" in found.reason


def test_a_violation_in_a_dead_end_is_found() -> None:
    """The bad state has no successor; no step is asked of it."""
    system = toys.dead_end()
    found = bmc.search(system, [toys.stays_good(system)], {}, Limits(depth=5))
    assert names(found) == ["fall"]


def test_systems_that_end_are_searched_to_any_depth() -> None:
    """After the last run has ended nothing is left to search, also without a bound on the depth."""
    system = toys.counter(3)
    assert bmc.search(system, [toys.never(system, 4)], {}, Limits(depth=50)).depth == 50
    unbounded = bmc.search(system, [toys.never(system, 4)], {}, Limits())
    assert (unbounded.candidate, unbounded.depth) == (None, 3)
    assert unbounded.reason == "no run is longer than 3 steps"


def test_parameters_are_named() -> None:
    """The steps say which client took the broken lock; the right lock is safe to the bound."""
    broken, right = toys.lock(broken=True), toys.lock()
    found = run_of(bmc.search(broken, [toys.exclusion(broken)], {"Client": 3}, Limits(depth=6)))
    assert [s.action for s in found.steps] == ["take", "take"]
    assert len({s.args for s in found.steps}) == 2
    assert bmc.search(right, [toys.exclusion(right)], {"Client": 3}, Limits(depth=6)).depth == 6


def test_protocol_run_replays() -> None:
    """A hasty commit breaks agreement; the run is one of the interpreter's and costs one event."""
    system = toys.two_phase_commit(hasty=True)
    claim = toys.agreement(system)
    found = run_of(bmc.search(system, [claim], {"Participant": 2}, Limits(depth=8)))
    trace = replay(system, claim, found)
    assert len(trace) == 4
    assert sum(system.action[s.action].tally != "" for s in found.steps) == 1
    assert all(system.action[s.action].clutter == 0 for s in found.steps)


def maze() -> System:
    """Three steps to the goal. Each may be a slip, which counts; wading and stepping are clutter."""
    part = Part("maze")
    part.variable("at", u8)
    part.variable("dirt", u8)
    part.init("start", lambda s: (s.at == 0) & (s.dirt == 0))

    @action(actor="walker", tally="slip", fault=True)
    def slip(s):
        require(s.at < 3)
        s.at = s.at + 1

    @action(actor="walker", clutter=5)
    def wade(s):
        require(s.at < 2)
        s.at = s.at + 1

    @action(actor="walker", clutter=2)
    def step(s):
        require(s.at == 1)
        s.at = s.at + 1

    part.act(slip, wade, step)
    return compose("maze", [part])


def arrives(system: System):
    """The goal is never reached. It is."""
    return always("never-there", lambda s: s.at != 3).on(system)


def test_fewest_events_then_least_clutter() -> None:
    """Of the runs of three steps the one with one event wins, whatever its clutter; then clutter decides."""
    system = maze()
    found = bmc.search(system, [arrives(system)], {}, Limits(depth=5))
    assert names(found) == ["wade", "step", "slip"]
    assert found.reason == ""


def test_faults_bound_the_whole_run() -> None:
    """With no event allowed the goal is out of reach; with one it is not."""
    system = maze()
    assert bmc.search(system, [arrives(system)], {}, Limits(depth=5, faults=0)).candidate is None
    assert len(run_of(bmc.search(system, [arrives(system)], {}, Limits(depth=5, faults=1))).steps) == 3


def test_the_first_of_several_claims_counts() -> None:
    """Two claims break after equally many steps: the first in order is told, and its cheapest run."""
    system = toys.counter()
    low, high = toys.never(system, 2), always("below-2", lambda s: s.n < 2).on(system)
    late = toys.never(system, 1)
    for claims in ([low, high], [high, low]):
        assert bmc.search(system, claims, {}, Limits(depth=5)).claim == claims[0].name
    assert bmc.search(system, [low, high, late], {}, Limits(depth=5)).claim == late.name


def test_sometimes_claims_are_not_violated() -> None:
    """A `sometimes` claim that is false at the start is no violation."""
    system = toys.counter()
    claim = sometimes("nine", lambda s: s.n == 9).on(system)
    assert bmc.search(system, [claim], {}, Limits(depth=2)).candidate is None


def test_reach_finds_a_shortest_run() -> None:
    """The good end of a commit of two needs two votes, a decision and two hearings; the logs may be there."""
    system = toys.two_phase_commit()
    goal = toys.all_commit(system)
    found = run_of(bmc.reach(system, goal.formula, {"Participant": 2}, Limits(depth=9)))
    assert len(replay(system, goal, found)) == 5
    assert bmc.reach(system, formula(system, lambda s: ~conj()), {"Participant": 2}, Limits(depth=3)).candidate is None


class Box(Index):
    """One of several."""

    names = "xyz"


def signed() -> System:
    """A signed variable that starts below zero, and an immutable relation with no axiom."""
    part = Part("signed")
    part.variable("n", int_)
    part.relation("heavy", Box, immutable=True)
    part.init("low", lambda s: (s.n < -1) & (s.n > -4))

    @action(actor="hand")
    def lift(s, b: Box):
        require(~s.heavy[b])
        s.n = s.n + 1

    part.act(lift)
    return compose("signed", [part])


def test_the_start_is_complete_and_signed() -> None:
    """The start gives every variable a value of its sort, negative ones included, fixed ones as fixed."""
    system = signed()
    claim = always("negative", lambda s: s.n < 0).on(system)
    fixed: dict[tuple[str, tuple[int, ...]], int] = {("heavy", (0,)): 1, ("heavy", (1,)): 0}
    found = bmc.search(system, [claim], {"Box": 2}, Limits(depth=4), fixed=fixed)
    assert run_of(found).start == {"n": {(): -2}, "heavy": {(0,): 1, (1,): 0}}
    assert run_of(found).steps == (Step("lift", (1,)),) * 2
    assert run_of(found).sizes == {"Box": 2}


def test_an_impossible_start_covers_nothing() -> None:
    """A size at which no state is initial is not searched to any depth, and the reason says so."""
    part = Part("none")
    part.variable("n", u8)
    part.init("both", lambda s: (s.n == 1) & (s.n > 3))
    system = compose("none", [part])
    for claim in (always("some", lambda s: s.n == 7), always("any", lambda _s: conj())):
        found = bmc.search(system, [claim.on(system)], {}, Limits(depth=4))
        assert (found.candidate, found.depth, found.reason) == (None, -1, NO_START)


def multiplier() -> System:
    """Factors a number: too hard for a solver that may do hardly any work."""
    part = Part("multiplier")
    part.variable("a", int_)
    part.variable("b", int_)
    part.variable("done", bool)
    part.init("start", lambda s: (s.a > 1) & (s.b > 1) & (s.a < 60000) & (s.b < 30000) & ~s.done)

    @action(actor="cpu")
    def finish(s):
        require(s.a * s.b == 1_000_009 * 3)
        s.done = True

    part.act(finish)
    return compose("multiplier", [part])


def test_unknown_is_never_a_claim_of_absence() -> None:
    """Where the solver gives up, the depth stays at what was decided, and the reason is told."""
    system = multiplier()
    claim = always("never-done", lambda s: ~s.done).on(system)
    found = bmc.search(system, [claim], {}, Limits(depth=3), rlimit=30_000)
    assert (found.candidate, found.depth, found.complete) == (None, 0, False)
    assert "limit" in found.reason


def test_a_deadline_in_the_past_searches_nothing() -> None:
    """An expired deadline gives no depth, and its reason."""
    system = toys.counter()
    found = bmc.search(system, [toys.never(system, 1)], {}, Limits(depth=5, deadline=time.monotonic() - 1))
    assert (found.candidate, found.depth, found.reason) == (None, -1, "the time is up")


def test_progress_is_told() -> None:
    """Each depth is reported once it is begun."""
    system, told = toys.counter(), list[Progress]()
    bmc.search(system, [toys.never(system, 3)], {}, Limits(depth=5, report=told.append))
    assert [(p.engine, p.depth) for p in told] == [("bmc", k) for k in range(4)]


def test_the_same_question_has_the_same_answer() -> None:
    """Two searches find the identical run, whatever ran in between."""
    system = toys.two_phase_commit(hasty=True)
    ask = lambda: bmc.search(system, [toys.agreement(system)], {"Participant": 3}, Limits(depth=7))  # noqa: E731
    first = ask()
    bmc.search(toys.lock(), [toys.exclusion(toys.lock())], {"Client": 2}, Limits(depth=3))
    assert ask() == first
