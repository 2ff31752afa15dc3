"""Hardware that answers an ATC invalidation without having carried it out: only with `--without hardware_does_not_lie`.

design.md 5 keeps this apart from a time-out: nobody has seen it, and no walk can make up for it [A].
"""

from typing import Any

from shootdown.ir import Part, action, require
from shootdown.ir.part import ActionSpec
from shootdown.model.driver import returns, visiting
from shootdown.model.sorts import Call, Device, Errno, Stage
from shootdown.model.world import World


def per_device(world: World) -> ActionSpec:
    """VT-d and the ideal driver: the device answers, and its ATC keeps the entries."""

    @action(
        actor="device {d}", fault=True, tally="lied", says="answers the ATC invalidation and has not carried it out"
    )
    def hardware_lies(s: Any, d: Device) -> None:
        """Success without a flush."""
        require(visiting(s, d, Stage.ATC))
        s.acked[d] = True
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.OK)

    return hardware_lies


def per_domain() -> ActionSpec:
    """SMMUv3: a master answers its ATC_INV, and its ATC keeps the entries."""

    @action(actor="device {e}", fault=True, tally="lied", says="answers ATC_INV and has not carried it out")
    def hardware_lies(s: Any, e: Device) -> None:
        """Success without a flush."""
        require(s.call == Call.LOCKED, s.stage == Stage.ATC, s.pending[e])
        s.acked[e] = True
        s.pending[e] = False

    return hardware_lies


def part(world: World) -> Part:
    """Nothing where the hardware is assumed to be honest."""
    p = Part("lies")
    if not world.assumes("hardware_does_not_lie"):
        p.act(per_domain() if world.contract == "smmuv3-v10" else per_device(world))
    return p
