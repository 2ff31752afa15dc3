"""Certificates as directories: what was asked, the lemmas as text, and every obligation as an SMT-LIB 2 script.

    certificate.json    the check, the model's fingerprint, the lemmas, a list of the files with their SHA-256
    lemmas.txt          the lemmas for readers (`shootdown.report.certificate`)
    obligations/*.smt2  scripts that have to be unsatisfiable
    premises/*.smt2     their hypotheses, which have to be satisfiable
    responses/*/        the same of each response that has a proof by a ranking

A certificate is data: all of it can be made again from the model, the check and the lemmas, and a file is compared with
what is made, never run. A proof at certain sizes has a `certificate.json` only.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from shootdown import __version__, second, smt
from shootdown.counterexamples.shape import Json
from shootdown.ir import Claim, Response, System
from shootdown.ir.errors import CertificateError
from shootdown.ir.fingerprint import fingerprint
from shootdown.review.answered import Answered, Stated, answered, answered_again, scripts_of
from shootdown.review.lemmas import as_read, files_of, lemma_record, premises_of, read_lemmas
from shootdown.review.problem import Request, problem_of, responses_of
from shootdown.search.certificate import KInductive, clause_words
from shootdown.search.certify import Judged, judge
from shootdown.search.counted import searched
from shootdown.search.obligations import Obligation, obligations
from shootdown.search.question import Place, Problem, at_place, stuck_claim
from shootdown.search.verdict import AtSize, Closed, Lemma, Live, Proved, Universal

FORMAT = "shootdown certificate"
VERSION = 1
MANIFEST = "certificate.json"
ANY_NUMBER = "any number"

CONFIRMED_ELSEWHERE = frozenset({"tool", "solvers"})
"""Entries of a manifest that say who wrote it; whoever confirms it may be another version."""


@dataclass(frozen=True)
class Certificate:
    """A proof as data: the request, the model that it poses, and lemmas or closed sets of states.

    `design` is the name or the path by which the design is found again. `idle` are actions that are never enabled where
    the lemmas hold. `answered` has the proofs of responses, `closed` the proofs at certain sizes: it is empty where
    the proof is for any number.
    """

    request: Request
    design: str
    system: System
    claims: tuple[Claim, ...]
    lemmas: tuple[Lemma, ...] = ()
    finite: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    answered: tuple[Answered, ...] = ()
    closed: tuple[AtSize, ...] = ()

    @cached_property
    def every(self) -> tuple[Obligation, ...]:
        """All obligations: those of the claims, then those of each response."""
        return (*self.obligations, *(o for part in self.answered for o in part.obligations))

    @property
    def premises(self) -> tuple[Obligation, ...]:
        """One obligation for each context that has to be satisfiable."""
        return (*premises_of(self.obligations), *(o for part in self.answered for o in part.premises))


def certificate_of(request: Request, design: str, proved: Proved) -> Certificate:
    """The certificate of a proof, judged once more; a CertificateError where it does not stand as text."""
    if not proved.for_any_number:
        system, claims = question(request, universal=False)
        return Certificate(request, design, system, claims, closed=proved.certificate)
    problem, system, claims = _for_any_number(request)
    parts = answered(problem, system, proved.ranked)
    if proved.universal is None:
        return Certificate(request, design, system, claims, answered=parts)
    return replace(_universal(request, design, system, claims, proved.universal), answered=parts)


def _universal(
    request: Request, design: str, system: System, claims: tuple[Claim, ...], proof: Universal
) -> Certificate:
    lemmas = as_read(proof.lemmas, system, claims)
    judged = judge(system, claims, lemmas, proof.finite)
    if not isinstance(judged, Judged):
        raise CertificateError(judged.reason)
    return Certificate(request, design, system, claims, lemmas, proof.finite, judged.idle, judged.obligations)


def rebuilt(
    request: Request, design: str, texts: Sequence[str], finite: Sequence[str], idle: Sequence[str],
    responses: Sequence[Stated] = (),
) -> Certificate:  # fmt: skip
    """The certificate for any number that a check and the texts of lemmas give; nothing is judged."""
    problem, system, claims = _for_any_number(request)
    lemmas = read_lemmas(texts, system, claims)
    asked = obligations(system, claims, lemmas, finite, idle) if claims else ()
    parts = answered_again(problem, system, responses)
    return Certificate(request, design, system, claims, lemmas, tuple(finite), tuple(idle), asked, parts)


def question(request: Request, *, universal: bool) -> tuple[System, tuple[Claim, ...]]:
    """The whole model that a proof is about, and its claims; the check for stuck states is the last of them."""
    if universal:
        return _for_any_number(request)[1:]
    system, problem = problem_of(request)
    return system, _claims(system, problem)


def _for_any_number(request: Request) -> tuple[Problem, System, tuple[Claim, ...]]:
    system, problem = problem_of(request)
    if problem.open is None:
        raise CertificateError("the check is about certain sizes, which no certificate for any number covers")
    return problem, at_place(system, Place("", {}, problem.open.conditions)), _claims(system, problem)


def _claims(system: System, problem: Problem) -> tuple[Claim, ...]:
    stuck = stuck_claim(system)
    return problem.claims if stuck is None else (*problem.claims, stuck)


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
        "lemmas": [lemma_record(lemma) for lemma in certificate.lemmas],
        **({"responses": [part.record() for part in certificate.answered]} if certificate.answered else {}),
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
    bounded = searched(system, proof.faults)
    return more | {"lemmas": [[clause_words(bounded, clause) for clause in orbit] for orbit in proof.lemmas]}


def scripts(certificate: Certificate) -> dict[str, str]:
    """Every script by its name in the directory, in the order of the obligations; shared hypotheses once."""
    own = files_of(certificate.obligations, premises_of(certificate.obligations))
    return own | scripts_of(certificate.answered)
