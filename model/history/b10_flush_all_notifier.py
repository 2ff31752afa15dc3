"""B10: the range [0, -1UL] of a notifier means everything, and its number of pages overflowed to 0.

Source: domain.md 5.1 B10 (e7ad6c2a4b1a) and 4.6: `end` is exclusive, [0, -1UL] is everything. What a flush of 0 pages
does is that of domain.md 3.3: rounded up to one page, of which no block begins before the end [A].
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import word
from shootdown.model.history.b04_svm_range import blocks, blocks_by_hand
from shootdown.model.ranges import (
    LAST_BYTE,
    PAGE_OFFSET,
    PAGE_SHIFT,
    Asked,
    Given,
    Input,
    RangeBug,
    Span,
    Told,
    Variant,
)

LIMIT = 1 << 62
"""More than any process has. With 2^63 the end of an unaligned range wraps when it is rounded up to a block of 2^63."""


def is_all(s: Any) -> Any:
    """The notifier's way to say: everything."""
    return (s.start == 0) & (s.end == LAST_BYTE)


def pages_of(s: Any) -> Expr:
    """Number of pages, rounded up; the sum wraps."""
    pages: Expr = (s.end - s.start + PAGE_OFFSET) >> PAGE_SHIFT
    return pages


def buggy(s: Any) -> Told:
    """The number of pages decides."""
    return blocks(s.start, pages_of(s))


def fixed(s: Any) -> Told:
    """Everything is a case of its own."""
    told = blocks(s.start, pages_of(s))
    return Told(told.first, told.last, everything=is_all(s), nothing=told.nothing & ~is_all(s))


def buggy_by_hand(start: int, end: int) -> Span:
    """The difference in 64 bits, rounded up in 64 bits."""
    return blocks_by_hand(start, ((end - start + PAGE_OFFSET) % 2**64) // (PAGE_OFFSET + 1))


def fixed_by_hand(start: int, end: int) -> Span:
    """As before, but for the one special range."""
    return (0, LAST_BYTE) if (start, end) == (0, LAST_BYTE) else buggy_by_hand(start, end)


RANGE = RangeBug(
    name="B10",
    title="VT-d: flush-all of an mm notifier flushes nothing",
    source="domain.md 5.1 B10 (e7ad6c2a4b1a)",
    inputs=(Input("start", doc="first byte"), Input("end", doc="the byte behind the last; all ones: everything")),
    asked=lambda s: Asked(s.start, ite(is_all(s), word(LAST_BYTE, s.end), s.end - 1), nothing=s.end <= s.start),
    asked_by_hand=lambda start, end: (0, LAST_BYTE) if (start, end) == (0, LAST_BYTE) else (start, end - 1)
    if start < end else None,
    given=(
        Given(
            "everything_or_below_2_to_62",
            "the range is [0, -1UL], or it ends at or below 2^62",
            lambda s: is_all(s) | (s.end <= LIMIT),
            lambda start, end: (start, end) == (0, LAST_BYTE) or end <= LIMIT,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, buggy_by_hand, "refuted", "-1UL + 0xfff wraps, so everything becomes 0 pages",
            ("everything_or_below_2_to_62",),
        ),
        Variant(
            "fixed", fixed, fixed_by_hand, "proved", "the range that wraps never reaches the sum",
            ("everything_or_below_2_to_62",),
        ),
    ),
    known=(("buggy", {"start": 0, "end": LAST_BYTE}),),
)  # fmt: skip
