"""Several counterexamples to one check that differ in kind (docs/adr/0015-different-counterexamples.md)."""

from dataclasses import replace

from shootdown.ir.errors import UsageError
from shootdown.model.report import shown
from shootdown.review.answer import Answer
from shootdown.review.problem import Request, problem_of
from shootdown.search.different import Different, Shown, different
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted

RETURNS = "call_returns"
"""The step at which the VMM sees the answer of the call."""


def must_have_kinds(request: Request) -> None:
    """A UsageError where a property is not about single runs that end."""
    name = request.property.name
    if request.property.pair is not None:
        raise UsageError(f"--traces tells single runs apart, and {name} compares two; drop --traces")
    if request.property.responses:
        raise UsageError(f"--traces tells runs apart by their ends, and {name} is about runs that go on; drop --traces")


def kinds(answer: Answer, most: int, limits: Limits) -> Different:
    """At most `most` counterexamples, that of the refuted answer first.

    The request's own bounds on steps and counted events go over those of `limits`.
    """
    verdict, request = answer.verdict, answer.request
    assert isinstance(verdict, Refuted)
    _, problem = problem_of(request, answer.system)
    bounds = replace(limits, depth=request.depth, faults=request.faults)
    return different(problem, verdict, {RETURNS: shown(request.design.report)}, most, bounds)


def told(answer: Answer, one: Shown) -> Answer:
    """The answer as if this counterexample were its own."""
    return replace(answer, verdict=one.verdict)
