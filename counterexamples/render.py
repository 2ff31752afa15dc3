"""A trace as the text of a mail: numbered steps, who acts, what happens, and which code it is.

At most 100 columns. Steps marked silent are folded into the next line, which keeps their numbers.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from shootdown.ir.interp import false_binding
from shootdown.ir.system import Action, Claim, System
from shootdown.ir.trace import ConcreteState, Step, Trace
from shootdown.ir.view import say
from shootdown.search.refute import step_text

WIDTH = 100
_NUMBERS = 4
_ACTORS = 11
_GAP = "   "


@dataclass(frozen=True, slots=True)
class Line:
    """One shown step: its number or range, who acts, what happens, and remarks on lines of their own."""

    numbers: str
    actor: str
    sentence: str
    remarks: tuple[str, ...] = ()


def render(
    system: System,
    claim: Claim,
    trace: Trace,
    *,
    title: str,
    topology_lines: Sequence[str],
    closing: Sequence[str],
) -> str:
    """The whole text with a newline at the end: title, topology, steps, then what is wrong at the end and `closing`."""
    head = [*wrapped(title, "", "  "), *(row for t in topology_lines for row in wrapped(t, "  ", "    "))]
    ends = [text for text in (failure(system, claim, trace), *closing) if text]
    return "\n".join([*head, "", *step_rows(lines(system, trace)), "", *closing_rows(ends)]).rstrip("\n") + "\n"


def lines(system: System, trace: Trace, before: int = 0) -> list[Line]:
    """The steps that a reader sees; silent ones count into the next, and the last is always shown.

    `before`: as many steps have been told already, so numbers go on from there.
    """
    found = []
    first = 1
    for number, step in enumerate(trace.steps, 1):
        action = system.action[step.action]
        if action.silent and not action.fault and number < len(trace):
            continue
        numbers = str(before + number) if first == number else f"{before + first}-{before + number}"
        found.append(_line(system, action, step, trace, number, numbers))
        first = number + 1
    return found


def step_rows(steps: Sequence[Line], beside: Sequence[Line] = ()) -> list[str]:
    """Steps as rows of text in three columns, as wide as those of the steps `beside` them."""
    wide = max([_NUMBERS, *(len(s.numbers) for s in (*steps, *beside))])
    actors = max([_ACTORS, *(len(s.actor) + 2 for s in (*steps, *beside))])
    rows = []
    for step in steps:
        start = f"{step.numbers:>{wide}}  {step.actor:<{actors}}"
        blank = " " * len(start)
        rows += wrapped(step.sentence, start, blank)
        for remark in step.remarks:
            rows += wrapped(remark, blank, blank)
    return rows


def failure(system: System, claim: Claim, trace: Trace) -> str:
    """What is wrong in the last state, in the claim's own words; its name where it has none."""
    last: ConcreteState = trace.states[-1]
    binding = false_binding(claim.formula, last, trace.sizes)
    if not claim.says:
        return f"{claim.name} does not hold"
    binders, values = tuple(b for b, _ in binding), tuple(v for _, v in binding)
    return say(system, claim.says, binders, values, last, trace.sizes)


def _line(system: System, action: Action, step: Step, trace: Trace, number: int, numbers: str) -> Line:
    before, after = trace.states[number - 1], trace.states[number]
    actor = say(system, action.actor, action, step.args, before, trace.sizes, after)
    sentence = say(system, action.says, action, step.args, before, trace.sizes, after) if action.says else ""
    remarks = [action.code] if action.code else []
    if action.fault:
        remarks.append(f"(fault; {f'seen: {action.seen}' if action.seen else 'never seen'})")
    return Line(numbers, actor, sentence or step_text(action, step.args), tuple(remarks))


def wrapped(text: str, first: str, later: str) -> list[str]:
    """`text` in rows of at most WIDTH columns; single words longer than a row are broken."""
    rows = textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
    return [row.rstrip() for row in rows] or [first.rstrip()]


def closing_rows(texts: Sequence[str]) -> list[str]:
    """Closing remarks side by side as far as they fit."""
    rows: list[str] = []
    for text in texts:
        if rows and len(rows[-1]) + len(_GAP) + len(text) <= WIDTH:
            rows[-1] += _GAP + text
        else:
            rows += wrapped(text, "  ", "    ")
    return rows
