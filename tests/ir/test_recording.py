"""Mistakes of modellers: each is found when the model is built, with file, line and the alternative."""

import enum
import inspect
import re

import pytest

from shootdown.ir import (
    Index,
    ModelError,
    Part,
    State,
    action,
    cast,
    compose,
    exists,
    forall,
    ite,
    pre,
    require,
    u8,
    u64,
)
from shootdown.ir.interp import apply
from shootdown.ir.trace import ConcreteState


class Device(Index):
    """What the toy model has."""

    names = "ab"


class Mode(enum.Enum):
    """Two values."""

    OFF = 0
    ON = 1


def part() -> Part:
    """A part without actions."""
    piece = Part("toy")
    piece.relation("todo", Device)
    piece.relation("able", Device, immutable=True)
    piece.variable("mode", Mode)
    piece.variable("n", u8)
    return piece


def build(spec, *more):
    """Compose the toy part with actions."""
    piece = part()
    piece.act(spec, *more)
    return compose("toy", [piece])


def failing(function, **options) -> str:
    """The message for an action whose function is wrong in its line marked `wrong`."""
    with pytest.raises(ModelError) as caught:
        build(action(actor="kernel", **options)(function))
    message = str(caught.value)
    lines, first = inspect.getsourcelines(function)
    wrong = [first + k for k, line in enumerate(lines) if "# wrong" in line]
    assert wrong, "the test marks the wrong line"
    assert re.match(rf"\S*test_recording\.py:{wrong[0]}: ", message), message
    return message


def python_if(s, d: Device):
    """A branch on a symbolic value."""
    if s.todo[d]:  # wrong
        s.n = 1


def python_and(s, d: Device):
    """Python's `and` asks for a truth value."""
    require(s.todo[d] and s.able[d])  # wrong


def python_not(s, d: Device):
    """Python's `not` asks for a truth value."""
    require(not s.todo[d])  # wrong


def chained(s, d: Device):
    """A chained comparison is an `and`."""
    require(1 < s.n < 3)  # wrong


def membership(s, d: Device):
    """`in` over values of the language."""
    require(s.mode in (Mode.ON, Mode.OFF))  # wrong


def membership_of(s, d: Device):
    """`in` over a symbolic value."""
    require(d in s.n)  # wrong


def iteration(s, d: Device):
    """A loop over a symbolic value."""
    for bit in s.n:  # wrong
        require(bit)


def read_after_write(s, d: Device):
    """A read of what was written."""
    s.mode = Mode.ON
    require(s.mode == Mode.OFF)  # wrong


def read_relation_after_write(s, d: Device):
    """A read of a relation that was written."""
    s.todo[d] = False
    s.n = ite(s.todo[d], 1, s.n)  # wrong


def immutable(s, d: Device):
    """Topology does not change."""
    s.able[d] = True  # wrong


def wrong_sort(s, d: Device):
    """A value of another sort."""
    s.n = s.mode  # wrong


def wrong_argument(s, d: Device):
    """An argument of another sort."""
    require(s.todo[s.mode])  # wrong


def wrong_comparison(s, d: Device):
    """Two sorts at one `==`."""
    require(s.mode == d)  # wrong


def mixed_integers(s, d: Device):
    """C would convert silently."""
    require(cast(u64, s.n) < s.n)  # wrong


def too_large(s, d: Device):
    """A literal that does not fit."""
    s.n = s.n + 256  # wrong


def twice(s, d: Device, e: Device):
    """Two writes at points that may be equal."""
    s.todo[d] = True
    s.todo[e] = False  # wrong


def unknown(s, d: Device):
    """A misspelt state variable."""
    require(s.tood[d])  # wrong


def unknown_write(s, d: Device):
    """A misspelt state variable that is written."""
    s.moed = Mode.ON  # wrong


def without_point(s, d: Device):
    """A relation is written at a point."""
    s.todo = True  # wrong


def arity(s, d: Device):
    """Too many arguments."""
    require(s.todo[d, d])  # wrong


def relation_as_formula(s, d: Device):
    """A relation without its point."""
    require(s.todo & s.able[d])  # wrong


def not_bool(s, d: Device):
    """A guard that is no formula."""
    require(s.mode)  # wrong


def ordered_elements(s, d: Device):
    """Elements have no order."""
    require(exists(Device, lambda e: e < d))  # wrong


def quantifier_arity(s, d: Device):
    """More names than sorts."""
    require(forall(Device, lambda a, b: s.todo[a]))  # wrong


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (python_if, r"instead of `if` use ite\(c, a, b\)"),
        (python_and, "use &, |, ~"),
        (python_not, "use &, |, ~"),
        (chained, r"\(a < b\) & \(b < c\)"),
        (membership, r"instead of `x in \(a, b\)` write \(x == a\) \| \(x == b\)"),
        (membership_of, r"write \(x == a\) \| \(x == b\)"),
        (iteration, r"use forall\(Sort, lambda x: ...\)"),
        (read_after_write, r"write pre\(s.mode\)"),
        (read_relation_after_write, r"write pre\(s.todo\)"),
        (immutable, "`able` is immutable"),
        (wrong_sort, "it needs u8"),
        (wrong_argument, "must be a Device, not a Mode"),
        (wrong_comparison, "both sides of == must have one sort"),
        (mixed_integers, r"write cast\(...\)"),
        (too_large, r"256 does not fit in u8; convert with cast"),
        (twice, r"write it once with a lambda, or require\(a != b\) before"),
        (unknown, "did you mean `todo`"),
        (unknown_write, "did you mean `mode`"),
        (without_point, r"s.todo\[...\] = value"),
        (arity, "takes 1 arguments, not 2"),
        (relation_as_formula, r"read it at a point, todo\[...\]"),
        (not_bool, "compare it with =="),
        (ordered_elements, "declare a relation"),
        (quantifier_arity, "takes 2 arguments where 1 sorts are given"),
    ],
)
def test_a_mistake_names_its_line_and_the_alternative(function, words: str) -> None:
    """The message begins with file and line of the modeller's own code and says what to write."""
    assert re.search(words, failing(function))


def test_a_parameter_needs_a_sort() -> None:
    """An annotation is missing: the message shows how one looks."""

    def go(s, d):
        require(s.todo[d])

    with pytest.raises(
        ModelError, match=r"test_recording\.py:\d+: parameter `d` of action `go` needs a sort: `d: Device`"
    ):
        build(action(actor="kernel")(go))


def test_a_parameter_needs_a_sort_of_the_language() -> None:
    """`int` is no sort; the message lists what is."""

    def go(s, d: int):
        require(s.todo[d])

    with pytest.raises(ModelError, match=r"test_recording\.py:\d+: .*is not a sort; use bool"):
        build(action(actor="kernel")(go))


def test_two_actions_have_two_names() -> None:
    """The second declaration is named by its line."""

    def go(s, d: Device):
        require(s.todo[d])

    spec = action(actor="kernel")(go)
    with pytest.raises(ModelError, match=r"test_recording\.py:\d+: two actions are called `go`"):
        build(spec, spec)


def test_what_python_finds_wrong_is_a_model_error_too() -> None:
    """A misspelt Python name does not end in a traceback."""

    def go(s, d: Device):
        require(s.todo[dd])  # type: ignore[name-defined] # noqa: F821 # the mistake

    with pytest.raises(ModelError, match=r"test_recording\.py:\d+: in `go`: NameError: name 'dd' is not defined"):
        build(action(actor="kernel")(go))


def test_distinct_points_may_be_written_one_by_one() -> None:
    """`require(a != b)` makes two writes legal, and both take effect at once."""

    def swap(s: State, d: Device, e: Device):
        require(d != e)
        s.todo[d] = s.able[e]
        s.todo[e] = pre(s.todo)[d]

    system = build(action(actor="kernel")(swap))
    state: ConcreteState = {"todo": {(0,): 1, (1,): 0}, "able": {(0,): 0, (1,): 0}, "mode": {(): 0}, "n": {(): 0}}
    after = apply(system.action["swap"], (0, 1), state, {"Device": 2})
    assert after["todo"] == {(0,): 0, (1,): 1}


def test_pre_is_the_value_before_the_step() -> None:
    """After an assignment `pre` still reads the old value; without one it changes nothing."""

    def go(s: State):
        s.n = pre(s.n) + 1
        s.mode = ite(pre(s.n) == 7, Mode.ON, s.mode)

    system = build(action(actor="kernel")(go))
    state: ConcreteState = {"todo": {(0,): 0}, "able": {(0,): 0}, "mode": {(): 0}, "n": {(): 7}}
    after = apply(system.action["go"], (), state, {"Device": 1})
    assert (after["n"][()], after["mode"][()]) == (8, 1)


def test_functions_between_index_sorts_have_an_order() -> None:
    """A circle of functions is named, since ground terms would never end."""

    class Group(Index):
        names = "GH"

    piece = Part("circle")
    piece.function("group", Device, to=Group)
    piece.function("first", Group, to=Device)
    with pytest.raises(ModelError, match=r"go in a circle: .*; make one of them a relation"):
        compose("circle", [piece])


def test_a_monitor_writes_only_its_own_variables() -> None:
    """A part that watches may not interfere."""
    watcher = Part("watcher")
    watcher.variable("count", u8)

    def meddle(s, spec):
        s.n = 0

    def go(s):
        s.mode = Mode.ON

    watcher.monitor(meddle)
    piece = part()
    piece.act(action(actor="kernel")(go))
    with pytest.raises(ModelError, match="monitor of `watcher` writes `n`, which is not its own"):
        compose("toy", [piece, watcher])


def test_an_addition_needs_its_action() -> None:
    """`also` names an action that some part declares."""
    piece = part()
    piece.also("vanish", lambda s: None)
    with pytest.raises(ModelError, match="adds to an action `vanish` that no part declares"):
        compose("toy", [piece])
