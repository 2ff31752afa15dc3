"""Functions of C and of kernels on machine words, written in the language: shifts, comparisons, nothing new.

All of them are about unsigned words. `position` is a bit's number, 0 for the lowest.
"""

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Expr, ite, lift
from shootdown.ir.sorts import CInt


def word(value: int, like: Expr) -> Expr:
    """A constant of the type of `like`."""
    return lift(value, like.sort)


def low_bits(count: Expr) -> Expr:
    """A word whose `count` lowest bits are set; all of them where `count` is the width or more."""
    return (word(1, count) << count) - 1


def fls(x: Expr) -> Expr:
    """Find last set: 1 + the position of the highest set bit, 0 for 0 (the kernel's `fls64`)."""
    found = word(0, x)
    for position in range(_bits(x)):
        found = ite((x >> position) == 0, found, word(position + 1, x))
    return found


def ffs(x: Expr) -> Expr:
    """The position of the lowest set bit (the kernel's `__ffs`); for 0 the highest position, where C says nothing."""
    found = word(_bits(x) - 1, x)
    for position in reversed(range(_bits(x) - 1)):
        found = ite((x & (1 << position)) == 0, found, word(position, x))
    return found


def ilog2(x: Expr) -> Expr:
    """The position of the highest set bit. C says nothing for 0."""
    return fls(x) - 1


def roundup_pow_of_two(x: Expr) -> Expr:
    """The kernel's `1 << fls(x - 1)`: the next power of two, x itself where it is one.

    For 0, and above the largest power of two, C leaves the shift open; x86-64 takes the count modulo the width, and the
    result is 1 (domain.md 3.3).
    """
    return word(1, x) << (fls(x - 1) & (_bits(x) - 1))


def align_down(x: Expr, align: Expr) -> Expr:
    """`x` without the bits below the power of two `align` (`ALIGN_DOWN`)."""
    return x & ~(align - 1)


def align_up(x: Expr, align: Expr) -> Expr:
    """The next multiple of the power of two `align`, which wraps at the end of the type (`ALIGN`)."""
    return (x + (align - 1)) & ~(align - 1)


def is_aligned(x: Expr, align: Expr) -> Expr:
    """Whether `x` is a multiple of the power of two `align` (`IS_ALIGNED`)."""
    return (x & (align - 1)) == 0


def _bits(x: Expr) -> int:
    sort = x.sort
    if not isinstance(sort, CInt) or sort.signed or sort.bits & (sort.bits - 1):
        raise ModelError(f"this needs an unsigned C integer, not {sort}; convert with cast(u64, ...)")
    return sort.bits
