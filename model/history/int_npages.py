"""1.6: `1 << size` is an int, so that 2^31 pages are a negative number of them.

Source: domain.md 1.6 ("`1 << size` on an int for npages (overflow for size>=31)"). The int is widened with its sign to
the unsigned long that `qi_flush_piotlb()` takes. The shift stays below the width of an int: C leaves the others open.
"""

from typing import Any

from shootdown.ir import Expr, cast, int_, u64
from shootdown.ir.cbits import is_aligned, low_bits, word
from shootdown.ir.expr import lift
from shootdown.model.history.b03_misused_align import mask_of
from shootdown.model.ranges import (
    PAGE,
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

INT_BITS = 32


def flushed(addr: Expr, npages: Expr) -> Told:
    """The mask is computed from the number of pages again."""
    return masked_block(addr, mask_of(npages))


def buggy(s: Any) -> Told:
    """The shift is done in an int."""
    return flushed(s.addr, cast(u64, lift(1, int_) << cast(int_, s.size)))


def fixed(s: Any) -> Told:
    """The shift is done in 64 bits."""
    return flushed(s.addr, word(1, s.size) << s.size)


def buggy_by_hand(size: int, addr: int) -> Span:
    """2^31 becomes -2^31, which as an unsigned word is too large to be rounded up: one page."""
    return masked_block_by_hand(addr, size if size < INT_BITS - 1 else 0)


RANGE = RangeBug(
    name="int-npages",
    title="VT-d cache_invalidate: number of pages in an int",
    source="domain.md 1.6 [S, A]",
    inputs=(
        Input("size", doc="logarithm of the number of pages"),
        Input("addr", doc="first byte, aligned to the size"),
    ),
    asked=lambda s: Asked(s.addr, s.addr | low_bits(s.size + PAGE_SHIFT)),
    asked_by_hand=lambda size, addr: (addr, addr + (PAGE << size) - 1),
    given=(
        Given(
            "aligned_block",
            "2^0 to 2^31 pages, and the address is a multiple of their size",
            lambda s: (s.size < INT_BITS) & is_aligned(s.addr, word(PAGE, s.size) << s.size),
            lambda size, addr: size < INT_BITS and addr % (PAGE << size) == 0,
            meaning=True,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, buggy_by_hand, "refuted", "2^31 pages are negative in an int, and one page is flushed",
            ("aligned_block",),
        ),
        Variant(
            "fixed", fixed, lambda size, addr: masked_block_by_hand(addr, size), "proved",
            "in 64 bits no power of two up to 2^31 wraps", ("aligned_block",),
        ),
    ),
    known=(("buggy", {"size": 31, "addr": 0}),),
)  # fmt: skip
