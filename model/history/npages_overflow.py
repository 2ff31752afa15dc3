"""iommufd: `npages << 12` wraps, and the entry counts as done.

Source: domain.md 3.3, "Silent edge cases" [A], and the order of checks in `intel_nested_cache_invalidate_user()`
there; B02's mask is what it uses. No fix is known to domain.md: the fixed variants are this file's own [A]. npages 0
asks for nothing; the one page that is flushed then is more than enough.
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import word
from shootdown.model.history.b02_unaligned_mask import covering_mask
from shootdown.model.ranges import (
    LAST_BYTE,
    PAGE,
    PAGE_OFFSET,
    PAGE_SHIFT,
    PFN_BITS,
    Asked,
    Input,
    RangeBug,
    Span,
    Told,
    Variant,
    masked_block,
    masked_block_by_hand,
)

NEVER = 1 << 80
"""Higher than any end: at most 2^64 pages from the last byte on."""


def accepted(s: Any) -> Expr:
    """An aligned address; U64_MAX pages, which means everything, only from address 0 on."""
    found: Expr = ((s.addr & PAGE_OFFSET) == 0) & ((s.npages != LAST_BYTE) | (s.addr == 0))
    return found


def too_many(s: Any) -> Expr:
    """More pages than there are from the address on."""
    found: Expr = s.npages > ((~s.addr) >> PAGE_SHIFT) + 1
    return found


def flush_range(s: Any) -> Told:
    """From addr to addr + (npages << 12) - 1, all in 64 bits; the mask of B02's fix."""
    start, end = s.addr, s.addr + (s.npages << PAGE_SHIFT) - 1
    pages = ((end - start + 1) + PAGE_OFFSET) >> PAGE_SHIFT
    told = masked_block(start, covering_mask(start >> PAGE_SHIFT, pages))
    return Told(told.first, told.last, everything=s.npages == LAST_BYTE)


def refused(told: Told, which: Expr) -> Told:
    """The entry is reported as not handled, and nothing is flushed."""
    return Told(told.first, told.last, told.everything, which)


def buggy(s: Any) -> Told:
    """6.12."""
    return refused(flush_range(s), ~accepted(s))


def fixed(s: Any) -> Told:
    """What reaches the end of the address space or goes over it is everything."""
    return widened(s, s.npages > (~s.addr) >> PAGE_SHIFT)


def too_late(s: Any) -> Told:
    """Only what goes over the end is everything."""
    return widened(s, too_many(s))


def widened(s: Any, when: Expr) -> Told:
    """Flushes everything in some cases."""
    told = flush_range(s)
    return refused(Told(told.first, told.last, told.everything | when), ~accepted(s))


def by_hand(npages: int, addr: int, *, widen_from: int) -> Span:
    """Page numbers, wrapping where the word does; everything where the end lies at `widen_from` or higher."""
    if addr % PAGE or (npages == LAST_BYTE and addr):
        return None
    if npages == LAST_BYTE or addr + npages * PAGE >= widen_from:
        return 0, LAST_BYTE
    pages = npages % (1 << PFN_BITS)
    last = (addr // PAGE + max(pages, 1) - 1) % (1 << 64)
    return masked_block_by_hand(addr, max((addr // PAGE ^ last).bit_length(), max(pages - 1, 0).bit_length()))


def asked_by_hand(npages: int, addr: int) -> Span:
    """What the words mean: npages pages, cut off at the end of the address space; refused requests ask for nothing."""
    if npages == 0 or addr % PAGE or (npages == LAST_BYTE and addr):
        return None
    return addr, min(addr + npages * PAGE - 1, LAST_BYTE)


def asked(s: Any) -> Asked:
    """The same as expressions."""
    last = ite(too_many(s), word(LAST_BYTE, s.addr), s.addr + (s.npages << PAGE_SHIFT) - 1)
    return Asked(s.addr, last, nothing=(s.npages == 0) | ~accepted(s))


RANGE = RangeBug(
    name="npages-overflow",
    title="iommufd VT-d entry: npages << 12 wraps",
    source="domain.md 3.3, silent edge cases [A]",
    inputs=(Input("npages", doc="number of pages; all ones: everything"), Input("addr", doc="first byte")),
    asked=asked,
    asked_by_hand=asked_by_hand,
    given=(),
    variants=(
        Variant(
            "buggy", buggy, lambda npages, addr: by_hand(npages, addr, widen_from=NEVER), "refuted",
            "2^52 pages are 0 bytes in a word of 64 bits; one page is flushed, and the entry counts as handled",
        ),
        Variant(
            "fixed", fixed, lambda npages, addr: by_hand(npages, addr, widen_from=1 << 64), "proved",
            "what reaches the end is flushed as everything, and the rest does not wrap",
        ),
        Variant(
            "fixed-too-late", too_late, lambda npages, addr: by_hand(npages, addr, widen_from=(1 << 64) + 1), "refuted",
            "2^52 pages from 0 on do not go over the end, but end - start + 1 is 0 in 64 bits (first taken for a fix)",
        ),
    ),
    known=(
        ("buggy", {"npages": 1 << 52, "addr": 0}),
        ("buggy", {"npages": (1 << 52) + 5, "addr": 0}),
    ),
)  # fmt: skip
