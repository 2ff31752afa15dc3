"""An answer: the verdict on a request, with everything that a report says about it."""

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from shootdown.counterexamples.minimise import minimise
from shootdown.ir import TRUE, ModelError, Response, System, formula
from shootdown.ir.errors import place_of
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.ir.system import Claim, Expectation, Named
from shootdown.ir.trace import Candidate
from shootdown.model.design import Design
from shootdown.model.policies import REACTIONS
from shootdown.model.topology import everything_is_used, no_emulated
from shootdown.review.problem import (
    OBLIGATIONS,
    Request,
    claims_of,
    problem_of,
    responses_of,
    single_of,
    sizes_in_order,
    stuck_of,
)
from shootdown.search.check import check
from shootdown.search.coverage import Coverage, unfired
from shootdown.search.question import STUCK, Place, Problem
from shootdown.search.refute import refuted
from shootdown.search.result import Limits
from shootdown.search.verdict import (
    Broken,
    HoldsTo,
    Proved,
    Refuted,
    RefutedLasso,
    Unknown,
    Vacuous,
    Verdict,
    outcome,
)


@dataclass(frozen=True)
class Answer:
    """A request, its model and its verdict; `coverage` says where each action fired and each cache was stale."""

    request: Request
    system: System
    verdict: Verdict
    seconds: float
    coverage: Coverage | None = None
    interrupted: bool = False

    @property
    def outcome(self) -> str:
        """proved, refuted, holds-to, unknown or vacuous."""
        return outcome(self.verdict)

    @property
    def stuck(self) -> bool:
        """Whether the trace ends where the kernel cannot go on."""
        return isinstance(self.verdict, Refuted) and self.verdict.claim == STUCK

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The claims that were checked, the check for stuck states last."""
        own, _ = claims_of(self.request.property, self.system)
        return (*own, *stuck_of(self.request))

    @property
    def claim(self) -> Claim | None:
        """The claim that the trace violates; for a lasso the name and the words of its response."""
        if isinstance(self.verdict, RefutedLasso):
            response = self.response
            assert response is not None
            return Claim(response.name, Expectation.ALWAYS, TRUE, response.says, response.doc)
        if not isinstance(self.verdict, Refuted):
            return None
        return next(c for c in self.claims if c.name == self.verdict.claim)

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """What had to happen sooner or later."""
        return responses_of(self.request.property, self.system)

    @property
    def response(self) -> Response | None:
        """The response that fails in a fair run."""
        if not isinstance(self.verdict, RefutedLasso):
            return None
        return next(r for r in self.responses if r.name == self.verdict.claim)

    @property
    def steps(self) -> int | None:
        """Length of the trace; of a lasso with one round of its loop."""
        return len(self.verdict.trace) if isinstance(self.verdict, Broken) else None

    @property
    def lengths(self) -> tuple[int, ...]:
        """Steps of each run that the trace stands for: two where the claim is about two."""
        if isinstance(self.verdict, Refuted) and isinstance(self.system, Product):
            return tuple(len(run) for run in runs_of(self.system, self.verdict.trace))
        return () if self.steps is None else (self.steps,)

    @property
    def tallies(self) -> dict[str, int]:
        """Counted events of the trace: refused and timed-out always, others where they occur."""
        base = {"refused": 0, "timed-out": 0}
        return base | dict(self.verdict.tallies) if isinstance(self.verdict, Broken) else {}


def answer(request: Request, limits: Limits, *, obligations: bool = True) -> Answer:
    """Check one property of one design. Raises ModelError where the model breaks its own obligations.

    The request's own bounds on steps and counted events go over those of `limits`.
    """
    system, problem = problem_of(request)
    found = check(problem, replace(limits, depth=request.depth, faults=request.faults), request.engine)
    verdict = found.verdict
    if isinstance(verdict, Refuted) and found.engine != "explicit":
        verdict = _smallest(system, problem, verdict)
    coverage = covered(request, _grace(limits)) if obligations and not found.interrupted else None
    if coverage is not None and (coverage.actions or coverage.goals) and isinstance(verdict, Proved):
        reason = "out of time before every action was seen to fire and every cache to become stale"
        verdict = Unknown(reason, verdict.scope)
    return Answer(request, system, verdict, found.seconds, coverage, found.interrupted)


def _grace(limits: Limits) -> Limits:
    """Time for the obligations, which take a moment, also where the search has used up its own."""
    deadline = None if limits.deadline is None else max(limits.deadline, time.monotonic() + _GRACE)
    return Limits(deadline=deadline)


def _smallest(system: System, problem: Problem, verdict: Refuted) -> Refuted:
    """A trace of the solver's, made smaller by the minimiser; the explicit engine's are the smallest already."""
    claim = next((c for c in problem.claims if c.name == verdict.claim), None)
    if claim is None:
        return verdict
    found = Candidate(verdict.trace.sizes, verdict.trace.states[0], verdict.trace.steps)
    return refuted(system, claim, minimise(system, claim, found), verdict.scope, verdict.notes)


_GRACE = 5.0
"""Seconds beyond the deadline that obligations may take."""

_covered: dict[Any, tuple[Design, Coverage]] = {}
"""Coverage by what it depends on; the design is kept beside it, so that its identity stays taken."""


def covered(request: Request, limits: Limits) -> Coverage:
    """Model obligations of the request's design, contract and caller, without what narrows the question."""
    key = (id(request.design), request.contract, request.caller, request.property.name)
    if key not in _covered:
        base = Request(request.design, request.property, request.contract, request.policy)
        system = single_of(base)
        exact = Named("every element is used", formula(system, everything_is_used))
        real = Named("no emulated group", formula(system, no_emulated))
        places = [Place("sizes", s, (exact, real)) for s in sizes_in_order({})]
        goals = [g.on(system) for g in OBLIGATIONS]
        found = unfired(system, places, goals, Limits(deadline=limits.deadline), REACTIONS)
        if not limits.expired():
            _insist(base, found)
            _covered[key] = request.design, found
        return found
    return _covered[key][1]


def _insist(request: Request, found: Coverage) -> None:
    sizes = "at no size up to 2 domains, 2 devices, 2 units, 1 iova, 2 frames"
    world = f"{request.design.name} under {request.contract}, {request.caller}"
    if found.actions:
        name = found.actions[0]
        where = next(a.where for a in single_of(request).actions if a.name == name)
        if "call_unlock" in found.actions:
            where = place_of(request.design.after_device)
            raise ModelError(f"no walk of {world} ends {sizes}; after_device has to take devices off s.todo", where)
        raise ModelError(f"action `{name}` of {world} can fire {sizes}; its guard is never true", where)
    if found.goals:
        raise ModelError(f"in {world} {found.goals[0]} {sizes}; nothing that is proved of it would mean anything", "")


__all__ = ["Answer", "HoldsTo", "Proved", "Unknown", "Vacuous", "answer", "covered"]
