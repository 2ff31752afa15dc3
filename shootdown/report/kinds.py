"""Several counterexamples to one check: each below what makes it different, then whether these are all kinds."""

import json
from dataclasses import dataclass, replace
from typing import Any

from shootdown.model.design import Expect
from shootdown.report.formats import JSON, MAIL, MARKDOWN, TEXT, body, end
from shootdown.report.lanes import wrap
from shootdown.report.mail import ascii_only
from shootdown.report.markdown import cell
from shootdown.report.text import check_text
from shootdown.report.trace import story, trace_file, trace_text
from shootdown.report.words import largest, narrowing, paragraph, searched_text, sizes_row, sizes_text
from shootdown.review.answer import Answer
from shootdown.review.kinds import told
from shootdown.search.different import Different
from shootdown.search.kinds import Kind
from shootdown.search.question import STUCK

FORMS = (TEXT, JSON, MAIL, MARKDOWN)
"""The forms in which several counterexamples are told."""

_ALL = "these are all kinds, except those that have all of one of these and more in it,"
_LARGER = "nothing larger was searched"

_WORDS = {"refused_without_ats": "refused (no ATS)", "refused_not_nested": "refused (the domain is not nested)"}
"""Refusals by the name of their action, in the words of their step; other names are words themselves."""


@dataclass(frozen=True)
class Several:
    """The counterexamples to a refuted answer; `design` is the name or path under which the design is found again.

    `asked`: as many were asked for.
    """

    answer: Answer
    found: Different
    design: str
    asked: int

    @property
    def each(self) -> tuple[Answer, ...]:
        """An answer for each counterexample."""
        return tuple(told(self.answer, one) for one in self.found.shown)

    @property
    def headings(self) -> tuple[str, ...]:
        """`trace 3 of 3, unlike trace 1: atc timed out instead of refused`; of the first its whole kind."""
        first, *others = (one.kind for one in self.found.shown)
        many = len(others) + 1
        rest = (f"{n} of {many}, unlike trace 1: {difference(kind, first)}" for n, kind in enumerate(others, 2))
        return (f"trace 1 of {many}: {kind_text(first)}", *(f"trace {text}" for text in rest))

    @property
    def closing(self) -> str:
        """Whether these are all kinds, but for those with more in them, and where; otherwise why there may be more."""
        if self.found.reason:
            return f"more may exist: {self.found.reason}"
        request = self.answer.request
        asked = ", ".join(narrowing(replace(request, where="", engine="")))
        narrowed = f"; {asked}" if asked else ""
        return f"{_ALL} {self._closed()}{narrowed}; {_LARGER}"

    def _closed(self) -> str:
        """The sizes of which all kinds are known: none before the first of them has a trace."""
        request, closed = self.answer.request, self.found.closed
        many = len({sizes_row(n) for n in closed})
        if many == 1:
            return f"at this size: {searched_text(request, closed)}"
        named = f"topology {request.topology}, " if request.topology else ""
        also = "" if request.topology or request.where or request.sizes else self._named()
        start = f", from starts where {request.where}" if request.where else ""
        first, last = sizes_text(closed[0]), sizes_text(largest(closed))
        return f"at these {many} sizes: {named}from {first} up to {last}{start}{also}"

    def _named(self) -> str:
        return "".join(f", and topology {name}" for name in self.answer.request.property.topologies)


def kind_text(kind: Kind) -> str:
    """`refused; the VMM sees 0; stale: the IOTLB of a unit still gives ...`."""
    texts = [_events(kind), _answers(kind), *([_claim(kind)] if kind.claim == STUCK else sorted(kind.failures))]
    return "; ".join(text for text in texts if text)


def difference(kind: Kind, first: Kind) -> str:
    """In what a kind differs from the first one."""
    texts = [f"{_claim(kind)} instead of {_claim(first)}"] if kind.claim != first.claim else []
    if kind.events != first.events:
        texts.append(_events_changed(kind, first))
    if kind.answers != first.answers:
        texts.append(f"{_answers(kind) or 'the VMM sees no answer'} instead of {_seen(first) or 'nothing'}")
    if kind.failures != first.failures:
        texts += sorted(kind.failures)
    return "; ".join(texts)


def _claim(kind: Kind) -> str:
    return "a call gets stuck" if kind.claim == STUCK else f"`{kind.claim}` is broken"


def _events(kind: Kind) -> str:
    return _named(kind.events) or "nothing fails"


def _events_changed(kind: Kind, first: Kind) -> str:
    new, gone = _named(kind.events - first.events), _named(first.events - kind.events)
    if new and gone:
        return f"{new} instead of {gone}"
    return f"{new} as well" if new and first.events else new or f"not {gone}"


def _named(events: frozenset[str]) -> str:
    return " and ".join(sorted(_WORDS.get(e, e.replace("_", " ")) for e in events))


def _answers(kind: Kind) -> str:
    return f"the VMM sees {_seen(kind)}" if kind.answers else ""


def _seen(kind: Kind) -> str:
    return " and ".join(sorted(a.removeprefix("ret ") for a in kind.answers))


def several_text(several: Several, form: str, expect: Expect | None) -> str:
    """All of them in one text with a newline at the end, but for the command that prints it again."""
    parts: list[str] = []
    for number, heading in enumerate(several.headings):
        stated = None if number else expect
        parts += [*_heading(heading, form), "", _one_body(several, number, form, stated)]
    if form == TEXT:
        parts += [*paragraph(several.closing, "", "  "), "", _below(several.answer, expect)]
    else:
        parts += [*_rows(several.closing, form), ""]
    return "\n".join(parts)


def one_text(several: Several, number: int, form: str, expect: Expect | None = None) -> str:
    """One of them without its heading; the command that prints it again asks for as many."""
    more = ["--traces", str(several.asked)]
    last = end(form, several.each[number], several.design, more)
    return _one_body(several, number, form, expect) + last


def _one_body(several: Several, number: int, form: str, expect: Expect | None) -> str:
    one = several.each[number]
    return trace_text(story(one)) if form == TEXT else body(form, one, several.design, expect)


def _heading(text: str, form: str) -> list[str]:
    return [f"# {cell(text)}"] if form == MARKDOWN else _rows(text, form)


def _rows(text: str, form: str) -> list[str]:
    match form:
        case "mail":
            return [ascii_only(row) for row in wrap(text, "", "  ")]
        case "markdown":
            return [cell(text)]
    return paragraph(text, "", "  ")


def _below(answer: Answer, expect: Expect | None) -> str:
    """What stands below the trace of a single answer."""
    return check_text(answer, expect).removeprefix(trace_text(story(answer)) + "\n")


def several_record(several: Several) -> dict[str, Any]:
    """The key `traces` of a record: each counterexample, whether these are all, and where."""
    found = several.found
    rows = zip(several.headings, several.each, found.shown, strict=True)
    return {
        "asked": several.asked,
        "complete": not found.reason,
        "reason": found.reason,
        "closed": [dict(sizes) for sizes in found.closed],
        "shown": [
            {
                "heading": heading,
                "claim": shown.kind.claim,
                "events": sorted(shown.kind.events),
                "answers": sorted(shown.kind.answers),
                "failures": sorted(shown.kind.failures),
                "steps": one.steps,
                "faults": one.tallies,
                "trace": json.loads(trace_file(story(one), several.design)),
            }
            for heading, one, shown in rows
        ],
    }
