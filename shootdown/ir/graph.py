"""Ground formulas as a shared graph: each distinct node once, simplified as it is built."""

from collections.abc import Iterable, Mapping

from shootdown.ir.expr import Op
from shootdown.ir.sorts import BOOL, BoolSort, CInt, Sort

Node = int
"""Index into a `Graph`. 0 is false, 1 is true."""

FALSE_NODE: Node = 0
TRUE_NODE: Node = 1

CELL = Op.READ
"""A ground state variable; its `data` is the index of the cell."""


class Graph:
    """Nodes in parallel lists: `op[n]`, `args[n]`, `sort[n]`, `data[n]` (a literal's value, a cell's index).

    Values of enumerations and index sorts are their positions. Arguments always have smaller indices.
    """

    def __init__(self) -> None:
        self.op: list[Op] = []
        self.args: list[tuple[Node, ...]] = []
        self.sort: list[Sort] = []
        self.data: list[int] = []
        self._index: dict[tuple[object, ...], Node] = {}
        self.literal(BOOL, 0)
        self.literal(BOOL, 1)

    def _add(self, op: Op, args: tuple[Node, ...], sort: Sort, data: int = 0) -> Node:
        key = (op, args, sort, data)
        node = self._index.get(key)
        if node is None:
            node = self._index[key] = len(self.op)
            self.op.append(op)
            self.args.append(args)
            self.sort.append(sort)
            self.data.append(data)
        return node

    def literal(self, sort: Sort, value: int) -> Node:
        """A constant."""
        return self._add(Op.LIT, (), sort, value)

    def cell(self, index: int, sort: Sort) -> Node:
        """The value of a ground state variable before the step."""
        return self._add(CELL, (), sort, index)

    def is_literal(self, node: Node) -> bool:
        """Whether the node is a constant."""
        return self.op[node] is Op.LIT

    def negate(self, a: Node) -> Node:
        """Not."""
        if a <= TRUE_NODE:
            return TRUE_NODE - a
        if self.op[a] is Op.NOT:
            return self.args[a][0]
        return self._add(Op.NOT, (a,), BOOL)

    def all_of(self, parts: "list[Node] | tuple[Node, ...]") -> Node:
        """Conjunction."""
        return self._junction(Op.AND, parts, TRUE_NODE, FALSE_NODE)

    def any_of(self, parts: "list[Node] | tuple[Node, ...]") -> Node:
        """Disjunction."""
        return self._junction(Op.OR, parts, FALSE_NODE, TRUE_NODE)

    def _junction(self, op: Op, parts: "list[Node] | tuple[Node, ...]", unit: Node, zero: Node) -> Node:
        flat: set[Node] = set()
        for part in parts:
            if part == zero:
                return zero
            if part != unit:
                flat.update(self.args[part] if self.op[part] is op else (part,))
        if any(self.op[p] is Op.NOT and self.args[p][0] in flat for p in flat):
            return zero
        if not flat:
            return unit
        return next(iter(flat)) if len(flat) == 1 else self._add(op, tuple(sorted(flat)), BOOL)

    def equal(self, a: Node, b: Node) -> Node:
        """Equality; on truth values this is if-and-only-if."""
        if a == b:
            return TRUE_NODE
        if self.is_literal(a):
            a, b = b, a
        if self.is_literal(b):
            if self.is_literal(a):
                return FALSE_NODE
            if isinstance(self.sort[b], BoolSort):
                return a if b == TRUE_NODE else self.negate(a)
            if self.op[a] is Op.ITE:
                c, x, y = self.args[a]
                return self.choose(c, self.equal(x, b), self.equal(y, b))
            return self._add(Op.EQ, (a, b), BOOL)
        return self._add(Op.EQ, (min(a, b), max(a, b)), BOOL)

    def choose(self, c: Node, a: Node, b: Node) -> Node:
        """If `c` then `a` else `b`."""
        if c == TRUE_NODE or a == b:
            return a
        if c == FALSE_NODE:
            return b
        if self.op[c] is Op.NOT:
            return self.choose(self.args[c][0], b, a)
        if isinstance(self.sort[a], BoolSort):
            if a in (c, TRUE_NODE):
                return self.any_of((c, b))
            if b in (c, FALSE_NODE):
                return self.all_of((c, a))
            if a == FALSE_NODE:
                return self.all_of((self.negate(c), b))
            if b == TRUE_NODE:
                return self.any_of((self.negate(c), a))
        return self._add(Op.ITE, (c, a, b), self.sort[a])

    def arithmetic(self, op: Op, args: tuple[Node, ...], sort: Sort) -> Node:
        """A C integer operation or comparison; constants are folded."""
        if all(self.is_literal(a) for a in args):
            source = self.sort[args[0]]
            assert isinstance(source, CInt)
            return self.literal(sort, fold(op, [self.data[a] for a in args], source, sort))
        return self._add(op, args, sort)

    def with_constants(self, values: Mapping[int, int]) -> "tuple[Graph, list[Node]]":
        """A new graph with the cells in `values` replaced by constants, simplified again; where each node went."""
        new = Graph()
        went: list[Node] = []
        for node, op in enumerate(self.op):
            args = tuple(went[a] for a in self.args[node])
            went.append(new.rebuilt(op, args, self.sort[node], self.data[node], values))
        return new, went

    def rebuilt(self, op: Op, args: tuple[Node, ...], sort: Sort, data: int, values: Mapping[int, int]) -> Node:
        """One node of another graph, whose arguments are here already."""
        if op is Op.LIT:
            return self.literal(sort, data)
        if op is CELL:
            return self.constant(sort, values[data]) if data in values else self.cell(data, sort)
        return self.operation(op, args, sort)

    def operation(self, op: Op, args: tuple[Node, ...], sort: Sort) -> Node:
        """An operator on nodes, simplified."""
        match op:
            case Op.NOT:
                return self.negate(args[0])
            case Op.AND:
                return self.all_of(args)
            case Op.OR:
                return self.any_of(args)
            case Op.EQ:
                return self.equal(args[0], args[1])
            case Op.ITE:
                return self.choose(args[0], args[1], args[2])
            case _:
                return self.arithmetic(op, args, sort)

    def constant(self, sort: Sort, value: int) -> Node:
        """A cell's value as a literal; the bits of a C integer are read by its sign."""
        return self.literal(sort, sort.wrap(value) if isinstance(sort, CInt) else value)

    def parts(self, nodes: Iterable[Node]) -> tuple[Node, ...]:
        """A conjunction of nodes as a list of nodes that are no conjunctions."""
        whole = self.all_of(list(nodes))
        if self.op[whole] is Op.AND:
            return self.args[whole]
        return () if whole == TRUE_NODE else (whole,)

    def support(self, node: Node) -> set[int]:
        """Indices of the cells that a node reads."""
        found: set[int] = set()
        seen: set[Node] = set()
        stack = [node]
        while stack:
            n = stack.pop()
            if n not in seen:
                seen.add(n)
                if self.op[n] is CELL:
                    found.add(self.data[n])
                stack.extend(self.args[n])
        return found


def fold(op: Op, values: list[int], source: CInt, to: Sort) -> int:
    """C arithmetic on constants: wraps, shifts by the width or more give 0 (or the sign)."""
    if op is Op.CAST:
        assert isinstance(to, CInt)
        return to.wrap(values[0])
    a, b = values
    if op is Op.LT:
        return int(a < b)
    if op is Op.LE:
        return int(a <= b)
    amount = b & ((1 << source.bits) - 1)
    results = {
        Op.ADD: a + b, Op.SUB: a - b, Op.MUL: a * b, Op.BITAND: a & b, Op.BITOR: a | b, Op.BITXOR: a ^ b,
        Op.SHL: a << amount if amount < source.bits else 0,
        Op.SHR: a >> min(amount, source.bits),
    }  # fmt: skip
    return source.wrap(results[op])
