"""What a request gets that is not well formed: only with `--without request_is_well_formed` (domain.md 1.6, 1.6a).

Under VT-d a missing flag or a granularity that does not go with the cache type leaves the switch with ret 0, and a
later part of the request that is refused comes after an earlier one was carried out. On SMMUv3 a PASID or DEV_IOTLB
part is refused with -ENOENT after the IOTLB part. `ideal` refuses before any flush, like any other refusal. A design
that asks everybody first gets the same answer before any flush.
"""

from typing import Any

from shootdown.ir import Part, action, require
from shootdown.ir.part import ActionSpec
from shootdown.model.driver import SVA, accepts, asked, failing, flush_atc, flush_iotlb, in_domain, returns, visiting
from shootdown.model.sorts import Device, Errno, Mode, Stage
from shootdown.model.world import World

SILENT = {
    "vtd-v10": "{d}: the PASID flag is missing, `break` with ret 0: nothing flushed",
    "vtd-5.7": "{d}: the granularity does not go with the cache type, `break` with ret 0: nothing flushed",
}


def vtd(world: World) -> tuple[ActionSpec, ...]:
    """VT-d: silent success, and a refusal after IOTLB and ATC were flushed."""
    code = SVA[world.contract]

    @action(actor="driver", code=code, says=SILENT[world.contract])
    def silent_success(s: Any, d: Device) -> None:
        """The switch is left without setting ret."""
        require(visiting(s, d, Stage.IOTLB), s.mode == Mode.NESTING)
        returns(world, s, d, Errno.OK)

    @action(
        actor="driver",
        code=code,
        tally="refused",
        says=failing(world, "{d}: IOTLB and ATC flushed for {aimed()}, then -EINVAL for another part of the request"),
    )
    def refused_after_flush(s: Any, d: Device) -> None:
        """IOTLB|DEV_IOTLB by address on V10, an unknown cache bit on 5.7: what came before was carried out [A]."""
        require(visiting(s, d, Stage.ATC))
        flush_atc(s, d)
        s.stage = Stage.IOTLB
        returns(world, s, d, Errno.EINVAL)

    return (silent_success,) if world.design.asks_first else (silent_success, refused_after_flush)


def smmu(world: World) -> tuple[ActionSpec, ...]:
    """SMMUv3: -ENOENT behind an IOTLB part that was carried out."""

    @action(
        actor="driver",
        code=SVA[world.contract],
        tally="refused",
        says=failing(world, "{d}: IOTLB of the domain flushed, then -ENOENT for the next cache type"),
    )
    def refused_after_iotlb(s: Any, d: Device) -> None:
        """PASID or DEV_IOTLB behind an IOTLB part that was carried out."""
        require(visiting(s, d, Stage.IOTLB), s.mode == Mode.NESTING)
        flush_iotlb(world, s, d)
        s.touched[:] = lambda e: s.touched[e] | in_domain(s, e, d)
        returns(world, s, d, Errno.ENOENT)

    return () if world.design.asks_first else (refused_after_iotlb,)


def refusals(world: World) -> tuple[ActionSpec, ...]:
    """What a driver refuses of a request that is not well formed, where everybody is asked before the first flush."""
    ret = Errno.ENOENT if world.contract == "smmuv3-v10" else Errno.EINVAL

    @action(
        actor="driver",
        code=SVA[world.contract],
        tally="refused",
        says=failing(world, "{d}: the request is not well formed: refused, nothing flushed"),
    )
    def refused_malformed(s: Any, d: Device) -> None:
        """The same answer as behind a part that was carried out."""
        require(asked(world, s, d), accepts(world, s, d), s.mode == Mode.NESTING)
        returns(world, s, d, ret)

    formed = world.contract == "ideal" or world.assumes("request_is_well_formed")
    return () if formed or world.design.asks_first is None else (refused_malformed,)


def part(world: World) -> Part:
    """Nothing where requests are assumed to be well formed."""
    p = Part("malformed")
    if world.contract != "ideal" and not world.assumes("request_is_well_formed"):
        p.act(*(smmu(world) if world.contract == "smmuv3-v10" else vtd(world)), *refusals(world))
    return p
