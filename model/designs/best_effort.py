"""`best-effort`: every device is attempted, the first error is returned.

Xen's answer to the same loop (domain.md 5.5 X1, e7059776f975, June 2021): record the first error, do not bail
from the loop. Everything else is as posted. That this is the right shape for the ioctl is [A].
"""

from typing import Any

from shootdown.ir import ite
from shootdown.model.axes import Point
from shootdown.model.design import Design, expect
from shootdown.model.sorts import Errno


def after_device(s: Any, d: Any, ret: Errno) -> None:
    """`if (!rc) rc = ret;` and on to the next device."""
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False


DESIGN = Design(
    name="best-effort",
    source="Xen e7059776f975 (VT-d: don't lose errors when flushing TLBs on multiple IOMMUs), applied to v1 6/8",
    summary="every device is attempted, the first error is returned",
    after_device=after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, first error kept",
    loop_says="the error is kept, the walk goes on",
    point=Point(),
    expects=(
        expect(
            "no-reuse-while-stale", "H - - -",
            "the neighbour's visit flushes the IOTLB that the refused device shares: the gain over stop",
            policy="report-and-complete", topology="two-singleton-groups", faults=1, only=("refused",),
        ),
        expect(
            "success-means-coherent", "A A R A",
            "0 means that every device answered; SMMUv3 drops the time-out of an ATC and returns 0",
        ),
        expect("failure-is-told", "A A R A", "the first error is kept; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "a refused device whose IOTLB or ATC nobody else flushes stays stale and the VMM completes; "
            "the merged VT-d driver has no error in a nested container",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R A A",
            "every other device was flushed and is not named; the other drivers refuse before any flush",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
        expect("report-is-sufficient", "- R - -", "the first error does not say which device it is about"),
        expect("report-is-useful", "- R - -", "an error names nobody, though every other device is done"),
        expect(
            "stale-is-unacknowledged", "- A - -",
            "the driver acknowledges a device after both its caches were flushed, and none refills from what is gone",
        ),
        expect(
            "recoverable", "R R R R",
            "vtd-v10 refuses a device without ATS in every call; a dead one fails it or keeps it from returning; "
            "SMMUv3 hides a time-out and the wait ends",
            topology="two-singleton-groups",
        ),
        expect(
            "no-starvation", "R H R R",
            "every call attempts everybody, but VT-d waits for the dead device in front; "
            "SMMUv3 gives up on one that is late, and nobody knows",
            topology="two-singleton-groups",
        ),
        expect(
            "every-call-returns", "R H H R",
            "VT-d submits the invalidation of a dead device again and again (domain.md B19)",
            topology="two-singleton-groups",
        ),
        expect(
            "no-healthy-device-lost", "R R H H",
            "an errno names nobody, so that a VMM resets everybody; where only a container without nesting is refused, "
            "nobody has answered then",
            topology="two-singleton-groups",
        ),
    ),
)  # fmt: skip
