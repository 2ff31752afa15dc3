"""What Python passes over in silence in a design's functions: each would be another design than its text says."""

import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

import pytest

from shootdown.ir import ModelError, Part, action, ite, pre, require
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.sorts import Errno
from shootdown.model.world import World

GOOD: dict[str, Any] = {"name": "own", "source": "a test", "summary": "the first error is kept"}


def first_error(s: Any, d: Any, ret: Errno) -> None:
    """What `best-effort` does."""
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False


def refused(after_device: Callable[[Any, Any, Errno], Any], **fields: Any) -> str:
    """What building the design's model says."""
    try:
        build(World(Design(**GOOD, after_device=after_device, **fields), "ideal"))
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
