"""An answer as Markdown: what was asked, the steps as a table, the same as a Mermaid diagram, and what is wrong."""

from collections.abc import Iterator, Sequence

from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.report.effects import Key
from shootdown.report.mail import failure_text
from shootdown.report.mail_faults import fault_texts
from shootdown.report.mermaid import story_diagram
from shootdown.report.reproduce import arguments, shell_rows
from shootdown.report.sequence import Diagram, sequence
from shootdown.report.text import detail_texts, one_line
from shootdown.report.topology import start_items
from shootdown.report.trace import Story, observed, story
from shootdown.report.words import WIDTH, caller_word, sizes_text
from shootdown.review.answer import Answer
from shootdown.review.problem import Request
from shootdown.search.verdict import Broken


def markdown_text(answer: Answer, design: str) -> str:
    """The whole document with a newline at the end; `design` is the name or path of the design."""
    return markdown_body(answer) + markdown_end(answer.request, design)


def markdown_body(answer: Answer) -> str:
    """The document up to the command that prints it again: what is explained besides stands between the two."""
    request = answer.request
    rows = [f"## {request.design.name}: {request.property.name} {answer.outcome}", ""]
    rows += [cell(request.property.sentence), ""]
    if isinstance(answer.verdict, Broken):
        rows += _trace(story(answer))
    rows += [f"- {cell(text)}" for text in detail_texts(answer)]
    rows += ["", "```", one_line(answer), "```"]
    return "\n".join(rows) + "\n"


def markdown_end(request: Request, design: str, more: Sequence[str] = ()) -> str:
    """The command that prints the same document; `more` are options that do not narrow the question."""
    rows = ["", "```sh", *shell_rows([*arguments(request, design, "markdown"), *more], WIDTH), "```"]
    return "\n".join(rows) + "\n"


def _trace(told: Story) -> Iterator[str]:
    """A counterexample: where it starts, tables of its steps, the diagram, what is wrong at the end."""
    request = told.request
    yield f"Contract {request.contract}, policy {caller_word(request)}, topology {told.topology}:"
    yield sizes_text(told.trace.sizes) + "."
    yield ""
    if isinstance(told.system, Product):
        for number, run in enumerate(runs_of(told.system, told.trace), 1):
            yield from (f"- run {number}: {cell(item)}" for item in start_items(told.system.single, run))
            yield ""
            yield from steps(sequence(told.system.single, run))
            yield ""
    else:
        yield from (f"- {cell(item)}" for item in start_items(told.system, told.trace))
        yield ""
        back = told.lasso.lasso.back if told.lasso is not None else None
        yield from steps(sequence(told.system, told.trace, back))
        yield ""
    yield f"**False: {cell(failure_text(told))}**"
    yield ""
    yield f"- reach: {told.reach}"
    if not isinstance(told.system, Product):
        yield f"- the VMM sees: {cell(observed(told))}"
    yield from (f"- {cell(text)}" for text in fault_texts(told.system, told.trace) if text != "none")
    yield from ["", "```mermaid", story_diagram(told).rstrip("\n"), "```", ""]


def steps(diagram: Diagram) -> Iterator[str]:
    """A table of events; below the line of a loop those that repeat."""
    names: dict[Key, str] = {lane.key: lane.name for lane in diagram.lanes}
    yield "| step | who | what | changes | code |"
    yield "| ---: | --- | --- | --- | --- |"
    for number, event in enumerate(diagram.events):
        if number == diagram.back:
            yield "| | | **loop, for ever:** | | |"
        changes = "; ".join(f"{names.get(k, k[0])} {', '.join(texts)}" for k, texts in event.cells.items())
        line = event.line
        texts = (line.numbers, line.actor, line.sentence, changes, "; ".join(line.remarks))
        yield f"| {' | '.join(cell(text) for text in texts)} |"
    if diagram.back == len(diagram.events):
        yield "| | | **for ever: nothing happens any more** | | |"


def cell(text: str) -> str:
    """A text that neither ends a cell of a table nor begins a tag."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
