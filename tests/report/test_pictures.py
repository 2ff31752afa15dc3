"""Traces as Mermaid and as Markdown."""

import re

from shootdown.report.markdown import cell, markdown_text
from shootdown.report.mermaid import mermaid_text
from shootdown.review.answer import Answer
from shootdown.search.verdict import Scope, Unknown
from tests.report.asked import hangs, overwrite, two_runs

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
