"""The words for why a proof holds."""

import json

import pytest

from shootdown.ir import System
from shootdown.ir.system import Assumption
from shootdown.report.why import GUARDS, UPDATES, VARIABLES, fact_words, why_record, why_text
from shootdown.report.words import WIDTH
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, system_of
from shootdown.review.why import Leaning, Why, kernel_actions
from shootdown.search.facts import Fact, Kind, facts_of
from shootdown.search.parametric import Stopped
from shootdown.search.verdict import Universal
from shootdown.search.why import Explained, Needed, Standing

LOCK = Fact("set_container", Kind.GUARD, "lock == FREE")
FLUSH = Fact("iotlb_flush", Kind.UPDATE, "iotlb")
STAGE = Fact("iotlb_flush", Kind.UPDATE, "stage")
OTHER = Fact("atc_flush", Kind.GUARD, "some(d) & condition(d) | that -> nobody(has, words, for)")


def example() -> Why:
    """One of each."""
    honest = Assumption("hardware_does_not_lie", "an ATC invalidation that is answered was carried out")
    other = Assumption("something_else", "of no interest")
    needed = (
        Needed(LOCK, Standing.REFUTED, 9, "coherent", alone=True),
        Needed(FLUSH, Standing.USED),
        Needed(STAGE, Standing.REFUTED, 3, "stuck", alone=True, stuck=True),
    )
    return Why(
        (Leaning(honest, Standing.REFUTED, 8, "coherent"),),
        (Leaning(other, Standing.UNTRIED, fewer=True),),
        frozenset(),
        Explained(needed, (OTHER,), Universal((), 7)),
    )


@pytest.fixture(scope="module")
def systems() -> list[System]:
    """Models whose facts have words."""
    names = [("ideal", "host-page-safe"), ("ideal", "success-means-coherent")]
    return [system_of(Request(find_design("best-effort"), find_property(p), c)) for c, p in names]


def test_sections_in_order() -> None:
    """Assumptions first; what is certain, what is only used, what is for stuck calls, what is not needed."""
    text = why_text(example())
    heads = [line for line in text.splitlines() if not line.startswith(" ")]
    assert [h.split(" (")[0] for h in heads] == [
        "needs", "leans on as well", "needs only so that no call gets stuck:", "does not need",
    ]  # fmt: skip
    rows = [line for line in text.splitlines() if line.startswith("  ") and not line.startswith("    ")]
    assert rows[0].startswith("  assumption hardware_does_not_lie")
    assert "set_container waits for iommu->lock (guard: lock == FREE): 9" in text
    assert "; without it there are only fewer runs" in " ".join(text.split())


def test_no_line_is_wider_than_a_page() -> None:
    """Long conditions are folded."""
    assert max(map(len, why_text(example()).splitlines())) <= WIDTH


def test_what_is_not_known_is_said() -> None:
    """An interrupt, or an answer without such a proof."""
    assert why_text(Stopped("interrupted")) == "  why it holds: not known, interrupted\n"
    assert why_record(Stopped("interrupted")) == {"reason": "interrupted"}


def test_untried_facts_are_not_called_needed() -> None:
    """What was not looked at stands in a list of its own."""
    whole = example()
    facts = Explained((Needed(LOCK, Standing.UNTRIED),), (), Universal((), 7), complete=False)
    text = why_text(Why((), whole.unneeded, frozenset(), facts))
    assert "not looked at, for want of time:\n  set_container waits" in text


def test_record() -> None:
    """The same as data; steps and the claim where a run says so."""
    data = json.loads(json.dumps(why_record(example())))
    assert [n["kind"] for n in data["needs"]] == ["assumption", "guard", "update", "update"]
    assert data["needs"][1]["steps"] == 9
    assert data["needs"][2] == {
        "kind": "update", "action": "iotlb_flush", "text": "iotlb", "words": fact_words(FLUSH), "without": "used",
        "steps": None, "claim": None, "only_so_that_no_call_gets_stuck": False,
    }  # fmt: skip
    assert data["does_not_need"][1]["text"] == OTHER.text
    assert data["obligations"] == 7


def test_every_word_is_about_a_fact(systems: list[System]) -> None:
    """A condition or an action that the model no longer has is not worded."""
    facts = [f for s in systems for f in facts_of(s, kernel_actions(s))]
    guards = {f.text for f in facts if f.kind is Kind.GUARD}
    assert set(GUARDS) <= guards
    assert set(UPDATES) <= {(f.action, f.text) for f in facts if f.kind is Kind.UPDATE}
    assert set(VARIABLES) <= {f.text for f in facts if f.kind is Kind.UPDATE}


def test_every_condition_has_words(systems: list[System]) -> None:
    """Each guard of the walk, of the life cycle and of map and unmap is worded, and so is what they change."""
    facts = [f for s in systems for f in facts_of(s, kernel_actions(s))]
    assert not {f.text for f in facts if fact_words(f).startswith("guard: ")}
    assert not {f.text for f in facts if fact_words(f).startswith(f"sets {f.text} ")}


def test_a_mail_has_the_same_in_72_columns_and_markdown_as_lists() -> None:
    """Every form says the same words in the same order."""
    mail, listed = why_text(example(), "mail"), why_text(example(), "markdown")
    assert max(map(len, mail.splitlines())) <= 72
    assert mail.isascii()
    assert mail.split() == why_text(example()).split()
    assert "\n- assumption hardware_does_not_lie (an ATC invalidation that is answered was carried out): 8" in listed
    assert listed.startswith("\n### Why it holds\n")
