"""The posted interface of March 2020: an inner struct behind `argsz` and `flags`, its size looked up by version.

Source: domain.md 1.1 (vfio patch 7/8 and the uapi header before `argsz` existed there). Only version 1 was defined.
The values of the flag bits of the inner structs are recalled [R]; no layout depends on them.
"""

from shootdown.ir import u8, u32, u64
from shootdown.ir.structs import Field, Role, Struct, Union, Versions

PASID_FLAG, ARCHID_FLAG, LEAF_FLAG = 1 << 0, 1 << 1, 1 << 2

IOTLB, DEV_IOTLB, PASID_CACHE = 1 << 0, 1 << 1, 1 << 2
"""Bits of `cache`."""

PASID_INFO = Struct(
    "iommu_inv_pasid_info",
    (
        Field("flags", u32, role=Role.FLAGS, known=PASID_FLAG | ARCHID_FLAG),
        Field("archid", u32),
        Field("pasid", u64),
    ),
    "domain.md 1.1",
)

ADDR_INFO = Struct(
    "iommu_inv_addr_info",
    (
        Field("flags", u32, role=Role.FLAGS, known=PASID_FLAG | ARCHID_FLAG | LEAF_FLAG),
        Field("archid", u32),
        Field("pasid", u64),
        Field("addr", u64),
        Field("granule_size", u64),
        Field("nb_granules", u64),
    ),
    "domain.md 1.1",
)

GRANULE = Union("granu", (Field("pasid_info", PASID_INFO), Field("addr_info", ADDR_INFO)))

INFO_V1 = Struct(
    "iommu_cache_invalidate_info",
    (
        Field("version", u32, role=Role.VERSION),
        Field("cache", u8, role=Role.FLAGS, known=IOTLB | DEV_IOTLB | PASID_CACHE),
        Field("granularity", u8),
        Field("padding", u8, 2, role=Role.RESERVED, doc="no code of v1 looks at it"),
        Field("granu", GRANULE),
    ),
    "domain.md 1.1: the first form",
)

INFO = Versions("iommu_cache_invalidate_info", (INFO_V1,))
"""The inner struct: what the size table of `iommu_uapi_get_data_size` has columns for."""

REQUEST = Struct(
    "vfio_iommu_type1_cache_invalidate",
    (
        Field("argsz", u32, role=Role.SIZE),
        Field("flags", u32, role=Role.FLAGS),
        Field("cache_info", INFO_V1),
    ),
    "domain.md 1.1: the argument of VFIO_IOMMU_CACHE_INVALIDATE, v1 7/8",
)
