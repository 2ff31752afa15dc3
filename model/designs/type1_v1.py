"""`type1-v1`: exactly the posted code.

[PATCH v1 7/8] vfio/type1: Add VFIO_IOMMU_CACHE_INVALIDATE, 22 March 2020, on top of 6/8, which brings
vfio_iommu_for_each_dev. domain.md 1.2 and 1.3: nested loops, `break` leaves the inner one, the result of the
last group visited is returned, no test of the mode nor of an empty list. The list semantics are [A].
"""

from typing import Any

from shootdown.model.axes import Point, Walk
from shootdown.model.design import Design, expect
from shootdown.model.sorts import Errno


def after_device(s: Any, d: Any, ret: Errno) -> None:
    """`ret = iommu_group_for_each_dev(...); if (ret) break;` inside the loop over the domain's groups."""
    s.ret = ret
    if ret is Errno.OK:
        s.todo[d] = False
    else:
        s.todo[:] = lambda e: s.todo[e] & (s.domain(e) != s.domain(d))


def loop_says(view: Any) -> str:
    """What `break` does to the other devices of the domain."""
    lost = view.elements("Device", "todo(x) & x != d & domain(x) == domain(d)", "x")
    left = f"`break` leaves {view.get('domain(d)')}'s groups"
    return left + (f": {', '.join(lost)} never tried" if lost else "")


DESIGN = Design(
    name="type1-v1",
    source="<1584880325-10561-8-git-send-email-yi.l.liu@intel.com>, review <20200402142428.2901432e@w520.home>",
    summary="nested loops, `break` leaves the inner one, the last group's result is returned",
    after_device=after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev",
    loop_says=loop_says,
    point=Point(Walk.BREAK),
    expects=(
        expect(
            "no-reuse-while-stale", "R - - -",
            "the everyday case: the first device is refused, `break` skips the second, nobody can tell",
            policy="report-and-complete", topology="two-singleton-groups", faults=1, only=("refused",),
        ),
        expect(
            "success-means-coherent", "R R - -",
            "the overwrite: the newer domain's device is refused, the older domain's success is returned",
            topology="two-domains",
        ),
        expect(
            "success-means-coherent", "R R R A",
            "a newer domain's error is overwritten by an older domain's success; SMMUv3 drops the time-out; "
            "the merged VT-d driver refuses nothing in a nested container and never returns while a device is silent",
        ),
        expect(
            "failure-is-told", "R R R A",
            "0 is returned although a device of the newer domain was refused or skipped, or timed out on SMMUv3",
        ),
        expect(
            "no-reuse-while-stale", "R R R A",
            "the VMM completes on an error, so the guest reuses a frame that nobody flushed; "
            "the merged VT-d driver has no error",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R A",
            "even a VMM that completes on success only is told success falsely",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "R R A A",
            "a device flushed before the failing one is not named by an errno; "
            "on SMMUv3 and merged VT-d only a container without nesting is refused, before any flush",
        ),
        expect(
            "host-page-safe", "A A R A",
            "UNMAP_DMA flushes by itself and waits for the answer; on SMMUv3 the poll gives up and it unpins",
        ),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect(
            "wrong-mode-is-refused", "R R R R",
            "with an empty domain_list the loop runs over nothing and 0 is returned; vtd-v10 also accepts TYPE1v2",
        ),
        expect("report-is-sufficient", "- R - -", "one of two devices was refused, and the errno does not say which"),
        expect(
            "report-is-useful", "- R - -",
            "0 is returned although a device of the newer domain was refused; an error names nobody who was done",
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
