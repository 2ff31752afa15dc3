"""One stated check about the bytes of a call, or about a range, as data for the page: facts, tables, a run or a proof.

What a cell shows is worded here; the script only lays it out.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from shootdown.ir.trace import Trace
from shootdown.model.ranges import Must
from shootdown.model.usermem.designs import abis
from shootdown.properties.range_is_covered import SENTENCE
from shootdown.report import bytes as bytes_report
from shootdown.report import ranges as ranges_report
from shootdown.report.bytes import HEAD, byte_rows, ending_texts, extent_text
from shootdown.report.page_bytes import bytes_run
from shootdown.report.page_grids import NOT_CHECKED
from shootdown.report.ranges import extent, width
from shootdown.report.words import plenty
from shootdown.review.ranges import RangeAnswer
from shootdown.review.single import BYTES, Single
from shootdown.review.usermem import Told
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous, Verdict, outcome

Data = dict[str, Any]
Fact = list[Any]
"""A term, its texts, and the kind of the row where it stands out."""


def bytes_data(cell: Single, told: Told, mark: str) -> Data:
    """An answer about the bytes of a call: where each word lies, who wrote it when, and which copy saw what."""
    asked, verdict = told.question, told.verdict
    trace = verdict.trace if isinstance(verdict, Refuted) else None
    command = f"shootdown check {asked.abi.name} {asked.property.name} --contract {asked.world.name}"
    return {
        **_base(cell, mark, outcome(verdict), bytes_report.one_line(told), command),
        "sentence": asked.property.sentence,
        "facts": list(_bytes_facts(cell, told, trace)),
        "tables": [_layout(told) if trace is None else _table("where each word lies", HEAD, byte_rows(told, trace))],
        "texts": list(takewhile(lambda text: not text.startswith("world "), bytes_report.details(told))),
        **({} if trace is None else {"trace": _bytes_trace(told, trace)}),
    }


def range_data(cell: Single, found: RangeAnswer, mark: str) -> Data:
    """An answer about a range: the smallest numbers that break the claim, or what the proof covers."""
    verdict = found.verdict
    line, command = ranges_report.one_line(found), f"shootdown range {cell.name}/{cell.place}"
    return {
        **_base(cell, mark, outcome(verdict), line, command),
        "sentence": SENTENCE,
        "facts": list(_range_facts(cell, found)),
        "tables": list(_numbers(found)),
        "texts": _joined(ranges_report.details(found)),
    }


def broken_data(cell: Single, sentence: str) -> Data:
    """A check that could not be made."""
    return {
        **_base(cell, NOT_CHECKED, "error", "", ""), "sentence": "", "facts": [["not checked", sentence, "odd"]],
        "tables": [], "texts": [],
    }  # fmt: skip


def _base(cell: Single, mark: str, word: str, line: str, command: str) -> Data:
    """What every such cell has; marks of the matrix have a blank, so that both tables look alike."""
    as_stated = word == cell.stated
    return {
        "about": cell.about, "design": cell.name, "property": cell.property, "place": cell.place, "outcome": word,
        "mark": f"R {mark[1:]}" if mark.startswith("R") and mark[1:] else mark, "line": line, "command": command,
        "stated": {"as": as_stated, "standing": "not as stated", "why": cell.why, "what": cell.stated},
    }  # fmt: skip


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Data:
    return {"caption": caption, "head": list(head), "rows": [[str(value) for value in row] for row in rows]}


# --- Bytes -----------------------------------------------------------------------------------------------------------


def _bytes_facts(cell: Single, told: Told, trace: Trace | None) -> Iterator[Fact]:
    asked, verdict = told.question, told.verdict
    yield ["claim", asked.property.sentence]
    yield ["outcome", _bytes_outcome(told)]
    if trace is not None:
        yield ["false at the end", list(ending_texts(told, trace)), "false"]
        yield ["memory", extent_text(trace)]
        yield ["reach", asked.property.reach]
    yield ["covers", _bytes_covers(told)]
    yield ["under", f"world {asked.world.name}: {asked.world.summary}"]
    yield ["supposed of the caller", [name for name, _ in asked.world.starts] or "nothing"]
    yield ["the call", f"{abis()[cell.name].summary} [{asked.abi.source}]"]
    yield _stated(cell, outcome(verdict))
    if asked.abi.prediction:
        yield ["prediction", f"no kernel was asked: {asked.abi.prediction}"]


def _bytes_outcome(told: Told) -> str:
    match told.verdict:
        case Refuted(trace=trace):
            stores = sum(s.action.startswith("store_") for s in trace.steps)
            return f"refuted: {plenty(len(trace), 'step')}, {plenty(stores, 'store')} of a second thread"
        case Proved(scope=scope):
            return f"proved for {scope.fixed[0]}"
    return outcome(told.verdict)


def _bytes_covers(told: Told) -> list[str]:
    match told.verdict:
        case Refuted():
            return ["one run", *told.verdict.scope.fixed[1:]]
        case Proved(scope=scope):
            return list(scope.fixed)
    return [f"nothing: {_reason(told.verdict)}"]


def _bytes_trace(told: Told, trace: Trace) -> Data:
    return {"false": "; ".join(ending_texts(told, trace)), "runs": [bytes_run(told, trace)]}


def _layout(told: Told) -> Data:
    """The words of the struct where no run says what stands in them."""
    words = told.question.world.words
    rows = sorted((w.offset, w.bytes, w.name) for w in words if isinstance(w.offset, int))
    moving = [("behind the others", w.bytes, w.name) for w in words if not isinstance(w.offset, int)]
    return _table("the words of the call's struct", HEAD[:3], [*rows, *moving])


# --- Ranges ----------------------------------------------------------------------------------------------------------


def _range_facts(cell: Single, found: RangeAnswer) -> Iterator[Fact]:
    posed = found.posed
    here = posed.variant.must.value
    yield ["claim", SENTENCE if here == SENTENCE else f"{SENTENCE}; here: {here}"]
    yield ["outcome", outcome(found.verdict)]
    yield ["covers", _range_covers(found)]
    yield ["the mistake", f"{posed.bug.title} [{posed.bug.source}]"]
    yield ["where", [f"{g.name}: {g.text}" for g in posed.given if g.meaning]]
    yield ["assuming", [f"{g.name}: {g.text}" for g in posed.given if not g.meaning] or "nothing"]
    yield _stated(cell, outcome(found.verdict))


def _range_covers(found: RangeAnswer) -> str:
    match found.verdict:
        case Refuted():
            return "one choice of the numbers, the smallest that breaks the claim"
        case Proved():
            return f"every value of every input, words of up to {width(found.posed.system)} bits"
    return f"nothing: {_reason(found.verdict)}"


def _numbers(found: RangeAnswer) -> Iterator[Data]:
    """The inputs of a refutation, and what is asked and told for them."""
    numbers, bug = found.numbers, found.posed.bug
    if numbers is None:
        yield _table("inputs", ("input", "sort", "meaning"), [(i.name, i.sort, i.doc) for i in bug.inputs])
        return
    docs = {i.name: i.doc for i in bug.inputs}
    rows = [(name, f"{value:#x}", docs[name]) for name, value in numbers.inputs.items()]
    rows += [
        ("asked", extent(numbers.asked), "the range that was asked for"),
        ("told", extent(numbers.told), "what the hardware is told to drop"),
        ("first left", f"{numbers.left:#x}", "the first address that was asked for and is not dropped"),
    ]
    if found.posed.variant.must is Must.COVER_OR_WARN:
        rows.append(("warning", "none", "what the kernel says"))
    yield _table("the smallest numbers, computed again in plain integers", ("number", "value", "meaning"), rows)


# --- Both ------------------------------------------------------------------------------------------------------------


def _stated(cell: Single, word: str) -> Fact:
    if word == cell.stated:
        return ["stated", f"as its file states, because {cell.why}"]
    return ["stated", f"not as stated: its file states {cell.stated}, because {cell.why}", "odd"]


def _reason(verdict: Verdict) -> str:
    """Why there is neither a proof nor a trace."""
    match verdict:
        case Vacuous(why=why):
            return why
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            return reason
    return ""


def _joined(rows: Iterator[str]) -> list[str]:
    """Wrapped rows as whole texts again: what is further in belongs to the text before."""
    found: list[str] = []
    for row in rows:
        if row.startswith("    ") and found:
            found[-1] += " " + row.strip()
        else:
            found.append(row.strip())
    return found


__all__ = ["BYTES", "broken_data", "bytes_data", "range_data"]
