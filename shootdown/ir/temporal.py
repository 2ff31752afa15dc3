"""Liveness claims: whenever this, then sooner or later that, if the world is fair.

A run is infinite: every state may stutter. It is fair where each *weakly* fair action instance that is enabled from
some point on is taken again and again, and each *strongly* fair one that is enabled again and again is taken again and
again. Fairness is per action and argument. Faults are never fair, and a run has finitely many of them, however many:
what lasts is one fault, whose consequences are ordinary actions.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, as_bool, fresh
from shootdown.ir.sorts import SortLike, sort_of
from shootdown.ir.state import State
from shootdown.ir.system import Says, System


class Strength(enum.Enum):
    """How fair an action is, for each choice of its arguments."""

    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Fair:
    """Every instance of the action is fair, in this strength."""

    action: str
    strength: Strength = Strength.WEAK


@dataclass(frozen=True, slots=True)
class Response:
    """For each choice of `params`: whenever `trigger` holds, `goal` holds then or later, in every fair run."""

    name: str
    params: tuple[Binder, ...]
    trigger: Expr
    goal: Expr
    fair: tuple[Fair, ...]
    says: Says = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Leads:
    """A response before it meets a system: `trigger(s, *xs)` and `goal(s, *xs)` for elements of the sorts in `over`.

    `fair` says which actions of a system are fair.
    """

    name: str
    trigger: Callable[..., object]
    goal: Callable[..., object]
    fair: Callable[[System], tuple[Fair, ...]]
    over: tuple[SortLike, ...] = ()
    says: Says = ""
    doc: str = ""

    def on(self, system: System) -> Response:
        """The response as formulas over the variables of `system`; a ModelError where a fair action is none of its."""
        bound = [fresh("xyz"[k] if k < len("xyz") else f"x{k}", sort_of(s)) for k, s in enumerate(self.over)]
        names, terms = tuple(b for b, _ in bound), [e for _, e in bound]
        state = State(system.by_name, None, system.lets)
        fair = self.fair(system)
        for f in fair:
            action = system.action.get(f.action)
            if action is None:
                raise ModelError(f"`{self.name}` is fair to `{f.action}`, which {system.name} does not have", "")
            if action.fault:
                raise ModelError(f"`{self.name}` is fair to `{f.action}`, a fault; faults are never fair", "")
        trigger, goal = as_bool(self.trigger(state, *terms)), as_bool(self.goal(state, *terms))
        return Response(self.name, names, trigger, goal, fair, self.says, self.doc)


def leads_to(
    name: str,
    trigger: Callable[..., object],
    goal: Callable[..., object],
    *,
    fair: Callable[[System], tuple[Fair, ...]],
    over: tuple[SortLike, ...] = (),
    says: Says = "",
    doc: str = "",
) -> Leads:
    """Whenever `trigger`, then or later `goal`, under stated fairness; `says` words the failure."""
    return Leads(name, trigger, goal, fair, over, says, doc)


__all__ = ["Fair", "Leads", "Response", "Strength", "leads_to"]
