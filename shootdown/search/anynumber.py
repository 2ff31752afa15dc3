"""One attempt at a proof for any number of elements: samples, search for lemmas, judgement."""

from collections.abc import Sequence
from functools import partial

from shootdown.ir.expr import Expr, reads
from shootdown.ir.ground import Sizes, check_sizes
from shootdown.ir.interp import holds
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, System
from shootdown.ir.trace import ConcreteState
from shootdown.search.certify import Rejected, judge
from shootdown.search.firstorder import declarations, declared, elements, names_elements, no_other, text
from shootdown.search.parametric import Found, Stopped, Wanted, search
from shootdown.search.question import Hints
from shootdown.search.rehearsal import rehearse
from shootdown.search.result import Limits
from shootdown.search.samples import blocks_of, holds_in, sample
from shootdown.search.theory import OPTIONS, WORK
from shootdown.search.verdict import Universal
from shootdown.search.vocabulary import derived
from shootdown.smt import Answer, Solver

NUMBERS = (2, 3, 5)
"""Numbers of elements at which a run has to start before anything is said about any number."""

SAMPLED = 200_000
"""States that are listed at one of the small sizes."""


def prove(system: System, wanted: Wanted, hints: Hints, limits: Limits) -> Universal | Stopped:
    """The certificate of a proof for any number, judged by fresh solvers; or why there is none."""
    found = find(system, wanted, hints, limits)
    if isinstance(found, Stopped):
        return found
    limits.tell("judge", len(found.lemmas), "every obligation anew")
    claims = (*wanted.claims, *wanted.consequences)
    judged = judge(system, claims, found.lemmas, found.finite, deadline=limits.deadline)
    if isinstance(judged, Rejected):
        return Stopped(f"the judge does not confirm the lemmas that were found: {judged.reason}")
    if lacking := without_start(system):
        return Stopped(f"it is not shown that any run starts with {lacking}: that number would not be covered")
    for sizes in hints.small[:2]:
        real = check_sizes(system, sizes)
        rehearse(system, real, partial(_false_in, found, real))
    return Universal(found.lemmas, len(judged.obligations), found.finite)


def _false_in(found: Found, sizes: Sizes, state: ConcreteState) -> str:
    """The first lemma that is not true of a state; empty where all are."""
    return next((x.name for x in found.lemmas if not holds(x.formula, state, sizes)), "")


def without_start(system: System) -> str:
    """The first number of some sort's elements for which no initial state was found, in words; empty if there is none.

    Lemmas hold for a number that axioms or initial conditions exclude, and say nothing about it.
    """
    starts = declarations(system) + "".join(f"(assert {text(n.formula)})\n" for n in (*system.axioms, *system.init))
    for sort in system.index_sorts:
        for number in NUMBERS:
            solver = Solver("", rlimit=WORK, options=OPTIONS)
            solver.add_text(starts + _exactly(sort.name, number))
            if solver.check() is not Answer.SAT:
                return f"{number} {sort.plural}"
    return ""


def _exactly(sort: str, number: int) -> str:
    names = elements(sort, number)
    return f"{declared(sort, names)}(assert (distinct {' '.join(names)}))(assert {no_other(sort, names)})\n"


def find(system: System, wanted: Wanted, hints: Hints, limits: Limits) -> Found | Stopped:
    """Lemmas that are inductive over uninterpreted sorts, the claims among them; not yet judged.

    The conjectures alone are tried first: samples of reachable states, to learn from, take longer.
    """
    every = (*wanted.claims, *wanted.consequences)
    if names_elements(_formulas(system, every)):
        return Stopped("the model or the question names single elements, which means nothing for any number of them")
    core = cone(system, [c.formula for c in every])
    known = set(core.by_name)
    near = [c for c in hints.conjectures if len(reads(c.formula) - known) <= 1]
    sliced = cone(system, [*(c.formula for c in every), *(c.formula for c in near)])
    quick = search(sliced, wanted, near, None, limits)
    if isinstance(quick, Found):
        return quick
    samples = sample(sliced, hints.small, hints.large, Limits(states=SAMPLED, deadline=limits.deadline))
    likely = [c for c in near if holds_in(c.formula, samples)]
    return search(sliced, wanted, likely, blocks_of(samples, derived(sliced)), limits)


def _formulas(system: System, claims: Sequence[Claim]) -> list[Expr]:
    found = [system.initial, *(c.formula for c in claims)]
    for action in system.actions:
        found += [action.guard, *(u.value for u in action.updates)]
    return found
