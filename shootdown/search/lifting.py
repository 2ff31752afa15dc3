"""From one state to a set of states that do the same, without a solver: what the state's values are needed for.

A node of the graph is *justified* by some cells: whatever the others are, the node keeps its value. Of a
conjunction that is false one false part is enough, and so on. Deterministic: of several parts the one
with the fewest atoms is taken, then the first.
"""

from collections.abc import Mapping

from shootdown.ir.expr import Op
from shootdown.ir.graph import CELL, Graph, Node, fold
from shootdown.ir.ground import Ground, Instance, cell_value
from shootdown.ir.sorts import BoolSort, CInt
from shootdown.search.cubes import Atom, Cube, false_atoms

NOTHING: Cube = frozenset()


class Valuation:
    """One concrete state: the values of nodes, and the cubes around the state in which they keep them.

    `raw` gives the bits of every free cell.
    """

    def __init__(self, shape: Ground, raw: Mapping[int, int]) -> None:
        self.shape, self.graph = shape, shape.graph
        self.raw = raw
        self._values: dict[Node, int] = {}
        self._why: dict[Node, Cube] = {}

    def value(self, node: Node) -> int:
        """The value of a node, C integers as values of their type."""
        found = self._values.get(node)
        if found is None:
            found = self._values[node] = self._evaluate(node)
        return found

    def whole(self) -> Cube:
        """The cube that holds this state alone."""
        cells = self.shape.cells
        return frozenset(a for c, raw in self.raw.items() for a in false_atoms(c, cells[c], raw))

    def why(self, node: Node) -> Cube:
        """A cube around the state in which the node has the value that it has here."""
        found = self._why.get(node)
        if found is None:
            found = self._why[node] = self._justify(node)
        return found

    def why_not(self, node: Node, atom: Atom) -> Cube:
        """A cube around the state in which the node's bits differ from those of `atom`, as they do here."""
        graph = self.graph
        op, args = graph.op[node], graph.args[node]
        if op is Op.ITE:
            return self.why(args[0]) | self.why_not(args[1] if self.value(args[0]) else args[2], atom)
        if op is CELL:
            return frozenset([Atom(graph.data[node], atom.mask, atom.value)])
        return self.why(node)

    def successor(self, instance: Instance) -> "Valuation":
        """The state after a step."""
        after = dict(self.raw)
        for cell, node in instance.updates.items():
            after[cell] = self.value(node) & ((1 << self.shape.cells[cell].bits) - 1)
        return Valuation(self.shape, after)

    def predecessors(self, instance: Instance, target: Cube) -> Cube:
        """A cube around the state that the instance leads into `target`, as it leads this state: guard included."""
        found = set(self.why(instance.guard))
        for atom in sorted(target):
            node = instance.updates.get(atom.cell)
            found |= {atom} if node is None else self.why_not(node, atom)
        return frozenset(found)

    def _evaluate(self, node: Node) -> int:
        graph = self.graph
        op, args, data = graph.op[node], graph.args[node], graph.data[node]
        if op is Op.LIT:
            return data
        if op is CELL:
            return cell_value(self.shape.cells[data], self.raw[data])
        if op is Op.AND:
            return int(all(self.value(a) for a in args))
        if op is Op.OR:
            return int(any(self.value(a) for a in args))
        if op is Op.ITE:
            return self.value(args[1] if self.value(args[0]) else args[2])
        values = [self.value(a) for a in args]
        if op is Op.NOT:
            return 1 - values[0]
        if op is Op.EQ:
            return int(values[0] == values[1])
        source = graph.sort[args[0]]
        assert isinstance(source, CInt)
        return fold(op, values, source, graph.sort[node])

    def _justify(self, node: Node) -> Cube:
        graph = self.graph
        op, args, data = graph.op[node], graph.args[node], graph.data[node]
        if op is Op.LIT:
            return NOTHING
        if op is CELL:
            return frozenset(false_atoms(data, self.shape.cells[data], self.raw[data]))
        if op is Op.ITE:
            return self.why(args[0]) | self.why(args[1] if self.value(args[0]) else args[2])
        if op in (Op.AND, Op.OR) and self.value(node) == (op is Op.OR):
            deciding = [self.why(a) for a in args if self.value(a) == self.value(node)]
            return min(deciding, key=len)
        if op is Op.EQ and not self.value(node) and (atom := _equation(graph, self.shape, node)) is not None:
            return frozenset([atom])
        return NOTHING.union(*(self.why(a) for a in args))


def _equation(graph: Graph, shape: Ground, node: Node) -> Atom | None:
    """The atom that says the same as an equation of a cell with a constant, where there is one."""
    cell, literal = graph.args[node]
    if graph.op[cell] is not CELL or not graph.is_literal(literal) or isinstance(graph.sort[cell], CInt | BoolSort):
        return None
    index = graph.data[cell]
    return Atom(index, (1 << shape.cells[index].bits) - 1, graph.data[literal])
