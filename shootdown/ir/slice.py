"""Cone of influence: the part of a system that can matter to given formulas.

The slice keeps the variables that the formulas read, closed under two rules: a condition on the
initial states that mentions a kept variable keeps all it mentions, and an action that updates a
kept variable keeps what its guard and those updates read. The rest goes: other variables, their
conditions, their updates, and actions that update nothing kept.

Sound for safety, in both directions. A run of the system, restricted to the kept variables, is a run
of the slice: a dropped action changes nothing there (its step is left out), and a kept one reads
only kept variables in its guard and in the updates that remain. A run of the slice is the
restriction of a run of the system from any start that extends its first state: the same actions are
enabled and do the same. Such a start exists exactly where the conditions on dropped variables can
be met, which is the caller's to know: no condition mixes kept and dropped variables. Shortest
runs stay shortest, since leaving out a dropped step only makes a run shorter. What a slice cannot
tell is whether dropped actions fire.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from shootdown.ir.expr import Expr, conj, reads
from shootdown.ir.rewrite import conjuncts
from shootdown.ir.system import Action, Named, System


def cone(system: System, formulas: Iterable[Expr]) -> System:
    """The slice of `system` that decides `formulas` in every reachable state; its name is unchanged."""
    conditions = [part for named in (*system.axioms, *system.init) for part in conjuncts(named.formula)]
    mentions = [reads(part) for part in conditions]
    kept = {name for formula in formulas for name in reads(formula)}
    before = -1
    while before != len(kept):
        before = len(kept)
        for names in mentions:
            if names & kept:
                kept |= names
        for action in system.actions:
            kept |= _needed(action, kept)
    return replace(
        system,
        variables=tuple(v for v in system.variables if v.name in kept),
        axioms=tuple(_restricted(system.axioms, kept)),
        init=tuple(_restricted(system.init, kept)),
        actions=tuple(_cut(a, kept) for a in system.actions if any(u.variable.name in kept for u in a.updates)),
        orders=tuple(o for o in system.orders if reads(o.member) | reads(o.before) <= kept),
        busy=system.busy if system.busy is not None and reads(system.busy) <= kept else None,
    )


def dropped_names(system: System, sliced: System) -> tuple[str, ...]:
    """Variables of `system` that the slice lacks, in the order of declaration."""
    return tuple(v.name for v in system.variables if v.name not in sliced.by_name)


def _needed(action: Action, kept: set[str]) -> set[str]:
    """What an action reads that updates something kept."""
    updates = [u for u in action.updates if u.variable.name in kept]
    if not updates:
        return set()
    return reads(action.guard).union(*(reads(u.value) for u in updates))


def _restricted(conditions: Iterable[Named], kept: set[str]) -> Iterator[Named]:
    """The conditions on kept variables; one without any variable stays, since it may be false."""
    for named in conditions:
        parts = list(conjuncts(named.formula))
        remaining = [p for p in parts if reads(p) <= kept]
        if len(remaining) == len(parts):
            yield named
        elif remaining:
            yield Named(named.name, conj(*remaining), named.doc)


def _cut(action: Action, kept: set[str]) -> Action:
    return replace(action, updates=tuple(u for u in action.updates if u.variable.name in kept))
