"""What a caller can make of an answer: the devices that it may take as done for certain, whoever else was.

A design states it as `surely_done(s, d)`, or it is what the answer reports as done, of the devices in the container. A
caller has nothing to go by but what it knows and what the call returned; a decoder that reads anything else is refused.
"""

from collections.abc import Callable
from typing import Any

from shootdown.ir import Expr, ModelError
from shootdown.ir.expr import as_bool, fresh, reads
from shootdown.ir.sorts import sort_of
from shootdown.ir.state import State
from shootdown.model import report
from shootdown.model.container import on_list
from shootdown.model.world import World

KNOWN = ("group_of", "emulated", "attached", "users", "mode")
"""What the caller knows at any time: the groups, who is in the container and in use, what SET_IOMMU chose."""


def surely_done(world: World) -> Callable[[Any, Any], Any]:
    """The decoder of the world's design; a ModelError where it reads what its caller cannot know."""
    design = world.design
    stated = design.surely_done

    def decoded(s: State, d: Any) -> Expr:
        if stated is None:
            return on_list(s, d) & as_bool(design.reported_done(s, d))  # type: ignore[no-any-return]
        found = as_bool(stated(s, d))
        _must_be_known(world, s, found)
        return found

    return decoded


def _must_be_known(world: World, s: State, decoder: Expr) -> None:
    seen: set[str] = set()
    for part in report.shown(world.design.report):
        terms = [fresh("x", sort_of(sort))[1] for sort in part.over]
        seen |= reads(part.term(s, *terms))
    if hidden := reads(decoder) - seen - set(KNOWN) - set(world.design.known):
        raise ModelError(
            f"`surely_done` of {world.design.name} reads `{min(hidden)}`, which its caller does not know; "
            f"it sees {', '.join(sorted(seen)) or 'nothing'} and knows {', '.join((*KNOWN, *world.design.known))}"
        )
