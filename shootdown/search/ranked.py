"""Responses for any finite number of elements: each by the ranking that is stated for it.

A ranking is a hint. One that does not fit the system gives no proof, and neither do rules that are not met.
"""

from shootdown.ir.errors import ModelError
from shootdown.ir.ranking import Ranking
from shootdown.ir.system import System
from shootdown.ir.temporal import Response
from shootdown.search.parametric import Stopped
from shootdown.search.question import Open, Place, Problem, at_place
from shootdown.search.ranking import prove_response
from shootdown.search.result import Limits
from shootdown.search.verdict import Ranked


def by_rankings(problem: Problem, asked: Open, limits: Limits) -> tuple[Ranked, ...] | Stopped:
    """A proof of every response of the problem, judged; or why there is none for one of them."""
    system = at_place(problem.system, Place("", {}, asked.conditions))
    rankings: list[Ranking] = []
    for response in problem.responses:
        if isinstance(fits := fitting(problem, system, response), Stopped):
            return fits
        rankings.append(fits)
    proofs: list[Ranked] = []
    for response, ranking in zip(problem.responses, rankings, strict=True):
        limits.tell("ranking", len(proofs), response.name)
        found = prove_response(system, response, ranking, asked.hints, limits)
        if isinstance(found, Stopped):
            return found
        proofs.append(found)
    return tuple(proofs)


def fitting(problem: Problem, system: System, response: Response) -> Ranking | Stopped:
    """The ranking that is stated for a response, as formulas over a system; why there is none, where there is none."""
    made = problem.ranks.get(response.name)
    if made is None:
        return Stopped(f"no ranking is stated for `{response.name}`")
    try:
        return made(system).on(system, response)
    except ModelError as error:
        return Stopped(f"the ranking that is stated for `{response.name}` does not fit: {error}")


__all__ = ["by_rankings", "fitting"]
