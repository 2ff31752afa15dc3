"""`merged-5.10`: the form of the IOMMU user API that was merged in 5.10 (domain.md 3.2).

`argsz` in the struct itself, a second copy that begins behind the first, checked content, padding that must be zero.
One device a call; the lock is the caller's, and no caller was merged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shootdown.ir import Expr, cast, ite
from shootdown.ir.expr import lift
from shootdown.model.uapi.iommu_5_10 import INFO
from shootdown.model.usermem import payload
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Run, Stated, Step, Term, Word, World
from shootdown.model.usermem.types import Errno, Types

CODE = "5.10 iommu.c: iommu_uapi_cache_invalidate"
MINSZ, SIZE = payload.MINSZ, INFO.size
IN_HEADER = ("argsz", "version", "cache", "granularity", "padding")
IN_UNION = ("inner_flags", "archid", "pasid", "addr", "granule_size", "nb_granules")
EXTRA = Word("extra", SIZE, 8)
WORDS = (Word("argsz", 0, 4, SIZE, (16, 64)), Word("version", 4, 4, 1, (2, 0)), *payload.words(8), EXTRA)


@dataclass(frozen=True, slots=True)
class Kernel:
    """What may differ from kernel to kernel: `size` of the struct that it knows, `versions` that it takes.

    `flag`: a bit of the union's flags that says that the appended field counts; 0: its bytes alone say so.
    """

    size: int = SIZE
    versions: tuple[int, ...] = (1,)
    flag: int = 0


def held(k: Run, word: str) -> Any:
    """The kernel's copy of a word."""
    return getattr(k, f"{'hdr' if word in IN_HEADER else 'union'}_{word}")


def program(kernel: Kernel) -> tuple[Step, ...]:
    """domain.md 3.2: "order of checks"."""

    def unversioned(k: Run) -> Expr:
        result: Expr = lift(True)  # a formula
        for version in kernel.versions:
            result = result & (k.hdr_version != version)
        return result

    def length(k: Run) -> Expr:
        return payload.rest(k, k.hdr_argsz, lift(kernel.size, k.types.u32)) - MINSZ

    size = Do(
        "check_size",
        tests=(
            (lambda k: k.hdr_argsz < MINSZ, Errno.EINVAL),
            (lambda k: k.hdr_argsz < payload.needed(k, k.hdr_granularity), Errno.EINVAL),
        ),
        looks={"granularity": lambda k: k.hdr_granularity},
        says=lambda w: f"argsz = {w.after('hdr_argsz')} for granularity {w.after('hdr_granularity')}",
        code=CODE,
    )
    grown = ("extra",) if kernel.size > SIZE else ()
    return (
        Copy("copy_header", "hdr", 0, MINSZ, IN_HEADER, CODE, fixed=True, offers="argsz"),
        size,
        Copy("copy_union", "union", MINSZ, length, (*IN_UNION, *grown), CODE),
        _content(kernel, unversioned),
        Act("act", uses={**payload.uses(held), **_later(kernel)}, says=lambda _w: "the driver acts", code=CODE),
    )


def _content(kernel: Kernel, unversioned: Callable[[Run], Expr]) -> Do:
    def masked(k: Run, word: str) -> Any:
        value = held(k, word)
        return value & ~lift(kernel.flag, value.sort) if word == "inner_flags" else value

    step = payload.content("check_content", masked, ((unversioned, Errno.EINVAL),), code=CODE)
    return Do(
        step.name, step.tests, looks={**step.looks, "version": lambda k: k.hdr_version}, says=step.says, code=CODE
    )


def _later(kernel: Kernel) -> dict[str, Term]:
    if kernel.size == SIZE:
        return {"version": lambda k: k.hdr_version, "extra": lambda k: lift(0, k.types.u64)}

    def extra(k: Run) -> Expr:
        if not kernel.flag:
            return getattr(k, "union_extra")  # type: ignore[no-any-return] # noqa: B009 # a variable of the model
        asked = (k.union_inner_flags & kernel.flag) != 0
        return ite(asked & (k.hdr_granularity != payload.DOMAIN), k.union_extra, 0)

    return {"version": lambda k: k.hdr_version, "extra": extra}


def _world(name: str, summary: str, *kernels: Kernel, new: bool = False, **more: Any) -> World:
    return World(name, summary, tuple(program(k) for k in kernels), WORDS, new_user=new, **more)


def _backed(s: Any) -> Expr:
    """The caller has as many bytes as it says."""
    return cast(s.readable.sort, s.argsz) <= s.readable  # type: ignore[no-any-return] # a formula


BY_FLAG = Kernel(SIZE + 8, flag=8)


def worlds(_types: Types) -> tuple[World, ...]:
    """The merged kernel, and three ways in which it might grow; none of them happened."""
    return (
        _world("5.10", "as merged", Kernel()),
        _world("appended", "old user: a field is appended, a flag says that it counts", Kernel(), BY_FLAG),
        _world(
            "appended-honest", "old user: a field is appended, a flag says that it counts; argsz bytes can be read",
            Kernel(), BY_FLAG,
            starts=(("argsz bytes can be read", _backed),),
        ),
        _world("by-size-alone", "old user: a field is appended, its bytes alone say so", Kernel(), Kernel(SIZE + 8)),
        _world("newest-only", "old user: the new kernel takes version 2 only", Kernel(), Kernel(versions=(2,))),
        _world(
            "new-user", "a user of the flag on an old kernel", Kernel(), BY_FLAG, new=True,
        ),
    )  # fmt: skip


ABI = Abi(
    name="merged-5.10",
    source="domain.md 3.2 (v9, 11 Sep 2020; merged in 5.10)",
    summary="argsz inside, no byte copied twice, content checked, padding must be zero; one device a call",
    worlds=worlds,
    flags={"cache": 0b111, "inner_flags": payload.ADDR_FLAGS},
    reserved=("padding",),
    tag="pasid",
    stated=(
        Stated("checked-is-used", "5.10", "proved", "the second copy begins behind the first: no byte is read twice"),
        Stated("reads-within-argsz", "5.10", "proved", "min(argsz, sizeof) - minsz behind minsz"),
        Stated("table-index-in-bounds", "5.10", "vacuous", "no size comes from a table"),
        Stated("negative-length-is-refused", "5.10", "proved", "argsz < minsz is refused before minsz is subtracted"),
        Stated("no-user-copy-under-lock", "5.10", "proved", "it takes none; its caller's lock is not in this model"),
        Stated("own-tags-only", "5.10", "refuted", "the list of checks has none of the PASID"),
        Stated("unknown-flags-are-refused", "5.10", "proved", "the content check refuses them"),
        Stated("reserved-must-be-zero", "5.10", "proved", "the content check refuses it"),
        Stated("error-is-told", "5.10", "proved", "one device, and every test stands before the driver"),
        Stated(
            "old-binary-works", "appended-honest", "proved", "an old kernel refuses the flag, so no old call has it set"
        ),
        Stated(
            "old-binary-works", "appended", "refuted",
            "min(argsz, sizeof) bytes are copied: an argsz that is larger than the buffer was never noticed, until now",
        ),
        Stated(
            "old-binary-works", "by-size-alone", "refuted",
            "an old kernel ignores what lies behind its struct, so an old call may have anything there",
        ),
        Stated("old-binary-works", "newest-only", "refuted", "version 1 is all that old calls have"),
        Stated("old-binary-works", "new-user", "proved", "an unknown flag is -EINVAL"),
    ),
)  # fmt: skip
