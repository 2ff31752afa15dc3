"""`never-fails`: the call returns nothing, like free().

The review's remark on unbind (domain.md 1.4, L:9a3945cf8: "similar semantics to free() failing"), taken for the
invalidation: every device is attempted, and ret is always 0 where the container has a backend. Equal to the point
go on without any output field.
"""

from typing import Any

from shootdown.model.axes import Point
from shootdown.model.design import Design, expect
from shootdown.model.sorts import Errno


def after_device(s: Any, d: Any, _ret: Errno) -> None:
    """On to the next device, whatever it was."""
    s.todo[d] = False


DESIGN = Design(
    name="never-fails",
    source="domain.md 1.4, L:9a3945cf8, L:510e22ece: an invalidation should not be able to fail",
    summary="every device is attempted, nothing is reported",
    after_device=after_device,
    code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, with void callbacks",
    loop_says="nobody hears of it, the walk goes on",
    wrong_mode=Errno.OK,
    report=(),
    observation="nothing",
    point=Point(report=()),
    expects=(
        expect(
            "success-means-coherent", "R R R A",
            "0 is returned after a refusal or a hidden time-out too; the merged VT-d driver has neither",
        ),
        expect(
            "failure-is-told", "R R R R",
            "a refused device is reported as done, under the merged VT-d driver one in a container without nesting",
        ),
        expect(
            "no-reuse-while-stale", "R R R A",
            "the VMM completes after a failure that it does not hear of; the merged VT-d driver has none",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R A",
            "every call is a success, so waiting for one does not help",
            policy="withhold-completion",
        ),
        expect("error-means-untouched-or-told", "V V V V", "no walk returns an error"),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "0 is returned in every container with a backend"),
    ),
)  # fmt: skip
