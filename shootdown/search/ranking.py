"""Proofs of responses for any finite number of elements, by a rank that shrinks.

Each rule of `shootdown.search.ranking_obligations` is written here as a formula about one state: for something to hold
after a step, something must hold before it (`before_step`). So a rule is a consequence of the invariant like any other,
and the search for lemmas over uninterpreted sorts finds what it needs. What it finds is then judged anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.expr import FALSE, Binder, Expr, Op, conj, disj, implies, reads
from shootdown.ir.ground import check_sizes
from shootdown.ir.ranking import Component, Helpful, Ranking
from shootdown.ir.rewrite import before_step, instantiate, is_true, simplify
from shootdown.ir.sorts import BOOL
from shootdown.ir.system import Action, Claim, Expectation, System
from shootdown.ir.temporal import Response
from shootdown.search.anynumber import find, without_start
from shootdown.search.certify import Rejected
from shootdown.search.certify_ranking import judge_ranking, misfit
from shootdown.search.parametric import Stopped, Wanted
from shootdown.search.question import Hints
from shootdown.search.ranking_obligations import Rule, inner_place, labels
from shootdown.search.ranking_runs import follow
from shootdown.search.result import Limits
from shootdown.search.verdict import Ranked


def prove_response(
    system: System, response: Response, ranking: Ranking, hints: Hints, limits: Limits
) -> Ranked | Stopped:
    """The certificate that the response comes in every fair run, for any finite number; or why there is none.

    Where a rule is not met, the reason names it and says what stands in the way. That is no refutation.
    """
    if reason := misfit(system, response, ranking):
        return Stopped(reason)
    found = find(system, Wanted((), rules(system, response, ranking)), hints, limits)
    if isinstance(found, Stopped):
        return found
    limits.tell("judge", len(found.lemmas), "every rule anew")
    judged = judge_ranking(system, response, ranking, found.lemmas, found.finite, deadline=limits.deadline)
    if isinstance(judged, Rejected):
        return Stopped(f"the judge does not confirm the ranking: {judged.reason}")
    if lacking := without_start(system):
        return Stopped(f"it is not shown that any run starts with {lacking}: that number would not be covered")
    for sizes in hints.small[:2]:
        follow(system, response, ranking, found.lemmas, check_sizes(system, sizes))
    faults = any(a.fault for a in system.actions)
    return Ranked(response, ranking, found.lemmas, judged.count, found.finite, faults)


def rules(system: System, response: Response, ranking: Ranking) -> tuple[Claim, ...]:
    """What has to follow from the lemmas, as formulas about one state; those that say nothing are left out."""
    outside = conj(response.trigger, ~response.goal)
    enters = _closed(response.params, implies(outside, ranking.region))
    level = _Level(ranking, ~response.goal, response.goal, (), "")
    listed = [Claim(Rule.ENTERS.named(""), Expectation.ALWAYS, enters), *_rules(system, level)]
    told = [replace(claim, formula=simplify(claim.formula)) for claim in listed]
    return tuple(claim for claim in told if not is_true(claim.formula))


@dataclass(frozen=True, slots=True)
class _Level:
    """A response within a response: `during` holds until `done` does or a rank of `outer` is smaller."""

    ranking: Ranking
    during: Expr
    done: Expr
    outer: tuple[tuple[Component, ...], ...]
    place: str

    @property
    def pending(self) -> Expr:
        """Where the rules are about."""
        return conj(self.during, self.ranking.region)

    def ends(self, action: Action) -> Expr:
        """The step of the action leads out of the level."""
        return disj(before_step(self.done, action), *(_smaller(rank, action) for rank in self.outer))


def _rules(system: System, level: _Level) -> Iterator[Claim]:
    for action in system.actions:
        if not (action.fault and level.outer):
            yield from _step_rules(level, action)
    ranking, place = level.ranking, level.place
    cases = [_quantified(Op.EXISTS, h.args, h.when) for h in ranking.helpful]
    yield _claim(Rule.HELPED.named(place), ranking.params, level.pending, disj(FALSE, *cases))
    for helpful, label in zip(ranking.helpful, labels(ranking), strict=True):
        yield from _helpful_rules(system, level, helpful, label)


def _step_rules(level: _Level, action: Action) -> Iterator[Claim]:
    """What any step of the action has to keep."""
    ranking, place, written = level.ranking, level.place, {u.variable.name for u in action.updates}
    free, before, ends = (*ranking.params, *action.params), conj(level.pending, action.guard), level.ends(action)
    if written & reads(ranking.region):
        kept = disj(ends, before_step(ranking.region, action))
        yield _claim(Rule.KEEPS.named(place, action.name), free, before, kept)
    if action.fault:
        return
    smaller = _smaller(ranking.rank, action)
    if any(written & reads(c.member) for c in ranking.rank):
        same = conj(*(_gains_nothing(c, action) for c in ranking.rank))
        yield _claim(Rule.NEVER_RAISES.named(place, action.name), free, before, disj(ends, smaller, same))
    for helpful, label in zip(ranking.helpful, labels(ranking), strict=True):
        if written & reads(helpful.when):
            others = conj(before, helpful.when, _other(action, helpful))
            still = disj(ends, smaller, before_step(helpful.when, action))
            yield _claim(Rule.STAYS.named(place, action.name, label), (*free, *helpful.args), others, still)


def _helpful_rules(system: System, level: _Level, helpful: Helpful, label: str) -> Iterator[Claim]:
    """What the helpful action has to do, and when it can."""
    ranking, place = level.ranking, level.place
    own = _as_own(system.action[helpful.action], helpful)
    free, helps = (*ranking.params, *helpful.args), conj(level.pending, helpful.when)
    if helpful.again is None:
        yield _claim(Rule.ENABLED.named(place, helper=label), free, helps, own.guard)
    else:
        waiting = conj(helps, ~own.guard)
        outer = (*level.outer, ranking.rank)
        inner = _Level(helpful.again, waiting, disj(level.done, own.guard), outer, inner_place(place, label))
        yield _claim(Rule.ENTERS.named(inner.place), free, waiting, helpful.again.region)
        yield from _rules(system, inner)
    smaller = disj(level.ends(own), _smaller(ranking.rank, own))
    yield _claim(Rule.SHRINKS.named(place, helper=label), free, conj(helps, own.guard), smaller)


def _as_own(action: Action, helpful: Helpful) -> Action:
    """The action with the helpful instance's arguments as its parameters."""
    terms = {p.key: _term(a) for p, a in zip(action.params, helpful.args, strict=True)}
    updates = tuple(replace(u, value=instantiate(u.value, terms)) for u in action.updates)
    return replace(action, params=helpful.args, guard=instantiate(action.guard, terms), updates=updates)


def _other(action: Action, helpful: Helpful) -> Expr:
    """The step is not the helpful instance's own."""
    if action.name != helpful.action:
        return conj()
    return ~conj(*(_term(p) == _term(a) for p, a in zip(action.params, helpful.args, strict=True)))


def _smaller(rank: Sequence[Component], action: Action) -> Expr:
    """The step takes an element from a set of the row and gives none to it or to one before it."""
    gains = [_gains_nothing(c, action) for c in rank]
    return disj(FALSE, *(conj(*gains[: k + 1], _loses(c, action)) for k, c in enumerate(rank)))


def _gains_nothing(component: Component, action: Action) -> Expr:
    after = before_step(component.member, action)
    return _quantified(Op.FORALL, component.binders, implies(after, component.member))


def _loses(component: Component, action: Action) -> Expr:
    after = before_step(component.member, action)
    return _quantified(Op.EXISTS, component.binders, conj(component.member, ~after))


def _claim(name: str, free: tuple[Binder, ...], before: Expr, after: Expr) -> Claim:
    return Claim(name, Expectation.ALWAYS, _closed(free, implies(before, after)))


def _closed(free: tuple[Binder, ...], formula: Expr) -> Expr:
    return _quantified(Op.FORALL, free, formula)


def _quantified(op: Op, binders: tuple[Binder, ...], formula: Expr) -> Expr:
    return Expr(op, (formula,), BOOL, binders) if binders else formula


def _term(binder: Binder) -> Expr:
    return Expr(Op.VAR, (), binder.sort, binder)


__all__ = ["prove_response", "rules"]
