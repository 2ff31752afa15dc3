"""Answers about ranges, judged a second time in plain Python integers.

A model of a flush says everything twice (`shootdown.model.ranges`). The numbers of a refutation, and a sample of corner
cases of a proof, are computed here by hand, and must be those of the interpreter; a difference is a defect of one of
the two, and nothing is concluded.
"""

import itertools
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shootdown.ir.errors import UsageError
from shootdown.ir.interp import holds
from shootdown.ir.shared import evaluate_each
from shootdown.ir.sorts import BOOL, sort_of
from shootdown.ir.trace import ConcreteState
from shootdown.model.history import range_bugs
from shootdown.model.ranges import LAST_BYTE, PAGE, Must, RangeBug, Span
from shootdown.properties.range_is_covered import LEFT, Posed, pose
from shootdown.review.catalogue import did_you_mean
from shootdown.search.arithmetic import decide
from shootdown.search.refute import EngineBug
from shootdown.search.verdict import Proved, Refuted, Verdict

SAMPLES = 24
"""So many corner cases of a proof are computed by hand; each costs the interpreter some hundredths of a second."""

ALL = "all"
"""The name that stands for every bug."""

_CORNERS = (
    0, 1, 2, 3, 5, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE, 0x17F, 31, 1 << 31, 1 << 32, (1 << 51) - 1, 1 << 51,
    (1 << 52) - 1, 1 << 52, (1 << 52) + 5, 1 << 62, (1 << 62) + PAGE, 1 << 63, LAST_BYTE - PAGE, LAST_BYTE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbers:
    """One choice of inputs with what is asked and told, first and last byte; `left` is the first byte not dropped."""

    inputs: Mapping[str, int]
    asked: Span
    told: Span
    left: int | None
    warned: bool


@dataclass(frozen=True)
class RangeAnswer:
    """A verdict on one variant. `numbers` belongs to a refutation, `sampled` corner cases to a proof."""

    posed: Posed
    verdict: Verdict
    numbers: Numbers | None = None
    sampled: int = 0
    seconds: float = 0.0


def questions(name: str, without: frozenset[str] = frozenset()) -> list[Posed]:
    """The variants of `B02`, the one of `B02/fixed`, or those of all; a UsageError names what does not exist.

    Where several are asked about, `without` removes an assumption from those that make it, and at least one must.
    """
    wanted, _, variant = name.partition("/")
    known = {bug.name.lower(): bug for bug in range_bugs().values()}
    if wanted.lower() != ALL and wanted.lower() not in known:
        names = [bug.name for bug in known.values()]
        raise UsageError(f"there is no range lemma `{wanted}`{did_you_mean(wanted, [*names, ALL])}")
    bugs = list(known.values()) if wanted.lower() == ALL else [known[wanted.lower()]]
    pairs = [(bug, v) for bug in bugs for v in bug.variants if variant in ("", v.name)]
    if not pairs:
        names = [v.name for v in bugs[0].variants]
        raise UsageError(f"{wanted} has no variant `{variant}`{did_you_mean(variant, names)}")
    made = [{g.name for g in bug.given if g.name in v.given and not g.meaning} for bug, v in pairs]
    if unknown := sorted(without - set().union(*made)):
        raise UsageError(f"nothing that is asked about assumes `{unknown[0]}`; `shootdown range` lists assumptions")
    return [pose(bug, v, without & names) for (bug, v), names in zip(pairs, made, strict=True)]


def answer(posed: Posed, deadline: float | None = None) -> RangeAnswer:
    """The verdict on one variant; raises EngineBug where interpreter and plain integers differ."""
    begin = time.monotonic()
    verdict = decide(posed.system, posed.claim, posed.companions, deadline=deadline)
    numbers, sampled = None, 0
    match verdict:
        case Refuted(trace=trace):
            numbers = _refutation(posed, trace.states[-1])
        case Proved():
            sampled = _check_samples(posed)
    return RangeAnswer(posed, verdict, numbers, sampled, time.monotonic() - begin)


def by_hand(posed: Posed, inputs: Mapping[str, int]) -> Numbers:
    """What is asked and told for these inputs, in plain integers."""
    asked = posed.bug.asked_by_hand(**inputs)
    told = _proper(posed.variant.by_hand(**inputs))
    return Numbers(dict(inputs), asked, told, first_left(asked, told), bool(posed.variant.warned_by_hand(**inputs)))


def first_left(asked: Span, told: Span) -> int | None:
    """The first byte of `asked` that is not in `told`; None where there is none."""
    if asked is None:
        return None
    if told is None or not told[0] <= asked[0] <= told[1]:
        return asked[0]
    return told[1] + 1 if told[1] < asked[1] else None


def broken_by_hand(posed: Posed, numbers: Numbers) -> bool:
    """Whether these numbers break the claim."""
    excused = posed.variant.must is Must.COVER_OR_WARN and numbers.warned
    return numbers.left is not None and not excused


def known_breaks(bug: RangeBug) -> Iterator[tuple[Posed, Numbers]]:
    """The inputs that the source names, each computed by hand for the variant that it breaks."""
    for name, inputs in bug.known:
        posed = pose(bug, bug.variant(name))
        yield posed, by_hand(posed, inputs)


def _proper(span: Span) -> Span:
    return None if span is None or span[0] > span[1] else span


def _refutation(posed: Posed, state: ConcreteState) -> Numbers:
    """The numbers of a replayed refutation, by hand; they must be the interpreter's and must break the claim."""
    inputs = {i.name: state[i.name][()] for i in posed.bug.inputs}
    numbers = by_hand(posed, inputs)
    _compare(posed, state, numbers)
    left = state[LEFT][()]
    asked, told = numbers.asked, numbers.told
    inside = asked is not None and asked[0] <= left <= asked[1] and not (told and told[0] <= left <= told[1])
    if not inside or not broken_by_hand(posed, numbers) or not _given(posed, inputs):
        raise EngineBug(f"{posed.system.name}: plain integers do not find {left:#x} left for {_text(inputs)}")
    return numbers


def _compare(posed: Posed, state: ConcreteState, numbers: Numbers) -> None:
    """Interpreter and plain integers agree about both ranges, and about the warning where it matters."""
    value = evaluate_each(posed.values, state, {})
    asked = None if value["asked_nothing"] else _proper((value["asked_first"], value["asked_last"]))
    told = _proper((value["told_first"], value["told_last"]))
    told = None if value["nothing"] else (0, LAST_BYTE) if value["everything"] else told
    if (asked, told) != (numbers.asked, numbers.told):
        raise EngineBug(
            f"{posed.system.name}: for {_text(numbers.inputs)} the interpreter computes {span_text(asked)} and "
            f"{span_text(told)}, plain integers {span_text(numbers.asked)} and {span_text(numbers.told)}"
        )
    if posed.variant.must is Must.COVER_OR_WARN and bool(value["warned"]) is not numbers.warned:
        raise EngineBug(f"{posed.system.name}: for {_text(numbers.inputs)} only one of two computations warns")


def _check_samples(posed: Posed) -> int:
    """How many corner cases were computed both ways; raises EngineBug where one differs or breaks the claim."""
    count = 0
    for inputs in itertools.islice(_samples(posed), SAMPLES):
        numbers = by_hand(posed, inputs)
        state: ConcreteState = {**{name: {(): v} for name, v in inputs.items()}, LEFT: {(): 0}}
        if not all(holds(axiom.formula, state, {}) for axiom in posed.system.axioms):
            raise EngineBug(f"{posed.system.name}: the assumptions exclude {_text(inputs)}, plain integers do not")
        _compare(posed, state, numbers)
        if broken_by_hand(posed, numbers):
            raise EngineBug(f"{posed.system.name} is proved, but {_text(inputs)} breaks it")
        count += 1
    return count


def _samples(posed: Posed) -> Iterator[Mapping[str, int]]:
    """Choices that meet the assumptions: inputs that the source names, then corner cases in a fixed random order."""
    names = [i.name for i in posed.bug.inputs]
    corners = [(0, 1) if sort_of(i.sort) == BOOL else _CORNERS for i in posed.bug.inputs]
    every = list(itertools.product(*corners))
    random.Random(0).shuffle(every)
    named = [inputs for _, inputs in posed.bug.known]
    for inputs in (*named, *(dict(zip(names, choice, strict=True)) for choice in every)):
        if _given(posed, inputs):
            yield inputs


def _given(posed: Posed, inputs: Mapping[str, int]) -> bool:
    return all(g.by_hand(**inputs) for g in posed.given)


def _text(inputs: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value:#x}" for name, value in inputs.items())


def span_text(span: Span) -> str:
    """`0x1000 to 0x1fff`, everything, or nothing."""
    if span is None:
        return "nothing"
    return "everything" if span == (0, LAST_BYTE) else f"{span[0]:#x} to {span[1]:#x}"
