"""Ground formulas as straight-line programs over arrays of packed states.

A program is a list of numpy calls on registers, each shared node once. Truth values are arrays of
bool, enumerations and elements arrays of 8-bit numbers, C integers arrays of 64-bit words that hold
the raw bits. It is run as it stands: turning it into Python source costs 6 microseconds an
operation, as much as a dozen runs on a small level.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from shootdown.ir.expr import Op
from shootdown.ir.graph import CELL, Graph, Node
from shootdown.ir.sorts import BoolSort, CInt, Sort
from shootdown.search.layout import WORD, Layout, Words

Bits = npt.NDArray[np.bool_]
"""Truth values, one a state."""

_ALL = (1 << WORD) - 1
_BYTE = 8
_U64 = np.dtype(np.uint64)
_U8 = np.dtype(np.uint8)
_BOOL = np.dtype(np.bool_)

Register = int
STATE: Register = 0
TOPOLOGY: Register = 1
_INPUTS = (STATE, TOPOLOGY)
_Instruction = tuple[Callable[..., Any], Register, tuple[Register, ...]]


def _test(state: Words, mask: np.uint64) -> Any:
    return np.bitwise_and(state, mask) != 0


def _matches(state: Words, mask: np.uint64, value: np.uint64) -> Any:
    return np.bitwise_and(state, mask) == value


def _small(state: Words, shift: np.uint64, mask: np.uint8) -> Any:
    return np.bitwise_and(np.right_shift(state, shift).astype(np.uint8), mask)


def _wide(state: Words, shift: np.uint64, mask: np.uint64) -> Any:
    return np.bitwise_and(np.right_shift(state, shift), mask)


def _place(value: Any, shift: np.uint64) -> Any:
    return np.left_shift(value, shift, dtype=np.uint64)


def _sign_extend(value: Any, sign: np.uint64) -> Any:
    return np.subtract(np.bitwise_xor(value, sign), sign)


def _shift_signed(value: Any, amount: Any, sign: np.uint64) -> Any:
    wide = np.asarray(_sign_extend(np.atleast_1d(value), sign)).view(np.int64)
    return np.right_shift(wide, np.minimum(amount, 63).astype(np.int64)).view(np.uint64)


_Code = Sequence[_Instruction]
_Compiled = tuple[list[tuple[Callable[..., Any], int, Any]], list[Any], list[int]]


class Program:
    """Evaluates `outputs` on arrays of packed states; build it with `compile_nodes` or `compile_update`."""

    def __init__(self, compiler: "Compiler", outputs: Sequence[Register]) -> None:
        self._layout = compiler.layout
        self._split = np.uint64(compiler.layout.split)
        self._reads_topology = any(TOPOLOGY in sources for _, _, sources in compiler.code)
        self._code, self._template, self._outputs = _allocate(compiler.code, compiler.constants, outputs)

    def __call__(self, states: Words) -> list[Any]:
        """One array an output; a numpy scalar where the output does not depend on the state."""
        registers = self._template.copy()
        registers[STATE] = states
        if self._reads_topology:
            registers[TOPOLOGY] = self._layout.topologies[(states >> self._split).astype(np.intp)]
        for function, target, pick in self._code:
            registers[target] = function(*pick(registers))
        return [registers[o] for o in self._outputs]


def _allocate(code: _Code, constants: Mapping[Register, Any], outputs: Sequence[Register]) -> _Compiled:
    """Physical slots: a register's slot is free again after its last use, which keeps the work in cache."""
    last: dict[Register, int] = {}
    for position, (_, _, sources) in enumerate(code):
        for source in sources:
            last[source] = position
    for output in outputs:
        last[output] = len(code)
    slot: dict[Register, int] = {r: r for r in _INPUTS}
    template: list[Any] = [None for _ in _INPUTS]
    for register, value in constants.items():
        slot[register] = len(template)
        template.append(value)
    spare: list[int] = []
    placed = []
    for position, (function, target, sources) in enumerate(code):
        pick = itemgetter(*(slot[s] for s in sources))
        spare.extend(slot[s] for s in set(sources) if s not in _INPUTS and s not in constants and last[s] == position)
        if not spare:
            spare.append(len(template))
            template.append(None)
        slot[target] = spare.pop()
        placed.append((function, slot[target], pick))
    return placed, template, [slot[o] for o in outputs]


class Compiler:
    """Translates nodes of one graph to instructions; one object a program."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.graph: Graph = layout.ground.graph
        self.code: list[_Instruction] = []
        self.constants: dict[Register, Any] = {}
        self._pool: dict[tuple[np.dtype[Any], int], Register] = {}
        self._registers: dict[Node, Register] = {}
        self._next = len(_INPUTS)
        finite = (c.bits for c in layout.ground.cells if not isinstance(c.variable.sort, CInt))
        self._small = max(finite, default=1) <= _BYTE

    def constant(self, value: int, dtype: np.dtype[Any] = _U64) -> Register:
        """A register that holds a number."""
        key = (dtype, value)
        if key not in self._pool:
            self._pool[key] = self._fresh()
            self.constants[self._pool[key]] = dtype.type(value)
        return self._pool[key]

    def dtype(self, sort: Sort) -> np.dtype[Any]:
        """How values of a sort are kept in registers."""
        if isinstance(sort, BoolSort):
            return _BOOL
        return _U8 if self._small and not isinstance(sort, CInt) else _U64

    def emit(self, function: Callable[..., Any], *sources: Register) -> Register:
        """Append one call; every function takes two arguments or more."""
        target = self._fresh()
        self.code.append((function, target, sources))
        return target

    def _fresh(self) -> Register:
        self._next += 1
        return self._next - 1

    def translate(self, outputs: Iterable[Node]) -> list[Register]:
        """Registers of the outputs; arguments come before the nodes that use them."""
        wanted = list(outputs)
        needed: set[Node] = set()
        stack = list(wanted)
        while stack:
            node = stack.pop()
            if node not in needed and node not in self._registers:
                needed.add(node)
                stack.extend(self._operands(node))
        for node in sorted(needed):
            self._registers[node] = self._node(node)
        return [self._registers[n] for n in wanted]

    def _operands(self, node: Node) -> tuple[Node, ...]:
        return () if self._cell_is(node) is not None else self.graph.args[node]

    def _cell_is(self, node: Node) -> tuple[int, int] | None:
        """(cell, raw value) of a comparison of a cell with a constant, the commonest node."""
        graph = self.graph
        if graph.op[node] is not Op.EQ:
            return None
        left, right = graph.args[node]
        if graph.op[left] is not CELL or graph.op[right] is not Op.LIT:
            return None
        cell = graph.data[left]
        return cell, graph.data[right] & ((1 << self.layout.ground.cells[cell].bits) - 1)

    def _node(self, node: Node) -> Register:
        graph = self.graph
        op, sort = graph.op[node], graph.sort[node]
        if op is Op.LIT:
            raw = graph.data[node] & ((1 << sort.bits) - 1) if isinstance(sort, CInt) else graph.data[node]
            return self.constant(raw, self.dtype(sort))
        if op is CELL:
            return self._cell(graph.data[node], sort)
        special = self._cell_is(node)
        if special is not None:
            cell, raw = special
            mask, value = self.layout.mask(cell), raw << self.layout.position(cell)
            return self.emit(_matches, self._word(cell), self.constant(mask), self.constant(value))
        args = [self._registers[a] for a in graph.args[node]]
        return self._operation(op, args, graph.sort[graph.args[node][0]], sort)

    def _cell(self, cell: int, sort: Sort) -> Register:
        word, shift, bits = self._word(cell), self.layout.position(cell), self.layout.ground.cells[cell].bits
        if isinstance(sort, BoolSort):
            return self.emit(_test, word, self.constant(1 << shift))
        kind = self.dtype(sort)
        load = _small if kind == _U8 else _wide
        return self.emit(load, word, self.constant(shift), self.constant((1 << bits) - 1, kind))

    def _word(self, cell: int) -> Register:
        return TOPOLOGY if cell in self.layout.fixed_shift else STATE

    def _operation(self, op: Op, args: list[Register], source: Sort, to: Sort) -> Register:
        match op:
            case Op.NOT:
                return self.emit(np.bitwise_xor, args[0], self.constant(1, _BOOL))
            case Op.AND | Op.OR:
                function = np.bitwise_and if op is Op.AND else np.bitwise_or
                result = args[0]
                for arg in args[1:]:
                    result = self.emit(function, result, arg)
                return result
            case Op.EQ:
                return self.emit(np.equal, *args)
            case Op.ITE:
                return self.emit(np.where, *args)
        assert isinstance(source, CInt)
        return self._integer(op, args, source, to)

    def _integer(self, op: Op, args: list[Register], source: CInt, to: Sort) -> Register:
        if op in (Op.LT, Op.LE):
            if source.signed:
                args = [self.emit(np.bitwise_xor, a, self.constant(1 << (source.bits - 1))) for a in args]
            return self.emit(np.less if op is Op.LT else np.less_equal, *args)
        if op is Op.CAST:
            assert isinstance(to, CInt)
            return self._cast(args[0], source, to)
        if op is Op.SHR and source.signed:
            shifted = self.emit(_shift_signed, *args, self.constant(1 << (source.bits - 1)))
            return self._truncate(shifted, source.bits)
        # A shift by 64 or more gives 0 in numpy, a shift by the width or more leaves nothing below the mask.
        functions: dict[Op, Callable[..., Any]] = {
            Op.ADD: np.add, Op.SUB: np.subtract, Op.MUL: np.multiply, Op.SHL: np.left_shift, Op.SHR: np.right_shift,
            Op.BITAND: np.bitwise_and, Op.BITOR: np.bitwise_or, Op.BITXOR: np.bitwise_xor,
        }  # fmt: skip
        result = self.emit(functions[op], *args)
        return self._truncate(result, source.bits) if op in (Op.ADD, Op.SUB, Op.MUL, Op.SHL) else result

    def _cast(self, value: Register, source: CInt, to: CInt) -> Register:
        if to.bits <= source.bits:
            return self._truncate(value, to.bits) if to.bits < source.bits else value
        if not source.signed:
            return value
        return self._truncate(self.emit(_sign_extend, value, self.constant(1 << (source.bits - 1))), to.bits)

    def _truncate(self, value: Register, bits: int) -> Register:
        if bits == WORD:
            return value
        return self.emit(np.bitwise_and, value, self.constant((1 << bits) - 1))

    def update(self, changes: Mapping[int, Node], add: int = 0) -> Register:
        """The register of the packed successor: changed cells are replaced, `add` is added to the counter."""
        graph, layout = self.graph, self.layout
        keep, literal = _ALL, 0
        moved = []
        values = self.translate(v for v in changes.values() if not graph.is_literal(v))
        computed = iter(values)
        for cell, value in changes.items():
            keep &= ~layout.mask(cell)
            if graph.is_literal(value):
                literal |= (graph.data[value] << layout.shift[cell]) & layout.mask(cell)
            else:
                moved.append(self.emit(_place, next(computed), self.constant(layout.shift[cell])))
        result = self.emit(np.bitwise_and, STATE, self.constant(keep))
        for register in moved:
            result = self.emit(np.bitwise_or, result, register)
        if literal:
            result = self.emit(np.bitwise_or, result, self.constant(literal))
        return self.emit(np.add, result, self.constant(add)) if add else result


def compile_nodes(layout: Layout, nodes: Iterable[Node]) -> Program:
    """A program whose outputs are the values of `nodes`."""
    compiler = Compiler(layout)
    outputs = compiler.translate(nodes)
    return Program(compiler, outputs)


def compile_update(layout: Layout, changes: Mapping[int, Node], add: int = 0) -> Program:
    """A program with one output: the packed state after `changes` (cell -> new value)."""
    compiler = Compiler(layout)
    output = compiler.update(changes, add)
    return Program(compiler, [output])


def truth(value: Any, count: int) -> Bits:
    """An output as an array of truth values, also where it is the same for every state."""
    return value if isinstance(value, np.ndarray) else np.full(count, bool(value), dtype=np.bool_)
