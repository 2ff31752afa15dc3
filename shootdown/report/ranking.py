"""Proofs by a ranking in words and as data: what shrinks, who helps, what is assumed of runs."""

from collections.abc import Iterator
from typing import Any

from shootdown.ir import Strength, System
from shootdown.ir.ranking import Helpful, Ranking
from shootdown.report.words import listed, plenty
from shootdown.search.verdict import Ranked


def ranked_text(system: System, proof: Ranked, scope: str = "") -> Iterator[str]:
    """What a proof by a ranking says and what it rests on, sentence by sentence; `scope` follows the sorts."""
    sorts = [sort.plural for sort in system.index_sorts]
    where = f"any finite number of {listed(sorts)}" if sorts else "every run"
    yield f"proved for {where}{scope}, by a ranking that strictly shrinks: {_shrinking(proof.ranking)}"
    yield from _again(proof.ranking)
    yield f"uses finiteness: in finite sets a rank cannot shrink for ever{_orders(proof)}"
    faults = ["a run has finitely many faults"] if proof.faults else []
    fairness = f"{', '.join(_fairness(proof))}, for each choice of arguments"
    yield f"assumes: {'; '.join([fairness, *faults])}"
    lemmas = f"{plenty(len(proof.lemmas), 'lemma')} that no step breaks, and {plenty(proof.obligations, 'obligation')}"
    yield f"judged again: {lemmas}, written anew from the model, by fresh solvers"


def ranked_record(proof: Ranked) -> dict[str, Any]:
    """The same as data."""
    return {
        "response": proof.response.name,
        "lemmas": [{"name": x.name, "origin": x.origin, "formula": str(x.formula)} for x in proof.lemmas],
        "obligations": proof.obligations,
        "finite": list(proof.finite),
        "rank": _ranking_record(proof.ranking),
        "fair": {f.action: f.strength.value for f in proof.response.fair},
        "finitely_many_faults": proof.faults,
    }


def _ranking_record(ranking: Ranking) -> dict[str, Any]:
    return {
        "region": str(ranking.region),
        "sets": [{"name": c.name, "member": str(c.member)} for c in ranking.rank],
        "helpful": [_helpful_record(h) for h in ranking.helpful],
    }


def _helpful_record(helpful: Helpful) -> dict[str, Any]:
    again = {} if helpful.again is None else {"again": _ranking_record(helpful.again)}
    return {"action": helpful.action, "when": str(helpful.when), **again}


def _shrinking(ranking: Ranking) -> str:
    """The sets, the first of them first, and who makes them smaller."""
    helpful = listed(sorted({h.action for h in ranking.helpful})) or "nobody"
    if not ranking.rank:
        return f"the goal is one step away, by {helpful}"
    return f"{', then '.join(c.name for c in ranking.rank)}; helped by {helpful}"


def _again(ranking: Ranking) -> Iterator[str]:
    for helpful in (h for h in ranking.helpful if h.again is not None):
        assert helpful.again is not None
        yield f"{helpful.action} can be taken again and again, by a ranking of its own: {_shrinking(helpful.again)}"
        yield from _again(helpful.again)


def _orders(proof: Ranked) -> str:
    return f"; {listed(proof.finite)} has a first element" if proof.finite else ""


def _fairness(proof: Ranked) -> Iterator[str]:
    """The fair actions that the proof leans on, by strength."""
    used = _helping(proof.ranking)
    for strength in Strength:
        names = sorted({f.action for f in proof.response.fair if f.strength is strength and f.action in used})
        if names:
            yield f"{strength.value} fairness of {listed(names)}"


def _helping(ranking: Ranking) -> set[str]:
    inner = (_helping(h.again) for h in ranking.helpful if h.again is not None)
    return {h.action for h in ranking.helpful}.union(*inner)


__all__ = ["ranked_record", "ranked_text"]
