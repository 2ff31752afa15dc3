"""Grounding: a system at given sizes, as cells, guarded instances and formulas over cells.

Quantifiers become finite conjunctions, parameters become one instance per choice, function terms
become case distinctions. Instances whose guard is false at these sizes are dropped.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shootdown.ir.errors import ModelError, UsageError
from shootdown.ir.expr import Binder, Expr, Op, Variable, values_of
from shootdown.ir.graph import FALSE_NODE, Graph, Node
from shootdown.ir.sorts import CInt, EnumSort, IndexSort, Sort
from shootdown.ir.system import Action, System, scalar_text
from shootdown.ir.units import forced, never_changed

Sizes = Mapping[str, int]
"""Size of each index sort, by the sort's name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One ground state variable: a variable at concrete arguments, `bits` wide."""

    variable: Variable
    args: tuple[int, ...]
    bits: int
    values: int
    """Number of values, 0 .. values - 1; for a signed C integer read them as two's complement."""

    def __str__(self) -> str:
        args = ", ".join(scalar_text(s, a) for s, a in zip(self.variable.args, self.args, strict=True))
        return f"{self.variable.name}({args})" if args else self.variable.name


@dataclass(frozen=True, slots=True)
class Instance:
    """An action at concrete arguments: guard and the cells that change."""

    action: Action
    args: tuple[int, ...]
    guard: Node
    updates: Mapping[int, Node]


@dataclass(frozen=True)
class Ground:
    """A system at given sizes; `fixed` cells have been replaced by constants."""

    system: System
    sizes: Sizes
    cells: tuple[Cell, ...]
    fixed: Mapping[int, int]
    graph: Graph
    init: tuple[Node, ...]
    instances: tuple[Instance, ...]
    grounder: "Grounder" = field(repr=False)

    def formula(self, expr: Expr) -> Node:
        """A closed formula over the state, at these sizes."""
        return self.grounder.node(expr, {})

    @property
    def free(self) -> list[int]:
        """Indices of the cells that are not fixed."""
        return [i for i in range(len(self.cells)) if i not in self.fixed]


def check_sizes(system: System, sizes: Sizes) -> dict[str, int]:
    """Sizes for every sort of the system (1 where none is given), or a sentence that says what is wrong."""
    known = {s.name: s for s in system.index_sorts}
    for name, size in sizes.items():
        if size < 1:
            raise UsageError(f"{name} has size {size}; every sort needs at least one element, so use 1 or more")
    return {**sizes, **{name: sizes.get(name, 1) for name in known}}


Fixed = Mapping[tuple[str, tuple[int, ...]], int]
"""Values of cells by variable name and arguments."""


def ground(system: System, sizes: Sizes, fixed: Fixed | None = None) -> Ground:
    """`system` at `sizes`; `fixed` gives values to cells that the caller knows to be constant.

    Cells that the axioms or the initial condition force, and that never change, become constants.
    """
    real = check_sizes(system, sizes)
    grounder = Grounder(system, real, fixed or {})
    init = grounder.conjuncts(system.initial)
    while constant := {c: v for c, v in grounder.forced(init).items() if grounder.cells[c].variable.immutable}:
        went = grounder.assume(constant)
        init = grounder.graph.parts([went[n] for n in init])
    instances = [i for a in system.actions for i in grounder.instances(a)]
    while constant := never_changed(grounder.graph, grounder.forced(init), (i.updates for i in instances)):
        went = grounder.assume(constant)
        init = grounder.graph.parts([went[n] for n in init])
        instances = [i for old in instances if (i := grounder.moved(old, went)).guard != FALSE_NODE]
    cells = tuple(grounder.cells)
    return Ground(system, real, cells, grounder.fixed, grounder.graph, init, tuple(instances), grounder)


class Grounder:
    """Translates expressions to nodes; remembers what it has translated."""

    def __init__(self, system: System, sizes: Sizes, fixed: Fixed) -> None:
        self.system = system
        self.sizes = dict(sizes)
        self.graph = Graph()
        self.cells: list[Cell] = []
        self.fixed: dict[int, int] = {}
        self.index: dict[tuple[str, tuple[int, ...]], int] = {}
        self._memo: dict[tuple[object, ...], Node] = {}
        self._free: dict[int, tuple[int, ...]] = {}
        self._alive: list[Expr] = []
        for variable in system.variables:
            self._declare(variable, fixed)

    def _declare(self, variable: Variable, fixed: Fixed) -> None:
        bits, count = self._width(variable.sort)
        for args in itertools.product(*(values_of(s, self.sizes) for s in variable.args)):
            self.index[variable.name, args] = len(self.cells)
            if (variable.name, args) in fixed:
                self.fixed[len(self.cells)] = fixed[variable.name, args]
            elif count == 1:
                self.fixed[len(self.cells)] = 0
            self.cells.append(Cell(variable, args, bits, count))

    def _width(self, sort: Sort) -> tuple[int, int]:
        if isinstance(sort, CInt):
            return sort.bits, 1 << sort.bits
        count = len(values_of(sort, self.sizes))
        return max(1, (count - 1).bit_length()), count

    def forced(self, init: Iterable[Node]) -> dict[int, int]:
        """Cells not yet constant whose value the initial condition states outright."""
        return {c: v for c, v in forced(self.graph, init).items() if c not in self.fixed}

    def assume(self, constant: Mapping[int, int]) -> list[Node]:
        """Replace cells by constants in everything translated so far; where each node went."""
        self.graph, went = self.graph.with_constants(constant)
        self.fixed |= constant
        self._memo = {key: went[node] for key, node in self._memo.items()}
        return went

    def moved(self, old: Instance, went: list[Node]) -> Instance:
        """An instance after `assume`, without the updates that have become idle."""
        updates = {c: went[n] for c, n in old.updates.items() if c not in self.fixed and went[n] != self._cell(c)}
        return Instance(old.action, old.args, went[old.guard], updates)

    def instances(self, action: Action) -> list[Instance]:
        """Every choice of parameters whose guard is not false outright."""
        found = []
        for args in itertools.product(*(values_of(p.sort, self.sizes) for p in action.params)):
            env = {p.key: a for p, a in zip(action.params, args, strict=True)}
            guard = self.node(action.guard, env)
            if guard != FALSE_NODE:
                found.append(Instance(action, args, guard, self._updates(action, env)))
        return found

    def _updates(self, action: Action, env: dict[int, int]) -> dict[int, Node]:
        changed: dict[int, Node] = {}
        for update in action.updates:
            for args in itertools.product(*(values_of(s, self.sizes) for s in update.variable.args)):
                inner = env | {b.key: a for b, a in zip(update.binders, args, strict=True)}
                cell = self.index[update.variable.name, args]
                value = self.node(update.value, inner)
                if cell not in self.fixed and value != self._cell(cell):
                    changed[cell] = value
        return changed

    def conjuncts(self, expr: Expr) -> tuple[Node, ...]:
        """A formula as a list of nodes that must all hold."""
        return self.graph.parts([self.node(expr, {})])

    def node(self, expr: Expr, env: Mapping[int, int]) -> Node:
        """The ground meaning of `expr` where bound variables have the values in `env`."""
        key = (id(expr), *(env[k] for k in self._free_keys(expr)))
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._translate(expr, env)
            self._alive.append(expr)
        return found

    def _free_keys(self, expr: Expr) -> tuple[int, ...]:
        known = self._free.get(id(expr))
        if known is None:
            if expr.op is Op.VAR and isinstance(expr.payload, Binder):
                keys = {expr.payload.key}
            else:
                keys = {k for a in expr.args for k in self._free_keys(a)}
                if isinstance(expr.payload, tuple):
                    keys -= {b.key for b in expr.payload}
            known = self._free[id(expr)] = tuple(sorted(keys))
            self._alive.append(expr)
        return known

    def _translate(self, expr: Expr, env: Mapping[int, int]) -> Node:
        graph = self.graph
        match expr.op:
            case Op.LIT:
                return self._literal(expr)
            case Op.VAR:
                assert isinstance(expr.payload, Binder)
                return graph.literal(expr.sort, env[expr.payload.key])
            case Op.READ:
                assert isinstance(expr.payload, Variable)
                return self._read(expr.payload, [self.node(a, env) for a in expr.args], ())
            case Op.FORALL | Op.EXISTS:
                return self._quantifier(expr, env)
        args = tuple(self.node(a, env) for a in expr.args)
        return graph.operation(expr.op, args, expr.sort)

    def _quantifier(self, expr: Expr, env: Mapping[int, int]) -> Node:
        assert isinstance(expr.payload, tuple)
        ranges = [values_of(b.sort, self.sizes) for b in expr.payload]
        parts = []
        for choice in itertools.product(*ranges):
            inner = dict(env) | {b.key: v for b, v in zip(expr.payload, choice, strict=True)}
            parts.append(self.node(expr.args[0], inner))
        return self.graph.all_of(parts) if expr.op is Op.FORALL else self.graph.any_of(parts)

    def _literal(self, expr: Expr) -> Node:
        sort, value = expr.sort, expr.payload
        if isinstance(sort, EnumSort):
            assert isinstance(value, str)
            return self.graph.literal(sort, sort.values.index(value))
        assert isinstance(value, int)
        if isinstance(sort, IndexSort) and value >= self.sizes[sort.name]:
            raise UsageError(
                f"{sort.element(value)} is {sort.name} number {value + 1}, but there are {self.sizes[sort.name]}"
            )
        return self.graph.literal(sort, int(value))

    def _read(self, variable: Variable, args: list[Node], done: tuple[int, ...]) -> Node:
        """`variable` at `done` + `args`: a cell, or a case distinction over an argument that is no constant."""
        if not args:
            return self._cell(self.index[variable.name, done])
        head, rest = args[0], args[1:]
        if self.graph.is_literal(head):
            return self._read(variable, rest, (*done, self.graph.data[head]))
        sort = self.graph.sort[head]
        *early, last = values_of(sort, self.sizes)
        node = self._read(variable, rest, (*done, last))
        for value in reversed(early):
            here = self.graph.equal(head, self.graph.literal(sort, value))
            node = self.graph.choose(here, self._read(variable, rest, (*done, value)), node)
        return node

    def _cell(self, cell: int) -> Node:
        sort = self.cells[cell].variable.sort
        return self.graph.constant(sort, self.fixed[cell]) if cell in self.fixed else self.graph.cell(cell, sort)


def cell_value(cell: Cell, raw: int) -> int:
    """A cell's bits as a value of its sort (signed C integers are read as two's complement)."""
    sort = cell.variable.sort
    return sort.wrap(raw) if isinstance(sort, CInt) else raw


def require_finite(system: System) -> None:
    """Every variable can be enumerated (no argument is a C integer)."""
    for variable in system.variables:
        for sort in variable.args:
            if isinstance(sort, CInt):
                raise ModelError(f"`{variable}` is indexed by a C integer; index it by an enumeration or an Index", "")
