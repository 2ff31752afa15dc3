"""Struct descriptions: layout, and one clear sentence for each mistake."""

import pytest

from shootdown.ir import UsageError, u8, u32, u64
from shootdown.ir.structs import FLEXIBLE, Field, Role, Struct, Union, Versions, leaves

PAIR = Struct("pair", (Field("x", u32), Field("y", u32)))


def test_offsets_follow_one_another() -> None:
    """A field begins where the one before ends; paths reach into inner structs and unions."""
    inner = Union("u", (Field("pair", PAIR), Field("whole", u64)))
    outer = Struct("s", (Field("a", u64), Field("inner", inner), Field("tail", u8, 8)))
    assert [(p.path, p.offset) for p in leaves(outer)] == [
        ("a", 0), ("inner.pair.x", 8), ("inner.whole", 8), ("inner.pair.y", 12), ("tail", 16),
    ]  # fmt: skip
    assert (outer.size, outer.align, outer.at("inner").end) == (24, 8, 16)


def test_a_flexible_array_adds_nothing() -> None:
    """`data[]` begins at the size of the struct."""
    s = Struct("s", (Field("n", u32), Field("data", u8, FLEXIBLE)))
    assert (s.size, s.at("data").offset, s.flexible) == (4, 4, True)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            (Field("a", u64), Field("b", u32, offset=4)),
            "struct s: `b` at offset 4 overlaps `a`, which ends before offset 8; the first free offset for it is 8",
        ),
        (
            (Field("a", u8, 2), Field("b", u8, offset=1)),
            "struct s: `b` at offset 1 overlaps `a`, which ends before offset 2; the first free offset for it is 2",
        ),
        (
            (Field("a", u32), Field("b", u64)),
            "struct s: a gap of 4 bytes between `a`, which ends before offset 4, and `b` at offset 8; "
            'name these bytes, as in Field("__reserved", u8, 4, role=Role.RESERVED)',
        ),
        (
            (Field("a", u32, offset=8), Field("b", u32)),
            "struct s: a gap of 8 bytes between the start and `a` at offset 8; "
            'name these bytes, as in Field("__reserved", u8, 8, role=Role.RESERVED)',
        ),
        (
            (Field("a", u32), Field("b", u32, offset=6)),
            "struct s: `b` at offset 6 is not aligned to 4 bytes; the next aligned offset is 8",
        ),
        (
            (Field("a", u64), Field("b", u32)),
            "struct s: its size 12 is not a multiple of its alignment 8; the compiler would add 4 bytes: "
            'name them, as in Field("__reserved", u8, 4, role=Role.RESERVED)',
        ),
        ((Field("a", u32), Field("a", u32)), "struct s has two fields `a`; give one of them another name"),
        (
            (Field("d", u8, FLEXIBLE), Field("a", u32)),
            "struct s: `d` has no size, so it must be the last field",
        ),
        ((), "struct s has no field; give at least one"),
    ],
)
def test_a_wrong_layout_is_told_in_one_sentence(fields: tuple[Field, ...], sentence: str) -> None:
    """Overlap, gap, misalignment, ragged end: where it is and what would be right."""
    with pytest.raises(UsageError) as told:
        Struct("s", fields)
    assert str(told.value) == sentence


def test_the_repairs_that_the_sentences_name_are_accepted() -> None:
    """Each mistake above, mended as its sentence says, is a struct."""
    apart = Struct("s", (Field("a", u64), Field("b", u64, offset=8)))
    filled = Struct("s", (Field("a", u32), Field("__reserved", u8, 4, role=Role.RESERVED), Field("b", u64)))
    rounded = Struct("s", (Field("a", u64), Field("b", u32), Field("__reserved", u8, 4, role=Role.RESERVED)))
    assert [s.size for s in (apart, filled, rounded)] == [16, 16, 16]


def test_a_stated_size_is_checked() -> None:
    """A size that the description states and the fields do not have is told with both numbers."""
    with pytest.raises(UsageError, match="its size is stated as 16, but its fields take 8"):
        Struct("s", (Field("a", u64),), stated_size=16)
    assert Struct("s", (Field("a", u64),), stated_size=8).size == 8


def test_a_union_has_no_hidden_tail() -> None:
    """A union that the compiler would make longer than its largest member is refused."""
    with pytest.raises(UsageError, match="largest member has 9 bytes, which is not a multiple of its alignment 8"):
        Union("u", (Field("a", u64), Field("b", u8, 9)))


def test_roles_are_found_inside() -> None:
    """Reserved bytes of an inner struct are among those of the outer one; bits are known for flags only."""
    inner = Struct("i", (Field("f", u32, role=Role.FLAGS, known=3), Field("pad", u32, role=Role.RESERVED)))
    outer = Struct("o", (Field("argsz", u64, role=Role.SIZE), Field("i", inner)))
    assert [p.path for p in outer.having(Role.RESERVED)] == ["i.pad"]
    with pytest.raises(UsageError, match="`known` bits belong to"):
        Field("a", u32, known=1)


def test_versions_are_counted_from_one() -> None:
    """The table of sizes has version 1 first; versions outside are no version."""
    table = Versions("s", (PAIR, Struct("pair", (*PAIR.fields, Field("z", u32)))))
    assert (table.sizes, table.newest, table.form(2).size) == ((8, 12), 2, 12)
    for version in (0, 3, -1):
        with pytest.raises(UsageError, match=f"no version {version}; there are 1 to 2"):
            table.form(version)


def test_an_unknown_path_names_what_there_is() -> None:
    """A misspelt field is answered with the fields."""
    with pytest.raises(UsageError, match=r"no field `z`; there are: x, y"):
        PAIR.at("z")
