"""`device-status`: every device is attempted, and the call reports one status per device.

domain.md 3.5 names the family; the loop is Xen's (5.5 X1), the first error is the call's errno. Equal to the point
go on, errno and status.
"""

from shootdown.model.axes import Point, told_done
from shootdown.model.design import Design, expect
from shootdown.model.designs import best_effort

DESIGN = Design(
    name="device-status",
    source="domain.md 3.5: per-device status, on the loop of Xen e7059776f975",
    summary="every device is attempted, the first error and one status per device are reported",
    after_device=best_effort.after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, first error kept, one status per device",
    loop_says="its status is the error, the walk goes on",
    report=("errno", "status"),
    observation="errno+status",
    reported_done=told_done,
    point=Point(report=("errno", "status")),
    expects=(
        expect("success-means-coherent", "A A R A", "as best-effort; SMMUv3 drops the time-out and returns 0"),
        expect("failure-is-told", "A A R A", "done is told only where the driver returned 0; SMMUv3 hides time-outs"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "the VMM completes whatever the statuses say; the merged VT-d driver has no error in a nested container",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R A A",
            "whoever was flushed is told as done, and VT-d refuses before any flush; "
            "a time-out comes after the IOTLB part of the same device",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
        expect(
            "report-is-sufficient", "- A R -",
            "the status is what the driver returned for the device; one time-out that SMMUv3 hides is enough",
        ),
        expect(
            "report-is-useful", "- A R -",
            "whoever has the status done is done; SMMUv3 returns 0 for a device that did not answer",
        ),
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
        expect(
            "recoverable", "R H R R",
            "who is named is reset, and the second call succeeds; vtd-v10 refuses a device without ATS again, VT-d "
            "waits for a dead one, SMMUv3 names nobody",
            policy="reset-named-and-flush", topology="two-singleton-groups",
        ),
        expect(
            "no-healthy-device-lost", "H H H H",
            "whoever is named has not answered, and a reset takes one function",
            policy="reset-named-and-flush", topology="two-singleton-groups",
        ),
    ),
)  # fmt: skip
