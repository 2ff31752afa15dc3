"""The shape that the reviewer prefers: `{argsz, flags, data[]}`; a flag names the type of the data.

Source: domain.md 1.4 (L:80f5397c2) and question Q5. Which bits are defined is a choice of this model [A]: one payload
type at first, a second one later.
"""

from shootdown.ir import u8, u32
from shootdown.ir.structs import FLEXIBLE, Field, Role, Struct, Versions

INVALIDATE_IOTLB = 1 << 0
"""The first payload type."""

SECOND_TYPE = 1 << 1
"""A payload type that a later kernel adds."""


def _form(known: int) -> Struct:
    return Struct(
        "vfio_iommu_type1_cache_invalidate",
        (
            Field("argsz", u32, role=Role.SIZE),
            Field("flags", u32, role=Role.FLAGS, known=known),
            Field("data", u8, FLEXIBLE),
        ),
        "domain.md 1.4, L:80f5397c2",
    )


REQUEST = _form(INVALIDATE_IOTLB)
WITH_SECOND_TYPE = _form(INVALIDATE_IOTLB | SECOND_TYPE)
VERSIONS = Versions("vfio_iommu_type1_cache_invalidate", (REQUEST, WITH_SECOND_TYPE))
