"""What makes two counterexamples different: their kind.

The kind of a run that breaks a claim is

- the claim, the first of those that are asked that its last state breaks;
- the *set* of counted events and faults that occurred, by the name of the action, which tells the outcome too
  (`refused`, `atc_timed_out`, `atc_answer_lost`);
- the *set* of answers that the caller got on the way: what it sees when an observed step happens;
- the *set* of failures that the claim's own words name in the last state, one for each choice of elements that makes
  the claim false.

In answers and failures every element of an index sort is called after its sort (`a device`); a relation that is seen is
told as `none` or `some`. So neither names, nor the order of steps, nor how often something happens,
nor steps that count for nothing make a kind. Two runs of one kind are the same counterexample.

One kind is *within* another if the claim is the same and each of its three sets is a subset: the other one is the same
story with more in it.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shootdown.ir.expr import Binder, Expr, Op, fresh, lift
from shootdown.ir.interp import Env, Sizes, domain, evaluate, holds
from shootdown.ir.observation import Seen
from shootdown.ir.sorts import BoolSort, CInt, IndexSort, Sort, sort_of
from shootdown.ir.state import State
from shootdown.ir.system import Action, Claim, Expectation, System
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.ir.view import Hole, View, shown

_DOUBLED = re.compile(r"\b(\w+) (an?) \1\b")
"""`frame {f}` would be `frame a frame`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a counterexample has in common with all those that differ in naming and order only."""

    claim: str
    events: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    failures: frozenset[str] = frozenset()

    def within(self, other: "Kind") -> bool:
        """Whether the other one is the same, or the same with more in it."""
        sets = zip(self.sets, other.sets, strict=True)
        return self.claim == other.claim and all(mine <= theirs for mine, theirs in sets)

    @property
    def rank(self) -> tuple[int, list[list[str]]]:
        """Of kinds with equally short runs the smaller is shown first: fewer things, then by name."""
        return sum(map(len, self.sets)), [sorted(s) for s in self.sets]

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """Events, answers and failures."""
        return self.events, self.answers, self.failures


@dataclass(frozen=True)
class Term:
    """Something that the caller sees: a term over the elements of some sorts."""

    name: str
    binders: tuple[Binder, ...]
    expr: Expr


@dataclass(frozen=True)
class Lens:
    """What tells runs of one system apart: the claims in their order, and what is seen at which steps."""

    system: System
    claims: tuple[Claim, ...]
    seen: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)

    def event(self, action: Action) -> bool:
        """Whether it is part of a kind that this action occurs."""
        return action.fault or bool(action.tally)


def lens(system: System, claims: Sequence[Claim], steps: Mapping[str, tuple[Seen, ...]]) -> Lens:
    """The claims that hold always, and what an observer sees, read in the state before a step."""
    always = tuple(c for c in claims if c.kind is Expectation.ALWAYS)
    return Lens(system, always, {n: tuple(_term(system, x) for x in row) for n, row in steps.items()})


def _term(system: System, seen: Seen) -> Term:
    binders = tuple(fresh(f"x{k}", sort_of(s))[0] for k, s in enumerate(seen.over))
    variables = [Expr(Op.VAR, (), b.sort, b) for b in binders]
    return Term(seen.name, binders, lift(seen.term(State(system.by_name, None, system.lets), *variables)))


def kind_of(lens: Lens, trace: Trace) -> Kind | None:
    """The kind of a run, by the interpreter; None where its last state breaks no claim."""
    broken = broken_in(lens, trace.states[-1], trace.sizes)
    if broken is None:
        return None
    steps = [(lens.system.action[s.action], before) for s, before in zip(trace.steps, trace.states, strict=False)]
    return Kind(
        broken.name,
        frozenset(a.name for a, _ in steps if lens.event(a)),
        frozenset(answer_in(lens, a.name, before, trace.sizes) for a, before in steps if a.name in lens.seen),
        failures_in(lens, broken, trace.states[-1], trace.sizes),
    )


def broken_in(lens: Lens, state: ConcreteState, sizes: Sizes) -> Claim | None:
    """The first claim that the state breaks."""
    return next((c for c in lens.claims if not holds(c.formula, state, sizes)), None)


def answer_in(lens: Lens, step: str, state: ConcreteState, sizes: Sizes) -> str:
    """What the observer sees when the step happens in this state: `ret -EINVAL, done some`."""
    return ", ".join(f"{t.name} {_value(t, state, sizes)}" for t in lens.seen[step]) or "nothing"


def _value(term: Term, state: ConcreteState, sizes: Sizes) -> str:
    """The value; over elements which values there are, and of a relation whether it holds for any."""
    choices = itertools.product(*(domain(b.sort, sizes) for b in term.binders))
    envs = [{b.key: v for b, v in zip(term.binders, choice, strict=True)} for choice in choices]
    values = [evaluate(term.expr, state, sizes, env) for env in envs]
    if not term.binders:
        return nameless(term.expr.sort, values[0])
    if isinstance(term.expr.sort, BoolSort):
        return "some" if any(values) else "none"
    return " and ".join(sorted({nameless(term.expr.sort, v) for v in values}))


def failures_in(lens: Lens, claim: Claim, state: ConcreteState, sizes: Sizes) -> frozenset[str]:
    """The claim's words for each choice of elements that makes it false, without names; empty where it has none."""
    if not claim.says:
        return frozenset()
    return frozenset(_words(lens.system, claim, binding, state, sizes) for binding in _false(claim, state, sizes))


def _words(system: System, claim: Claim, binding: Mapping[Binder, int], state: ConcreteState, sizes: Sizes) -> str:
    view = Nameless(system, state, None, sizes, tuple(binding), tuple(binding.values()))
    text = view.fill(claim.says) if isinstance(claim.says, str) else claim.says(view)
    return _DOUBLED.sub(r"\2 \1", " ".join(text.split()))


def _false(claim: Claim, state: ConcreteState, sizes: Sizes) -> Iterator[dict[Binder, int]]:
    """Every choice for the outer `forall`s that makes the claim false."""
    inner, binders = claim.formula, list[Binder]()
    while inner.op is Op.FORALL and isinstance(inner.payload, tuple):
        binders += inner.payload
        inner = inner.args[0]
    for choice in itertools.product(*(domain(b.sort, sizes) for b in binders)):
        env: Env = {b.key: v for b, v in zip(binders, choice, strict=True)}
        if not holds(inner, state, sizes, env):
            yield dict(zip(binders, choice, strict=True))


def nameless(sort: Sort, value: int) -> str:
    """A value as readers know it; an element is called after its sort."""
    if isinstance(sort, CInt):
        return str(value)
    if not isinstance(sort, IndexSort):
        return shown(sort, value)
    word = sort.name.lower()
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


class Nameless(View):
    """A view in which elements have no names."""

    def __getattr__(self, name: str) -> str:
        for binder in vars(self).get("_binders", ()):
            if binder.name == name:
                return nameless(binder.sort, self._env[binder.key])
        raise AttributeError(f"the step has no parameter `{name}`")

    def elements(self, sort_name: str, formula: str, name: str) -> list[str]:
        """One nameless element if there are any."""
        found = super().elements(sort_name, formula, name)
        sort = next(s for s in self._system.index_sorts if s.name == sort_name)
        return [nameless(sort, 0)] if found else []

    def _show(self, hole: Hole, more: Mapping[int, int]) -> str:
        return nameless(hole.expr.sort, self._value(hole, more))

    def elsewhere(self, system: System, state: Any) -> View:
        """The same moment in another system, without names there too."""
        after = None if self._after is None else state(self._after)
        args = tuple(self._env[b.key] for b in self._binders)
        return Nameless(system, state(self._state), after, self._sizes, self._binders, args)
