"""Described interfaces: what a reviewer's file answers, against what the step-by-step models say."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.ir import UsageError, u8, u32, u64
from shootdown.ir.structs import FLEXIBLE, Field, Role, Struct, Union
from shootdown.model.uapi.compiled import NEW_USER, OLD, OLD_USER
from shootdown.model.uapi.memory import memory
from shootdown.model.uapi.proposal import BySize, ByTable, Kernel, Proposal
from shootdown.model.uapi.proposals import TABLE, proposals
from shootdown.review.abi import changes, extensible, find_proposal, questions
from shootdown.review.usermem import answer
from shootdown.search.verdict import Refuted, outcome
from tests.pages import blocks

HEAD = (Field("argsz", u32, role=Role.SIZE), Field("flags", u32, role=Role.FLAGS, known=1))
SMALL = Struct("s", (*HEAD, Field("a", u64)))
LARGE = Struct("s", (*HEAD, Field("a", u64), Field("b", u64)))

TOGETHER = [
    ("posted-appended", OLD_USER, "proved"),  # minsz ends before version, the length comes from the table
    ("posted-appended", NEW_USER, "refuted"),  # -ENOMEM is no clean error
    ("posted-field-behind", OLD_USER, "refuted"),  # the field moves
    ("posted-lost-columns", OLD_USER, "refuted"),  # more is copied than an old caller has
    ("posted-newest-only", OLD_USER, "refuted"),  # version 1 is refused
    ("data-ignored-tail", OLD_USER, "refuted"),  # bytes that were ignored get a meaning
    ("data-ignored-tail", NEW_USER, "refuted"),  # the old kernel drops the new field silently
]


def asked(name: str, prop: str, world: str) -> str:
    """The outcome of one question about a described interface."""
    found = [q for q in questions(find_proposal(name), (prop,)) if q.world.name == world]
    return outcome(answer(found[0]).verdict)


@pytest.mark.parametrize(("name", "world", "stated"), TOGETHER)
def test_old_binaries_answer_as_the_models_written_by_hand(name: str, world: str, stated: str) -> None:
    """Compiled from a description, old and new kernels answer what the step-by-step models of the same forms state."""
    assert asked(name, "old-binary-works", world) == stated


@pytest.mark.long
@pytest.mark.parametrize("world", [OLD_USER, NEW_USER])
def test_a_tail_that_must_be_zero_lets_a_struct_grow(world: str) -> None:
    """{argsz, flags, data[]} with -E2BIG for what is not known: old and new callers are both served."""
    assert asked("data-zero-tail", "old-binary-works", world) == "proved"


@pytest.mark.parametrize(
    ("prop", "stated"),
    [
        ("checked-is-used", "refuted"),
        ("reads-within-argsz", "refuted"),
        ("unknown-flags-are-refused", "refuted"),
        ("reserved-must-be-zero", "refuted"),
        ("table-index-in-bounds", "refuted"),
        ("negative-length-is-refused", "refuted"),
    ],
)
def test_the_posted_form_has_the_defects_of_the_dossier(prop: str, stated: str) -> None:
    """D1 to D4, inner flags and padding (domain.md 1.5), from the description of the struct and of two fetches."""
    assert asked("posted-appended", prop, OLD) == stated


@pytest.mark.parametrize("prop", ["checked-is-used", "reads-within-argsz", "unknown-flags-are-refused"])
def test_a_size_word_repairs_them(prop: str) -> None:
    """One fetch of the header, min(argsz, sizeof) behind it, every flag looked at."""
    assert asked("data-zero-tail", prop, OLD) == "proved"


def test_a_check_that_is_left_out_is_noticed() -> None:
    """The same description without the check of its flags, and without that of its reserved bytes, is refuted."""
    struct = Struct("s", (*HEAD, Field("a", u32), Field("__reserved", u32, role=Role.RESERVED)))
    for checks, good in ((("flags",), "unknown-flags-are-refused"), (("__reserved",), "reserved-must-be-zero")):
        proposal = Proposal("p", "a test", Kernel(struct, "flags", BySize(), checks))
        for prop in ("unknown-flags-are-refused", "reserved-must-be-zero"):
            (question,) = questions(proposal, (prop,))
            assert outcome(answer(question).verdict) == ("proved" if prop == good else "refuted")


def test_words_never_cross_the_boundary_of_a_field() -> None:
    """Where two kernels cut the same bytes differently, the words are the pieces that both can be put together from."""
    other = Struct("s", (*HEAD, Field("c", u32), Field("d", u32), Field("e", u64)))
    kernels = Kernel(SMALL, "flags", BySize()), Kernel(other, "flags", BySize())
    found = memory(kernels)
    assert [(w.offset, w.bytes) for w in found.words] == [(0, 4), (4, 4), (8, 4), (12, 4), (16, 8)]
    assert sum(w.bytes for w in found.of(kernels[0].at("a"))) == 8


def test_a_field_that_only_changes_its_type_keeps_no_meaning() -> None:
    """A u64 that becomes two u32 of other names: an old call means something else to the new kernel."""
    other = Struct("s", (*HEAD, Field("c", u32), Field("d", u32)))
    old, new = (Kernel(x, "flags", BySize(), ("flags",)) for x in (SMALL, other))
    proposal = Proposal("p", "a test", old, new)
    (question, _) = questions(proposal, ("old-binary-works",))
    assert outcome(answer(question).verdict) == "refuted"


def test_the_largest_member_of_a_union_stands_for_it() -> None:
    """Members of a union do not become words of their own on top of one another, in a payload either."""
    either = Union("u", (Field("small", u64), Field("large", Struct("l", (Field("x", u64), Field("y", u64))))))
    payload = Struct("p", (Field("either", either),))
    kernel = Kernel(Struct("s", (*HEAD, Field("data", u8, FLEXIBLE))), "flags", BySize(), payload=payload)
    assert [p.path for p in kernel.words()] == ["argsz", "flags", "data.either.large.x", "data.either.large.y"]


def test_changes_name_what_moves() -> None:
    """A field behind a struct that grows moves; what stays is not listed."""
    found = {c.path: (c.before, c.after) for c in changes(proposals()["posted-field-behind"])}
    before, after = found["behind"]
    assert before is not None
    assert after is not None
    assert (before.offset, after.offset) == (56, 64)
    assert found["cache_info.extra"][0] is None
    assert "cache_info.version" not in found


@pytest.mark.parametrize(
    ("world", "zero_tail", "stated"),
    [
        (OLD_USER, True, "proved"),
        (NEW_USER, True, "proved"),
        (OLD_USER, False, "refuted"),
        (NEW_USER, False, "refuted"),
    ],
)
def test_a_tail_that_must_be_zero_keeps_both_users_safe(world: str, zero_tail: bool, stated: str) -> None:
    """Ignored, it changes the meaning of old calls and loses the new field of new ones."""
    reads = BySize(zero_tail=zero_tail)
    old, new = (Kernel(s, "flags", reads, ("flags",)) for s in (SMALL, LARGE))
    (asked_,) = [
        q for q in questions(Proposal("s", "a test", old, new), ("old-binary-works",)) if q.world.name == world
    ]
    assert outcome(answer(asked_).verdict) == stated


def test_flags_that_the_other_kernel_cuts_up_keep_their_known_bits() -> None:
    """Bit 8 of a u32 is bit 0 of its second byte: known to the old kernel in both ways of looking."""
    size = Field("argsz", u32, role=Role.SIZE)
    whole = Struct("s", (size, Field("flags", u32, role=Role.FLAGS, known=0x100), Field("a", u64)))
    bytes_ = (Field("low", u8, role=Role.FLAGS), Field("next", u8, role=Role.FLAGS, known=1), Field("high", u8, 2))
    cut = Struct("s", (size, *bytes_, Field("a", u64)))
    old, new = Kernel(whole, "flags", BySize(), ("flags",)), Kernel(cut, "high", BySize(), ("low",))
    asked_ = questions(Proposal("s", "a test", old, new), ("old-binary-works",))
    (own,) = [q for q in asked_ if q.world.name == OLD_USER]
    verdict = answer(own).verdict
    assert isinstance(verdict, Refuted), "the old kernel takes bit 8, to which the new one gives another name"
    found = {w.offset: verdict.trace.states[0][w.name][()] for w in own.world.words}
    assert [found[at] for at in (4, 5, 6)] == [0, 1, 0]


def test_a_race_of_versions_is_a_read_behind_the_copy() -> None:
    """As in the posted code: the size of version 1, the content of version 2; a lookup that tests does not help."""
    new = TABLE.new
    assert new is not None
    assert isinstance(new.reads, ByTable)
    tested = replace(TABLE, new=replace(new, reads=replace(new.reads, tested=True)))
    (asked,) = [q for q in questions(tested, ("checked-is-used",)) if q.world.name == "new"]
    verdict = answer(asked).verdict
    assert isinstance(verdict, Refuted)
    assert verdict.claim == "the driver reads copied bytes only"
    assert not verdict.trace.states[-1]["index_bad"][()]


def test_a_second_payload_needs_flags_and_room() -> None:
    """An embedded payload cannot be replaced, unchecked flags cannot name one; data[] behind checked flags can be."""
    flexible = Struct("s", (*HEAD, Field("data", u8, FLEXIBLE)))
    assert not extensible(Kernel(SMALL, "flags", BySize(), ("flags",)))[0]
    assert not extensible(Kernel(flexible, "flags", BySize()))[0]
    assert extensible(Kernel(flexible, "flags", BySize(), ("flags",)))[0]


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Kernel(Struct("s", (Field("a", u32),)), "a", BySize()), "has no field with Role.SIZE"),
        (lambda: Kernel(SMALL, "flags", BySize(), ("a",)), "`a` has no Role.FLAGS or Role.RESERVED"),
        (lambda: Kernel(SMALL, "flags", BySize(), ("z",)), "struct s has no field `z`"),
        (lambda: Kernel(SMALL, "flags", ByTable("a", "a", (8,))), "is no u32 inside of `a`"),
        (lambda: Kernel(SMALL, "flags", BySize(), payload=LARGE), "has no data"),
    ],
)
def test_a_description_that_cannot_be_is_told(build: object, sentence: str) -> None:
    """One sentence says what the description lacks."""
    with pytest.raises(UsageError, match=sentence):
        build()  # type: ignore[operator]


FILE = """
from shootdown.ir import u8, u32, u64
from shootdown.ir.structs import Field, Role, Struct
from shootdown.model.uapi.proposal import BySize, Kernel, Proposal

HEAD = (Field("argsz", u32, role=Role.SIZE), Field("flags", u32, role=Role.FLAGS, known=1))
OLD = Struct("request", (*HEAD, Field("addr", u64){old}))
NEW = Struct("request", (*HEAD, Field("addr", u64), Field("count", u64)))
ABI = Proposal(
    "mine", "a test", Kernel(OLD, "flags", BySize(), ("flags",)), Kernel(NEW, "flags", BySize(), ("flags",))
)
"""


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(app, ["abi", *args], prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_the_file_of_the_page_is_answered(tmp_path: Path) -> None:
    """What docs/user-memory.md shows as a beginning is a description, and its flags are checked."""
    page = (Path(__file__).parents[2] / "docs/user-memory.md").read_text("utf-8")
    (block,) = [b for b in blocks(page) if b.language == "python"]
    path = tmp_path / "ours.py"
    path.write_text(block.text, "utf-8")
    code, out, err = run(str(path), "unknown-flags-are-refused")
    assert code == 0, err
    assert "ours unknown-flags-are-refused proved world=new" in out


def test_a_reviewers_own_file_is_answered(tmp_path: Path) -> None:
    """Layout, changes and the verdicts that the description allows; 1 because an ignored tail gets a meaning."""
    path = tmp_path / "mine.py"
    path.write_text(FILE.replace("{old}", ""), "utf-8")
    code, out, _ = run(str(path), "old-binary-works", "unknown-flags-are-refused")
    assert code == 1
    assert "      16     8  count" in out
    assert "mine unknown-flags-are-refused proved world=new" in out
    assert "mine old-binary-works refuted world=old-user" in out
    assert out.count("not proved)") == 2, "the answer about a second payload says on what it rests"
    assert all(len(line) <= 100 for line in out.splitlines())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (', Field("x", u32)', "its size 20 is not a multiple of its alignment 8"),
        (', Field("x", u8), Field("y", u32)', "a gap of 3 bytes between `x`"),
        (', Field("x", u32, offset=12)', "`x` at offset 12 overlaps `addr`"),
    ],
)
def test_a_wrong_layout_in_a_file_is_one_sentence_with_its_line(fields: str, sentence: str, tmp_path: Path) -> None:
    """Exit code 2, the line of the struct, what is wrong and where; no traceback."""
    path = tmp_path / "mine.py"
    path.write_text(FILE.replace("{old}", fields), "utf-8")
    code, out, err = run(str(path))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}:7: struct request: ")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1", "the file defines no ABI"),
        ("1 / 0", "ZeroDivisionError"),
        ("def", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
    ],
)
def test_a_file_that_describes_nothing_is_told(text: str, sentence: str, tmp_path: Path) -> None:
    """No ABI, a failing program, no program."""
    path = tmp_path / "mine.py"
    path.write_text(text, "utf-8")
    code, _, err = run(str(path))
    assert (code, err.count("\n")) == (2, 1)
    assert sentence in err


def test_names_that_do_not_exist_are_told() -> None:
    """An unknown description and an unknown property each get one sentence."""
    assert run("posted-apended")[2] == (
        "error: there is no description `posted-apended`; did you mean `posted-appended`?; "
        "a path to a .py file works too\n"
    )
    assert "does not answer `no-starvation`" in run("posted-appended", "no-starvation")[2]
