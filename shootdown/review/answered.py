"""Proofs of responses as parts of a certificate: made from a verdict, or again from the texts of their lemmas.

The ranking is no part of the data: it is stated with the property, and made anew from the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shootdown.counterexamples.shape import Json
from shootdown.ir import Response, System
from shootdown.ir.errors import CertificateError
from shootdown.ir.ranking import Ranking
from shootdown.review.lemmas import as_read, files_of, lemma_record, read_lemmas, slug
from shootdown.review.ranking_scripts import premises
from shootdown.search.certify_ranking import JudgedRanking, judge_ranking, misfit, whole
from shootdown.search.obligations import Obligation, obligations
from shootdown.search.parametric import Stopped
from shootdown.search.question import Problem
from shootdown.search.ranked import fitting
from shootdown.search.ranking_obligations import duties
from shootdown.search.verdict import Lemma, Ranked


@dataclass(frozen=True)
class Answered:
    """One response, its ranking and the lemmas, and everything that has to be shown of them."""

    response: Response
    ranking: Ranking
    lemmas: tuple[Lemma, ...]
    finite: tuple[str, ...]
    asked: JudgedRanking

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """What has to be unsatisfiable: of the lemmas first, then of the rules."""
        return (*self.asked.lemmas, *(duty.obligation for duty in self.asked.rules))

    @property
    def premises(self) -> tuple[Obligation, ...]:
        """What has to be satisfiable: hypotheses of the lemmas, and that something is ever pending."""
        return tuple(premises(self.asked))

    def proof(self, system: System) -> Ranked:
        """The same as part of a verdict."""
        faults = any(action.fault for action in system.actions)
        return Ranked(self.response, self.ranking, self.lemmas, self.asked.count, self.finite, faults)

    def record(self) -> Json:
        """What a manifest says of it."""
        return {
            "response": self.response.name,
            "finite": list[Json](self.finite),
            "idle": list[Json](self.asked.idle),
            "lemmas": [lemma_record(lemma) for lemma in self.lemmas],
        }


@dataclass(frozen=True)
class Stated:
    """What a manifest says of one response: texts of lemmas, names of orders and of actions that never happen."""

    texts: Sequence[str]
    finite: Sequence[str]
    idle: Sequence[str]


def answered(problem: Problem, system: System, proofs: Sequence[Ranked]) -> tuple[Answered, ...]:
    """The parts for all responses of a problem, judged once more; a CertificateError where one does not stand."""
    pairs = zip(problem.responses, proofs, strict=True)
    return tuple(_judged(system, response, _ranking(problem, system, response), proof) for response, proof in pairs)


def _judged(system: System, response: Response, ranking: Ranking, proof: Ranked) -> Answered:
    lemmas = as_read(proof.lemmas, system, ())
    judged = judge_ranking(system, response, ranking, lemmas, proof.finite)
    if not isinstance(judged, JudgedRanking):
        raise CertificateError(judged.reason)
    return Answered(response, ranking, lemmas, proof.finite, judged)


def answered_again(problem: Problem, system: System, stated: Sequence[Stated]) -> tuple[Answered, ...]:
    """The parts that the model gives for what a manifest says; nothing is decided."""
    if len(stated) != len(problem.responses):
        raise CertificateError(f"the check is about {len(problem.responses)} responses, the certificate about others")
    pairs = zip(problem.responses, stated, strict=True)
    return tuple(_made(system, response, _ranking(problem, system, response), own) for response, own in pairs)


def _made(system: System, response: Response, ranking: Ranking, stated: Stated) -> Answered:
    if reason := misfit(system, response, ranking):
        raise CertificateError(reason)
    lemmas, finite = read_lemmas(stated.texts, system, ()), tuple(stated.finite)
    of_lemmas = obligations(system, [whole(lemmas)], lemmas, finite, stated.idle)
    rules = duties(system, response, ranking, lemmas, finite)
    return Answered(response, ranking, lemmas, finite, JudgedRanking(of_lemmas, rules, tuple(stated.idle)))


def _ranking(problem: Problem, system: System, response: Response) -> Ranking:
    found = fitting(problem, system, response)
    if isinstance(found, Stopped):
        raise CertificateError(found.reason)
    return found


def scripts_of(parts: Sequence[Answered]) -> dict[str, str]:
    """Every script by its name in the directory of a certificate: each response has a directory of its own."""
    found: dict[str, str] = {}
    for number, part in enumerate(parts, 1):
        folder = f"responses/{number}-{slug(part.response.name)}"
        found |= {f"{folder}/{name}": text for name, text in files_of(part.obligations, part.premises).items()}
    return found


__all__ = ["Answered", "Stated", "answered", "answered_again", "scripts_of"]
