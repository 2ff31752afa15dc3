"""`type1-v3`: the user's pointer goes down, and every device's callback copies the request again (domain.md 3.1).

The form that each device reads is that of 3.2, behind `argsz` and `flags` with the operation in the low bits. What a
device refuses is discarded (E1), memory may change between devices (E2), the copies happen under locks (E3). Nothing in
3.1 compares the inner `argsz` with the outer one [A]. Two devices of one group.
"""

from typing import Any

from shootdown.ir.expr import lift
from shootdown.model.uapi.iommu_5_10 import INFO
from shootdown.model.usermem import payload
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Lock, Run, Stated, Step, Term, Word, World
from shootdown.model.usermem.types import Errno, Types

VFIO = "v3 vfio_iommu_type1.c: VFIO_IOMMU_NESTING_OP"
CORE = "v3 iommu.c: iommu_uapi_cache_invalidate"
BASE, MINSZ, SIZE = 8, payload.MINSZ, INFO.size
CACHE_INVLD = 2
"""The operation, in the low bits of `flags`."""

IN_HEADER = ("inner_argsz", "version", "cache", "granularity", "padding")
IN_UNION = ("inner_flags", "archid", "pasid", "addr", "granule_size", "nb_granules")
WORDS = (
    Word("argsz", 0, 4, BASE + SIZE, (8,)),
    Word("flags", 4, 4, CACHE_INVLD),
    Word("inner_argsz", BASE, 4, SIZE, (16, 32)),
    Word("version", BASE + 4, 4, 1),
    *payload.words(BASE + 8),
)

HEAD: tuple[Step, ...] = (
    Copy("copy_header", "hdr", 0, BASE, ("argsz", "flags"), VFIO, fixed=True, offers="argsz"),
    Do(
        "check_header",
        tests=((lambda k: (k.hdr_argsz < BASE) | (k.hdr_flags != CACHE_INVLD), Errno.EINVAL),),
        looks={"argsz": lambda k: k.hdr_argsz, "flags": lambda k: k.hdr_flags},
        says=lambda w: f"argsz = {w.after('hdr_argsz')}, flags = {w.after('hdr_flags'):#x}",
        code=VFIO,
    ),
    Lock("lock", True, "takes iommu->lock and group->mutex", VFIO),  # it takes them
)
TAIL = Lock("unlock", False, "drops the locks", VFIO)  # it drops them


def device(name: str, on_fail: str) -> tuple[Step, ...]:
    """One device's callback; where it fails, the walk goes on at `on_fail` as if it had not."""

    def held(k: Run, word: str) -> Any:
        return getattr(k, f"{name}{'h' if word in IN_HEADER else 'u'}_{word}")

    def argsz(k: Run) -> Any:
        return held(k, "inner_argsz")

    size = Do(
        f"check_size_{name}",
        tests=(
            (lambda k: argsz(k) < MINSZ, Errno.EINVAL),
            (lambda k: argsz(k) < payload.needed(k, held(k, "granularity")), Errno.EINVAL),
        ),
        says=lambda w: f"device {name}: argsz = {w.after(f'{name}h_inner_argsz')}",
        code=CORE,
        on_fail=on_fail,
        quiet=True,
    )
    check = payload.content(
        f"check_{name}",
        held,
        ((lambda k: held(k, "version") != 1, Errno.EINVAL),),
        code=CORE,
        on_fail=on_fail,
        quiet=True,
    )
    uses: dict[str, Term] = {**payload.uses(held), "flags": lambda k: k.hdr_flags}
    return (
        Copy(f"copy_{name}", f"{name}h", BASE, MINSZ, IN_HEADER, CORE, on_fail=on_fail, quiet=True),
        size,
        Copy(
            f"copy_union_{name}", f"{name}u", BASE + MINSZ,
            lambda k: payload.rest(k, argsz(k), lift(SIZE, k.types.u32)) - MINSZ, IN_UNION, CORE,
            on_fail=on_fail, quiet=True,
        ),
        check,
        Act(f"act_{name}", uses=uses, says=lambda _w: f"device {name} is invalidated", code=CORE, quiet=True),
    )  # fmt: skip


def worlds(types: Types) -> tuple[World, ...]:
    """The posted form, with two devices."""
    program = (*HEAD, *device("a", "copy_b"), *device("b", "unlock"), TAIL)
    return (World("v3", "as posted, two devices", (program,), WORDS, asked=lambda _k: lift(2, types.u32)),)


ABI = Abi(
    name="type1-v3",
    source="domain.md 3.1: L:06e53209a",
    summary="every device copies the request again from user memory, under the locks; what fails is discarded",
    worlds=worlds,
    flags={"flags": 0b11, "cache": 0b111, "inner_flags": payload.ADDR_FLAGS},
    reserved=("padding",),
    tag="pasid",
    stated=(
        Stated("checked-is-used", "v3", "refuted", "E2: two devices act on different requests"),
        Stated("reads-within-argsz", "v3", "refuted", "the outer argsz may be 8 [A]"),
        Stated("table-index-in-bounds", "v3", "vacuous", "no size comes from a table"),
        Stated("negative-length-is-refused", "v3", "proved", "argsz < minsz is refused before minsz is subtracted"),
        Stated("no-user-copy-under-lock", "v3", "refuted", "E3: the callback copies under both locks"),
        Stated("own-tags-only", "v3", "refuted", "the list of checks has none of the PASID"),
        Stated("unknown-flags-are-refused", "v3", "proved", "each device's copy is checked, and acted on"),
        Stated("reserved-must-be-zero", "v3", "proved", "each device's copy is checked, and acted on"),
        Stated("error-is-told", "v3", "refuted", "E1: what a device refuses is discarded, and the call answers 0"),
    ),
)  # fmt: skip
