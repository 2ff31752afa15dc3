"""Answers in a notebook: importing this module makes answers, verdicts, traces and matrices show themselves as HTML.

    from shootdown.report.notebook import ask, matrix
    ask("type1-v1", "success-means-coherent", topology="two-domains")
    matrix(["type1-v1", "best-effort"], ["success-means-coherent", "failure-is-told"], contract="ideal")

What is shown is a fragment that stands alone: no script, no style that could reach the rest of the notebook, nothing
that is fetched; every text is escaped. An answer has words for everything; a bare verdict or trace has the names of the
model only.
"""

import time as clock
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from shootdown.ir.trace import Trace
from shootdown.report.page_cell import cell_data, mark, row_label
from shootdown.report.page_trace import trace_data
from shootdown.report.sequence_svg import story_svg
from shootdown.report.trace import Story, story
from shootdown.report.words import plenty, sizes_text
from shootdown.review.answer import Answer, answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request
from shootdown.search.result import Limits
from shootdown.search.verdict import (
    Broken,
    HoldsTo,
    Proved,
    Refuted,
    RefutedLasso,
    Unknown,
    Vacuous,
    Verdict,
    outcome,
)

_CELL = "border:1px solid #8886;padding:.2em .5em;text-align:left;vertical-align:top"
_COLOURS = {
    "refuted": "#a8201a;background:#fdecea", "proved": "#14652f;background:#e4f4e8",
    "vacuous": "#7a4f00;background:#fdf1d7",
}  # fmt: skip
_OPEN = "#7a4f00;background:#fdf1d7"
_MOST = 200
"""Changes of a bare trace that are listed for one step; the others are counted."""


@dataclass(frozen=True)
class Matrix:
    """Answers as a table: properties, with what narrows them, by designs."""

    answers: tuple[Answer, ...]

    def _repr_html_(self) -> str:
        return matrix_html(self.answers)


def ask(design: str, prop: str, *, time: float | None = None, **narrowing: Any) -> Answer:
    """The answer to a question: names as `shootdown list` has them, or the path of a design's file.

    `narrowing` are fields of `shootdown.review.problem.Request`: contract, policy, topology, sizes and so on; `time`:
    seconds after which the search gives up. A UsageError names what does not exist.
    """
    request = Request(find_design(design), find_property(prop), seconds=time, **narrowing)
    return answer(request, Limits(deadline=None if time is None else clock.monotonic() + time))


def matrix(designs: Iterable[str], props: Iterable[str], **narrowing: Any) -> Matrix:
    """Every property asked of every design."""
    wanted = list(props)
    return Matrix(tuple(ask(design, prop, **narrowing) for design in designs for prop in wanted))


# --- Answers ---------------------------------------------------------------------------------------------------------


def answer_html(found: Answer) -> str:
    """Outcome, scope and assumptions; below them the drawing of the trace with its steps, or the proof."""
    cell = cell_data(found, found.request.design.name)
    parts = [_head(cell), _facts(cell)]
    if isinstance(found.verdict, Broken):
        parts += [_story(story(found), cell["trace"])]
    parts += [_list(cell["texts"])]
    for title, texts in cell.get("proof", {}).get("groups", ()):
        parts.append(_folded(f"{title}: {len(texts)}", _list(texts)))
    return _whole(parts)


def _head(cell: Any) -> str:
    more = f": {escape(cell['strength'])}" if cell["strength"] else ""
    return f"<p>{_badge(cell['outcome'])}{more} &#8212; {escape(cell['design'])}, <b>{escape(cell['row'])}</b></p>"


def _facts(cell: Any) -> str:
    trace = cell.get("trace", {})
    stated = cell["stated"]
    odd = stated and not stated["as"]
    rows = [
        ("claim", cell["sentence"]),
        ("false at the end", trace.get("false", "")),
        ("the VMM sees", trace.get("sees", "")),
        ("reach", trace.get("reach", "")),
        ("covers", "; ".join(cell["covers"])),
        ("under", f"contract {cell['contract']}, policy {cell['policy']}, topology {cell['topology']}"),
        ("fixed", "; ".join(cell["fixed"])),
        ("assuming", ", ".join(cell["assumes"]) or "nothing"),
        ("not as stated", f"{stated['what']}{stated['why']}" if odd else ""),
        ("reproduce", cell["command"]),
    ]
    return _table((), [row for row in rows if row[1]])


def story_html(told: Story) -> str:
    """A counterexample with its words: the drawing, and the steps."""
    data = trace_data(told)
    title = f"{told.request.design.name}, {told.request.property.name}"
    return _whole([f"<p>{_badge('refuted')} &#8212; {escape(title)}</p>", _story(told, data)])


def _story(told: Story, data: Any) -> str:
    """The drawing, as an image so that its style stays its own, and what it shows as text."""
    drawn = b64encode(story_svg(told).encode()).decode()
    words = escape(data["false"], quote=True)
    image = f'<p><img src="data:image/svg+xml;base64,{drawn}" alt="{words}" style="max-width:100%;background:#fff"></p>'
    tables = []
    for number, run in enumerate(data["runs"], 1):
        rows = [(r["n"], r["who"], "; ".join([r["text"], *r["more"]])) for r in run["rows"]]
        name = f"run {number}: " if len(data["runs"]) > 1 else ""
        tables.append(_folded(f"{name}{plenty(len(run['steps']), 'step')}", _table(("step", "who", "what"), rows)))
    return image + "".join(tables)


# --- Bare verdicts and traces ----------------------------------------------------------------------------------------


def verdict_html(verdict: Verdict) -> str:
    """An outcome with its scope, without the words that the question has."""
    rows = [*_of_verdict(verdict), ("fixed", "; ".join(verdict.scope.fixed))]
    parts = [f"<p>{_badge(outcome(verdict))}</p>", _table((), [row for row in rows if row[1]])]
    if isinstance(verdict, Broken):
        parts.append(_folded(plenty(len(verdict.trace), "step"), _steps(verdict.trace)))
    return _whole(parts)


def _of_verdict(verdict: Verdict) -> Iterator[tuple[str, str]]:
    match verdict:
        case Proved(for_any_number=True, notes=notes):
            yield "covers", "any number of elements, calls and steps"
            yield "notes", "; ".join(notes)
        case Proved(scope=scope, notes=notes):
            yield "covers", "; ".join(dict.fromkeys(sizes_text(n) for n in scope.sizes)) + "; no other size"
            yield "notes", "; ".join(notes)
        case Refuted(claim=claim, trace=trace, notes=notes) | RefutedLasso(claim=claim, trace=trace, notes=notes):
            yield "false", claim
            yield "covers", f"one run, at {sizes_text(trace.sizes) or 'one choice of values'}"
            yield "notes", "; ".join(notes)
        case HoldsTo(depth=depth, reason=reason):
            yield "covers", f"runs of up to {plenty(depth, 'step')}, which is not a proof"
            yield "why", reason
        case Vacuous(why=why):
            yield "covers", f"nothing: {why}"
        case Unknown(reason=reason):
            yield "covers", f"nothing: {reason}"


def trace_html(trace: Trace) -> str:
    """Steps and what each of them changes, by the names of the model."""
    sizes = sizes_text(trace.sizes)
    return _whole([f"<p>{plenty(len(trace), 'step')}{f', at {escape(sizes)}' if sizes else ''}</p>", _steps(trace)])


def _steps(trace: Trace) -> str:
    rows = []
    for number, step in enumerate(trace.steps, 1):
        changes = list(_changes(trace, number))
        shown = [*changes[:_MOST], *([f"and {len(changes) - _MOST} more"] if len(changes) > _MOST else [])]
        rows.append((number, f"{step.action}({', '.join(map(str, step.args))})", "; ".join(shown)))
    return _table(("step", "action", "what changes"), rows)


def _changes(trace: Trace, number: int) -> Iterator[str]:
    before, after = trace.states[number - 1], trace.states[number]
    for name, table in after.items():
        for point, value in sorted(table.items()):
            old = before[name][point]
            if old != value:
                where = f"({', '.join(map(str, point))})" if point else ""
                yield f"{name}{where}: {old} to {value}"


# --- Matrices --------------------------------------------------------------------------------------------------------


def matrix_html(answers: Sequence[Answer]) -> str:
    """Properties by designs; each mark says in words what it means where one points at it."""
    designs = list(dict.fromkeys(a.request.design.name for a in answers))
    contracts = list(dict.fromkeys(a.request.contract for a in answers))
    rows: dict[str, dict[str, list[str]]] = {}
    for a in answers:
        label = row_label(a.request) + (f", contract {a.request.contract}" if len(contracts) > 1 else "")
        rows.setdefault(label, {}).setdefault(a.request.design.name, []).append(_mark(a))
    body = [(escape(label), *(" ".join(own.get(d, ["-"])) for d in designs)) for label, own in rows.items()]
    head = f"<p>contract {escape(', '.join(contracts))}</p>" if len(contracts) == 1 else ""
    legend = "R, L: refuted in so many steps. A: proved for any number. H: proved at sizes. V: vacuous. ?: no answer."
    table = _table(("property", *designs), body, raw=True)
    return _whole([head, table, f"<p>{legend}</p>"])


def _mark(found: Answer) -> str:
    scope = "; ".join(cell_data(found, found.request.design.name)["covers"])
    words = escape(f"{found.outcome}; covers {scope}", quote=True)
    colour = _COLOURS.get(found.outcome, _OPEN)
    return f'<span title="{words}" style="color:{colour};padding:0 .3em">{escape(mark(found))}</span>'


# --- HTML ------------------------------------------------------------------------------------------------------------


def _whole(parts: Iterable[str]) -> str:
    return f'<div style="max-width:80em">{"".join(parts)}</div>'


def _badge(word: str) -> str:
    return f'<b style="color:{_COLOURS.get(word, _OPEN)};padding:0 .4em">{escape(word)}</b>'


def _list(texts: Iterable[str]) -> str:
    rows = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{rows}</ul>" if rows else ""


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], *, raw: bool = False) -> str:
    """A table; without `raw` each value is text."""
    heads = "".join(f'<th scope="col" style="{_CELL}">{escape(name)}</th>' for name in head)
    body = "".join(_row([str(value) if raw else escape(str(value)) for value in row]) for row in rows)
    top = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    return f'<table style="border-collapse:collapse">{top}<tbody>{body}</tbody></table>'


def _row(values: Sequence[str]) -> str:
    first, *more = values
    cells = "".join(f'<td style="{_CELL}">{value}</td>' for value in more)
    return f'<tr><th scope="row" style="{_CELL}">{first}</th>{cells}</tr>'


SHOWN: dict[type, Callable[[Any], str]] = {
    Answer: answer_html,
    Story: story_html,
    Trace: trace_html,
    **dict.fromkeys((Proved, Refuted, RefutedLasso, HoldsTo, Unknown, Vacuous), verdict_html),
}
"""Whom a notebook shows, and how. The classes lie in rooms that know of no report, so that they are told here."""

for _kind, _how in SHOWN.items():
    setattr(_kind, "_repr_html_", _how)  # noqa: B010 # no attribute that a type checker knows

__all__ = ["SHOWN", "Matrix", "answer_html", "ask", "matrix", "matrix_html", "story_html", "trace_html", "verdict_html"]
