"""Sorts: Bool, enumerations, C integers, and index sorts whose size is chosen per check.

An index sort is a Python class (`class Device(Index): names = "abc"`), so that
action parameters are annotated with it; an enumeration is an ordinary `enum.Enum`.
"""

import enum
from dataclasses import dataclass
from typing import ClassVar

from shootdown.ir.errors import ModelError


@dataclass(frozen=True, slots=True)
class BoolSort:
    """Truth values."""

    def __str__(self) -> str:
        return "Bool"


@dataclass(frozen=True, slots=True)
class EnumSort:
    """A closed set of named values, in the order of their declaration."""

    name: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class IndexSort:
    """Interchangeable elements (devices, frames); their number belongs to a check.

    `names` are what readers see for the first elements; `plural` is the word of `--devices N`.
    """

    name: str
    names: tuple[str, ...]
    plural: str

    def __str__(self) -> str:
        return self.name

    def element(self, index: int) -> str:
        """The name that readers see for the element with this index."""
        if index < len(self.names):
            return self.names[index]
        return f"{self.name.lower()}{index}"


@dataclass(frozen=True, slots=True)
class CInt:
    """A C integer: `bits` wide, two's complement where `signed`; arithmetic wraps."""

    name: str
    bits: int
    signed: bool

    def __str__(self) -> str:
        return self.name

    def wrap(self, value: int) -> int:
        """The value of this type that is congruent to `value`."""
        value &= (1 << self.bits) - 1
        return value - (1 << self.bits) if self.signed and value >> (self.bits - 1) else value


Sort = BoolSort | EnumSort | IndexSort | CInt

BOOL = BoolSort()
u8 = CInt("u8", 8, signed=False)
u16 = CInt("u16", 16, signed=False)
u32 = CInt("u32", 32, signed=False)
u64 = CInt("u64", 64, signed=False)
int_ = CInt("int", 32, signed=True)
size_t = CInt("size_t", 64, signed=False)


class Index:
    """Base of index sorts: subclass it, give `names`, and use the class as annotation."""

    names: ClassVar[tuple[str, ...] | str] = ()
    plural: ClassVar[str] = ""


SortLike = Sort | type


def sort_of(like: SortLike) -> Sort:
    """The sort that a class or a sort stands for."""
    if isinstance(like, BoolSort | EnumSort | IndexSort | CInt):
        return like
    if isinstance(like, type) and issubclass(like, Index):
        plural = like.plural or like.__name__.lower() + "s"
        return IndexSort(like.__name__, tuple(like.names), plural)
    if isinstance(like, type) and issubclass(like, enum.Enum):
        return EnumSort(like.__name__, tuple(like.__members__))
    if like is bool:
        return BOOL
    raise ModelError(
        f"{like!r} is not a sort; use bool, an enum.Enum class, a subclass of Index, or u8, u32, u64, int_, size_t"
    )


def instead(value: object, sort: Sort | None) -> str:
    """What would be right in the place of a Python value, as the end of a sentence."""
    if isinstance(sort, EnumSort):
        named = str(value).lstrip("-")
        meant = named if named in sort.values else sort.values[0] if value == 0 else ""
        return f"; write {sort}.{meant}" if meant else f"; write one of {', '.join(f'{sort}.{v}' for v in sort.values)}"
    if type(value) is int and value in {-1, -2} and sort in {None, BOOL}:
        return "; `~` of Python's own True or False is a number: write `not`, or compare with ==, which gives a formula"
    return ""
