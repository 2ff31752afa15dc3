"""What the later forms have in common: the members of the invalidation request, and the tests of their content.

domain.md 3.2 lists the tests of the form that was merged in 5.10; the two others are described as the same request.
"""

from collections.abc import Callable
from typing import Any

from shootdown.ir import Expr, cast, conj, ite
from shootdown.ir.expr import lift
from shootdown.model.uapi.iommu_5_10 import INFO
from shootdown.model.usermem.program import Do, Run, Term, Word
from shootdown.model.usermem.types import Errno

DOMAIN, PASID, ADDR = 0, 1, 2
"""Granularities."""

IOTLB, DEV_IOTLB, PASID_CACHE = 1, 2, 4
"""Bits of `cache`."""

PASID_FLAGS, ADDR_FLAGS = 0b011, 0b111
"""Flags that have a meaning, by granularity."""

NAMES = ("cache", "granularity", "padding", "inner_flags", "archid", "pasid", "addr", "granule_size", "nb_granules")
HEAD = INFO.at("cache").offset
"""Where `cache` stands in the form of 5.10, from which the other two take the order of members."""

PASID_END = INFO.at("granu.pasid_info.pasid").end
ADDR_END = INFO.size
MINSZ = INFO.at("granu").offset


def words(cache: int) -> tuple[Word, ...]:
    """The members of the request, whose `cache` stands at that offset from `arg`."""
    base = cache - HEAD

    def at(path: str) -> int:
        return base + INFO.at(path).offset

    return (
        Word("cache", at("cache"), 1, IOTLB),
        Word("granularity", at("granularity"), 1, ADDR),
        Word("padding", at("padding"), 6),
        Word("inner_flags", at("granu.addr_info.flags"), 4, 1, (0, 8)),
        Word("archid", at("granu.addr_info.archid"), 4),
        Word("pasid", at("granu.addr_info.pasid"), 8),
        Word("addr", at("granu.addr_info.addr"), 8, 0x1000),
        Word("granule_size", at("granu.addr_info.granule_size"), 8, 0x1000),
        Word("nb_granules", at("granu.addr_info.nb_granules"), 8, 1),
    )


Get = Callable[[Run, str], Any]
"""Where a run keeps its copy of a member."""


def needed(k: Run, granularity: Expr) -> Expr:
    """`argsz` that the granularity asks for: the end of its member of the union."""
    size: Expr = ite(granularity == ADDR, lift(ADDR_END, k.types.u32), MINSZ)
    return ite(granularity == PASID, PASID_END, size)


def refusals(get: Get) -> tuple[tuple[Term, Errno], ...]:
    """The tests of content, all -EINVAL: known bits, known granularity, pairs that go together, padding."""

    def unknown(k: Run) -> Expr:
        flags, granularity = get(k, "inner_flags"), get(k, "granularity")
        addr = conj(granularity == ADDR, (flags & ~lift(ADDR_FLAGS, flags.sort)) != 0)
        return addr | conj(granularity == PASID, (flags & ~lift(PASID_FLAGS, flags.sort)) != 0)

    return (
        (lambda k: (get(k, "cache") & ~lift(0b111, k.types.u8)) != 0, Errno.EINVAL),
        (lambda k: get(k, "granularity") > ADDR, Errno.EINVAL),
        (lambda k: (get(k, "granularity") == ADDR) & ((get(k, "cache") & PASID_CACHE) != 0), Errno.EINVAL),
        (lambda k: (get(k, "granularity") == DOMAIN) & ((get(k, "cache") & DEV_IOTLB) != 0), Errno.EINVAL),
        (unknown, Errno.EINVAL),
        (lambda k: get(k, "padding") != 0, Errno.EINVAL),
    )


def content(name: str, get: Get, first: tuple[tuple[Term, Errno], ...] = (), **options: Any) -> Do:
    """The step that makes these tests, and remembers what they looked at."""
    looks: dict[str, Term] = {
        n: (lambda k, n=n: get(k, n))  # type: ignore[misc] # bound by the default
        for n in ("cache", "granularity", "padding")
    }
    return Do(name, tests=(*first, *refusals(get)), looks=looks, says=lambda _w: "checks the content", **options)


def uses(get: Get) -> dict[str, Term]:
    """What the driver acts on; of a request for a whole domain the union says nothing."""
    found: dict[str, Term] = {n: (lambda k, n=n: get(k, n)) for n in NAMES}  # type: ignore[misc]
    flags: Term = lambda k: ite(get(k, "granularity") == DOMAIN, 0, get(k, "inner_flags"))  # noqa: E731
    return {**found, "inner_flags": flags}


def rest(k: Run, argsz: Expr, size: Expr) -> Expr:
    """`min(argsz, size)` as size_t."""
    return cast(k.types.size_t, ite(argsz < size, argsz, size))
