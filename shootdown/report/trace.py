"""A counterexample as the text of a mail: what is violated, where it starts, what happens, what it means."""

import hashlib
import re
from dataclasses import dataclass, replace

from shootdown.counterexamples.itf import Header, dump
from shootdown.counterexamples.render import lines, render, step_rows
from shootdown.counterexamples.rounds import lasso_text
from shootdown.ir import Claim, Response, System
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.product import Product
from shootdown.ir.system import scalar_text
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.ir.view import say
from shootdown.model import report
from shootdown.report.pair import pair_example, pair_text
from shootdown.report.topology import topology_lines
from shootdown.report.words import WIDTH, caller_word, index_sort
from shootdown.review.answer import Answer
from shootdown.review.indistinct import Indistinct, indistinct, returned
from shootdown.review.problem import Request, responses_of, system_of
from shootdown.search.question import STUCK
from shootdown.search.verdict import Broken, RefutedLasso

NO_REACH = "none"
"""The reach of a kernel that is stuck: nothing is exposed."""

_DIGITS = 8
"""Hexadecimal digits by which a file name tells one condition on the start from another."""


@dataclass(frozen=True)
class Story:
    """A replayed trace with what it is a counterexample to.

    `topology` is its name, or "sizes"; `claims` and `responses` are all that the check looked at. `lasso`: the trace is
    its stem with one round of its loop.
    """

    request: Request
    system: System
    claim: Claim
    trace: Trace
    topology: str
    claims: tuple[Claim, ...]
    responses: tuple[Response, ...] = ()
    lasso: RefutedLasso | None = None

    @property
    def stuck(self) -> bool:
        """Whether the trace ends where the kernel cannot go on."""
        return self.claim.name == STUCK

    @property
    def reach(self) -> str:
        """What the violation exposes."""
        return NO_REACH if self.stuck else self.request.property.reach


def story(answer: Answer) -> Story:
    """The trace of a refuted check, told of the whole model: `--only` narrows a search and not what can happen."""
    verdict, claim = answer.verdict, answer.claim
    assert isinstance(verdict, Broken)
    assert claim is not None
    system = system_of(replace(answer.request, only=None)) if answer.request.only is not None else answer.system
    lasso = verdict if isinstance(verdict, RefutedLasso) else None
    asked = (answer.claims, responses_of(answer.request.property, system))
    return Story(answer.request, system, claim, verdict.trace, verdict.scope.topology, *asked, lasso)


def trace_text(story: Story) -> str:
    """The whole text, at most 100 columns wide, with a newline at the end."""
    title, *more = _title(story)
    if isinstance(story.system, Product):
        return pair_text(story.system, story.claim, story.trace, [title, *(f"  {t}" for t in more)], story.reach)
    if story.lasso is not None:
        response = next(r for r in story.responses if r.name == story.lasso.claim)
        texts = {"title": [title, *(f"  {t}" for t in more)], "closing": _closing(story)}
        where = topology_lines(story.system, story.trace)
        return lasso_text(story.system, response, story.lasso, topology_lines=where, **texts)
    return render(
        story.system,
        story.claim,
        story.trace,
        title=title,
        topology_lines=[*more, *topology_lines(story.system, story.trace)],
        closing=_closing(story),
    )


def example_text(request: Request, system: System, goal: str, trace: Trace) -> str:
    """A run that breaks nothing, in the layout of a counterexample."""
    title = f"{request.design.name}: an example run under contract {request.contract}"
    if isinstance(system, Product):
        return pair_example(system, goal, trace, title.replace("an example run", "two runs"))
    head = [title, *(f"  {t}" for t in topology_lines(system, trace))]
    return "\n".join([*head, "", *step_rows(lines(system, trace)), "", f"  {goal}", ""]) + "\n"


def trace_name(story: Story) -> str:
    """A file name without ending: what the trace is about, the same for the same check."""
    return check_name(story.request)


def check_name(request: Request) -> str:
    """A check as a file name, the same for the same check, and another one for whatever narrows the question."""
    words = [request.design.name, request.property.name, request.contract, caller_word(request)]
    words.append(request.topology or "sizes")
    if request.sizes:
        words.append("-".join(f"{n}{sort.lower()}" for sort, n in sorted(request.sizes.items())))
    words += [f"without-{name}" for name in sorted(request.without)]
    if request.only is not None:
        words.append("-".join(["only", *sorted(request.only)]))
    if request.where:
        words.append(f"where-{hashlib.sha256(request.where.encode()).hexdigest()[:_DIGITS]}")
    bounds = {"faults": request.faults, "depth": request.depth, "engine": request.engine or None}
    words += [f"{name}-{value}" for name, value in bounds.items() if value is not None]
    return ".".join(re.sub(r"[^\w.-]", "-", w) for w in words)


def trace_file(story: Story, design: str) -> str:
    """The trace as ITF JSON; `design` is the name or the path by which the design is found again."""
    request = story.request
    header = Header(
        design=design,
        property=request.property.name,
        contract=request.contract,
        policy=request.caller,
        topology=story.topology,
        sizes=dict(story.trace.sizes),
        claim=story.claim.name,
        model_hash=fingerprint(story.system, story.claims, story.responses),
        without=tuple(sorted(request.without)),
        where=request.where,
        elements=_elements(story),
    )
    return dump(header, story.system, story.trace, story.lasso.lasso.back if story.lasso is not None else None)


def _elements(story: Story) -> tuple[str, ...]:
    """The elements for which a response fails, by name."""
    if story.lasso is None:
        return ()
    response = next(r for r in story.responses if r.name == story.claim.name)
    return tuple(scalar_text(p.sort, v) for p, v in zip(response.params, story.lasso.elements, strict=True))


def _title(story: Story) -> list[str]:
    """What is violated and under what: one row where it fits, else two, or three for a design with a long name."""
    request = story.request
    usual = request.caller == request.property.policy == "hostile"
    policy = "" if usual else f", policy {caller_word(request)}"
    without = f", without {', '.join(sorted(request.without))}" if request.without else ""
    verb = "gets stuck while it is checked for" if story.stuck else "violates"
    claim = f"{verb} {request.property.name}"
    head = f"{request.design.name} {claim}"
    world = f"contract {request.contract}{policy}, topology {story.topology}{without}"
    row = f"{head}     {world}"
    if len(row) <= WIDTH:
        return [row]
    return [head, world] if len(head) <= WIDTH else [request.design.name, claim, world]


def _closing(story: Story) -> list[str]:
    ends = [f"reach: {story.reach}", f"the VMM sees: {observed(story)}", left_open(story)]
    return [text for text in ends if text]


def left_open(story: Story) -> str:
    """Which devices may be done as well when the VMM sees the same answer; empty where it tells, and for a loop."""
    if story.lasso is not None:
        return ""
    found = indistinct(story.system, story.trace, report.variables(story.request.design.report))
    return _open_text(story, found) if found is not None and found.others else ""


def observed(story: Story) -> str:
    """The answer that the VMM holds at the end, or that it has none."""
    end = returned(story.trace)
    if end is None:
        return "nothing (the call has not returned)"
    fields = [words for field in story.request.design.report if (words := _field(story, field, end))]
    return "; ".join(fields) or "no answer: the call returns nothing"


def _field(story: Story, field: str, end: ConcreteState) -> str:
    """A field of the report in words; nothing for one that is no part of the answer, or says nothing here."""

    def devices(name: str) -> str:
        device = index_sort(story.system, "Device")
        return ", ".join(device.element(d) for (d,), told in sorted(end[name].items()) if told)

    match field:
        case "errno":
            return say(story.system, "{ret}", (), (), end, story.trace.sizes)
        case "count":
            return f"count {end['count'][()]}"
        case "failing":
            return f"failing {failing}" if (failing := devices("failing")) else ""
        case "status":
            told = {"done": devices("told_done"), "failed": devices("told_failed")}
            return ", ".join(f"{word} {names}" for word, names in told.items() if names)
        case "entry":
            return f"entry {'failed' if end['entry_failed'][()] else 'done'}"
    return ""


def _open_text(story: Story, found: Indistinct) -> str:
    device = index_sort(story.system, "Device")
    sets = [f"{{{', '.join(device.element(d) for d in s)}}}" for s in (found.here, *found.others)]
    more = "" if found.complete else ", and perhaps others"
    return f"done = {sets[0]}; {observed(story)} is also the answer when done = {', '.join(sets[1:])}{more}"
