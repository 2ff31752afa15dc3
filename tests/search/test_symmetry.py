"""The symmetry group: which permutations are sound, what they do to packed states, and where they would lie."""

import enum
import itertools
import math
import random

import numpy as np
import pytest

from shootdown.ir import Index, Part, State, System, action, always, compose, element, exists, forall, require, u8
from shootdown.ir.ground import ground
from shootdown.ir.interp import is_initial
from shootdown.ir.sorts import IndexSort
from shootdown.ir.trace import ConcreteState
from shootdown.search.explicit import explored, search
from shootdown.search.layout import lay_out, words
from shootdown.search.refute import replay
from shootdown.search.result import Limits
from shootdown.search.space import Problem
from shootdown.search.symmetry import Permutation, moves, named_elements, permutations


class Device(Index):
    """Served one after the other."""

    names = "abcd"


class Unit(Index):
    """What devices are behind."""

    names = "uvw"


class Lock(Index):
    """Has an owner."""

    names = "lm"


class Color(enum.Enum):
    """Something that no permutation touches."""

    RED = 0
    BLUE = 1
    GREEN = 2


def wired() -> System:
    """Cells of every kind: relations, values in index sorts (two and three elements), enumerations, integers."""
    p = Part("wired")
    p.function("unit_of", Device, to=Unit, immutable=True)
    p.relation("linked", Device, Device)
    p.function("owner", Lock, to=Device)
    p.function("color", Device, to=Color)
    p.function("count", Device, to=u8)
    p.variable("last", Device)
    p.init("start", lambda s: forall(Device, lambda d: (s.count[d] == 0) & (s.color[d] == Color.RED)))

    @action(actor="kernel")
    def serve(s: State, d: Device, k: Lock) -> None:
        require(s.count[d] == 0)
        s.count[d] = 1
        s.last = d
        s.owner[k] = d

    p.act(serve)
    return compose("wired", [p])


def permuted(system: System, state: ConcreteState, g: Permutation) -> ConcreteState:
    """A state with its elements renamed, done table by table."""

    def renamed(sort: object, value: int) -> int:
        return g[sort.name][value] if isinstance(sort, IndexSort) else value

    return {
        v.name: {
            tuple(renamed(s, a) for s, a in zip(v.args, args, strict=True)): renamed(v.sort, value)
            for args, value in state[v.name].items()
        }
        for v in system.variables
    }


@pytest.mark.parametrize(
    "sizes",
    [{"Device": 2, "Unit": 2, "Lock": 2}, {"Device": 3, "Unit": 2, "Lock": 1}, {"Device": 2, "Unit": 3, "Lock": 1}],
)
def test_moving_bits_is_renaming_elements(sizes: dict[str, int]) -> None:
    """On random states every permutation does to the word what it does to the tables."""
    system = wired()
    layout = lay_out(ground(system, sizes))
    rng = random.Random(1)
    cells = layout.ground.cells
    sample = [sum(rng.randrange(cells[c].values) << layout.position(c) for c in layout.shift) for _ in range(20)]
    group = permutations(system, [], sizes)
    assert len(group) == math.prod(math.factorial(n) for n in sizes.values())
    for g in group:
        images = moves(layout, g, layout.shift)(words(sample))
        for word, image in zip(sample, images.tolist(), strict=True):
            assert layout.unpack(image) == permuted(system, layout.unpack(word), g)


def test_canonical_state_is_the_same_for_a_whole_orbit() -> None:
    """States that a permutation of their topology maps to each other have one canonical state, among them."""
    system, sizes = wired(), {"Device": 3, "Unit": 2, "Lock": 2}
    problem = Problem(system, [], sizes)
    topologies = problem.topologies(1000)
    assert isinstance(topologies, np.ndarray)
    assert len(topologies) == 2
    (space,) = problem.spaces(topologies)
    roots = space.roots(1 << 20)
    assert isinstance(roots, np.ndarray)
    rng = random.Random(2)
    for word in rng.sample(roots.tolist(), 30):
        state = space.layout.unpack(word)
        orbit = [permuted(system, state, g) for g in permutations(system, [], sizes)]
        same = words(space.layout.pack(t) for t in orbit if t["unit_of"] == state["unit_of"])
        canonical = space.canonical(same)
        assert set(canonical.tolist()) == {int(same.min())}


def ordered(*, literal: bool) -> System:
    """Devices are served in an order: that of their numbers, written with literals, or that of a relation."""
    p = Part("ordered")
    p.relation("done", Device)
    p.relation("before", Device, Device, immutable=True)
    p.axiom("strict", lambda s: forall(Device, Device, lambda d, e: ~s.before[d, e] | ~s.before[e, d]))
    p.axiom("total", lambda s: forall(Device, Device, lambda d, e: (d == e) | s.before[d, e] | s.before[e, d]))
    p.axiom(
        "chain",
        lambda s: forall(Device, Device, Device, lambda d, e, x: ~(s.before[d, e] & s.before[e, x] & s.before[x, d])),
    )
    p.init("none", lambda s: forall(Device, lambda d: ~s.done[d]))
    first, second = element(Device, 0), element(Device, 1)

    @action(actor="kernel")
    def serve(s: State, d: Device) -> None:
        if literal:
            require((d == first) | ((d == second) & s.done[first]))
        else:
            require(forall(Device, lambda e: ~s.before[e, d] | s.done[e]))
        s.done[d] = True

    p.act(serve)
    return compose("ordered", [p])


def visited(system: System, sizes: dict[str, int], *, symmetric: bool) -> set[tuple[int, ...]]:
    """The served devices in each visited state."""
    parts = explored(system, [], sizes, Limits(), symmetric=symmetric).parts
    states = [part.space.layout.unpack(w) for part in parts for w in part.visited.all().tolist()]
    return {tuple(sorted(d for (d,), value in s["done"].items() if value)) for s in states}


def test_literal_elements_are_held_fixed() -> None:
    """With the order in literals no permutation is left for two devices, and the reachable states are kept apart."""
    system, sizes = ordered(literal=True), {"Device": 2}
    assert named_elements(system, []) == {"Device": {0, 1}}
    assert len(permutations(system, [], sizes)) == 1
    assert visited(system, sizes, symmetric=True) == visited(system, sizes, symmetric=False) == {(), (0,), (0, 1)}
    claim = always("a is not alone", lambda s: ~s.done[element(Device, 0)] | s.done[element(Device, 1)]).on(system)
    found = search(system, [claim], sizes, Limits())
    assert found.candidate is not None
    assert len(replay(system, claim, found.candidate)) == 1


def test_full_group_would_be_wrong_for_literals() -> None:
    """Control: exchanging the two devices maps the reachable state {a} to {b}, which is not reachable."""
    system, sizes = ordered(literal=True), {"Device": 2}
    everything = visited(system, sizes, symmetric=False)
    swap = {"Device": (1, 0)}
    layout = explored(system, [], sizes, Limits(), symmetric=False).parts[0].space.layout
    state = layout.unpack(
        layout.pack({"done": {(0,): 1, (1,): 0}, "before": dict.fromkeys(itertools.product(range(2), repeat=2), 0)})
    )
    image = permuted(system, state, swap)["done"]
    assert (0,) in everything
    assert tuple(d for (d,), value in image.items() if value) not in everything


def test_third_device_may_still_move() -> None:
    """Elements that no literal names stay interchangeable."""
    assert len(permutations(ordered(literal=True), [], {"Device": 4})) == 2


def test_claims_name_elements_too() -> None:
    """A literal in a claim fixes its element even where the system is fully symmetric."""
    system = ordered(literal=False)
    claim = always("not a first", lambda s: ~s.done[element(Device, 0)]).on(system)
    assert len(permutations(system, [], {"Device": 3})) == 6
    assert len(permutations(system, [claim], {"Device": 3})) == 2
    found = search(system, [claim], {"Device": 3}, Limits())
    assert found.candidate is not None
    assert len(replay(system, claim, found.candidate)) == 1


def test_symbolic_order_keeps_the_full_group() -> None:
    """With the order as a relation one topology is enough, and every number of served devices is reached once."""
    found = explored(ordered(literal=False), [], {"Device": 4}, Limits())
    assert len(found.parts[0].space.layout.topologies) == 1
    assert (found.search.states, found.search.depth) == (5, 4)


def test_partial_topologies_use_their_own_stabiliser() -> None:
    """Devices behind one unit are interchangeable, devices behind different ones only with their units."""
    p = Part("units")
    p.function("unit_of", Device, to=Unit, immutable=True)
    p.relation("done", Device)
    p.init("none", lambda s: forall(Device, lambda d: ~s.done[d]))
    p.init("both", lambda s: forall(Unit, lambda u: exists(Device, lambda d: s.unit_of(d) == u)))

    @action(actor="kernel")
    def serve(s: State, d: Device) -> None:
        s.done[d] = True

    p.act(serve)
    system = compose("units", [p])
    # Three devices behind two units: one topology, two devices interchangeable: 3 * 2 sets of served devices.
    assert search(system, [], {"Device": 3, "Unit": 2}, Limits()).states == 6
    # Four devices: three and one (4 * 2), or two and two, whose units can be exchanged (3 + 2 + 1).
    assert search(system, [], {"Device": 4, "Unit": 2}, Limits()).states == 8 + 6


def test_large_groups_are_cut_down_to_a_subgroup() -> None:
    """More elements than the bound allows: the last ones are held fixed, and the answer is still right."""
    system = ordered(literal=False)
    assert len(permutations(system, [], {"Device": 5}, largest=24)) == 24
    assert len(permutations(system, [], {"Device": 7})) == 720


def test_start_of_a_symmetric_run_is_initial() -> None:
    """The run is concrete although the search was over canonical states."""
    system = wired()
    claim = always(
        "never two", lambda s: ~exists(Device, Device, lambda d, e: (d != e) & (s.count[d] == 1) & (s.count[e] == 1))
    ).on(system)
    found = search(system, [claim], {"Device": 3, "Unit": 2}, Limits())
    assert found.candidate is not None
    assert is_initial(system, found.candidate.start, found.candidate.sizes)
    assert [s.args for s in found.candidate.steps] == [(0, 0), (1, 0)]
    replay(system, claim, found.candidate)
