"""Proofs by a ranking as files: every obligation as an SMT-LIB 2 script, laid out as in `shootdown.review.certificate`.

    obligations/*.smt2  scripts that have to be unsatisfiable: the lemmas' first, then those of the rules
    premises/*.smt2     hypotheses that have to be satisfiable: those of the lemmas, and that something is ever pending

The hypotheses of a rule about a step need not be satisfiable: what cannot happen has nothing to meet.
"""

from collections.abc import Iterator

from shootdown import second
from shootdown.review.lemmas import files_of, premises_of
from shootdown.search.certify_ranking import JudgedRanking
from shootdown.search.obligations import Obligation
from shootdown.smt import Answer

WORK = 20_000_000
"""Bound on one script in Z3's own units, as for the judge."""


def ranking_scripts(judged: JudgedRanking) -> dict[str, str]:
    """Every script by its name in the directory, in the order of the obligations; shared hypotheses once."""
    return files_of([*judged.lemmas, *(duty.obligation for duty in judged.rules)], list(premises(judged)))


def premises(judged: JudgedRanking) -> Iterator[Obligation]:
    """What has to be satisfiable: hypotheses of the lemmas, and those of the first rule."""
    yield from premises_of(judged.lemmas)
    yield judged.rules[0].obligation


def unconfirmed(scripts: dict[str, str], *, rlimit: int = WORK) -> tuple[str, ...]:
    """Names of the obligations that not both solvers find unsatisfiable. Raises DisagreementError."""
    asked = [name for name in scripts if name.startswith("obligations/")]
    return tuple(n for n in asked if second.agreed(scripts[n], rlimit=rlimit).answer is not Answer.UNSAT)


__all__ = ["premises", "ranking_scripts", "unconfirmed"]
