"""The explicit engine against a plain search by the interpreter, and its canonical counterexamples."""

import enum
import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shootdown.ir import (
    CInt,
    Expr,
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
    int_,
    ite,
    require,
    sometimes,
    u8,
    u16,
    u32,
    u64,
)  # fmt: skip
from shootdown.ir.expr import lift
from shootdown.ir.ground import Ground, ground
from shootdown.ir.interp import domain, evaluate, is_initial, successors
from shootdown.ir.sorts import BOOL
from shootdown.ir.system import Claim
from shootdown.ir.trace import ConcreteState
from shootdown.search import breadth, space
from shootdown.search.closure import NotComplete, Rechecked, recheck
from shootdown.search.compiled import compile_nodes
from shootdown.search.enumerate import Overflow, enumerate_states, smallest
from shootdown.search.explicit import explored, search
from shootdown.search.layout import lay_out, words
from shootdown.search.refute import EngineBug, replay
from shootdown.search.result import Limits
from shootdown.search.stategraph import state_graph
from shootdown.search.wordset import WordSet


class Device(Index):
    """A thing to be served."""

    names = "abcd"


class Lock(Index):
    """A second sort of interchangeable things."""

    names = "lk"


class Phase(enum.Enum):
    """Where the walk stands."""

    IDLE = 0
    WALK = 1
    DONE = 2


def walk_system() -> System:
    """A walk over devices with ATS; every device may refuse; the holder of a lock is remembered."""
    p = Part("walk")
    p.relation("ats", Device, immutable=True)
    p.relation("todo", Device)
    p.relation("stale", Device)
    p.function("holder", Lock, to=Device)
    p.variable("phase", Phase)
    p.axiom("someone has ATS", lambda s: exists(Device, lambda d: s.ats[d]))
    p.init("idle", lambda s: (s.phase == Phase.IDLE) & forall(Device, lambda d: ~s.todo[d] & (s.stale[d] == s.ats[d])))
    p.init("one holder", lambda s: forall(Lock, Lock, lambda k, m: s.holder[k] == s.holder[m]))

    @action(actor="user")
    def begin(s: State) -> None:
        require(s.phase == Phase.IDLE)
        s.phase = Phase.WALK
        s.todo[:] = lambda d: s.ats[d]

    @action(actor="driver")
    def flush(s: State, d: Device) -> None:
        require(s.phase == Phase.WALK, s.todo[d])
        s.todo[d] = False
        s.stale[d] = False

    @action(actor="driver", fault=True, tally="refused")
    def refuse(s: State, d: Device) -> None:
        require(s.phase == Phase.WALK, s.todo[d])
        s.todo[d] = False

    @action(actor="kernel")
    def take(s: State, k: Lock, d: Device) -> None:
        require(s.phase == Phase.WALK, s.holder[k] != d)
        s.holder[k] = d

    @action(actor="kernel")
    def end(s: State) -> None:
        require(s.phase == Phase.WALK, forall(Device, lambda d: ~s.todo[d]))
        s.phase = Phase.DONE

    p.act(begin, flush, refuse, take, end)
    return compose("walk", [p])


def order_system() -> System:
    """Devices are served in an order that a relation gives; positions are C integers."""
    p = Part("order")
    p.relation("before", Device, Device, immutable=True)
    p.relation("served", Device)
    p.variable("count", u8)
    p.axiom("total", lambda s: forall(Device, Device, lambda d, e: (d == e) | (s.before[d, e] ^ s.before[e, d])))
    p.axiom("strict", lambda s: forall(Device, lambda d: ~s.before[d, d]))
    p.init("none", lambda s: forall(Device, lambda d: ~s.served[d]) & (s.count == 0))

    @action(actor="kernel")
    def serve(s: State, d: Device) -> None:
        require(~s.served[d], forall(Device, lambda e: ~s.before[e, d] | s.served[e]))
        s.served[d] = True
        s.count = s.count + 1

    @action(actor="kernel")
    def reset(s: State) -> None:
        require(s.count == 2)
        s.count = 0
        s.served[:] = lambda d: False

    p.act(serve, reset)
    return compose("order", [p])


def states_by_hand(system: System, sizes: dict[str, int]) -> Iterator[ConcreteState]:
    """Every well-formed state; C integers are taken as 0, since the toys start there."""
    cells = [(v, args) for v in system.variables for args in itertools.product(*(domain(s, sizes) for s in v.args))]
    ranges = [range(1) if isinstance(v.sort, CInt) else domain(v.sort, sizes) for v, _ in cells]
    for values in itertools.product(*ranges):
        state: dict[str, dict[tuple[int, ...], int]] = {v.name: {} for v in system.variables}
        for (variable, args), value in zip(cells, values, strict=True):
            state[variable.name][args] = value
        yield state


def freeze(state: ConcreteState) -> tuple[Any, ...]:
    """A state as something to put into a set."""
    return tuple(sorted((name, tuple(sorted(table.items()))) for name, table in state.items()))


def reachable_by_hand(system: System, sizes: dict[str, int]) -> tuple[set[Any], int]:
    """All reachable states by the interpreter, and the number of steps to the last of them."""
    level = [s for s in states_by_hand(system, sizes) if is_initial(system, s, sizes)]
    seen = {freeze(s) for s in level}
    depth = -1
    while level:
        depth += 1
        following = []
        for state in level:
            for _, after in successors(system, state, sizes):
                if (key := freeze(after)) not in seen:
                    seen.add(key)
                    following.append(after)
        level = following
    return seen, depth


def orbits(system: System, sizes: dict[str, int], seen: set[Any]) -> int:
    """Number of orbits of frozen states under all permutations of all index sorts."""
    names = [s.name for s in system.index_sorts]
    group = [
        dict(zip(names, choice, strict=True))
        for choice in itertools.product(*(list(itertools.permutations(range(sizes[n]))) for n in names))
    ]

    def image(key: Any, g: dict[str, tuple[int, ...]]) -> Any:
        moved: dict[str, dict[tuple[int, ...], int]] = {}
        for name, items in key:
            v = system.by_name[name]
            moved[name] = {
                tuple(g[s.name][a] if s.name in g else a for s, a in zip(v.args, args, strict=True)):  # type: ignore[union-attr]
                g[v.sort.name][value] if getattr(v.sort, "name", "") in g else value  # type: ignore[union-attr]
                for args, value in items
            }  # fmt: skip
        return freeze(moved)

    return len({min(image(key, g) for g in group) for key in seen})


CASES = [
    (walk_system, {"Device": 1, "Lock": 1}),
    (walk_system, {"Device": 2, "Lock": 2}),
    (walk_system, {"Device": 3, "Lock": 1}),
    (order_system, {"Device": 2}),
    (order_system, {"Device": 3}),
]


@pytest.mark.parametrize(("build", "sizes"), CASES)
def test_visited_states_are_those_of_the_interpreter(build: Callable[[], System], sizes: dict[str, int]) -> None:
    """Without symmetry the closed set is exactly what a plain search by the interpreter finds."""
    system = build()
    seen, depth = reachable_by_hand(system, sizes)
    result = explored(system, [], sizes, Limits(), symmetric=False)
    (part,) = result.parts
    assert {freeze(part.space.layout.unpack(int(w))) for w in part.visited.all()} == seen
    assert (result.search.complete, result.search.states, result.search.depth) == (True, len(seen), depth)


@pytest.mark.parametrize(("build", "sizes"), CASES)
def test_symmetric_search_counts_orbits(build: Callable[[], System], sizes: dict[str, int]) -> None:
    """With symmetry the engine keeps exactly one state of each orbit, at the same depth."""
    system = build()
    seen, depth = reachable_by_hand(system, sizes)
    result = search(system, [], sizes, Limits())
    assert (result.states, result.depth) == (orbits(system, sizes, seen), depth)


def random_system(seed: int) -> System:
    """A small system with random guards and updates; no two seeds are alike."""
    rng = random.Random(seed)
    p = Part("random")
    p.relation("p", Device, immutable=True)
    p.relation("q", Device)
    p.relation("r", Device, Device)
    p.function("f", Device, to=Phase)
    p.variable("x", Device)
    p.init("start", lambda s: forall(Device, Device, lambda d, e: ~s.r[d, e] & ~s.q[d] & (s.f[d] == Phase.IDLE)))

    def atom(s: Any, d: Any, e: Any) -> Any:
        choices = [s.p[d], s.q[e], s.r[d, e], s.r[e, d], s.x == d, s.f[e] == Phase.WALK, s.f[s.x] == Phase.DONE, d == e]
        found = choices[rng.randrange(len(choices))]
        return found if rng.random() < 0.6 else ~found

    def formula(s: Any, d: Any, e: Any) -> Any:
        kind = rng.randrange(4)
        if kind == 0:
            return atom(s, d, e) & atom(s, e, d)
        if kind == 1:
            return atom(s, d, e) | atom(s, d, e)
        return (
            forall(Device, lambda z: atom(s, d, z) | atom(s, z, e))
            if kind == 2
            else exists(Device, lambda z: atom(s, z, e))
        )

    def make(number: int) -> Any:
        def body(s: State, d: Device, e: Device) -> None:
            require(formula(s, d, e))
            point, pair, there = formula(s, d, e), formula(s, e, d), atom(s, d, e)
            bound = [lambda z: s.r[z, e], lambda z: s.q[z] & there, lambda z: z != e][rng.randrange(3)]
            written = rng.sample(range(4), 2)
            element, spread = ite(there, d, s.x), s.f[d]
            condition: Any = {True: lambda z: z == d, False: bound}[bool({0, 1} & set(written))]
            if 0 in written:
                s.q[d] = point
            if 1 in written:
                s.r[d, e] = pair
            if 2 in written:
                s.f[:] = lambda z: ite(condition(z), spread, rng.choice(list(Phase)))
            if 3 in written:
                s.x = element

        body.__name__ = f"act{number}"
        return action(actor="kernel", tally="refused" if number == 1 else "", clutter=number)(body)

    p.act(*(make(k) for k in range(3)))
    return compose(f"random{seed}", [p])


@pytest.mark.parametrize("seed", range(12))
def test_random_systems_agree_with_the_interpreter(seed: int) -> None:
    """On random systems: the same states, one per orbit with symmetry, and a second judge that agrees."""
    system, sizes = random_system(seed), {"Device": 2}
    seen, depth = reachable_by_hand(system, sizes)
    plain = search(system, [], sizes, Limits(), symmetric=False)
    assert (plain.states, plain.depth) == (len(seen), depth)
    result = explored(system, [], sizes, Limits())
    assert (result.search.states, result.search.depth) == (orbits(system, sizes, seen), depth)
    judged = recheck(system, [], sizes, Limits(), known=result, sample=50)
    assert isinstance(judged, Rechecked)
    assert judged.states == result.search.states


@pytest.mark.parametrize("seed", range(12))
def test_random_counterexamples_replay_and_are_shortest(seed: int) -> None:
    """A state of the deepest level is found in as many steps, with and without symmetry, and replays."""
    system, sizes = random_system(seed), {"Device": 3}
    spoken = always(
        "never", lambda s: ~(exists(Device, lambda d: s.q[d]) & exists(Device, lambda d: s.f[d] == Phase.DONE))
    )
    claim = spoken.on(system)
    one, other = search(system, [claim], sizes, Limits()), search(system, [claim], sizes, Limits(), symmetric=False)
    assert (one.candidate is None) is (other.candidate is None)
    if one.candidate is not None and other.candidate is not None:
        trace, plain = replay(system, claim, one.candidate), replay(system, claim, other.candidate)
        assert cost(system, trace.steps) == cost(system, plain.steps)


def cost(system: System, steps: Any) -> tuple[int, int, int]:
    """What orders counterexamples: steps, tallied steps, clutter."""
    actions = [system.action[s.action] for s in steps]
    return len(actions), sum(1 for a in actions if a.tally), sum(a.clutter for a in actions)


def crossroads() -> tuple[System, Claim]:
    """Three ways of two steps to the goal: by a refusal, by clutter 2, by clutter 1 (declared last)."""
    p = Part("crossroads")
    p.variable("at", u8)
    p.init("start", lambda s: s.at == 0)

    def road(name: str, start: int, to: int, **marks: Any) -> None:
        def body(s: State) -> None:
            require(s.at == start)
            s.at = to

        body.__name__ = name
        p.act(action(actor="kernel", **marks)(body))

    road("refusal", 0, 1, tally="refused")
    road("wide", 0, 2, clutter=2)
    road("narrow", 0, 3, clutter=1)
    road("alike", 0, 3, clutter=1)
    for start in (1, 2, 3):
        road(f"goal{start}", start, 4)
    system = compose("crossroads", [p])
    return system, always("never there", lambda s: s.at != 4).on(system)


def test_trace_has_fewest_tallies_then_least_clutter_then_comes_first() -> None:
    """Among equally short runs the cheapest is shown, and of two cheapest the one declared first."""
    system, claim = crossroads()
    found = search(system, [claim], {}, Limits())
    assert found.candidate is not None
    assert [s.action for s in found.candidate.steps] == ["narrow", "goal3"]
    assert (found.claim, found.depth, found.reason) == ("never there", 2, "stopped at the first violation")
    assert found.fired == {"refusal", "wide", "narrow", "alike", "goal1", "goal2", "goal3"}


def test_first_violated_claim_is_the_one_reported() -> None:
    """Of two claims broken at the same depth the first in the list is reported."""
    system, claim = crossroads()
    twin = replace(claim, name="twin")
    assert search(system, [twin, claim], {}, Limits()).claim == "twin"


def test_search_goes_on_past_a_violation_when_asked() -> None:
    """With stop=False the space is closed and the first violation is still the answer."""
    system, claim = crossroads()
    seen = sometimes("three", lambda s: s.at == 3).on(system)
    never = sometimes("nine", lambda s: s.at == 9).on(system)
    found = search(system, [claim, seen, never], {}, Limits(), stop=False)
    assert found.complete
    assert found.candidate is not None
    assert (found.states, found.depth, set(found.witnessed)) == (5, 2, {"three"})


@pytest.mark.parametrize(("faults", "states", "complete"), [(0, 1, True), (1, 3, True), (None, 4, False)])
def test_fault_bound_counts_tallied_steps(faults: int | None, states: int, complete: bool) -> None:
    """With at most K tallied steps a run stops there; without a bound it goes on to the violation."""
    p = Part("faults")
    p.variable("n", u8)
    p.variable("odd", bool)
    p.init("start", lambda s: (s.n == 0) & ~s.odd)

    @action(actor="device", tally="refused")
    def refuse(s: State) -> None:
        require(~s.odd, s.n < 2)
        s.n = s.n + 1
        s.odd = True

    @action(actor="kernel")
    def settle(s: State) -> None:
        require(s.odd)
        s.odd = False

    p.act(refuse, settle)
    system = compose("faults", [p])
    claim = always("fewer than two", lambda s: s.n < 2).on(system)
    found = search(system, [claim], {}, Limits(faults=faults))
    assert (found.states, found.complete) == (states, complete)
    assert (found.candidate is None) is complete


def test_counter_of_faults_tells_states_apart() -> None:
    """The same model state with different numbers of faults left is searched for each."""
    system, sizes = walk_system(), {"Device": 2, "Lock": 1}
    bounded = [search(system, [], sizes, Limits(faults=k)).states for k in (0, 1, 2, 3)]
    assert bounded == sorted(bounded)
    judged = recheck(system, [], sizes, Limits(faults=1), sample=1000)
    assert isinstance(judged, Rechecked)
    assert judged.sampled == judged.states == bounded[1]


INTEGERS = [u8, u16, u32, u64, int_, CInt("s8", 8, signed=True), CInt("s64", 64, signed=True)]


@pytest.mark.parametrize("sort", INTEGERS, ids=str)
def test_integer_operations_agree_with_the_interpreter(sort: CInt) -> None:
    """Every C operation on random and on extreme values gives the interpreter's value."""
    rng = random.Random(sort.bits)
    p = Part("integers")
    p.variable("a", sort)
    system = compose("integers", [p])
    a = State(system.by_name).a
    extremes = [0, 1, 7, 63, 64, sort.bits - 1, sort.bits, 1 << (sort.bits - 1), (1 << sort.bits) - 1]
    others = [lift(sort.wrap(k), sort) for k in extremes] + [a ^ (a >> 3), a * a]
    formulas = [cast(to, a) for to in INTEGERS] + [~a]
    for b in others:
        formulas += [a + b, a - b, a * b, a << b, a >> b, a & b, a | b, a ^ b, b - a, b << a, b >> a]
        formulas += [a < b, a <= b, b < a, b <= a, a == b, ite(a < b, a, b)]
    raws = [*extremes, *(rng.getrandbits(sort.bits) for _ in range(30)), *range(64, 68)]
    whole = ground(system, {})
    program = compile_nodes(lay_out(whole), [whole.formula(f) if f.sort == BOOL else node(whole, f) for f in formulas])
    for formula, got in zip(formulas, program(words(raws)), strict=True):
        mask = (1 << formula.sort.bits) - 1 if isinstance(formula.sort, CInt) else 1
        want = [evaluate(formula, {"a": {(): sort.wrap(raw)}}, {}) & mask for raw in raws]
        assert got.tolist() == want, str(formula)


def node(whole: Ground, expr: Expr) -> int:
    """The ground node of a term, with or without a truth value."""
    return whole.grounder.node(expr, {})


def test_integers_in_a_state_wrap_as_in_c() -> None:
    """A u8 counter passes 256 values and comes back; a signed one runs into negative values."""
    p = Part("wrap")
    p.variable("n", u8)
    p.variable("m", CInt("s8", 8, signed=True))
    p.init("start", lambda s: (s.n == 250) & (s.m == 126))

    @action(actor="kernel")
    def tick(s: State) -> None:
        s.n = s.n + 1
        s.m = s.m + 1

    p.act(tick)
    system = compose("wrap", [p])
    claim = always("not below -120", lambda s: ~((s.m < -120) & (s.m > -127))).on(system)
    found = search(system, [claim], {}, Limits())
    assert found.candidate is not None
    last = replay(system, claim, found.candidate).states[-1]
    assert (last["n"][()], last["m"][()]) == (254, -126)
    assert search(system, [], {}, Limits()).states == 256


def wide_walk(bits: CInt) -> System:
    """The walk with an immutable stamp and a mutable one whose values follow from the topology."""
    system = walk_system()
    p = Part("stamps")
    p.variable("stamp", bits, immutable=True)
    p.variable("count", bits)
    p.relation("ats", Device, immutable=True)
    p.axiom("stamp", lambda s: s.stamp == ite(forall(Device, lambda d: s.ats[d]), lift(5, bits), 6))
    p.init("count", lambda s: s.count == ite(forall(Device, lambda d: s.ats[d]), 9, s.stamp))
    stamps = compose("stamps", [p])
    return replace(
        system,
        variables=system.variables + stamps.variables[:2],
        axioms=system.axioms + stamps.axioms,
        init=system.init + stamps.init,
    )


def test_wide_states_are_searched_in_groups_of_topologies() -> None:
    """Where 64 bits are too few the topologies are searched one by one; counts and counterexample are the same."""
    sizes = {"Device": 3, "Lock": 2}
    narrow, wide = wide_walk(u8), wide_walk(CInt("u52", 52, signed=False))

    def stale(s: Any) -> Any:
        return ~((s.phase == Phase.DONE) & exists(Device, lambda d: s.stale[d])) | exists(Device, lambda d: ~s.ats[d])

    for claims in ([], [always("clean", stale)]):
        one = search(narrow, [c.on(narrow) for c in claims], sizes, Limits())
        many = search(wide, [c.on(wide) for c in claims], sizes, Limits())
        assert (many.complete, many.depth, many.reason, many.fired) == (one.complete, one.depth, one.reason, one.fired)
        if one.candidate is None or many.candidate is None:
            assert many.candidate is one.candidate
            assert many.states == one.states
        else:
            assert many.candidate.steps == one.candidate.steps
            replay(wide, claims[0].on(wide), many.candidate)
    assert len(explored(wide, [], sizes, Limits()).parts) == 3
    judged = recheck(wide, [], sizes, Limits(), sample=40)
    assert isinstance(judged, Rechecked)
    assert judged.sampled >= 20


def test_states_that_never_fit_are_refused() -> None:
    """More than 64 mutable bits are no verdict but a reason."""
    found = search(wide_walk(u64), [], {"Device": 2, "Lock": 1}, Limits())
    assert (found.complete, found.states) == (False, 0)
    assert "64 of each is the most" in found.reason


def test_size_without_initial_state_is_not_covered() -> None:
    """Unsatisfiable initial conditions give no states and say so."""
    p = Part("empty")
    p.relation("leader", Device, immutable=True)
    p.axiom("one of two", lambda s: exists(Device, Device, lambda d, e: (d != e) & s.leader[d] & ~s.leader[e]))
    system = compose("empty", [p])
    found = search(system, [], {"Device": 1}, Limits())
    assert (found.complete, found.states, found.reason) == (True, 0, "no initial state at this size")
    assert search(system, [], {"Device": 2}, Limits()).states > 0


def test_limits_end_a_search_with_a_reason() -> None:
    """Bounds on depth, states and time are told, and none of them reads as complete."""
    system, sizes = walk_system(), {"Device": 3, "Lock": 2}
    for limits, words_ in [
        (Limits(depth=2), "searched to depth 2 only"),
        (Limits(states=70), "more than 70 states"),
        (Limits(deadline=time.monotonic() - 1), "out of time"),
    ]:
        found = search(system, [], sizes, limits)
        assert not found.complete
        assert words_ in found.reason


def test_depth_of_a_cut_search_counts_whole_levels_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that the bound on states has cut is not claimed as searched, nor are groups that were left out."""
    system, sizes = order_system(), {"Device": 3}
    claim = always("fewer", lambda s: ~forall(Device, lambda d: s.served[d])).on(system)
    monkeypatch.setattr(breadth, "_PENDING", 1)
    monkeypatch.setattr(space, "CHUNK", 1)
    whole = search(system, [claim], sizes, Limits(), symmetric=False)
    for states in range(1, whole.states):
        cut = search(system, [claim], sizes, Limits(states=states), symmetric=False)
        assert not cut.complete
        assert cut.candidate is not None or cut.depth < whole.depth
    wide = wide_walk(CInt("u52", 52, signed=False))
    assert search(wide, [], {"Device": 3, "Lock": 2}, Limits(states=70)).depth == 0


def test_progress_is_reported() -> None:
    """Each level tells how many states are known."""
    heard: list[tuple[str, int, str]] = []
    limits = Limits(report=lambda p: heard.append((p.engine, p.depth, p.detail)))
    system, claim = crossroads()
    search(system, [claim], {}, limits)
    assert heard == [("explicit", 0, "1 states"), ("explicit", 1, "4 states"), ("explicit", 2, "5 states")]


def test_same_search_twice_is_the_same() -> None:
    """Digest, counts and candidate do not depend on the run."""
    first = search(random_system(3), [], {"Device": 3}, Limits())
    assert first == search(random_system(3), [], {"Device": 3}, Limits())
    assert len(first.digest) == 16


def test_second_judge_finds_a_missing_state() -> None:
    """A closed set from which a state was taken is rejected, by each of the two judges alone."""
    system, sizes = walk_system(), {"Device": 2, "Lock": 1}
    result = explored(system, [], sizes, Limits())
    (part,) = result.parts
    whole = part.visited.all()
    part.visited = WordSet()
    part.visited.add(np.delete(whole, len(whole) // 2))
    with pytest.raises(EngineBug, match=r"closed set"):
        recheck(system, [], sizes, Limits(), known=result, sample=0)


def test_second_judge_finds_a_broken_claim_and_needs_a_complete_search() -> None:
    """A claim that the set breaks is an error of the engine; a stopped search has no set to judge."""
    system, claim = crossroads()
    assert isinstance(recheck(system, [claim], {}, Limits()), NotComplete)
    result = explored(system, [], {}, Limits())
    with pytest.raises(EngineBug, match="never there"):
        recheck(system, [claim], {}, Limits(), known=result)


def test_enumeration_overflows_instead_of_filling_memory() -> None:
    """A C integer without a condition is too much to list, and the result names it."""
    p = Part("big")
    p.variable("a", u32)
    p.variable("b", u16)
    p.init("tie", lambda s: s.a == cast(u32, s.b) + 1)
    system = compose("big", [p])
    whole = ground(system, {})
    layout = lay_out(whole)
    assert enumerate_states(layout, layout.shift, whole.init, limit=100) == Overflow("b", 100)
    found = enumerate_states(layout, layout.shift, whole.init, limit=1 << 17)
    assert not isinstance(found, Overflow)
    assert len(found) == 1 << 16
    assert layout.unpack(int(found[-1])) == {"a": {(): 1 << 16}, "b": {(): (1 << 16) - 1}}
    reason = search(system, [], {}, Limits(states=1000)).reason
    assert reason == "more than 1000 initial states: too many values of b"


def test_smallest_values_are_the_first_of_the_enumeration() -> None:
    """Searching for the smallest solution gives the minimum of all solutions."""
    system = order_system()
    whole = ground(system, {"Device": 3})
    layout = lay_out(whole)
    found = enumerate_states(layout, layout.shift, whole.init, limit=10_000)
    assert not isinstance(found, Overflow)
    assert smallest(layout, whole.init) == int(found.min())


def test_packing_is_undone_by_unpacking() -> None:
    """Every reachable state survives the way into a word and back."""
    system, sizes = walk_system(), {"Device": 3, "Lock": 2}
    (part,) = explored(system, [], sizes, Limits(faults=3)).parts
    layout = part.space.layout
    assert layout.counter == 2
    for word in part.visited.all()[::7].tolist():
        assert layout.pack(layout.unpack(word)) == word & ~layout.counter_mask


def test_state_graph_has_all_states_and_labels() -> None:
    """The graph has the interpreter's states and steps, and refuses to be large."""
    system, sizes = walk_system(), {"Device": 2, "Lock": 1}
    seen, _ = reachable_by_hand(system, sizes)
    graph = state_graph(system, sizes)
    assert {freeze(data["state"]) for _, data in graph.nodes(data=True)} == seen
    for source, data in graph.nodes(data=True):
        labels = sorted(label for _, _, edge in graph.out_edges(source, data=True) for label in edge["actions"])
        assert len(labels) == len(list(successors(system, data["state"], sizes)))
    with pytest.raises(UsageError, match="more than 50 states"):
        state_graph(system, {"Device": 3, "Lock": 2}, largest=50)
