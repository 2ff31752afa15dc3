"""`iommufd-size-word`: a `size` word first, copy_struct_from_user, E2BIG, and an output that is written back.

domain.md 3.3: IOMMU_HWPT_INVALIDATE, merged in 6.8. kernel-facts.md has rows for bad entries of the array and for a
null pointer; what the model says of bad `size` words, trailing bytes, unreadable entries and unwritable outputs are
predictions from the source, and no kernel was asked.

`bad` is the first entry that is refused, `bad_kind` how: each entry is copied once, so the first bad one decides.
"""

from collections.abc import Callable
from typing import Any

from shootdown.ir import Expr, cast, ite
from shootdown.ir.expr import lift
from shootdown.model.uapi.iommufd import HWPT_INVALIDATE, VTD_S1_INVALIDATE
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Respond, Run, Stated, Step, Term, Word, Words, World
from shootdown.model.usermem.types import Errno, Types

MAIN = "6.12 iommufd/main.c: iommufd_fops_ioctl"
HWPT = "6.12 iommufd/hw_pagetable.c: iommufd_hwpt_invalidate"
NESTED = "6.12 intel/nested.c: intel_nested_cache_invalidate_user"
SIZE, ENTRY = HWPT_INVALIDATE.size, VTD_S1_INVALIDATE.size
PAGE, MOST_ENTRIES = 4096, 1 << 19
FLAGS, VALUE, UNREADABLE = 0, 1, 2
"""`bad_kind`: unknown flags or reserved bytes of an entry, a value that is refused, an entry that cannot be read."""


def _word(name: str, usual: int, then: tuple[int, ...] = (0, 1)) -> Word:
    place = HWPT_INVALIDATE.at(name)
    return Word(name.strip("_"), place.offset, place.field.size, usual, then)


WORDS = (
    _word("size", SIZE, (31, 33, 40, 0)),
    _word("hwpt_id", 1),
    _word("data_uptr", 0x10000),
    _word("data_type", 0),
    _word("entry_len", ENTRY),
    _word("entry_num", 4, (2, 1, 0)),
    _word("__reserved", 0),
    Word("junk", lambda k: cast(k.types.size_t, k.s.junk_at), 1),
)
"""`junk` stands for the trailing bytes: one of them, wherever it is, may be other than zero."""

CONSTANTS = {"junk_at": "u32", "own_hwpt": "u32", "bad": "u32", "bad_kind": "u8"}
AXIOMS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("trailing bytes lie behind the struct", lambda s: s.junk_at >= SIZE),
)


def trailing(k: Run) -> Expr:
    """How many bytes the caller has behind the struct that the kernel knows, as size_t."""
    size: Expr = cast(k.types.size_t, k.word_size)
    return ite(size > SIZE, size - SIZE, 0)


def known(k: Run) -> Expr:
    """`min(size, sizeof)` as size_t."""
    size: Expr = cast(k.types.size_t, k.word_size)
    return ite(size < SIZE, size, SIZE)


def refused(k: Run) -> Expr:
    """Some requested entry is refused."""
    bad: Expr = k.s.bad < k.cmd_entry_num
    return bad


def _copies(*names: str) -> dict[str, Term]:
    """Words as they stand in the kernel's copy of the struct."""

    def copy(name: str) -> Term:
        return lambda k: getattr(k, f"cmd_{name}")

    return {name: copy(name) for name in names}


HEAD: tuple[Step, ...] = (
    Copy("get_size", "word", 0, 4, ("size",), MAIN, fixed=True, offers="size"),
    Do(
        "check_size",
        tests=((lambda k: k.word_size < SIZE, Errno.EINVAL),),
        looks={"size": lambda k: k.word_size},
        says=lambda w: f"size = {w.after('word_size')} against {SIZE}",
        code=MAIN,
    ),
    Copy("check_zeroed", "rest", SIZE, trailing, ("junk",), MAIN),
    Do(
        "check_junk",
        tests=((lambda k: k.rest_junk != 0, Errno.E2BIG),),
        says=lambda w: "a trailing byte is not zero" if w.after("rest_junk") else "no trailing byte is set",
        code=MAIN,
    ),
    Copy("copy_struct", "cmd", 0, known, tuple(w.name for w in WORDS[:-1]), MAIN),
)

CHECK = Do(
    "check",
    tests=(
        (lambda k: k.cmd_reserved != 0, Errno.EOPNOTSUPP),
        (
            lambda k: (
                (k.cmd_entry_num != 0)
                & (
                    (k.cmd_data_uptr == 0)
                    | (k.cmd_entry_len == 0)
                    | (k.cmd_entry_len > PAGE)
                    | (k.cmd_entry_num > MOST_ENTRIES)
                )
            ),
            Errno.EINVAL,
        ),
        (lambda k: k.cmd_hwpt_id != k.s.own_hwpt, Errno.ENOENT),
        (lambda k: k.cmd_data_type != 0, Errno.EINVAL),
        (lambda k: (k.cmd_entry_num != 0) & (k.cmd_entry_len != ENTRY), Errno.EINVAL),
    ),
    looks=_copies("reserved", "entry_num", "hwpt_id", "data_type"),
    says=lambda w: f"{w.after('cmd_entry_num')} entries of {w.after('cmd_entry_len')} bytes",
    code=HWPT,
    on_fail="respond",
)


def _kind(k: Run) -> Expr:
    flags = ite(k.s.bad_kind == FLAGS, lift(Errno.EOPNOTSUPP), Errno.EINVAL)
    return ite(k.s.bad_kind == UNREADABLE, Errno.EFAULT, flags)


def _entries(w: Words) -> str:
    asked, bad = w.after("cmd_entry_num"), w.user("bad")
    return f"invalidates {min(asked, bad)} entries" + (f", entry {bad} is refused" if bad < asked else "")


ACT = Act(
    "act",
    uses=_copies("reserved", "entry_num", "hwpt_id", "data_type"),
    done=lambda k: ite(refused(k), k.s.bad, k.cmd_entry_num),
    fails=refused,
    errno=_kind,
    says=_entries,
    code=NESTED,
)
RESPOND = Respond("respond", "writes entry_num back", HWPT)


def worlds(_types: Types) -> tuple[World, ...]:
    """The merged kernel; one whose outputs can always be written."""

    def asked(k: Run) -> Any:
        return k.cmd_entry_num

    program = (*HEAD, CHECK, ACT, RESPOND)
    usual = {"junk_at": (SIZE,), "own_hwpt": (1,), "bad": (4, 2, 1), "bad_kind": (1,)}
    kernel = World("6.12", "as merged", (program,), WORDS, CONSTANTS, AXIOMS, asked, usual=usual)
    writable = (*AXIOMS, ("outputs can be written", lambda s: s.writable))
    sure = World(
        "writable-outputs", "the outputs can be written", (program,), WORDS, CONSTANTS, writable, asked, usual=usual
    )
    return kernel, sure


ABI = Abi(
    name="iommufd-size-word",
    source="domain.md 3.3 (6.12)",
    summary="a size word first, trailing bytes must be zero (E2BIG), entry_num is written back as handled",
    worlds=worlds,
    reserved=("reserved",),
    tag="pasid",
    prediction="bad size words, trailing bytes, unreadable entries and unwritable outputs",
    stated=(
        Stated("checked-is-used", "6.12", "proved", "size is copied twice, and only its first copy decides"),
        Stated("reads-within-argsz", "6.12", "proved", "every length is at most the size that was read first"),
        Stated("table-index-in-bounds", "6.12", "vacuous", "no size comes from a table of versions"),
        Stated("negative-length-is-refused", "6.12", "proved", "all lengths are unsigned"),
        Stated("no-user-copy-under-lock", "6.12", "proved", "no lock is held across the call"),
        Stated("own-tags-only", "6.12", "vacuous", "a request names no tag: the object has it"),
        Stated("reserved-must-be-zero", "6.12", "proved", "-EOPNOTSUPP"),
        Stated(
            "error-is-told", "6.12", "refuted",
            "where the write-back faults, -EFAULT hides the entries that were handled",
        ),
        Stated(
            "error-is-told", "writable-outputs", "proved", "entry_num is the number of entries handled, on errors too"
        ),
    ),
)  # fmt: skip
