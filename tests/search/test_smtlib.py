"""The SMT-LIB printer against the interpreter: both must mean the same states and steps."""

import itertools
import random

import pytest

from shootdown.ir import Index, Part, System, action, cast, compose, conj, exists, int_, ite, require, u8, u64
from shootdown.ir.expr import lift
from shootdown.ir.ground import Ground, cell_value, ground
from shootdown.ir.interp import domain, is_initial, successors
from shootdown.ir.sorts import CInt
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search.smtlib import Encoding, bits_text, sort_text
from shootdown.smt import Answer, Solver
from tests import toys
from tests.search.random_systems import SIZES, case


def random_state(shape: Ground, rng: random.Random) -> ConcreteState:
    """Any well-formed state, reachable or not; cells that grounding made constant have their value."""
    state: dict[str, dict[tuple[int, ...], int]] = {}
    for k, cell in enumerate(shape.cells):
        sort = cell.variable.sort
        if k in shape.fixed:
            value = cell_value(cell, shape.fixed[k])
        elif isinstance(sort, CInt):
            value = sort.wrap(rng.choice((rng.randint(-3, 5), rng.getrandbits(sort.bits))))
        else:
            value = rng.choice(domain(sort, shape.sizes))
        state.setdefault(cell.variable.name, {})[cell.args] = value
    return state


def state_text(shape: Ground, coded: Encoding, state: ConcreteState, t: int) -> str:
    """The formula that the state at `t` is `state`."""
    terms = []
    for k in shape.free:
        cell = shape.cells[k]
        value = state[cell.variable.name][cell.args]
        literal = bits_text(value, cell.bits) if sort_text(cell) != "Bool" else str(bool(value)).lower()
        terms.append(f"(= {coded.cell_term(k, t)} {literal})")
    return f"(and true {' '.join(terms)})"


def smt_successors(shape: Ground, coded: Encoding, solver: Solver) -> list[tuple[Step, ConcreteState]]:
    """Every step that the printed transition allows from the state that is asserted, and the only state after it."""
    found: list[tuple[Step, ConcreteState]] = []
    for k, instance in enumerate(shape.instances):
        solver.push()
        solver.add_text(f"(assert {coded.fires(k, 0)})")
        if solver.check() is Answer.SAT:
            after: dict[str, dict[tuple[int, ...], int]] = {}
            for c, cell in enumerate(shape.cells):
                raw = shape.fixed[c] if c in shape.fixed else solver.value(coded.cell_name(c, 1))
                after.setdefault(cell.variable.name, {})[cell.args] = cell_value(cell, raw)
            found.append((Step(instance.action.name, instance.args), after))
            solver.add_text(f"(assert (not {state_text(shape, coded, after, 1)}))")
            assert solver.check() is Answer.UNSAT, "a step leads to two states"
        solver.pop()
    return found


def two_states(shape: Ground, coded: Encoding) -> Solver:
    """A solver that knows of one step from any state."""
    solver = Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.state(1) + coded.trans(0))
    return solver


def compare(system: System, sizes: dict[str, int], rng: random.Random, states: int) -> int:
    """Compare the steps of a few random states; how many steps there were."""
    shape = ground(system, sizes)
    coded = Encoding(shape)
    solver, steps = two_states(shape, coded), 0
    for _ in range(states):
        state = random_state(shape, rng)
        solver.push()
        solver.add_text(f"(assert {state_text(shape, coded, state, 0)})")
        expected = list(successors(system, state, shape.sizes))
        assert smt_successors(shape, coded, solver) == expected
        solver.pop()
        steps += len(expected)
    return steps


@pytest.mark.parametrize("block", range(4))
def test_transition_equals_interpreter_on_random_systems(block: int) -> None:
    """From random states of random systems the printed transition has exactly the interpreter's successors."""
    steps = sum(
        compare(case(seed).system, SIZES, random.Random(seed), 3) for seed in range(block * 12, block * 12 + 12)
    )
    assert steps > 100


@pytest.mark.parametrize(
    "system", [toys.lock(), toys.two_phase_commit(), toys.counter(), toys.dead_end()], ids=lambda s: s.name
)
def test_transition_equals_interpreter_on_toys(system: System) -> None:
    """The same on systems that a person wrote, at size 3."""
    sizes = {s.name: 3 for s in system.index_sorts}
    assert compare(system, sizes, random.Random(1), 6) > 0


def test_initial_states_equal_interpreter() -> None:
    """A state is initial for the printed text exactly if it is for the interpreter; both answers occur."""
    answers = set()
    for seed in range(30):
        system = case(seed).system
        shape = ground(system, SIZES)
        coded = Encoding(shape)
        solver, rng = Solver(), random.Random(seed)
        solver.add_text(coded.static() + coded.state(0) + coded.init())
        assert solver.check() is Answer.SAT
        model = {k: solver.value(coded.cell_name(k, 0)) for k in shape.free}
        first: dict[str, dict[tuple[int, ...], int]] = {}
        for k, cell in enumerate(shape.cells):
            raw = model.get(k, shape.fixed.get(k, 0))
            first.setdefault(cell.variable.name, {})[cell.args] = cell_value(cell, raw)
        for state in (first, *(random_state(shape, rng) for _ in range(3))):
            answer = solver_says(solver, state_text(shape, coded, state, 0))
            assert answer == is_initial(system, state, SIZES)
            answers.add(answer)
    assert answers == {True, False}


def solver_says(solver: Solver, formula: str) -> bool:
    """Whether a formula can be added to what a solver knows."""
    solver.push()
    solver.add_text(f"(assert {formula})")
    answer = solver.check()
    solver.pop()
    assert answer is not Answer.UNKNOWN
    return answer is Answer.SAT


def integers() -> System:
    """Every operator on C integers, on two signed and two unsigned variables."""
    part = Part("integers")
    part.variable("a", int_)
    part.variable("b", int_)
    part.variable("x", u8)
    part.variable("y", u64)
    part.init("any", lambda s: s.x == 0)

    @action(actor="cpu")
    def arithmetic(s):
        a, b = s.a, s.b
        s.a = (a + b) * (a - b)
        s.b = ite(a < b, a >> 1, b << (a & 31))
        s.x = cast(u8, a)
        s.y = cast(u64, b)

    @action(actor="cpu")
    def bits(s):
        a, b, x, y = s.a, s.b, s.x, s.y
        require((a <= b) | (x < 200) | (y <= 7))
        s.a = cast(int_, x) ^ (b | 5)
        s.b = cast(int_, y)
        s.x = (x >> (x & 9)) + (x << 3)
        s.y = cast(u64, x) >> cast(u64, a)

    part.act(arithmetic, bits)
    return compose("integers", [part])


def test_c_arithmetic_equals_interpreter() -> None:
    """Signs, wrap-around, shifts beyond the width and conversions print to the same meaning."""
    assert compare(integers(), {}, random.Random(3), 40) > 40


def test_text_is_linear_in_shared_nodes() -> None:
    """A value that is read twice at each of 60 levels is printed once per level, not 2**60 times."""
    part = Part("tower")
    part.variable("x", u64)
    part.variable("up", bool)
    part.init("start", lambda s: (s.x == 3) & s.up)

    @action(actor="cpu")
    def climb(s):
        value = s.x
        for _ in range(60):
            value = ite(s.up, value + value, value * value)
        s.x = value
        s.up = False

    part.act(climb)
    coded = Encoding(ground(compose("tower", [part]), {}))
    assert len(coded.state(0)) + len(coded.trans(0)) < 60 * 3 * 80
    solver = two_states(coded.ground, coded)
    solver.add_text(coded.init())
    assert solver.check() is Answer.SAT
    assert solver.value("x@1") == (3 << 60) % (1 << 64)


class Odd(Index):
    """Elements whose names are no SMT-LIB symbols, or one name twice."""

    names = ("a|b", "a|b", "c\\d", "@1", "e e")


def test_any_element_name_is_printed_apart() -> None:
    """Names of elements with bars and backslashes, and equal names, still give distinct constants."""
    part = Part("odd")
    part.relation("on", Odd)

    @action(actor="hand")
    def switch(s, o: Odd):
        s.on[o] = ~s.on[o]

    part.act(switch)
    shape = ground(compose("odd", [part]), {"Odd": 5})
    coded = Encoding(shape)
    assert len({coded.cell_name(k, t) for k in range(5) for t in (0, 1)}) == 10
    assert compare(shape.system, {"Odd": 5}, random.Random(0), 3) == 15


def test_cells_that_never_change_have_one_constant() -> None:
    """Only cells that some action updates get a constant per step."""
    system = toys.two_phase_commit()
    shape = ground(system, {"Participant": 2})
    coded = Encoding(shape)
    timed = {c.variable.name for k, c in enumerate(shape.cells) if coded.cell_name(k, 3) != coded.cell_name(k, 4)}
    assert timed == {"logged", "watched", "phase", "decision"}
    assert "(declare-const |able(p)| Bool)" in coded.static()
    assert "declare-const |able" not in coded.state(0)


def test_meaningless_bit_patterns_are_excluded() -> None:
    """Two bits for three elements: the fourth pattern is no state, neither of a changing nor of a constant cell."""

    class Three(Index):
        names = "xyz"

    part = Part("range")
    part.variable("still", Three)
    part.variable("moves", Three)

    @action(actor="hand")
    def move(s, o: Three):
        s.moves = o

    part.act(move)
    coded = Encoding(ground(compose("range", [part]), {"Three": 3}))
    solver = Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.init())
    for cell, value in itertools.product(range(2), range(4)):
        assert solver_says(solver, f"(= {coded.cell_term(cell, 0)} {bits_text(value, 2)})") == (value < 3)


def test_no_action_means_no_step() -> None:
    """A system without any instance has no transition at all."""
    part = Part("rock")
    part.variable("x", bool)
    coded = Encoding(ground(compose("rock", [part]), {}))
    solver = Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.state(1) + coded.trans(0))
    assert solver.check() is Answer.UNSAT


def test_roots_are_terms_of_their_state() -> None:
    """A formula that no action contains can be asked at any step once it is named as a root."""
    system = toys.lock(broken=True)
    shape = ground(system, {"Client": 2})
    both = shape.formula(~toys.exclusion(system).formula)
    coded = Encoding(shape, [both])
    solver = Solver()
    solver.add_text(coded.static() + coded.state(0) + coded.init() + coded.state(1) + coded.trans(0))
    solver.add_text(coded.state(2) + coded.trans(1))
    assert [solver_says(solver, coded.term(both, t)) for t in range(3)] == [False, False, True]


def test_constants_of_formulas_are_printed() -> None:
    """Claims that grounding folds to a constant print as true and false."""
    system = toys.counter()
    shape = ground(system, {})
    nodes = [shape.formula(lift(value)) for value in (True, False)]
    coded = Encoding(shape, nodes)
    assert [coded.term(n, 0) for n in nodes] == ["true", "false"]


def test_quantified_init_over_random_sizes() -> None:
    """Texts of larger sizes are accepted by the solver and agree on the number of initial states."""
    part = Part("some")
    part.relation("on", Odd)
    part.init("some", lambda s: exists(Odd, lambda o: s.on[o]) & conj())
    shape = ground(compose("some", [part]), {"Odd": 4})
    coded = Encoding(shape)
    solver, count = Solver(), 0
    solver.add_text(coded.static() + coded.state(0) + coded.init())
    while solver.check() is Answer.SAT:
        values = [solver.value(coded.cell_name(k, 0)) for k in range(4)]
        count += 1
        differs = (coded.cell_term(k, 0) if not v else f"(not {coded.cell_term(k, 0)})" for k, v in enumerate(values))
        solver.add_text(f"(assert (or {' '.join(differs)}))")
    assert count == 15
