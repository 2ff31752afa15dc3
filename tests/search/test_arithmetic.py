"""The engine for one calculation: verdicts on toys of machine words that have nothing to do with IOMMUs."""

from collections.abc import Callable
from typing import Any

import pytest

from shootdown import second
from shootdown.ir import (
    FALSE,
    Claim,
    Index,
    Part,
    System,
    UsageError,
    action,
    always,
    cast,
    compose,
    ite,
    sometimes,
    u8,
    u32,
    u64,
)
from shootdown.ir.cbits import ffs, fls, ilog2, is_aligned, low_bits, roundup_pow_of_two
from shootdown.ir.interp import evaluate
from shootdown.ir.sorts import CInt, int_
from shootdown.ir.state import State
from shootdown.ir.trace import ConcreteState
from shootdown.search import arithmetic
from shootdown.search.arithmetic import decide, script
from shootdown.search.refute import EngineBug
from shootdown.search.verdict import Proved, Refuted, Unknown, Vacuous
from shootdown.smt import Answer


def words(*axioms: Callable[[Any], object], sort: CInt = u64) -> System:
    """Two words `a` and `b`, under conditions."""
    part = Part("words")
    for name in ("a", "b"):
        part.variable(name, sort, immutable=True)
    for number, axiom in enumerate(axioms):
        part.axiom(f"condition {number}", axiom)
    return compose("words", [part])


def claim(system: System, build: Callable[[Any], object]) -> Claim:
    """The claim under test."""
    return always("claim", build).on(system)


def numbers(verdict: object) -> dict[str, int]:
    """The inputs of a refutation."""
    assert isinstance(verdict, Refuted)
    return {name: table[()] for name, table in verdict.trace.states[-1].items()}


def test_what_holds_for_every_value_is_proved_by_both_solvers() -> None:
    """An identity of 64 bits is proved, and both solvers say so."""
    system = words()
    verdict = decide(system, claim(system, lambda s: (s.a ^ s.b) + ((s.a & s.b) << 1) == s.a + s.b))
    assert isinstance(verdict, Proved)
    assert verdict.notes == ("cvc5 confirms all 3 obligations",)


def test_integers_of_mathematics_would_miss_it() -> None:
    """a + 1 > a holds for numbers and not for words: the one counterexample is the largest word."""
    system = words()
    assert numbers(decide(system, claim(system, lambda s: s.a + 1 > s.a)))["a"] == 2**64 - 1


def test_counterexamples_are_the_smallest_ones() -> None:
    """The first variable is as small as it can be, then the second; zero, one bit and many bits among them."""
    system = words(lambda s: s.a + s.b >= 0x1234, lambda s: s.a <= s.b, lambda s: s.b < 0x2000)
    assert numbers(decide(system, claim(system, lambda s: FALSE))) == {"a": 0, "b": 0x1234}
    system = words(lambda s: s.a > 0xABC, lambda s: s.b == s.a * 3)
    assert numbers(decide(system, claim(system, lambda s: FALSE))) == {"a": 0xABD, "b": 0x2037}


def test_signed_words_are_read_by_their_sign() -> None:
    """1 << 31 in an int is negative, and widened to 64 bits it is a huge word."""
    system = words(sort=int_)
    found = numbers(decide(system, claim(system, lambda s: (s.a << 1) >= s.a)))
    assert found["a"] << 1 < found["a"] or found["a"] >= 1 << 30
    wide = words(lambda s: s.a < 32)
    least = decide(wide, claim(wide, lambda s: cast(u64, cast(int_, s.a) * 0 + 1 << cast(int_, s.a)) < 1 << 40))
    assert numbers(least)["a"] == 31


def test_a_claim_about_nothing_is_not_proved() -> None:
    """A companion that no choice meets makes the verdict vacuous."""
    system = words(lambda s: s.a < s.b)
    nothing = sometimes("b is smaller", lambda s: s.b < s.a).on(system)
    verdict = decide(system, claim(system, lambda s: s.a != s.b), [nothing])
    assert verdict == Vacuous("no choice of inputs meets `b is smaller`", arithmetic.SCOPE)


def test_conditions_that_exclude_each_other_prove_nothing() -> None:
    """Without any choice of inputs everything would hold; the fresh judge refuses it."""
    system = words(lambda s: s.a < 3, lambda s: s.a > 3)
    assert isinstance(decide(system, claim(system, lambda s: FALSE)), Unknown)


def test_a_bound_is_no_proof() -> None:
    """A query that may not work has no answer."""
    system = words()
    hard = claim(system, lambda s: s.a * s.b != 0xFFFF_FFFF_FFFF_FFC5)
    assert isinstance(decide(system, hard, rlimit=1), Unknown)
    assert isinstance(decide(system, hard, deadline=0.0), Unknown)


def test_the_second_solver_can_stop_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cvc5 breaks what z3 proves, nothing is said."""
    system = words()
    monkeypatch.setattr(second, "ask", lambda *_args, **_options: second.Reply(Answer.SAT, second.CVC5))
    with pytest.raises(EngineBug, match="z3 proves `claim` of words, cvc5 breaks it"):
        decide(system, claim(system, lambda s: s.a == s.a + 0))


def test_a_silent_second_solver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof that cvc5 has not confirmed says so."""
    system = words()
    reply = second.Reply(Answer.UNKNOWN, second.CVC5, "the time is up")
    monkeypatch.setattr(second, "ask", lambda *_args, **_options: reply)
    verdict = decide(system, claim(system, lambda s: s.a == s.a + 0))
    assert isinstance(verdict, Proved)
    assert verdict.notes == ("cvc5 has no answer: the time is up",)


def test_runs_are_for_other_engines() -> None:
    """A system with actions, or over an index sort, is refused by name."""

    @action(actor="user")
    def tick(s: Any) -> None:
        """One more."""
        s.a = s.a + 1

    part = Part("moving")
    part.variable("a", u32)
    part.act(tick)
    system = compose("moving", [part])
    with pytest.raises(UsageError, match="moving is no single calculation"):
        decide(system, claim(system, lambda s: s.a == s.a))

    class Thing(Index):
        """An element."""

    part = Part("many")
    part.function("f", Thing, to=u8, immutable=True)
    system = compose("many", [part])
    with pytest.raises(UsageError, match="many is no single calculation"):
        decide(system, claim(system, lambda _s: FALSE))


def test_the_script_is_the_question() -> None:
    """What is written down is a complete script, unsatisfiable exactly for what holds."""
    system = words()
    holds, breaks = (claim(system, f) for f in (lambda s: s.a <= (s.a | s.b), lambda s: s.a < (s.a | s.b)))
    assert second.ask(script(system, holds)).answer is Answer.UNSAT
    assert second.ask(script(system, breaks)).answer is Answer.SAT


BITS = (0, 1, 2, 3, 4, 7, 8, 0xFFF, 0x1000, 0x1001, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, (1 << 64) - 1)


@pytest.mark.parametrize("value", BITS)
def test_functions_on_words_are_those_of_python(value: int) -> None:
    """fls, ffs, ilog2 and rounding up agree with Python's own integers, at the ends of the type, too."""
    system = words()
    state = State(system.by_name, None, {})
    at: ConcreteState = {"a": {(): value}, "b": {(): 0}}
    assert evaluate(fls(state.a), at, {}) == value.bit_length()
    if value:
        assert evaluate(ffs(state.a), at, {}) == (value & -value).bit_length() - 1
        assert evaluate(ilog2(state.a), at, {}) == value.bit_length() - 1
    rounded = 1 << (value - 1).bit_length() if 0 < value <= 1 << 63 else 1
    assert evaluate(roundup_pow_of_two(state.a), at, {}) == rounded
    assert evaluate(is_aligned(state.a, ite(state.b == 0, low_bits(state.b) + 4, state.b)), at, {}) == (value % 4 == 0)


def test_functions_on_words_agree_with_the_solver() -> None:
    """For every word: x lies between half of the power of two above it and that power."""
    system = words(lambda s: s.a >= 2, lambda s: s.a <= 1 << 63)
    held = claim(
        system, lambda s: (roundup_pow_of_two(s.a) >= s.a) & ((roundup_pow_of_two(s.a) >> 1) < s.a)
        & ((s.a >> ffs(s.a)) & 1 == 1)
    )  # fmt: skip
    assert isinstance(decide(system, held), Proved)
