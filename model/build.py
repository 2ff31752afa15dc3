"""One system from a world: the parts of the model, put together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shootdown.ir import Part, System, compose
from shootdown.ir.expr import lift
from shootdown.model import (
    caches,
    container,
    driver,
    guest,
    hooks,
    ioctl,
    lies,
    malformed,
    policies,
    recovery,
    report,
    requests,
    stage2,
    topology,
    vmm,
)
from shootdown.model.decoder import surely_done
from shootdown.model.design import RECOVERING
from shootdown.model.sorts import Call, Errno, Lock
from shootdown.model.world import World

KERNEL = ("kernel", "driver")
"""Actors whose steps finish a call; while a call is in progress one of them must be able to act."""


def build(world: World, monitor: Callable[[], Part] | None = None) -> System:
    """The transition system of a design under a contract and a policy."""
    return assemble(world, parts_of(world, monitor))


def parts_of(world: World, monitor: Callable[[], Part] | None = None) -> list[Part]:
    """The pieces of the model before they are put together; a test may change one."""
    world = requests.requested(hooks.guarded(world))
    modules = (topology, container, caches, guest, vmm, ioctl, driver, report, malformed, lies)
    parts = [m.part(world) for m in modules]
    if world.stage2:
        parts.append(stage2.part(world))
    own = world.design.parts(world) if world.design.parts else ()
    hooks.must_know(world.design, frozenset(v.name for part in own for v in part.variables))
    parts += own
    if monitor is not None:
        parts.append(monitor())
    if world.recovery:
        _recover(world, parts)
    return parts


def _recover(world: World, parts: list[Part]) -> None:
    parts.append(recovery.part(world))
    if world.policy in RECOVERING:
        parts.append(policies.part(world, frozenset(a.name for p in parts for a in p.actions)))
    recovery.follow(parts)


def assemble(world: World, parts: list[Part]) -> System:
    """One system from the pieces."""
    system = compose(world.design.name, parts, busy=busy, working=KERNEL, lets=lets(hooks.guarded(world)))
    hooks.must_be_written_by_a_caller(world.design, system)
    # Actions ask for assumptions while they are recorded, so the list is complete only now.
    return replace(system, assumptions=tuple(sorted(world.used.values(), key=lambda a: a.name)))


def busy(s: Any) -> Any:
    """A call is in progress: the kernel owes a step."""
    in_call = (s.call != Call.NONE) & (s.call != Call.RETURNED)
    return in_call | (s.lock == Lock.UNMAP)


def lets(world: World) -> dict[str, Callable[..., Any]]:
    """Derived terms that actions, claims and texts may use."""
    design = world.design
    return {
        "domain": lambda s, d: s.domain_of(s.group_of(d)),
        "on_list": container.on_list,
        "live": container.live,
        "precedes": design.order or ioctl.precedes,
        "aimed": design.aimed or (lambda s: s.req),
        "in_iotlb": caches.in_iotlb,
        "usable": caches.usable,
        "reported_done": design.reported_done,
        "surely_done": surely_done(world),
        "success": lambda s: s.ret == Errno.OK,
        "declared_errno": lambda _s: lift(design.wrong_mode),
    }
