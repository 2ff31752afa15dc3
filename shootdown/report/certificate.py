"""The lemmas of a certificate for readers: numbered, in words where there are any, and as formulas."""

from collections.abc import Iterator, Sequence

from shootdown.ir import System
from shootdown.ir.expr import Binder, Expr, Op
from shootdown.report.proofs import sizes_of
from shootdown.report.ranking import ranked_text
from shootdown.report.words import (
    assuming_word,
    caller_word,
    events_text,
    listed,
    narrowing,
    paragraph,
    plenty,
    searched_text,
    sizes_word,
)
from shootdown.review.answered import Answered
from shootdown.review.certificate import Certificate
from shootdown.review.recheck import Confirmed
from shootdown.search.verdict import Closed, Lemma, Live

LEMMAS = "lemmas.txt"
"""The file of a certificate that is for readers."""

_GROUPS = {
    "claim": "what is claimed",
    "conjecture": "what the model states about itself, proved here with the rest",
    "found": "what was found by the proof",
}


def lemmas_text(certificate: Certificate) -> str:
    """`lemmas.txt`: what is proved, under which assumptions, and by which lemmas; nothing for closed sets of states."""
    request = certificate.request
    rows = [
        f"{request.design.name} {request.property.name}     contract {request.contract}, policy {caller_word(request)}",
        *(_summary(certificate) if certificate.claims else []),
        *_under(certificate),
        *_listed(certificate.lemmas),
        *_more(certificate.system, certificate.finite, certificate.idle),
    ]
    return "\n".join([*rows, *(row for part in certificate.answered for row in _response(certificate, part)), ""])


def _summary(certificate: Certificate) -> Iterator[str]:
    count, claims = plenty(len(certificate.lemmas), "lemma"), listed([c.name for c in certificate.claims])
    text = (
        f"For any number of elements, of {events_text(certificate.request)}: {count} hold initially, no step from "
        f"where all of them hold breaks one, and they imply {claims}."
    )
    yield from paragraph(text, "", "  ")


def _listed(lemmas: Sequence[Lemma]) -> Iterator[str]:
    """Lemmas in groups by their origin, with the numbers that they have in scripts."""
    for origin, title in _GROUPS.items():
        own = [(n, x) for n, x in enumerate(lemmas, 1) if x.origin == origin]
        yield from ["", title, ""] if own else []
        yield from (row for n, lemma in own for row in _lemma(n, lemma))


def _response(certificate: Certificate, part: Answered) -> Iterator[str]:
    """What has to happen sooner or later, why it does, and by which lemmas."""
    yield from ("", f"{part.response.name}: {part.response.trigger} leads to {part.response.goal}", "")
    for text in ranked_text(certificate.system, part.proof(certificate.system)):
        yield from paragraph(text, "", "  ")
    yield from _listed(part.lemmas)
    yield from _more(certificate.system, part.finite, part.asked.idle)


def lemma_words(formula: Expr) -> str:
    """A closed formula: `for all devices d, frames f: never todo(d) & ...`."""
    bound = ""
    if formula.op is Op.FORALL and isinstance(formula.payload, tuple):
        bound = f"for all {_binders(formula.payload)}: "
        formula = formula.args[0]
    if formula.op is Op.NOT and formula.args[0].op is Op.AND:
        return f"{bound}never {formula.args[0]}"
    return f"{bound}{formula}"


def confirmed_text(certificate: Certificate, confirmed: Confirmed | None) -> str:
    """What `recheck` answers; None for proofs at certain sizes, which were made again."""
    what = " ".join(_question(certificate))
    if confirmed is None:
        closed = [c for c in certificate.closed if isinstance(c, Closed | Live)]
        states = sum(c.states for c in closed)
        sets = f"{plenty(len(closed), 'closed set')} of states, {states} in all: searched again, the same"
        others = len(certificate.closed) - len(closed)
        made = f"{plenty(others, 'proof')} by pdr or k-induction: found again, the same, and judged by fresh solvers"
        where = f"for {searched_text(certificate.request, sizes_of(certificate.closed))}"
        rows = [where, *([sets] if closed else []), *([made] if others else [])]
    else:
        opinion = f"cvc5 confirms {confirmed.second} of {confirmed.asked}" if confirmed.asked else "cvc5 was not asked"
        lemmas = len(certificate.lemmas) + sum(len(part.lemmas) for part in certificate.answered)
        rows = [
            f"{plenty(lemmas, 'lemma')}, {plenty(confirmed.obligations, 'obligation')}, "
            "written anew from the model: the same",
            f"z3 confirms {confirmed.first} of {confirmed.obligations}, {opinion}; all hypotheses are satisfiable",
        ]
    return "\n".join([what, *(f"  {row}" for row in rows), "confirmed", ""])


def _question(certificate: Certificate) -> Iterator[str]:
    """What was asked, as in the line of a check: every option that narrows it, and what the model assumes."""
    request = certificate.request
    yield f"{request.design.name} {request.property.name} contract={request.contract} policy={caller_word(request)}"
    yield f"topology={request.topology or 'sizes'}"
    yield sizes_word(sizes_of(certificate.closed)) if certificate.closed else "sizes=any"
    yield assuming_word(certificate.system)
    yield from narrowing(request)


def _under(certificate: Certificate) -> Iterator[str]:
    """Options that narrow the question, and the assumptions, for readers of the lemmas."""
    if options := list(narrowing(certificate.request)):
        yield from paragraph(f"Asked with {', '.join(options)}.", "", "  ")
    names = [a.name for a in certificate.system.assumptions]
    yield from paragraph(f"Assuming {', '.join(names) or 'nothing'}.", "", "  ")


def _binders(binders: Sequence[Binder]) -> str:
    return ", ".join(f"{getattr(b.sort, 'plural', b.sort)} {b.name}" for b in binders)


def _lemma(number: int, lemma: Lemma) -> Iterator[str]:
    head = f"{number:4d}  "
    if lemma.origin != "found":
        yield from paragraph(lemma.name, head, " " * 6)
        head = " " * 6
    yield from paragraph(lemma_words(lemma.formula), head, " " * 8)


def _more(system: System, finite: Sequence[str], idle: Sequence[str]) -> Iterator[str]:
    for order in (o for o in system.orders if o.name in finite):
        d, e = (b.name for b in order.binders)
        text = (
            f"Used besides: {order.name}, by which {d} comes before {e} where {order.before}. The lemmas make it a "
            f"strict order on its members, where {order.member}; sorts are finite, so one member has none before it."
        )
        yield from ("", *paragraph(text, "", "  "))
    if idle:
        yield from ("", *paragraph(f"Never enabled where the lemmas hold: {listed(idle)}.", "", "  "))
