"""What a caller can make of an answer: the devices that it may take as done for certain, whoever else was.

A design states it as `surely_done(s, d)`. Where it does not, it is what the answer reports as done, of the devices in
the container, and nobody where the report does not say it. A caller has nothing to go by but what it knows and what the
call returned; a stated decoder that reads anything else is refused.
"""

from collections.abc import Callable
from typing import Any

from shootdown.ir import FALSE, Expr, ModelError
from shootdown.ir.expr import as_bool, fresh, lift, reads
from shootdown.ir.sorts import sort_of
from shootdown.ir.state import State
from shootdown.model import report
from shootdown.model.container import on_list
from shootdown.model.world import World

KNOWN = ("group_of", "emulated", "attached", "users", "mode")
"""What the caller knows at any time: the groups, who is in the container and in use, what SET_IOMMU chose."""


def surely_done(world: World) -> Callable[[Any, Any], Any]:
    """The decoder of the world's design; a ModelError where it states one that reads what its caller cannot know."""
    design = world.design
    stated = design.surely_done

    def decoded(s: State, d: Any) -> Expr:
        if stated is None:
            reported = as_bool(on_list(s, d) & design.reported_done(s, d))
            return FALSE if reads(reported) - visible(world, s) else reported
        found = as_bool(stated(s, d))
        if hidden := sorted(reads(found) - visible(world, s)):
            raise ModelError(
                f"`surely_done` of {design.name} reads `{hidden[0]}`, which its caller does not know; "
                f"there are: {', '.join(sorted(visible(world, s)))}"
            )
        return found

    return decoded


def visible(world: World, s: State) -> set[str]:
    """Variables that the caller knows, or sees when the call returns."""
    found = {*KNOWN, *world.design.known}
    for part in report.shown(world.design.report):
        found |= reads(lift(part.term(s, *(fresh("x", sort_of(sort))[1] for sort in part.over))))
    return found
