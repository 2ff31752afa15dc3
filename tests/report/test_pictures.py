"""Traces as Mermaid, as Markdown and as SVG."""

import re
from xml.etree import ElementTree

from shootdown.report.markdown import cell, markdown_text
from shootdown.report.mermaid import mermaid_text
from shootdown.report.sequence_svg import svg
from shootdown.review.answer import Answer
from shootdown.search.verdict import Scope, Unknown
from tests.report.asked import asked, hangs, overwrite, two_runs

STATEMENT = re.compile(
    r"(title .+|participant \w+ as .+|Note over \w+(,\w+)?: .+|\w+(->>|-->>|-x)\w+: .+|loop for ever|end)"
)
"""The few statements of Mermaid's sequence diagrams that are used here."""


def statements(text: str) -> list[str]:
    """The statements of a diagram below its comment and its first line."""
    comment, first, *rows = text.splitlines()
    assert comment.startswith("%% ")
    assert first == "sequenceDiagram"
    return [row.strip() for row in rows]


def test_every_statement_is_one_that_mermaid_knows() -> None:
    """Also with a loop, and for two runs; no character of a text ends a statement or begins a comment."""
    for answer in (overwrite(), hangs(), two_runs()):
        for row in statements(mermaid_text(answer)):
            assert STATEMENT.fullmatch(row), row
            text = row.partition(": ")[2]
            assert not re.search(r"[;<>{}%]|#(?!\w+;)", re.sub(r"#\w+;", "", text)), row


def test_the_diagram_of_the_overwritten_refusal() -> None:
    """Calls and flushes are messages, what happens within one lane is a note, and so is what changes."""
    rows = statements(mermaid_text(overwrite()))
    assert "user_VMM->>kernel: 3. VMM: VFIO_IOMMU_CACHE_INVALIDATE(g)" in rows
    assert "kernel->>Unit0: 6. driver: b: IOTLB of unit0 flushed for g, domain B" in rows
    assert "kernel-->>user_VMM: 8-9. kernel: the ioctl returns 0" in rows
    assert "Note over Unit0: A:g-#gt;f!" in rows
    assert rows[-1] == "Note over guest,Device1: stale: the IOTLB of unit0 still gives g -#gt; f to a"


def test_the_steps_of_a_loop_stand_in_a_frame() -> None:
    """From `loop` to `end`, and none of them outside."""
    rows = statements(mermaid_text(hangs()))
    inside = rows[rows.index("loop for ever") + 1 : rows.index("end")]
    assert [row.partition(": ")[2][:2] for row in inside] == ["6.", "7."]


def test_two_runs_follow_each_other() -> None:
    """Each below its name."""
    rows = statements(mermaid_text(two_runs()))
    assert sum(row.endswith(": run 1") for row in rows) == sum(row.endswith(": run 2") for row in rows) == 1


def undetermined() -> Answer:
    """No answer."""
    return Answer(overwrite().request, overwrite().system, Unknown("out of time", Scope(())), 1.0)


def test_without_a_trace_there_is_no_diagram() -> None:
    """Only the line to grep for, as a comment."""
    (row,) = mermaid_text(undetermined()).splitlines()
    assert row.startswith("%% type1-v1 success-means-coherent unknown ")


def test_markdown_has_a_table_a_diagram_and_the_failure() -> None:
    """Every step is a row of five cells; the loop has a row of its own."""
    text = markdown_text(hangs(), "type1-v1")
    rows = [row for row in text.splitlines() if row.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    assert [row.split("|")[1].strip() for row in rows[2:]] == ["1", "2", "3", "4-5", "", "6", "7"]
    assert "| | | **loop, for ever:** | | |" in rows
    assert "\n**False: hangs: the call is in the kernel for ever**\n" in text
    assert "\n```mermaid\nsequenceDiagram\n" in text
    assert text.count("```") % 2 == 0


def test_markdown_of_two_runs_has_a_table_for_each() -> None:
    """With its own start."""
    text = markdown_text(two_runs(), "type1-v1")
    assert text.count("| step | who | what | changes | code |") == 2
    assert "- run 2: domain A = {a, b}" in text


def test_markdown_without_a_trace_says_why() -> None:
    """The heading has the outcome, and the reason is below."""
    text = markdown_text(undetermined(), "type1-v1")
    assert text.startswith("## type1-v1: success-means-coherent unknown\n")
    assert "- no answer: out of time\n" in text
    assert "mermaid" not in text.replace("--format markdown", "")


def test_a_cell_stays_a_cell() -> None:
    """Neither a bar nor a tag nor emphasis comes out of a text."""
    assert cell("a|b <1584@x> *") == "a\\|b &lt;1584@x> \\*"


def drawing(answer: Answer) -> tuple[ElementTree.Element, list[str]]:
    """An SVG document and its texts in order."""
    root = ElementTree.fromstring(svg(answer))
    return root, [e.text or "" for e in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_drawing_has_lanes_steps_and_the_failure() -> None:
    """Heads of lanes, each step, what turned stale, and the failure; a title and a text to be read aloud."""
    root, texts = drawing(overwrite())
    lanes = ["guest", "user/VMM", "kernel", "IOTLB unit0", "a no ATS", "ATC b"]
    assert [t for t in texts if t in lanes] == lanes
    assert "3 VMM: VFIO_IOMMU_CACHE_INVALIDATE(g)" in texts
    assert texts.count("A:g->f!") == 2
    assert texts[-1] == "stale: the IOTLB of unit0 still gives g -> f to a"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "type1-v1 violates success-means-coherent"
    assert "8-9. kernel: the ioctl returns 0." in (root.findtext("{http://www.w3.org/2000/svg}desc") or "")


def test_a_drawing_is_self_contained_and_fits_its_frame() -> None:
    """No script, no address but the name of the format; nothing stands outside."""
    for answer in (overwrite(), hangs(), two_runs(), undetermined()):
        root, texts = drawing(answer)
        assert texts
        assert not re.search(r"<script|href|url\(|@import", svg(answer))
        width, height = int(root.attrib["width"]), int(root.attrib["height"])
        for element in root.iter():
            assert 0 <= int(element.attrib.get("x", 0)) <= width
            assert 0 <= int(element.attrib.get("y", 0)) <= height


def test_a_loop_is_framed_and_two_runs_are_named() -> None:
    """One frame with its words; each run below its own heads."""
    root, texts = drawing(hangs())
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == texts.count("loop, for ever") == 1
    _, texts = drawing(two_runs())
    assert texts.index("run 1") < texts.index("run 2")
    assert texts.count("kernel") == 2


def test_an_answer_that_never_comes_is_crossed() -> None:
    """Two strokes instead of a tip."""
    lost = asked("best-effort", "host-page-safe", "smmuv3-v10")
    plain, _ = drawing(overwrite())
    crossed, _ = drawing(lost)
    strokes = [[e for e in root.iter() if e.attrib.get("class") == "a"] for root in (plain, crossed)]
    tips = [[e for e in root.iter() if e.attrib.get("class") == "tip"] for root in (plain, crossed)]
    assert [len(s) - len(t) for s, t in zip(strokes, tips, strict=True)] == [0, 3]
