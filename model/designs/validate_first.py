"""`validate-first`: everything refusable is asked of every device before the first flush.

domain.md 1.6a: what the drivers refuse follows from topology and request. After the check only hardware can fail. The
check and the flushes are under one hold of the lock [A]. Equal to the point go on, validated first, errno.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Validate, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(validate=Validate.FIRST)),
    name="validate-first",
    source="domain.md 1.6a, 3.5: the drivers' checks of v1, taken out of the loop",
    summary="every device is checked before the first flush, then every device is attempted",
    expects=(
        expect("success-means-coherent", "A A R A", "0 means that everybody has answered; SMMUv3 hides the time-out"),
        expect("failure-is-told", "A A R A", "an error reports nobody as done; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "the VMM completes on a refusal, after which nothing at all was flushed; "
            "the merged VT-d driver has no error in a nested container",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R A A",
            "a refusal leaves everything untouched; only a time-out that is returned comes after a flush",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "nobody is asked on an empty domain_list, and 0 is returned"),
    ),
)  # fmt: skip
