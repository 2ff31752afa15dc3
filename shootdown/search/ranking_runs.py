"""The interpreter follows a ranking: along runs of its own the rank shrinks as the rules say, and never grows.

Ranks are sets here, computed from the recorded expressions; no solver and no printer is asked. The seed is fixed.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from shootdown.ir.expr import Binder
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import domain, enabled, holds, successors
from shootdown.ir.ranking import Component, Helpful, Ranking
from shootdown.ir.system import System
from shootdown.ir.temporal import Response
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search.refute import EngineBug
from shootdown.search.rehearsal import RUNS, SEED, start_of
from shootdown.search.verdict import Lemma

STEPS = 60
"""How far a run is followed."""

STUTTER = Step("nobody", ())
"""Where no action is enabled, a run stays where it is."""

Env = Mapping[int, int]
Rank = tuple[frozenset[tuple[int, ...]], ...]


def follow(system: System, response: Response, ranking: Ranking, lemmas: Sequence[Lemma], sizes: Sizes) -> int:
    """How many steps between trigger and goal were looked at; an EngineBug where one of them breaks a rule.

    About every other step is a helpful one, where there is one: left to chance, most runs would never get to the goal.
    """
    start = start_of(system, sizes)
    if start is None:
        return 0
    looked = 0
    for run in range(RUNS):
        state, choice = start, random.Random(SEED + run)
        for _ in range(STEPS):
            step, then = _chosen(system, ranking, state, sizes, choice)
            moment = _Moment(system, sizes, state, step, then)
            looked += moment.looked_at(response, ranking)
            if broken := moment.broken(response, ranking, lemmas):
                raise EngineBug(f"{system.name}: by the interpreter, a run breaks what was proved: {broken}")
            state = then
    return looked


def _chosen(
    system: System, ranking: Ranking, state: ConcreteState, sizes: Sizes, choice: random.Random
) -> tuple[Step, ConcreteState]:
    after = list(successors(system, state, sizes))
    if not after:
        return STUTTER, state
    useful = {h.action for h in ranking.helpful} if choice.random() < 1 / 2 else set()
    helping = [pair for pair in after if pair[0].action in useful] or after
    name = choice.choice(sorted({step.action for step, _ in helping}))  # each action is as likely as the others
    return choice.choice([pair for pair in helping if pair[0].action == name])


@dataclass(frozen=True)
class _Moment:
    """One step of a run: what the rules say about it."""

    system: System
    sizes: Sizes
    before: ConcreteState
    step: Step
    after: ConcreteState

    @property
    def fault(self) -> bool:
        """Whether the step is a fault."""
        return self.step != STUTTER and self.system.action[self.step.action].fault

    def looked_at(self, response: Response, ranking: Ranking) -> bool:
        """Whether the step begins in the region, without the goal, for some elements."""
        choices = [e for e in self._choices(response.params, {}) if holds(ranking.region, self.before, self.sizes, e)]
        return not all(holds(response.goal, self.before, self.sizes, env) for env in choices)

    def broken(self, response: Response, ranking: Ranking, lemmas: Sequence[Lemma]) -> str:
        """The first lemma or rule that the step breaks; empty where it breaks none."""
        for lemma in lemmas:
            if not holds(lemma.formula, self.after, self.sizes):
                return lemma.name
        for env in self._choices(response.params, {}):
            if holds(response.goal, self.before, self.sizes, env):
                continue
            inside = holds(ranking.region, self.before, self.sizes, env)
            if not inside and holds(response.trigger, self.before, self.sizes, env):
                return "the trigger leads into the region"
            if inside and (found := self._level(ranking, env, over=holds(response.goal, self.after, self.sizes, env))):
                return found
        return ""

    def _level(self, ranking: Ranking, env: Env, *, over: bool, inner: bool = False) -> str:
        """The rules of one ranking; `over` if the step leads out of what it is about."""
        helping = [(h, e) for h in ranking.helpful for e in self._instances(h, env)]
        if not helping:
            return "some action helps"
        smaller = self._smaller(ranking.rank, env)
        if not over and not (inner and self.fault):
            if not holds(ranking.region, self.after, self.sizes, env):
                return f"{self.step.action} keeps the region"
            if not self.fault and not smaller and not self._same(ranking.rank, env):
                return f"{self.step.action} does not raise the rank"
        found = (self._helped(h, e, over=over or smaller) for h, e in helping)
        return next((reason for reason in found if reason), "")

    def _helped(self, helpful: Helpful, env: Env, *, over: bool) -> str:
        """The rules of one helpful instance; `over` also if the rank is smaller."""
        args = tuple(env[a.key] for a in helpful.args)
        able = enabled(self.system.action[helpful.action], args, self.before, self.sizes)
        own = self.step == Step(helpful.action, args)
        if own and not over:
            return f"{helpful.action} makes the rank smaller where it helps"
        if not own and not over and not self.fault and not holds(helpful.when, self.after, self.sizes, env):
            return f"{self.step.action} leaves {helpful.action} helpful"
        if able:
            return ""
        if helpful.again is None:
            return f"{helpful.action} is enabled where it helps"
        if not holds(helpful.again.region, self.before, self.sizes, env):
            return f"until {helpful.action} can be taken: the trigger leads into the region"
        able_after = enabled(self.system.action[helpful.action], args, self.after, self.sizes)
        return self._level(helpful.again, env, over=over or able_after, inner=True)

    def _instances(self, helpful: Helpful, env: Env) -> Iterator[Env]:
        choices = self._choices(helpful.args, env)
        return (e for e in choices if holds(helpful.when, self.before, self.sizes, e))

    def _choices(self, binders: Sequence[Binder], env: Env) -> Iterator[Env]:
        for values in product(*(domain(b.sort, self.sizes) for b in binders)):
            yield {**env, **dict(zip((b.key for b in binders), values, strict=True))}

    def _smaller(self, rank: Sequence[Component], env: Env) -> bool:
        """The first set that is not what it was has only lost elements."""
        pairs = zip(self._rank(rank, env, self.before), self._rank(rank, env, self.after), strict=True)
        changed = next(((old, new) for old, new in pairs if old != new), None)
        return changed is not None and changed[1] < changed[0]

    def _same(self, rank: Sequence[Component], env: Env) -> bool:
        return self._rank(rank, env, self.before) == self._rank(rank, env, self.after)

    def _rank(self, rank: Sequence[Component], env: Env, state: ConcreteState) -> Rank:
        return tuple(
            frozenset(
                tuple(e[b.key] for b in c.binders)
                for e in self._choices(c.binders, env)
                if holds(c.member, state, self.sizes, e)
            )
            for c in rank
        )
