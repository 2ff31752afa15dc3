"""Cells that are constant: forced by an axiom or by the initial condition and never changed.

Sound by induction: the initial states give the value, and every update of the cell keeps it.
"""

from collections.abc import Iterable, Mapping

from shootdown.ir.expr import Op
from shootdown.ir.graph import CELL, FALSE_NODE, TRUE_NODE, Graph, Node


def forced(graph: Graph, conjuncts: Iterable[Node]) -> dict[int, int]:
    """Cells whose value a conjunct states outright."""
    values: dict[int, int] = {}
    for node in conjuncts:
        op, args = graph.op[node], graph.args[node]
        if op is CELL:
            values[graph.data[node]] = 1
        elif op is Op.NOT and graph.op[args[0]] is CELL:
            values[graph.data[args[0]]] = 0
        elif op is Op.EQ:
            for cell, literal in (args, args[::-1]):
                if graph.op[cell] is CELL and graph.is_literal(literal):
                    values[graph.data[cell]] = graph.data[literal]
    return values


def never_changed(graph: Graph, start: Mapping[int, int], updates: Iterable[Mapping[int, Node]]) -> dict[int, int]:
    """Those of the `start` values that every update keeps."""
    kept = dict(start)
    for changed in updates:
        for cell, node in changed.items():
            if cell in kept and not _keeps(graph, node, cell, kept[cell]):
                del kept[cell]
    return kept


def _keeps(graph: Graph, node: Node, cell: int, value: int) -> bool:
    """Whether the new value equals `value` wherever the old one does, as far as one look tells."""
    if graph.is_literal(node):
        return graph.data[node] == value
    inside = {graph.data[a] for a in graph.args[node] if graph.op[a] is CELL}
    if cell not in inside:
        return False
    return (graph.op[node] is Op.AND and value == FALSE_NODE) or (graph.op[node] is Op.OR and value == TRUE_NODE)
