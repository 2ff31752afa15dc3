"""Words for answers about ranges: what was asked, what the hardware was told, and the first address that is left."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from shootdown.ir import System
from shootdown.ir.sorts import CInt
from shootdown.model.ranges import Given, Must, RangeBug, Span
from shootdown.properties.range_is_covered import LEFT, LEMMA, SENTENCE
from shootdown.report.citations import LEGEND
from shootdown.report.words import paragraph
from shootdown.review.ranges import Numbers, RangeAnswer, span_text
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous, outcome

_COLUMN = 24


def range_listing(bugs: Iterable[RangeBug]) -> str:
    """Every bug with its variants, what they are expected to answer and why."""
    rows = list(paragraph(f"{LEMMA}: {SENTENCE}.", "", "  "))
    for bug in bugs:
        rows += ["", *paragraph(f"{bug.name}: {bug.title}. {bug.source}", "", "  ")]
        for given in bug.given:
            rows += paragraph(f"{_word(given)} {given.name}: {given.text}", "  ", "    ")
        for variant in bug.variants:
            under = f"({', '.join(variant.given)})" if variant.given else ""
            text = f"{bug.name}/{variant.name}: {variant.expected}; {variant.why} {under}".rstrip()
            rows += paragraph(text, "  ", "    ")
    rows += ["", *paragraph(f"sources: {LEGEND}", "", "  ")]
    return "\n".join([*rows, ""])


def range_text(answer: RangeAnswer, *, expect: bool = False) -> str:
    """Everything about one answer: the numbers, the line to grep for, what a proof covers and leans on."""
    rows = [*_story(answer), one_line(answer, expect=expect), *details(answer)]
    stated = answer.posed.variant.expected
    if expect and outcome(answer.verdict) != stated:
        rows += paragraph(f"stated: {stated}, because {answer.posed.variant.why}", "  ", "    ")
    return "\n".join([*rows, ""])


def one_line(answer: RangeAnswer, *, expect: bool = False) -> str:
    """`B02/buggy range-is-covered refuted width=64 assuming=...`: what a script wants to find."""
    system = answer.posed.system
    names = ",".join(a.name for a in system.assumptions) or "nothing"
    where = "".join(f" where={g.name}" for g in answer.posed.given if g.meaning)
    stated = f" expected={answer.posed.variant.expected}" if expect else ""
    return f"{system.name} {LEMMA} {outcome(answer.verdict)} width={width(system)}{where} assuming={names}{stated}"


def _word(given: Given) -> str:
    return "where" if given.meaning else "assuming"


def width(system: System) -> int:
    """Bits of the widest word."""
    return max(v.sort.bits for v in system.variables if isinstance(v.sort, CInt))


def range_record(answer: RangeAnswer) -> dict[str, Any]:
    """One JSON object; numbers are hexadecimal strings, as JSON readers round integers of 64 bits.

    `seconds` is wall-clock time, the only value that differs from run to run.
    """
    posed, verdict = answer.posed, answer.verdict
    found: dict[str, Any] = {
        "name": posed.system.name,
        "property": LEMMA,
        "claim": posed.variant.must.value,
        "source": posed.bug.source,
        "verdict": outcome(verdict),
        "expected": posed.variant.expected,
        "why": posed.variant.why,
        "width": width(posed.system),
        "where": {g.name: g.text for g in posed.given if g.meaning},
        "assumptions": {g.name: g.text for g in posed.given if not g.meaning},
        "numbers": None if answer.numbers is None else _numbers_record(answer.numbers),
        "seconds": round(answer.seconds, 3),
    }
    match verdict:
        case Proved(notes=notes):
            found |= {"notes": list(notes), "sampled": answer.sampled}
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            found["reason"] = reason
        case Vacuous(why=why):
            found["reason"] = why
    return found


def dumps(records: list[dict[str, Any]], *, array: bool) -> str:
    """JSON text with a newline at the end: an array, or the only object."""
    return json.dumps(records if array else records[0], indent=1, ensure_ascii=True) + "\n"


def _numbers_record(numbers: Numbers) -> dict[str, Any]:
    return {
        "inputs": {name: hex(value) for name, value in numbers.inputs.items()},
        "asked": _span_record(numbers.asked),
        "told": _span_record(numbers.told),
        "first_left": None if numbers.left is None else hex(numbers.left),
        "warned": numbers.warned,
    }


def _span_record(span: Span) -> list[str] | None:
    return None if span is None else [hex(span[0]), hex(span[1])]


def _story(answer: RangeAnswer) -> Iterator[str]:
    numbers = answer.numbers
    if numbers is None:
        return
    posed = answer.posed
    yield from paragraph(f"{posed.system.name} violates {LEMMA}: {posed.bug.title}", "", "  ")
    docs = {i.name: i.doc for i in posed.bug.inputs}
    for name, value in numbers.inputs.items():
        yield f"{f'  {name} = {value:#x}':<{_COLUMN + 14}}{docs[name]}".rstrip()
    yield f"{'  asked':<{_COLUMN}}{extent(numbers.asked)}"
    yield f"{'  hardware is told':<{_COLUMN}}{extent(numbers.told)}"
    yield f"{'  first address left':<{_COLUMN}}{numbers.left:#x}"
    if posed.variant.must is Must.COVER_OR_WARN:
        yield f"{'  the kernel':<{_COLUMN}}does not warn"
    yield "  computed again in plain integers: the same"


def extent(span: Span) -> str:
    """`0x1000 to 0x1fff   (0x1000 bytes)`."""
    text = span_text(span)
    return text if span is None else f"{text}   ({span[1] - span[0] + 1:#x} bytes)"


def details(answer: RangeAnswer) -> Iterator[str]:
    """What a proof covers, why there is no answer, and the conditions, in rows of text."""
    match answer.verdict:
        case Proved(notes=notes):
            words = [f"{v.name}: {v.sort}" for v in answer.posed.system.variables if v.name != LEFT]
            yield from paragraph(
                f"for every value of {', '.join(words)}, at full width: {answer.posed.variant.must.value}", "  ", "    "
            )
            yield from paragraph(
                f"judged by a fresh solver; {'; '.join(notes)}; {answer.sampled} corner cases computed again in plain "
                "integers: the same", "  ", "    ",
            )  # fmt: skip
        case Unknown(reason=reason):
            yield from paragraph(reason, "  ", "    ")
        case Vacuous(why=why):
            yield from paragraph(why, "  ", "    ")
        case Refuted():
            text = f"smallest numbers, in the order of the inputs; {answer.posed.bug.source}"
            yield from paragraph(text, "  ", "    ")
    for given in answer.posed.given:
        yield from paragraph(f"{_word(given)} {given.name}: {given.text}", "  ", "    ")
