"""B39 meets B41: size 0 means nothing in one layer and everything in another.

Source: domain.md 5.3 B39 (an empty range is no work for SMMUv3, L:63f4c4c07) and 5.4 B41 (0 is the whole range for
users of vhost). Each convention is fine on its own. That one layer hands its 0 to the other is an example of this file
[A]: no kernel is named that does, and domain.md asks for the cross-layer unit.
"""

from typing import Any

from shootdown.ir import Expr, ite
from shootdown.ir.cbits import word
from shootdown.model.ranges import LAST_BYTE, Asked, Given, Input, RangeBug, Span, Told, Variant


def range_flush(iova: Expr, size: Expr) -> Told:
    """The lower layer: size 0 is no work."""
    return Told(iova, iova + size - 1, nothing=size == 0)


def buggy(s: Any) -> Told:
    """The upper layer says everything as address 0 and size 0, and calls the range flush with it."""
    return range_flush(ite(s.all, word(0, s.iova), s.iova), ite(s.all, word(0, s.size), s.size))


def fixed(s: Any) -> Told:
    """Everything has a call of its own, which takes no range."""
    told = range_flush(s.iova, s.size)
    return Told(told.first, told.last, everything=s.all, nothing=told.nothing & ~s.all)


def buggy_by_hand(size: int, iova: int, all: int) -> Span:
    """Both layers in one."""
    return None if all or size == 0 else (iova, iova + size - 1)


def fixed_by_hand(size: int, iova: int, all: int) -> Span:
    """Both calls in one."""
    return (0, LAST_BYTE) if all else buggy_by_hand(size, iova, 0)


RANGE = RangeBug(
    name="B39",
    title="size 0 handed from a layer where it is everything to one where it is nothing",
    source="domain.md 5.3 B39 (L:63f4c4c07) with 5.4 B41",
    inputs=(Input("size", doc="bytes"), Input("iova", doc="first byte"), Input("all", bool, "everything is asked for")),
    asked=lambda s: Asked(
        ite(s.all, word(0, s.iova), s.iova), ite(s.all, word(LAST_BYTE, s.iova), s.iova + s.size - 1),
        nothing=(s.size == 0) & ~s.all,
    ),
    asked_by_hand=lambda size, iova, all: (0, LAST_BYTE) if all else (iova, iova + size - 1) if size else None,
    given=(
        Given(
            "range_does_not_wrap",
            "where not everything is asked for, the range ends within the address space",
            lambda s: s.all | (s.size == 0) | (s.iova <= ~s.size + 1),
            lambda size, iova, all: bool(all) or iova + size <= 1 << 64,
            meaning=True,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, buggy_by_hand, "refuted", "everything arrives as size 0, which is no work",
            ("range_does_not_wrap",),
        ),
        Variant(
            "fixed", fixed, fixed_by_hand, "proved", "no number stands for everything", ("range_does_not_wrap",),
        ),
    ),
    known=(("buggy", {"size": 0, "iova": 0, "all": 1}),),
)  # fmt: skip
