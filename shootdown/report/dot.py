"""A design's state machine as DOT: all reachable states at one size, seen through a few variables.

States that agree on these variables are one node. An edge says which actions lead along it; actions that change none of
them are left out. The graph is exact for the size that it names, and for no other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shootdown.ir import System, UsageError
from shootdown.ir.system import scalar_text
from shootdown.report.words import sizes_text
from shootdown.review.catalogue import did_you_mean
from shootdown.search.stategraph import state_graph

LARGEST = 20_000
"""Most states that are looked at."""

_NODES = 60
"""Most nodes that a reader can make anything of."""


def machine(system: System, sizes: Mapping[str, int], names: Sequence[str]) -> Any:
    """The state graph seen through some variables without arguments, as a `networkx.DiGraph`.

    Nodes are tuples of values, with the attribute `initial`; edges have `actions`, sorted names. A UsageError where a
    variable does not exist or has arguments, or where there are too many states or nodes.
    """
    import networkx as nx  # noqa: PLC0415 # costs a third of a second, and few commands draw graphs

    for name in names:
        _scalar(system, name)
    whole = state_graph(system, sizes, LARGEST)
    seen = {node: tuple(data["state"][n][()] for n in names) for node, data in whole.nodes(data=True)}
    graph = nx.DiGraph()
    for node, data in whole.nodes(data=True):
        here = tuple(scalar_text(system.by_name[n].sort, v) for n, v in zip(names, seen[node], strict=True))
        seen[node] = here
        graph.add_node(here, initial=data["initial"] or graph.nodes.get(here, {}).get("initial", False))
    if len(graph) > _NODES:
        raise UsageError(f"the graph has {len(graph)} nodes, more than anyone can read; name fewer variables")
    for source, target, data in whole.edges(data=True):
        ends = seen[source], seen[target]
        if ends[0] != ends[1]:
            actions = set(graph.edges[ends]["actions"]) if graph.has_edge(*ends) else set()
            graph.add_edge(*ends, actions=sorted(actions | {a.partition("(")[0] for a in data["actions"]}))
    return graph


def _scalar(system: System, name: str) -> None:
    """A UsageError where there is no such variable, or it has arguments."""
    plain = [v.name for v in system.variables if not v.args]
    if name not in plain:
        what = "has arguments" if name in system.by_name else "does not exist"
        raise UsageError(f"the variable `{name}` {what}{did_you_mean(name, plain)}")


def title(system: System, sizes: Mapping[str, int], names: Sequence[str]) -> str:
    """What a picture of the machine is of."""
    return f"{system.name} at {sizes_text(sizes)}: {', '.join(names)}"


def dot(system: System, sizes: Mapping[str, int], names: Sequence[str]) -> str:
    """The machine as text for Graphviz, with a newline at the end; the same at every run."""
    graph = machine(system, sizes, names)
    numbers = {node: k for k, node in enumerate(sorted(graph))}
    label = _quoted(title(system, sizes, names))
    rows = ["  node [fontname=monospace];", "  edge [fontname=monospace];", f"  label={label};"]
    for node, number in numbers.items():
        words = "\n".join(f"{name} = {value}" for name, value in zip(names, node, strict=True))
        thick = ", penwidth=3" if graph.nodes[node]["initial"] else ""
        rows.append(f"  n{number} [label={_quoted(words)}, shape=box{thick}];")
    edges = sorted((numbers[a], numbers[b], data["actions"]) for a, b, data in graph.edges(data=True))
    rows += [f"  n{a} -> n{b} [label={_quoted(chr(10).join(actions))}];" for a, b, actions in edges]
    return "\n".join(["digraph machine {", *rows, "}"]) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
