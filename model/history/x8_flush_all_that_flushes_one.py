"""X8: gfn 0 and 0 pages were meant as everything, and the callee flushed one page.

Source: domain.md 5.5 X8 (XEN:fd3102e5d29c). The callee flushes the domain for more than one page or for the invalid
gfn, else the one page `gfn`. The fix passes the invalid gfn.
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import word
from shootdown.model.ranges import (
    LAST_BYTE,
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

INVALID_GFN = LAST_BYTE


def flush(gfn: Expr, page_count: Expr) -> Told:
    """The callee."""
    one_page = masked_block(gfn << PAGE_SHIFT, word(0, gfn))
    return Told(one_page.first, one_page.last, everything=(page_count > 1) | (gfn == INVALID_GFN))


def call(s: Any, all_gfn: int) -> Told:
    """The caller: everything is said by `all_gfn` and 0 pages."""
    return flush(ite(s.all, word(all_gfn, s.gfn), s.gfn), ite(s.all, word(0, s.gfn), s.page_count))


def by_hand(page_count: int, gfn: int, all: int, *, all_gfn: int) -> Span:  # the input's name
    """Caller and callee in one."""
    if all:
        gfn, page_count = all_gfn, 0
    return (0, LAST_BYTE) if page_count > 1 or gfn == INVALID_GFN else masked_block_by_hand(gfn * PAGE, 0)


RANGE = RangeBug(
    name="X8",
    title="Xen VT-d: flush-all flushes one page",
    source="domain.md 5.5 X8 (XEN:fd3102e5d29c)",
    inputs=(
        Input("page_count", doc="number of pages"), Input("gfn", doc="first guest frame"),
        Input("all", bool, "everything is asked for"),
    ),
    asked=lambda s: Asked(
        ite(s.all, word(0, s.gfn), s.gfn << PAGE_SHIFT),
        ite(s.all, word(LAST_BYTE, s.gfn), ((s.gfn + s.page_count) << PAGE_SHIFT) - 1),
    ),
    asked_by_hand=lambda page_count, gfn, all: (0, LAST_BYTE) if all else (gfn * PAGE, (gfn + page_count) * PAGE - 1),
    given=(
        Given(
            "frames_lie_in_52_bits",
            "where not everything is asked for, at least one page, and the last frame number has 52 bits",
            lambda s: s.all | ((s.page_count >= 1) & (s.page_count <= 1 << PFN_BITS)
                               & (s.gfn <= word(1 << PFN_BITS, s.gfn) - s.page_count)),
            lambda page_count, gfn, all: bool(all) or (page_count >= 1 and gfn + page_count <= 1 << PFN_BITS),
            meaning=True,
        ),
    ),
    variants=(
        Variant(
            "buggy", lambda s: call(s, 0), lambda **given: by_hand(**given, all_gfn=0), "refuted",
            "0 pages from frame 0 on is not more than one page, and 0 is a valid frame", ("frames_lie_in_52_bits",),
        ),
        Variant(
            "fixed", lambda s: call(s, INVALID_GFN), lambda **given: by_hand(**given, all_gfn=INVALID_GFN), "proved",
            "the invalid frame means everything to the callee, too", ("frames_lie_in_52_bits",),
        ),
    ),
    known=(("buggy", {"page_count": 0, "gfn": 0, "all": 1}),),
)  # fmt: skip
