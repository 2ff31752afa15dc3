"""C types of the words, the locals and the lengths; and integers that never wrap, as a trap for a test.

Sizes on x86-64 and arm64: `unsigned long` is `size_t`, an `int` has 32 bits.
"""

import enum
from dataclasses import dataclass

from shootdown.ir import CInt, int_, size_t, u8, u16, u32, u64

USER_BITS = 47
"""A user buffer is shorter than 2 to this power: half of the 48-bit address space of x86-64 [R]."""


class Errno(enum.Enum):
    """What the ioctl returns: 0 or a negative error."""

    OK = 0
    EFAULT = 14
    EINVAL = 22
    ENOMEM = 12
    E2BIG = 7
    ENOENT = 2
    EOPNOTSUPP = 95


CLEAN = (Errno.EINVAL, Errno.E2BIG, Errno.EOPNOTSUPP)
"""Answers by which a new user learns that an old kernel does not know what it asks for (domain.md 3.3, DOC comment)."""


@dataclass(frozen=True, slots=True)
class Types:
    """The sorts that stand for C's integer types."""

    u8: CInt
    u16: CInt
    u32: CInt
    u48: CInt
    u64: CInt
    int_: CInt
    size_t: CInt

    def unsigned(self, size: int) -> CInt:
        """The type of a word of so many bytes."""
        return {1: self.u8, 2: self.u16, 4: self.u32, 6: self.u48, 8: self.u64}[size]


C = Types(u8, u16, u32, CInt("u48", 48, signed=False), u64, int_, size_t)
"""As the compiler sees them; six bytes of padding are one word."""

_Z = CInt("Z", 80, signed=True)

INTEGERS = Types(_Z, _Z, _Z, _Z, _Z, _Z, _Z)
"""One type for all, so wide that no sum of words wraps: mathematical integers in all that a model can tell.

No verdict rests on it. It shows what such a model misses.
"""
