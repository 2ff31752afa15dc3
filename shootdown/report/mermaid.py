"""A trace as a Mermaid sequence diagram, for pages that draw one from its text."""

import re
from collections.abc import Iterator

from shootdown.counterexamples.render import failure
from shootdown.counterexamples.rounds import missing
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.report.effects import CALLER, KERNEL, Key
from shootdown.report.sequence import Diagram, Event, Lane, is_used, sequence
from shootdown.report.text import one_line
from shootdown.report.trace import Story, story
from shootdown.review.answer import Answer
from shootdown.search.verdict import Broken

_SPECIAL = {"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "`": "'", "{": "#123;", "}": "#125;", "%": "#37;"}


def mermaid_text(answer: Answer) -> str:
    """The diagram with the line to grep for as a comment; that alone where there is no trace."""
    comment = f"%% {one_line(answer)}\n"
    return comment + story_diagram(story(answer)) if isinstance(answer.verdict, Broken) else comment


def story_diagram(told: Story) -> str:
    """The diagram of a trace, with a newline at the end; of two runs one after the other."""
    return "\n".join(["sequenceDiagram", *(f"    {row}" for row in _rows(told))]) + "\n"


def _rows(told: Story) -> Iterator[str]:
    verb = "gets stuck in" if told.stuck else "violates"
    yield f"title {_plain(f'{told.request.design.name} {verb} {told.request.property.name}')}"
    if isinstance(told.system, Product):
        runs = [sequence(told.system.single, run) for run in runs_of(told.system, told.trace)]
        heads = [f"run {k}" for k in (1, 2)]
        words = failure(told.system, told.claim, told.trace)
    elif told.lasso is not None:
        runs, heads = [sequence(told.system, told.trace, told.lasso.lasso.back)], [""]
        response = next(r for r in told.responses if r.name == told.lasso.claim)
        words = missing(told.system, response, told.lasso)
    else:
        runs, heads = [sequence(told.system, told.trace)], [""]
        words = failure(told.system, told.claim, told.trace)
    lanes = [lane for lane in runs[0].lanes if any(is_used(run, lane.key) for run in runs)]
    yield from (f"participant {_id(lane.key)} as {_plain(lane.name)}" for lane in lanes)
    over = ",".join(dict.fromkeys((_id(lanes[0].key), _id(lanes[-1].key))))
    for head, run in zip(heads, runs, strict=True):
        yield from [f"Note over {over}: {head}"] if head else []
        yield from _run(run, over, lanes)
    yield f"Note over {over}: {_plain(words)}"


def _run(run: Diagram, over: str, lanes: list[Lane]) -> Iterator[str]:
    """The events; the round of a lasso in a frame."""
    known = {lane.key for lane in lanes}
    for number, event in enumerate(run.events):
        if number == run.back:
            yield "loop for ever"
        yield from _event(event, known)
    if run.back is not None:
        yield "end" if run.back < len(run.events) else f"Note over {over}: for ever nothing happens any more"


def _event(event: Event, known: set[Key]) -> Iterator[str]:
    """A message for each of those that are acted on, else a note; then a note for each lane that changes."""
    source = event.source
    words = _plain(f"{event.line.numbers}. {event.line.actor}: {event.line.sentence}")
    aims = [t for t in event.targets if t in known and t != source]
    for number, target in enumerate(aims):
        arrow = "-x" if event.lost else "-->>" if (source, target) == (KERNEL, CALLER) else "->>"
        yield f"{_id(source)}{arrow}{_id(target)}: {words if number == 0 else event.line.numbers}"
    if not aims:
        yield f"Note over {_id(source)}: {words}"
    for key, texts in event.cells.items():
        if key in known:
            yield f"Note over {_id(key)}: {_plain(', '.join(texts))}"


def _id(key: Key) -> str:
    """A participant's name inside the diagram."""
    kind, number = key
    word = re.sub(r"\W", "_", kind)
    return f"{word}{number}" if kind in {"Unit", "Device"} else word


def _plain(text: str) -> str:
    """A text in which no character ends or changes a statement."""
    return "".join(_SPECIAL.get(c, c) for c in text)
