"""What Python passes over in silence in a design's functions: each would be another design than its text says."""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial, wraps
from typing import Any

import pytest

from shootdown.ir import ModelError, Part, action, ite, pre, require
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.sorts import Errno
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.review.problem import Request, fixed_text

GOOD: dict[str, Any] = {"name": "own", "source": "a test", "summary": "the first error is kept"}


def first_error(s: Any, d: Any, ret: Errno) -> None:
    """What `best-effort` does."""
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False


def refused(after_device: Callable[[Any, Any, Errno], Any], **fields: Any) -> str:
    """What building the design's model says."""
    try:
        system = build(World(Design(**GOOD, after_device=after_device, **fields), "ideal"))
        for claim in properties()["failure-is-told"].claims:
            claim.on(system)
    except ModelError as error:
        return str(error)
    return "nothing is refused"


def caught(loop: Callable[[Any, Errno], Any]) -> Callable[[Any, Any, Errno], None]:
    """A loop whose assignment to `s.ret` may fail, without that being noticed."""

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        with suppress(BaseException):
            s.ret = loop(s, ret)
        s.todo[d] = False

    return after_device


@lru_cache
def remembered(old: Any, new: Any) -> Any:
    """A helper whose results are kept by the identity of what is symbolic."""
    return ite(old == Errno.OK, new, old)


CAUGHT: list[tuple[Callable[[Any, Errno], Any], str]] = [
    (lambda s, ret: ret if s.ret == Errno.OK else s.ret, "a symbolic value has no truth value"),
    (lambda s, ret: ret if s.ret in (Errno.OK,) else s.ret, "a symbolic value has no truth value"),
    (lambda s, ret: max(s.ret, ret), "is no number"),
    (lambda s, ret: ret if any([s.ret == ret]) else s.ret, "a symbolic value has no truth value"),
    (lambda s, ret: ret if s.ret.value == 0 else s.ret, "what comes from the state has no `value`"),
    (lambda s, ret: ret if not int(s.ret) else s.ret, "a symbolic value is no number"),
    (lambda s, ret: ret if len(s.todo) else s.ret, "a symbolic value is no number and no container"),
    (lambda s, ret: s.errno, "no state variable is called `errno`"),
    (lambda s, ret: Errno.OK if not ret else s.ret, "an Errno has no truth value"),
    (lambda s, ret: {Errno.OK: ret}[s.ret], "a symbolic value is no key"),
    (lambda s, ret: defaultdict(lambda: ret)[s.ret], "a symbolic value is no key"),
    (lambda s, ret: Errno.OK if {s.ret} & {Errno.OK} else ret, "a symbolic value is no key"),
    (lambda s, ret: remembered(s.ret, ret), "a symbolic value is no key"),
]


@pytest.mark.parametrize(("loop", "sentence"), CAUGHT, ids=[str(k) for k in range(len(CAUGHT))])
def test_a_mistake_counts_although_the_modeller_catches_it(loop: Callable[[Any, Errno], Any], sentence: str) -> None:
    """The loop would go on without its assignment, and be another one."""
    said = refused(caught(loop))
    assert sentence in said
    assert re.match(r"\S*test_passed_over\.py:\d+: ", said)


def test_what_is_suppressed_in_a_part_of_its_own_counts_too() -> None:
    """The step would lose its condition."""

    def parts(_world: World) -> tuple[Part, ...]:
        part = Part("mine")
        part.variable("v", bool)

        @action(actor="kernel")
        def mine(s: Any) -> None:
            with suppress(Exception):
                require(s.v and s.ret == Errno.OK)
            s.v = True

        part.act(mine)
        return (part,)

    assert "a symbolic value has no truth value" in refused(first_error, parts=parts)


def test_a_step_of_the_designs_own_is_said_with_a_proof() -> None:
    """It may repair what no kernel can; those of the tool's designs are judged by tests."""
    part = Part("mine")

    @action(actor="kernel")
    def mend(s: Any) -> None:
        s.iotlb[:, :, :, :] = False

    part.act(mend)
    own = Design(**GOOD, after_device=first_error, parts=lambda world: (part,))
    said = "steps of the design's own that may change the model's variables: mend"
    assert said in fixed_text(Request(own, properties()["failure-is-told"], "ideal"))
    for design in designs().values():
        text = fixed_text(Request(design, properties()["failure-is-told"], "ideal"))
        assert not [line for line in text if line.startswith("steps of the design's own")]


def test_an_exception_of_the_modellers_own_may_be_caught() -> None:
    """It is Python, about what Python knows: the control."""

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        try:
            hard = {"EINVAL": True}[ret.name]
        except KeyError:
            hard = False
        s.ret = ite(s.ret == Errno.OK, ret, s.ret) if hard else pre(s.ret)
        s.todo[d] &= False

    assert refused(after_device) == "nothing is refused"


def test_elements_have_no_order_to_go_on_from() -> None:
    """`s.todo[d:]` would be all devices, also those before `d`."""

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        s.ret = ret
        s.todo[d:] = False

    assert "elements have no order; write `:` for all" in refused(after_device)


def counting(s: Any, d: Any, ret: Errno, before: list[Errno] = []) -> None:  # noqa: B006 # the mistake
    """Whoever comes first decides, and only an error: asked after a success it says the same ever after."""
    first_error(s, d, ret if not before else Errno.OK)
    before.append(ret)


class Counting:
    """The same in an object."""

    def __init__(self) -> None:
        self.before: list[Errno] = []

    def after_device(self, s: Any, d: Any, ret: Errno) -> None:
        """The loop."""
        counting(s, d, ret, self.before)

    __call__ = after_device


def around() -> Callable[[Any, Any, Errno], None]:
    """The same with a variable of a function around it."""
    before: Errno | None = None

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        nonlocal before
        first_error(s, d, ret if before is None else Errno.OK)
        before = ret

    return after_device


FIRST: list[Errno] = []


def with_a_global(s: Any, d: Any, ret: Errno) -> None:
    """The same with a global."""
    counting(s, d, ret, FIRST)


def with_an_attribute(s: Any, d: Any, ret: Errno) -> None:
    """The same with an attribute of the function."""
    first_error(s, d, Errno.OK if hasattr(with_an_attribute, "asked") else ret)
    with_an_attribute.asked = True  # type: ignore[attr-defined]


FORGETFUL: dict[str, Callable[[Any, Any, Errno], None]] = {
    "default": counting, "method": Counting().after_device, "object": Counting(), "nonlocal": around(),
    "global": with_a_global, "attribute": with_an_attribute, "partial": partial(counting, before=[]),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORGETFUL)
def test_a_static_variable_is_found_whatever_answer_comes_first(kind: str) -> None:
    """The model would be recorded with what the variable holds in the end."""
    for _ in range(2):
        assert "gives another result when it is asked again" in refused(FORGETFUL[kind])


class Loop:
    """A loop with constants and a helper of its own."""

    zero = Errno.OK

    def __init__(self, hard: tuple[Errno, ...]) -> None:
        self.hard = {e: e.name for e in hard}

    def first(self, s: Any, ret: Errno) -> Any:
        """The helper."""
        return ite(s.ret == self.zero, ret, s.ret)

    def after_device(self, s: Any, d: Any, ret: Errno) -> None:
        """What `best-effort` does."""
        s.ret = self.first(s, ret) if ret in self.hard else ite(s.ret == Errno.OK, ret, s.ret)
        s.todo[d] = False


def test_an_object_that_keeps_only_constants_is_a_design() -> None:
    """The control; also one that counts how often it is asked, and does nothing else with it."""
    calls: list[Errno] = []

    def counted(s: Any, d: Any, ret: Errno) -> None:
        calls.append(ret)
        first_error(s, d, ret)

    for after_device in (Loop((Errno.EINVAL,)).after_device, partial(Loop.after_device, Loop(())), counted):
        assert refused(after_device) == "nothing is refused"


def test_a_condition_says_the_same_whenever_it_is_asked() -> None:
    """It is asked for each claim and for each step, and a claim would be about another answer."""
    asked: list[int] = []
    coin = random.Random(7)

    def later(s: Any, d: Any) -> Any:
        asked.append(1)
        return s.ret == (Errno.OK if len(asked) % 2 else Errno.EINVAL)

    def chance(s: Any, d: Any) -> Any:
        return s.ret == coin.choice((Errno.OK, Errno.EINVAL))

    for reported_done in (later, chance):
        assert "gives another result when it is asked again" in refused(
            first_error, reported_done=reported_done, report=("errno", "status")
        )


SEEN: list[int] = []


def test_no_function_tells_another_one_that_it_was_asked() -> None:
    """A list that the loop fills would be empty in a first answer and full in the next."""

    def filling(s: Any, d: Any, ret: Errno) -> None:
        SEEN.append(1)
        first_error(s, d, ret)

    def looking(s: Any, d: Any) -> Any:
        return s.ret == Errno.OK if SEEN else s.ret != Errno.OK

    assert "`reported_done` of own gives another result" in refused(filling, reported_done=looking)


def test_a_function_around_one_of_the_tools_is_the_modellers() -> None:
    """What it does besides is judged."""
    theirs = designs()["best-effort"].after_device

    @wraps(theirs)
    def after_device(s: Any, d: Any, ret: Errno) -> Any:
        theirs(s, d, ret)
        return ret

    said = refused(after_device)
    assert "returns <Errno.EINVAL: 1>, which would be lost" in said
    assert re.match(r"\S*test_passed_over\.py:\d+: ", said)
