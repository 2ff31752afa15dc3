"""`type1-v3`: as v2, and every device's callback reads the request from user memory by itself.

v3 of the series, 24 June 2020 (domain.md 3.1, L:06e53209a): the user pointer goes down to the IOMMU core, so that each
callback does its own copy_from_user. E2: a second thread can make two devices of one call perform different
invalidations, and nobody can tell. No point of the design space, as v2.
"""

from shootdown.ir import Part
from shootdown.model import calls, rereads
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v2
from shootdown.model.ioctl import nested_container
from shootdown.model.sorts import Errno
from shootdown.model.world import World


def after_device(s: object, d: object, ret: Errno) -> None:
    """As in v2; the next callback reads for itself."""
    type1_v2.after_device(s, d, ret)
    rereads.read_again(s)


def _parts(world: World) -> tuple[Part, ...]:
    return (rereads.part(world, calls.steps(world)),)


DESIGN = Design(
    name="type1-v3",
    source="v3 of the series, June 2020 (domain.md 3.1): iommu_uapi_cache_invalidate(domain, dev, void __user *)",
    summary="as v2, and every device's callback reads the request from user memory again",
    after_device=after_device,
    code="v3 vfio_iommu_type1.c: vfio_dev_cache_invalidate_fn",
    loop_says=type1_v2.loop_says,
    admits=nested_container,
    nested_only=True,
    wrong_mode=Errno.ENOTSUPP,
    walks=type1_v2.first_group,
    aimed=rereads.aimed,
    parts=_parts,
    expects=(
        expect("success-means-coherent", "R R R R", "as v2: 0 is returned whatever was done"),
        expect("failure-is-told", "R R R R", "as v2: 0 reports every device as done"),
        expect(
            "no-reuse-while-stale", "R R R R",
            "as v2: the VMM is told 0 and the second group's ATC is stale",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R R",
            "as v2: completion on success only does not help where everything is a success",
            policy="withhold-completion",
        ),
        expect("error-means-untouched-or-told", "V V V V", "as v2: no walk returns an error"),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes, whatever iova it reads"),
        expect("wrong-mode-is-refused", "A A A A", "as v2: the guard comes before anything is read for a device"),
    ),
)  # fmt: skip
