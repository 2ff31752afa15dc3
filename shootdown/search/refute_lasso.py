"""The judge of every lasso: it is run again by the interpreter, and its loop must be fair to every instance.

Only this module can build a `RefutedLasso`. It knows the formulas as recorded, and no engine.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from shootdown.ir.errors import TraceError
from shootdown.ir.expr import Binder, Expr
from shootdown.ir.interp import domain, enabled, holds
from shootdown.ir.lasso import (
    Lasso,
    LassoCandidate,
    Permutation,
    check_permutation,
    permuted_state,
    permuted_step,
)
from shootdown.ir.sorts import CInt
from shootdown.ir.system import System
from shootdown.ir.temporal import Fair, Response, Strength
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search.refute import EngineBug, states_of, step_text, tallies
from shootdown.search.verdict import RefutedLasso, Scope, Treated, Turn

LONGEST = 100_000
"""Most steps of a run once its loop is unwound."""

_TOKEN: Final = object()


def is_token(thing: object) -> bool:
    """Whether `thing` is the proof of replay that `RefutedLasso` asks for."""
    return thing is _TOKEN


def refuted_by_lasso(
    system: System, response: Response, candidate: LassoCandidate, scope: Scope, notes: tuple[str, ...] = ()
) -> RefutedLasso:
    """The verdict that a candidate deserves once it has been replayed; an EngineBug where it is no fair lasso."""
    try:
        return confirmed(system, response, candidate, scope, notes)
    except TraceError as error:
        raise EngineBug(f"a lasso against `{response.name}` of {system.name} does not stand: {error}") from error


def confirmed(
    system: System, response: Response, candidate: LassoCandidate, scope: Scope, notes: tuple[str, ...] = ()
) -> RefutedLasso:
    """As `refuted_by_lasso`; a TraceError says in one sentence what is wrong with the candidate.

    The start must be initial, every step enabled, the loop closed exactly once it is unwound and without faults; the
    trigger holds somewhere and the goal nowhere from there on; the loop is fair to every instance.
    """
    lasso = unwound(system, candidate)
    _no_fault(system, lasso)
    env = _bound(response.params, candidate.elements, lasso.sizes)
    since = _since(response, lasso, env)
    fair = tuple(_turns(system, response.fair, lasso))
    counts = tallies(system, lasso.steps)
    return RefutedLasso(lasso, response.name, candidate.elements, since, fair, scope, counts, _TOKEN, notes)


def unwound(system: System, candidate: LassoCandidate) -> Lasso:
    """The run with all its states, its loop repeated until it closes exactly; a TraceError where it is no run."""
    stem, loop, sizes = candidate.stem, candidate.loop, dict(candidate.sizes)
    check_permutation(candidate.permutation, sizes)
    states = list(states_of(system, Candidate(sizes, candidate.start, (*stem, *loop))))
    back = states[len(stem)]
    image = permuted_state(system, candidate.permutation, back)
    if image != states[-1]:
        which = " with the permutation applied" if candidate.permutation else ""
        raise TraceError(f"the loop does not close: after it the state is not the one before it{which}")
    steps = (*stem, *loop)
    if image != back:
        steps = (*stem, *_rounds(system, candidate.permutation, loop, back, LONGEST - len(stem)))
        states = list(states_of(system, Candidate(sizes, candidate.start, steps)))
    if states[-1] != states[len(stem)]:
        raise TraceError("the loop does not close when it is unwound: the permutation is no symmetry of the system")
    return Lasso(sizes, tuple(states), steps, len(stem))


def _rounds(
    system: System, permutation: Permutation, loop: Sequence[Step], state: ConcreteState, most: int
) -> list[Step]:
    """The loop again and again, each round with the permutation applied once more, until the state is back."""
    steps, turn, image = list(loop), list(loop), permuted_state(system, permutation, state)
    while image != state:
        if len(steps) + len(turn) > most:
            raise TraceError(f"the loop does not close within {LONGEST} steps when it is unwound")
        turn = [permuted_step(system, permutation, s) for s in turn]
        steps += turn
        image = permuted_state(system, permutation, image)
    return steps


def _no_fault(system: System, lasso: Lasso) -> None:
    for number, step in enumerate(lasso.loop, lasso.back + 1):
        action = system.action[step.action]
        if action.fault:
            text = step_text(action, step.args)
            raise TraceError(f"step {number}: the fault `{text}` stands in the loop; a run has finitely many faults")


def _bound(params: Sequence[Binder], elements: Sequence[int], sizes: Mapping[str, int]) -> dict[int, int]:
    if len(params) != len(elements):
        raise TraceError(f"the claim is about {len(params)} elements, not {len(elements)}")
    for binder, value in zip(params, elements, strict=True):
        if isinstance(binder.sort, CInt) or value not in domain(binder.sort, sizes):
            raise TraceError(f"{value} is no {binder.sort} at these sizes")
    return {b.key: v for b, v in zip(params, elements, strict=True)}


def _since(response: Response, lasso: Lasso, env: Mapping[int, int]) -> int:
    """The first position with the trigger after which the goal never holds again."""

    def positions(formula: Expr) -> list[int]:
        return [k for k, state in enumerate(lasso.states) if holds(formula, state, lasso.sizes, env)]

    goals, triggers = positions(response.goal), positions(response.trigger)
    if goals and goals[-1] >= lasso.back:
        raise TraceError(f"the goal of `{response.name}` holds again and again: it does after step {goals[-1]}")
    if not triggers:
        raise TraceError(f"the trigger of `{response.name}` never holds")
    later = [k for k in triggers if k > (goals[-1] if goals else -1)]
    if not later:
        raise TraceError(f"whenever the trigger of `{response.name}` holds, the goal does then or later")
    return later[0]


def _turns(system: System, fair: Sequence[Fair], lasso: Lasso) -> Iterator[Treated]:
    """How the loop treats every instance of every fair action; a TraceError for one that it is unfair to."""
    taken = set(lasso.loop)
    for claim in fair:
        action = system.action.get(claim.action)
        if action is None:
            raise TraceError(f"{system.name} has no action `{claim.action}`, to which the run is to be fair")
        for args in itertools.product(*(domain(p.sort, lasso.sizes) for p in action.params)):
            step = Step(action.name, args)
            if step in taken:
                yield Treated(step, claim.strength, Turn.TAKEN)
                continue
            able = [enabled(action, args, state, lasso.sizes) for state in lasso.repeated]
            if not any(able):
                yield Treated(step, claim.strength, Turn.NEVER)
            elif claim.strength is Strength.WEAK and not all(able):
                yield Treated(step, claim.strength, Turn.DISABLED)
            else:
                raise TraceError(_unfair(step_text(action, args), claim.strength, always=all(able)))


def _unfair(text: str, strength: Strength, *, always: bool) -> str:
    how = "all the time" if always else "again and again"
    fair = "weakly" if strength is Strength.WEAK else "strongly"
    return f"the loop is unfair: `{text}` is enabled {how} and never taken, but the run is to be {fair} fair to it"
