"""Two runs moved in order: whoever waited for the other goes on after what both show, and no pair is lost."""

import enum
from typing import Any

from shootdown.ir import ActionSpec, Part, State, System, action, always, compose, implies, require, sometimes
from shootdown.ir.claims import Spoken
from shootdown.ir.observation import Observation
from shootdown.ir.pairs import both_runs
from shootdown.ir.product import Product, product
from shootdown.ir.schedule import scheduled
from shootdown.search import explicit
from shootdown.search.check import check
from shootdown.search.question import Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted


class At(enum.Enum):
    """How far a run has come."""

    START = 0
    READY = 1
    ASKED = 2
    CHOSEN = 3


def chooser() -> System:
    """A step, an observed one, and then a choice that nobody sees."""
    part = Part("chooser")
    part.variable("at", At)
    part.variable("right", bool)
    part.init("start", lambda s: (s.at == At.START) & ~s.right)

    def step(name: str, before: At, after: At, *, right: bool = False) -> ActionSpec:
        def run(s: State) -> None:
            """The next place."""
            require(s.at == before)
            s.at = after
            s.right = s.right | right

        run.__name__ = name
        return action(actor="chooser")(run)

    part.act(
        step("prepare", At.START, At.READY), step("ask", At.READY, At.ASKED),
        step("go_left", At.ASKED, At.CHOSEN), step("go_right", At.ASKED, At.CHOSEN, right=True),
    )  # fmt: skip
    return compose("chooser", [part])


def _both_chose(s: Any) -> Any:
    one, two = both_runs(s)
    return (one.at == At.CHOSEN) & (two.at == At.CHOSEN)


def _same(s: Any) -> Any:
    one, two = both_runs(s)
    return implies(_both_chose(s), one.right == two.right)


SAME: Spoken = always("both went the same way", _same)
CHOSE: Spoken = sometimes("both have chosen", _both_chose)


def _went(first: bool, second: bool) -> Spoken:
    def met(s: Any) -> Any:
        one, two = both_runs(s)
        return _both_chose(s) & (one.right == first) & (two.right == second)

    return sometimes(f"{first} {second}", met)


def pair() -> Product:
    """Two runs, of which only the question is seen; claims look where a run has chosen."""
    return product(chooser(), Observation({"ask": ()}, (), (), lambda s: s.at == At.CHOSEN))


def test_the_first_run_goes_on_after_an_observation() -> None:
    """Both had moved before what they show, and both have to move after it: the choices differ."""
    system = pair()
    problem = Problem(system, (SAME.on(system),), (CHOSE.on(system),), (Place("sizes", {}),))

    found = check(problem, Limits()).verdict

    assert isinstance(found, Refuted)
    assert len(found.trace) == 5


def test_pairs_that_claims_look_at_are_all_met_in_order() -> None:
    """Of the states in which both have chosen, the runs in order meet as many as the runs in any order."""
    system = pair()
    claims = [_went(a, b).on(system) for a in (False, True) for b in (False, True)]

    free, held = (explicit.search(s, claims, {}, Limits()) for s in (system, scheduled(system)))

    assert free.witnessed == held.witnessed == {c.name for c in claims}
