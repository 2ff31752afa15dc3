"""B02: the mask of a page-selective flush was computed from the number of pages alone.

Source: domain.md 5.1 B02 ("iommu/vt-d: Calculate mask for non-aligned flushes"). The hardware ignores the low bits of
the page number below the mask, so that pages behind the aligned block are not flushed where the first page lies inside
one.
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import ffs, ilog2, roundup_pow_of_two, word
from shootdown.model.ranges import (
    PAGE,
    PAGE_SHIFT,
    PFN_BITS,
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


def buggy(s: Any) -> Told:
    """The mask covers the number of pages, rounded up."""
    mask = ilog2(roundup_pow_of_two(s.pages))
    return masked_block(s.pfn << PAGE_SHIFT, mask)


def fixed(s: Any) -> Told:
    """The mask goes up to the lowest bit above which the first and the last page number agree."""
    return masked_block(s.pfn << PAGE_SHIFT, covering_mask(s.pfn, s.pages))


def covering_mask(pfn: Expr, pages: Expr) -> Expr:
    """The address mask of the smallest aligned block with all `pages` from `pfn` on; the carry decides."""
    aligned = roundup_pow_of_two(pages)
    below = aligned - 1
    end_pfn = pfn + pages - 1
    shared = ~(pfn ^ end_pfn) & ~below
    carried = ite(shared == 0, word(64, pfn), ffs(shared))
    return ite((below & pfn) == 0, ilog2(aligned), carried)


def buggy_by_hand(pages: int, pfn: int) -> Span:
    """A block of the next power of two of pages around the first page."""
    return masked_block_by_hand(pfn * PAGE, (pages - 1).bit_length())


def fixed_by_hand(pages: int, pfn: int) -> Span:
    """The block that is left when both page numbers are shifted until they are equal."""
    return masked_block_by_hand(pfn * PAGE, covering_mask_by_hand(pfn, pages))


def covering_mask_by_hand(pfn: int, pages: int) -> int:
    """How often both ends must be halved until they are one number; a power of two of pages at least."""
    return max((pfn ^ (pfn + pages - 1)).bit_length(), (pages - 1).bit_length())


RANGE = RangeBug(
    name="B02",
    title="VT-d: mask for flushes that are not aligned",
    source="domain.md 5.1 B02 (59bf3557cf2f [R])",
    inputs=(Input("pages", doc="number of pages"), Input("pfn", doc="first page-frame number")),
    asked=lambda s: Asked(s.pfn << PAGE_SHIFT, ((s.pfn + s.pages) << PAGE_SHIFT) - 1),
    asked_by_hand=lambda pages, pfn: (pfn * PAGE, (pfn + pages) * PAGE - 1),
    given=(
        Given(
            "pages_lie_in_52_bits",
            "at least one page, and the last one has a page number of 52 bits",
            lambda s: (s.pages >= 1) & (s.pages <= 1 << PFN_BITS) & (s.pfn <= word(1 << PFN_BITS, s.pages) - s.pages),
            lambda pages, pfn: pages >= 1 and pfn + pages <= 1 << PFN_BITS,
            meaning=True,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, buggy_by_hand, "refuted",
            "two pages from page 1 on lie in two blocks of two pages, and only the first is flushed",
            ("pages_lie_in_52_bits",),
        ),
        Variant(
            "fixed", fixed, fixed_by_hand, "proved",
            "above the mask the first and the last page number have the same bits, so they lie in one block",
            ("pages_lie_in_52_bits",),
        ),
    ),
    known=(("buggy", {"pages": 3, "pfn": 0x17F}),),
)  # fmt: skip
