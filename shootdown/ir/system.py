"""Transition systems: variables, topology axioms, initial states, actions, claims.

A system is immutable and complete: engines, interpreter, printers and people read the same one.
"""

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import Binder, Expr, Variable, conj, reads, walk
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.state import Update

Says = str | Callable[..., str]
"""Text of a step: a template whose `{...}` are formulas of the language over the parameters and the
state before the step, or a function of a `View` that returns the text."""


@dataclass(frozen=True, slots=True)
class Action:
    """One step that another actor can see.

    `guard` and `updates` range over `params`. `fault` marks an occurrence of something going wrong;
    `tally` names the kind under which `--faults` and "fewest" count it ("refused", "timed-out", ...),
    also for a refusal that is no fault. `clutter` breaks ties between equally short traces: fills
    of a cache cost 1, so that the trace with the fewest is shown. `seen` says where a fault was observed.
    """

    name: str
    actor: str
    params: tuple[Binder, ...]
    guard: Expr
    updates: tuple[Update, ...]
    doc: str = ""
    code: str = ""
    says: Says = ""
    fault: bool = False
    tally: str = ""
    seen: str = ""
    clutter: int = 0
    silent: bool = False
    where: str = ""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{p.name}: {p.sort}' for p in self.params)})"


@dataclass(frozen=True, slots=True)
class Named:
    """A formula with the name under which a report speaks of it."""

    name: str
    formula: Expr
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that is assumed, printed with every verdict, and that `--without NAME` really removes."""

    name: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A strict order on the elements for which `member` holds: `before` says which of two comes first.

    `member` is about the first of `binders`, `before` about both. That it is one is proved where it is used. Then,
    because sorts are finite, some member comes before all others; first-order logic cannot say that.
    """

    name: str
    binders: tuple[Binder, Binder]
    member: Expr
    before: Expr


class Expectation(enum.Enum):
    """What a property says about the reachable states."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"


@dataclass(frozen=True, slots=True)
class Claim:
    """`always`: the formula holds in every reachable state; `sometimes`: in at least one.

    `says` words the failure of an `always` claim: a template over the variables that the
    formula's outer `forall` binds and over the state, as in `Action.says`.
    """

    name: str
    kind: Expectation
    formula: Expr
    says: Says = ""
    doc: str = ""


@dataclass(frozen=True)
class System:
    """A transition system over finite but open index sorts.

    `working` are the actors whose silence while `busy` holds means *stuck*.
    """

    name: str
    variables: tuple[Variable, ...]
    axioms: tuple[Named, ...]
    init: tuple[Named, ...]
    actions: tuple[Action, ...]
    assumptions: tuple[Assumption, ...] = ()
    busy: Expr | None = None
    working: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    lets: dict[str, Callable[..., Expr]] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Variable]:
        """State variables by name."""
        return {v.name: v for v in self.variables}

    @cached_property
    def action(self) -> dict[str, Action]:
        """Actions by name."""
        return {a.name: a for a in self.actions}

    @cached_property
    def index_sorts(self) -> tuple[IndexSort, ...]:
        """Every index sort that the system speaks of, in order of first mention."""
        found: dict[str, IndexSort] = {}
        for sort in self._sorts():
            if isinstance(sort, IndexSort):
                found.setdefault(sort.name, sort)
        return tuple(found.values())

    def _sorts(self) -> list[Sort]:
        listed = [s for v in self.variables for s in (*v.args, v.sort)]
        listed += [p.sort for a in self.actions for p in a.params]
        formulas = [self.initial, *(a.guard for a in self.actions), *(u.value for a in self.actions for u in a.updates)]
        return listed + [b.sort for f in formulas for n in walk(f) if isinstance(n.payload, tuple) for b in n.payload]

    @cached_property
    def enum_sorts(self) -> dict[str, EnumSort]:
        """Enumerations by name."""
        return {s.name: s for s in self._sorts() if isinstance(s, EnumSort)}

    @cached_property
    def named_sorts(self) -> dict[str, EnumSort | IndexSort]:
        """Enumerations and index sorts by name; a ModelError where two have the same one.

        Kept, since every formula about the system is compared with it.
        """
        known: dict[str, EnumSort | IndexSort] = {}
        for sort in self._declared():
            if known.setdefault(str(sort), sort) != sort:
                raise ModelError(f"two different sorts are called {sort}; give one of them another name", "")
        return known

    def _declared(self) -> Iterator[EnumSort | IndexSort]:
        sorts = [s for v in self.variables for s in (*v.args, v.sort)]
        sorts += [p.sort for a in self.actions for p in a.params]
        yield from (s for s in sorts if isinstance(s, EnumSort | IndexSort))
        formulas = [self.initial, *(f for o in self.orders for f in (o.member, o.before))]
        formulas += [f for a in self.actions for f in (a.guard, *(u.value for u in a.updates))]
        yield from named_sorts([*formulas, *([self.busy] if self.busy is not None else [])])

    @property
    def initial(self) -> Expr:
        """Axioms and initial conditions as one formula."""
        return conj(*(n.formula for n in (*self.axioms, *self.init)))


def named_sorts(formulas: Iterable[Expr]) -> Iterator[EnumSort | IndexSort]:
    """Enumerations and index sorts of all terms, of what they read, and of bound variables."""
    for node in (n for f in formulas for n in walk(f)):
        sorts: list[Sort] = [node.sort]
        match node.payload:
            case Variable(args=args):
                sorts += args
            case Binder(sort=sort):
                sorts.append(sort)
            case tuple() as binders:
                sorts += [b.sort for b in binders]
            case _:
                pass
        yield from (s for s in sorts if isinstance(s, EnumSort | IndexSort))


def scalar_text(sort: Sort, value: int) -> str:
    """How a reader sees a value: `true`, `EINVAL`, `a`, `0x10`."""
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case EnumSort(values=values):
            return values[value]
        case IndexSort():
            return sort.element(value)
        case CInt():
            return hex(value)


def mentioned(system: System, *more: Expr) -> set[str]:
    """State variables that any guard, update, axiom or the given formulas read."""
    found: set[str] = set()
    for formula in (system.initial, *more, *(a.guard for a in system.actions)):
        found |= reads(formula)
    for action in system.actions:
        for update in action.updates:
            found |= reads(update.value) | {update.variable.name}
    return found
