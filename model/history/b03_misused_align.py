"""B03: a test for alignment that is true for address 0 only.

Source: domain.md 5.1 B03 ("Fix misuse of ALIGN in qi_flush_piotlb()"). `!ALIGN(addr, align)` rounds up and compares
with 0; an unaligned address went on to the hardware, which ignores its low bits. The fix is IS_ALIGNED and ALIGN_DOWN:
it names the block that the hardware takes anyway, and warns. It covers no more than before; "callers must cover". So
the claim that the fix repairs is *covered, or warned*; that it does not cover on its own is kept here as a variant.
"""

from typing import Any

from shootdown.ir import Expr
from shootdown.ir.cbits import align_down, align_up, ilog2, is_aligned, roundup_pow_of_two, word
from shootdown.model.history.b02_unaligned_mask import covering_mask, covering_mask_by_hand
from shootdown.model.ranges import (
    PAGE,
    PAGE_OFFSET,
    PAGE_SHIFT,
    Asked,
    Given,
    Input,
    Must,
    RangeBug,
    Span,
    Told,
    Variant,
    masked_block,
    masked_block_by_hand,
)

LARGEST = 1 << 51
"""More pages would make the kernel shift a 64-bit word by 64."""


def mask_of(pages: Expr) -> Expr:
    """The address mask that the function computes."""
    return ilog2(roundup_pow_of_two(pages))


def align_of(pages: Expr) -> Expr:
    """The size of the block in bytes."""
    return word(1, pages) << (mask_of(pages) + PAGE_SHIFT)


def buggy(s: Any) -> Told:
    """Warns where ALIGN(addr, align) is 0, and passes the address on."""
    told = masked_block(s.addr, mask_of(s.npages))
    return Told(told.first, told.last, warned=align_up(s.addr, align_of(s.npages)) == 0)


def fixed(s: Any) -> Told:
    """Warns where the address is not aligned, and aligns it down."""
    align = align_of(s.npages)
    told = masked_block(align_down(s.addr, align), mask_of(s.npages))
    return Told(told.first, told.last, warned=~is_aligned(s.addr, align))


def covering(s: Any) -> Told:
    """The mask of B02's fix instead: it looks at both ends."""
    return masked_block(s.addr, covering_mask(s.addr >> PAGE_SHIFT, s.npages))


def as_masked(npages: int, addr: int) -> Span:
    """What the hardware makes of it, before and after the fix."""
    return masked_block_by_hand(addr, (npages - 1).bit_length())


def covering_by_hand(npages: int, addr: int) -> Span:
    """The block around both ends."""
    return masked_block_by_hand(addr, covering_mask_by_hand(addr // PAGE, npages))


def _block(npages: int) -> int:
    return PAGE << (npages - 1).bit_length()


GIVEN = ("range_fits",)

RANGE = RangeBug(
    name="B03",
    title="VT-d: ALIGN where IS_ALIGNED was meant, in qi_flush_piotlb()",
    source="domain.md 5.1 B03 (L:0cdc78ab5)",
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
            lambda npages, addr: addr % _block(npages) == 0,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, as_masked, "refuted",
            "two pages from page 1 on: half of them are flushed, and no word of it", GIVEN, Must.COVER_OR_WARN,
            lambda npages, addr: -(-addr // _block(npages)) * _block(npages) % 2**64 == 0,
        ),
        Variant(
            "fixed", fixed, as_masked, "proved", "an aligned block is covered, and anything else is warned of",
            GIVEN, Must.COVER_OR_WARN, lambda npages, addr: addr % _block(npages) != 0,
        ),
        Variant(
            "fixed-aligned-caller", fixed, as_masked, "proved",
            "an aligned range of a power of two is a block of its own", (*GIVEN, "caller_aligns"),
        ),
        Variant(
            "fixed-any-caller", fixed, as_masked, "refuted",
            "aligning down moves the block and not its size: the fix leaves it to the callers to cover", GIVEN,
        ),
        Variant(
            "covering", covering, covering_by_hand, "proved",
            "the mask of B02's fix takes both ends into one block", GIVEN,
        ),
    ),
    known=(("buggy", {"npages": 2, "addr": 0x1000}),),
)  # fmt: skip
