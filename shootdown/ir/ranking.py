"""Why a response comes: what shrinks while it has not come, and which fair actions make it shrink.

A ranking is a hint, like a conjecture: nothing in it is believed. Its *region* is where a run is between trigger and
goal. Its *rank* is a row of sets: no step makes it larger, where a row is smaller if one of its sets has lost an
element and no set before that one has gained any; those behind it may be anything (rows are compared
lexicographically, sets by inclusion). Where sorts are finite, a rank cannot shrink for ever. A *helpful* action is
fair and makes the rank shrink when it is taken.

Where a helpful action is weakly fair, it has to be enabled wherever it is said to help. Where it is strongly fair, it
is enough that it is enabled again and again, which is a response of its own and has a ranking of its own (`again`):
there a smaller outer rank counts as a goal, too.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import TRUE, Binder, Expr, Op, as_bool, fresh
from shootdown.ir.rewrite import instantiate
from shootdown.ir.sorts import CInt, SortLike, sort_of
from shootdown.ir.state import State
from shootdown.ir.system import System
from shootdown.ir.temporal import Response

Build = Callable[..., object]
"""A formula over the state and elements: `f(s, *xs, *args)`."""


@dataclass(frozen=True, slots=True)
class Component:
    """A finite set: what `binders` stand for where `member` holds. Without binders it has one element or none."""

    name: str
    binders: tuple[Binder, ...]
    member: Expr


@dataclass(frozen=True, slots=True)
class Helpful:
    """Where `when` holds of `args`, the fair action makes the rank shrink; `again` says why it can be taken."""

    action: str
    args: tuple[Binder, ...]
    when: Expr
    again: "Ranking | None" = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Region, rank and helpful actions as formulas; `params` are free in all of them."""

    params: tuple[Binder, ...]
    region: Expr
    rank: tuple[Component, ...]
    helpful: tuple[Helpful, ...]


@dataclass(frozen=True, slots=True)
class Shrinks:
    """A component of a rank before it meets a system."""

    name: str
    member: Build
    over: tuple[SortLike, ...] = ()

    def on(self, system: System, params: tuple[Binder, ...]) -> Component:
        """The set of choices for the sorts in `over` for which `member(s, *params, *choice)` holds."""
        sorts = [sort_of(s) for s in self.over]
        if wide := [s for s in sorts if isinstance(s, CInt)]:
            raise ModelError(f"`{self.name}` is over {wide[0]}; a rank is over sorts whose elements can be listed", "")
        own = tuple(fresh(_letter(k), s)[0] for k, s in enumerate(sorts))
        return Component(self.name, own, _formula(system, self.member, (*params, *own), self.name))


@dataclass(frozen=True, slots=True)
class Helps:
    """A helpful action before it meets a system; without `when` it helps wherever it is enabled."""

    action: str
    when: Build | None = None
    again: "Ranks | None" = None

    def on(self, system: System, params: tuple[Binder, ...]) -> Helpful:
        """The action's parameters get names of their own."""
        action = system.action.get(self.action)
        if action is None:
            raise ModelError(f"`{self.action}` is to help, and {system.name} does not have it", "")
        if action.fault:
            raise ModelError(f"`{self.action}` is to help, and it is a fault; faults are never fair", "")
        args = tuple(fresh(p.name, p.sort)[0] for p in action.params)
        if self.when is None:
            when = instantiate(action.guard, {p.key: _term(a) for p, a in zip(action.params, args, strict=True)})
        else:
            when = _formula(system, self.when, (*params, *args), self.action)
        again = None if self.again is None else self.again.for_params(system, (*params, *args))
        return Helpful(self.action, args, when, again)


@dataclass(frozen=True, slots=True)
class Ranks:
    """A ranking before it meets a system; without `region` every state is one between trigger and goal."""

    rank: tuple[Shrinks, ...]
    helpful: tuple[Helps, ...]
    region: Build | None = None

    def on(self, system: System, response: Response) -> Ranking:
        """The ranking for a response about `system`. Raises ModelError where the two do not fit together."""
        return self.for_params(system, response.params)

    def for_params(self, system: System, params: tuple[Binder, ...]) -> Ranking:
        """The ranking as formulas in which `params` are free."""
        region = TRUE if self.region is None else _formula(system, self.region, params, "region")
        rank = tuple(part.on(system, params) for part in self.rank)
        return Ranking(params, region, rank, tuple(h.on(system, params) for h in self.helpful))


def shrinks(name: str, member: Build, over: tuple[SortLike, ...] = ()) -> Shrinks:
    """A set that gets smaller: `member(s, *xs, *choice)` with a choice for each sort in `over`; `name` is its words."""
    return Shrinks(name, member, over)


def helps(action: str, when: Build | None = None, *, again: Ranks | None = None) -> Helps:
    """An action that makes the rank shrink where `when(s, *xs, *args)` holds of its arguments."""
    return Helps(action, when, again)


def ranking(rank: tuple[Shrinks, ...], helpful: tuple[Helps, ...], *, region: Build | None = None) -> Ranks:
    """Why a response comes; `region(s, *xs)` holds from the trigger to the goal."""
    return Ranks(rank, helpful, region)


def _formula(system: System, build: Build, free: tuple[Binder, ...], name: str) -> Expr:
    state = State(system.by_name, None, system.lets)
    terms: list[Any] = [state, *(_term(b) for b in free)]
    try:
        inspect.signature(build).bind(*terms)
    except TypeError:
        wanted = ", ".join(["the state", *(f"{b.name}: {b.sort}" for b in free)])
        raise ModelError(f"the function for `{name}` is to take {wanted}", "") from None
    return as_bool(build(*terms))


def _term(binder: Binder) -> Expr:
    return Expr(Op.VAR, (), binder.sort, binder)


def _letter(position: int) -> str:
    return "uvw"[position] if position < len("uvw") else f"u{position}"


__all__ = ["Component", "Helpful", "Helps", "Ranking", "Ranks", "Shrinks", "helps", "ranking", "shrinks"]
