"""One check as data for the page: its outcome, what it covers and assumes, and its trace or its proof."""

from collections.abc import Iterator, Sequence
from typing import Any

from shootdown.ir import System
from shootdown.ir.parse import parse_formula
from shootdown.ir.product import Product
from shootdown.report.page_grids import NOT_CHECKED
from shootdown.report.page_lemmas import in_words
from shootdown.report.page_trace import trace_data
from shootdown.report.proofs import judged
from shootdown.report.ranking import ranked_text
from shootdown.report.reproduce import arguments, shell_rows
from shootdown.report.text import detail_texts, obligation_texts, one_line, proof_texts, run_steps, strength
from shootdown.report.trace import story
from shootdown.report.words import caller_word, events_text, plenty, searched_text, sizes_text
from shootdown.review.answer import Answer
from shootdown.review.cells import caller_named
from shootdown.review.expectation import Standing, standing, stated
from shootdown.review.problem import Request
from shootdown.search.certificate import Inductive, KInductive, clause_words
from shootdown.search.counted import searched
from shootdown.search.verdict import (
    AtSize,
    Broken,
    Closed,
    HoldsTo,
    Lemma,
    Live,
    Proved,
    Refuted,
    RefutedLasso,
    Unknown,
    Vacuous,
)

Data = dict[str, Any]
"""JSON for the page's script."""

MOST_CLAUSES = 40
"""Orbits of clauses that are listed of a proof at one size; the others are counted."""

_WIDE = 100
_ORIGINS = {"claim": "what is claimed", "conjecture": "what the model states about itself, proved with the rest"}
_FOUND = "what the proof found"


def cell_data(answer: Answer, design: str) -> Data:
    """Everything about one check; `design` is the name or path under which the user's design is found again."""
    return {
        **about(answer.request),
        "outcome": answer.outcome,
        "mark": mark(answer),
        "strength": strength(answer),
        "line": one_line(answer),
        "command": "\n".join(shell_rows(arguments(answer.request, design), _WIDE, "")),
        "covers": covers(answer),
        "fixed": list(answer.verdict.scope.fixed),
        "assumes": [a.name for a in answer.system.assumptions],
        "assumptions": {a.name: [a.text, a.source] for a in answer.system.assumptions},
        "stated": _stated(answer),
        **_evidence(answer),
    }


def about(request: Request) -> Data:
    """Where a check stands in the matrix, and what it is about; `row` is the property with what narrows it."""
    return {
        "design": request.design.name,
        "property": request.property.name,
        "contract": request.contract,
        "policy": caller_word(request),
        "topology": request.topology or "sizes",
        "row": row_label(request),
        "sentence": request.property.sentence,
        "summary": request.design.summary,
        "source": request.design.source,
    }


def row_label(request: Request) -> str:
    """`success-means-coherent`, with policy, topology and bounds on events where these narrow the question."""
    kinds = "/".join(sorted(request.only or ()))
    events = f"only {kinds}" if kinds else ""
    if request.faults is not None:
        events = f"at most {request.faults} {kinds or 'fault'}"
    caller = caller_named(request.policy, request.property.policy)
    return ", ".join(w for w in (request.property.name, caller, request.topology, events) if w)


def error_data(request: Request, sentence: str) -> Data:
    """A check that could not be made."""
    return {
        **about(request), "outcome": "error", "mark": NOT_CHECKED, "strength": "", "line": "", "command": "",
        "stated": {}, "covers": [f"not checked: {sentence}"], "fixed": [], "assumes": [], "assumptions": {},
        "texts": [],
    }  # fmt: skip


def mark(answer: Answer) -> str:
    """The cell of the matrix: `R 9` refuted in 9 steps, `R 5+6` by two runs, `L` by a lasso, `A` proved for any number.

    `H`: proved at sizes, `V`: vacuous, `?`: neither proved nor refuted.
    """
    match answer.verdict:
        case Refuted():
            return f"R {run_steps(answer)}"
        case RefutedLasso():
            return f"L {run_steps(answer)}"
        case Proved(for_any_number=any_number):
            return "A" if any_number else "H"
        case Vacuous():
            return "V"
    return "?"


def covers(answer: Answer) -> list[str]:
    """What the verdict speaks about, in sentences."""
    request, verdict = answer.request, answer.verdict
    where = f", from starts where {request.where}" if request.where else ""
    match verdict:
        case Proved(for_any_number=True):
            sorts = [sort.plural for sort in answer.system.index_sorts]
            return [f"any number of {', '.join(sorts)}, each at least 1 and finite{where}; of {events_text(request)}"]
        case Proved(scope=scope):
            most = "" if scope.faults is None else f"; at most {plenty(scope.faults, 'counted event')} in a run"
            return [f"these sizes only: {searched_text(request, scope.sizes)}; any number of calls and steps{most}"]
        case Refuted(trace=trace) | RefutedLasso(trace=trace):
            runs = "two runs" if isinstance(answer.system, Product) else "one run"
            return [f"{runs}, at {sizes_text(trace.sizes)}{where}"]
        case HoldsTo(depth=depth, scope=scope):
            where = searched_text(request, scope.sizes, every=False)
            return [f"runs of up to {plenty(depth, 'step')} at {where}; not a proof"]
        case Vacuous(why=why):
            return [f"nothing: {why}"]
        case Unknown(reason=reason):
            return [f"nothing: {reason}"]


def _stated(answer: Answer) -> Data:
    """What the design's own file states about the check; nothing where it is silent."""
    expect = stated(answer.request)
    if expect is None:
        return {}
    as_stated = standing(answer, expect) is Standing.AS_STATED
    return {
        "as": as_stated, "standing": standing(answer, expect).value, "why": expect.because,
        "what": expect.statement(answer.request.contract),
    }  # fmt: skip


def _evidence(answer: Answer) -> Data:
    match answer.verdict:
        case Refuted(notes=notes) | RefutedLasso(notes=notes):
            return {"trace": trace_data(story(answer)), "texts": list(notes)}
        case Proved() as proved:
            return {
                "proof": _proof(answer, proved),
                "texts": [*proof_texts(answer, proved), *obligation_texts(answer.coverage)],
            }
    return {"texts": detail_texts(answer)}


def _proof(answer: Answer, proved: Proved) -> Data:
    """Lemmas in words and certificates in short."""
    groups = [] if proved.universal is None else _lemmas(proved.universal.lemmas)
    for ranked in proved.ranked:
        title = f"{ranked.response.name}: why it comes sooner or later"
        groups += [[title, list(ranked_text(answer.system, ranked))], *_lemmas(ranked.lemmas)]
    for proof in proved.certificate:
        groups += _clauses(answer.system, proof)
    return {"groups": groups, "certificates": list(_certificates(proved))}


def _lemmas(lemmas: Sequence[Lemma]) -> list[Any]:
    """Lemmas by origin: claims with their name, conjectures by the sentence that is their name, found ones in words."""
    groups: dict[str, list[str]] = {}
    for lemma in lemmas:
        words = lemma.name if lemma.origin == "conjecture" else in_words(lemma.formula)
        text = f"{lemma.name}: {words}" if lemma.origin == "claim" else words
        groups.setdefault(_ORIGINS.get(lemma.origin, _FOUND), []).append(text)
    return [[title, texts] for title, texts in groups.items()]


def _clauses(system: System, proof: AtSize) -> list[Any]:
    """Clauses of an inductive proof at one size, one of each orbit."""
    if not isinstance(proof, Inductive) or not proof.lemmas:
        return []
    bounded = searched(system, proof.faults)
    shown = [in_words(parse_formula(clause_words(bounded, x[0]), bounded)) for x in proof.lemmas[:MOST_CLAUSES]]
    more = len(proof.lemmas) - len(shown)
    title = f"what the proof found at {sizes_text(proof.sizes)}, each for its whole orbit"
    return [[title, [*shown, *([f"and {more} more"] if more else [])]]]


def _certificates(proved: Proved) -> Iterator[str]:
    """One line for each certificate."""
    if proved.universal is not None:
        proof = proved.universal
        yield f"any number: {plenty(len(proof.lemmas), 'lemma')}, {plenty(proof.obligations, 'obligation')}"
    for ranked in proved.ranked:
        counts = f"{plenty(len(ranked.lemmas), 'lemma')}, {plenty(ranked.obligations, 'obligation')}"
        yield f"any number, {ranked.response.name}: a ranking, {counts}"
    for one in proved.certificate:
        yield f"{sizes_text(one.sizes)}: {_certificate(one)}"
    if proved.certificate:
        yield judged(proved.certificate)


def _certificate(proof: AtSize) -> str:
    match proof:
        case Closed(states=states, depth=depth, digest=digest):
            return f"all {states} states, the deepest after {plenty(depth, 'step')}, digest {digest}"
        case Live(states=states, steps=steps, digest=digest):
            return f"every loop in {states} states and {plenty(steps, 'step')}, digest {digest}"
        case Inductive():
            return f"inductive, {plenty(len(proof.clauses), 'clause')} in {plenty(len(proof.lemmas), 'orbit')}"
        case KInductive(k=k):
            return f"k-inductive, k = {k}"


__all__ = ["Broken", "about", "cell_data", "covers", "error_data", "mark", "row_label"]
