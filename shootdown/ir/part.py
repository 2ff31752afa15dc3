"""Parts and their composition: how a system is put together from small pieces.

A part declares variables, axioms, initial conditions and actions. It may add to an action of
another part (`also`), or watch every action with variables of its own (`monitor`).
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from shootdown.ir.checks import check_name, check_sorts
from shootdown.ir.errors import ModelError, ShootdownError, call_site, heard, raised_at, worded
from shootdown.ir.expr import Expr, Op, Variable, as_bool, conj, fresh, walk
from shootdown.ir.sorts import IndexSort, Sort, SortLike, sort_of
from shootdown.ir.state import Let, Recording, State, record
from shootdown.ir.system import Action, Assumption, Named, Order, Says, System

Formula = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """A decorated Python function that has not been recorded yet."""

    function: Callable[..., object]
    name: str
    options: Mapping[str, Any]
    where: str

    def with_options(self, **changes: Any) -> "ActionSpec":
        """The same function with other words or marks."""
        return ActionSpec(self.function, changes.pop("name", self.name), {**self.options, **changes}, self.where)


def action(
    *,
    actor: str,
    code: str = "",
    says: Says = "",
    fault: bool = False,
    tally: str = "",
    seen: str = "",
    clutter: int = 0,
    silent: bool = False,
) -> Callable[[Callable[..., object]], ActionSpec]:
    """Declare an action; see `shootdown.ir.system.Action` for what the marks mean."""
    options: dict[str, Any] = {
        "actor": actor, "code": code, "says": says, "fault": fault, "tally": tally,
        "seen": seen, "clutter": clutter, "silent": silent,
    }  # fmt: skip

    def wrap(function: Callable[..., object]) -> ActionSpec:
        code_object = function.__code__
        return ActionSpec(function, function.__name__, options, call_site() or f"line {code_object.co_firstlineno}")

    return wrap


@dataclass(slots=True)
class Part:
    """A piece of a system under construction."""

    name: str
    variables: list[Variable] = field(default_factory=list)
    axioms: list[tuple[str, Formula, str]] = field(default_factory=list)
    inits: list[tuple[str, Formula, str]] = field(default_factory=list)
    actions: list[ActionSpec] = field(default_factory=list)
    additions: dict[str, list[Callable[..., object]]] = field(default_factory=dict)
    monitors: list[Callable[[State, ActionSpec], object]] = field(default_factory=list)
    orders: list[tuple[str, SortLike, Callable[..., object], Callable[..., object]]] = field(default_factory=list)

    def variable(self, name: str, sort: SortLike, *, immutable: bool = False, doc: str = "") -> None:
        """A state variable without arguments."""
        self.variables.append(Variable(name, (), sort_of(sort), immutable, doc))

    def relation(self, name: str, *sorts: SortLike, immutable: bool = False, doc: str = "") -> None:
        """A relation over the given sorts."""
        self.function(name, *sorts, to=bool, immutable=immutable, doc=doc)

    def function(self, name: str, *sorts: SortLike, to: SortLike, immutable: bool = False, doc: str = "") -> None:
        """A function from the given sorts to `to`."""
        self.variables.append(Variable(name, tuple(sort_of(s) for s in sorts), sort_of(to), immutable, doc))

    def axiom(self, name: str, formula: Formula, doc: str = "") -> None:
        """A condition on immutable variables: which topologies exist."""
        self.axioms.append((name, formula, doc))

    def init(self, name: str, formula: Formula, doc: str = "") -> None:
        """A condition on the initial states."""
        self.inits.append((name, formula, doc))

    def order(
        self, name: str, sort: SortLike, member: Callable[..., object], before: Callable[..., object]
    ) -> None:
        """A strict order, `before(s, e, d)`, on the elements of which `member(s, d)` holds."""
        self.orders.append((name, sort, member, before))

    def act(self, *specs: ActionSpec) -> None:
        """Take decorated actions into this part."""
        self.actions.extend(specs)

    def also(self, name: str, function: Callable[..., object]) -> None:
        """Add guards and updates to the action `name` of whichever part declares it."""
        self.additions.setdefault(name, []).append(function)

    def monitor(self, function: Callable[[State, ActionSpec], object]) -> None:
        """Let a function add updates of this part's own variables to every action."""
        self.monitors.append(function)


def compose(
    name: str,
    parts: Iterable[Part],
    *,
    assumptions: Iterable[Assumption] = (),
    busy: Formula | None = None,
    working: tuple[str, ...] = (),
    lets: Mapping[str, Callable[..., Expr]] | None = None,
) -> System:
    """One system from parts; every mistake in them is found here.

    `lets` are derived terms, `name -> f(s, ...)`: `s.domain(d)` in actions and claims, `domain(d)` in texts.
    """
    pieces = list(parts)
    variables = _unique([v for p in pieces for v in p.variables])
    _check_function_order(variables.values())
    specs = _unique_actions(pieces)
    for word in (*variables, *(spec.name for spec in specs)):
        check_name(word)
    bound: dict[str, Callable[..., Expr]] = {}
    for let, function in (lets or {}).items():
        bound[let] = Let(function, State(variables, None, bound))
    state = State(variables, None, bound)
    system = System(
        name=name,
        variables=tuple(variables.values()),
        axioms=tuple(_topology(_named(state, *a)) for p in pieces for a in p.axioms),
        init=tuple(_named(state, *i) for p in pieces for i in p.inits),
        actions=tuple(_record(spec, pieces, variables, bound) for spec in specs),
        assumptions=tuple(assumptions),
        busy=as_bool(busy(state)) if busy else None,
        working=working,
        orders=tuple(_order(state, *o) for p in pieces for o in p.orders),
        lets=bound,
    )
    check_sorts(system)
    return system


def _order(
    state: State, name: str, sort: SortLike, member: Callable[..., object], before: Callable[..., object]
) -> Order:
    (first, d), (second, e) = fresh("d", sort_of(sort)), fresh("e", sort_of(sort))
    parts = _guarded(lambda: (as_bool(member(state, d)), as_bool(before(state, d, e))), name)
    return Order(name, (first, second), *parts)


def formula(system: System, build: Formula) -> Expr:
    """A formula over the state of a system."""
    built = as_bool(_guarded(lambda: build(State(system.by_name, None, system.lets)), ""))
    check_sorts(system, built)
    return built


def _unique(variables: list[Variable]) -> dict[str, Variable]:
    table: dict[str, Variable] = {}
    for v in variables:
        if v.name in table:
            raise ModelError(f"two parts declare a state variable `{v.name}`", "")
        table[v.name] = v
    return table


def _unique_actions(parts: list[Part]) -> list[ActionSpec]:
    specs = [a for p in parts for a in p.actions]
    names = [a.name for a in specs]
    for spec in specs:
        if names.count(spec.name) > 1:
            raise ModelError(f"two actions are called `{spec.name}`", spec.where)
    for part in parts:
        for missing in sorted(set(part.additions) - set(names)):
            raise ModelError(f"part `{part.name}` adds to an action `{missing}` that no part declares", "")
    return specs


def _check_function_order(variables: Iterable[Variable]) -> None:
    """Functions between index sorts follow an acyclic order, or ground terms never end."""
    graph: dict[str, set[str]] = {}
    for v in variables:
        if isinstance(v.sort, IndexSort):
            for arg in v.args:
                graph.setdefault(v.sort.name, set()).add(str(arg))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        loop = " -> ".join(reversed(cycle.args[1]))
        message = f"functions between index sorts go in a circle: {loop}; make one of them a relation"
        raise ModelError(message, "") from None


def _named(state: State, name: str, build: Formula, doc: str) -> Named:
    return Named(name, as_bool(_guarded(lambda: build(state), name)), doc)


def _topology(axiom: Named) -> Named:
    """An axiom speaks about topology alone: what it says of a changing variable would hold at the start only."""
    for node in walk(axiom.formula):
        if isinstance(node.payload, Variable) and not node.payload.immutable:
            name = node.payload.name
            raise ModelError(f"axiom `{axiom.name}` reads `{name}`, which changes; make it an initial condition", "")
    return axiom


def _record(
    spec: ActionSpec, parts: list[Part], variables: Mapping[str, Variable], lets: Mapping[str, Callable[..., Expr]]
) -> Action:
    recording = Recording()
    state = State(variables, recording, lets)
    binders, args = _parameters(spec)
    steps = [spec.function] + [f for p in parts for f in p.additions.get(spec.name, [])]
    for step in steps:
        _guarded(lambda step=step: record(step, state, args, recording), spec.name)  # type: ignore[misc]
    for part in parts:
        own = {v.name for v in part.variables}
        for monitor in part.monitors:
            before, guards = set(recording.writes), len(recording.guards)
            _guarded(lambda m=monitor: record(lambda s: m(s, spec), state, (), recording), spec.name)  # type: ignore[misc]
            if foreign := set(recording.writes) - before - own:
                raise ModelError(f"monitor of `{part.name}` writes `{min(foreign)}`, which is not its own", spec.where)
            if len(recording.guards) > guards:
                raise ModelError(f"monitor of `{part.name}` calls require(...), and a monitor only watches", spec.where)
    return Action(
        name=spec.name,
        params=binders,
        guard=conj(*recording.guards),
        updates=recording.updates(variables),
        doc=inspect.cleandoc(spec.function.__doc__ or ""),
        where=spec.where,
        **spec.options,
    )


def _parameters(spec: ActionSpec) -> tuple[tuple[Any, ...], list[Expr]]:
    names = list(inspect.signature(spec.function).parameters)[1:]
    try:
        hints = typing.get_type_hints(spec.function)
    except NameError as error:
        raise ModelError(f"action `{spec.name}`: {error}", spec.where) from None
    pairs = []
    for name in names:
        if name not in hints:
            raise ModelError(f"parameter `{name}` of action `{spec.name}` needs a sort: `{name}: Device`", spec.where)
        pairs.append(fresh(name, sort_of(hints[name])))
    return tuple(b for b, _ in pairs), [e for _, e in pairs]


def _guarded(call: Callable[[], Any], name: str) -> Any:
    """Run a modeller's code; what Python itself finds wrong becomes a model error with its line."""
    try:
        with heard():
            return call()
    except ShootdownError:
        raise
    except (Exception, SystemExit) as error:  # a model that ends the program would leave the exit code of a proof
        what = f"in `{name}`: " if name else ""
        raise ModelError(f"{what}{worded(error)}", raised_at(error)) from error


def alternations(formula_: Expr) -> list[tuple[Sort, Sort]]:
    """Pairs (outer, inner) of sorts where an existential stands below a universal quantifier."""
    return sorted(set(_alternations(formula_, positive=True, outer=())), key=str)


def _alternations(expr: Expr, *, positive: bool, outer: tuple[Sort, ...]) -> Iterable[tuple[Sort, Sort]]:
    if not any(n.op in (Op.FORALL, Op.EXISTS) for n in walk(expr)):
        return
    if expr.op in (Op.FORALL, Op.EXISTS) and isinstance(expr.payload, tuple):
        sorts = tuple(b.sort for b in expr.payload)
        if (expr.op is Op.EXISTS) is positive:
            yield from ((o, s) for o in outer for s in sorts)
        else:
            outer = (*outer, *sorts)
    flips = expr.op is Op.NOT
    both = expr.op in (Op.EQ,) or (expr.op is Op.ITE)
    for arg in expr.args:
        yield from _alternations(arg, positive=positive is not flips, outer=outer)
        if both:
            yield from _alternations(arg, positive=not positive, outer=outer)
