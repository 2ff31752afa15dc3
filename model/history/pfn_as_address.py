"""1.6: a page-frame number was passed where a byte address was expected, and the call returned 0.

Source: domain.md 1.6: `intel_iommu_sva_invalidate()` passed `mm_to_dma_pfn(addr)` to `qi_flush_piotlb()`, from its
first posting to its removal. And: an address that is not aligned to the size is only logged. The number of pages is a
power of two there; here it may be any, as the hardware's mask rounds it up.
"""

from typing import Any

from shootdown.ir.cbits import is_aligned
from shootdown.model.history.b02_unaligned_mask import covering_mask, covering_mask_by_hand
from shootdown.model.history.b03_misused_align import LARGEST, align_of, mask_of
from shootdown.model.ranges import (
    PAGE,
    PAGE_OFFSET,
    PAGE_SHIFT,
    Asked,
    Given,
    Input,
    RangeBug,
    Told,
    Variant,
    masked_block,
    masked_block_by_hand,
)


def buggy(s: Any) -> Told:
    """The number of the page as an address."""
    return masked_block(s.addr >> PAGE_SHIFT, mask_of(s.npages))


def as_bytes(s: Any) -> Told:
    """The address."""
    return masked_block(s.addr, mask_of(s.npages))


def covering(s: Any) -> Told:
    """The address, and a mask that looks at both ends."""
    return masked_block(s.addr, covering_mask(s.addr >> PAGE_SHIFT, s.npages))


GIVEN = ("range_fits",)

RANGE = RangeBug(
    name="pfn-as-address",
    title="VT-d cache_invalidate: page-frame number as byte address, returns 0",
    source="domain.md 1.6 [S, A]",
    inputs=(Input("npages", doc="number of pages"), Input("addr", doc="first byte, at the start of a page")),
    asked=lambda s: Asked(s.addr, s.addr + (s.npages << PAGE_SHIFT) - 1),
    asked_by_hand=lambda npages, addr: (addr, addr + npages * PAGE - 1),
    given=(
        Given(
            "range_fits",
            "1 to 2^51 whole pages that end at or before the last byte of the address space",
            lambda s: (s.npages >= 1) & (s.npages <= LARGEST) & ((s.addr & PAGE_OFFSET) == 0)
            & (s.addr <= ~(s.npages << PAGE_SHIFT) + 1),
            lambda npages, addr: 1 <= npages <= LARGEST and addr % PAGE == 0 and addr + npages * PAGE <= 1 << 64,
            meaning=True,
        ),
        Given(
            "caller_aligns",
            "the address is a multiple of the number of pages, rounded up to a power of two",
            lambda s: is_aligned(s.addr, align_of(s.npages)),
            lambda npages, addr: addr % (PAGE << (npages - 1).bit_length()) == 0,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, lambda npages, addr: masked_block_by_hand(addr // PAGE, (npages - 1).bit_length()),
            "refuted", "page 1 of the address space becomes byte 1, which lies in page 0", (*GIVEN, "caller_aligns"),
        ),
        Variant(
            "fixed", as_bytes, lambda npages, addr: masked_block_by_hand(addr, (npages - 1).bit_length()), "proved",
            "an aligned range of a power of two is a block of its own", (*GIVEN, "caller_aligns"),
        ),
        Variant(
            "fixed-unaligned", as_bytes, lambda npages, addr: masked_block_by_hand(addr, (npages - 1).bit_length()),
            "refuted", "an address inside a block is only logged, and the hardware ignores its low bits", GIVEN,
        ),
        Variant(
            "covering", covering,
            lambda npages, addr: masked_block_by_hand(addr, covering_mask_by_hand(addr // PAGE, npages)),
            "proved", "the mask takes both ends into one block", GIVEN,
        ),
    ),
    known=(("buggy", {"npages": 1, "addr": 0x1000}),),
)  # fmt: skip
