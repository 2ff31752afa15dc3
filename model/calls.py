"""The steps of the driver's calls by name, so that parts of a design can add to all of them."""

from shootdown.model import driver, lies, malformed, recovery
from shootdown.model.world import World


def steps(world: World) -> tuple[str, ...]:
    """Every action that is part of a driver's call for some device, under the world's contract and assumptions."""
    dead = recovery.silences(world) if world.recovery else ()
    parts = (module.part(world).actions for module in (driver, malformed, lies))
    return tuple(a.name for actions in (*parts, dead) for a in actions)


def refusals(world: World) -> tuple[str, ...]:
    """Those among them that come before any flush where the design asks everybody first."""
    return tuple(a.name for a in (*driver.refusals(world), *malformed.refusals(world)))


_FIRST = ("iotlb_flush", "iotlb_flush_only", "tlbi", "silent_success", "refused_after_iotlb")


def beginnings(world: World) -> tuple[str, ...]:
    """Those with which the driver's call for a device begins, and which have the device as parameter."""
    refused = tuple(a.name for a in driver.refusals(world))
    return (*refused, *(name for name in steps(world) if name in _FIRST))
