"""`fatal`: a failure cuts off every device of the container from DMA.

The abort-like handling of the thread (domain.md 1.4, 3.5: L:5f6ef9e88, "Is there any remedy other than to abort?").
Every device on the list at the failure is cut off; what is attached later is not [A]. The walk stops, for nobody is
left to be flushed. Equal to the point stop, errno, fatal.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Reaction, Walk, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(Walk.STOP, reaction=Reaction.FATAL)),
    name="fatal",
    source="domain.md 3.5: treat as fatal, L:5f6ef9e88, L:510e22ece",
    summary="the first failure stops the walk and cuts off every device of the container",
    expects=(
        expect(
            "no-reuse-while-stale", "H H - -",
            "the everyday case: everybody is cut off, and nobody joins: the gain over stop",
            policy="report-and-complete", topology="two-singleton-groups",
        ),
        expect("success-means-coherent", "A A R A", "0 means that every device answered; SMMUv3 hides the time-out"),
        expect("failure-is-told", "A A R A", "an error reports nobody as done; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "everybody is cut off, but no IOTLB is flushed: a group attached later uses the entry",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R A A",
            "the devices before the failing one were flushed and are not named; the other drivers report no failure",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect(
            "repeat-is-harmless", "R R A A",
            "a repetition that fails cuts off those who were not, such as a group attached in between",
        ),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
    ),
)  # fmt: skip
