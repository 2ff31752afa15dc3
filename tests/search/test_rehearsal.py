"""The interpreter follows a proof: it objects to what is false along its own runs."""

import pytest

from shootdown.ir.interp import holds
from shootdown.search.refute import EngineBug
from shootdown.search.rehearsal import RUNS, STEPS, rehearse
from tests import toys

SIZES = {"Client": 2}


def test_what_is_true_is_followed_to_the_end() -> None:
    """Every run is as long as it may be, and the claim holds along each."""
    system = toys.lock()
    claim = toys.exclusion(system)
    assert rehearse(system, SIZES, lambda s: "" if holds(claim.formula, s, SIZES) else claim.name) == RUNS * (STEPS + 1)


def test_what_is_false_is_noticed() -> None:
    """A lock that is taken twice breaks mutual exclusion within a few steps."""
    system = toys.lock(broken=True)
    claim = toys.exclusion(system)
    with pytest.raises(EngineBug, match="by the interpreter, a run breaks what was proved: exclusion"):
        rehearse(system, SIZES, lambda s: "" if holds(claim.formula, s, SIZES) else "exclusion")


def test_a_dead_end_ends_a_run() -> None:
    """A state without a successor is looked at, and nothing is made up behind it."""
    system = toys.dead_end()
    assert 0 < rehearse(system, {}, lambda _s: "") < RUNS * (STEPS + 1)
