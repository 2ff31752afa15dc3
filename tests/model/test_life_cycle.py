"""The initial states are exactly the containers that the life-cycle actions can reach from a fresh descriptor."""

from dataclasses import replace

import pytest

from shootdown.ir import Claim, Named, Part, System, compose, conj, exists, forall, formula
from shootdown.ir.system import Expectation
from shootdown.ir.trace import ConcreteState
from shootdown.model import container, topology
from shootdown.model.container import MEMBERSHIP
from shootdown.model.sorts import Domain, Group, Mode
from shootdown.model.world import World
from shootdown.search import explicit
from shootdown.search.result import Limits
from tests.model.cases import BEST_EFFORT

UNRELATED = ("unit_of", "has_ats", "before")
"""Topology that the life cycle does not look at; its axioms can be met whatever the rest is."""

SIZES = [
    {"Domain": 1, "Group": 1, "Device": 1},
    {"Domain": 1, "Group": 2, "Device": 2},
    {"Domain": 2, "Group": 2, "Device": 2},
    {"Domain": 2, "Group": 2, "Device": 1},
    {"Domain": 1, "Group": 3, "Device": 3},
]


def life(*without: str) -> System:
    """Container and groups alone; the init conditions are those of the model."""
    caches = ("detach_clears_atc", "iotlb_of_an_unused_domain_on_a_unit_is_cleared")
    world = World(BEST_EFFORT, without=frozenset((*caches, *without)))
    groups = topology.part(world)
    own = Part("groups", [v for v in groups.variables if v.name not in UNRELATED])
    return compose("life cycle", [own, container.part(world)])


def fresh(system: System) -> System:
    """The same actions from a descriptor that was just opened."""

    def nothing(s):
        return conj(
            s.mode == Mode.NONE,
            forall(Group, lambda g: ~s.attached[g] & ~s.users[g]),
            ~exists(Group, Group, lambda g, h: s.newer[g, h]),
            ~exists(Domain, Domain, lambda x, y: s.dom_newer[x, y]),
        )

    return replace(system, init=(*system.init, Named("a fresh descriptor", formula(system, nothing))))


def stated(system: System) -> System:
    """The initial states and nothing more."""
    return replace(system, actions=())


def initial(system: System) -> Claim:
    """The state is one of the model's initial ones."""
    return Claim("initial", Expectation.ALWAYS, conj(*(n.formula for n in system.init)))


def emulated(system: System, *, some: bool) -> System:
    """At least one group, or none, is emulated."""
    there = formula(system, lambda s: exists(Group, lambda g: s.emulated[g]))
    return replace(system, axioms=(*system.axioms, Named("emulated groups", there if some else ~there)))


def every_state(system: System, sizes: dict[str, int]) -> set[str]:
    """All reachable states, as text."""
    found = explicit.explored(system, (), sizes, Limits(), symmetric=False)
    assert found.search.complete
    unpacked = (run.space.layout.unpack(w) for run in found.parts for w in run.visited.all().tolist())
    return {text(state) for state in unpacked}


def text(state: ConcreteState) -> str:
    """A state as text that tells all states apart."""
    return repr(sorted((name, sorted(table.items())) for name, table in state.items()))


def test_the_life_cycle_alone_has_just_its_five_actions():
    """The life cycle consists of exactly the actions that change who is in the container."""
    assert {a.name for a in life().actions} == set(MEMBERSHIP)


@pytest.mark.parametrize("some", [False, True], ids=["real groups", "emulated groups"])
@pytest.mark.parametrize("sizes", SIZES[:4], ids=str)
def test_initial_states_are_those_that_the_life_cycle_reaches(sizes, some):
    """State by state, without any reduction: both sets are the same."""
    system = emulated(life(), some=some)
    reached = every_state(fresh(system), sizes)
    assert reached
    assert reached == every_state(stated(system), sizes)


@pytest.mark.parametrize("some", [False, True], ids=["real groups", "emulated groups"])
@pytest.mark.parametrize("sizes", [*SIZES[4:], {"Domain": 2, "Group": 3, "Device": 3}], ids=str)
def test_initial_states_are_those_that_the_life_cycle_reaches_with_three_groups(sizes, some):
    """Every reached state is initial, and there are as many of the one as of the other, up to renaming."""
    system = emulated(life(), some=some)
    claim = initial(system)
    reached = explicit.search(fresh(system), (claim,), sizes, Limits())
    there = explicit.search(stated(system), (claim,), sizes, Limits())
    assert reached.complete
    assert there.complete
    assert reached.candidate is None
    assert reached.states == there.states > 50


def test_without_nesting_the_two_sets_are_the_same_too():
    """Where no driver supports nesting, neither set has a nested container."""
    system = life("driver_supports_nesting")
    reached = every_state(fresh(system), SIZES[2])
    assert reached == every_state(stated(system), SIZES[2])
    assert reached < every_state(stated(life()), SIZES[2])


def test_more_or_fewer_initial_states_are_noticed():
    """The comparison has teeth: a free order gives more initial states, no UNSET_CONTAINER fewer reached ones."""
    system = life()
    free = replace(system, init=tuple(n for n in system.init if n.name != "a configured container"))
    assert every_state(stated(free), SIZES[0]) > every_state(fresh(system), SIZES[0])
    never = replace(system, actions=tuple(a for a in system.actions if a.name != "unset_container"))
    older = {"Domain": 2, "Group": 3, "Device": 3}
    reached, there = (explicit.search(s, (), older, Limits()) for s in (fresh(never), stated(system)))
    assert 0 < reached.states < there.states, "a domain outlives its first group only by UNSET_CONTAINER"
