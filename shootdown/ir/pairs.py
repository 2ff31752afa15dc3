"""What is said about two runs that look alike: claims, texts, and the runs behind a trace of a product."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product as choices
from typing import Any

from shootdown.ir.copying import restricted
from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, Op, conj, fresh, implies, lift
from shootdown.ir.interp import domain, evaluate
from shootdown.ir.observation import Seen
from shootdown.ir.part import formula
from shootdown.ir.product import RUNS, Product, in_both, in_copy
from shootdown.ir.sorts import BOOL, CInt, Sort, sort_of
from shootdown.ir.state import State
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import ConcreteState, Step, Trace
from shootdown.ir.view import View, shown

_ADDRESS_BITS = 32
"""Integers of so many bits may be addresses or flags."""


def said(system: System, build: Callable[[Any], object]) -> Expr:
    """A formula about one run; over a product it is said of both runs."""
    if isinstance(system, Product):
        return in_both(system, formula(system.single, build))
    return formula(system, build)


def asked(system: System, claim: Claim) -> Claim:
    """A claim about two runs, asked where the observation says that claims look; any other claim as it is."""
    if not isinstance(system, Product) or system.observation.at is None:
        return claim
    at = in_both(system, formula(system.single, system.observation.at))
    inside = implies if claim.kind is Expectation.ALWAYS else conj
    return Claim(claim.name, claim.kind, _below(claim.formula, lambda f: inside(at, f)), claim.says, claim.doc)


def _below(claim: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Change what stands below the outer `forall`s, whose variables the words for a failure speak of."""
    if claim.op is Op.FORALL:
        return Expr(Op.FORALL, (_below(claim.args[0], change),), BOOL, claim.payload)
    return change(claim)


def remembered(system: Product) -> Iterator[tuple[str, Expr]]:
    """That what was seen is still equal where claims look; a guess about the model, each with a name."""
    single, at = system.single, system.observation.at
    if at is None:
        return
    here = in_both(system, formula(single, at))
    for action, seen in sorted(system.observation.steps.items()):
        for one in seen:
            binders, term = _term(single, one)
            first, second = (in_copy(system, term, k) for k in RUNS)
            equal = implies(here, first == second)
            closed = Expr(Op.FORALL, (equal,), BOOL, binders) if binders else equal
            yield f"what {action} showed as {one.name} is the same in both runs", closed


def _term(single: System, seen: Seen) -> tuple[tuple[Binder, ...], Expr]:
    pairs = [fresh("x", sort_of(s)) for s in seen.over]
    term = lift(seen.term(State(single.by_name, None, single.lets), *(e for _, e in pairs)))
    return tuple(b for b, _ in pairs), term


class Run:
    """One of two runs in a claim: `run.x` is `s.x_1` or `s.x_2`, or `s.x` where both runs share it."""

    def __init__(self, state: State, number: int) -> None:
        self._state = state
        self._number = number

    def __getattr__(self, name: str) -> Any:
        own = f"{name}_{self._number}"
        known = vars(self._state)
        return getattr(self._state, own if own in known["_variables"] or own in known["_lets"] else name)


def both_runs(s: Any) -> tuple[Any, Any]:
    """The two runs that a state of a product stands for."""
    one, two = (Run(s, k) for k in RUNS)
    return one, two


def run_view(view: View, run: int) -> View:
    """What a text about two runs may ask about one of them; a ModelError where it is about no pair of runs."""
    system = view.system
    if not isinstance(system, Product):
        raise ModelError("the text is not about two runs, so none of them can be asked", "")
    return view.elsewhere(system.single, partial(restricted, system.copies[run - 1]))


def runs_of(system: Product, trace: Trace) -> tuple[Trace, Trace]:
    """The two runs of the single system that a trace of the product stands for."""
    one, two = (_run(system, trace, k) for k in RUNS)
    return one, two


def _run(system: Product, trace: Trace, number: int) -> Trace:
    names = system.copies[number - 1]
    states, steps = [restricted(names, trace.states[0])], []
    for step, state in zip(trace.steps, trace.states[1:], strict=True):
        action, run = system.origin[step.action]
        if run in (0, number):
            steps.append(Step(action, step.args))
            states.append(restricted(names, state))
    return Trace(trace.sizes, tuple(states), tuple(steps))


@dataclass(frozen=True, slots=True)
class Value:
    """One value that was seen: what it is, at which elements, and the words for these and for the whole."""

    name: str
    point: tuple[int, ...]
    value: int
    words: str
    at: str = ""
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Sight:
    """An observed step of a run, its number, and the values that were seen."""

    step: Step
    number: int
    values: tuple[Value, ...]

    @property
    def view(self) -> tuple[object, ...]:
        """What the observer has of it: the number of steps is not seen."""
        return self.step, self.values


def sights(system: Product, run: Trace) -> Iterator[Sight]:
    """What an observer of a run of the single system sees, by the interpreter alone."""
    single = system.single
    for number, (step, state) in enumerate(zip(run.steps, run.states[:-1], strict=True), 1):
        action = single.action[step.action]
        if system.observation.observes(action):
            seen = system.observation.steps.get(action.name, ())
            yield Sight(step, number, tuple(v for s in seen for v in _values(single, s, state, run)))


def _values(single: System, seen: Seen, state: ConcreteState, run: Trace) -> Iterator[Value]:
    binders, term = _term(single, seen)
    for point in choices(*(domain(b.sort, run.sizes) for b in binders)):
        value = evaluate(term, state, run.sizes, {b.key: v for b, v in zip(binders, point, strict=True)})
        at = ", ".join(shown(b.sort, v) for b, v in zip(binders, point, strict=True))
        words = f"{seen.name}{f'({at})' if at else ''} = {_said(term.sort, value)}"
        yield Value(seen.name, point, value, words, at, term.sort)


def _said(sort: Sort, value: int) -> str:
    """A value in words; small integers are numbers of something, not addresses."""
    return str(value) if isinstance(sort, CInt) and sort.bits < _ADDRESS_BITS else shown(sort, value)


def differs(system: Product, one: Trace, two: Trace) -> str:
    """What an observer sees that tells two runs apart, in one sentence; empty where nothing does."""
    for name in system.observation.known:
        if one.states[0][name] != two.states[0][name]:
            return f"the runs start with a different `{name}`, which the observer knows"
    first, second = ([s.view for s in sights(system, run)] for run in (one, two))
    if len(first) != len(second):
        return f"{len(first)} steps of one run are observed, and {len(second)} of the other"
    for number, (a, b) in enumerate(zip(first, second, strict=True), 1):
        if a != b:
            return f"observation {number} differs"
    return ""
