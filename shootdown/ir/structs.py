"""C structs as they lie in user memory: fields, offsets and sizes by the rules of x86-64 and arm64.

A struct is described once and serves every reader. Integers are aligned to their own size, a struct or union to its
most aligned member. What a compiler would repair silently by padding is refused here, because padding bytes have no
name, and what has no name is neither checked nor cleared: a gap, an overlap, a tail that is too short.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from shootdown.ir.errors import UsageError
from shootdown.ir.sorts import CInt

FLEXIBLE = 0
"""`count` of a last field that has as many elements as the caller gives: `data[]`. It adds nothing to the size."""


class Role(enum.Enum):
    """What a field is for, as far as the rules of an ABI speak about it."""

    VALUE = "a value"
    SIZE = "the size of the struct that the caller has filled in (argsz, size)"
    VERSION = "the version of the struct"
    FLAGS = "bits, of which `known` are defined"
    RESERVED = "must be zero until it has a meaning"
    POINTER = "a user pointer, as a u64"
    COUNT = "number of elements of an array"


@dataclass(frozen=True, slots=True)
class Union:
    """Members that share one place; as large as the largest, rounded up to the alignment."""

    name: str
    members: tuple["Field", ...]

    def __post_init__(self) -> None:
        _check_names(f"union {self.name}", self.members)
        for member in self.members:
            if member.count == FLEXIBLE:
                raise UsageError(f"union {self.name}: `{member.name}` has no size; a union cannot hold data[]")
            if member.offset not in (None, 0):
                raise UsageError(f"union {self.name}: `{member.name}` is at offset {member.offset}; members start at 0")
        if tail := self.size - (largest := max(m.size for m in self.members)):
            raise UsageError(
                f"union {self.name}: its largest member has {largest} bytes, which is not a multiple of its alignment "
                f"{self.align}; the compiler would add {tail} bytes: make the member {self.size} bytes long"
            )

    @property
    def align(self) -> int:
        """Alignment in bytes."""
        return max(align_of(m.type) for m in self.members)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return _up(max(m.size for m in self.members), self.align)


@dataclass(frozen=True, slots=True)
class Field:
    """One member: its C type, `count` of them (an array where it is not 1, `data[]` where it is FLEXIBLE).

    `offset` is computed where it is not given, and checked where it is. `known` are the defined bits of FLAGS.
    `output`: the kernel writes it back.
    """

    name: str
    type: "Type"
    count: int = 1
    role: Role = Role.VALUE
    offset: int | None = None
    known: int = 0
    output: bool = False
    doc: str = ""

    def __post_init__(self) -> None:
        if self.count < 0 or (self.offset or 0) < 0:
            raise UsageError(f"`{self.name}`: a count or an offset below 0; both are numbers of elements or bytes")
        if self.known and self.role is not Role.FLAGS:
            raise UsageError(f"`{self.name}`: `known` bits belong to Role.FLAGS, not to {self.role}")

    @property
    def size(self) -> int:
        """Size in bytes of all its elements."""
        return size_of(self.type) * self.count


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a struct lies: bytes `offset` to `end` - 1. `path` is dotted: `cache_info.granu.pasid`."""

    path: str
    offset: int
    field: Field

    @property
    def end(self) -> int:
        """The first byte behind it (`offsetofend`)."""
        return self.offset + self.field.size


@dataclass(frozen=True)
class Struct:
    """A C struct without holes. Building one that has an overlap, a gap or a ragged end raises UsageError.

    `size`, where it is given, must be what the rules say. `doc` names the source.
    """

    name: str
    fields: tuple[Field, ...]
    doc: str = ""
    stated_size: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _check_names(f"struct {self.name}", self.fields)
        end = 0
        for number, member in enumerate(self.fields):
            if member.count == FLEXIBLE and number + 1 != len(self.fields):
                raise UsageError(f"struct {self.name}: `{member.name}` has no size, so it must be the last field")
            end = _next_offset(self.name, member, self.fields[number - 1] if number else None, end) + member.size
        _check_end(self, end)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The fields with their offsets, in order."""
        found, end = [], 0
        for member in self.fields:
            found.append(Place(member.name, end, member))
            end += member.size
        return tuple(found)

    @property
    def align(self) -> int:
        """Alignment in bytes."""
        return max(align_of(f.type) for f in self.fields)

    @property
    def size(self) -> int:
        """Size in bytes (`sizeof`); a flexible array adds nothing."""
        return sum(f.size for f in self.fields)

    @property
    def flexible(self) -> bool:
        """Whether it ends in `data[]`."""
        return self.fields[-1].count == FLEXIBLE

    def at(self, path: str) -> Place:
        """The part with this dotted path; a UsageError names what there is instead."""
        for place in everything(self):
            if place.path == path:
                return place
        known = ", ".join(p.path for p in everything(self))
        raise UsageError(f"struct {self.name} has no field `{path}`; there are: {known}")

    def having(self, role: Role) -> tuple[Place, ...]:
        """Every part with this role, inner ones included."""
        return tuple(p for p in everything(self) if p.field.role is role)


def everything(struct: Struct | Union, prefix: str = "", base: int = 0) -> Iterator[Place]:
    """Every part, members of inner structs and unions after their parent; elements of arrays are not listed."""
    places = struct.places if isinstance(struct, Struct) else tuple(Place(m.name, 0, m) for m in struct.members)
    for place in places:
        path = f"{prefix}{place.path}"
        yield Place(path, base + place.offset, place.field)
        if not isinstance(place.field.type, CInt) and place.field.count == 1:
            yield from everything(place.field.type, f"{path}.", base + place.offset)


def leaves(struct: Struct) -> tuple[Place, ...]:
    """The integers and arrays of integers, in the order of their offsets."""
    return tuple(sorted((p for p in everything(struct) if isinstance(p.field.type, CInt)), key=lambda p: p.offset))


def size_of(kind: "Type") -> int:
    """Size of a C type in bytes."""
    return kind.bits // 8 if isinstance(kind, CInt) else kind.size


def align_of(kind: "Type") -> int:
    """Alignment of a C type in bytes: an integer's own size."""
    return kind.bits // 8 if isinstance(kind, CInt) else kind.align


Type = CInt | Struct | Union
"""What a field may be made of."""


@dataclass(frozen=True)
class Versions:
    """The forms that one struct has had, oldest first: version 1, 2, ... as a table `size[version - 1]` counts them."""

    name: str
    forms: tuple[Struct, ...]

    def __post_init__(self) -> None:
        if not self.forms:
            raise UsageError(f"{self.name} has no version; give at least one struct")

    @property
    def newest(self) -> int:
        """The highest version number."""
        return len(self.forms)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Size in bytes of each version, version 1 first."""
        return tuple(f.size for f in self.forms)

    def form(self, version: int) -> Struct:
        """The struct of a version; a UsageError where there is none."""
        if not 1 <= version <= self.newest:
            raise UsageError(f"{self.name} has no version {version}; there are 1 to {self.newest}")
        return self.forms[version - 1]


def _up(offset: int, align: int) -> int:
    return -(-offset // align) * align


def _check_names(where: str, fields: tuple[Field, ...]) -> None:
    if not fields:
        raise UsageError(f"{where} has no field; give at least one")
    names = [f.name for f in fields]
    if twice := [n for n in names if names.count(n) > 1]:
        raise UsageError(f"{where} has two fields `{twice[0]}`; give one of them another name")


def _next_offset(name: str, member: Field, before: Field | None, end: int) -> int:
    """Where the member starts: right behind the one before, or a UsageError that says what is wrong and what is right.

    `end` is the first free byte.
    """
    align, start = align_of(member.type), end if member.offset is None else member.offset
    if before is not None and start < end:
        raise UsageError(
            f"struct {name}: `{member.name}` at offset {start} overlaps `{before.name}`, which ends before offset "
            f"{end}; the first free offset for it is {_up(end, align)}"
        )
    right = _up(end, align)
    if start == end == right:
        return start
    if member.offset is not None and start % align:
        raise UsageError(
            f"struct {name}: `{member.name}` at offset {start} is not aligned to {align} bytes; "
            f"the next aligned offset is {_up(start, align)}"
        )
    behind = f"`{before.name}`, which ends before offset {end}," if before is not None else "the start"
    begin = max(start, right)
    raise UsageError(
        f"struct {name}: a gap of {begin - end} bytes between {behind} and `{member.name}` at offset {begin}; "
        f"name these bytes, as in Field(\"__reserved\", u8, {begin - end}, role=Role.RESERVED)"
    )


def _check_end(struct: Struct, end: int) -> None:
    """The size is a multiple of the alignment, and what is stated."""
    if tail := _up(end, struct.align) - end:
        raise UsageError(
            f"struct {struct.name}: its size {end} is not a multiple of its alignment {struct.align}; the compiler "
            f"would add {tail} bytes: name them, as in Field(\"__reserved\", u8, {tail}, role=Role.RESERVED)"
        )
    if struct.stated_size not in (None, end):
        raise UsageError(f"struct {struct.name}: its size is stated as {struct.stated_size}, but its fields take {end}")
