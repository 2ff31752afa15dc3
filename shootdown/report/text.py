"""The answer to one check as text: a line to grep for, and below a verdict without a trace what it covers."""

import json
from collections.abc import Iterator

from shootdown.ir.product import Product
from shootdown.model.design import Expect
from shootdown.report.pair import alike_text
from shootdown.report.proofs import evidence, how, judged, sizes_of
from shootdown.report.ranking import ranked_text
from shootdown.report.trace import NO_REACH, story, trace_text
from shootdown.report.words import (
    assuming_word,
    bounded_events_text,
    caller_word,
    events_text,
    narrowing,
    paragraph,
    plenty,
    searched_text,
    sizes_text,
    sizes_word,
)
from shootdown.review.answer import Answer
from shootdown.review.expectation import Standing, standing
from shootdown.review.problem import sizes_in_order
from shootdown.search.coverage import Coverage
from shootdown.search.verdict import (
    Broken,
    HoldsTo,
    Proved,
    Refuted,
    RefutedLasso,
    Universal,
    Unknown,
    Vacuous,
)

_NOUNS = {"refused": "refusal", "timed-out": "time-out"}


def check_text(answer: Answer, expect: Expect | None = None) -> str:
    """Everything about one check: the trace, the line to grep for, what a proof covers, what was expected instead."""
    trace = trace_text(story(answer)) + "\n" if isinstance(answer.verdict, Broken) else ""
    rows = [one_line(answer, expect), *details(answer)]
    if expect is not None and standing(answer, expect) is not Standing.AS_STATED:
        rows += paragraph(_mismatch(answer, expect))
    return trace + "\n".join(rows) + "\n"


def one_line(answer: Answer, expect: Expect | None = None) -> str:
    """`type1-v1 success-means-coherent refuted contract=vtd-v10 ...`: everything that a script wants to find.

    Free text is quoted as in JSON. `expect`: what the design states, where that was asked for.
    """
    request = answer.request
    topology = answer.verdict.scope.topology
    head = [request.design.name, request.property.name, answer.outcome]
    world = [f"contract={request.contract}", f"policy={caller_word(request)}", f"topology={topology}"]
    stated = [f"expected={expect.outcomes[request.contract]}"] if expect is not None else []
    return " ".join([*head, *world, *_evidence(answer), *narrowing(request), *stated])


def strength(answer: Answer) -> str:
    """How much the outcome says: `sizes`, `depth 8`, `9 steps, 1 refusal`; `none` for no answer."""
    match answer.verdict:
        case Proved(for_any_number=True):
            return "any number"
        case Proved(scope=scope):
            return "sizes" if scope.faults is None else f"sizes, at most {plenty(scope.faults, 'fault')}"
        case Vacuous():
            return "sizes"
        case HoldsTo(depth=depth):
            return f"depth {depth}"
        case Unknown():
            return "none"
        case Refuted(trace=trace) | RefutedLasso(trace=trace):
            counts = [plenty(n, _NOUNS.get(kind, kind)) for kind, n in answer.tallies.items() if n]
            steps = plenty(len(trace), "step") if len(answer.lengths) == 1 else f"{run_steps(answer)} steps"
            return ", ".join([steps, *counts])


def reach(answer: Answer) -> str | None:
    """What a violation exposes; None where there is none."""
    if not isinstance(answer.verdict, Broken):
        return None
    return NO_REACH if answer.stuck else answer.request.property.reach


def details(answer: Answer) -> list[str]:
    """`detail_texts` in rows."""
    return [row for text in detail_texts(answer) for row in paragraph(text)]


def detail_texts(answer: Answer) -> list[str]:
    """What stands below the line: scope, what else was searched, what is fixed and assumed; for a trace only doubts."""
    match answer.verdict:
        case Refuted(notes=notes) | RefutedLasso(notes=notes):
            texts = list(notes)
        case Proved() as proved:
            texts = [*proof_texts(answer, proved), *_world(answer), *obligation_texts(answer.coverage)]
        case HoldsTo(depth=depth, scope=scope, reason=reason):
            where = searched_text(answer.request, scope.sizes, every=False)
            end = f": {reason}" if reason else ""
            texts = [f"not proved: no trace of up to {plenty(depth, 'step')} at {where}{end}", *_world(answer)]
        case Unknown(reason=reason):
            texts = [f"no answer: {reason}", *_world(answer)]
        case Vacuous(scope=scope):
            texts = [f"searched: {searched_text(answer.request, scope.sizes)}", *_world(answer)]
    return texts


def assumptions(answer: Answer) -> list[str]:
    """Names of the assumptions that the model leans on."""
    return [a.name for a in answer.system.assumptions]


def _mismatch(answer: Answer, expect: Expect) -> str:
    wanted = expect.statement(answer.request.contract)
    return f"{standing(answer, expect).value}: {answer.request.design.name} states {wanted}{expect.because}"


def run_steps(answer: Answer) -> str:
    """Of two runs `5+6`."""
    return "+".join(map(str, answer.lengths))


def _evidence(answer: Answer) -> Iterator[str]:
    match answer.verdict:
        case Refuted() | RefutedLasso():
            yield f"steps={run_steps(answer)}"
            if isinstance(answer.verdict, RefutedLasso):
                yield f"loop={len(answer.verdict.lasso.loop)}"
            counts = answer.tallies
            yield f"refused={counts.pop('refused')}"
            yield f"timeouts={counts.pop('timed-out')}"
            yield from (f"{kind}={n}" for kind, n in counts.items())
            yield f"reach={reach(answer)}"
            if answer.stuck:
                yield "claim=stuck"
        case Proved(for_any_number=True, universal=universal, ranked=ranked):
            own = 0 if universal is None else len(universal.lemmas)
            yield f"sizes=any lemmas={own + sum(len(proof.lemmas) for proof in ranked)}"
            yield assuming_word(answer.system)
        case Proved(certificate=proofs):
            yield sizes_word(sizes_of(proofs))
            yield from evidence(proofs)
            yield assuming_word(answer.system)
        case HoldsTo(depth=depth, reason=reason):
            yield f"depth={depth}"
            yield from [f"reason={json.dumps(reason)}"] if reason else []
        case Unknown(reason=reason):
            yield f"reason={json.dumps(reason)}"
        case Vacuous(why=why):
            yield f"why={json.dumps(why)}"


def proof_texts(answer: Answer, proved: Proved) -> Iterator[str]:
    """What a proof covers, by what it was made and who has judged it."""
    if proved.for_any_number:
        yield from _any_number(answer, proved)
        return
    proofs = proved.certificate
    where = searched_text(answer.request, sizes_of(proofs))
    most = proved.scope.faults
    events = events_text(answer.request) if most is None else bounded_events_text(answer.request, most)
    yield f"proved for {where}, {how(proofs)}; any number of {events}"
    yield judged(proofs)
    if lacking := _without_start(answer, proved):
        yield f"no start exists at {'; '.join(lacking)}: not covered"
    yield from proved.notes


def _any_number(answer: Answer, proved: Proved) -> Iterator[str]:
    where = f", from starts where {answer.request.where}" if answer.request.where else ""
    for ranked in proved.ranked:
        yield from ranked_text(answer.system, ranked, f"{where}, of {events_text(answer.request)}")
    if proved.universal is not None:
        yield from (_besides if proved.ranked else _universal)(answer, proved.universal)


def _besides(_answer: Answer, proof: Universal) -> Iterator[str]:
    """What lemmas say of the states, where the matter is what runs come to."""
    yield (
        f"for any number too, claims about states, and that no call gets stuck: {plenty(len(proof.lemmas), 'lemma')} "
        f"that no step breaks, judged again by {plenty(proof.obligations, 'obligation')}"
    )


def _universal(answer: Answer, proof: Universal) -> Iterator[str]:
    """What a proof over uninterpreted sorts says and what it rests on."""
    sorts = [sort.plural for sort in answer.system.index_sorts]
    where = f", from starts where {answer.request.where}" if answer.request.where else ""
    yield (
        f"proved for any number of {', '.join(sorts[:-1])} and {sorts[-1]}, each finite and at least 1{where}, "
        f"of {events_text(answer.request)}: {len(proof.lemmas)} lemmas hold initially, no step breaks them, and "
        "they imply the claim"
    )
    if proof.finite:
        yield f"that no call gets stuck uses that sorts are finite: {', '.join(proof.finite)} has a first element"
    yield f"judged again: {proof.obligations} obligations, written anew from the model, by a fresh solver"


def _without_start(answer: Answer, proved: Proved) -> list[str]:
    """Sizes that were asked for and have no initial state; without iovas and frames, which never matter for that."""
    if answer.request.topology:
        return []
    shape = ("Domain", "Group", "Device", "Unit")
    have = {tuple(c.sizes[s] for s in shape) for c in proved.certificate}
    asked = {tuple(n[s] for s in shape) for n in sizes_in_order(answer.request.sizes)}
    return [sizes_text(dict(zip(shape, n, strict=True))) for n in sorted(asked - have)]


def _world(answer: Answer) -> Iterator[str]:
    scope = answer.verdict.scope
    if isinstance(answer.system, Product):
        yield f"compared: {alike_text(answer.system.observation)}; counted events are those of both"
    yield f"fixed: {'; '.join(scope.fixed)}"
    names = assumptions(answer)
    kernel = ", which is no kernel" if answer.request.contract == "ideal" else ""
    yield f"contract {answer.request.contract}{kernel}; assuming {', '.join(names) or 'nothing'}"


def obligation_texts(coverage: Coverage | None) -> Iterator[str]:
    """Where each action was first seen to fire and each cache to become stale."""
    if coverage is None:
        return
    groups: dict[str, list[str]] = {}
    for name, place in coverage.where.items():
        groups.setdefault(sizes_text(place.sizes), []).append(name)
    if coverage.actions or coverage.goals:
        never = ", ".join([*coverage.actions, *coverage.goals])
        yield f"out of time before it was seen that every action fires and every cache can become stale: {never}"
        return
    first, *more = groups
    later = "; ".join(f"{', '.join(sorted(groups[sizes]))} first at {sizes}" for sizes in more)
    yield f"every action fires and every cache can become stale: at {first}" + (f"; {later}" if later else "")


__all__ = [
    "assumptions", "check_text", "detail_texts", "details", "obligation_texts", "one_line", "proof_texts",
    "reach", "strength",
]  # fmt: skip
