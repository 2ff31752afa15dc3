"""Proofs by a ranking as files: every obligation as an SMT-LIB 2 script, laid out as in `shootdown.review.certificate`.

    obligations/*.smt2  scripts that have to be unsatisfiable: the lemmas' first, then those of the rules
    premises/*.smt2     hypotheses that have to be satisfiable: those of the lemmas, and that something is ever pending

The hypotheses of a rule about a step need not be satisfiable: what cannot happen has nothing to meet.
"""

from collections.abc import Iterator

from shootdown import second
from shootdown.review.certificate import slug
from shootdown.search.certify_ranking import JudgedRanking
from shootdown.search.obligations import Obligation
from shootdown.smt import Answer

WORK = 20_000_000
"""Bound on one script in Z3's own units, as for the judge."""


def ranking_scripts(judged: JudgedRanking) -> dict[str, str]:
    """Every script by its name in the directory, in the order of the obligations; shared hypotheses once."""
    asked = [*judged.lemmas, *(duty.obligation for duty in judged.rules)]
    found = {f"obligations/{n:03d}-{slug(o.name)}.smt2": o.script for n, o in enumerate(asked, 1)}
    return found | {f"premises/{n:03d}-{slug(o.about)}.smt2": o.premise for n, o in enumerate(_premises(judged), 1)}


def _premises(judged: JudgedRanking) -> Iterator[Obligation]:
    contexts = {o.context: o for o in reversed(judged.lemmas)}
    yield from (o for o in judged.lemmas if contexts[o.context] is o)
    yield judged.rules[0].obligation


def unconfirmed(scripts: dict[str, str], *, rlimit: int = WORK) -> tuple[str, ...]:
    """Names of the obligations that not both solvers find unsatisfiable. Raises DisagreementError."""
    asked = [name for name in scripts if name.startswith("obligations/")]
    return tuple(n for n in asked if second.agreed(scripts[n], rlimit=rlimit).answer is not Answer.UNSAT)


__all__ = ["ranking_scripts", "unconfirmed"]
