"""B04: one descriptor for a range of a process address space, whatever its start.

Source: domain.md 5.1 B04 ("Fix unaligned addresses for intel_flush_svm_range_dev()"). The fix flushes aligned blocks,
one after the other, from the start aligned down to the end aligned up.
"""

from typing import Any

from shootdown.ir import Expr
from shootdown.ir.cbits import align_down, align_up, ilog2, roundup_pow_of_two, word
from shootdown.model.history.b03_misused_align import LARGEST
from shootdown.model.ranges import (
    PAGE,
    PAGE_OFFSET,
    PAGE_SHIFT,
    Asked,
    Given,
    Input,
    RangeBug,
    Span,
    Told,
    Variant,
    masked_block,
    masked_block_by_hand,
)

LIMIT = 1 << 63
"""Half of the address space: more than any process has, and rounding up does not wrap."""


def buggy(s: Any) -> Told:
    """One descriptor: the hardware takes the block around the first page."""
    return masked_block(s.address, ilog2(roundup_pow_of_two(s.pages)))


def fixed(s: Any) -> Told:
    """Block after block."""
    return blocks(s.address, s.pages)


def blocks(address: Expr, pages: Expr) -> Told:
    """Aligned blocks of the next power of two of pages, while the next one begins before the end; maybe none."""
    align = word(1, pages) << (ilog2(roundup_pow_of_two(pages)) + PAGE_SHIFT)
    start = align_down(address, align)
    end = align_up(address + (pages << PAGE_SHIFT), align)
    return Told(start, end - 1, nothing=start >= end)


def blocks_by_hand(address: int, pages: int) -> Span:
    """The same, wrapping where a word of 64 bits does; no page at all counts as one when it is rounded up."""
    size = PAGE << max(pages - 1, 0).bit_length()
    first = address // size * size
    behind = -(-((address + pages * PAGE) % 2**64) // size) * size % 2**64
    return (first, behind - 1) if first < behind else None


GIVEN = ("range_fits", "ends_below_2_to_63")

RANGE = RangeBug(
    name="B04",
    title="VT-d: flush of a process range with an unaligned start",
    source="domain.md 5.1 B04 (L:8ebfec661)",
    inputs=(Input("pages", doc="number of pages"), Input("address", doc="first byte, at the start of a page")),
    asked=lambda s: Asked(s.address, s.address + (s.pages << PAGE_SHIFT) - 1),
    asked_by_hand=lambda pages, address: (address, address + pages * PAGE - 1),
    given=(
        Given(
            "range_fits",
            "1 to 2^51 whole pages that end at or before the last byte of the address space",
            lambda s: (s.pages >= 1) & (s.pages <= LARGEST) & ((s.address & PAGE_OFFSET) == 0)
            & (s.address <= ~(s.pages << PAGE_SHIFT) + 1),
            lambda pages, address: 1 <= pages <= LARGEST and address % PAGE == 0 and address + pages * PAGE <= 1 << 64,
            meaning=True,
        ),
        Given(
            "ends_below_2_to_63",
            "the range ends at or below 2^63, as in any process",
            lambda s: s.address + (s.pages << PAGE_SHIFT) - 1 < LIMIT,
            lambda pages, address: (address + pages * PAGE - 1) % 2**64 < LIMIT,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, lambda pages, address: masked_block_by_hand(address, (pages - 1).bit_length()), "refuted",
            "two pages from page 1 on: the second one lies in the next block", GIVEN,
        ),
        Variant(
            "fixed", fixed, lambda pages, address: blocks_by_hand(address, pages), "proved",
            "blocks side by side from below the first byte to above the last", GIVEN,
        ),
    ),
    known=(("buggy", {"pages": 3, "address": 0x3000}),),
)  # fmt: skip
