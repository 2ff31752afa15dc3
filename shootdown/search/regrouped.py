"""The judge of grouped moments: the interpreter reads them again, at states picked with a fixed stride."""

from collections.abc import Iterator
from itertools import product

from shootdown.ir.expr import TRUE, Expr
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import domain, evaluate, holds, successors
from shootdown.ir.observation import Observation
from shootdown.ir.part import formula
from shootdown.ir.sorts import CInt, Sort
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search.alike import Secret, members, term_of
from shootdown.search.explicit import Explored
from shootdown.search.moments import Groups, Key
from shootdown.search.refute import EngineBug

SAMPLED = 60
"""States whose steps are looked at."""


def confirm(
    system: System, seen: Observation, secret: Secret, result: Explored, known: tuple[str, ...], groups: Groups
) -> int:
    """The number of moments that the interpreter found as they were grouped; an EngineBug where one is not there."""
    at = TRUE if seen.at is None else formula(system, seen.at)
    count = 0
    for part in result.parts:
        layout, sizes = part.space.layout, part.space.ground.sizes
        words = part.visited.all()
        for word in words[:: max(1, len(words) // SAMPLED)].tolist():
            before = layout.unpack(word)
            for step, after in _entering(system, at, before, sizes):
                count += 1
                _must_be_there(system, seen, secret, known, groups, step, before, after, sizes)
    return count


def _entering(system: System, at: Expr, before: ConcreteState, sizes: Sizes) -> Iterator[tuple[Step, ConcreteState]]:
    """Steps into a state where the observer is asked."""
    if not holds(at, before, sizes):
        for step, after in successors(system, before, sizes):
            if holds(at, after, sizes):
                yield step, after


def _must_be_there(  # noqa: PLR0913, PLR0917 # what a moment consists of
    system: System,
    seen: Observation,
    secret: Secret,
    known: tuple[str, ...],
    groups: Groups,
    step: Step,
    before: ConcreteState,
    after: ConcreteState,
    sizes: Sizes,
) -> None:
    if not seen.observes(system.action[step.action]):
        raise EngineBug(
            f"{system.name}: by the interpreter, `{step.action}` lets an observer be asked who does not see it"
        )
    mask = sum(1 << d for d in members(system, secret, after, sizes))
    key: Key = (step.action, step.args, tuple(_values(system, seen, known, step, before, sizes)))
    if mask not in groups.get(key, {}):
        raise EngineBug(f"{system.name}: by the interpreter, `{step.action}` is a moment that is in no group")


def _values(
    system: System, seen: Observation, known: tuple[str, ...], step: Step, state: ConcreteState, sizes: Sizes
) -> Iterator[int]:
    """What is known and seen, in the order of the groups; integers as their bits."""
    for variable in (system.by_name[n] for n in known):
        for point in product(*(domain(s, sizes) for s in variable.args)):
            yield _bits(variable.sort, state[variable.name][point])
    for own in seen.steps.get(step.action, ()):
        binders, term = term_of(system, own)
        for point in product(*(domain(b.sort, sizes) for b in binders)):
            yield _bits(
                term.sort, evaluate(term, state, sizes, {b.key: v for b, v in zip(binders, point, strict=True)})
            )


def _bits(sort: Sort, value: int) -> int:
    return value & ((1 << sort.bits) - 1) if isinstance(sort, CInt) else value
