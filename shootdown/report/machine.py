"""A design's state machine: all reachable states at one size, seen through a few variables.

States that agree on these variables are one node. An edge says which actions lead along it. An action that changes one
of the variables in some state is drawn wherever it is possible, also as a loop where it changes other variables only;
actions that never change one of them are named below the title. The graph is exact for the size that it names, and for
no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shootdown.ir import System, UsageError
from shootdown.ir.system import scalar_text
from shootdown.report.words import plenty, sizes_text
from shootdown.review.catalogue import did_you_mean
from shootdown.search.result import Limits
from shootdown.search.seen import Seen, TooLarge, View, seen

LARGEST = 2_000_000
"""Most states that are looked at: some seconds."""

FAULT = "(fault)"
"""What stands behind the name of an action that is a fault."""

_NODES = 60
"""Most nodes that a reader can make anything of."""


@dataclass(frozen=True)
class Machine:
    """A drawing's content: a `networkx.DiGraph`, and what is said above it.

    Nodes are tuples of values, with the attribute `initial`; edges have `actions`, sorted names.
    """

    graph: Any
    title: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    faults: frozenset[str]

    def rows(self, node: Any) -> tuple[str, ...]:
        """The words in a node."""
        return tuple(f"{name} = {value}" for name, value in zip(self.names, node, strict=True))

    def words(self, source: Any, target: Any) -> list[str]:
        """The actions of an edge, faults marked and behind the others."""
        actions = self.graph.edges[source, target]["actions"]
        return [*(a for a in actions if a not in self.faults), *(f"{a} {FAULT}" for a in actions if a in self.faults)]


def machine(
    system: System, sizes: Mapping[str, int], names: Sequence[str], head: str = "", limits: Limits | None = None
) -> Machine:
    """The state graph seen through some variables without arguments; `head` says of what, by default the system.

    A UsageError where a variable does not exist or has arguments, or where there are too many states or nodes.
    """
    for name in names:
        _scalar(system, name)
    found = seen(system, sizes, names, limits or Limits(states=LARGEST), _NODES)
    if isinstance(found, TooLarge):
        raise UsageError(_too_large(system, sizes, found))
    faults = frozenset(a.name for a in system.actions if a.fault)
    moving = frozenset(a for (before, after), actions in found.steps.items() if before != after for a in actions)
    title = f"{head or system.name} at {sizes_text(sizes)}: {', '.join(names)}"
    graph = _graph(system, names, found, moving)
    return Machine(graph, title, tuple(_notes(graph, found, moving, faults)), tuple(names), faults & moving)


def _too_large(system: System, sizes: Mapping[str, int], found: TooLarge) -> str:
    fits = found.fits or {}
    options = [f"--{s.plural} {fits[s.name]}" for s in system.index_sorts if fits.get(s.name, 1) > 1]
    smaller = f"; {' '.join(options) or 'one of each'} can be drawn" if fits else ""
    return f"{sizes_text(sizes)} cannot be drawn: {found.reason}{smaller}"


def _graph(system: System, names: Sequence[str], found: Seen, moving: frozenset[str]) -> Any:
    """Views as words; of the loops those of actions that lead somewhere else in another state."""
    import networkx as nx  # noqa: PLC0415 # costs a third of a second, and few commands draw graphs

    sorts = [system.by_name[n].sort for n in names]

    def words(view: View) -> tuple[str, ...]:
        return tuple(scalar_text(sort, value) for sort, value in zip(sorts, view, strict=True))

    graph = nx.DiGraph()
    for view, initial in found.views.items():
        graph.add_node(words(view), initial=initial)
    for (before, after), actions in sorted(found.steps.items()):
        if actions & moving:
            graph.add_edge(words(before), words(after), actions=sorted(actions & moving))
    return graph


def _notes(graph: Any, found: Seen, moving: frozenset[str], faults: frozenset[str]) -> Iterator[str]:
    """What a reader of the picture has to know."""
    once = ", where those that differ by a renaming count once" if found.renamed else ""
    yield f"{plenty(len(graph), 'node')} for all {plenty(found.states, 'reachable state')} at this size{once}"
    if any(a == b for a, b in graph.edges):
        yield "loop: the step changes other variables only"
    if faults & moving:
        yield f"dashed, {FAULT}: a fault"
    idle = sorted({f"{a} {FAULT}" if a in faults else a for s in found.steps.values() for a in s - moving})
    if idle:
        yield f"not drawn, since they change none of these variables anywhere: {', '.join(idle)}"


def _scalar(system: System, name: str) -> None:
    """A UsageError where there is no such variable, or it has arguments."""
    plain = [v.name for v in system.variables if not v.args]
    if name not in plain:
        what = "has arguments" if name in system.by_name else "does not exist"
        raise UsageError(f"the variable `{name}` {what}{did_you_mean(name, plain)}")
