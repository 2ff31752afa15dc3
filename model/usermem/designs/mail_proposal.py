"""`mail-proposal`: what the mail asks for in place of the posted test of `argsz`.

"Our minsz is offsetofend to the version field, interpret the version to size, then reevaluate argsz." The rest stays as
posted: the size comes from the same lookup, and the second copy begins at the embedded struct again [A]. `minsz` is an
unsigned long in that function [R], so `argsz < minsz + info_size` is compared in 64 bits: a negative size is refused.
"""

from shootdown.ir import cast
from shootdown.model.usermem.program import Abi, Copy, Do, Stated, Step, World
from shootdown.model.usermem.type1 import (
    ALLOC,
    AXIOMS,
    BASE,
    CODE,
    CONSTANTS,
    EXTRA,
    GROWN,
    LOCK,
    SIZE,
    UNLOCK,
    WORDS,
    Kernel,
    check_header,
    copy_info,
    driver,
    lookup,
)
from shootdown.model.usermem.types import Errno, Types

MINSZ = BASE + 4
"""`offsetofend(version)`."""

REEVALUATE = Do(
    "reevaluate",
    tests=((lambda k: cast(k.types.size_t, k.hdr_argsz) < cast(k.types.size_t, k.info_size) + BASE, Errno.EINVAL),),
    looks={"argsz": lambda k: k.hdr_argsz},
    says=lambda w: f"argsz = {w.after('hdr_argsz')} against {BASE} + {w.after('info_size')}",
)


def program(types: Types, kernel: Kernel) -> tuple[Step, ...]:
    """One copy up to `version`, its size, argsz once more, then the rest as posted."""
    header = Copy("copy_header", "hdr", 0, MINSZ, ("argsz", "flags", "version"), CODE, fixed=True, offers="argsz")
    head = (header, check_header(MINSZ, kernel), lookup(types, kernel, "hdr_version"), REEVALUATE, ALLOC)
    return (*head, copy_info(kernel), LOCK, *driver(kernel), UNLOCK)


def _world(name: str, summary: str, types: Types, *kernels: Kernel, new: bool = False) -> World:
    programs = tuple(program(types, k) for k in kernels)
    return World(name, summary, programs, (*WORDS, EXTRA), CONSTANTS, AXIOMS, lambda k: k.s.devices, new_user=new)


ONE = Kernel()
TWO = Kernel(newest=2, table=(SIZE, GROWN), accepts=(1, 2))


def worlds(types: Types) -> tuple[World, ...]:
    """One version, two of them, and the pairs."""
    return (
        _world("uapi-1", "IOMMU_UAPI_VERSION is 1, the driver looks at the version again", types, ONE),
        _world("index-tested", "the lookup refuses every version below 1", types, Kernel(lowest=1)),
        _world(
            "index-tested-uapi-2", "a second version; the lookup refuses every version below 1", types,
            Kernel(newest=2, table=(SIZE, GROWN), accepts=(1, 2), lowest=1),
        ),
        _world("appended", "old user: version 2 appends a field, the table keeps its columns", types, ONE, TWO),
        _world("new-user", "a user of version 2 on a kernel of version 1", types, ONE, TWO, new=True),
    )  # fmt: skip


ABI = Abi(
    name="mail-proposal",
    source="<20200402142428.2901432e@w520.home>",
    summary="minsz ends behind the version, the size comes from the version, argsz is evaluated again",
    worlds=worlds,
    flags={"flags": 0, "inner_flags": 0b111},
    reserved=("padding",),
    tag="pasid",
    stated=(
        Stated("reads-within-argsz", "uapi-1", "proved", "D4 repaired: argsz is compared with all that is copied"),
        Stated(
            "negative-length-is-refused", "index-tested", "proved", "D2 repaired: 8 - 22 is a huge unsigned long"
        ),
        Stated(
            "negative-length-is-refused", "uapi-1", "refuted",
            "D3 stays: -8 to -1, found outside of the table, become 0 to 7 when 8 is added, and argsz covers that",
        ),
        Stated("old-binary-works", "appended", "proved", "a version has one size, on every kernel that knows it"),
        Stated("old-binary-works", "new-user", "proved", "D2 repaired: the old kernel answers -EINVAL"),
        Stated("checked-is-used", "index-tested", "proved", "one version is left, and the driver looks at it again"),
        Stated("table-index-in-bounds", "uapi-1", "refuted", "D3 stays: the lookup takes 0 and negative versions"),
        Stated("checked-is-used", "uapi-1", "refuted", "D3 stays, and with it a size that no version has"),
        Stated("checked-is-used", "index-tested-uapi-2", "refuted", "D1 stays: `version` is copied twice"),
        Stated("unknown-flags-are-refused", "uapi-1", "refuted", "not touched: nobody looks at the inner flags"),
        Stated("reserved-must-be-zero", "uapi-1", "refuted", "not touched: nobody looks at the padding"),
        Stated("own-tags-only", "uapi-1", "refuted", "not touched: D8"),
        Stated("no-user-copy-under-lock", "uapi-1", "proved", "the copies stay before the lock"),
        Stated("error-is-told", "uapi-1", "refuted", "not touched: an errno only, the mail's second concern"),
    ),
)  # fmt: skip
