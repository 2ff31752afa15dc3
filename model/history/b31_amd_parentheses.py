"""B31: `1 << (msb_diff - 1)` instead of `(1 << msb_diff) - 1`.

Source: domain.md 5.2 B31 ("Fix wrong parentheses on page-specific invalidations") and 4.4: the low bits of the address
are set to ones, and the position of the lowest zero bit above the page offset says how large the block is. That the
block has twice as many bytes as this bit is worth is how AMD-Vi reads the S bit [R].
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import ffs, fls, low_bits, word
from shootdown.model.ranges import (
    LAST_BYTE,
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
    masked_block_by_hand,
)

HIGHEST = 51
"""Where the first and the last byte differ above this bit, the driver flushes everything."""

ALL_PAGES = (1 << 63) - 1
"""All ones below the sign: the lowest zero is bit 63."""


def buggy(s: Any) -> Told:
    """Sets one bit."""
    return flushed(s, lambda msb_diff: word(1, s.size) << (msb_diff - 1))


def fixed(s: Any) -> Told:
    """Sets all bits below the highest one in which the first and the last byte differ."""
    return flushed(s, lambda msb_diff: (word(1, s.size) << msb_diff) - 1)


def flushed(s: Any, ones: Any) -> Told:
    """The driver's address with the bits that `ones` gives for the highest different bit, as hardware reads it."""
    end = s.address + s.size - 1
    msb_diff = fls(end ^ s.address) - 1
    several = ite(msb_diff > HIGHEST, word(ALL_PAGES, s.size), s.address | ones(msb_diff))
    one_page = ((s.address & PAGE_OFFSET) + s.size + PAGE_OFFSET) >> PAGE_SHIFT == 1
    block = decoded(several & ~word(PAGE_OFFSET, s.size))
    page = s.address & ~word(PAGE_OFFSET, s.size)
    return Told(ite(one_page, page, block.first), ite(one_page, page | PAGE_OFFSET, block.last))


def decoded(address: Expr) -> Told:
    """How the hardware reads an address with the size bit: by its lowest zero bit above the page offset."""
    ignored = low_bits(ffs(~(address | PAGE_OFFSET)) + 1)
    return Told(address & ~ignored, address | ignored)


def by_hand(size: int, address: int, *, correct: bool) -> Span:
    """Counts the ones above the page offset."""
    last = address + size - 1
    if (address % PAGE + size + PAGE_OFFSET) % 2**64 // PAGE == 1:
        return masked_block_by_hand(address, 0)
    differ = (address ^ last).bit_length() - 1
    if differ > HIGHEST:
        return 0, LAST_BYTE
    told = address | (2**differ - 1 if correct else 2 ** (differ - 1))
    ones = 0
    while told >> (PAGE_SHIFT + ones) & 1:
        ones += 1
    return masked_block_by_hand(told, ones + 1)


RANGE = RangeBug(
    name="B31",
    title="AMD-Vi: wrong parentheses in the mask of a page-specific invalidation",
    source="domain.md 5.2 B31 (L:1a81c4a10)",
    inputs=(Input("size", doc="number of bytes"), Input("address", doc="first byte")),
    asked=lambda s: Asked(s.address, s.address + s.size - 1),
    asked_by_hand=lambda size, address: (address, address + size - 1),
    given=(
        Given(
            "range_does_not_wrap",
            "at least one byte, and the range ends within the address space",
            lambda s: (s.size >= 1) & (s.address <= ~s.size + 1),
            lambda size, address: size >= 1 and address + size <= 1 << 64,
            meaning=True,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, lambda size, address: by_hand(size, address, correct=False), "refuted",
            "with one bit set instead of all, the lowest zero lies below it, and the block is a fraction",
            ("range_does_not_wrap",),
        ),
        Variant(
            "fixed", fixed, lambda size, address: by_hand(size, address, correct=True), "proved",
            "the lowest zero is the highest bit in which both ends differ, so the block holds both",
            ("range_does_not_wrap",),
        ),
    ),
)  # fmt: skip
