"""Reasons on the page: every fact is said to be leaned on or not needed, and what can be asked besides is named."""

import itertools
import re
from collections.abc import Iterator

import pytest

from shootdown.report.page_answers import Asked, solve
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, system_of
from shootdown.review.why import kernel_actions
from shootdown.search.facts import facts_of
from tests.report.page_samples import sample

CHECK = r"shootdown check [a-z0-9-]+ [a-z-]+ --contract [a-z0-9.-]+( .*)? --why"
SHORT = 60
"""Conditions that are told by their words alone are longer."""


def test_a_proof_says_what_it_needs_and_what_it_does_not() -> None:
    """What the lemmas lean on and what they do without are told apart, with the command that tells more."""
    why = sample("any")["why"]
    titles = [title.split(" (")[0] for title, _ in why["sections"]]
    assert titles[-2:] == ["its lemmas lean on", "does not need"]
    assert all(texts for _, texts in why["sections"])
    assert "proved again without all of it" in why["sections"][-1][0]
    assert re.fullmatch(CHECK, why["command"])
    assert why["note"].startswith("The check was made under all the assumptions named above")


def test_every_fact_of_the_kernel_is_told_once() -> None:
    """In one of the two lists, in the model without the assumptions that are not needed."""
    sections = sample("any")["why"]["sections"]
    told = [text for _, texts in sections for text in texts]
    listed = list(itertools.chain.from_iterable(_facts(t) for t in told if not t.startswith("assumption ")))
    gone = [t.split()[1] for t in sections[-1][1] if t.startswith("assumption ") and "fewer runs" not in t]
    about = (find_design("type1-v1-stop"), find_property("failure-is-told"), "vtd-v10")
    facts = facts_of(system_of(Request(*about, without=frozenset(gone))), kernel_actions(system_of(Request(*about))))
    assert gone
    assert len(listed) == len(set(listed))
    assert set(listed) == {(f.action, f.text) for f in facts if len(f.text) < SHORT}


def _facts(text: str) -> Iterator[tuple[str, str]]:
    """`refused sets ... (update of ret); ...`: the action with each guard and update."""
    action, rest = text.split(maxsplit=1)
    for part in rest.split("; "):
        found = re.search(r"(\(?)(?:guard: |update of )(.*)", part)
        if found is not None:
            name = found[2].removesuffix(")") if found[1] else found[2]
            yield from [(action, name)] if len(name) < SHORT else []


def test_assumptions_are_in_one_of_the_lists() -> None:
    """Each assumption of the model is needed, leaned on or not needed."""
    cell = sample("any")
    told = [text.split()[1] for _, texts in cell["why"]["sections"] for text in texts if text.startswith("assumption")]
    assert sorted(told) == sorted(cell["assumes"])


def test_a_refutation_names_the_command_that_repairs_it() -> None:
    """Which facts repair it takes longer than a page may."""
    why = sample("refuted")["why"]
    assert why["sections"] == []
    assert re.fullmatch(CHECK, why["command"].replace("\n", " ").replace("\\ ", ""))


@pytest.mark.parametrize("kind", ["lasso", "pair", "vacuous", "error"])
def test_where_nothing_is_known_nothing_is_promised(kind: str) -> None:
    """`check --why` explains neither loops nor pairs."""
    assert "why" not in sample(kind)


def test_a_proof_at_sizes_says_that_it_is_not_explained() -> None:
    """There are no lemmas to look at."""
    why = sample("sizes")["why"]
    assert why["command"] == ""
    assert why["note"] == ""
    [[_, [text]]] = why["sections"]
    assert "not known" in text


@pytest.mark.long
def test_all_reasons() -> None:
    """With `why` a refutation has its repairs, and a proof the runs that go wrong without a fact."""
    refuted = solve(Asked("type1-v1", "failure-is-told", "ideal"), None, None, why=True).cell["why"]
    assert refuted["command"] == ""
    [[_, texts]] = refuted["sections"]
    assert "s.ret" in texts[0]
    proved = solve(Asked("type1-v1-stop", "failure-is-told", "ideal"), None, None, why=True).cell["why"]
    assert proved["command"] == ""
    assert proved["sections"][0][0].startswith("needs (the number of steps")
