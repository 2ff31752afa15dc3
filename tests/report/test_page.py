"""The page: every cell leads somewhere, every trace is complete, nothing is fetched, and what is said stays text."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from shootdown.ir import UsageError
from shootdown.report.page import page, totals
from shootdown.report.page_cell import cell_data
from shootdown.report.page_pack import unpacked
from shootdown.report.page_state import items
from shootdown.report.page_tables import Tables, tables
from shootdown.report.page_trace import run_data
from shootdown.review.answer import answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted
from tests.report.page_samples import SAMPLES, SINGLES, sample, samples, single_samples, write_results

MOST_BYTES = 3_000_000
"""What a whole review may take."""

CELLS = 1000
"""More cells than a review has."""

TRACES = ("refuted", "lasso", "pair", "useful")


class Document(HTMLParser):
    """What the tests ask about a page: identities, links, attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.marks: list[dict[str, str | None]] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.sections: dict[str, str | None] = {}
        self.tags: list[str] = []
        self.data = ""
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag with what the tests ask about it."""
        own = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if (name := own.get("id")) is not None:
            self.ids.append(name)
        if tag == "a" and "mark" in (own.get("class") or ""):
            self.marks.append(own)
        if tag == "section" and "cell" in (own.get("class") or "").split():
            self.sections[own["id"] or ""] = own.get("data-cell")
        self._in_data = tag == "script" and own.get("id") == "data"

    def handle_data(self, data: str) -> None:
        """The text of the script that is data."""
        if self._in_data:
            self.data += data


def cells_in(document: Document) -> list[dict[str, Any]]:
    """The cells as the script gets to see them."""
    data = json.loads(document.data)
    return [unpacked(data["pool"], cell) for cell in data["cells"]]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of two results in files."""
    return tables(*write_results(tmp_path_factory.mktemp("results")))


@pytest.fixture(scope="module")
def document(given: Tables) -> Document:
    """A page with a cell of each kind and all tables."""
    return Document(page(samples(), given, single_samples()))


def test_every_mark_leads_to_a_section_and_every_cell_has_one(document: Document) -> None:
    """Nobody clicks in vain, and nothing on the page cannot be reached."""
    targets = [str(mark["href"]).removeprefix("#") for mark in document.marks]
    assert set(targets) == set(document.sections)
    numbers = sorted(int(n) for n in document.sections.values() if n is not None)
    assert numbers == list(range(len(SAMPLES) + len(SINGLES)))
    assert len(document.ids) == len(set(document.ids))
    assert all(mark.get("aria-label") for mark in document.marks)


def test_every_link_inside_the_page_has_a_target(document: Document) -> None:
    """Also those to the matrix and to the scope."""
    inside = [value for tag, name, value in document.attributes if (tag, name) == ("a", "href")]
    assert all(value is not None and value.removeprefix("#") in document.ids for value in inside)
    named = [value for _, name, value in document.attributes if name in ("aria-labelledby", "for")]
    assert all(value in document.ids for value in named)


def test_nothing_is_fetched(document: Document, given: Tables) -> None:
    """No address but places on the page and data in it; the browser is told not to ask for more."""
    addresses = [v for _, n, v in document.attributes if n in ("href", "src", "action", "srcset", "poster", "data")]
    assert all(str(v).startswith("#") or v == "data:," for v in addresses)
    text = page(samples(), given, single_samples())
    style, script = (re.search(p, text, re.DOTALL)[1] for p in (r"<style>(.*?)</style>", r"<script>(.*?)</script>"))  # type: ignore[index]
    assert not re.search(r"url\(|@import|https?:", style)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:|innerHTML|eval\(", script)
    policy = next(v for t, n, v in document.attributes if t == "meta" and n == "content" and "default-src" in str(v))
    assert "default-src 'none'" in str(policy)


@pytest.mark.parametrize("kind", TRACES)
def test_every_trace_has_all_steps(kind: str) -> None:
    """Rows follow each other without a gap to the last step, and each step has its state."""
    trace = sample(kind)["trace"]
    for run in trace["runs"]:
        places = [(row["first"], row["last"]) for row in run["rows"]]
        assert [n for first, last in places for n in range(first, last + 1)] == list(range(1, len(run["steps"]) + 1))
        assert len(run["first"]) == len(run["items"])
        told_in_later_rows = {n for first, last in places for n in range(first, last)}
        assert {int(n) for n in run["silent"]} == told_in_later_rows
    if "order" in trace:
        assert trace["order"][0] == [0, 0]
        assert trace["order"][-1] == [len(run["steps"]) for run in trace["runs"]]
        assert all(sum(b) > sum(a) for a, b in zip(trace["order"], trace["order"][1:], strict=False))


def test_states_of_the_page_are_those_of_the_run() -> None:
    """What the script adds up from changes is what the words say of every state that the interpreter gave."""
    request = Request(find_design("type1-v1"), find_property("success-means-coherent"), topology="two-domains")
    found = answer(request, Limits(), obligations=False)
    assert isinstance(found.verdict, Refuted)
    trace = found.verdict.trace
    data = run_data(found.system, trace)
    now = list(data["first"])
    shown = [tuple(now)]
    for changes in data["steps"]:
        for place, value in zip(changes[::2], changes[1::2], strict=True):
            now[place] = value
        shown.append(tuple(now))
    told = items(found.system, trace)
    assert shown == list(zip(*(item.values for item in told), strict=True))
    by_label = {item.label: item.values for item in told}
    assert by_label["iommu->lock"][0] == "free"
    assert "held by the call" in by_label["iommu->lock"]
    assert by_label["IOTLB of unit0"][-1] == "A: g -> f (stale)"
    assert by_label["PTE of g"][:3] == ("f", "f", "empty")
    assert cell_data(found, "type1-v1")["trace"]["false"] == sample("refuted")["trace"]["false"]


def test_no_name_of_a_variable_is_shown() -> None:
    """Items have words; names with underscores are the model's own."""
    labels = {label for kind in TRACES for run in sample(kind)["trace"]["runs"] for _, label in run["items"]}
    assert not [label for label in labels if "_" in label or label in {"pte", "iotlb", "atc", "ret", "todo", "acked"}]


def test_a_lasso_says_where_its_loop_begins_and_why_it_is_fair() -> None:
    """The loop is marked by the number of the state that comes back."""
    trace = sample("lasso")["trace"]
    assert sample("lasso")["mark"].startswith("L ")
    assert 0 <= trace["loop"] <= len(trace["runs"][0]["steps"])
    assert trace["fair"].startswith("fair:")


def test_two_runs_show_what_is_seen_in_both() -> None:
    """Each observed step stands in both runs with the same values, else they would not look alike."""
    one, two = ([row["seen"] for row in run["rows"] if "seen" in row] for run in sample("pair")["trace"]["runs"])
    assert one == two
    assert one


def test_what_one_run_changes_is_shown_of_both() -> None:
    """Who has answered is the evidence also in the run in which nobody does."""
    for kind, part in (("pair", "trace"), ("useful", "alike")):
        one, *more = (run["items"] for run in sample(kind)[part]["runs"])
        assert all(other == one for other in more)
        assert "answered in this call" in [label for _, label in one]


def test_proofs_name_what_they_cover_and_need() -> None:
    """Any number and sizes are told apart; lemmas are sentences; the certificate is summed up."""
    proved, sized = sample("any"), sample("sizes")
    assert (proved["mark"], sized["mark"]) == ("A", "H")
    assert proved["covers"][0].startswith("any number of")
    assert sized["covers"][0].startswith("these sizes only")
    assert set(proved["assumes"]) == proved["assumptions"].keys() != set()
    titles = [title for title, _ in proved["proof"]["groups"]]
    assert "what is claimed" in titles
    lemmas = [text for _, texts in proved["proof"]["groups"] for text in texts]
    assert not [text for text in lemmas if re.search(r"forall|~|==|&", text)]
    assert any("lemma" in text and "obligation" in text for text in proved["proof"]["certificates"])
    assert any("states" in text for text in sized["proof"]["certificates"])


def test_what_is_no_proof_does_not_look_like_one(document: Document) -> None:
    """Vacuous and failed checks have marks and kinds of their own, and say why."""
    assert (sample("vacuous")["mark"], sample("error")["mark"]) == ("V", "error")
    assert sample("error")["covers"][0].startswith("not checked: ")
    kinds = {
        str(mark["aria-label"]).split(": ")[1].split(",")[0]: mark["class"] for mark in document.marks[: len(SAMPLES)]
    }
    assert kinds["vacuous"] == "mark vacuous"
    assert kinds["error"] == "mark error"
    assert kinds["proved"] in ("mark any", "mark sizes")


def test_a_verdict_that_is_not_as_stated_is_marked() -> None:
    """`!` stands behind its mark, as in every other form of a review, and the head of the page counts it."""
    cell = sample("refuted")
    odd = cell | {"stated": cell["stated"] | {"as": False, "standing": "not as stated"}}
    assert cell["stated"]["as"]
    assert f">{cell['mark']}!</a>" in page([odd])
    assert f">{cell['mark']}!</a>" not in page([cell])
    assert totals([cell, odd]).endswith("1 not as the design files state")


def test_what_designs_say_is_never_markup() -> None:
    """A text that ends a script or opens a tag comes back as it was, and adds no element."""
    evil = '</script><script>alert(1)</script><b title="x">&amp; {{ 7 * 7 }} \u2028'
    cell = sample("refuted") | {
        "design": evil,
        "summary": evil,
        "sentence": evil,
        "row": evil,
        "line": evil,
        "texts": [evil],
    }
    plain, attacked = Document(page([sample("refuted")])), Document(page([cell]))
    assert sorted(plain.tags) == sorted(attacked.tags)
    assert cells_in(attacked)[0]["texts"] == [evil]
    assert cells_in(attacked)[0]["design"] == evil


def test_a_review_stays_small() -> None:
    """A thousand cells fit, though each has steps, states and words of its own."""
    refuted = [sample(kind) for kind in TRACES]
    own = [
        sample("any") | {"line": f"{k} of them", "row": f"row {k // 20}", "design": f"d{k % 20}"}
        for k in range(CELLS // 2)
    ]
    many = [
        refuted[k % len(TRACES)] | {"line": f"trace {k}", "row": f"row {k // 20}", "design": f"d{k % 20}"}
        for k in range(CELLS // 2)
    ]
    assert len(page([*own, *many]).encode()) < MOST_BYTES


def test_an_incomplete_page_says_so() -> None:
    """Interrupted or not, nobody takes a part for the whole."""
    assert "1 of 2 checks have no answer yet" in page([sample("refuted")], wanted=2)
    assert "have no answer yet" not in page([sample("refuted")])
    assert "3 of 3 checks have no answer yet" in page([], wanted=3)


def test_the_same_cells_give_the_same_page(given: Tables) -> None:
    """No clock and no order of a set gets into the file."""
    assert page(samples(), given) == page(json.loads(json.dumps(samples())), given)


def test_the_tables_show_standings_and_traces(given: Tables, document: Document) -> None:
    """Each trace once; what has none is no link."""
    assert [text["id"] for text in given.texts] == ["t0", "t1", "t2", "t3"]
    assert given.recover is not None
    assert given.explore is not None
    words = [cell["word"] for row in given.recover["rows"] for cell in row["cells"]]
    never = "safe but never recovers, loop after 3 steps"
    assert words == ["stale in 11 steps", never, "not expressible", "safe and live"]
    assert given.recover["open"] == ["on the list a, b, count [1]: {b} or {a, b}"]
    assert given.explore["ruled"][0]["share"] == "all 2"
    assert {"recover", "explore"} <= set(document.ids)


def test_a_table_that_is_not_there_names_the_command_that_makes_it(given: Tables) -> None:
    """Nobody takes the page without it for all there is."""
    for command in ("shootdown recover -o", "shootdown explore -o"):
        assert command in page([])
        assert command not in page(samples(), given)


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '{"cells": [{}], "sizes": {}, "left open": []}'])
def test_a_file_of_another_kind_is_one_sentence(text: str, tmp_path: Path) -> None:
    """Whatever stands in it, the user learns which file it is."""
    path = tmp_path / "recover.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"recover\.json is"):
        tables(path, None)
    with pytest.raises(UsageError, match=r"explore\.json cannot be read"):
        tables(None, tmp_path / "explore.json")
