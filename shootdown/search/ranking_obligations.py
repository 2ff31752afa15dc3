"""What has to be shown for a ranking to prove a response for any finite number, as complete SMT-LIB 2 scripts.

Let *pending* be region without goal, where all lemmas hold. Rows of sets are compared as in `shootdown.ir.ranking`.

* ENTERS: trigger without goal implies the region.
* KEEPS: every step from pending leads to the region or to the goal.
* NEVER_RAISES: every step from pending that is no fault leads to the goal or to a rank that is smaller or the same.
* HELPED: where pending, some helpful instance helps.
* ENABLED: where pending and an instance helps, it is enabled.
* STAYS: a step of any other instance that is no fault leads from there to the goal, to a smaller rank, or to where the
  helpful instance helps still.
* SHRINKS: the helpful instance's own step leads from there to the goal or to a smaller rank.

Why that is enough. Suppose a fair run from a reachable state with the trigger on which the goal never comes. It is
pending for ever (ENTERS, KEEPS), through its faults too. Faults may raise the rank, but a run has finitely many, and
nothing here counts them: after the last one the rank never grows (NEVER_RAISES). Sorts are finite, so there are
finitely many rows of sets, and from some point on the rank stays the same. There some helpful instance helps (HELPED).
It is never taken (SHRINKS), so every step is another's and leaves it helpful (STAYS; a stutter changes nothing), hence
it is enabled for ever (ENABLED), and weak fairness is broken.

A strongly fair instance need not be enabled all the time. In the place of ENABLED stands a response of its own, from
"pending, helpful, not enabled" to "enabled", for runs on which nothing of the above happens any more: no fault, no
goal, no smaller rank. So each of its steps may also lead to the goal or to a smaller outer rank, and none of its rules
has to hold of faults. If it is proved, the instance is enabled again and again, is never taken, and strong fairness is
broken. The ranking of that response has the same rules, with these exits, and so on inwards.

Everything is written from the recorded model, over the two vocabularies of `shootdown.search.obligations`; the search
for lemmas asks the same of one state, by `before_step`.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shootdown.ir.expr import Binder, Expr, reads
from shootdown.ir.ranking import Component, Helpful, Ranking
from shootdown.ir.system import Action, System
from shootdown.ir.temporal import Response
from shootdown.search.firstorder import Names, constants, sort_text, text
from shootdown.search.obligations import Obligation, Scripts, denied
from shootdown.search.verdict import Lemma
from shootdown.smt import quote

PENDING = "what is pending"
"""What the hypotheses of the rules are about, for the names of premises."""


class Rule(enum.Enum):
    """The rules, each with the name of an obligation: `action` is the one that steps, `helper` one that helps."""

    ENTERS = "{place}the trigger leads into the region"
    KEEPS = "{place}{action} keeps the region"
    NEVER_RAISES = "{place}{action} does not raise the rank"
    HELPED = "{place}some action helps"
    ENABLED = "{place}{helper} is enabled where it helps"
    STAYS = "{place}{action} leaves {helper} helpful"
    SHRINKS = "{place}{helper} makes the rank smaller where it helps"

    def named(self, place: str, action: str = "", helper: str = "") -> str:
        """The name of one obligation."""
        return self.value.format(place=place, action=action, helper=helper)


def inner_place(place: str, helper: str) -> str:
    """How the obligations about a strongly fair action that is to be enabled again begin."""
    return f"{place}until {helper} can be taken: "


def labels(ranking: Ranking) -> tuple[str, ...]:
    """The helpful actions by name, with a number where one helps in several ways."""
    names = [h.action for h in ranking.helpful]
    return tuple(n if names.count(n) == 1 else f"{n} ({k})" for k, n in enumerate(names, 1))


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation of a rule. Its hypotheses need not be satisfiable: what cannot happen has nothing to meet."""

    rule: Rule
    obligation: Obligation


def duties(
    system: System, response: Response, ranking: Ranking, lemmas: Sequence[Lemma], finite: Sequence[str] = ()
) -> tuple[Duty, ...]:
    """Everything that the rules ask, in a fixed order; the first is the outermost ENTERS.

    `finite` names orders that may be supposed to have a least member, which is right only if the lemmas imply that they
    are strict. Raises UsageError where a formula names one element.
    """
    return tuple(_Writer(system, Scripts(system, (), lemmas, finite, ())).all(response, ranking))


@dataclass(frozen=True, slots=True)
class _Level:
    """A response within a response: `context` holds until one of `done` holds or a rank of `outer` is smaller."""

    ranking: Ranking
    names: Names
    context: str
    done: tuple[tuple[Expr, Names], ...]
    outer: tuple[tuple[Component, ...], ...]
    mark: str
    place: str


class _Writer:
    """The texts of one ranking."""

    def __init__(self, system: System, scripts: Scripts) -> None:
        self.system, self.scripts = system, scripts

    def all(self, response: Response, ranking: Ranking) -> Iterator[Duty]:
        """The outermost response."""
        declared, names = constants(response.params, "?")
        goal = _asserted("the goal has not come", f"(not {text(response.goal, names)})")
        known = f"{self.scripts.known}{self.scripts.supposed}{declared}"
        trigger = _asserted("the trigger", text(response.trigger, names))
        yield self._enters(known + trigger + goal, ranking, names, "")
        level = _Level(ranking, names, known + goal, ((response.goal, names),), (), "%", "")
        yield from self._level(level)

    def _enters(self, context: str, ranking: Ranking, names: Names, place: str) -> Duty:
        name = Rule.ENTERS.named(place)
        return Duty(Rule.ENTERS, Obligation(name, PENDING, context, denied(text(ranking.region, names))))

    def _level(self, level: _Level) -> Iterator[Duty]:
        ranking = level.ranking
        declared, named = self._arguments(level)
        context = f"{level.context}{_asserted('the region', text(ranking.region, level.names))}{declared}"
        for action in self.system.actions:
            if not (action.fault and level.outer):
                yield from self._step(level, action, context, named)
        yield self._helped(level, context)
        for helpful, label, names in zip(ranking.helpful, labels(ranking), named, strict=True):
            yield from self._available(level, helpful, label, context, names)
            yield self._shrinks(level, helpful, label, context, names)

    def _arguments(self, level: _Level) -> tuple[str, list[Names]]:
        """Constants for the arguments of each helpful action, declared once for all that has this context."""
        texts, named = [], []
        for k, helpful in enumerate(level.ranking.helpful):
            declared, own = constants(helpful.args, f"{level.mark}{k}.")
            texts.append(declared)
            named.append(Names({**level.names.terms, **own.terms}))
        return "".join(texts), named

    def _step(self, level: _Level, action: Action, context: str, named: list[Names]) -> Iterator[Duty]:
        """What an action that may be anybody's step leaves as it is."""
        ranking, written = level.ranking, {u.variable.name for u in action.updates}
        declared, names = constants(action.params, "$")
        guard = _asserted(f"{action.name} is enabled", text(action.guard, names))
        before = f"{context}{declared}{guard}{self.scripts.step(action, names)}"
        if written & reads(ranking.region):
            goal = self._ends(level, [self.scripts.afterwards(ranking.region, level.names)])
            yield self._duty(Rule.KEEPS, Rule.KEEPS.named(level.place, action.name), before, goal)
        if action.fault:
            return
        if any(written & reads(c.member) for c in ranking.rank):
            goal = self._ends(level, [write(ranking.rank, level.names) for write in (self._smaller, self._within)])
            yield self._duty(Rule.NEVER_RAISES, Rule.NEVER_RAISES.named(level.place, action.name), before, goal)
        for helpful, label, own in zip(ranking.helpful, labels(ranking), named, strict=True):
            if written & reads(helpful.when):
                other = self._other(action, helpful, names, own)
                still = [self._smaller(ranking.rank, level.names), self.scripts.afterwards(helpful.when, own)]
                goal = f"{_asserted(f'{label} helps', text(helpful.when, own))}{other}{self._ends(level, still)}"
                yield self._duty(Rule.STAYS, Rule.STAYS.named(level.place, action.name, label), before, goal)

    def _other(self, action: Action, helpful: Helpful, names: Names, own: Names) -> str:
        """The step is not the one of the helpful instance itself."""
        if action.name != helpful.action:
            return ""
        pairs = [(names.terms[p.key], own.terms[a.key]) for p, a in zip(action.params, helpful.args, strict=True)]
        return _asserted("of other elements", f"(not (and true {' '.join(f'(= {p} {a})' for p, a in pairs)}))")

    def _helped(self, level: _Level, context: str) -> Duty:
        cases = [_quantified("exists", h.args, h.when, level.names) for h in level.ranking.helpful]
        return self._duty(Rule.HELPED, Rule.HELPED.named(level.place), context, denied(_any(cases)))

    def _available(self, level: _Level, helpful: Helpful, label: str, context: str, names: Names) -> Iterator[Duty]:
        """The instance can be taken where it helps, now or again."""
        action, own = self._own(helpful, names)
        guard, helps = text(action.guard, own), _asserted(f"{label} helps", text(helpful.when, names))
        if helpful.again is None:
            name = Rule.ENABLED.named(level.place, helper=label)
            yield self._duty(Rule.ENABLED, name, context, helps + denied(guard))
            return
        place, mark = inner_place(level.place, label), f"{level.mark}{label}%"
        waiting = f"{context}{helps}{_asserted(f'{label} is not enabled', f'(not {guard})')}"
        yield self._enters(waiting, helpful.again, names, place)
        done, outer = (*level.done, (action.guard, own)), (*level.outer, level.ranking.rank)
        yield from self._level(_Level(helpful.again, names, waiting, done, outer, mark, place))

    def _shrinks(self, level: _Level, helpful: Helpful, label: str, context: str, names: Names) -> Duty:
        action, own = self._own(helpful, names)
        able = f"(and {text(helpful.when, names)} {text(action.guard, own)})"
        helps = _asserted(f"{label} helps and is enabled", able)
        goal = self._ends(level, [self._smaller(level.ranking.rank, level.names)])
        before = f"{context}{helps}{self.scripts.step(action, own)}"
        return self._duty(Rule.SHRINKS, Rule.SHRINKS.named(level.place, helper=label), before, goal)

    def _own(self, helpful: Helpful, names: Names) -> tuple[Action, Names]:
        """The helpful action, and its parameters as the instance that helps."""
        action = self.system.action[helpful.action]
        pairs = zip(action.params, helpful.args, strict=True)
        return action, Names({**names.terms, **{p.key: names.terms[a.key] for p, a in pairs}})

    def _ends(self, level: _Level, wanted: list[str]) -> str:
        """The denial that the step leads to what is wanted, or out of the level."""
        left = [self.scripts.afterwards(formula, names) for formula, names in level.done]
        return denied(_any([*left, *(self._smaller(rank, level.names) for rank in level.outer), *wanted]))

    def _smaller(self, rank: Sequence[Component], names: Names) -> str:
        """Some set of the row has lost an element, and neither it nor one before it has gained any."""
        cases = []
        for k, component in enumerate(rank):
            lost = self._compared("exists", component, "(and {before} (not {after}))", names)
            cases.append(f"(and {self._within(rank[: k + 1], names)} {lost})")
        return _any(cases)

    def _within(self, rank: Sequence[Component], names: Names) -> str:
        """No set of the row has gained an element."""
        return f"(and true {' '.join(self._compared('forall', c, '(=> {after} {before})', names) for c in rank)})"

    def _compared(self, quantifier: str, component: Component, pattern: str, names: Names) -> str:
        inner = Names({**names.terms, **{b.key: quote(f"!{b.name}") for b in component.binders}})
        before, after = text(component.member, inner), self.scripts.afterwards(component.member, inner)
        return _bound(quantifier, component.binders, pattern.format(before=before, after=after))

    def _duty(self, rule: Rule, name: str, context: str, goal: str) -> Duty:
        return Duty(rule, Obligation(name, PENDING, context, goal))


def _asserted(what: str, term: str) -> str:
    return f"; {what}\n(assert {term})\n"


def _any(terms: Sequence[str]) -> str:
    return f"(or false {' '.join(terms)})"


def _quantified(quantifier: str, binders: Sequence[Binder], formula: Expr, names: Names) -> str:
    inner = Names({**names.terms, **{b.key: quote(f"!{b.name}") for b in binders}})
    return _bound(quantifier, binders, text(formula, inner))


def _bound(quantifier: str, binders: Sequence[Binder], body: str) -> str:
    listed = " ".join(f"({quote(f'!{b.name}')} {sort_text(b.sort)})" for b in binders)
    return f"({quantifier} ({listed}) {body})" if binders else body
