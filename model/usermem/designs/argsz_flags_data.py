"""`argsz-flags-data`: `{argsz, flags, data[]}`, the shape that the reviewer prefers (domain.md 1.4, L:80f5397c2).

A flag names the type of the data, and whoever interprets the data copies and checks it. The data here are the members
of the 5.10 form without its own `argsz` and `version`, with the checks of 3.2 [A]. A later kernel appends to the data
and gives the appended part a flag of its own; the flags decide how much is copied, and argsz has to cover it [A].
`old_known` is where the data of the older of any two kernels end, `old_need` how much of them the flags of the call ask
for: any numbers, so one proof is about any number of versions. `copies-all` copies min(argsz, known) instead.
"""

from dataclasses import dataclass
from typing import Any

from shootdown.ir import Expr, cast, ite
from shootdown.ir.expr import lift
from shootdown.model.uapi.argsz_flags_data import INVALIDATE_IOTLB, SECOND_TYPE
from shootdown.model.usermem import payload
from shootdown.model.usermem.build import SECOND
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Run, Stated, Step, Term, Word, World
from shootdown.model.usermem.types import Errno, Types

MINSZ = 8
FIRST_SIZE = payload.ADDR_END - payload.HEAD
"""Bytes of data of the first version."""

PAGE = 4096
FIRST = 1


@dataclass(frozen=True, slots=True)
class Kernel:
    """`grown`: one of any two kernels, not the first. `takes`: a second type is known.

    `extends`: the later one, which knows the flag and the field that were appended behind what the older one knows.
    `all`: as much is copied as is offered and known. `by_size`: the appended field is taken without its flag.
    """

    grown: bool = False
    takes: bool = False
    extends: bool = False
    all: bool = False
    by_size: bool = False


def held(k: Run, word: str) -> Any:
    """The kernel's copy of a word."""
    return getattr(k, f"data_{word}")


def _needed(k: Run, kernel: Kernel) -> Expr:
    """Bytes of data that the flags ask for."""
    if not kernel.grown:
        return lift(FIRST_SIZE, k.types.u32)
    asked: Expr = k.s.old_need
    if kernel.extends:
        asked = ite((k.hdr_flags & k.s.extra_flag) != 0, k.s.old_known + 8, asked)
    return asked


def _copied(k: Run, kernel: Kernel) -> Expr:
    """How many bytes of data are copied, as size_t."""
    if not (kernel.all or kernel.by_size):
        return cast(k.types.size_t, _needed(k, kernel))
    known: Expr = k.s.old_known
    return payload.rest(k, k.hdr_argsz - MINSZ, known + 8 if kernel.extends else known)


def _mask(k: Run, kernel: Kernel) -> Expr:
    """Flags that have a meaning."""
    mask = lift(INVALIDATE_IOTLB | (SECOND_TYPE if kernel.takes else 0), k.types.u32)
    if not kernel.grown:
        return mask
    more: Expr = k.s.old_flags | k.s.extra_flag if kernel.extends else k.s.old_flags
    return mask | more


def program(kernel: Kernel) -> tuple[Step, ...]:
    """The header, its tests, the data, their tests, the driver."""

    def untyped(k: Run) -> Any:
        one = (k.hdr_flags & INVALIDATE_IOTLB) != 0
        return one == ((k.hdr_flags & SECOND_TYPE) != 0) if kernel.takes else ~one

    header = Do(
        "check_header",
        tests=(
            (lambda k: k.hdr_argsz < MINSZ, Errno.EINVAL),
            (lambda k: (k.hdr_flags & ~_mask(k, kernel)) != 0, Errno.EINVAL),
            (untyped, Errno.EINVAL),
            (lambda k: k.hdr_argsz - MINSZ < _needed(k, kernel), Errno.EINVAL),
        ),
        looks={"argsz": lambda k: k.hdr_argsz, "flags": lambda k: k.hdr_flags},
        says=lambda w: f"argsz = {w.after('hdr_argsz')}, flags = {w.after('hdr_flags'):#x}",
    )
    return (
        Copy("copy_header", "hdr", 0, MINSZ, ("argsz", "flags"), fixed=True, offers="argsz"),
        header,
        Copy(
            "copy_data",
            "data",
            MINSZ,
            lambda k: _copied(k, kernel),
            (*payload.NAMES, *(("extra",) if kernel.extends else ())),
        ),
        payload.content("check_data", held),
        Act("act", uses={**payload.uses(held), **_later(kernel)}, says=lambda _w: "the driver acts"),
    )


def _later(kernel: Kernel) -> dict[str, Term]:
    def kind(k: Run) -> Expr:
        first = lift(FIRST, k.types.u32)
        return ite((k.hdr_flags & SECOND_TYPE) != 0, SECOND, first) if kernel.takes else first

    def extra(k: Run) -> Any:
        if not kernel.extends:
            return 0
        value: Expr = k.data_extra
        return value if kernel.by_size else ite((k.hdr_flags & k.s.extra_flag) != 0, value, 0)

    def flags(k: Run) -> Expr:
        value: Expr = k.hdr_flags
        return value

    return {"flags": flags, "kind": kind, "extra": extra}


def _fields(k: Run) -> Expr:
    """The appended field stands behind what the older kernel knows."""
    return cast(k.types.size_t, k.s.old_known) + MINSZ


WORDS = (Word("argsz", 0, 4, MINSZ + FIRST_SIZE, (8, 72)), Word("flags", 4, 4, 1, (3, 2)), *payload.words(MINSZ))
GROWING = {"old_known": "u32", "old_need": "u32", "old_flags": "u32", "extra_flag": "u32"}
AXIOMS = (
    ("the older kernel knows the first version's data", lambda s: s.old_known >= FIRST_SIZE),
    ("flags ask for no less", lambda s: s.old_need >= FIRST_SIZE),
    ("nor for more than is known", lambda s: s.old_need <= s.old_known),
    ("the data fit in a page", lambda s: s.old_known <= PAGE - 8),
    (
        "the appended field has a flag that was unknown",
        lambda s: (
            (s.extra_flag != 0)
            & ((s.extra_flag & (s.old_flags | (INVALIDATE_IOTLB | SECOND_TYPE))) == 0)
            & ((s.old_flags & SECOND_TYPE) == 0)
        ),
    ),
)
USUAL = {"old_known": (FIRST_SIZE,), "old_need": (FIRST_SIZE,), "old_flags": (0,), "extra_flag": (4,)}


def _pair(name: str, summary: str, new: Kernel, *, user: bool = False) -> World:
    programs = (program(Kernel(grown=True, all=new.all, by_size=new.by_size)), program(new))
    words = (*WORDS, Word("extra", _fields, 8))
    return World(name, summary, programs, words, GROWING, AXIOMS, new_user=user, usual=USUAL)


LATER = Kernel(grown=True, extends=True)


def worlds(_types: Types) -> tuple[World, ...]:
    """The first kernel, and any two later ones."""
    return (
        World("first", "the first version", (program(Kernel()),), WORDS),
        _pair("any-version", "old user: any two kernels, the newer one knows more data and more flags", LATER),
        _pair(
            "by-size-alone", "old user: the newer kernel takes the appended field without its flag",
            Kernel(grown=True, extends=True, by_size=True),
        ),
        _pair(
            "copies-all", "old user: both kernels copy min(argsz, known) bytes",
            Kernel(grown=True, extends=True, all=True),
        ),
        _pair("new-user", "a user of the newer of any two kernels on the older one", LATER, user=True),
        World(
            "second-type", "a second flag names a second type of data",
            (program(Kernel()), program(Kernel(takes=True))), WORDS,
        ),
    )  # fmt: skip


ABI = Abi(
    name="argsz-flags-data",
    source="domain.md 1.4: L:80f5397c2, L:4e6915d30; the members of the data and their checks [A]",
    summary="a flag names the type of the data, argsz its size; whoever interprets the data copies and checks it",
    worlds=worlds,
    flags={"flags": INVALIDATE_IOTLB, "cache": 0b111, "inner_flags": payload.ADDR_FLAGS},
    reserved=("padding",),
    tag="pasid",
    stated=(
        Stated("checked-is-used", "first", "proved", "header and data are copied once each"),
        Stated("reads-within-argsz", "first", "proved", "argsz has to cover what is copied"),
        Stated("table-index-in-bounds", "first", "vacuous", "no size comes from a table"),
        Stated("negative-length-is-refused", "first", "proved", "the flags decide the length: it is no difference"),
        Stated("no-user-copy-under-lock", "first", "proved", "the driver gets a copy"),
        Stated("own-tags-only", "first", "refuted", "the shape says nothing about who owns a PASID"),
        Stated("unknown-flags-are-refused", "first", "proved", "outer and inner flags are tested"),
        Stated("reserved-must-be-zero", "first", "proved", "the padding is tested with the content"),
        Stated("error-is-told", "first", "proved", "one device, and every test stands before the driver"),
        Stated(
            "old-binary-works", "any-version", "proved",
            "what old callers may leave behind their data counts only with a flag that the old kernel refuses",
        ),
        Stated(
            "old-binary-works", "copies-all", "refuted",
            "an argsz that is larger than the buffer was never noticed by the old kernel, until a new one copies more",
        ),
        Stated("old-binary-works", "by-size-alone", "refuted", "bytes that the old kernel ignored get a meaning"),
        Stated("old-binary-works", "new-user", "proved", "the flag is unknown to the old kernel: -EINVAL"),
        Stated("second-payload-fits", "second-type", "proved", "another flag, the same ioctl; old kernels refuse it"),
    ),
)  # fmt: skip
