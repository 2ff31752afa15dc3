"""On the model the obligations over uninterpreted sorts mean what the interpreter means, once the sorts are closed.

For each check that has to be proved for any number: initial states, and for each action guard, state after the step and
claim about it, in states that explicit search reaches; in some of them the action is enabled.
"""

import itertools
from collections import Counter

import pytest

from shootdown.ir.interp import enabled, is_initial
from shootdown.ir.trace import ConcreteState
from shootdown.review.cells import Cell, cells
from shootdown.search import explicit
from tests.agreement.test_pdr_on_the_model import name_of, pose, sizes
from tests.judges import Case
from tests.unbounded import arguments, asked, starts_differ, step_differs

SIZES = {**sizes(1, 2, 2, 1), "Frame": 1}
LEAKY = "report-and-complete"
"""Under this policy `no-reuse-while-stale` need not hold."""

LOOKED_AT = 2500
"""States among which those are looked for in which an action is enabled."""

PROVED = ("failure-is-told", "success-means-coherent", "no-reuse-while-stale", "host-page-safe")


def proved() -> list[Cell]:
    """The checks that have to be proved for any number, and one of them under the contract of a kernel."""
    found = [c for c in cells() if c.design in ("type1-v1-stop", "best-effort") and not c.expect.topology]
    ideal = [c for c in found if c.contract == "ideal" and c.expect.property in PROVED and c.expect.policy != LEAKY]
    kernel = [c for c in found if c.contract == "smmuv3-v10" and c.expect.property == "failure-is-told"]
    return [*ideal, *kernel[:1]]


def reached(cell: Cell) -> tuple[Case, list[ConcreteState]]:
    """The check at small sizes, and some of its reachable states."""
    posed = pose(cell, SIZES)
    whole = explicit.explored(posed.system, (), SIZES, posed.limits)
    assert whole.search.complete
    stride = max(1, whole.search.states // LOOKED_AT)
    states = [p.space.layout.unpack(w) for p in whole.parts for w in p.visited.all()[::stride].tolist()]
    return Case(posed.system, posed.claims[0], dict(SIZES)), states


@pytest.mark.parametrize("cell", proved(), ids=name_of)
def test_obligations_equal_interpreter(cell: Cell) -> None:
    """No difference in any state that is looked at; most actions are enabled in some of them."""
    case, states = reached(cell)
    every, taken = asked(case), Counter[str]()
    starts = [s for s in states if is_initial(case.system, s, SIZES)]
    assert starts
    assert not starts_differ(case, every, [*starts[:3], *states[1::500]])
    for action in case.system.actions:
        choices = arguments(case, action)
        able = (s for s in states if any(enabled(action, args, s, SIZES) for args in choices))
        some = [*itertools.islice(able, 2), states[len(states) // 2]]
        taken[action.name] += len(some) - 1
        assert not step_differs(case, every, action, some), action.name
    assert sum(n > 0 for n in taken.values()) * 10 >= 8 * len(case.system.actions)
