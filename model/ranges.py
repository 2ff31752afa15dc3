"""Requests for a range and the block that hardware is told to flush: the vocabulary of `model/history/`.

Everything is in bytes and 64 bits wide. What is asked has a first and a last byte (inclusive, so that the whole
address space has a range too). What is told is what the hardware really drops: it ignores the low bits of an address
below the address mask, so that one instruction is about an aligned block of a power of two (domain.md 4.1, "AM").

Each bug says everything twice: as recorded expressions, which solver and interpreter read, and `by_hand` in plain
Python integers, written on its own. The judge compares the two.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.ir import FALSE, Expr, u64
from shootdown.ir.cbits import low_bits
from shootdown.ir.sorts import SortLike

PAGE_SHIFT = 12
PAGE = 1 << PAGE_SHIFT
PAGE_OFFSET = PAGE - 1
LAST_BYTE = (1 << 64) - 1
"""The last byte of the address space, as a plain integer."""

PFN_BITS = 52
"""Page-frame numbers have this many bits: 64-bit byte addresses without the offset."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The bytes from `first` to `last` are asked for; none at all where `nothing` holds."""

    first: Expr
    last: Expr
    nothing: Expr = FALSE


@dataclass(frozen=True, slots=True)
class Told:
    """What the hardware drops: all of it, nothing, or the bytes from `first` to `last`. `nothing` comes first.

    `warned`: the kernel has logged that it does not do what was asked.
    """

    first: Expr
    last: Expr
    everything: Expr = FALSE
    nothing: Expr = FALSE
    warned: Expr = FALSE


Span = tuple[int, int] | None
"""First and last byte in plain integers; None for no byte at all."""


class Must(enum.Enum):
    """What is claimed of a variant."""

    COVER = "the block that the hardware is told to flush contains the range that was asked for"
    COVER_OR_WARN = "the block contains the range that was asked for, or the kernel has warned that it does not"


@dataclass(frozen=True, slots=True)
class Input:
    """A machine word that the caller chooses."""

    name: str
    sort: SortLike = u64
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A condition on the inputs; `by_hand` says it in plain integers.

    With `meaning` it says where the question has a meaning at all: the request is for bytes that exist, and C defines
    the arithmetic. Otherwise it is an assumption about callers, which `--without` removes.
    """

    name: str
    text: str
    formula: Callable[[Any], object]
    by_hand: Callable[..., bool]
    meaning: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One version of the code.

    `told(s)` is what it makes of the inputs; `by_hand(**inputs)` the same in plain integers, with whether it warned.
    `expected` is the outcome with its reason `why`, written down before the first run. `given` names conditions.
    """

    name: str
    told: Callable[[Any], Told]
    by_hand: Callable[..., "Span"]
    expected: str
    why: str
    given: tuple[str, ...] = ()
    must: Must = Must.COVER
    warned_by_hand: Callable[..., bool] = lambda **_: False


@dataclass(frozen=True, slots=True)
class RangeBug:
    """A historical mistake in the arithmetic of a flush.

    A counterexample has the smallest possible first input, then the second, and so on. `known` are inputs that the
    source names, with the variant that they break.
    """

    name: str
    title: str
    source: str
    inputs: tuple[Input, ...]
    asked: Callable[[Any], Asked]
    asked_by_hand: Callable[..., "Span"]
    given: tuple[Given, ...]
    variants: tuple[Variant, ...]
    known: tuple[tuple[str, Mapping[str, int]], ...] = ()

    def variant(self, name: str) -> Variant:
        """The variant of that name."""
        return next(v for v in self.variants if v.name == name)


def masked_block(address: Expr, mask: Expr) -> Told:
    """One page-selective flush: hardware ignores the low `mask` bits of the page number (and the offset)."""
    ignored = low_bits(mask + PAGE_SHIFT)
    return Told(address & ~ignored, address | ignored)


def masked_block_by_hand(address: int, mask: int) -> Span:
    """The same in plain integers: the block of 2^mask pages that contains the address."""
    size = PAGE << mask
    first = address // size * size
    return first, min(first + size - 1, LAST_BYTE)
