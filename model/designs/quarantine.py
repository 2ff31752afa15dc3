"""`quarantine`: a device that fails is cut off from DMA until it is reset, and is named.

"iommu/arm-smmu-v3: Quarantine device upon ATC invalidation timeout", v3 April to v6 September 2026 (domain.md 3.5,
B35): an abort entry for the device, translated requests included, until a successful reset; here for refusals too, and
with one status per device [A]. Equal to the point go on, errno and status, quarantine.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Reaction, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(report=("errno", "status"), reaction=Reaction.QUARANTINE)),
    name="quarantine",
    source="domain.md 3.5, B35: the quarantine series of 2026, on the loop of Xen e7059776f975",
    summary="every device is attempted, one that fails is cut off from DMA and has the status failed",
    expects=(
        expect(
            "no-reuse-while-stale", "H H - -",
            "the everyday case: who fails is cut off, and nobody joins: the gain over best-effort",
            policy="report-and-complete", topology="two-singleton-groups",
        ),
        expect(
            "no-reuse-while-stale", "- A - -",
            "what a time-out is for: the IOTLB was flushed before, and the stale ATC is cut off",
            policy="report-and-complete", only=("timed-out",),
        ),
        expect("success-means-coherent", "A A R A", "0 means that every device answered; SMMUv3 hides the time-out"),
        expect("failure-is-told", "A A R A", "done is told only where the driver returned 0; SMMUv3 hides time-outs"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "a refused device is cut off, but its IOTLB is not flushed: a group attached later uses the entry",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R A A",
            "whoever was flushed is told as done; a time-out comes after the IOTLB part of the same device",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect(
            "repeat-is-harmless", "R R A A",
            "a repetition cuts off a device that fails only then, such as one attached in between; "
            "SMMUv3 and the merged VT-d driver report no failure of a device",
        ),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
    ),
)  # fmt: skip
