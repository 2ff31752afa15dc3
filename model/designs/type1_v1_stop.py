"""`type1-v1-stop`: the posted loop with `goto out` instead of `break`.

The repair that the review suggests first (domain.md 1.3, 1.4 Q2): the walk stops at
the first error of any domain and that error is returned. Everything else is as posted. The list semantics are [A].
"""

from typing import Any

from shootdown.model.axes import Point, Walk
from shootdown.model.design import Design, expect
from shootdown.model.sorts import Errno


def after_device(s: Any, d: Any, ret: Errno) -> None:
    """`if (ret) goto out;`."""
    s.ret = ret
    if ret is Errno.OK:
        s.todo[d] = False
    else:
        s.todo[:] = lambda e: s.todo[e] & False


def loop_says(view: Any) -> str:
    """Who is not tried any more."""
    lost = view.elements("Device", "todo(x) & x != d", "x")
    return "`goto out`" + (f": {', '.join(lost)} never tried" if lost else "")


DESIGN = Design(
    name="type1-v1-stop",
    source="<1584880325-10561-8-git-send-email-yi.l.liu@intel.com> with `goto out` in vfio_iommu_for_each_dev of 6/8",
    summary="the walk stops at the first error of any domain and returns it",
    after_device=after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, with `goto out`",
    loop_says=loop_says,
    point=Point(Walk.STOP),
    expects=(
        expect(
            "no-reuse-while-stale", "R - - -",
            "the first device is refused and the second is not tried, as in the posted loop",
            policy="report-and-complete", topology="two-singleton-groups", faults=1, only=("refused",),
        ),
        expect(
            "success-means-coherent", "A A R A",
            "0 means that every device was visited and answered; SMMUv3 drops the time-out of an ATC and returns 0",
        ),
        expect("failure-is-told", "A A R A", "an error is never overwritten; SMMUv3 hides the time-out"),
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
            "the devices before the failing one were flushed and are not named; "
            "the other drivers refuse before any flush",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty domain_list is still walked over with success"),
        expect(
            "report-is-sufficient", "- R - -",
            "refused at the first device or behind it: the same errno from runs of different length",
        ),
        expect(
            "report-is-useful", "- R - -",
            "an error names nobody, though the devices before the failing one are done",
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
            "no-starvation", "R R R R",
            "the walk never gets behind a dead device in front; SMMUv3 gives up on one that is late, and nobody knows",
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
