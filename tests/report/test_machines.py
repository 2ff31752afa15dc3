"""A review as files for other tools: JUnit, SARIF, Markdown, and a mail for each refuted check."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from shootdown.ir import UsageError
from shootdown.report import review
from shootdown.report.flow import places
from shootdown.report.junit import junit
from shootdown.report.review import Told, solve
from shootdown.report.review_files import named, review_markdown, save
from shootdown.report.sarif import sarif
from shootdown.review.answer import Answer
from shootdown.review.cells import Cell, cells
from shootdown.review.expectation import Standing
from shootdown.search.verdict import Scope, Unknown

KINDS = {"pass", "open", "informational", "notApplicable", "review", "fail"}
LEVELS = {"none", "note", "warning", "error"}


def cell(design: str, prop: str, contract: str, topology: str = "") -> Cell:
    """A stated check of the catalogue."""
    return next(
        c for c in cells()
        if (c.design, c.expect.property, c.contract, c.expect.topology) == (design, prop, contract, topology)
    )  # fmt: skip


@cache
def told(name: str) -> Told:
    """One result of each kind: `refuted` and `proved` as stated, `other` than stated, `open`, `error`."""
    refuted = cell("type1-v1", "success-means-coherent", "vtd-v10", "two-domains")
    if name == "refuted":
        return solve(refuted)
    if name == "pair":
        return solve(cell("type1-v1", "report-is-sufficient", "ideal"))
    if name == "other":
        expect = replace(refuted.expect, outcomes={"vtd-v10": "proved"}, why="it <says> so & more")
        return solve(replace(refuted, expect=expect))
    assert name == "proved"
    return replace(solve(refuted), outcome="proved", line="a line", text="a proof", trace="", mail="", flow=())


def test_a_row_names_the_policy_where_it_matters() -> None:
    """Also where a design states the property with the property's own, and no other row is about it."""
    labels = {c.label for c in cells() if c.expect.property in {"no-starvation", "recoverable", "host-page-safe"}}
    assert labels == {
        "no-starvation, retry-all, two-singleton-groups",
        "recoverable, retry-all, two-singleton-groups",
        "recoverable, reset-named-and-flush, two-singleton-groups",
        "host-page-safe",
    }


def without_answer() -> Told:
    """What `solve` says where the search finds nothing."""
    with_unknown = replace(told("refuted"), outcome="unknown", standing=Standing.WEAKER, trace="", mail="", flow=())
    return replace(with_unknown, mark="?", text="no answer: out of time")


def every() -> list[Told]:
    """One of each, and one that broke off."""
    error = Told(told("refuted").cell, "error", Standing.OTHER, "type1-v1 error: broken", "broken", {})
    return [told("refuted"), told("pair"), told("proved"), told("other"), without_answer(), error]


def checked(text: str) -> ElementTree.Element:
    """A JUnit document, against the elements and attributes that its readers share; counts are those of the cases."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    assert root.attrib.keys() == {"name", "tests", "failures", "errors"}
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.attrib.keys() == {"name", "tests", "failures", "errors", "skipped"}
        for case in suite:
            assert case.tag == "testcase"
            assert case.attrib.keys() == {"classname", "name"}
            tags = [child.tag for child in case]
            assert [t for t in tags if t not in {"failure", "error", "system-out"}] == []
            assert sum(t in {"failure", "error"} for t in tags) <= 1
            for wrong in case:
                assert wrong.tag == "system-out" or wrong.attrib.keys() == {"type", "message"}
        assert int(suite.attrib["tests"]) == len(suite)
        for tag in ("failure", "error"):
            assert int(suite.attrib[f"{tag}s"]) == len(suite.findall(f"testcase/{tag}"))
    for count in ("tests", "failures", "errors"):
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root)
    return root


def test_junit_passes_what_is_as_stated_and_nothing_else() -> None:
    """Refuted as stated passes, not as stated fails, undetermined and broken off are errors."""
    cases = checked(junit(every())).findall("testsuite/testcase")
    found = [next((c.tag for c in case if c.tag != "system-out"), "pass") for case in cases]
    assert found == ["pass", "pass", "pass", "failure", "error", "error"]
    wrong = [c.attrib["type"] for case in cases for c in case if c.tag != "system-out"]
    assert wrong == ["not as stated", "undetermined", "no answer"]


def test_junit_shows_the_trace() -> None:
    """The mail is what a CI page shows; texts are escaped."""
    text = junit(every())
    case, *_ = checked(text).findall("testsuite/testcase")
    assert "FALSE      stale: the IOTLB of unit0" in (case.findtext("system-out") or "")
    assert "it &lt;says&gt; so &amp; more" in text


def test_checks_that_were_not_reached_are_errors() -> None:
    """An interrupted review never reads as one that passed."""
    root = checked(junit([told("refuted")], [told("pair").cell]))
    assert (root.attrib["tests"], root.attrib["errors"]) == ("2", "1")
    assert root.find(".//error[@type='not answered']") is not None
    invocation = json.loads(sarif([told("refuted")], [told("pair").cell]))["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert "Not answered" in review_markdown([told("refuted")], [told("pair").cell])


def test_a_design_that_raises_is_an_error(monkeypatch: Any) -> None:
    """What a model's own mistake does to `solve`."""

    def breaks(*_: object) -> Answer:
        raise UsageError("there is no such thing")

    monkeypatch.setattr(review, "answer", breaks)
    one = solve(told("refuted").cell)
    assert one.outcome == "error"
    assert checked(junit([one])).find(".//error[@type='no answer']") is not None


def test_an_unknown_is_an_error(monkeypatch: Any) -> None:
    """From the verdict on: a search that gives up is no pass."""
    found = Unknown("out of time", Scope(()))
    monkeypatch.setattr(review, "answer", lambda request, _: Answer(request, review_system(), found, 1.0))
    one = solve(told("refuted").cell)
    assert checked(junit([one])).find(".//error[@type='undetermined']") is not None
    assert json.loads(sarif([one]))["runs"][0]["results"][0]["kind"] == "open"


def review_system() -> Any:
    """The system of the refuted check."""
    from tests.report.asked import overwrite  # noqa: PLC0415 # searched for only where it is needed

    return overwrite().system


def valid(log: dict[str, Any]) -> list[dict[str, Any]]:
    """A SARIF log's results, with what the standard requires (3.13 version, 3.14 tool, 3.19.2 name, 3.27 results)."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "shootdown"
    assert len({r["id"] for r in rules}) == len(rules)
    for result in run["results"]:
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["kind"] in KINDS
        assert result["level"] in LEVELS
        assert (result["kind"] == "fail") == (result["level"] != "none")
        for place in result["locations"]:
            assert all(spot["fullyQualifiedName"] for spot in place["logicalLocations"])
        for flow in result.get("codeFlows", ()):
            for thread in flow["threadFlows"]:
                assert thread["locations"]
                assert all(step["location"]["message"]["text"] for step in thread["locations"])
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool)
    found: list[dict[str, Any]] = run["results"]
    return found


def test_sarif_has_what_the_standard_requires() -> None:
    """Kinds and levels by outcome and standing; what has no answer is a notification."""
    log = json.loads(sarif(every()))
    results = valid(log)
    assert [(r["kind"], r["level"]) for r in results] == [
        ("fail", "note"), ("fail", "note"), ("pass", "none"), ("fail", "error"), ("open", "none"),
    ]  # fmt: skip
    (invocation,) = log["runs"][0]["invocations"]
    assert [n["message"]["text"] for n in invocation["toolExecutionNotifications"]] == ["type1-v1 error: broken"]


def test_code_references_are_logical_locations() -> None:
    """Of each step, and that of the last one for the result; the design's own file is the physical place."""
    first, second, *_ = valid(json.loads(sarif(every())))
    place = first["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "model/designs/type1_v1.py"
    assert place["logicalLocations"][1] == {
        "name": "vfio_iommu_type1_ioctl",
        "fullyQualifiedName": "v1 7/8 vfio_iommu_type1.c: vfio_iommu_type1_ioctl",
        "kind": "function",
    }
    (flow,) = first["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    assert steps[2]["location"]["message"]["text"] == "3. VMM: VFIO_IOMMU_CACHE_INVALIDATE(g)"
    assert "kind" not in steps[0]["location"]["logicalLocations"][0]
    assert len(second["codeFlows"][0]["threadFlows"]) == 2


def test_two_places_of_one_step() -> None:
    """A reference may name two functions of two files."""
    assert places("vfio.c: a; b.c: c") == ("vfio.c: a", "b.c: c")
    assert places("domain.md 4.2, 4.6") == ("domain.md 4.2, 4.6",)
    assert places("") == ()


def test_a_review_leaves_a_mail_for_each_refuted_check(tmp_path: Path) -> None:
    """And one file for each kind of reader; nothing of a proof goes into the mails."""
    found = [told("refuted"), told("pair"), told("proved")]
    save(found, [t.cell for t in found], tmp_path)
    names = {p.name for p in tmp_path.iterdir()}
    single = {"review.html", "review.md", "review.junit.xml", "review.sarif", "checks.txt", "checks.json"}
    assert single | {"traces", "mail"} == names
    mails = {p.name: p.read_text("utf-8") for p in (tmp_path / "mail").iterdir()}
    assert sorted(mails) == sorted(f"{t.cell.stem}.txt" for t in found[:2])
    assert all(text.isascii() and max(map(len, text.splitlines())) <= 72 for text in mails.values())


def test_what_would_have_the_same_name_gets_a_number() -> None:
    """No mail takes the place of another, whatever turns out to be refuted."""
    assert [name for name, _ in named([told("refuted"), told("proved"), told("other")])] == [
        "type1-v1.success-means-coherent.vtd-v10.any.two-domains",
        "type1-v1.success-means-coherent.vtd-v10.any.two-domains.1",
    ]


def test_every_refuted_check_has_a_file_name_of_its_own() -> None:
    """As the designs state them now."""
    stems = [c.stem for c in cells() if c.expect.outcomes[c.contract] == "refuted"]
    assert len(stems) > 50
    assert len(set(stems)) == len(stems)


def test_the_markdown_names_what_is_not_as_stated() -> None:
    """With links to each trace; a bar or a tag in a sentence does not break it."""
    text = review_markdown(every())
    assert "\n3 of 6 checks are as their design files state.\n" in text
    assert "## Not as stated" in text
    assert "it &lt;says> so & more" in text
    assert "[mail](mail/type1-v1.success-means-coherent.vtd-v10.any.two-domains.txt)" in text
