"""`type1-v1`: exactly the posted code, as bytes (domain.md 1.1, 1.2, 1.5: D1 to D4, D8).

Two fetches of `version`, a length from the version table that nobody tests, `argsz` compared with the header only.
"""

from shootdown.model.usermem.program import Abi, Stated, Word, World
from shootdown.model.usermem.type1 import (
    AXIOMS,
    BASE,
    CONSTANTS,
    EXTRA,
    GROWN,
    SIZE,
    WORDS,
    Kernel,
    posted,
)
from shootdown.model.usermem.types import Types

ONE = Kernel()
TWO = Kernel(newest=2, table=(SIZE, GROWN), accepts=(1, 2))

_AT_56 = Word("behind_56", BASE + SIZE, 4)
_AT_64 = Word("behind_64", BASE + GROWN, 4)
_REST = Word("between", BASE + SIZE + 4, 4)


def _world(
    name: str, summary: str, types: Types, *kernels: Kernel, words: tuple[Word, ...] = (), new: bool = False
) -> World:
    programs = tuple(posted(types, k) for k in kernels)
    return World(
        name, summary, programs, (*WORDS, *(words or (EXTRA,))), CONSTANTS, AXIOMS, lambda k: k.s.devices, new_user=new
    )


def worlds(types: Types) -> tuple[World, ...]:
    """Kernels of one version and of two; old and new kernels with what the header may go through."""
    return (
        _world("uapi-1", "IOMMU_UAPI_VERSION is 1, the driver looks at the version again", types, ONE),
        _world("unchecked", "the driver does not look at the version", types, Kernel(accepts=())),
        _world("uapi-2", "a second version exists, one u64 longer; the driver takes both", types, TWO),
        _world("zero-tested", "the lookup also refuses version 0", types, Kernel(zero=True)),
        _world("index-tested", "the lookup also refuses every version below 1", types, Kernel(lowest=1)),
        _world(
            "index-tested-unchecked",
            "the lookup also refuses every version below 1; the driver does not look at the version", types,
            Kernel(lowest=1, accepts=()),
        ),
        _world(
            "index-tested-uapi-2",
            "the lookup also refuses every version below 1; a second version exists, and the driver takes both", types,
            Kernel(newest=2, table=(SIZE, GROWN), accepts=(1, 2), lowest=1),
        ),
        _world("appended", "old user: version 2 appends a field, the table keeps its columns", types, ONE, TWO),
        _world(
            "field-behind", "old user: a field stands behind the embedded struct, which grows", types,
            Kernel(behind=_AT_56), Kernel(newest=2, table=(SIZE, GROWN), accepts=(1, 2), behind=_AT_64),
            words=(_AT_56, _REST, _AT_64, EXTRA_ALIAS),
        ),
        _world(
            "table-loses-columns", "old user: the table has the newest size only", types,
            ONE, Kernel(newest=2, table=(GROWN,), accepts=(1, 2)),
        ),
        _world(
            "newest-only", "old user: the new driver takes its newest version only", types,
            ONE, Kernel(newest=2, table=(SIZE, GROWN), accepts=(2,)),
        ),
        _world("new-user", "a user of version 2 on a kernel of version 1", types, ONE, TWO, new=True),
        _world("second-type", "a flag names a second struct behind the header", types, ONE, Kernel(data_flag=1)),
    )  # fmt: skip


EXTRA_ALIAS = Word("extra", BASE + GROWN + 8, 8)
"""In the world of the field behind, version 2 is not asked for: the appended field has no word of its own."""

_POSTED = (
    Stated(
        "checked-is-used", "uapi-1", "refuted",
        "a race alone ends in -EINVAL, but version 0 or a negative one gets a size from outside of the table (D3), and "
        "the driver sees another version: what a second thread stores, or what few bytes leave of the first",
    ),
    Stated("checked-is-used", "index-tested", "proved", "what differs from 1 at the second fetch ends in -EINVAL"),
    Stated("checked-is-used", "unchecked", "refuted", "D1: nobody looks at the version that is acted on"),
    Stated("checked-is-used", "index-tested-unchecked", "refuted", "D1 without the help of D3"),
    Stated("checked-is-used", "uapi-2", "refuted", "D1: sized as one version, acted on as another"),
    Stated(
        "checked-is-used", "index-tested-uapi-2", "refuted",
        "D1 without the help of D3: the driver reads behind the copy",
    ),
    Stated("reads-within-argsz", "uapi-1", "refuted", "D4: argsz = 8 is accepted, version and more are read"),
    Stated("table-index-in-bounds", "uapi-1", "refuted", "D3: version 0 and negative versions pass `version > 1`"),
    Stated("table-index-in-bounds", "zero-tested", "refuted", "D3: 0x80000001 is negative as an int"),
    Stated("table-index-in-bounds", "index-tested", "proved", "1 is the only index that is left"),
    Stated("negative-length-is-refused", "uapi-1", "refuted", "D2: kzalloc((size_t)-22) for version 2"),
    Stated("no-user-copy-under-lock", "uapi-1", "proved", "iommu->lock is taken after the last copy"),
    Stated("own-tags-only", "uapi-1", "refuted", "D8: nobody compares the PASID with those that the caller owns"),
    Stated("unknown-flags-are-refused", "uapi-1", "refuted", "the outer flags are tested, the inner ones are not"),
    Stated("reserved-must-be-zero", "uapi-1", "refuted", "nobody looks at the padding"),
    Stated("error-is-told", "uapi-1", "refuted", "a device was flushed before the next one refuses: an errno only"),
)  # fmt: skip

_GROWN = (
    Stated(
        "old-binary-works", "appended", "proved",
        "minsz ends before `version`, so a larger struct moves no test, and the length of an old call is still that of "
        "its version; the mail says otherwise",
    ),
    Stated("old-binary-works", "field-behind", "refuted", "the field moves by the size of what was appended before it"),
    Stated("old-binary-works", "table-loses-columns", "refuted", "more is copied than the old caller has"),
    Stated("old-binary-works", "newest-only", "refuted", "the driver refuses version 1"),
    Stated("old-binary-works", "new-user", "refuted", "D2: -ENOMEM says that memory is short"),
    Stated(
        "second-payload-fits", "second-type", "proved",
        "old kernels refuse every flag; that the C struct embeds one payload is a matter of the header, not of bytes",
    ),
)  # fmt: skip

ABI = Abi(
    name="type1-v1",
    source="<1584880325-10561-8-git-send-email-yi.l.liu@intel.com>, review <20200402142428.2901432e@w520.home>",
    summary="two fetches, the length from the version table, argsz compared with the header only",
    worlds=worlds,
    flags={"flags": 0, "inner_flags": 0b111},
    reserved=("padding",),
    tag="pasid",
    stated=(*_POSTED, *_GROWN),
)
