"""Why a question may be out of reach for a solver: quantifier alternations and functions that go round in a circle.

Where the sorts can be put in an order such that every alternation (a `forall` above an `exists`) and every function
goes one way, the solver decides (the fragment EPR). Outside it, it may still find a proof, and what it finds is one.
"""

from collections.abc import Iterable

from shootdown.ir.expr import Expr
from shootdown.ir.part import alternations
from shootdown.ir.sorts import IndexSort
from shootdown.ir.system import System


def circle(system: System, assumed: Iterable[Expr], denied: Iterable[Expr] = ()) -> tuple[str, ...]:
    """Names of sorts on a shortest circle, the first one again at the end; empty where there is none.

    `assumed` are formulas that an obligation takes for true, `denied` those that it takes for false.
    """
    import networkx as nx  # noqa: PLC0415 # takes a while to load, and is wanted only where a proof is not found

    graph: nx.DiGraph[str] = nx.DiGraph()
    for variable in system.variables:
        if isinstance(variable.sort, IndexSort):
            graph.add_edges_from((s.name, variable.sort.name) for s in variable.args if isinstance(s, IndexSort))
    for formula in (*assumed, *(~f for f in denied)):
        for outer, inner in alternations(formula):
            if isinstance(outer, IndexSort) and isinstance(inner, IndexSort):
                graph.add_edge(outer.name, inner.name)
    loops = sorted((sorted(_turns(c))[0] for c in nx.simple_cycles(graph)), key=lambda c: (len(c), c))
    return (*loops[0], loops[0][0]) if loops else ()


def _turns(loop: list[str]) -> list[tuple[str, ...]]:
    """The same circle from each of its sorts."""
    return [tuple(loop[k:] + loop[:k]) for k in range(len(loop))]
