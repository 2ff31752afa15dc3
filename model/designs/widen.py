"""`widen`: on a refusal or failure the kernel flushes the PASID, then the whole domain.

domain.md 4.2: an invalidation may drop more than was asked for. The device counts as done, and the loop goes on with 0,
where the wider flush was answered; its ATC part can time out like the first, and then -ETIMEDOUT is the device's
error: an error is returned unless all was flushed. That a refused device is flushed anyway needs a path beside the
driver's checks [A]. Equal to the point go on, errno, widen.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Reaction, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(reaction=Reaction.WIDEN)),
    name="widen",
    source="domain.md 4.2 (over-flush is normal), 3.3 (convert to full flush), on the loop of Xen e7059776f975",
    summary="on a failure the whole domain and the device's whole ATC are flushed; an error only where that fails too",
    expects=(
        expect("success-means-coherent", "A A R A", "0 means that each device took the flush or a wider one"),
        expect(
            "failure-is-told", "V A R A",
            "a device is unacknowledged only after two time-outs, and then an error is returned; under VT-d V10 "
            "nobody is ever left unacknowledged; SMMUv3 hides the time-out",
        ),
        expect(
            "no-reuse-while-stale", "A R R A",
            "a refusal is repaired on the spot, so VT-d V10 has no error left; a device that times out twice is",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "V R A A",
            "no error is left under VT-d V10; under ideal the other devices were flushed and are not named",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
    ),
)  # fmt: skip
