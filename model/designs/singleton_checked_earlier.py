"""`singleton-checked-earlier`: the rule of `singleton`, checked when nesting_info is filled and not at the call.

domain.md 3.1 E4: from v2 to v8 singleton-ness is checked at another time, so the guard depends on a state that may have
changed; the walk visits the first group of the first domain only, which is then not the whole container. Nesting_info
goes with the last group that is not emulated [A]. No point of the design space.
"""

from typing import Any

from shootdown.ir import Part, action, exists, pre, require
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v1_stop
from shootdown.model.designs.singleton import is_singleton
from shootdown.model.designs.type1_v2 import first_group
from shootdown.model.sorts import Errno, Group
from shootdown.model.world import World


@action(
    actor="user",
    code="v7 vfio_iommu_type1.c: vfio_iommu_type1_get_info",
    says="VFIO_IOMMU_GET_INFO: nesting_info is filled, the container is a singleton now",
)
def nesting_info_filled(s: Any) -> None:
    """The check of the singleton rule."""
    require(is_singleton(s), ~s.info_filled)
    s.info_filled = True


def _leaves(s: Any, g: Any) -> None:
    attached = pre(s.attached)
    s.info_filled = s.info_filled & exists(Group, lambda h: (h != g) & attached[h] & ~s.emulated[h])


def _parts(_world: World) -> tuple[Part, ...]:
    p = Part("nesting info")
    p.variable("info_filled", bool, doc="nesting_info was filled while the container was a singleton")
    p.init("nesting_info is not filled", lambda s: ~s.info_filled)
    p.act(nesting_info_filled)
    p.also("unset_container", _leaves)
    return (p,)


DESIGN = Design(
    name="singleton-checked-earlier",
    source="domain.md 3.1, E4: v2 to v8 of the series",
    summary="the singleton rule is checked when nesting_info is filled; the first group of the first domain is visited",
    after_device=type1_v1_stop.after_device,
    code="v7 vfio_iommu_type1.c: vfio_prepare_nesting_domain_capsule",
    loop_says=type1_v1_stop.loop_says,
    admits=lambda s: s.info_filled,
    nested_only=True,
    wrong_mode=Errno.EINVAL,
    walks=first_group,
    parts=_parts,
    expects=(
        expect(
            "success-means-coherent", "R R R R",
            "a group attached after the check is visited in place of the first, or the other way round; its "
            "neighbour's ATC is stale",
        ),
        expect("failure-is-told", "R R R R", "0 reports every device as done; a second group never is"),
        expect(
            "no-reuse-while-stale", "R R R R",
            "the VMM completes on the -EINVAL that every call gets before nesting_info is filled; after that the group "
            "that was not visited has a stale ATC",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R R",
            "success says nothing about the second group",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R V V",
            "under VT-d a group of two is attached after the check: the first device is flushed, the second refused; "
            "under ideal a time-out comes after the IOTLB flush; the others return no error",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "A A A A", "nesting_info is filled in a nested container only"),
    ),
)  # fmt: skip
