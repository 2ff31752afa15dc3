"""`retry-in-kernel`: a time-out is retried in the kernel, holding the locks it holds.

What VT-d does (domain.md 4.1, B19: qi_submit_sync submits again), as a rule of the loop and under any driver that
returns the time-out. A refusal is not retried. That a device which is gone ends the retries (B19) is not modelled: no
device is gone while the lock is held [A]. Equal to the point go on, errno, retry.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Reaction, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(reaction=Reaction.RETRY)),
    name="retry-in-kernel",
    source="domain.md 4.1, B19: dmar.c qi_submit_sync, on the loop of Xen e7059776f975",
    summary="every device is attempted, a time-out is retried until the device answers",
    expects=(
        expect(
            "no-reuse-while-stale", "- A - -",
            "what a time-out is for: the call does not return before the device has answered",
            policy="report-and-complete", only=("timed-out",),
        ),
        expect("success-means-coherent", "A A R A", "0 means that every device answered; SMMUv3 hides the time-out"),
        expect("failure-is-told", "A A R A", "the first refusal is kept; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "a refusal is an error on which the VMM completes; the merged VT-d driver has none",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R A A",
            "after a refusal every other device was flushed and is not named",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
    ),
)  # fmt: skip
