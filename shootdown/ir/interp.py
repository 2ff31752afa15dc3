"""The concrete meaning of a system: recorded expressions, walked as they were recorded.

The judge of what other readers of a model find, so it grounds nothing, simplifies nothing and
calls no solver; its integer arithmetic is its own. Booleans are 0 and 1, values of enumerations
their positions, elements of index sorts their numbers, C integers the values of their type.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Binder, Expr, Op, Variable
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.system import Action, Named, System, scalar_text
from shootdown.ir.trace import ConcreteState, Step, Table

Sizes = Mapping[str, int]
"""Number of elements of each index sort, by the sort's name."""

Env = Mapping[int, int]
"""Values of bound variables, by the binder's key."""


def evaluate(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env | None = None) -> int:
    """The value of `expr` in `state`; `env` gives its free bound variables."""
    return _OF[expr.op](expr, state, sizes, {} if env is None else env)


def holds(formula: Expr, state: ConcreteState, sizes: Sizes, env: Env | None = None) -> bool:
    """Whether a formula is true in `state`."""
    return bool(evaluate(formula, state, sizes, env))


def enabled(action: Action, args: tuple[int, ...], state: ConcreteState, sizes: Sizes) -> bool:
    """Whether the action's guard holds at these arguments."""
    return holds(action.guard, state, sizes, _bind(action.params, args))


def apply(action: Action, args: tuple[int, ...], state: ConcreteState, sizes: Sizes) -> ConcreteState:
    """The state after the step; every update reads the state before it.

    Tables of variables that the action does not write are shared. The guard is not looked at.
    """
    env = _bind(action.params, args)
    after = dict(state)
    for update in action.updates:
        points = itertools.product(*(domain(s, sizes) for s in update.variable.args))
        after[update.variable.name] = {
            p: evaluate(update.value, state, sizes, {**env, **_bind(update.binders, p)}) for p in points
        }
    return after


def successors(system: System, state: ConcreteState, sizes: Sizes) -> Iterator[tuple[Step, ConcreteState]]:
    """Every step that is enabled, in the order of actions and arguments, and where it leads."""
    for action in system.actions:
        for args in itertools.product(*(domain(p.sort, sizes) for p in action.params)):
            if enabled(action, args, state, sizes):
                yield Step(action.name, args), apply(action, args, state, sizes)


def why_not_initial(system: System, state: ConcreteState, sizes: Sizes) -> tuple[Named, ...]:
    """The axioms and initial conditions that `state` breaks; empty for an initial state."""
    return tuple(n for n in (*system.axioms, *system.init) if not holds(n.formula, state, sizes))


def is_initial(system: System, state: ConcreteState, sizes: Sizes) -> bool:
    """Whether a well-formed state meets all axioms and initial conditions."""
    return not why_not_initial(system, state, sizes)


def well_formed(system: System, state: ConcreteState, sizes: Sizes) -> bool:
    """Whether `state` has exactly the right tables, with values in range."""
    return not malformed(system, state, sizes)


def malformed(system: System, state: ConcreteState, sizes: Sizes) -> str:
    """What is wrong with the shape of `state`, in one sentence; empty where nothing is."""
    for sort in system.index_sorts:
        if sizes.get(sort.name, 0) < 1:
            return f"no size is given for {sort.name}"
    if extra := sorted(set(state) - set(system.by_name)):
        return f"the model has no state variable `{extra[0]}`"
    for variable in system.variables:
        if variable.name not in state:
            return f"`{variable.name}` has no value"
        if reason := _bad_table(variable, state[variable.name], sizes):
            return reason
    return ""


def false_binding(formula: Expr, state: ConcreteState, sizes: Sizes) -> tuple[tuple[Binder, int], ...]:
    """The first choice for the outer `forall`s, in the order of values, that makes `formula` false.

    Empty where the formula holds, or has no outer `forall`.
    """
    binders: list[Binder] = []
    while formula.op is Op.FORALL and isinstance(formula.payload, tuple):
        binders += formula.payload
        formula = formula.args[0]
    for choice in itertools.product(*(domain(b.sort, sizes) for b in binders)):
        if not holds(formula, state, sizes, _bind(tuple(binders), choice)):
            return tuple(zip(binders, choice, strict=True))
    return ()


def domain(sort: Sort, sizes: Sizes) -> range:
    """The values of a finite sort. C integers are not listed."""
    match sort:
        case BoolSort():
            return range(2)
        case EnumSort(values=values):
            return range(len(values))
        case IndexSort(name=name):
            return range(sizes[name])
        case CInt():
            raise UsageError(f"the values of {sort} are too many to be listed one by one")


def in_range(sort: Sort, value: int, sizes: Sizes) -> bool:
    """Whether `value` is a value of `sort`."""
    if isinstance(sort, CInt):
        low = -(1 << (sort.bits - 1)) if sort.signed else 0
        return low <= value < low + (1 << sort.bits)
    return value in domain(sort, sizes)


def _bad_table(variable: Variable, table: Table, sizes: Sizes) -> str:
    points = set(itertools.product(*(domain(s, sizes) for s in variable.args)))
    if len(table) != len(points) or set(table) != points:
        return f"`{variable.name}` needs a value at exactly {len(points)} points"
    for point in sorted(points):
        if not in_range(variable.sort, table[point], sizes):
            at = ", ".join(scalar_text(s, v) for s, v in zip(variable.args, point, strict=True))
            where = f"{variable.name}({at})" if at else variable.name
            return f"`{where}` has the value {table[point]}, which is no {variable.sort}"
    return ""


def _bind(binders: tuple[Binder, ...], values: tuple[int, ...]) -> dict[int, int]:
    return {b.key: v for b, v in zip(binders, values, strict=True)}


def _literal(expr: Expr, _state: ConcreteState, sizes: Sizes, _env: Env) -> int:
    sort, value = expr.sort, expr.payload
    if isinstance(sort, EnumSort):
        assert isinstance(value, str)
        return sort.values.index(value)
    assert isinstance(value, int)
    if isinstance(sort, IndexSort) and value >= sizes[sort.name]:
        raise UsageError(f"there is no {sort} `{sort.element(value)}` at this size: there are {sizes[sort.name]}")
    return int(value)


def _variable(expr: Expr, _state: ConcreteState, _sizes: Sizes, env: Env) -> int:
    assert isinstance(expr.payload, Binder)
    return env[expr.payload.key]


def _read(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    assert isinstance(expr.payload, Variable)
    return state[expr.payload.name][tuple([evaluate(a, state, sizes, env) for a in expr.args])]


def _quantifier(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    assert isinstance(expr.payload, tuple)
    stop = expr.op is Op.EXISTS
    inner = dict(env)
    for choice in itertools.product(*(domain(b.sort, sizes) for b in expr.payload)):
        inner.update(_bind(expr.payload, choice))
        if bool(evaluate(expr.args[0], state, sizes, inner)) is stop:
            return int(stop)
    return int(not stop)


def _not(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    return 1 - evaluate(expr.args[0], state, sizes, env)


def _and(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    return int(all(evaluate(a, state, sizes, env) for a in expr.args))


def _or(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    return int(any(evaluate(a, state, sizes, env) for a in expr.args))


def _ite(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    condition, then, otherwise = expr.args
    return evaluate(then if evaluate(condition, state, sizes, env) else otherwise, state, sizes, env)


def _cast(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    return _wrapped(expr.sort, evaluate(expr.args[0], state, sizes, env))


def _binary(expr: Expr, state: ConcreteState, sizes: Sizes, env: Env) -> int:
    left = evaluate(expr.args[0], state, sizes, env)
    right = evaluate(expr.args[1], state, sizes, env)
    if expr.op is Op.EQ:
        return int(left == right)
    if expr.op is Op.LT:
        return int(left < right)
    if expr.op is Op.LE:
        return int(left <= right)
    if expr.op in (Op.SHL, Op.SHR):
        return _shift(expr.op, expr.sort, left, right)
    return _wrapped(expr.sort, _EXACT[expr.op](left, right))


def _shift(op: Op, sort: Sort, value: int, by: int) -> int:
    """C leaves a shift by the width or more open; here all bits leave, and the sign fills from the left."""
    assert isinstance(sort, CInt)
    amount = by % (1 << sort.bits)
    if op is Op.SHL:
        return _wrapped(sort, value * (1 << amount)) if amount < sort.bits else 0
    if amount >= sort.bits:
        return -1 if value < 0 else 0
    return value // (1 << amount)


def _wrapped(sort: Sort, value: int) -> int:
    """The value of a C type that is congruent to `value` modulo 2 to the power of its width."""
    assert isinstance(sort, CInt)
    low = -(1 << (sort.bits - 1)) if sort.signed else 0
    return (value - low) % (1 << sort.bits) + low


_EXACT: dict[Op, Callable[[int, int], int]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MUL: lambda a, b: a * b,
    Op.BITAND: lambda a, b: a & b,
    Op.BITOR: lambda a, b: a | b,
    Op.BITXOR: lambda a, b: a ^ b,
}

_OF: dict[Op, Callable[[Expr, ConcreteState, Sizes, Env], int]] = {
    Op.LIT: _literal, Op.VAR: _variable, Op.READ: _read, Op.FORALL: _quantifier, Op.EXISTS: _quantifier,
    Op.NOT: _not, Op.AND: _and, Op.OR: _or, Op.ITE: _ite, Op.CAST: _cast,
    Op.EQ: _binary, Op.LT: _binary, Op.LE: _binary, Op.ADD: _binary, Op.SUB: _binary, Op.MUL: _binary,
    Op.SHL: _binary, Op.SHR: _binary, Op.BITAND: _binary, Op.BITOR: _binary, Op.BITXOR: _binary,
}  # fmt: skip
