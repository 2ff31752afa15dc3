"""Lemmas as text and back, and scripts as files: what all parts of a certificate are made of."""

import re
from collections.abc import Mapping, Sequence

from shootdown.counterexamples.shape import Json
from shootdown.ir import Claim, System
from shootdown.ir.errors import CertificateError
from shootdown.ir.expr import Expr
from shootdown.ir.fingerprint import formula_text
from shootdown.ir.parse import parse_formula
from shootdown.review.anynumber import conjectures
from shootdown.search.obligations import Obligation
from shootdown.search.verdict import Lemma

_LONGEST_NAME = 60


def read_lemmas(texts: Sequence[str], system: System, claims: Sequence[Claim]) -> tuple[Lemma, ...]:
    """Lemmas from their texts. A claim and a conjecture of the model have a name, any other lemma is its own name."""
    known = {formula_text(c.formula): c for c in reversed(conjectures(system))}
    known |= {formula_text(c.formula): Lemma(c.name, c.formula, "claim") for c in reversed(claims)}
    return tuple(_labelled(parse_formula(text, system), text, known) for text in texts)


def as_read(lemmas: Sequence[Lemma], system: System, claims: Sequence[Claim]) -> tuple[Lemma, ...]:
    """The lemmas as their own text gives them; a CertificateError where one does not mean the same then."""
    once = read_lemmas([str(lemma.formula) for lemma in lemmas], system, claims)
    twice = read_lemmas([str(lemma.formula) for lemma in once], system, claims)
    for lemma, own in zip(twice, lemmas, strict=True):
        if formula_text(lemma.formula) != formula_text(own.formula):
            raise CertificateError(f"the lemma `{own.formula}` does not mean the same when it is read again")
    return twice


def _labelled(formula: Expr, text: str, known: Mapping[str, Lemma]) -> Lemma:
    same = known.get(formula_text(formula))
    return Lemma(text, formula) if same is None else Lemma(same.name, formula, same.origin)


def lemma_record(lemma: Lemma) -> Json:
    """A lemma as data; its formula is what it is read from again."""
    return {"name": lemma.name, "origin": lemma.origin, "formula": str(lemma.formula)}


def files_of(obligations: Sequence[Obligation], premises: Sequence[Obligation]) -> dict[str, str]:
    """Every script by its name in a directory: what has to be unsatisfiable, and hypotheses that must not be."""
    found = {f"obligations/{n:03d}-{slug(o.name)}.smt2": o.script for n, o in enumerate(obligations, 1)}
    return found | {f"premises/{n:03d}-{slug(o.about)}.smt2": o.premise for n, o in enumerate(premises, 1)}


def premises_of(obligations: Sequence[Obligation]) -> tuple[Obligation, ...]:
    """One obligation for each context, the first, in their order: shared hypotheses are written once."""
    first = {o.context: o for o in reversed(obligations)}
    return tuple(o for o in obligations if first[o.context] is o)


def slug(name: str) -> str:
    """A name as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].strip("-")


__all__ = ["as_read", "files_of", "lemma_record", "premises_of", "read_lemmas", "slug"]
