"""One check of responses: every size in order, each fair run at it; what else is claimed is checked before.

The first size with a fair run in which something never happens refutes. Where there is none, the loops of each size
have been judged, and every trigger must have been seen, or nothing was checked. Each size speaks for itself: there is
no wider search. Where the small sizes have no such run, rankings may prove the responses for any finite number.
"""

from collections.abc import Sequence
from dataclasses import replace

from shootdown.ir.errors import TraceError
from shootdown.ir.ground import Sizes
from shootdown.ir.lasso import LassoCandidate
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, System
from shootdown.ir.temporal import Response
from shootdown.ir.trace import Candidate, Step
from shootdown.search.engines import INTERPRETED, Found
from shootdown.search.fair import FairSearch, fair_search
from shootdown.search.fairgraph import watched
from shootdown.search.inorder import InOrder
from shootdown.search.lift import lift
from shootdown.search.question import Asked, Open, Place, Problem, at_place, size_text
from shootdown.search.refute import states_of
from shootdown.search.refute_lasso import LONGEST, refuted_by_lasso
from shootdown.search.result import Limits
from shootdown.search.unfair import judge
from shootdown.search.verdict import AtSize, Live, Proved, Ranked, RefutedLasso, Verdict

ENGINE = "fair"
"""Who finds lassos."""

SOON = 30_000
"""States of a size up to which it is searched before a proof for any number is tried; steps count many times over."""


class Responses(InOrder):
    """The check of a problem's responses alone."""

    def __init__(self, problem: Problem, limits: Limits) -> None:
        triggers = tuple(watched([r])[0] for r in problem.responses)
        super().__init__(replace(problem, companions=(*problem.companions, *triggers)), (), limits)
        self.scenarios = problem.companions
        self.engine = ENGINE

    def end(self) -> Verdict:
        """A lasso at the places that were put off, or what is known of all of them."""
        return self.rest() or self.without_trace()

    def ranked(self, asked: Open) -> tuple[Ranked, ...]:
        """A proof of every response for any finite number; nothing where there is none, with a note why."""
        from shootdown.search.ranked import by_rankings  # noqa: PLC0415 # loads z3

        found = by_rankings(self.problem, asked, self.limits)
        if isinstance(found, tuple):
            return found
        self.notes.append(f"no proof for any number: {found.reason}")
        return ()

    def search(self, place: Place, *, soon: bool) -> RefutedLasso | None:
        """Look for a lasso at a place; with `soon` one that turns out to be large is put off."""
        self.limits.tell("sizes", 0, size_text(place.sizes))
        full = at_place(self.problem.system, place)
        responses = tuple(present(full, r) for r in self.problem.responses)
        asked = Asked(place, full, relevant(full, responses, self.scenarios), ())
        limits = replace(self.limits, states=min(SOON, self.limits.states)) if soon else self.limits
        found = fair_search(asked.sliced, responses, self.scenarios, place.sizes, limits)
        self.fired |= found.search.fired
        if found.lasso is not None and found.broken is not None:
            return self._refuted(asked, responses, found.broken, found.lasso)
        if soon and not found.search.complete and limits.states < self.limits.states and not self.limits.expired():
            self.later.append(place)
        else:
            self.take(asked, self._found(asked, responses, found))
        return None

    def _found(self, asked: Asked, responses: Sequence[Response], found: FairSearch) -> Found:
        """Judged at once, so that the states of one size are forgotten before the next is looked at."""
        search, sizes = found.search, asked.place.sizes
        if not search.complete:
            return Found(search if search.states else replace(search, depth=-1))
        if not search.states:
            return Found(search)
        said = judge(asked.sliced, responses, self.scenarios, sizes, self.limits, found, sample=INTERPRETED)
        live = Live(sizes, said.states, said.steps, search.depth, search.digest, said.instances, said.sampled)
        return Found(search, lambda: live, lists=True)

    def _refuted(
        self, asked: Asked, responses: Sequence[Response], broken: Response, lasso: LassoCandidate
    ) -> RefutedLasso:
        scope = replace(self.problem.scope, sizes=(asked.place.sizes,), topology=asked.place.topology)
        whole = _lifted(asked.full, asked.sliced, lasso)
        if whole is None:
            again = fair_search(asked.full, responses, (), asked.place.sizes, self.limits)
            if again.lasso is not None and again.broken is not None:
                whole, broken = again.lasso, again.broken
        return refuted_by_lasso(asked.full, broken, whole or lasso, scope)


def together(safe: Proved, live: Verdict) -> Verdict:
    """The verdict on a problem whose claims are proved and whose responses have this verdict."""
    if not isinstance(live, Proved):
        return live
    proofs: tuple[AtSize, ...] = (*safe.certificate, *live.certificate)
    return replace(live, certificate=proofs, notes=(*safe.notes, *live.notes))


def relevant(system: System, responses: Sequence[Response], scenarios: Sequence[Claim]) -> System:
    """The part of a system that decides the responses.

    It keeps whatever guards a fair action, and each fair action, if only as a step that changes nothing. Then a fair
    run of the system is one of the part, and a run of the part is what some run of the system looks like.
    """
    fair = {f.action for r in responses for f in r.fair}
    guards = [a.guard for a in system.actions if a.name in fair]
    asked = [f for r in responses for f in (r.trigger, r.goal)]
    part = cone(system, [*(c.formula for c in scenarios), *asked, *guards])
    actions = tuple(
        part.action.get(a.name) or replace(a, updates=())
        for a in system.actions
        if a.name in part.action or a.name in fair
    )
    return replace(part, actions=actions)


def present(system: System, response: Response) -> Response:
    """The response at a place: an action that does not happen there asks for no fairness."""
    return replace(response, fair=tuple(f for f in response.fair if f.action in system.action))


def _lifted(full: System, part: System, lasso: LassoCandidate) -> LassoCandidate | None:
    """A lasso of the part as one of the whole, its loop repeated until what the part leaves out has come back too.

    None where that takes too many steps.
    """
    run = lift(full, part, Candidate(lasso.sizes, lasso.start, (*lasso.stem, *lasso.loop)))
    begin = replace(lasso, sizes=run.sizes, start=run.start)
    if not lasso.loop:
        return begin
    most = max(2, min(LONGEST, 2000) // len(lasso.loop))
    return _closed(full, begin, run.sizes, most)


def _closed(full: System, lasso: LassoCandidate, sizes: Sizes, most: int) -> LassoCandidate | None:
    stem, loop = lasso.stem, lasso.loop
    for rounds in (1, 2, 4, 8, 16, most):
        if rounds > most:
            break
        steps: tuple[Step, ...] = (*stem, *loop * rounds)
        try:
            states = list(states_of(full, Candidate(sizes, lasso.start, steps)))
        except TraceError:
            return lasso
        marks = states[len(stem) :: len(loop)]
        for later in range(1, len(marks)):
            earlier = next((k for k in range(later) if marks[k] == marks[later]), None)
            if earlier is not None:
                return replace(lasso, stem=stem + loop * earlier, loop=loop * (later - earlier))
    return None


__all__ = ["ENGINE", "Responses", "present", "relevant", "together"]
