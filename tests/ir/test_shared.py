"""Expressions that share parts have the values that the interpreter gives them one by one."""

import pytest

from shootdown.ir import Part, compose, conj, ite, u64
from shootdown.ir.cbits import fls, roundup_pow_of_two
from shootdown.ir.expr import Expr
from shootdown.ir.interp import evaluate
from shootdown.ir.shared import evaluate_each
from shootdown.ir.state import State
from shootdown.ir.trace import ConcreteState


def chain(s: State) -> dict[str, Expr]:
    """Expressions of one word that lean on each other."""
    low = roundup_pow_of_two(s.x)
    top = fls(low + s.x)
    both = conj(s.flag, low > 3)
    return {"low": low, "top": top, "both": both, "either": ite(both, top, low)}


@pytest.mark.parametrize("x", [0, 1, 5, (1 << 63) + 1, (1 << 64) - 1])
@pytest.mark.parametrize("flag", [0, 1])
def test_the_values_are_the_interpreters(x: int, flag: int) -> None:
    """Words and truth values, both branches of a choice."""
    part = Part("inputs")
    part.variable("x", u64, immutable=True)
    part.variable("flag", bool, immutable=True)
    system = compose("toy", [part])
    exprs = chain(State(system.by_name, None, system.lets))
    state: ConcreteState = {"x": {(): x}, "flag": {(): flag}}
    assert evaluate_each(exprs, state, {}) == {name: evaluate(e, state, {}) for name, e in exprs.items()}


def test_a_part_that_is_shared_is_walked_once() -> None:
    """Each doubling names the one before it twice; one by one that would take 2^200 walks."""
    part = Part("inputs")
    part.variable("x", u64, immutable=True)
    system = compose("toy", [part])
    found = State(system.by_name, None, system.lets).x
    for _ in range(200):
        found = found + found
    assert evaluate_each({"all": found}, {"x": {(): 1}}, {}) == {"all": 0}
