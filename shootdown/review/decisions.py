"""The decisions of a design, each of them open: what its loop makes of `ret` and `todo`, whom it admits, what it says.

The design stays what it is where every knob has its default. What the loop's code writes besides is left alone, and so
is who it has just visited: a device is visited once in a walk; retry is another reaction, a point of the design space.
An order (`Design.order`) is no function of what is seen at a point, and stays as it is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shootdown.ir import exists, pre
from shootdown.ir.expr import Expr, conj, ite, lift
from shootdown.ir.nodes import Variable
from shootdown.model.container import present
from shootdown.model.design import Design
from shootdown.model.sorts import Domain, Errno, Mode
from shootdown.search.repair_system import Case, Knobs, Spot

RET, TODO, ADMITS, WRONG, WALKS, DONE = (
    "after_device: s.ret", "after_device: s.todo", "admits", "wrong_mode", "walks", "reported_done",
)  # fmt: skip
OWN = (RET, TODO, ADMITS, WRONG, WALKS, DONE)
"""The facts that a design decides, in the order in which they are told."""


def spoken(variable: Variable, value: str) -> str:
    """A value as the report says it: results with their sign."""
    if variable.name != "ret":
        return value
    return "0" if value == Errno.OK.name else f"-{value}"


def _result(ret: Errno) -> str:
    return "0" if ret is Errno.OK else f"-{ret.name}"


def open_design(design: Design, knobs: Knobs) -> Design:
    """The design with each of its decisions open."""
    walks, done = design.walks, design.reported_done
    listed = Spot(WALKS, WALKS, WALKS, "a device is on the container's list")
    decoded = Spot(DONE, DONE, DONE, "an answer is decoded")

    def visited(s: Any, d: Any) -> Expr:
        assert walks is not None
        return knobs.switch(listed, ("leave it out", "visit it"), walks(s, d))

    def reported(s: Any, d: Any) -> Expr:
        says = ("report the device as not done", "report the device as done")
        return knobs.switch(decoded, says, done(s, d), _results(s, knobs) if _has_errno(design) else ())

    return replace(
        design,
        after_device=_loop(design, knobs),
        admits=_admits(design, knobs),
        nested_only=False,
        walks=None if walks is None else visited,
        reported_done=reported,
    )


def _has_errno(design: Design) -> bool:
    return "errno" in design.report


def _results(s: Any, knobs: Knobs) -> list[Case]:
    """A case for each result so far."""
    return [(e, f"s.ret is {_result(Errno[e])}", pre(s.ret) == Errno[e]) for e in knobs.values["ret"]]


def _admits(design: Design, knobs: Knobs) -> Callable[[Any], Expr]:
    own = design.admits

    def admits(s: Any) -> Expr:
        some = exists(Domain, lambda x: present(s, x))
        view = [
            (f"{mode.name}|{filled}", f"the mode is {mode.name} and domain_list is {'not ' if filled else ''}empty",
             (s.mode == mode) & (some if filled else ~some))
            for mode in Mode if mode is not Mode.NONE for filled in (True, False)
        ]  # fmt: skip
        now = conj() if own is None else lift(own(s))
        return knobs.switch(Spot(ADMITS, ADMITS, ADMITS), ("refuse the call", "admit the call"), now, view)

    return admits


class _Loop:
    """The state as the loop's body sees it; what it writes into `ret` and `todo` is held back."""

    def __init__(self, state: Any) -> None:
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "ret_", None)
        object.__setattr__(self, "todo_", _Todo(state.todo))

    def __getattr__(self, name: str) -> Any:
        return self.todo_ if name == "todo" else getattr(self.state, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "ret":
            object.__setattr__(self, "ret_", value)
        else:
            setattr(self.state, name, value)


class _Todo:
    """`todo` as the loop's body sees it."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.writes: list[tuple[Any, Any]] = []

    def __getitem__(self, key: Any) -> Any:
        return self.place[key]

    __call__ = __getitem__

    def __setitem__(self, key: Any, value: Any) -> None:
        self.writes.append((key, value))

    def at(self, e: Any) -> Expr:
        """The value after the step at a device, as the design has it."""
        found: Expr = self.place[e]
        for key, value in self.writes:
            if isinstance(key, slice):
                found = lift(value(e) if callable(value) and not isinstance(value, Expr) else value)
            else:
                found = ite(e == key, value, found)
        return found


def _loop(design: Design, knobs: Knobs) -> Callable[[Any, Any, Errno], None]:
    def after_device(s: Any, d: Any, ret: Errno) -> None:
        loop = _Loop(s)
        before = s.ret
        design.after_device(loop, d, ret)
        now = before if loop.ret_ is None else lift(loop.ret_)
        if _has_errno(design):
            spot = Spot(f"ret|{ret.name}", RET, "ret", f"the driver returned {_result(ret)}", ret.name)
            now = knobs.value(spot, before.payload, now, [before.payload])
        s.todo[:] = lambda e: _todo(s, loop, d, e, ret, knobs, _has_errno(design))
        if loop.ret_ is not None or _has_errno(design):
            s.ret = now  # last: what the loop says of `todo` may read it

    return after_device


def _todo(s: Any, loop: Any, d: Any, e: Any, ret: Errno, knobs: Knobs, has_errno: bool) -> Expr:
    """Whether a device is to be visited after this one; open for the others that are still to be visited."""
    now = loop.todo_.at(e)
    same_group, same_domain = s.group_of(e) == s.group_of(d), s.domain(e) == s.domain(d)
    classes = (
        ("group", "another device of the group", same_group),
        ("domain", "a device of another group of the domain", ~same_group & same_domain),
        ("other", "a device of another domain", ~same_group & ~same_domain),
    )
    opened = now
    for name, words, condition in classes:
        about = f"the driver returned {_result(ret)} and {words} is still to be visited"
        spot = Spot(f"todo|{ret.name}|{name}", TODO, f"todo|{name}", about)
        here = knobs.switch(spot, ("leave it out", "visit it"), now, _results(s, knobs) if has_errno else ())
        opened = ite(condition, here, opened)
    return ite(loop.todo_.place[e] & (e != d), opened, now)
