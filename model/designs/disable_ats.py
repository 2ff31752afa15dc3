"""`disable-ats`: on a time-out ATS is switched off for the device, which goes on untranslated.

domain.md 3.5 (install abort STE or disable ATS) and 4.2: a function whose ATS is disabled discards its ATC [R]; its
DMA is translated by the unit from then on, so the IOTLB part is all that is left to flush. A refusal stays an error.
Equal to the point go on, errno, disable ATS.
"""

from dataclasses import replace

from shootdown.model.axes import Point, Reaction, design_at
from shootdown.model.design import expect

DESIGN = replace(
    design_at(Point(reaction=Reaction.DISABLE_ATS)),
    name="disable-ats",
    source="domain.md 3.5, B35: disable ATS on a time-out, on the loop of Xen e7059776f975",
    summary="every device is attempted, a time-out switches off the device's ATS and is no error",
    expects=(
        expect(
            "no-reuse-while-stale", "- A - -",
            "what a time-out is for: the ATC is gone and the call is a success: the gain over best-effort",
            policy="report-and-complete", only=("timed-out",),
        ),
        expect("success-means-coherent", "A A R A", "who did not answer has no ATC any more; SMMUv3 hides time-outs"),
        expect("failure-is-told", "A A R A", "a refusal is kept; the kernel saw the ATC go; SMMUv3 hides the time-out"),
        expect(
            "no-reuse-while-stale", "R R R A",
            "a refusal is still an error on which the VMM completes; the merged VT-d driver has none",
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
