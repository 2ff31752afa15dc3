"""The symbolic state that an action is recorded on.

Reads give the value before the step. A read of what the action has already written is an
error that names `pre(s.x)`; two writes to one variable need provably distinct points.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, Op, Payload, Variable, as_bool, bind, conj, fresh, ite, lift
from shootdown.ir.misuse import Symbolic
from shootdown.ir.sorts import Sort

Points = tuple[Expr | None, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """After the step, `variable(binders)` is `value`, for every choice of the binders."""

    variable: Variable
    binders: tuple[Binder, ...]
    value: Expr


@dataclass(slots=True)
class Recording:
    """What one action requires and writes; grows while its function runs."""

    guards: list[Expr] = field(default_factory=list)
    writes: dict[str, list[tuple[Points, tuple[Binder, ...], Expr]]] = field(default_factory=dict)

    def updates(self, variables: Mapping[str, Variable]) -> tuple[Update, ...]:
        """One simultaneous update per written variable, in the order of declaration."""
        return tuple(self._update(variables[n]) for n in variables if n in self.writes)

    def _update(self, variable: Variable) -> Update:
        pairs = [fresh(_letter(s, k), s) for k, s in enumerate(variable.args)]
        binders, here = tuple(b for b, _ in pairs), tuple(e for _, e in pairs)
        value = read(variable, here)
        for points, inner, body in self.writes[variable.name]:
            open_places = [here[k] for k, p in enumerate(points) if p is None]
            new = substitute(body, dict(zip((b.key for b in inner), open_places, strict=True)))
            at = [here[k] == p for k, p in enumerate(points) if p is not None]
            value = ite(conj(*at), new, value) if at else new
        return Update(variable, binders, value)


def _letter(sort: Sort, position: int) -> str:
    return f"{str(sort)[0].lower()}{position}"


def read(variable: Variable, args: Sequence[Expr]) -> Expr:
    """The value of a state variable at a point, before the step."""
    return Expr(Op.READ, tuple(args), variable.sort, variable)


def substitute(expr: Expr, values: Mapping[int, Expr]) -> Expr:
    """`expr` with bound variables (by key) replaced."""
    if not values:
        return expr
    if expr.op is Op.VAR and isinstance(expr.payload, Binder):
        return values.get(expr.payload.key, expr)
    if not expr.args:
        return expr
    return Expr(expr.op, tuple(substitute(a, values) for a in expr.args), expr.sort, expr.payload)


class Written(Symbolic):
    """A variable that this action has already assigned: any use but `pre(...)` is an error."""

    def __init__(self, name: str, before: Any) -> None:
        self._before = before
        self._misuse = (
            f"`{name}` was assigned earlier in this action and a read would be ambiguous; "
            f"write pre(s.{name}) for the value before the step"
        )

    def _fail(self, *_: object) -> NoReturn:
        raise ModelError(self._misuse)

    def __setitem__(self, key: Any, value: Any) -> None:
        """A relation may be written at a second point; reading it in between is the error."""
        self._before[key] = value

    __getitem__ = __call__ = __and__ = __or__ = __rand__ = __ror__ = __invert__ = __bool__ = _fail
    __eq__ = __ne__ = __add__ = __sub__ = __lt__ = __le__ = __gt__ = __ge__ = __iter__ = _fail
    __hash__ = Symbolic.__hash__


def pre(value: Any) -> Any:
    """The value before the step, also of a variable that this action has assigned."""
    return value._before if isinstance(value, Written) else value  # noqa: SLF001 # the other half of Written


class Place(Symbolic):
    """A relation or function: read `s.todo[d]` or `s.todo(d)`, write `s.todo[d] = ...`."""

    def __init__(self, variable: Variable, recording: Recording | None) -> None:
        self._variable = variable
        self._recording = recording

    def __getitem__(self, key: Any) -> Expr:
        return read(self._variable, [self._argument(k, v) for k, v in enumerate(self._key(key))])

    def __call__(self, *key: Any) -> Expr:
        """`s.domain_of(d)` is `s.domain_of[d]`: functions read like functions."""
        return self[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        points = tuple(None if _everything(v) else self._argument(k, v) for k, v in enumerate(self._key(key)))
        sorts = [s for s, p in zip(self._variable.args, points, strict=True) if p is None]
        if callable(value) and not isinstance(value, Expr | Written):
            binders, values = bind(value, sorts)
            body = value(*values)
        else:
            binders, body = [fresh("x", s)[0] for s in sorts], value
        write(self._recording, self._variable, points, tuple(binders), body)

    def _key(self, key: Any) -> tuple[Any, ...]:
        parts = key if isinstance(key, tuple) else (key,)
        if len(parts) != len(self._variable.args):
            raise ModelError(f"`{self._variable}` takes {len(self._variable.args)} arguments, not {len(parts)}")
        return parts

    def _argument(self, position: int, value: Any) -> Expr:
        sort = self._variable.args[position]
        expr = lift(value, sort)
        if expr.sort != sort:
            raise ModelError(f"argument {position + 1} of `{self._variable}` must be a {sort}, not a {expr.sort}")
        return expr

    def _fail(self, *_: object) -> NoReturn:
        name = self._variable.name
        raise ModelError(f"`{self._variable}` is a relation or function; read it at a point, {name}[...]")

    __and__ = __or__ = __rand__ = __ror__ = __invert__ = __bool__ = __iter__ = __eq__ = __ne__ = _fail
    __hash__ = Symbolic.__hash__


class Let(partial[Expr]):
    """A derived term over a state, which is read at its arguments: `s.stale(d)`."""

    def __bool__(self) -> NoReturn:
        raise ModelError("a derived term is read at its arguments, such as s.reported_done(d)")


def _everything(key: Any) -> bool:
    """Whether a position of an assignment is `:`; elements have no order from which `d:` could go on."""
    if isinstance(key, slice) and not (key.start is key.stop is key.step is None):
        raise ModelError("elements have no order; write `:` for all, or s.todo[:] = lambda e: ... for some of them")
    return isinstance(key, slice)


def write(rec: Recording | None, variable: Variable, points: Points, binders: tuple[Binder, ...], value: Any) -> None:
    """Record one write, or say why it cannot be one."""
    if rec is None:
        raise ModelError(f"`{variable.name}` is written outside an action; a formula only reads")
    if variable.immutable:
        raise ModelError(f"`{variable.name}` is immutable (topology) and no action may update it")
    body = lift(value, variable.sort)
    if body.sort != variable.sort:
        raise ModelError(f"`{variable}` is assigned a value of sort {body.sort}; it needs {variable.sort}")
    for other, _, _ in rec.writes.get(variable.name, []):
        if not _distinct(points, other, rec.guards):
            raise ModelError(
                f"`{variable.name}` is written twice at points that may be equal; "
                f"write it once with a lambda, or require(a != b) before"
            )
    rec.writes.setdefault(variable.name, []).append((points, binders, body))


def _distinct(left: Points, right: Points, guards: list[Expr]) -> bool:
    """Whether two written points differ for certain: different literals, or required to differ."""
    pairs = [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]
    return any(_differ(a, b) or any(_says_differ(g, a, b) for g in guards) for a, b in pairs)


def _differ(a: Expr, b: Expr) -> bool:
    return a.op is Op.LIT and b.op is Op.LIT and a.payload != b.payload


def _says_differ(guard: Expr, a: Expr, b: Expr) -> bool:
    if guard.op is Op.AND:
        return any(_says_differ(g, a, b) for g in guard.args)
    if guard.op is not Op.NOT or guard.args[0].op is not Op.EQ:
        return False
    left, right = guard.args[0].args
    return {_key(left), _key(right)} == {_key(a), _key(b)}


def _key(expr: Expr) -> tuple[Op, Payload, tuple[Any, ...]]:
    return expr.op, expr.payload, tuple(_key(a) for a in expr.args)


class State:
    """`s` in an action or a formula: `s.name` reads, `s.name = value` writes."""

    def __init__(
        self,
        variables: Mapping[str, Variable],
        recording: Recording | None = None,
        lets: Mapping[str, Callable[..., Expr]] | None = None,
    ) -> None:
        object.__setattr__(self, "_variables", variables)
        object.__setattr__(self, "_recording", recording)
        object.__setattr__(self, "_lets", lets or {})

    def __getattr__(self, name: str) -> Any:
        if name in self._lets:
            return self._lets[name]
        variable = self._find(name)
        value = Place(variable, self._recording) if variable.args else read(variable, ())
        written = self._recording is not None and name in self._recording.writes
        return Written(name, value) if written else value

    def __setattr__(self, name: str, value: Any) -> None:
        variable = self._find(name)
        if variable.args:
            raise ModelError(f"`{variable}` needs a point: s.{name}[...] = value, or s.{name}[:] = lambda ...")
        write(self._recording, variable, (), (), value)

    def _find(self, name: str) -> Variable:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._variables:
            near = difflib.get_close_matches(name, self._variables, 1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; there are: {', '.join(sorted(self._variables))}"
            raise ModelError(f"no state variable is called `{name}`{hint}")
        return self._variables[name]  # type: ignore[no-any-return] # __setattr__ hides the attribute's type


_current: list[Recording] = []


def require(*conditions: Any) -> None:
    """The action is enabled only where all of these hold."""
    if not _current:
        raise ModelError("require(...) stands outside an action")
    _current[-1].guards.extend(as_bool(c) for c in conditions)


def record(function: Callable[..., object], state: State, args: Sequence[Expr], into: Recording) -> None:
    """Run a modeller's function once on symbolic state; what it requires and writes goes `into`."""
    _current.append(into)
    try:
        function(state, *args)
    finally:
        _current.pop()

