"""User memory: copies byte by byte, ends of runs, the trap of mathematical integers, and rows of kernel-facts.md."""

from collections.abc import Mapping

import pytest

from shootdown.ir import Claim, Expectation, formula
from shootdown.ir.interp import successors
from shootdown.ir.slice import cone
from shootdown.ir.sorts import EnumSort
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState
from shootdown.model.usermem.build import longest, system
from shootdown.model.usermem.designs import abis
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Word, World
from shootdown.model.usermem.steps import blocks
from shootdown.model.usermem.types import INTEGERS, C, Errno, Types
from shootdown.model.usermem.usual import expected_start
from shootdown.properties import properties
from shootdown.review.usermem import SUBJECT, answer, question
from shootdown.search.result import Limits
from shootdown.search.unrolled import answered
from shootdown.search.verdict import Proved, Refuted

IOMMUFD, POSTED = abis()["iommufd-size-word"], abis()["type1-v1"]
TOLD = properties(SUBJECT)


def start(model: System, world: World, **values: int) -> ConcreteState:
    """The plain start with some values changed."""
    return {**expected_start(model, world), **{name: {(): value} for name, value in values.items()}}


def followed(abi: Abi, world_name: str, then: Mapping[int, str] = {}, **values: int) -> ConcreteState:
    """The last state of the run in which the kernel goes on alone, but for a store before the given steps."""
    world = abi.world(world_name)
    assert world is not None
    model = system(abi, world)
    state = start(model, world, **values)
    for number in range(longest(world)):
        found = {step.action: after for step, after in successors(model, state, {})}
        own = [name for name in found if not name.startswith("store_")]
        if not own:
            break
        state = found[then.get(number, own[0])]
    return state


def errno(abi: Abi, state: ConcreteState) -> str:
    """What the call answers."""
    world = abi.worlds(C)[0]
    sort = system(abi, world).by_name["ret"].sort
    assert isinstance(sort, EnumSort)
    return sort.values[state["ret"][()]]


MEASURED = (
    *(("none", n, 4, "OK", n) for n in (1, 2, 3, 4)),
    *(("flag_bit1", 4, k, "EOPNOTSUPP", k) for k in range(4)),
    *(("id_4", 4, k, "EINVAL", k) for k in range(4)),
)  # fmt: skip
"""kernel-facts.md, IOMMU_HWPT_INVALIDATE: case, entries, first bad entry, errno, handled."""


@pytest.mark.parametrize(("case", "entries", "bad", "answer_", "handled"), MEASURED)
def test_bad_entries_are_answered_as_measured(case: str, entries: int, bad: int, answer_: str, handled: int) -> None:
    """Work stops at the first bad entry, and entry_num says how many were handled."""
    kind = {"flag_bit1": 0, "id_4": 1, "none": 0}[case]
    end = followed(IOMMUFD, "6.12", entry_num=entries, bad=bad, bad_kind=kind, hwpt_id=1, own_hwpt=1)
    assert (errno(IOMMUFD, end), end["told_number"][()]) == (answer_, handled)
    assert end["done"] == end["told_number"]


def test_a_null_pointer_is_a_fault_at_the_size_word() -> None:
    """kernel-facts.md, base+40 on /dev/iommu: EFAULT, as the size word is read first."""
    assert errno(IOMMUFD, followed(IOMMUFD, "6.12", readable=0)) == "EFAULT"


@pytest.mark.parametrize(
    ("values", "answer_"),
    [
        ({"size": 31}, "EINVAL"),
        ({"size": 33, "junk": 1}, "E2BIG"),
        ({"size": 33, "junk": 0}, "OK"),
        ({"size": 4096, "readable": 64}, "EFAULT"),
        ({"reserved": 1}, "EOPNOTSUPP"),
        ({"bad": 2, "bad_kind": 2}, "EFAULT"),
        ({"writable": 0}, "EFAULT"),
        ({"hwpt_id": 2}, "ENOENT"),
    ],
)
def test_predictions_from_the_source(values: dict[str, int], answer_: str) -> None:
    """Predictions: no kernel was asked about these; domain.md 3.3 says so of the source."""
    end = followed(IOMMUFD, "6.12", {}, **{"hwpt_id": 1, "own_hwpt": 1, **values})
    assert errno(IOMMUFD, end) == answer_


def test_a_race_from_one_to_two_ends_in_einval_where_the_driver_checks() -> None:
    """D1 with one version: the second fetch sees 2, and the driver refuses it before anything is done."""
    end = followed(POSTED, "uapi-1", {2: "store_1"}, version=1, version_1=2)
    assert (errno(POSTED, end), end["done"][()], end["info_version"][()]) == ("EINVAL", 0, 2)


@pytest.mark.parametrize(
    ("length", "value"), [(0, 0), (8, 0), (9, 0x44), (11, 0x223344), (12, 0x11223344), (64, 0x11223344)]
)
def test_a_cut_word_keeps_its_low_bytes(length: int, value: int) -> None:
    """A copy that ends inside a word delivers the bytes before its end, as little-endian memory has them."""
    world = _toy(Copy("all", "k", 0, lambda k: k.s.length, ("w",), fixed=True), constants={"length": "size_t"})
    model = system(_abi(world), world)
    state = start(model, world, length=length, w=0x11223344)
    (after,) = [after for step, after in successors(model, state, {}) if step.action == "all"]
    assert after["k_w"][()] == value


@pytest.mark.parametrize(
    ("can", "length", "fine"),
    [
        (12, 4, True), (11, 4, False), (8, 1, False), (9, 1, True), (4, 4, False), (4, 0, True), (20, 13, False),
        (64, (1 << 64) - 8, False), (64, (1 << 64) - 1, False),
    ],
)  # fmt: skip
def test_a_copy_faults_at_any_byte(can: int, length: int, fine: bool) -> None:
    """From offset 8 on every byte has to be readable; an end that wraps is no smaller end; nothing never faults."""
    world = _toy(Copy("all", "k", 8, lambda k: k.s.length, ("w",)), constants={"length": "size_t"})
    model = system(_abi(world), world)
    (after,) = [after for step, after in successors(model, start(model, world, length=length, readable=can), {})]
    assert errno(_abi(world), after) == ("OK" if fine else "EFAULT")


def _toy(*steps: Copy | Do | Act, constants: Mapping[str, str] = {}) -> World:
    return World("toy", "a toy", (steps,), (Word("w", 8, 4),), constants)


def _abi(*worlds: World) -> Abi:
    def all_worlds(_types: Types) -> tuple[World, ...]:
        return worlds

    return Abi("toy", "a test", "a toy", all_worlds)


def _claim(model: System, build: object) -> Claim:
    return Claim("claim", Expectation.ALWAYS, formula(model, build))  # type: ignore[arg-type] # a lambda


def test_a_proof_needs_the_depth_at_which_runs_end() -> None:
    """Unrolled one step too little, a claim that holds so far is not proved."""
    world = _toy(Copy("first", "a", 8, 4, ("w",), fixed=True), Copy("second", "b", 8, 4, ("w",), fixed=True))
    model = system(_abi(world), world)
    true = _claim(model, lambda s: ~s.locked)
    short, enough = (answered(model, [true], n, Limits()) for n in (longest(world) - 1, longest(world)))
    assert short.certificate is None
    assert "no run of" in short.search.reason
    assert enough.certificate is not None


def test_a_second_thread_may_change_a_word_between_two_copies_only() -> None:
    """Two copies may differ; a copy and itself do not."""
    world = _toy(Copy("first", "a", 8, 4, ("w",), fixed=True), Copy("second", "b", 8, 4, ("w",), fixed=True))
    model = system(_abi(world), world)
    over = longest(world)
    same = _claim(model, lambda s: (s.a_w == s.b_w) | (s.b_w == 0) | (s.a_w == 0))
    found = answered(model, [same], over, Limits()).search.candidate
    assert found is not None
    assert [s.action for s in found.steps] == ["first", "store_1", "second"]


def test_a_second_thread_may_unmap_between_two_copies() -> None:
    """What the first copy could read, the second one may not."""
    world = _toy(Copy("first", "a", 8, 4, ("w",), fixed=True), Copy("second", "b", 8, 4, ("w",), fixed=True))
    model = system(_abi(world), world)
    never = _claim(model, lambda s: ~(s.ran_second & (s.ret == Errno.EFAULT)))
    found = answered(model, [never], longest(world), Limits()).search.candidate
    assert found is not None
    assert [s.action for s in found.steps] == ["first", "store_1", "second"]


def test_a_step_that_is_jumped_to_begins_a_block() -> None:
    """Else the kernel would stand in the middle of a block and be stuck there."""
    fails = Do("fails", tests=((lambda k: k.a_w == 1, Errno.EINVAL),), on_fail="tail")
    tail = Do("tail")
    steps = (Copy("first", "a", 8, 4, ("w",)), fails, Copy("second", "b", 8, 4, ("w",)), tail)
    assert [[s.name for s in b] for b in blocks(steps)] == [["first", "fails"], ["second"], ["tail"]]


def test_mathematical_integers_miss_the_huge_index() -> None:
    """The trap, D3: 0x80000001 is a negative int, but no negative integer; with 0 refused, integers see nothing."""
    asked = [question(POSTED, TOLD["table-index-in-bounds"], "zero-tested", types) for types in (C, INTEGERS)]
    found, missed = (answer(q).verdict for q in asked)
    assert isinstance(found, Refuted)
    assert isinstance(missed, Proved)


def test_mathematical_integers_miss_the_huge_size() -> None:
    """The trap, D2: (size_t)-22 is more than any allocator serves, -22 is less, so -ENOMEM is never answered."""
    found = []
    for types in (C, INTEGERS):
        world = POSTED.world("index-tested", types)
        assert world is not None
        model = system(POSTED, world, types)
        claim = _claim(model, lambda s: s.ret != Errno.ENOMEM)
        found.append(answered(cone(model, [claim.formula]), [claim], longest(world), Limits()))
    assert found[0].search.candidate is not None
    assert found[1].certificate is not None


def test_version_zero_is_out_of_bounds_among_the_integers_too() -> None:
    """What the trap does not hide."""
    assert isinstance(answer(question(POSTED, TOLD["table-index-in-bounds"], "uapi-1", INTEGERS)).verdict, Refuted)
