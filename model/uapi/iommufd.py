"""iommufd: IOMMU_HWPT_INVALIDATE, merged in 6.8. A `size` word, and an array of entries at a user pointer.

Source: domain.md 3.3 (`include/uapi/linux/iommufd.h` of 6.12).
"""

from shootdown.ir import u32, u64
from shootdown.ir.structs import Field, Role, Struct, Versions

LEAF = 1 << 0
"""The one defined bit of an entry's `flags`."""

HWPT_INVALIDATE = Struct(
    "iommu_hwpt_invalidate",
    (
        Field("size", u32, role=Role.SIZE),
        Field("hwpt_id", u32),
        Field("data_uptr", u64, role=Role.POINTER),
        Field("data_type", u32),
        Field("entry_len", u32),
        Field("entry_num", u32, role=Role.COUNT, output=True, doc="in: requested; out: handled"),
        Field("__reserved", u32, role=Role.RESERVED),
    ),
    "domain.md 3.3",
)

VTD_S1_INVALIDATE = Struct(
    "iommu_hwpt_vtd_s1_invalidate",
    (
        Field("addr", u64),
        Field("npages", u64),
        Field("flags", u32, role=Role.FLAGS, known=LEAF),
        Field("__reserved", u32, role=Role.RESERVED),
    ),
    "domain.md 3.3: one entry, data_type VTD_S1 = 0",
)

VERSIONS = Versions("iommu_hwpt_invalidate", (HWPT_INVALIDATE,))
ENTRY_VERSIONS = Versions("iommu_hwpt_vtd_s1_invalidate", (VTD_S1_INVALIDATE,))
