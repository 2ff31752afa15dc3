"""The reworked struct that was merged in 5.10: `argsz` inside, padding that must be zero.

Source: domain.md 3.2 (L:814a2ca26, L:2fafbbe12). Still version 1.
"""

from shootdown.ir import u8, u32
from shootdown.ir.structs import Field, Role, Struct, Versions
from shootdown.model.uapi.type1_v1 import DEV_IOTLB, GRANULE, IOTLB, PASID_CACHE

INFO = Struct(
    "iommu_cache_invalidate_info",
    (
        Field("argsz", u32, role=Role.SIZE),
        Field("version", u32, role=Role.VERSION),
        Field("cache", u8, role=Role.FLAGS, known=IOTLB | DEV_IOTLB | PASID_CACHE),
        Field("granularity", u8),
        Field("padding", u8, 6, role=Role.RESERVED),
        Field("granu", GRANULE),
    ),
    "domain.md 3.2: the form of 5.10",
)

VERSIONS = Versions("iommu_cache_invalidate_info", (INFO,))
