"""The engines by name, each in one shape: asked about a system at one size, it answers with a `Found`.

To add one: a file with the search, a function of the shape of `Engine`, a line in `ENGINES`.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shootdown.ir.errors import UsageError
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import holds
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import ConcreteState
from shootdown.search import explicit
from shootdown.search.certificate import Certificate, Inductive, clause_words, holds_in
from shootdown.search.closure import NotComplete, recheck
from shootdown.search.question import STUCK, Open, Place, Problem, at_place, size_text
from shootdown.search.refute import EngineBug
from shootdown.search.rehearsal import rehearse
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import AtSize, Closed, Universal

if TYPE_CHECKING:  # loads z3, which a quick answer does without
    from shootdown.search.parametric import Stopped

PARAMETRIC = "parametric"
"""The one that is not asked about sizes: a proof for any number of elements."""

WORK = 20_000_000
"""What one query may cost, in the solver's own units: some seconds, and the same on every machine."""

QUERIES = 10_000
"""Queries of one search by PDR; a bound that is the same on every machine."""

JUDGED = 10 * WORK
"""What one obligation may cost a judge."""

DEPTH = 10
"""Steps to which `bmc` looks where nobody bounds it."""

INTERPRETED = 25
"""States per size whose steps the interpreter judges when a set of states is closed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine says about one size.

    `judged`: only where the search is complete without a violation; the certificate, once a judge has confirmed it,
    an EngineBug where it denies it. `lists`: whether `search.witnessed` names every scenario that can be met.
    """

    search: Search
    judged: Callable[[], AtSize] | None = None
    lists: bool = False


Engine = Callable[[System, Sequence[Claim], Sizes, Limits], Found]
"""Asked whether an `always` claim among the claims can break at these sizes; the others are scenarios."""


def by_explicit(system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits) -> Found:
    """Every reachable state; the certificate is the closed set of them."""
    result = explicit.explored(system, claims, sizes, limits)
    found = result.search
    if not found.complete or found.candidate is not None:
        return Found(found if found.states or found.candidate else replace(found, depth=-1))
    if not found.states:
        return Found(found)
    closed = Closed(sizes, found.states, found.depth, found.digest)
    judge = partial(recheck, system, claims, sizes, limits, sample=INTERPRETED, known=result)

    def judged() -> Closed:
        said = judge()
        if isinstance(said, NotComplete):
            raise EngineBug(f"the closed set at {size_text(sizes)} is not complete: {said.search.reason}")
        return replace(closed, interpreted=said.sampled)

    return Found(found, judged, lists=True)


def by_bmc(system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits) -> Found:
    """A shortest run, or none up to a depth; never a proof."""
    from shootdown.search import bmc  # noqa: PLC0415 # loads z3, which a quick answer does without

    bounded = limits if limits.depth is not None else replace(limits, depth=DEPTH)
    return Found(bmc.search(system, claims, sizes, bounded, rlimit=WORK))


def by_kinduction(system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits) -> Found:
    """k-induction, with k up to the bound on steps; the certificate is k, judged at once."""
    from shootdown.search import kinduction  # noqa: PLC0415

    most = kinduction.MOST_K if limits.depth is None else limits.depth
    found = kinduction.answered(system, claims, sizes, limits, rlimit=WORK, most_k=most)
    return _judged(system, claims, limits, found.search, found.certificate)


def by_pdr(system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits) -> Found:
    """PDR; the certificate is an inductive set of clauses, judged at once."""
    from shootdown.search import pdr  # noqa: PLC0415

    found = pdr.answered(system, claims, sizes, limits, rlimit=WORK, queries=QUERIES)
    return _judged(system, claims, limits, found.search, found.certificate)


def _judged(
    system: System, claims: Sequence[Claim], limits: Limits, search: Search, certificate: Certificate | None
) -> Found:
    """Fresh solvers decide. What they leave open is not proved; what they deny is a defect of the engine."""
    if certificate is None:
        return Found(search)
    from shootdown.search.invariant import verify  # noqa: PLC0415

    limits.tell("judge", search.depth, "every obligation anew")
    failures = verify(system, claims, certificate, rlimit=JUDGED, deadline=limits.deadline)
    if denied := [f for f in failures if not f.undecided]:
        where = size_text(certificate.sizes)
        raise EngineBug(f"the certificate at {where} does not stand: {denied[0].obligation}: {denied[0].why}")
    if failures:
        reason = f"a proof was found but not confirmed: {failures[0].obligation} {failures[0].why}"
        return Found(replace(search, complete=False, reason=reason))
    rehearse(system, certificate.sizes, partial(_false_in, system, claims, certificate))
    return Found(search, lambda: certificate)


def _false_in(system: System, claims: Sequence[Claim], certificate: Certificate, state: ConcreteState) -> str:
    """What the certificate says that is not true of a reachable state; empty where there is nothing."""
    clauses = certificate.clauses if isinstance(certificate, Inductive) else ()
    broken = [clause_words(system, c) for c in clauses if not holds_in(c, state)]
    always = [c for c in claims if c.kind is Expectation.ALWAYS]
    return next(iter([*(c.name for c in always if not holds(c.formula, state, certificate.sizes)), *broken]), "")


def for_any_number(problem: Problem, asked: Open, claims: Sequence[Claim], limits: Limits) -> "Universal | Stopped":
    """A proof for any number of elements of every sort, judged; or why there is none."""
    from shootdown.search.anynumber import prove  # noqa: PLC0415
    from shootdown.search.parametric import Wanted  # noqa: PLC0415

    system = at_place(problem.system, Place("", {}, asked.conditions))
    stuck = tuple(c for c in claims if c.name == STUCK)
    wanted = Wanted(tuple(c for c in claims if c.name != STUCK), stuck)
    return prove(system, wanted, asked.hints, limits)


ENGINES: dict[str, Engine] = {
    "explicit": by_explicit,
    "bmc": by_bmc,
    "kinduction": by_kinduction,
    "pdr": by_pdr,
}
"""The engines that are asked about sizes."""

NAMES = (*ENGINES, PARAMETRIC)
"""What `--engine` takes."""


def known_engine(name: str) -> str:
    """The name itself; a UsageError where no engine has it. Empty stands for the usual mix."""
    if name and name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        meant = f"did you mean `{near[0]}`? " if near else ""
        raise UsageError(f"there is no engine `{name}`; {meant}there are: {', '.join(NAMES)}")
    return name
