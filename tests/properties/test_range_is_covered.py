"""Flushes that cover a range or do not: what each historical bug states, and judges that notice what is wrong."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shootdown.ir import UsageError
from shootdown.model.history import range_bugs
from shootdown.model.ranges import LAST_BYTE, RangeBug, masked_block, masked_block_by_hand
from shootdown.properties import properties
from shootdown.properties.range_is_covered import Posed, pose
from shootdown.review.ranges import answer, broken_by_hand, by_hand, first_left, known_breaks, questions
from shootdown.search.refute import EngineBug
from shootdown.search.verdict import Proved, Refuted, outcome

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

BUGS = range_bugs()
LEMMAS = [pose(bug, variant) for bug in BUGS.values() for variant in bug.variants]

NUMBERS: Mapping[str, tuple[dict[str, int], int]] = {
    "B02/buggy": ({"pages": 2, "pfn": 1}, 0x2000),
    "B03/buggy": ({"npages": 2, "addr": 0x1000}, 0x2000),
    "B04/buggy": ({"pages": 2, "address": 0x1000}, 0x2000),
    "B10/buggy": ({"start": 0, "end": LAST_BYTE}, 0),
    "B31/buggy": ({"size": 0x1002, "address": 0x2FFF}, 0x4000),
    "B39/buggy": ({"size": 0, "iova": 0, "all": 1}, 0),
    "B41/buggy": ({"size": 0, "iova": 0}, 0),
    "X8/buggy": ({"page_count": 0, "gfn": 0, "all": 1}, 0x1000),
    "npages-overflow/buggy": ({"npages": 1 << 52, "addr": 0}, 0x1000),
    "pfn-as-address/buggy": ({"npages": 1, "addr": 0x1000}, 0x1000),
    "int-npages/buggy": ({"size": 31, "addr": 0}, 0x1000),
}
"""Smallest inputs of each buggy variant and the first address that is left."""


def test_the_issue_has_a_lemma_for_each_bug() -> None:
    """Each bug that the review names is there, with a variant that is refuted and one that is proved."""
    assert set(BUGS) >= {n.split("/")[0] for n in NUMBERS}
    for bug in BUGS.values():
        assert {v.expected for v in bug.variants} == {"refuted", "proved"}


SLOW = {"B10/buggy", "npages-overflow/buggy"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.long] if n in SLOW else []) for n in sorted(NUMBERS)]
)
def test_buggy_variants_are_refuted_with_the_smallest_numbers(name: str) -> None:
    """The refutation has these inputs and leaves this address, computed again by hand."""
    (posed,) = questions(name)
    found = answer(posed)
    assert isinstance(found.verdict, Refuted)
    assert found.numbers is not None
    assert (dict(found.numbers.inputs), found.numbers.left) == NUMBERS[name]


@pytest.mark.long
@pytest.mark.parametrize("posed", LEMMAS, ids=lambda p: p.system.name)
def test_every_variant_answers_as_stated(posed: Posed) -> None:
    """Buggy ones are refuted and fixed ones proved for every word of 64 bits, as their files say."""
    assert outcome(answer(posed).verdict) == posed.variant.expected


@pytest.mark.parametrize("name", ["B31/fixed", "B39/fixed", "B41/fixed", "X8/fixed"])
def test_quick_fixes_are_proved(name: str) -> None:
    """Proofs that take a moment, each confirmed by a second solver and on corner cases."""
    (posed,) = questions(name)
    found = answer(posed)
    assert isinstance(found.verdict, Proved)
    assert found.verdict.notes[0].startswith("cvc5 confirms")
    assert found.sampled > 10


@pytest.mark.parametrize("bug", BUGS.values(), ids=list(BUGS))
def test_numbers_of_the_sources_break_the_buggy_variants(bug: RangeBug) -> None:
    """The example that a mail or a dossier gives is one in plain integers; B31's source gives none."""
    found = list(known_breaks(bug))
    assert bug.name == "B31" or found
    assert all(broken_by_hand(posed, numbers) for posed, numbers in found)


def test_the_example_of_b02_is_the_one_of_its_source() -> None:
    """pfn 0x17f, 3 pages: 0x17c to 0x17f are flushed, 0x180 and 0x181 stay, and the fix takes a mask of 8."""
    bug = BUGS["B02"]
    numbers = by_hand(pose(bug, bug.variant("buggy")), {"pages": 3, "pfn": 0x17F})
    assert (numbers.told, numbers.left) == ((0x17C000, 0x17FFFF), 0x180000)
    assert bug.variant("fixed").by_hand(pages=3, pfn=0x17F) == (0x100000, 0x1FFFFF)


def test_the_fix_of_b03_alone_does_not_cover() -> None:
    """Aligning down names the block that hardware takes anyway: without aligned callers it is refuted like the bug."""
    (posed,) = questions("B03/fixed-aligned-caller", frozenset({"caller_aligns"}))
    found = answer(posed)
    assert isinstance(found.verdict, Refuted)
    assert found.numbers is not None
    assert found.numbers.left == 0x2000


@pytest.mark.parametrize(
    ("name", "assumption"),
    [
        ("B04/fixed", "ends_below_2_to_63"),
        ("B10/fixed", "everything_or_below_2_to_62"),
        ("B41/fixed", "size_0_comes_with_address_0"),
        ("pfn-as-address/fixed", "caller_aligns"),
    ],
)
def test_assumptions_are_needed(name: str, assumption: str) -> None:
    """Each named assumption of a fixed variant is really leaned on."""
    (posed,) = questions(name, frozenset({assumption}))
    assert isinstance(answer(posed).verdict, Refuted)


def test_where_a_question_has_no_meaning_it_is_not_asked() -> None:
    """Conditions that give the question its meaning are no assumptions and cannot be withdrawn."""
    with pytest.raises(UsageError, match="does not assume `range_fits`; its assumptions are: caller_aligns"):
        pose(BUGS["B03"], BUGS["B03"].variant("fixed-aligned-caller"), frozenset({"range_fits"}))


def test_plain_integers_are_a_judge() -> None:
    """An expression that says something else than the plain integers is noticed, in a refutation and in a proof."""
    bug = BUGS["X8"]
    buggy, fixed = bug.variant("buggy"), bug.variant("fixed")
    for expressions, integers in ((buggy, fixed), (fixed, buggy)):
        mixed = replace(expressions, by_hand=integers.by_hand)
        with pytest.raises(EngineBug):
            answer(pose(bug, mixed))


def test_an_assumption_that_plain_integers_read_differently_is_noticed() -> None:
    """A condition whose two readings differ cannot carry a proof."""
    bug = BUGS["B41"]
    wrong = replace(bug, given=(replace(bug.given[0], by_hand=lambda **_: True), *bug.given[1:]))
    with pytest.raises(EngineBug, match="the assumptions exclude"):
        answer(pose(wrong, wrong.variant("fixed")))


@pytest.mark.parametrize(
    ("asked", "told", "left"),
    [
        ((0x1000, 0x2FFF), (0, 0x1FFF), 0x2000),
        ((0x1000, 0x2FFF), (0, 0x2FFF), None),
        ((0x1000, 0x2FFF), (0x2000, 0x2FFF), 0x1000),
        ((0x1000, 0x2FFF), None, 0x1000),
        (None, None, None),
        ((0, LAST_BYTE), (0, LAST_BYTE), None),
        ((5, 5), (6, 9), 5),
    ],
)
def test_the_first_address_that_is_left(
    asked: tuple[int, int] | None, told: tuple[int, int] | None, left: int | None
) -> None:
    """Before, inside, behind and nothing."""
    assert first_left(asked, told) == left


@pytest.mark.parametrize(("address", "mask"), [(0x17F000, 2), (0x1001, 0), (LAST_BYTE, 52), (1 << 63, 51), (0, 52)])
def test_hardware_ignores_the_bits_below_the_mask(address: int, mask: int) -> None:
    """The block that the expressions describe is the one of plain arithmetic: aligned, and a power of two of pages."""
    from shootdown.ir import u64  # noqa: PLC0415 # only here
    from shootdown.ir.expr import lift  # noqa: PLC0415
    from shootdown.ir.interp import evaluate  # noqa: PLC0415

    told = masked_block(lift(address, u64), lift(mask, u64))
    found = evaluate(told.first, {}, {}), evaluate(told.last, {}, {})
    assert found == masked_block_by_hand(address, mask)


def test_lemmas_are_no_properties_of_runs() -> None:
    """A claim about one calculation does not appear among the claims that a design is checked against."""
    assert "range-is-covered" not in properties()
    assert "success-means-coherent" in properties()
