"""Proofs at certain sizes in words and as data: by every state, by clauses, by k-induction, by every loop."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from shootdown.ir import System
from shootdown.report.words import plenty
from shootdown.search.certificate import Inductive, KInductive, clause_words
from shootdown.search.counted import searched
from shootdown.search.verdict import AtSize, Closed, Live

Kind = TypeVar("Kind", Closed, Inductive, KInductive, Live)


def evidence(sizes: Sequence[AtSize]) -> Iterator[str]:
    """`states=1234`, `clauses=57`, `k=3`: what was done, for the line to grep for."""
    if live := _only(sizes, Live):
        yield f"states={sum(c.states for c in live)}"
        yield f"steps={sum(c.steps for c in live)}"
        return
    if closed := _only(sizes, Closed):
        yield f"states={sum(c.states for c in closed)}"
        yield f"depth={max(c.depth for c in closed)}"
    if inductive := _only(sizes, Inductive):
        yield f"clauses={sum(len(c.clauses) for c in inductive)}"
    if by_steps := _only(sizes, KInductive):
        yield f"k={max(c.k for c in by_steps)}"


def sizes_of(proofs: Sequence[AtSize]) -> list[Mapping[str, int]]:
    """The sizes of some proofs, each once where claims and responses were proved at it apart from each other."""
    live = [p for p in proofs if isinstance(p, Live)]
    return [p.sizes for p in live or proofs]


def how(sizes: Sequence[AtSize]) -> str:
    """By what the sizes were proved: one part of a sentence for each way."""
    if live := _only(sizes, Live):
        claims = [c for c in sizes if not isinstance(c, Live)]
        return _live(live) + (f"; claims and stuck states {how(claims)}" if claims else "")
    closed, inductive, by_steps = _only(sizes, Closed), _only(sizes, Inductive), _only(sizes, KInductive)
    parts = [
        (len(closed), _closed(closed)),
        (len(inductive), _inductive(inductive)),
        (len(by_steps), _by_steps(by_steps)),
    ]
    told = [(count, text) for count, text in parts if count]
    if len(told) == 1:
        return told[0][1]
    return "; ".join(f"at {plenty(count, 'size')} {text}" for count, text in told)


def judged(sizes: Sequence[AtSize]) -> str:
    """Who has judged the proofs again."""
    closed = [c for c in sizes if isinstance(c, Closed | Live)]
    looked = sum(c.interpreted for c in closed)
    loops = ", with the reason why each loop is unfair" if _only(sizes, Live) else ""
    states = f"every state and step by code compiled anew{loops}, {looked} states by the interpreter"
    obligations = "every obligation, written anew from the model, by fresh solvers"
    said = [*([states] if closed else []), *([obligations] if len(closed) < len(sizes) else [])]
    return f"judged again: {'; '.join(said)}"


def certificate_record(system: System, certificate: AtSize) -> dict[str, Any]:
    """A proof at one size as data; a lemma stands for the whole of its orbit."""
    sizes = dict(certificate.sizes)
    match certificate:
        case Closed(states=states, depth=depth, digest=digest):
            return {"kind": "closed", "sizes": sizes, "states": states, "depth": depth, "digest": digest}
        case Live(states=states, depth=depth, digest=digest, steps=steps, instances=instances):
            more = {"digest": digest, "steps": steps, "instances": instances}
            return {"kind": "every loop", "sizes": sizes, "states": states, "depth": depth} | more
        case Inductive(lemmas=lemmas, faults=faults):
            bounded = searched(system, faults)
            words = [clause_words(bounded, lemma[0]) for lemma in lemmas]
            return {"kind": "inductive", "sizes": sizes, "clauses": len(certificate.clauses), "lemmas": words}
        case KInductive(k=k, exhausted=exhausted):
            return {"kind": "k-inductive", "sizes": sizes, "k": k, "exhausted": exhausted}


def _only(sizes: Sequence[AtSize], kind: type[Kind]) -> list[Kind]:
    return [c for c in sizes if isinstance(c, kind)]


def _closed(closed: Sequence[Closed]) -> str:
    states, deepest = sum(c.states for c in closed), max((c.depth for c in closed), default=0)
    return f"by looking at every reachable state: {states} states, the deepest after {plenty(deepest, 'step')}"


def _live(live: Sequence[Live]) -> str:
    seen = f"{sum(c.states for c in live)} states, {plenty(sum(c.steps for c in live), 'step')}"
    return f"by looking at every loop that a run can stay in: {seen}; no run that is fair waits for ever"


def _inductive(proofs: Sequence[Inductive]) -> str:
    clauses, orbits = sum(len(p.clauses) for p in proofs), sum(len(p.lemmas) for p in proofs)
    return (
        f"by pdr: the claim and {plenty(clauses, 'clause')} in {plenty(orbits, 'orbit')} hold initially, and no step "
        "breaks them"
    )


def _by_steps(proofs: Sequence[KInductive]) -> str:
    most = max((p.k for p in proofs), default=0)
    k = f"k = {most}" if all(p.k == most for p in proofs) else f"k up to {most}"
    if all(p.exhausted for p in proofs):
        return f"by k-induction, {k}: no run breaks the claim, and none goes through more than k different states"
    return f"by k-induction, {k}: no run breaks the claim in its first k states, and none does later"
