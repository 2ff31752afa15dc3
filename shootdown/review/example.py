"""An example run where everything holds: the shortest one that sets up the scenario of a claim."""

from shootdown.ir.expr import as_bool
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.trace import Trace
from shootdown.review.problem import Request, problem_of
from shootdown.search import explicit
from shootdown.search.lift import lift
from shootdown.search.question import at_place
from shootdown.search.refute import replay
from shootdown.search.result import Limits


def example(request: Request, limits: Limits) -> tuple[str, Trace] | None:
    """The last companion's name and a shortest replayed run to it; None where no place has one."""
    system, problem = problem_of(request)
    goal = problem.companions[-1]
    wanted = Claim(goal.name, Expectation.ALWAYS, ~as_bool(goal.formula))
    for place in problem.places:
        full = at_place(system, place)
        sliced = cone(full, [wanted.formula])
        found = explicit.search(sliced, [wanted], place.sizes, limits)
        if found.candidate is not None:
            return goal.name, replay(full, wanted, lift(full, sliced, found.candidate))
    return None
