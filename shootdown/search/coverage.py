"""Model obligations: that every action can fire and every scenario can be set up, and where first."""

from collections.abc import Sequence
from dataclasses import dataclass

from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation, System
from shootdown.search import explicit
from shootdown.search.question import Place, at_place, can_fire
from shootdown.search.result import Limits


def unfired(
    system: System, places: Sequence[Place], goals: Sequence[Claim], limits: Limits, spare: frozenset[str] = frozenset()
) -> "Coverage":
    """Model obligations: for each action and each goal the first place where it happens, and what never does.

    The first place is searched whole. Later ones only for what is missing: the cone of those guards. `spare` are
    actions for which there may be no occasion.
    """
    missing = {a.name: Claim(a.name, Expectation.SOMETIMES, can_fire(a)) for a in system.actions if a.name not in spare}
    wanted = {g.name: g for g in goals}
    where: dict[str, Place] = {}
    for number, place in enumerate(places):
        claims = [*(missing.values() if number else ()), *wanted.values()]
        if not missing and not wanted:
            break
        full = at_place(system, place)
        some = cone(full, [c.formula for c in claims]) if number else full
        found = explicit.search(some, claims, place.sizes, limits)
        met = (found.witnessed | found.fired) & (missing.keys() | wanted.keys())
        where |= dict.fromkeys(sorted(met), place)
        missing = {name: c for name, c in missing.items() if name not in met}
        wanted = {name: c for name, c in wanted.items() if name not in met}
    return Coverage(where, tuple(sorted(missing)), tuple(sorted(wanted)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where each obligation of the model was first met, and those that no place meets."""

    where: dict[str, Place]
    actions: tuple[str, ...]
    goals: tuple[str, ...]
