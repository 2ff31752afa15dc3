"""The concrete meaning: C arithmetic, quantifiers, simultaneous updates, and the shape of states."""

import itertools
import random

import pytest

from shootdown.ir import (
    Index,
    Part,
    UsageError,
    action,
    cast,
    compose,
    element,
    exists,
    forall,
    int_,
    ite,
    pre,
    require,
    u8,
    u64,
)
from shootdown.ir.claims import always
from shootdown.ir.expr import Expr, Op, lift
from shootdown.ir.ground import ground
from shootdown.ir.interp import (
    apply,
    enabled,
    evaluate,
    false_binding,
    holds,
    is_initial,
    malformed,
    successors,
    well_formed,
    why_not_initial,
)
from shootdown.ir.sorts import BOOL, CInt
from shootdown.ir.trace import ConcreteState, Step
from tests.toys import agreement, counter, dead_end, exclusion, lock, stays_good, two_phase_commit

S8 = CInt("s8", 8, signed=True)


def value(expr: Expr) -> int:
    """A closed expression without state."""
    return evaluate(expr, {}, {})


@pytest.mark.parametrize(
    ("sort", "operator", "left", "right", "result"),
    [
        (u8, Op.ADD, 255, 1, 0),
        (u8, Op.SUB, 0, 1, 255),
        (u8, Op.MUL, 16, 17, 16),
        (S8, Op.ADD, 127, 1, -128),
        (S8, Op.SUB, -128, 1, 127),
        (S8, Op.MUL, -128, -1, -128),
        (u8, Op.SHL, 3, 7, 128),
        (u8, Op.SHL, 1, 8, 0),
        (u8, Op.SHR, 255, 7, 1),
        (u8, Op.SHR, 255, 8, 0),
        (S8, Op.SHR, -2, 1, -1),
        (S8, Op.SHR, -128, 8, -1),
        (S8, Op.SHR, 127, 100, 0),
        (S8, Op.SHR, -3, -1, -1),
        (S8, Op.SHL, 1, -1, 0),
        (S8, Op.SHL, 1, 7, -128),
        (u8, Op.BITXOR, 0b1100, 0b1010, 0b0110),
        (S8, Op.BITAND, -1, 12, 12),
        (S8, Op.BITOR, -128, 1, -127),
    ],
)
def test_c_arithmetic(sort: CInt, operator: Op, left: int, right: int, result: int) -> None:
    """Results wrap; shift amounts are unsigned, and a shift by the width or more leaves 0 or the sign."""
    assert value(Expr(operator, (lift(left, sort), lift(right, sort)), sort)) == result


def test_comparison_follows_the_sign() -> None:
    """-1 is less than 0 as int, and the same bits are the largest u8."""
    assert value(lift(-1, S8) < lift(0, S8)) == 1
    assert value(cast(u8, lift(-1, S8)) < lift(0, u8)) == 0
    assert value(lift(5, u8) <= lift(5, u8)) == 1
    assert value(lift(5, u8) > lift(5, u8)) == 0


def test_casts_truncate_and_extend_by_the_sign_of_the_source() -> None:
    """C's conversions: s8 to u64 copies the sign, u64 to u8 drops bits."""
    assert value(cast(u64, lift(-1, S8))) == 2**64 - 1
    assert value(cast(u8, lift(0x1FF, u64))) == 0xFF
    assert value(cast(S8, lift(0x80, u8))) == -128
    assert value(cast(int_, lift(0x80, u8))) == 0x80


def test_arithmetic_agrees_with_the_grounder() -> None:
    """Two independent implementations of C give the same answers on every operator."""
    rng = random.Random(1)
    system = counter()
    graph = ground(system, {})
    operators = (Op.ADD, Op.SUB, Op.MUL, Op.SHL, Op.SHR, Op.BITAND, Op.BITOR, Op.BITXOR, Op.LT, Op.LE)
    for sort, op in itertools.product((u8, S8, int_, u64), operators):
        for _ in range(20):
            args = [lift(sort.wrap(rng.choice((rng.getrandbits(64), rng.randrange(-9, 70)))), sort) for _ in "ab"]
            expr = Expr(op, tuple(args), BOOL if op in (Op.LT, Op.LE) else sort)
            assert value(expr) == graph.graph.data[graph.formula(expr)], str(expr)


class Node(Index):
    """Points of a small graph."""

    names = "abc"


def graph_system():
    """A graph whose nodes have one successor each."""
    part = Part("graph")
    part.relation("edge", Node, Node)
    part.relation("mark", Node)
    part.variable("here", Node)
    part.variable("n", u8)

    @action(actor="walker")
    def hop(s, to: Node):
        require(s.edge[s.here, to])
        s.mark[:] = lambda x: s.mark[x] | (x == s.here)
        s.n = s.n + ite(pre(s.mark)[to], lift(0, u8), lift(1, u8))
        s.here = to

    part.act(hop)
    part.init("no_loops", lambda s: forall(Node, lambda a: ~s.edge[a, a]))
    part.init("unmarked", lambda s: forall(Node, lambda a: ~s.mark[a]))
    return compose("graph", [part])


def graph_state(edges: set[tuple[int, int]], marks: frozenset[int] = frozenset(), here: int = 0, n: int = 0):
    """A state of `graph_system` with three nodes."""
    return {
        "edge": {(a, b): int((a, b) in edges) for a in range(3) for b in range(3)},
        "mark": {(a,): int(a in marks) for a in range(3)},
        "here": {(): here},
        "n": {(): n},
    }


SIZES = {"Node": 3}


def test_quantifiers_nest_and_range_over_the_size() -> None:
    """forall-exists and exists-forall differ, and both depend on the number of elements."""
    system = graph_system()
    cycle = graph_state({(0, 1), (1, 2), (2, 0)})
    read = always("x", lambda s: forall(Node, lambda a: exists(Node, lambda b: s.edge[a, b]))).on(system).formula
    hub = always("x", lambda s: exists(Node, lambda b: forall(Node, lambda a: s.edge[a, b]))).on(system).formula
    assert holds(read, cycle, SIZES)
    assert not holds(hub, cycle, SIZES)
    assert not holds(read, cycle, {"Node": 2})


def test_updates_are_simultaneous_and_untouched_variables_are_shared() -> None:
    """Every update reads the state before the step; what is not assigned is the same table."""
    system = graph_system()
    before = graph_state({(0, 1), (1, 2)}, here=0, n=255)
    hop = system.action["hop"]
    assert enabled(hop, (1,), before, SIZES)
    assert not enabled(hop, (2,), before, SIZES)
    after = apply(hop, (1,), before, SIZES)
    assert after["here"] == {(): 1}
    assert after["mark"] == {(0,): 1, (1,): 0, (2,): 0}
    assert after["n"] == {(): 0}
    assert after["edge"] is before["edge"]
    assert before == graph_state({(0, 1), (1, 2)}, here=0, n=255)


def test_successors_come_in_the_order_of_arguments() -> None:
    """All enabled steps, and only those."""
    before = graph_state({(0, 1), (0, 2), (1, 0)})
    found = list(successors(graph_system(), before, SIZES))
    assert [s for s, _ in found] == [Step("hop", (1,)), Step("hop", (2,))]
    assert [t["here"][()] for _, t in found] == [1, 2]


def test_a_state_without_successor_is_a_state() -> None:
    """The bad state of the dead end violates its claim although nothing follows it."""
    system = dead_end()
    bad: ConcreteState = {"light": {(): 1}}
    assert list(successors(system, bad, {})) == []
    assert not holds(stays_good(system).formula, bad, {})


def test_initial_states_name_what_fails() -> None:
    """Axioms and initial conditions both count, by name."""
    system = graph_system()
    assert is_initial(system, graph_state({(0, 1)}), SIZES)
    broken = graph_state({(1, 1)}, marks=frozenset({2}))
    assert not is_initial(system, broken, SIZES)
    assert [n.name for n in why_not_initial(system, broken, SIZES)] == ["no_loops", "unmarked"]


def test_false_binding_is_the_first_in_order() -> None:
    """Outer foralls are stripped, however they are nested, and the smallest values are named."""
    system = lock(broken=True)
    claim = exclusion(system)
    state: ConcreteState = {"holds": {(0,): 0, (1,): 1, (2,): 1}}
    found = false_binding(claim.formula, state, {"Client": 3})
    assert [(b.name, v) for b, v in found] == [("c", 1), ("d", 2)]
    alone: ConcreteState = {"holds": {(0,): 0, (1,): 1}}
    nested = always("x", lambda s: forall(Node, lambda a: forall(Node, lambda b: s.edge[a, b]))).on(graph_system())
    assert [v for _, v in false_binding(nested.formula, graph_state({(0, 0)}), SIZES)] == [0, 1]
    assert false_binding(claim.formula, alone, {"Client": 2}) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mark": {(0,): 0, (1,): 0}}, "exactly 3 points"),
        ({"mark": {(0,): 0, (1,): 0, (3,): 0}}, "exactly 3 points"),
        ({"mark": {(0,): 0, (1,): 2, (2,): 0}}, "`mark(b)` has the value 2, which is no Bool"),
        ({"here": {(): 3}}, "which is no Node"),
        ({"n": {(): 256}}, "which is no u8"),
        ({"n": {(): -1}}, "which is no u8"),
        ({"bogus": {(): 0}}, "no state variable `bogus`"),
    ],
)
def test_malformed_states_are_named(change: dict[str, dict[tuple[int, ...], int]], reason: str) -> None:
    """A table that is too small, too large or out of range is no state."""
    state = graph_state(set())
    assert well_formed(graph_system(), state, SIZES)
    assert reason in malformed(graph_system(), {**state, **change}, SIZES)


def test_missing_variables_and_sizes_are_malformed() -> None:
    """A state lacks nothing, and a sort without a size has no states."""
    state = graph_state(set())
    del state["n"]
    assert malformed(graph_system(), state, SIZES) == "`n` has no value"
    assert malformed(graph_system(), graph_state(set()), {}) == "no size is given for Node"


def test_an_element_beyond_the_size_is_a_usage_error() -> None:
    """A constant element that does not exist at this size is never read as another one."""
    with pytest.raises(UsageError, match="no Node `c`"):
        evaluate(element(Node, 2), {}, {"Node": 2})


def reachable(system, sizes, starts):
    """States by exhaustive search with the interpreter."""
    key = lambda t: tuple(sorted((n, tuple(sorted(v.items()))) for n, v in t.items()))  # noqa: E731
    seen = {key(s): s for s in starts}
    todo = list(seen.values())
    while todo:
        for _, state in successors(system, todo.pop(), sizes):
            if key(state) not in seen:
                seen[key(state)] = state
                todo.append(state)
    return list(seen.values())


@pytest.mark.parametrize("clients", [1, 2, 3])
def test_exhaustive_search_counts_the_states_of_the_lock(clients: int) -> None:
    """n clients: nobody or one of them holds the lock; broken, any subset may."""
    sizes = {"Client": clients}
    start = {"holds": {(c,): 0 for c in range(clients)}}
    assert len(reachable(lock(), sizes, [start])) == clients + 1
    assert len(reachable(lock(broken=True), sizes, [start])) == 2**clients


@pytest.mark.parametrize("hasty", [False, True])
def test_two_phase_commit_agrees_unless_it_is_hasty(hasty: bool) -> None:
    """The correct protocol never breaks agreement with two participants; the hasty one does."""
    system = two_phase_commit(hasty=hasty)
    sizes = {"Participant": 2}
    flat = {(0,): 0, (1,): 0}
    tables = {"logged": flat, "watched": flat, "phase": flat, "decision": {(): 0}}
    starts = [{**tables, "able": {(0,): a, (1,): b}} for a in range(2) for b in range(2)]
    states = reachable(system, sizes, starts)
    assert all(holds(agreement(system).formula, s, sizes) for s in states) is not hasty
