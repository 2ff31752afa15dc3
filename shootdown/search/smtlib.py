"""Prints a ground system as SMT-LIB 2 text: states, initial states, the transition relation.

A timed cell is one constant per step, `|todo(a)@3|`; an immutable cell, and one that no action updates,
is one constant for all steps, `|todo(a)|`. Every node of the graph that is no literal and no cell becomes
a definition of its own, `$n17@3`, so that the text stays linear in the size of the graph. Symbols that
are not cells begin with `$`, which no variable's name does.

Each piece is formatted once with a mark for the time; a step costs one replacement.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from shootdown.ir.expr import Op, values_of
from shootdown.ir.graph import CELL, TRUE_NODE, Graph, Node
from shootdown.ir.ground import Cell, Ground
from shootdown.ir.sorts import BoolSort, CInt, Sort
from shootdown.smt import quote

_NOW, _NEXT = "\x01", "\x02"
"""Marks for the time of a state and of its successor; no name contains control characters."""

_SIMPLE = {
    Op.NOT: "not", Op.AND: "and", Op.OR: "or", Op.EQ: "=", Op.ITE: "ite", Op.ADD: "bvadd", Op.SUB: "bvsub",
    Op.MUL: "bvmul", Op.SHL: "bvshl", Op.BITAND: "bvand", Op.BITOR: "bvor", Op.BITXOR: "bvxor",
}  # fmt: skip


def bits_text(value: int, bits: int) -> str:
    """A bit-vector literal; negative values as two's complement."""
    return f"#b{value & ((1 << bits) - 1):0{bits}b}"


def sort_text(cell: Cell) -> str:
    """The SMT-LIB sort of a cell."""
    return "Bool" if isinstance(cell.variable.sort, BoolSort) else f"(_ BitVec {cell.bits})"


class Encoding:
    """The texts of one ground system. `roots` are further nodes that are asked about at each state.

    Give a solver `static()` once, then `state(t)` before anything that speaks of the state at `t`,
    `init()` after `state(0)`, and `trans(t)` after `state(t)` and `state(t + 1)`.
    """

    def __init__(self, ground: Ground, roots: Iterable[Node] = ()) -> None:
        self.ground = ground
        self.graph: Graph = ground.graph
        self.updated = frozenset(c for i in ground.instances for c in i.updates)
        self._symbols = _symbols(ground.cells)
        step_roots = {n for i in ground.instances for n in (i.guard, *i.updates.values())} | set(roots)
        self._state_nodes = self._below(step_roots)
        self._init_nodes = self._below(ground.init) - self._state_nodes
        self._timed = self._timed_nodes(self._state_nodes | self._init_nodes)

    # names

    def cell_name(self, cell: int, t: int) -> str:
        """The name (unquoted) of a cell's constant at time `t`."""
        return f"{self._symbols[cell]}@{t}" if cell in self.updated else self._symbols[cell]

    def cell_term(self, cell: int, t: int) -> str:
        """A free cell at time `t` as a term."""
        return quote(self.cell_name(cell, t))

    def term(self, node: Node, t: int) -> str:
        """A node that belongs to the printed ones at time `t` as a term."""
        return _at(self._term(node), t)

    def selector(self, t: int) -> str:
        """The constant that holds the index of the instance taken from `t` to `t + 1`."""
        return f"$act@{t}"

    def fires(self, instance: int, t: int) -> str:
        """The formula: the step from `t` to `t + 1` is that instance."""
        return f"$fire{instance}@{t}"

    # texts

    def static(self) -> str:
        """Cells that never change, their ranges, and the nodes over them alone."""
        return self._static_text

    def state(self, t: int) -> str:
        """Cells at time `t` and the nodes of guards, updates and roots over them. Asserts nothing."""
        return _at(self._state_text, t)

    def init(self) -> str:
        """Time 0 is an initial state: ranges of the timed cells, axioms, initial conditions."""
        wanted = [f"(assert {self._term(n)})" for n in self.ground.init]
        text = "\n".join([*self._definitions(self._init_nodes & self._timed), *wanted, ""])
        return self.ranges(0) + _at(text, 0)

    def ranges(self, t: int) -> str:
        """The cells at time `t` have values of their sorts; steps keep them there."""
        return _at("".join(f"{r}\n" for c in sorted(self.updated) if (r := self._range(c))), t)

    def trans(self, t: int) -> str:
        """Exactly one instance whose guard holds at `t` leads to `t + 1`; there is no idle step."""
        return _at(self._trans_text, t)

    @cached_property
    def _static_text(self) -> str:
        cells = [c for c in self.ground.free if c not in self.updated]
        lines = [self._declaration(c) for c in cells] + [r for c in cells if (r := self._range(c))]
        lines += self._definitions((self._state_nodes | self._init_nodes) - self._timed)
        return "\n".join([*lines, ""])

    @cached_property
    def _state_text(self) -> str:
        lines = [self._declaration(c) for c in sorted(self.updated)]
        return "\n".join([*lines, *self._definitions(self._state_nodes & self._timed), ""])

    @cached_property
    def _trans_text(self) -> str:
        count = len(self.ground.instances)
        if not count:
            return "(assert false)\n"
        bits = max(1, (count - 1).bit_length())
        lines = [f"(declare-const $act{_NOW} (_ BitVec {bits}))"]
        if count != 1 << bits:
            lines.append(f"(assert (bvule $act{_NOW} {bits_text(count - 1, bits)}))")
        for k, instance in enumerate(self.ground.instances):
            lines.append(f"(define-fun $fire{k}{_NOW} () Bool (= $act{_NOW} {bits_text(k, bits)}))")
            if instance.guard != TRUE_NODE:
                lines.append(f"(assert (=> $fire{k}{_NOW} {self._term(instance.guard)}))")
        return "\n".join([*lines, *(self._next_value(c) for c in sorted(self.updated)), ""])

    def _next_value(self, cell: int) -> str:
        """The cell after the step: a case distinction over the values that instances give it."""
        cases: dict[Node, list[str]] = {}
        for k, instance in enumerate(self.ground.instances):
            if cell in instance.updates:
                cases.setdefault(instance.updates[cell], []).append(f"$fire{k}{_NOW}")
        opened = [f"(ite {_any(fires)} {self._term(value)} " for value, fires in cases.items()]
        symbol = self._symbols[cell]
        value = "".join(opened) + quote(symbol + _NOW) + ")" * len(opened)
        return f"(assert (= {quote(symbol + _NEXT)} {value}))"

    # nodes

    def _term(self, node: Node) -> str:
        graph = self.graph
        if graph.op[node] is CELL:
            cell = graph.data[node]
            return quote(self._symbols[cell] + (_NOW if cell in self.updated else ""))
        if graph.op[node] is Op.LIT:
            return self._literal(node)
        return f"$n{node}{_NOW if node in self._timed else ''}"

    def _literal(self, node: Node) -> str:
        sort, value = self.graph.sort[node], self.graph.data[node]
        if isinstance(sort, BoolSort):
            return "true" if value else "false"
        return bits_text(value, self._bits(sort))

    def _definitions(self, nodes: Iterable[Node]) -> list[str]:
        """One definition per node, arguments first."""
        return [
            f"(define-fun {self._term(n)} () {self._sort(n)} {self._body(n)})"
            for n in sorted(nodes)
            if self.graph.op[n] not in (CELL, Op.LIT)
        ]

    def _sort(self, node: Node) -> str:
        sort = self.graph.sort[node]
        return "Bool" if isinstance(sort, BoolSort) else f"(_ BitVec {self._bits(sort)})"

    def _bits(self, sort: Sort) -> int:
        if isinstance(sort, CInt):
            return sort.bits
        return max(1, (len(values_of(sort, dict(self.ground.sizes))) - 1).bit_length())

    def _body(self, node: Node) -> str:
        args = self.graph.args[node]
        return f"({self._operator(node)} {' '.join(self._term(a) for a in args)})"

    def _operator(self, node: Node) -> str:
        op, source = self.graph.op[node], self.graph.sort[self.graph.args[node][0]]
        if op in _SIMPLE:
            return _SIMPLE[op]
        assert isinstance(source, CInt)
        match op:
            case Op.LT:
                return "bvslt" if source.signed else "bvult"
            case Op.LE:
                return "bvsle" if source.signed else "bvule"
            case Op.SHR:
                return "bvashr" if source.signed else "bvlshr"
        assert op is Op.CAST, op
        to = self.graph.sort[node]
        assert isinstance(to, CInt)
        if to.bits <= source.bits:
            return f"(_ extract {to.bits - 1} 0)"
        return f"(_ {'sign' if source.signed else 'zero'}_extend {to.bits - source.bits})"

    def _below(self, roots: Iterable[Node]) -> set[Node]:
        """The nodes that `roots` are built from, and they themselves."""
        found: set[Node] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in found:
                found.add(node)
                stack.extend(self.graph.args[node])
        return found

    def _timed_nodes(self, nodes: set[Node]) -> set[Node]:
        """Those whose value can change, because some cell below them is updated."""
        timed: set[Node] = set()
        for node in sorted(nodes):
            changes = self.graph.op[node] is CELL and self.graph.data[node] in self.updated
            if changes or any(a in timed for a in self.graph.args[node]):
                timed.add(node)
        return timed

    # cells

    def _declaration(self, cell: int) -> str:
        mark = _NOW if cell in self.updated else ""
        return f"(declare-const {quote(self._symbols[cell] + mark)} {sort_text(self.ground.cells[cell])})"

    def _range(self, cell: int) -> str:
        """Sorts whose number of values is no power of two leave bit patterns that mean nothing."""
        shape = self.ground.cells[cell]
        if shape.values == 1 << shape.bits:
            return ""
        mark = _NOW if cell in self.updated else ""
        return f"(assert (bvule {quote(self._symbols[cell] + mark)} {bits_text(shape.values - 1, shape.bits)}))"


def _at(text: str, t: int) -> str:
    return text.replace(_NOW, f"@{t}").replace(_NEXT, f"@{t + 1}")


def _any(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"(or {' '.join(terms)})"


def _symbols(cells: Sequence[Cell]) -> tuple[str, ...]:
    """What readers call the cells; numbered where that is ambiguous or no SMT-LIB symbol of ours."""
    names = [str(c) for c in cells]
    uses = Counter(names)
    plain = [uses[n] == 1 and n.isprintable() and not set(n) & set("|\\@$#") for n in names]
    return tuple(n if ok else f"cell#{k}" for k, (n, ok) in enumerate(zip(names, plain, strict=True)))
