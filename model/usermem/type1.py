"""The posted call and what the mail proposes instead: steps that both have (domain.md 1.2, 1.5)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shootdown.ir import Expr, cast, conj, disj, ite
from shootdown.ir.expr import lift
from shootdown.model.uapi.type1_v1 import INFO, REQUEST
from shootdown.model.usermem.program import Act, Copy, Do, Lock, Run, Step, Term, Word, Words
from shootdown.model.usermem.types import Errno, Types

CODE = "v1 7/8 vfio_iommu_type1.c: vfio_iommu_type1_ioctl"
LOOKUP = "uapi v2 3/3 iommu.c: iommu_uapi_get_data_size"
BASE = REQUEST.at("cache_info").offset
SIZE = INFO.sizes[0]
GROWN = SIZE + 8
"""The inner struct with one u64 appended: version 2."""

PAGE = 4096

NEGATIVE = -22
"""-EINVAL, as an `int` that somebody takes for a size."""


def _word(name: str, path: str, count: int, usual: int = 0, then: tuple[int, ...] = (0, 1)) -> Word:
    return Word(name, REQUEST.at(path).offset, count, usual, then)


WORDS = (
    _word("argsz", "argsz", 4, REQUEST.size, (8, 12, 64)),
    _word("flags", "flags", 4),
    _word("version", "cache_info.version", 4, 1, (2, 0, 0x80000001)),
    _word("cache", "cache_info.cache", 1, 1),
    _word("granularity", "cache_info.granularity", 1, 2),
    _word("padding", "cache_info.padding", 2),
    _word("inner_flags", "cache_info.granu.addr_info.flags", 4, 1, (0, 8)),
    _word("archid", "cache_info.granu.addr_info.archid", 4),
    _word("pasid", "cache_info.granu.addr_info.pasid", 8),
    _word("addr", "cache_info.granu.addr_info.addr", 8, 0x1000),
    _word("granule_size", "cache_info.granu.addr_info.granule_size", 8, PAGE),
    _word("nb_granules", "cache_info.granu.addr_info.nb_granules", 8, 1),
)
FIRST, SECOND = 1, 2
"""Numbers of the payload types, for claims."""

EXTRA = Word("extra", BASE + SIZE, 8)
INFO_WORDS = tuple(w.name for w in WORDS[2:])


@dataclass(frozen=True, slots=True)
class Kernel:
    """What may differ from kernel to kernel.

    `newest` is IOMMU_UAPI_VERSION, `table` the columns of the size table, `accepts` the versions that the driver takes
    (empty: it does not look), `lowest`: the first version that the lookup takes (None: it does not look). `zero`: the
    lookup refuses 0 only. `behind`: a field behind the embedded struct. `data_flag`: a bit of `flags` by which the
    struct behind the header is of a second type.
    """

    newest: int = 1
    table: tuple[int, ...] = (SIZE,)
    accepts: tuple[int, ...] = (1,)
    lowest: int | None = None
    zero: bool = False
    behind: Word | None = None
    data_flag: int = 0


CONSTANTS = {"beyond_table": "int_", "most_alloc": "size_t", "devices": "u32", "refuser": "u32"}
"""`beyond_table`: what lies outside of the size table. `most_alloc`: the largest size that kzalloc serves. `refuser`:
number of the first device that refuses; where it is not below `devices`, none does."""

AXIOMS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("kzalloc serves a page and no more than a terabyte", lambda s: (s.most_alloc >= PAGE) & (s.most_alloc <= 1 << 40)),
    ("the container has a device", lambda s: s.devices > 0),
)


def lookup(types: Types, kernel: Kernel, local: str = "ver_version") -> Do:
    """`info_size = iommu_uapi_get_data_size(IOMMU_UAPI_CACHE_INVAL, version)`: an int, and nobody tests it."""

    def number(k: Run) -> Expr:
        return cast(types.int_, getattr(k, local))

    def refused(k: Run) -> Expr:
        low = [] if kernel.lowest is None else [number(k) < kernel.lowest]
        return disj(number(k) > kernel.newest, *low, *([number(k) == 0] if kernel.zero else []))

    def found(k: Run) -> Expr:
        value: Expr = k.s.beyond_table
        for column, entry in enumerate(kernel.table):
            value = ite(number(k) - 1 == column, lift(entry, types.int_), value)
        return ite(refused(k), lift(NEGATIVE, types.int_), value)

    return Do(
        "lookup",
        sets={"info_size": ("int_", found)},
        looks={"version": lambda k: getattr(k, local)},
        index=(lambda k: ite(refused(k), 0, number(k) - 1), len(kernel.table)),
        says=lambda w: _lookup_text(w, local),
        code=LOOKUP,
    )


def _lookup_text(w: Words, local: str) -> str:
    version = w.after(local)
    signed = version - (1 << 32) if version >> 31 else version
    bad = f", that is table[1][{w.after('index')}]" if w.view.true(f"after: {w.prefix}index_bad") else ""
    return f"get_data_size(CACHE_INVAL, {signed}) = {w.after('info_size')}{bad}"


ALLOC = Do(
    "alloc",
    tests=((lambda k: cast(k.types.size_t, k.info_size) > k.s.most_alloc, Errno.ENOMEM),),
    length=lambda k: k.info_size,
    says=lambda w: f"kzalloc((size_t){w.after('info_size')})",
    code=CODE,
)

LOCK = Lock("lock", True, "takes iommu->lock", CODE)  # it takes it
UNLOCK = Lock("unlock", False, "drops iommu->lock", CODE)  # it drops it


def copy_info(kernel: Kernel) -> Copy:
    """Fetch 2: the whole inner struct again, `version` included."""
    words = (*INFO_WORDS, *(["extra"] if kernel.newest > 1 else []))
    return Copy("copy_info", "info", BASE, lambda k: cast(k.types.size_t, k.info_size), words, CODE)


def driver(kernel: Kernel) -> tuple[Step, ...]:
    """The walk over the devices: the driver looks at the version again, or does not; it may refuse a device."""

    def refused(k: Run) -> Expr:
        if not kernel.accepts:
            return lift(False)  # a formula
        return conj(*(k.info_version != v for v in kernel.accepts))

    def needs(k: Run) -> Expr:
        size = lift(SIZE, k.types.size_t)
        return ite(k.info_version == 2, GROWN, size) if 2 in kernel.accepts else size  # noqa: PLR2004 # a version

    looks: dict[str, Term] = {"version": lambda k: k.info_version} if kernel.accepts else {}
    check = Do(
        "driver_check", tests=((refused, Errno.EINVAL),), looks=looks, on_fail="unlock",
        says=lambda w: f"the driver looks at version = {w.after('info_version'):#x} of the copy"
        + ("" if w.view.true(f"after: {w.prefix}ran_walk") else ": -EINVAL"),
        code="VT-d v10 intel-iommu.c: intel_iommu_sva_invalidate",
    )  # fmt: skip
    uses: dict[str, Term] = {n: (lambda k, n=n: getattr(k, f"info_{n}")) for n in INFO_WORDS}  # type: ignore[misc]
    act = Act(
        "walk",
        uses={"flags": lambda k: k.hdr_flags, **uses, **_later(kernel)},
        needs=needs,
        has=lambda k: cast(k.types.size_t, k.info_size),
        done=lambda k: ite(k.s.refuser < k.s.devices, k.s.refuser, k.s.devices),
        fails=lambda k: k.s.refuser < k.s.devices,
        says=_walk_text,
        code="v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev",
    )
    return (check, act) if kernel.accepts else (act,)


def _later(kernel: Kernel) -> dict[str, Term]:
    """What later kernels know: the appended field of version 2, the field behind, the second type."""
    found: dict[str, Term] = {"extra": lambda k: lift(0, k.types.u64), "kind": lambda k: lift(FIRST, k.types.u32)}
    if kernel.newest > 1:
        found["extra"] = lambda k: ite(k.info_version == 2, k.info_extra, 0)  # noqa: PLR2004 # a version
    if kernel.data_flag:
        found["kind"] = lambda k: ite((k.hdr_flags & kernel.data_flag) != 0, lift(SECOND, k.types.u32), FIRST)
    if (word := kernel.behind) is not None:
        found["behind"] = lambda k: getattr(k, f"end_{word.name}")
    return found


def _walk_text(w: Words) -> str:
    all_, refuser = w.user("devices"), w.user("refuser")
    ends = f"device number {refuser} refuses: -EINVAL" if refuser < all_ else "all succeed"
    version = w.after("info_version")
    return f"the walk over {all_} devices, request of version {version:#x}: {ends}"


def posted(types: Types, kernel: Kernel) -> tuple[Step, ...]:
    """domain.md 1.2, step by step."""
    head = (
        Copy("copy_header", "hdr", 0, BASE, ("argsz", "flags"), CODE, fixed=True, offers="argsz"),
        check_header(BASE, kernel),
        Copy("copy_version", "ver", BASE, 4, ("version",), CODE),
    )
    return (*head, lookup(types, kernel), ALLOC, copy_info(kernel), *copy_behind(kernel), LOCK, *driver(kernel), UNLOCK)


def copy_behind(kernel: Kernel) -> tuple[Step, ...]:
    """The field behind the embedded struct, where the kernel has one."""
    word = kernel.behind
    return () if word is None else (Copy("copy_behind", "end", word.offset, word.bytes, (word.name,), CODE),)


def check_header(minsz: int, kernel: Kernel) -> Do:
    """`if (argsz < minsz || flags) return -EINVAL`; a kernel with a second type takes its bit."""
    unknown = ~kernel.data_flag & 0xFFFFFFFF
    return Do(
        "check_header",
        tests=((lambda k: (k.hdr_argsz < minsz) | ((k.hdr_flags & unknown) != 0), Errno.EINVAL),),
        looks={"argsz": lambda k: k.hdr_argsz, "flags": lambda k: k.hdr_flags},
        says=lambda w: f"argsz = {w.after('hdr_argsz')} against {minsz}, flags = {w.after('hdr_flags'):#x}",
        code=CODE,
    )
