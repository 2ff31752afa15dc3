"""Answers about the bytes of a call as text: where each word lies, who wrote it when, which copy saw what."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shootdown.counterexamples.render import Line, failure, lines, step_rows
from shootdown.ir.interp import evaluate
from shootdown.ir.trace import Trace
from shootdown.model.usermem.program import Copy, Run, Word, World, size
from shootdown.model.usermem.steps import PAUSE
from shootdown.report.words import paragraph, plenty
from shootdown.review.usermem import Told
from shootdown.search.question import STUCK
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous, outcome

HEAD = ("offset", "len", "word", "at the call", "stored later", "copied by step: value")
"""Columns of the table of bytes."""

_LAST = 52
"""Columns that are left for the copies of a word."""


def told_text(told: Told) -> str:
    """Everything about one answer, at most 100 columns wide, with a newline at the end."""
    trace = trace_text(told) if isinstance(told.verdict, Refuted) else []
    rows = [*trace, one_line(told), *(row for text in details(told) for row in paragraph(text))]
    if told.stated is not None and told.stated.outcome != outcome(told.verdict):
        rows += paragraph(f"not as stated: {told.stated.outcome}, because {told.stated.why}")
    return "\n".join(rows) + "\n"


def one_line(told: Told) -> str:
    """`type1-v1 reads-within-argsz refuted world=uapi-1 steps=2 stores=0 reach=caller`: a line to grep for."""
    asked, verdict = told.question, told.verdict
    head = [asked.abi.name, asked.property.name, outcome(verdict), f"world={asked.world.name}"]
    match verdict:
        case Refuted(trace=trace, claim=claim):
            stores = sum(s.action.startswith("store_") for s in trace.steps)
            head += [f"steps={len(trace)}", f"stores={stores}", f"reach={asked.property.reach}"]
            head += ["claim=stuck"] if claim == STUCK else []
        case Proved(certificate=(proof, *_)):
            head += ["values=all", f"k={getattr(proof, 'k', 0)}"]
    return " ".join(head)


def told_record(told: Told) -> dict[str, Any]:
    """The answer as data."""
    asked, verdict = told.question, told.verdict
    found: dict[str, Any] = {
        "design": asked.abi.name,
        "property": asked.property.name,
        "world": asked.world.name,
        "outcome": outcome(verdict),
        "expected": told.stated.outcome if told.stated else None,
        "fixed": list(verdict.scope.fixed),
        "assumptions": [name for name, _ in asked.world.starts],
    }
    if isinstance(verdict, Refuted):
        found |= {"claim": verdict.claim, "steps": len(verdict.trace), "reach": asked.property.reach}
        found["bytes"] = [dict(zip(("offset", "length", "word", "at_call", "stored", "copied"), row, strict=True))
                          for row in byte_rows(told, verdict.trace)]  # fmt: skip
    return found


def details(told: Told) -> Iterator[str]:
    """What a proof, or the lack of an answer, comes to; the world; what is supposed of the caller."""
    verdict, world = told.verdict, told.question.world
    match verdict:
        case Proved(notes=notes):
            yield f"proved for {verdict.scope.fixed[0]}: {'; '.join(notes)}, and none of them breaks the claim"
            yield "judged again: every depth, and that no run is longer, by fresh solvers"
        case Vacuous(why=why):
            yield why
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            yield f"no answer: {reason}"
        case Refuted(notes=notes):
            yield from notes
    yield f"world {world.name}: {world.summary}"
    if not isinstance(verdict, Refuted):
        yield f"fixed: {'; '.join(verdict.scope.fixed[1:])}"
    yield from (f"supposed of the caller: {name}" for name, _ in world.starts)
    if told.question.abi.prediction:
        yield f"prediction, no kernel was asked: {told.question.abi.prediction}"


def trace_text(told: Told) -> list[str]:
    """A counterexample: what is violated, the bytes, the steps, and what is wrong at the end."""
    assert isinstance(told.verdict, Refuted)
    trace, asked = told.verdict.trace, told.question
    verb = "gets stuck while it is checked for" if told.verdict.claim == STUCK else "violates"
    rows = [f"{asked.abi.name} {verb} {asked.property.name}     world {asked.world.name}"]
    rows += paragraph(extent_text(trace))
    rows += table(byte_rows(told, trace))
    rows += ["", *step_rows([apart(line) for line in lines(told.system, trace)]), ""]
    return [*rows, *(row for text in ending_texts(told, trace) for row in paragraph(text)), ""]


def ending_texts(told: Told, trace: Trace) -> Iterator[str]:
    """What is wrong at the end, and which words were decided on and acted on with different values."""
    assert isinstance(told.verdict, Refuted)
    claim = next((c for c in told.claims if c.name == told.verdict.claim), None)
    yield "stuck: no step of the kernel is possible" if claim is None else failure(told.system, claim, trace)
    yield from _differences(trace)


def _differences(trace: Trace) -> Iterator[str]:
    """The words that were decided on and acted on with different values."""
    last = {name: table_.get((), 0) for name, table_ in trace.states[-1].items()}
    for name, value in last.items():
        word = name.removeprefix("checked_")
        if word == name or not last.get(f"decided_{word}") or not last.get("acted") or f"used_{word}" not in last:
            continue
        if last[f"split_{word}"] or last[f"used_{word}"] != value:
            yield f"{word}: decided on as {value:#x}, acted on as {last[f'used_{word}']:#x}"


def extent_text(trace: Trace) -> str:
    """How much of the buffer can be read, and from when on."""
    told = []
    for number, state in enumerate(trace.states):
        can = state["readable"][()]
        if not number or can != trace.states[number - 1]["readable"][()]:
            told.append(f"{plenty(can, 'byte')} from arg on can be read" + (f" after step {number}" if number else ""))
    return "; ".join(told)


def apart(line: Line) -> Line:
    """Each thing that the kernel does in one step on a line of its own, then the code."""
    first, *more = line.sentence.split(PAUSE)
    codes = tuple(c for remark in line.remarks for c in remark.split(PAUSE))
    return replace(line, sentence=first, remarks=(*more, *codes))


Row = tuple[int, int, str, str, str, str]
"""Offset, length, word, value at the call, what was stored when, what which copy saw."""


def byte_rows(told: Told, trace: Trace) -> list[Row]:
    """One row for each word of the user's struct, in the order of offsets."""
    rows = [_row(told, trace, word) for word in told.question.world.words]
    return sorted(rows)


def _row(told: Told, trace: Trace, word: Word) -> Row:
    first = trace.states[0]
    stored = []
    for number in range(1, len(trace.states)):
        old, new = (trace.states[n][word.name][()] for n in (number - 1, number))
        stored += [f"{new:#x} (step {number})"] if old != new else []
    offset = offset_of(told, word, trace)
    return offset, word.bytes, word.name, f"{first[word.name][()]:#x}", ", ".join(stored), _copies(told, trace, word)


def offset_of(told: Told, word: Word, trace: Trace) -> int:
    """Where a word lies, counted in bytes from `arg`."""
    if isinstance(word.offset, int):
        return word.offset
    return evaluate(size(_run(told, ""), word.offset), trace.states[0], {})


def _run(told: Told, prefix: str) -> Run:
    from shootdown.ir import State  # noqa: PLC0415 # only words at a computed offset need it

    return Run(State(told.system.by_name, None, told.system.lets), prefix, told.question.types)


def _copies(told: Told, trace: Trace, word: Word) -> str:
    found = []
    start = offset_of(told, word, trace)
    for number, step in enumerate(trace.steps, 1):
        prefix, copy = copy_of(told.question.world, step.action)
        if copy is None or word.name not in copy.words:
            continue
        before, after = trace.states[number - 1], trace.states[number]
        at, length = (after[prefix + n][()] for n in ("at_offset", "at_length"))
        if at <= start < at + length and at + length <= before["readable"][()]:
            cut = "" if start + word.bytes <= at + length else ", cut"
            found.append(f"{number} {copy.into}: {after[f'{prefix}{copy.into}_{word.name}'][()]:#x}{cut}")
    return ", ".join(found)


def copy_of(world: World, action: str) -> tuple[str, Copy | None]:
    """The copy that an action begins with, and the prefix of its run."""
    prefixes = ("old_", "new_") if world.pair else ("",)
    for prefix, program in zip(prefixes, world.programs, strict=True):
        for step in program:
            if isinstance(step, Copy) and prefix + step.name == action:
                return prefix, step
    return "", None


def table(rows: list[Row]) -> list[str]:
    """The rows below their heads, as wide as they need to be and at most 100 columns."""
    texts = [HEAD, *((str(a), str(b), *rest) for a, b, *rest in rows)]
    widths = [max(len(row[k]) for row in texts) for k in range(len(HEAD) - 1)]
    found = []
    for row in texts:
        cells = [row[0].rjust(widths[0]), row[1].rjust(widths[1])]
        cells += [row[k].ljust(widths[k]) for k in range(2, len(HEAD) - 1)]
        found += _folded("  " + "  ".join(cells) + "  ", row[-1])
    return found


def _folded(start: str, last: str) -> list[str]:
    """The last column on as many lines as it needs."""
    lines_, line = [], ""
    for part in last.split(", "):
        if line and len(line) + 2 + len(part) > max(20, 100 - len(start)):
            lines_.append(line + ",")
            line = part
        else:
            line = f"{line}, {part}" if line else part
    lines_.append(line)
    return [(start + lines_[0]).rstrip(), *(" " * len(start) + more for more in lines_[1:])]
