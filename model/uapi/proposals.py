"""Described interfaces: the posted one and what might become of it, the merged one, and the shape with `data[]`.

They are the examples of `shootdown abi`, and a second compilation of what `shootdown.model.usermem` says step by step.
Sources: domain.md 1.1, 1.2, 1.4, 3.2. How they grow is this file's example [A].
"""

from dataclasses import replace

from shootdown.ir import u32, u64
from shootdown.ir.structs import Field, Role, Struct
from shootdown.model.uapi import argsz_flags_data, iommu_5_10, type1_v1
from shootdown.model.uapi.proposal import BySize, ByTable, Kernel, Proposal

_VERSION, _BODY = "cache_info.version", "cache_info"
_SIZE = type1_v1.INFO.sizes[0]

GROWN_INFO = Struct(
    "iommu_cache_invalidate_info", (*type1_v1.INFO_V1.fields, Field("extra", u64)), "version 2 appends a field [A]"
)
_GROWN_SIZES = (_SIZE, GROWN_INFO.size)


def _outer(inner: Struct, *behind: Field) -> Struct:
    """The argument of the ioctl around an inner struct."""
    head = type1_v1.REQUEST.fields[:2]
    return Struct("vfio_iommu_type1_cache_invalidate", (*head, Field("cache_info", inner), *behind))


def _by_table(inner: Struct, sizes: tuple[int, ...], accepts: tuple[int, ...], *behind: Field) -> Kernel:
    return Kernel(_outer(inner, *behind), "flags", ByTable(_VERSION, _BODY, sizes, accepts), checks=("flags",))


POSTED = _by_table(type1_v1.INFO_V1, (_SIZE,), (1,))
_BEHIND = (Field("behind", u32), Field("__reserved", u32, role=Role.RESERVED))

TABLE = Proposal(
    "posted-appended", "domain.md 1.2; version 2 [A]", POSTED, _by_table(GROWN_INFO, _GROWN_SIZES, (1, 2)),
    "the inner struct grows by an appended field, the table keeps its columns",
)  # fmt: skip
BEHIND = Proposal(
    "posted-field-behind", "domain.md 1.2; the field behind [A]",
    _by_table(type1_v1.INFO_V1, (_SIZE,), (1,), *_BEHIND),
    _by_table(GROWN_INFO, _GROWN_SIZES, (1, 2), *_BEHIND),
    "a field stands behind the embedded struct, which grows",
)  # fmt: skip
COLUMNS = Proposal(
    "posted-lost-columns", "domain.md 1.2; version 2 [A]", POSTED, _by_table(GROWN_INFO, (GROWN_INFO.size,), (1, 2)),
    "the table has the newest size only",
)  # fmt: skip
NEWEST = Proposal(
    "posted-newest-only", "domain.md 1.2; version 2 [A]", POSTED, _by_table(GROWN_INFO, _GROWN_SIZES, (2,)),
    "the new driver takes its newest version only",
)  # fmt: skip

_DATA = Struct("iommu_cache_invalidate_data", iommu_5_10.INFO.fields[2:], "domain.md 3.2 without argsz and version [A]")
_MORE = Struct("iommu_cache_invalidate_data", (*_DATA.fields, Field("extra", u64)))
_DATA_CHECKS = ("flags", "data.cache", "data.padding", "data.granu.addr_info.flags")

DATA = Kernel(argsz_flags_data.REQUEST, "flags", BySize(zero_tail=True), _DATA_CHECKS, payload=_DATA)
GROWING = Proposal(
    "data-zero-tail", "domain.md 1.4: L:80f5397c2; the tail as in 3.3", DATA, replace(DATA, payload=_MORE),
    "{argsz, flags, data[]}; what the kernel does not know must be zero",
)  # fmt: skip
_CARELESS = replace(DATA, reads=BySize())
IGNORING = Proposal(
    "data-ignored-tail", "domain.md 1.4: L:80f5397c2; the tail is ignored [A]", _CARELESS,
    replace(_CARELESS, payload=_MORE), "{argsz, flags, data[]}; what the kernel does not know is ignored",
)  # fmt: skip


def proposals() -> dict[str, Proposal]:
    """Every described interface, by name."""
    return {p.name: p for p in (TABLE, BEHIND, COLUMNS, NEWEST, GROWING, IGNORING)}
