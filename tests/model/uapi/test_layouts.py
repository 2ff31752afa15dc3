"""The struct descriptions against the C compiler: offsets and sizes are what gcc says."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shootdown.ir.sorts import CInt, u8, u32, u64
from shootdown.ir.structs import FLEXIBLE, Field, Place, Struct, Union, everything
from shootdown.model.uapi import argsz_flags_data, iommu_5_10, iommufd, type1_v1

STRUCTS = {
    "vfio v1": type1_v1.REQUEST,
    "info v1": type1_v1.INFO_V1,
    "info of 5.10": iommu_5_10.INFO,
    "iommufd": iommufd.HWPT_INVALIDATE,
    "iommufd VT-d entry": iommufd.VTD_S1_INVALIDATE,
    "argsz, flags, data": argsz_flags_data.REQUEST,
}

C_TYPE = {
    "u8": "unsigned char", "u16": "unsigned short", "u32": "unsigned int", "u64": "unsigned long long",
    "int": "int", "size_t": "unsigned long",
}  # fmt: skip


def declaration(kind: CInt | Struct | Union) -> str:
    """A type as C text; inner structs and unions are written out in place, without the attribute `packed`."""
    if isinstance(kind, CInt):
        return C_TYPE[kind.name]
    word, members = ("struct", kind.fields) if isinstance(kind, Struct) else ("union", kind.members)
    return f"{word} {{ {' '.join(map(member, members))} }}"


def member(field: Field) -> str:
    """One member of a struct or union."""
    length = "[]" if field.count == FLEXIBLE else "" if field.count == 1 else f"[{field.count}]"
    return f"{declaration(field.type)} {field.name}{length};"


def measured(struct: Struct, directory: Path) -> tuple[int, dict[str, int]]:
    """What gcc makes of the declaration: sizeof, and offsetof of every part."""
    paths = [p.path for p in everything(struct)]
    prints = "".join(f'printf("%zu\\n", __builtin_offsetof(struct probe, {p}));' for p in paths)
    text = declaration(struct).replace("struct", "struct probe", 1)
    program = f'#include <stdio.h>\n{text};\nint main(void) {{ printf("%zu\\n", sizeof(struct probe)); {prints} }}\n'
    source, binary = directory / "probe.c", directory / "probe"
    source.write_text(program, "utf-8")
    subprocess.run(["gcc", "-std=c11", "-o", binary, source], check=True)
    size, *offsets = map(int, subprocess.run([binary], check=True, capture_output=True, text=True).stdout.split())
    return size, dict(zip(paths, offsets, strict=True))


def described(struct: Struct) -> tuple[int, dict[str, int]]:
    """The same from the description."""
    return struct.size, {p.path: p.offset for p in everything(struct)}


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_gcc_lays_the_structs_out_as_described(name: str, tmp_path: Path) -> None:
    """Every offset and every size of a described interface is what the compiler gives it."""
    assert measured(STRUCTS[name], tmp_path) == described(STRUCTS[name])


def test_the_probe_sees_a_different_layout(tmp_path: Path) -> None:
    """The comparison can fail: the same fields in another order give other offsets."""
    a = Struct("s", (Field("a", u32), Field("b", u32), Field("c", u64)))
    b = Struct("s", (Field("b", u32), Field("a", u32), Field("c", u64)))
    assert measured(a, tmp_path) != described(b)


def test_arrays_and_unions_agree_with_gcc(tmp_path: Path) -> None:
    """Arrays of structs, unions of different sizes and a signed size follow the compiler's rules."""
    pair = Struct("pair", (Field("x", u32), Field("y", u32)))
    choice = Union("choice", (Field("bytes", u8, 16), Field("pairs", pair, 3), Field("wide", u64)))
    whole = Struct("whole", (Field("head", u8, 8), Field("of", choice), Field("tail", pair, 2)))
    assert measured(whole, tmp_path) == described(whole)


def sizes() -> Iterator[tuple[str, int]]:
    """Sizes that follow from domain.md by counting."""
    yield "info v1", 48
    yield "vfio v1", 56
    yield "info of 5.10", 56
    yield "iommufd", 32
    yield "iommufd VT-d entry", 24
    yield "argsz, flags, data", 8


@pytest.mark.parametrize(("name", "size"), list(sizes()))
def test_sizes_are_those_of_the_sources(name: str, size: int) -> None:
    """The structs of the dossier have the sizes that one counts by hand."""
    assert STRUCTS[name].size == size


def test_offsets_that_the_ioctl_uses() -> None:
    """v1 reads `version` at byte 8, and its minsz ends before it (domain.md 1.2, steps 1 and 4)."""
    version: Place = type1_v1.REQUEST.at("cache_info.version")
    assert (version.offset, version.end) == (8, 12)
    assert type1_v1.REQUEST.at("flags").end == 8
    assert type1_v1.REQUEST.at("cache_info.granu.addr_info.nb_granules").end == type1_v1.REQUEST.size
