"""range-is-covered: the block that the hardware is told to flush contains the range that was asked for.

A claim about one calculation and not about runs: LEMMA instead of PROPERTY. `pose` writes it over a system without
actions, whose start is any choice of the inputs and of one address `x`. To contain the range is to drop every address
of it, so `x` needs no quantifier, and in a counterexample it is an address that is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.ir import Claim, Expr, Part, System, UsageError, always, compose, sometimes, u64
from shootdown.ir.expr import conj, disj, implies
from shootdown.ir.state import State
from shootdown.ir.system import Assumption
from shootdown.model.ranges import Asked, Given, Must, RangeBug, Told, Variant

LEMMA = "range-is-covered"
SENTENCE = "the block that the hardware is told to flush contains the range that was asked for"

LEFT = "x"
"""The variable for an address that was asked for and may be left."""


@dataclass(frozen=True)
class Posed:
    """The claim about one variant: a system without actions, what must hold, and scenarios that must exist.

    `values` are what a report shows: the ends of what is asked and told, and whether it is all or nothing. `given` are
    the conditions under which it is claimed.
    """

    bug: RangeBug
    variant: Variant
    system: System
    claim: Claim
    companions: tuple[Claim, ...]
    values: Mapping[str, Expr]
    given: tuple[Given, ...]


def pose(bug: RangeBug, variant: Variant, without: frozenset[str] = frozenset()) -> Posed:
    """The claim; `without` removes assumptions by name. A UsageError names one that is not made."""
    conditions = [g for g in bug.given if g.name in variant.given]
    removable = [g.name for g in conditions if not g.meaning]
    if unknown := sorted(without - set(removable)):
        made = ", ".join(removable) or "none"
        raise UsageError(f"{bug.name}/{variant.name} does not assume `{unknown[0]}`; its assumptions are: {made}")
    given = tuple(g for g in conditions if g.name not in without)
    part = Part("inputs")
    for word in bug.inputs:
        part.variable(word.name, word.sort, immutable=True, doc=word.doc)
    part.variable(LEFT, u64, immutable=True, doc="an address")
    for g in given:
        part.axiom(g.name, g.formula, g.text)
    assumptions = [Assumption(g.name, g.text, bug.source) for g in given if not g.meaning]
    system = compose(f"{bug.name}/{variant.name}", [part], assumptions=assumptions)
    state = State(system.by_name, None, system.lets)
    asked, told = bug.asked(state), variant.told(state)
    claim = always(LEMMA, _covered(asked, told, variant.must)).on(system)
    return Posed(bug, variant, system, claim, _companions(system, asked, told), _values(asked, told), given)


def is_asked(asked: Asked, x: Any) -> Expr:
    """Whether an address is in the range that was asked for."""
    return conj(~asked.nothing, asked.first <= x, x <= asked.last)


def is_dropped(told: Told, x: Any) -> Expr:
    """Whether the hardware drops what it has for an address."""
    return conj(~told.nothing, disj(told.everything, conj(told.first <= x, x <= told.last)))


def _covered(asked: Asked, told: Told, must: Must) -> Callable[[Any], Expr]:
    excused = (told.warned,) if must is Must.COVER_OR_WARN else ()
    return lambda s: implies(is_asked(asked, s.x), disj(is_dropped(told, s.x), *excused))


def _companions(system: System, asked: Asked, told: Told) -> tuple[Claim, ...]:
    """A claim that nobody can break because nobody asks for anything, or because all is always dropped, is empty."""
    something = sometimes("something_is_asked", lambda s: is_asked(asked, s.x))
    narrow = sometimes(
        "less_than_all_is_flushed", lambda s: conj(is_asked(asked, s.x), ~told.everything, ~told.nothing)
    )
    return something.on(system), narrow.on(system)


def _values(asked: Asked, told: Told) -> Mapping[str, Expr]:
    return {
        "asked_first": asked.first, "asked_last": asked.last, "asked_nothing": asked.nothing,
        "told_first": told.first, "told_last": told.last, "everything": told.everything, "nothing": told.nothing,
        "warned": told.warned,
    }  # fmt: skip
