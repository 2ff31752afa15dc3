"""Liveness as safety: on toys, the transformed system is bad exactly where a response fails, whoever searches it."""

from collections.abc import Callable

import pytest

from shootdown.ir import CInt, Fair, ModelError, Part, Response, State, System, action, compose, require, u8
from shootdown.ir.expr import TRUE, lift
from shootdown.ir.sorts import BOOL
from shootdown.search import bmc, explicit
from shootdown.search.l2s import NOTICE, SAVE, as_safety, lasso_of, literal
from shootdown.search.refute_lasso import confirmed
from shootdown.search.result import Limits
from shootdown.search.verdict import Scope
from tests.search.live_toys import (
    STRONG,
    all_done,
    arrives,
    channel,
    eats_some_day,
    everybody,
    fair,
    gets_out,
    is_out,
    is_served,
    ring,
    server,
    table,
    two_doors,
)

Toy = Callable[[], tuple[System, Response, tuple[int, ...]]]


def toy(make: Callable[..., System], claim: Callable[..., Response], *fairness: Fair, **options: bool) -> Toy:
    """A system, a response, and the elements that are asked about."""

    def build() -> tuple[System, Response, tuple[int, ...]]:
        system = make(**options)
        response = claim(system, lambda _: fairness)
        return system, response, (1,) * len(response.params)

    return build


BREAKS = [
    toy(ring, gets_out),
    toy(ring, gets_out, Fair("step"), Fair("back"), Fair("leave")),
    toy(server, is_served),
    toy(two_doors, is_out, Fair("walk"), Fair("door_here"), Fair("door_there")),
    toy(table, eats_some_day, Fair("eat"), Fair("think")),
    toy(channel, arrives, Fair("send"), Fair("deliver"), losing_is_a_fault=False),
    toy(channel, arrives, Fair("send"), Fair("deliver", STRONG), losing_is_a_fault=True, may_die=True),
]

HOLDS = [
    toy(ring, gets_out, Fair("step"), Fair("back"), Fair("leave", STRONG)),
    toy(server, is_served, Fair("serve")),
    toy(channel, arrives, Fair("send"), Fair("deliver"), losing_is_a_fault=True),
    toy(channel, arrives, Fair("send"), Fair("deliver", STRONG), losing_is_a_fault=False),
    toy(everybody, all_done, Fair("do")),
]

SIZES = {"Client": 2}


@pytest.mark.parametrize("number", range(len(BREAKS)))
def test_a_response_that_fails_makes_a_bad_state(number: int) -> None:
    """Explicit search reaches it, and the run is a lasso in which the interpreter finds nothing wrong."""
    system, response, elements = BREAKS[number]()
    safe, claim = as_safety(system, response, elements)
    found = explicit.search(safe, [claim], SIZES, Limits())
    assert found.candidate is not None
    names = [s.action for s in found.candidate.steps]
    assert names.count(NOTICE) == names.count(SAVE) == 1
    verdict = confirmed(system, response, lasso_of(found.candidate, system, elements), Scope(()))
    assert len(verdict.lasso.steps) == len(names) - 2


@pytest.mark.parametrize("number", range(len(HOLDS)))
def test_a_response_that_holds_makes_none(number: int) -> None:
    """Every state of the transformed system is reached, and none is bad."""
    system, response, elements = HOLDS[number]()
    safe, claim = as_safety(system, response, elements)
    found = explicit.search(safe, [claim], SIZES, Limits())
    assert found.complete
    assert found.candidate is None
    assert found.states > 2


def test_a_solver_finds_the_same_lasso() -> None:
    """Bounded model checking knows nothing of liveness, and answers through the transformation."""
    system, response, elements = BREAKS[1]()
    safe, claim = as_safety(system, response, elements)
    found = bmc.search(safe, [claim], {}, Limits(depth=8))
    assert found.candidate is not None
    verdict = confirmed(system, response, lasso_of(found.candidate, system, elements), Scope(()))
    assert [s.action for s in verdict.lasso.loop] in (["step", "step", "back"], ["step", "back", "step"])


def test_a_start_of_the_system_is_one_of_the_other() -> None:
    """The copy begins as the state does, so that no start is lost and none is added."""
    system = server()
    safe, claim = as_safety(system, is_served(system, fair()), (0,))
    limits = Limits(depth=0)
    assert explicit.search(safe, [claim], SIZES, limits).states == explicit.search(system, [], SIZES, limits).states


def test_what_cannot_be_transformed_says_so() -> None:
    """A name that the system has itself, and arguments of which there are too many to remember."""
    part = Part("odd")
    part.variable("lasso_mode", bool)
    part.init("start", lambda s: ~s.lasso_mode)

    @action(actor="nobody")
    def wait(s: State):
        """Does nothing."""
        require(s.lasso_mode)
        s.lasso_mode = False

    part.act(wait)
    system = compose("odd", [part])
    response = Response("never", (), TRUE, lift(False), ())
    with pytest.raises(ModelError, match="a state variable `lasso_mode` of its own"):
        as_safety(system, response, ())
    with pytest.raises(ModelError, match="cannot range over u8"):
        literal(u8, 3)
    assert literal(BOOL, 1) is TRUE
    assert isinstance(u8, CInt)
