"""Answers, verdicts, traces and matrices in notebooks: fragments that stand alone, with everything in them escaped."""

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from shootdown.report.notebook import SHOWN, Matrix, ask, matrix
from shootdown.report.trace import story
from shootdown.review.answer import Answer
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Scope, Unknown, Vacuous, Verdict
from tests.report.asked import asked, hangs, overwrite, two_runs

VOID = {"img", "br", "hr", "input", "meta", "link"}


class Fragment(HTMLParser):
    """What stands in a fragment: tags, attributes, text; `open` are the tags that nobody closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element with its attributes."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The end of the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text as a reader sees it."""
        self.text += f"{data} "


def fragment(thing: Any) -> Fragment:
    """What a notebook would show; it has to stand alone."""
    text = thing._repr_html_()
    found = Fragment(text)
    assert not found.open
    assert not {"script", "style", "link", "html", "body", "iframe"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "class"]
    assert all(value.startswith("data:image/svg+xml;base64,") for name, value in found.attributes if name == "src")
    assert "href" not in dict(found.attributes)
    assert text == thing._repr_html_()
    return found


def drawings(found: Fragment) -> Iterator[str]:
    """The pictures in a fragment."""
    for name, value in found.attributes:
        if name == "src":
            yield base64.b64decode(value.partition(",")[2]).decode()


def proved() -> Answer:
    """A proof for any number of devices."""
    return asked("type1-v1-stop", "failure-is-told")


@pytest.mark.parametrize("answer", [overwrite, hangs, two_runs], ids=["trace", "lasso", "pair"])
def test_a_refuted_answer_shows_its_run(answer: Any) -> None:
    """The drawing, each step in words, what is false, what it covers and leans on, and how to ask again."""
    found = fragment(answer())
    (drawing,) = drawings(found)
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    for word in ("refuted", "false at the end", "covers", "assuming", "reproduce", "shootdown check type1-v1"):
        assert word in found.text
    for run in re.findall(r"(\d+) steps", found.text):
        assert int(run) > 1
    assert fragment(story(answer())).text.count("VFIO_IOMMU_CACHE_INVALIDATE(g)") >= 1


def test_a_proof_says_what_it_covers_and_shows_its_lemmas() -> None:
    """Assumptions stand beside the outcome; no drawing."""
    found = fragment(proved())
    assert not list(drawings(found))
    assert "any number of" in found.text
    assert "driver_supports_nesting" in found.text
    assert "what is claimed" in found.text


def test_bare_verdicts_and_traces_are_shown_by_the_names_of_the_model() -> None:
    """Also those that are no proof and no trace, which say so."""
    verdict = overwrite().verdict
    assert isinstance(verdict, Refuted)
    assert "refuted" in fragment(verdict).text
    steps = fragment(verdict.trace)
    assert f"{len(verdict.trace)} steps" in steps.text
    assert all(step.action in steps.text for step in verdict.trace.steps)
    scope = Scope(({"Device": 2},))
    assert "not a proof" in fragment(HoldsTo(3, scope)).text
    assert "nothing: too many states" in fragment(Unknown("too many states", scope)).text
    assert "nothing: no cache" in fragment(Vacuous("no cache", scope)).text
    assert "any number" in fragment(proved().verdict).text
    assert "no other size" in fragment(Proved((), scope)).text


def test_a_matrix_has_a_mark_for_each_question() -> None:
    """Properties by designs; what was not asked is a dash, and each mark says what it covers."""
    found = fragment(Matrix((overwrite(), proved())))
    assert "R 9" in found.text
    assert found.text.count(" - ") == 2
    titles = [value for name, value in found.attributes if name == "title"]
    assert len(titles) == 2
    assert all("covers" in title for title in titles)


def test_questions_are_asked_by_name() -> None:
    """As on the command line."""
    found = matrix(["type1-v1"], ["success-means-coherent"], topology="two-domains")
    assert found.answers[0].outcome == "refuted"
    assert ask("type1-v1", "success-means-coherent", topology="two-domains", time=60).outcome == "refuted"


def test_what_a_design_says_is_never_markup() -> None:
    """Words of a design and of a verdict come back as text and add no element."""
    evil = "<script>alert(1)</script><b title='x\">&amp;"
    plain = overwrite()
    design = replace(plain.request.design, name=evil, summary=evil)
    attacked = replace(plain, request=replace(plain.request, design=design))
    assert sorted(fragment(attacked).tags) == sorted(fragment(plain).tags)
    assert evil in fragment(attacked).text
    assert evil in fragment(Unknown(evil, Scope(({},), fixed=(evil,)))).text
    titles = [value for name, value in fragment(Matrix((attacked,))).attributes if name == "title"]
    assert len(titles) == 1


def test_every_kind_of_verdict_can_be_shown() -> None:
    """Whoever adds an outcome says how a notebook shows it."""
    assert set(get_args(Verdict)) <= set(SHOWN)
