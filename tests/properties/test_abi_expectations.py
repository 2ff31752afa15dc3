"""Every verdict that a proposal states about its bytes is the one that is found; and controls for the claims."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shootdown.ir import Expr, ModelError, cast, disj
from shootdown.model.usermem.designs import abis
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Lock, Respond, Run, Stated, Step, Word, World
from shootdown.model.usermem.types import Errno, Types
from shootdown.properties import properties
from shootdown.report.bytes import one_line, told_text
from shootdown.review.usermem import SUBJECT, Told, answer, question
from shootdown.search.verdict import Refuted, outcome

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

TOLD = properties(SUBJECT)
STATED = [(abi, stated) for abi in abis().values() for stated in abi.stated]
MUST_SHOW = {
    ("type1-v1", "checked-is-used", "index-tested-uapi-2"),
    ("type1-v1", "checked-is-used", "index-tested-unchecked"),
    ("type1-v1", "checked-is-used", "index-tested"),
    ("type1-v1", "reads-within-argsz", "uapi-1"),
    ("type1-v1", "table-index-in-bounds", "uapi-1"),
    ("type1-v1", "negative-length-is-refused", "uapi-1"),
    ("mail-proposal", "reads-within-argsz", "uapi-1"),
    ("mail-proposal", "negative-length-is-refused", "uapi-1"),
    ("merged-5.10", "checked-is-used", "5.10"),
    ("iommufd-size-word", "error-is-told", "6.12"),
    ("type1-v3", "no-user-copy-under-lock", "v3"),
    ("argsz-flags-data", "old-binary-works", "copies-all"),
}
"""Asked in every run of the tests; the rest takes minutes."""


def marked(abi: Abi, stated: Stated) -> object:
    """One case, `long` where it is not among those that have to be shown always."""
    key = (abi.name, stated.property, stated.world)
    marks = [] if key in MUST_SHOW else [pytest.mark.long]
    return pytest.param(abi, stated, marks=marks, id=".".join(key))


@pytest.mark.parametrize(("abi", "stated"), [marked(*case) for case in STATED])
def test_the_verdict_is_as_stated(abi: Abi, stated: Stated) -> None:
    """What was written down before the first run, or changed for a reason that the statement gives."""
    found = answer(question(abi, TOLD[stated.property], stated.world))
    assert outcome(found.verdict) == stated.outcome, told_text(found)
    if isinstance(found.verdict, Refuted):
        assert found.verdict.claim != "stuck"


def test_what_must_be_shown_is_stated() -> None:
    """No case of the list has lost its statement, and no property is without one."""
    keys = {(abi.name, s.property, s.world) for abi, s in STATED}
    assert keys >= MUST_SHOW
    assert {s.property for _, s in STATED} == set(TOLD)


COPY = Copy("copy", "k", 0, 8, ("size", "flags"), fixed=True, offers="size")
WORDS = (Word("size", 0, 4, 8), Word("flags", 4, 4))
USES = Act("act", uses={"flags": lambda k: k.k_flags})


def toy(*steps: Step, flags: Mapping[str, int] = {}, reserved: tuple[str, ...] = (), tag: str = "") -> Abi:
    """A proposal of a few steps."""

    def worlds(_types: Types) -> tuple[World, ...]:
        return (World("toy", "a toy", (steps,), WORDS),)

    return Abi("toy", "a test", "a toy", worlds, flags=flags, reserved=reserved, tag=tag)


def _not_owned(k: Run, tag: Expr) -> Expr:
    """The tag is not among those of the caller, as a kernel would ask."""
    return disj(tag < k.s.own_first, tag - k.s.own_first > k.s.own_more)


def refuse(bits: int) -> Do:
    """Refuses these bits of the flags."""
    return Do(
        "refuse",
        tests=((lambda k: (k.k_flags & bits) != 0, Errno.EINVAL),),
        looks={"flags": lambda k: k.k_flags},
    )


AGAIN = Copy("again", "l", 0, 8, ("flags",))
LOOKS_AGAIN = Do("look", looks={"flags": lambda k: k.l_flags})
OTHER_DEVICE = Act("other", uses={"flags": lambda k: k.l_flags})
TAGGED = Act("tagged", uses={"flags": lambda k: k.k_flags})
OWNED = Do("owned", tests=((lambda k: _not_owned(k, cast(k.types.u64, k.k_flags)), Errno.EINVAL),))
FAILS = Act("fails", uses={"flags": lambda k: k.k_flags}, fails=lambda k: k.k_flags == 1)
FROM_SECOND = Act("act", uses={"flags": lambda k: k.l_flags})
LONGER = Copy("longer", "l", 8, 1, ())
REST = Copy("rest", "l", 8, lambda k: cast(k.types.size_t, k.k_size) - 8, ())
LARGE = Do("large", tests=((lambda k: k.k_size < 8, Errno.EINVAL),))

CONTROLS = [
    ("unknown-flags-are-refused", toy(COPY, refuse(0xFFFFFFFE), USES, flags={"flags": 1}), "proved"),
    ("unknown-flags-are-refused", toy(COPY, USES, flags={"flags": 1}), "refuted"),
    ("checked-is-used", toy(COPY, refuse(2), USES), "proved"),
    ("checked-is-used", toy(COPY, refuse(2), AGAIN, FROM_SECOND), "refuted"),
    ("checked-is-used", toy(COPY, refuse(2), AGAIN, LOOKS_AGAIN, USES), "refuted"),
    ("checked-is-used", toy(COPY, USES, AGAIN, OTHER_DEVICE), "refuted"),
    ("checked-is-used", toy(COPY, USES, AGAIN, replace(USES, name="other")), "proved"),
    ("reads-within-argsz", toy(COPY, LONGER, USES), "refuted"),
    ("no-user-copy-under-lock", toy(COPY, Lock("lock", True, "locks"), AGAIN, USES), "refuted"),
    ("no-user-copy-under-lock", toy(COPY, AGAIN, Lock("lock", True, "locks"), USES), "proved"),
    ("own-tags-only", toy(COPY, TAGGED, tag="flags"), "refuted"),
    ("own-tags-only", toy(COPY, OWNED, TAGGED, tag="flags"), "proved"),
    ("own-tags-only", toy(COPY, USES), "vacuous"),
    ("reserved-must-be-zero", toy(COPY, refuse(0xFFFFFFFE), USES, reserved=("flags",)), "refuted"),
    ("reserved-must-be-zero", toy(COPY, refuse(0xFFFFFFFF), USES, reserved=("flags",)), "proved"),
    ("unknown-flags-are-refused", toy(COPY, refuse(0x7FFFFFFE), USES, flags={"flags": 1}), "refuted"),
    ("error-is-told", toy(COPY, FAILS, Respond("respond", "writes back")), "refuted"),
    ("error-is-told", toy(COPY, FAILS), "refuted"),
    ("reads-within-argsz", toy(COPY, USES), "proved"),
    ("table-index-in-bounds", toy(COPY, USES), "vacuous"),
    ("negative-length-is-refused", toy(COPY, REST, USES), "refuted"),
    ("negative-length-is-refused", toy(COPY, LARGE, REST, USES), "proved"),
]


@pytest.mark.parametrize(("prop", "abi", "wanted"), CONTROLS, ids=range(len(CONTROLS)))
def test_each_claim_has_a_control_that_meets_it_and_one_that_breaks_it(prop: str, abi: Abi, wanted: str) -> None:
    """Toys of two or three steps."""
    assert outcome(answer(question(abi, TOLD[prop])).verdict) == wanted


REFUSES = Act("act", uses={"flags": lambda k: k.k_flags}, fails=lambda k: k.k_flags == 2)
MEANS_MORE = Act("act", uses={"flags": lambda k: k.k_flags + 1})
SHORT_OF_MEMORY = Do("memory", tests=((lambda k: (k.k_flags & 2) != 0, Errno.ENOMEM),))

PAIRS: list[tuple[tuple[Step, ...], tuple[Step, ...], bool, str]] = [
    ((COPY, USES), (COPY, USES), False, "proved"),
    ((COPY, refuse(2), USES), (COPY, USES), False, "proved"),
    ((COPY, USES), (COPY, refuse(2), USES), False, "refuted"),
    ((COPY, USES), (COPY, REFUSES), False, "refuted"),
    ((COPY, USES), (COPY, MEANS_MORE), False, "refuted"),
    ((COPY, refuse(0), USES), (COPY, USES), True, "vacuous"),
    ((COPY, refuse(2), USES), (COPY, USES), True, "proved"),
    ((COPY, SHORT_OF_MEMORY, USES), (COPY, USES), True, "refuted"),
]


@pytest.mark.parametrize(("old", "new", "new_user", "wanted"), PAIRS, ids=range(len(PAIRS)))
def test_old_and_new_kernels_have_controls(
    old: tuple[Step, ...], new: tuple[Step, ...], new_user: bool, wanted: str
) -> None:
    """Refused, refused late, of another meaning; a new user that no old kernel turns away, or not cleanly."""

    def worlds(_types: Types) -> tuple[World, ...]:
        return (World("toy", "a toy", (old, new), WORDS, new_user=new_user),)

    pair = Abi("toy", "a test", "a toy", worlds)
    assert outcome(answer(question(pair, TOLD["old-binary-works"])).verdict) == wanted


def test_two_kernels_have_to_speak_about_the_same_words() -> None:
    """Else a word that only one of them acts on would never be compared."""
    other = Act("act", uses={"size": lambda k: k.k_size})

    def worlds(_types: Types) -> tuple[World, ...]:
        return (World("toy", "a toy", ((COPY, USES), (COPY, other)), WORDS),)

    with pytest.raises(ModelError, match="only one of two kernels says what it makes of `flags`"):
        answer(question(Abi("toy", "a test", "a toy", worlds), TOLD["old-binary-works"]))


@pytest.fixture(scope="module")
def race() -> Told:
    """D1: a second version, the size of the first, acted on as the second."""
    return answer(question(abis()["type1-v1"], TOLD["checked-is-used"], "index-tested-uapi-2"))


def test_the_bytes_are_laid_out_in_the_text(race: Told) -> None:
    """Offset, length, what stood there, who stored what when, and which copy saw it; at most 100 columns."""
    rows = told_text(race).splitlines()
    (version,) = [row.split() for row in rows if " version " in row and "ver:" in row]
    assert version == ["8", "4", "version", "0x1", "0x2", "(step", "3)", "2", "ver:", "0x1,", "4", "info:", "0x2"]
    assert any("2nd thread" in row and "stores version = 0x2 (was 0x1)" in row for row in rows)
    assert any("version: decided on as 0x1, acted on as 0x2" in row for row in rows)
    assert max(len(row) for row in rows) <= 100


def test_the_line_to_grep_for(race: Told) -> None:
    """Everything that a script wants to find."""
    line = "type1-v1 checked-is-used refuted world=index-tested-uapi-2 steps=4 stores=1 reach=kernel-memory"
    assert one_line(race) == line
