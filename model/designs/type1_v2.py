"""`type1-v2`: the callback ignores the driver's result; the first group of the first domain only; a feature guard.

v2 of the series, 11 June 2020 (domain.md 3.1, L:27647af27):
vfio_dev_cache_inv_fn() is "always successful", and the op is answered with -ENOTSUPP where nesting_info lacks the
feature bit. The walk over the first group of the first domain as on the lists, newest first, is [A]. No point of the
design space: no axis leaves out devices.
"""

from typing import Any

from shootdown.ir import exists
from shootdown.model.design import Design, expect
from shootdown.model.ioctl import nested_container
from shootdown.model.sorts import Domain, Errno, Group


def after_device(s: Any, d: Any, _ret: Errno) -> None:
    """`iommu_cache_invalidate(...); return 0;`: on to the group's next device, whatever it was."""
    s.todo[d] = False


def first_group(s: Any, d: Any) -> Any:
    """The device is in the first group of the first domain."""
    g, x = s.group_of(d), s.domain(d)
    newer_group = exists(Group, lambda h: s.newer[h, g] & (s.domain_of(h) == x))
    return ~newer_group & ~exists(Domain, lambda y: s.dom_newer[y, x])


def loop_says(view: Any) -> str:
    """What becomes of the driver's answer."""
    return f"the callback returns 0 for {view.get('d')} all the same"


DESIGN = Design(
    name="type1-v2",
    source="v2 of the series, June 2020 (domain.md 3.1): VFIO_IOMMU_NESTING_OP with op CACHE_INVLD",
    summary="the callback always returns 0, only the first group of the first domain is visited, -ENOTSUPP elsewhere",
    after_device=after_device,
    code="v2 vfio_iommu_type1.c: vfio_dev_cache_inv_fn",
    loop_says=loop_says,
    admits=nested_container,
    nested_only=True,
    wrong_mode=Errno.ENOTSUPP,
    walks=first_group,
    expects=(
        expect(
            "success-means-coherent", "R R R R",
            "0 is returned whatever the driver said, and a second group is not visited at all; "
            "this needs no failure, so the merged VT-d driver does not help",
        ),
        expect("failure-is-told", "R R R R", "0 reports every device as done; the second group never is"),
        expect(
            "no-reuse-while-stale", "R R R R",
            "the VMM is told 0, completes, and the second group's ATC is stale",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R R",
            "completion on success only does not help where everything is a success",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "V V V V",
            "no walk returns an error: the only errors come before the walk",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect(
            "wrong-mode-is-refused", "A A A A",
            "the guard under the lock answers -ENOTSUPP before any effect, the container -EINVAL without a backend",
        ),
    ),
)  # fmt: skip
