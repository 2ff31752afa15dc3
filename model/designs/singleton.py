"""`singleton`: one group per container and one device per group, enforced at the call under the lock.

The rule on which the thread agreed (domain.md 1.4: L:63eeadbc2, L:5f6ef9e88) together with nesting, as v7 words it
(3.1: "Only support singleton container with nesting type"); anything else is answered with -EINVAL before any effect.
With one device an errno says who was not done. No point of the design space: no axis has this check.
"""

from typing import Any

from shootdown.ir import forall, implies
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v1_stop
from shootdown.model.ioctl import nested_container
from shootdown.model.sorts import Device, Errno, Group


def is_singleton(s: Any) -> Any:
    """A nested container with one group, which has one device."""
    one_group = forall(Group, Group, lambda g, h: implies(s.attached[g] & s.attached[h], g == h))
    return nested_container(s) & one_group & forall(Device, Device, _one_device(s))


def _one_device(s: Any) -> Any:
    return lambda d, e: implies(s.attached[s.group_of(d)] & (s.group_of(d) == s.group_of(e)), d == e)


DESIGN = Design(
    name="singleton",
    source="domain.md 1.4: L:63eeadbc2, L:5f6ef9e88; 3.1, v7",
    summary="only a nested container with one group of one device is let in, its errno is returned",
    after_device=type1_v1_stop.after_device,
    code="v7 vfio_iommu_type1.c: vfio_prepare_nesting_domain_capsule",
    admits=is_singleton,
    nested_only=True,
    wrong_mode=Errno.EINVAL,
    expects=(
        expect("success-means-coherent", "A A R A", "0 means that the one device answered; SMMUv3 hides the time-out"),
        expect(
            "failure-is-told", "A A R V",
            "the one device's error is the call's; SMMUv3 hides the time-out; the merged VT-d driver cannot fail here",
        ),
        expect(
            "no-reuse-while-stale", "R R R R",
            "the VMM completes on -EINVAL, which a container with two groups always gets",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "A A R A",
            "completion follows success, and success means coherent; not so on SMMUv3",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R V V",
            "VT-d refuses before any flush; a time-out comes after the IOTLB was flushed; the others return no error",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "A A A A", "a container that is no singleton or not nested gets -EINVAL"),
        expect(
            "report-is-sufficient", "- A - -",
            "there is one device for the errno to be about, and whether the call is let in is known",
        ),
        expect("report-is-useful", "- A - -", "0 is about the one device, and after an error nobody is done"),
        expect(
            "stale-is-unacknowledged", "- A - -",
            "the driver acknowledges a device after both its caches were flushed, and none refills from what is gone",
        ),
    ),
)  # fmt: skip
