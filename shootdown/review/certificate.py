"""Certificates as directories: what was asked, the lemmas as text, and every obligation as an SMT-LIB 2 script.

    certificate.json    the check, the model's fingerprint, the lemmas, a list of the files with their SHA-256
    lemmas.txt          the lemmas for readers (`shootdown.report.certificate`)
    obligations/*.smt2  scripts that have to be unsatisfiable
    premises/*.smt2     their hypotheses, which have to be satisfiable

A certificate is data: all of it can be made again from the model, the check and the lemmas, and a file is compared with
what is made, never run. A proof at certain sizes has a `certificate.json` only.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from shootdown import __version__, second, smt
from shootdown.counterexamples.shape import Json
from shootdown.ir import Claim, Response, System
from shootdown.ir.errors import CertificateError
from shootdown.ir.expr import Expr
from shootdown.ir.fingerprint import fingerprint, formula_text
from shootdown.ir.parse import parse_formula
from shootdown.review.anynumber import conjectures
from shootdown.review.problem import Request, problem_of, responses_of
from shootdown.search.certificate import KInductive, clause_words
from shootdown.search.certify import Judged, judge
from shootdown.search.counted import counted
from shootdown.search.obligations import Obligation, obligations
from shootdown.search.question import Place, at_place, stuck_claim
from shootdown.search.verdict import AtSize, Closed, Lemma, Live, Proved, Universal

FORMAT = "shootdown certificate"
VERSION = 1
MANIFEST = "certificate.json"
ANY_NUMBER = "any number"

CONFIRMED_ELSEWHERE = frozenset({"tool", "solvers"})
"""Entries of a manifest that say who wrote it; whoever confirms it may be another version."""

_LONGEST_NAME = 60


@dataclass(frozen=True)
class Certificate:
    """A proof as data: the request, the model that it poses, and lemmas or closed sets of states.

    `design` is the name or the path by which the design is found again. `idle` are actions that are never enabled where
    the lemmas hold. `closed` has the proofs at certain sizes, and is empty where the proof is for any number.
    """

    request: Request
    design: str
    system: System
    claims: tuple[Claim, ...]
    lemmas: tuple[Lemma, ...] = ()
    finite: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    closed: tuple[AtSize, ...] = ()


def certificate_of(request: Request, design: str, proved: Proved) -> Certificate:
    """The certificate of a proof, judged once more; a CertificateError where it does not stand as text."""
    if proved.universal is None:
        system, claims = question(request, universal=False)
        return Certificate(request, design, system, claims, closed=proved.certificate)
    return _universal(request, design, proved.universal)


def _universal(request: Request, design: str, proof: Universal) -> Certificate:
    system, claims = question(request, universal=True)
    once = read_lemmas([str(lemma.formula) for lemma in proof.lemmas], system, claims)
    lemmas = read_lemmas([str(lemma.formula) for lemma in once], system, claims)
    for lemma, own in zip(lemmas, proof.lemmas, strict=True):
        if formula_text(lemma.formula) != formula_text(own.formula):
            raise CertificateError(f"the lemma `{own.formula}` does not mean the same when it is read again")
    judged = judge(system, claims, lemmas, proof.finite)
    if not isinstance(judged, Judged):
        raise CertificateError(judged.reason)
    return Certificate(request, design, system, claims, lemmas, proof.finite, judged.idle, judged.obligations)


def rebuilt(
    request: Request, design: str, texts: Sequence[str], finite: Sequence[str], idle: Sequence[str]
) -> Certificate:
    """The certificate for any number that a check and the texts of lemmas give; nothing is judged."""
    system, claims = question(request, universal=True)
    lemmas = read_lemmas(texts, system, claims)
    asked = obligations(system, claims, lemmas, finite, idle)
    return Certificate(request, design, system, claims, lemmas, tuple(finite), tuple(idle), asked)


def question(request: Request, *, universal: bool) -> tuple[System, tuple[Claim, ...]]:
    """The whole model that a proof is about, and its claims; the check for stuck states is the last of them."""
    system, problem = problem_of(request)
    stuck = stuck_claim(system)
    claims = problem.claims if stuck is None else (*problem.claims, stuck)
    if not universal:
        return system, claims
    if problem.open is None:
        raise CertificateError("the check is about certain sizes, which no certificate for any number covers")
    return at_place(system, Place("", {}, problem.open.conditions)), claims


def read_lemmas(texts: Sequence[str], system: System, claims: Sequence[Claim]) -> tuple[Lemma, ...]:
    """Lemmas from their texts. A claim and a conjecture of the model have a name, any other lemma is its own name."""
    known = {formula_text(c.formula): c for c in reversed(conjectures(system))}
    known |= {formula_text(c.formula): Lemma(c.name, c.formula, "claim") for c in reversed(claims)}
    return tuple(_labelled(parse_formula(text, system), text, known) for text in texts)


def _labelled(formula: Expr, text: str, known: Mapping[str, Lemma]) -> Lemma:
    same = known.get(formula_text(formula))
    return Lemma(text, formula) if same is None else Lemma(same.name, formula, same.origin)


def manifest(certificate: Certificate) -> dict[str, Json]:
    """What `certificate.json` says."""
    claims = list[Json](c.name for c in certificate.claims)
    head: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "tool": f"shootdown {__version__}",
        "solvers": {"z3": smt.version(), "cvc5": second.version()},
        "check": _check(certificate),
        "model": fingerprint(certificate.system, certificate.claims, _responses(certificate)),
        "claims": claims,
    }
    if certificate.closed:
        return head | {"sizes": [_at_size(certificate.system, c) for c in certificate.closed]}
    return head | {
        "sizes": ANY_NUMBER,
        "finite": list[Json](certificate.finite),
        "idle": list[Json](certificate.idle),
        "lemmas": [_lemma(lemma) for lemma in certificate.lemmas],
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in scripts(certificate).items()},
    }


def _responses(certificate: Certificate) -> tuple[Response, ...]:
    """What had to happen sooner or later, if that is what was proved."""
    return responses_of(certificate.request.property, certificate.system)


def manifest_text(certificate: Certificate) -> str:
    """`certificate.json` itself."""
    return json.dumps(manifest(certificate), indent=1, ensure_ascii=True) + "\n"


def _check(certificate: Certificate) -> dict[str, Json]:
    """The request in words; `shootdown.review.recheck` reads it."""
    request = certificate.request
    return {
        "design": certificate.design,
        "property": request.property.name,
        "contract": request.contract,
        "policy": request.caller,
        "topology": request.topology,
        "where": request.where,
        "given": dict(sorted(request.sizes.items())),
        "faults": request.faults,
        "depth": request.depth,
        "only": None if request.only is None else list[Json](sorted(request.only)),
        "without": list[Json](sorted(request.without)),
        "engine": request.engine,
    }


def _at_size(system: System, proof: AtSize) -> Json:
    if isinstance(proof, Closed | Live):
        return {**asdict(proof), "sizes": dict(proof.sizes)}
    more: dict[str, Json] = {"sizes": dict(proof.sizes), "claims": list[Json](proof.claims), "faults": proof.faults}
    if isinstance(proof, KInductive):
        return more | {"k": proof.k, "exhausted": proof.exhausted}
    bounded = counted(system, proof.faults)
    return more | {"lemmas": [[clause_words(bounded, clause) for clause in orbit] for orbit in proof.lemmas]}


def _lemma(lemma: Lemma) -> Json:
    return {"name": lemma.name, "origin": lemma.origin, "formula": str(lemma.formula)}


def scripts(certificate: Certificate) -> dict[str, str]:
    """Every script by its name in the directory, in the order of the obligations; shared hypotheses once."""
    found = {f"obligations/{n:03d}-{slug(o.name)}.smt2": o.script for n, o in enumerate(certificate.obligations, 1)}
    premises = {o.context: o for o in reversed(certificate.obligations)}
    ordered = [o for o in certificate.obligations if premises[o.context] is o]
    return found | {f"premises/{n:03d}-{slug(o.about)}.smt2": o.premise for n, o in enumerate(ordered, 1)}


def slug(name: str) -> str:
    """A name as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].strip("-")
