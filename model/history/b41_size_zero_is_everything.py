"""B41: a check that refused size 0, by which users asked for everything.

Source: domain.md 5.4 B41 ("vhost: Allow null msg.size on VHOST_IOTLB_INVALIDATE", ca50ec377c2e). A refusal is safe for
most requests; here it refuses the widest one. That the end is computed as iova + size - 1, which wraps to the last
byte for 0 and 0, and that users give address 0 with size 0, is recalled [R].
"""

from typing import Any

from shootdown.ir import ite
from shootdown.ir.cbits import word
from shootdown.model.ranges import LAST_BYTE, Asked, Given, Input, RangeBug, Span, Told, Variant


def buggy(s: Any) -> Told:
    """-EINVAL for size 0: nothing is invalidated."""
    return Told(s.iova, s.iova + s.size - 1, nothing=s.size == 0)


def fixed(s: Any) -> Told:
    """Size 0 is let through; the end wraps to the last byte."""
    return Told(s.iova, s.iova + s.size - 1)


def buggy_by_hand(size: int, iova: int) -> Span:
    """Refused, or from the first byte to the last."""
    return (iova, iova + size - 1) if size else None


def fixed_by_hand(size: int, iova: int) -> Span:
    """From the first byte to the last; the byte before 0 is the last of the address space."""
    last = (iova + size - 1) % 2**64
    return (iova, last) if iova <= last else None


RANGE = RangeBug(
    name="B41",
    title="vhost: a hardened check refuses the request for everything",
    source="domain.md 5.4 B41 (ca50ec377c2e)",
    inputs=(Input("size", doc="bytes; 0 is everything"), Input("iova", doc="first byte")),
    asked=lambda s: Asked(
        ite(s.size == 0, word(0, s.iova), s.iova), ite(s.size == 0, word(LAST_BYTE, s.iova), s.iova + s.size - 1)
    ),
    asked_by_hand=lambda size, iova: (iova, iova + size - 1) if size else (0, LAST_BYTE),
    given=(
        Given(
            "range_does_not_wrap",
            "the range ends within the address space",
            lambda s: (s.size == 0) | (s.iova <= ~s.size + 1),
            lambda size, iova: iova + size <= 1 << 64,
            meaning=True,
        ),
        Given(
            "size_0_comes_with_address_0",
            "who asks for everything gives address 0",
            lambda s: (s.size > 0) | (s.iova == 0),
            lambda size, iova: size > 0 or iova == 0,
        ),
    ),
    variants=(
        Variant(
            "buggy", buggy, buggy_by_hand, "refuted", "size 0 asks for everything and gets -EINVAL",
            ("range_does_not_wrap", "size_0_comes_with_address_0"),
        ),
        Variant(
            "fixed", fixed, fixed_by_hand, "proved", "0 + 0 - 1 is the last byte of the address space",
            ("range_does_not_wrap", "size_0_comes_with_address_0"),
        ),
        Variant(
            "fixed-any-address", fixed, fixed_by_hand, "refuted",
            "with another address the end of size 0 lies before the start, and nothing is found between them",
            ("range_does_not_wrap",),
        ),
    ),
    known=(("buggy", {"size": 0, "iova": 0}),),
)  # fmt: skip
