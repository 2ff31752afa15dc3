"""The answer to one check as data, for `--json`."""

import json
from typing import Any

from shootdown.report.lasso import lasso_record
from shootdown.report.proofs import certificate_record
from shootdown.report.ranking import ranked_record
from shootdown.report.text import assumptions, reach, strength
from shootdown.report.trace import story, trace_file
from shootdown.report.words import caller_word
from shootdown.review.answer import Answer
from shootdown.review.expectation import stated
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


def record(answer: Answer, design: str) -> dict[str, Any]:
    """One JSON object; `design` is the name or the path under which a trace finds the design again.

    `trace` is the ITF object of a refuted check, else null. `expected` is the outcome that the design states,
    null where it states none. `seconds` is wall-clock time, the only value that differs from run to run.
    """
    request = answer.request
    expect = stated(request)
    return {
        "design": request.design.name,
        "property": request.property.name,
        "contract": request.contract,
        "policy": caller_word(request),
        "verdict": answer.outcome,
        "strength": strength(answer),
        "scope": _scope(answer),
        "steps": answer.steps,
        "faults": answer.tallies,
        "reach": reach(answer),
        "seconds": round(answer.seconds, 3),
        "assumptions": assumptions(answer),
        "trace": _trace(answer, design),
        "claim": answer.verdict.claim if isinstance(answer.verdict, Broken) else None,
        "expected": expect.outcomes[request.contract] if expect is not None else None,
        **_more(answer),
    }


def dumps(records: list[dict[str, Any]], *, array: bool) -> str:
    """JSON text with a newline at the end: an array, or the only object."""
    return json.dumps(records if array else records[0], indent=1, ensure_ascii=True) + "\n"


def _scope(answer: Answer) -> dict[str, Any]:
    scope, request = answer.verdict.scope, answer.request
    return {
        "sizes": [dict(s) for s in scope.sizes],
        "topology": scope.topology,
        "where": scope.where,
        "faults": scope.faults,
        "only": sorted(request.only) if request.only is not None else None,
        "without": sorted(request.without),
        "engine": request.engine or None,
        "fixed": list(scope.fixed),
    }


def _trace(answer: Answer, design: str) -> Any:
    return json.loads(trace_file(story(answer), design)) if isinstance(answer.verdict, Broken) else None


def _more(answer: Answer) -> dict[str, Any]:
    """What only some verdicts have to say."""
    match answer.verdict:
        case Proved(for_any_number=True, universal=proof, ranked=ranked):
            responses = {"responses": [ranked_record(r) for r in ranked]} if ranked else {}
            return {**({} if proof is None else _universal(proof)), **responses}
        case Proved(certificate=closed, notes=notes):
            certificate = [certificate_record(answer.system, c) for c in closed]
            return {"certificate": certificate, "notes": list(notes)}
        case HoldsTo(depth=depth, reason=reason):
            return {"depth": depth, "reason": reason}
        case Unknown(reason=reason):
            return {"reason": reason}
        case Vacuous(why=why):
            return {"why": why}
        case Refuted(notes=notes):
            runs = {"runs": list(answer.lengths)} if len(answer.lengths) > 1 else {}
            return {**runs, **({"notes": list(notes)} if notes else {})}
        case RefutedLasso() as found:
            return lasso_record(answer.system, found)


def _universal(proof: Universal) -> dict[str, Any]:
    lemmas = [{"name": x.name, "origin": x.origin, "formula": str(x.formula)} for x in proof.lemmas]
    return {"lemmas": lemmas, "obligations": proof.obligations, "finite": list(proof.finite)}
