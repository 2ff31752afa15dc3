"""A review as JUnit XML: one suite for each design, one case for each stated check.

A check passes if it is as the design states, refuted ones included. Another outcome is a failure. What is undetermined,
weaker than stated, broken off or not answered at all is an error: never a pass, and never skipped.
"""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from shootdown.report.review import Told
from shootdown.review.cells import Cell
from shootdown.review.expectation import Standing


def junit(told: Sequence[Told], unanswered: Sequence[Cell] = ()) -> str:
    """The document with a newline at the end; `unanswered` are cells that the review did not come to."""
    root = Element("testsuites", name="shootdown review")
    cells = [*(t.cell for t in told), *unanswered]
    for design in dict.fromkeys(cell.design for cell in cells):
        suite = SubElement(root, "testsuite", name=design)
        for one in told:
            if one.cell.design == design:
                _told(suite, one)
        for cell in unanswered:
            if cell.design == design:
                _wrong(_case(suite, cell), "error", "not answered", "the review ended before this check was answered")
        _count(suite)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, "unicode")}\n'


def _case(suite: Element, cell: Cell) -> Element:
    return SubElement(suite, "testcase", classname=cell.design, name=f"{cell.label}, {cell.contract}")


def _told(suite: Element, one: Told) -> None:
    case = _case(suite, one.cell)
    stated = one.cell.expect.statement(one.cell.contract)
    why = f"{one.standing.value}: {stated}{one.cell.expect.because}"
    if one.outcome == "error":
        _wrong(case, "error", "no answer", one.line)
    elif one.standing is Standing.WEAKER:
        kind = "undetermined" if one.outcome in {"unknown", "holds-to"} else one.standing.value
        _wrong(case, "error", kind, f"{one.line}\n{why}", one.text)
    elif one.standing is Standing.OTHER:
        _wrong(case, "failure", one.standing.value, f"{one.line}\n{why}", one.text)
    SubElement(case, "system-out").text = _legal(f"{one.line}\n{one.mail}")


def _wrong(case: Element, tag: str, kind: str, message: str, text: str = "") -> None:
    SubElement(case, tag, type=kind, message=_legal(message)).text = _legal(text or message)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", "0")


def _legal(text: str) -> str:
    """Without the control characters that XML does not know."""
    return "".join(c if c in "\n\t" or c >= " " else "?" for c in text)
