"""Formulas in words: they say what the formula says, and leave no doubt about what belongs together."""

import pytest

from shootdown.ir import System
from shootdown.ir.parse import parse_formula
from shootdown.ir.sorts import EnumSort
from shootdown.model.build import build
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.model.world import World
from shootdown.report.page_lemmas import EQUALS, TERMS, TRUE_OF, in_words
from shootdown.report.page_words import TOLD_ELSEWHERE, VARIABLES

WORLD = World(designs()["type1-v1"])


@pytest.fixture(scope="module")
def system() -> System:
    """A model whose variables have words."""
    return build(WORLD)


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("forall d: Device. todo(d) -> lock != FREE",
         "for all devices d: if d is still to be visited, then iommu->lock is held"),
        ("forall d: Device. ~(touched(d) & has_ats(d) & ~acked(d))",
         "for all devices d: never all of these together: something was flushed for d in this call; "
         "d has ATS; d has not answered in this call"),
        ("stage != IOTLB -> (exists d: Device. todo(d))",
         "if a driver is in the middle of a visit, then (there is a device d with: d is still to be visited)"),
        ("(call == LOCKED) == (lock == INVALIDATE)",
         "the walk is under way exactly if CACHE_INVALIDATE holds iommu->lock"),
        ("todo(a) & (acked(a) | ~listed(b))",
         "a is still to be visited and (a has answered in this call or b was not on the list when the walk began)"),
        ("~(todo(a) | acked(a))", "a is not to be visited and a has not answered in this call"),
        ("~(exists d: Device. todo(d))", "there is no device d with: d is still to be visited"),
        ("~(forall d: Device. todo(d))", "not for all devices d: d is still to be visited"),
        ("iotlb(unit0, A, req, f)", "the IOTLB of unit0 holds the requested iova -> f for A"),
        ("forall x: Domain, f: Frame. ~iotlb(unit0, x, g, f)",
         "for all domains x; frames f: the IOTLB of unit0 does not hold g -> f for domain x"),
        ("ret == EINVAL -> req == g", "if the result is -EINVAL, then the requested iova is g"),
        ("unit_of(a) != unit_of(b)", "the unit of a is not the unit of b"),
    ],
)  # fmt: skip
def test_a_formula_is_a_sentence(system: System, formula: str, words: str) -> None:
    """What is negated, joined or bound by a quantifier is so in the sentence too."""
    assert in_words(parse_formula(formula, system)) == words


def test_what_has_no_words_stays_a_formula(system: System) -> None:
    """A case distinction has none; better a formula than a wrong sentence."""
    text = "ite(todo(a), ret, OK) == OK"
    assert in_words(parse_formula(text, system)) == text


def test_every_word_is_about_something() -> None:
    """Words name variables, values and arguments that some model has, and no variable of the posted call lacks them."""
    models = [build(World(d, c, with_parts=frozenset({"stage2"}))) for d in designs().values() for c in CONTRACTS[:1]]
    known = {v.name: v for model in models for v in model.variables}
    for name, both in TRUE_OF.items():
        if name in known:
            places = ["x"] * len(known[name].args)
            assert all(words.format(*places) for words in both)
    values = {name: v.sort.values for name, v in known.items() if isinstance(v.sort, EnumSort)}
    assert not [(name, value) for name, value in EQUALS if name in values and value not in values[name]]
    mutable = {v.name for v in build(WORLD).variables if not v.immutable}
    assert not mutable - VARIABLES.keys() - TOLD_ELSEWHERE
    assert not {v.name for v in build(WORLD).variables} - TRUE_OF.keys() - TERMS.keys() - {n for n, _ in EQUALS}
