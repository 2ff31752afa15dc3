"""Validation first: every device is asked what the driver would refuse before anything is flushed.

domain.md 1.6a lists what drivers refuse: all of it depends on topology and request and can be known beforehand; what
is left can only be a time-out. The devices are asked in the order of the walk, under the same hold of `iommu->lock`.
A refusal ends the call with its errno; nothing was touched. That such a loop is possible with the drivers'
checks is [A]: no driver of 2020 has a call that only checks.
"""

from collections.abc import Iterable
from typing import Any

from shootdown.ir import Part, action, conj, forall, implies, pre, require
from shootdown.ir.part import ActionSpec
from shootdown.model.driver import SVA, accepts
from shootdown.model.ioctl import precedes, to_visit
from shootdown.model.sorts import Call, Device
from shootdown.model.world import World

ASKED = "would_accept"
"""The action with which a device passes the check."""


def asks_first(s: Any, d: Any) -> Any:
    """`d` is the first device that was not asked yet."""
    first = forall(Device, lambda e: implies(s.unchecked[e], ~s.precedes(e, d)))
    return conj(s.call == Call.LOCKED, s.unchecked[d], first)


def give_up(s: Any) -> None:
    """A refusal: nobody is asked any more."""
    s.unchecked[:] = lambda e: s.unchecked[e] & False


def _would_accept(world: World) -> ActionSpec:
    @action(actor="driver", code=SVA[world.contract], says="{d}: asked, would not be refused", silent=True)
    def would_accept(s: Any, d: Device) -> None:
        """The driver's checks pass; its call for the device comes later."""
        require(asks_first(s, d), accepts(world, s, d))
        s.unchecked[d] = False

    return would_accept


def part(world: World, flushes: Iterable[str]) -> Part:
    """The check before the walk; `flushes` are the driver's steps that wait for it."""
    p = Part("validate")
    p.relation("unchecked", Device, doc="still to be asked whether the driver would refuse it")
    p.init("nobody is to be asked", lambda s: forall(Device, lambda d: ~s.unchecked[d]))
    p.order("the order of the check", Device, lambda s, d: s.unchecked[d], world.design.order or precedes)
    p.act(_would_accept(world))

    def begin(s: Any) -> None:
        s.unchecked[:] = lambda d: to_visit(world, s, d)

    def wait(s: Any, *_: Any) -> None:
        unchecked = pre(s.unchecked)
        require(forall(Device, lambda e: ~unchecked[e]))

    p.also("call_lock", begin)
    for name in flushes:
        p.also(name, wait)
    return p
