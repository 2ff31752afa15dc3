"""`count`: the walk stops at the first failing device and reports how many were done, in the kernel's order.

The shape of entry_num in IOMMU_HWPT_INVALIDATE (domain.md 3.3, 3.5), carried over to devices: the caller learns a
number, and knows neither the order of the kernel's lists nor who was on them. So a count names nobody, unless it is 0
or the call succeeded. Equal to the point stop, errno and count.
"""

from shootdown.model.axes import Point, Walk
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v1_stop

DESIGN = Design(
    name="count",
    source="domain.md 3.5: `entry_num` out = count handled, applied to the devices of VFIO_IOMMU_CACHE_INVALIDATE",
    summary="the walk stops at the first failing device, an errno and the number of devices done are reported",
    after_device=type1_v1_stop.after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, with `goto out` and a count",
    loop_says=type1_v1_stop.loop_says,
    report=("errno", "count"),
    observation="errno+count",
    point=Point(Walk.STOP, report=("errno", "count")),
    expects=(
        expect("success-means-coherent", "A A R A", "as type1-v1-stop: a count changes nothing about 0"),
        expect("failure-is-told", "A A R A", "an error reports nobody by name; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "the VMM completes on an error; the merged VT-d driver has no error in a nested container",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R A A",
            "a number does not name the devices before the failing one to a caller who does not know the order; "
            "the other drivers refuse before any flush",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
        expect(
            "report-is-sufficient", "- R - -",
            "one of two is done, and a caller who does not know the kernel's order cannot tell which",
        ),
        expect("report-is-useful", "- R - -", "of two devices of which one is done the number names neither"),
        expect(
            "stale-is-unacknowledged", "- A - -",
            "the driver acknowledges a device after both its caches were flushed, and none refills from what is gone",
        ),
    ),
)  # fmt: skip
