"""What has to be shown for a set of lemmas to prove claims for any number of elements, as complete SMT-LIB 2 scripts.

* initiation: axioms and initial conditions imply each lemma;
* consecution: axioms, all lemmas and an action's guard imply each lemma after the action's updates;
* safety: axioms and all lemmas imply each claim.

Everything is written from the recorded model, over two vocabularies: `|todo|` is a variable before the step, `|todo'|`
after it, defined by the action's update or as unchanged. The engine that finds lemmas has no such vocabulary; what it
shares with these scripts is the printer of terms, which knows neither steps nor updates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Expr, Variable, reads
from shootdown.ir.state import Update
from shootdown.ir.system import Action, Claim, Expectation, Order, System
from shootdown.search.firstorder import Names, constants, declarations, sort_text, text
from shootdown.search.verdict import Lemma
from shootdown.smt import quote

CHECK = "(check-sat)\n"

INIT = "the initial states"
LEMMAS = "the lemmas"
FINITE = "the lemmas over finite orders"
"""What an obligation may be about besides an action."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """`context` are hypotheses that must be satisfiable; together with `goal`, a denial, they must not be.

    Both are SMT-LIB 2 texts. `about` says whose hypotheses they are: those of an action by its name, INIT, LEMMAS or
    FINITE; obligations about the same have the same context.
    """

    name: str
    about: str
    context: str
    goal: str

    @property
    def script(self) -> str:
        """The complete script that has to be unsatisfiable."""
        return f"; {self.name}\n{self.context}{self.goal}{CHECK}"

    @property
    def premise(self) -> str:
        """The complete script of the hypotheses alone, which has to be satisfiable."""
        return f"; hypotheses: {self.about}\n{self.context}{CHECK}"


def obligations(
    system: System,
    claims: Sequence[Claim],
    lemmas: Sequence[Lemma],
    finite: Sequence[str] = (),
    idle: Sequence[str] = (),
) -> tuple[Obligation, ...]:
    """Everything that has to be shown, in a fixed order.

    `finite` names the orders that are taken for what they are on a finite set. That they are irreflexive and transitive
    on their members has to follow from the lemmas; then safety may suppose that, where there are members, one of them
    has none before it. `idle` names actions that are never enabled where the lemmas hold: that has to be shown, and
    they have no consecution. Raises UsageError where a formula names one element, or a name does not exist.
    """
    return tuple(Scripts(system, claims, lemmas, finite, idle).all())


class Scripts:
    """The texts of one set of lemmas; every formula is printed once.

    `known` declares everything and asserts axioms and lemmas, `later` has the variables after a step.
    """

    def __init__(
        self, system: System, claims: Sequence[Claim], lemmas: Sequence[Lemma],
        finite: Sequence[str], idle: Sequence[str],
    ) -> None:  # fmt: skip
        self.system = system
        self.claims = [c for c in claims if c.kind is Expectation.ALWAYS]
        self.orders = [_order(system, name) for name in finite]
        self.idle = frozenset(_action(system, name).name for name in idle)
        self.changing = sorted((v for v in system.variables if not v.immutable), key=lambda v: v.name)
        names = {v.name for v in self.changing}
        lasting = [a for a in system.axioms if not reads(a.formula) & names]
        other = [a for a in system.axioms if reads(a.formula) & names]
        head = f"(set-logic ALL)\n{declarations(system)}{''.join(_asserted(a.name, a.formula) for a in lasting)}"
        self.start = head + "".join(_asserted(n.name, n.formula) for n in (*other, *system.init))
        self.known = head + "".join(_asserted(f"lemma {k}: {x.name}", x.formula) for k, x in enumerate(lemmas, 1))
        self.later = {v.name: Variable(f"{v.name}'", v.args, v.sort) for v in self.changing}
        self.before = [text(x.formula) for x in lemmas]
        self.after = [text(_after(x.formula, self.later)) for x in lemmas]
        self.reads = [reads(x.formula) for x in lemmas]

    def all(self) -> Iterator[Obligation]:
        """Initiation, then consecution action by action, then what orders are, then safety."""
        for k, term in enumerate(self.before, 1):
            yield Obligation(f"lemma {k} holds initially", INIT, self.start, denied(term))
        for action in self.system.actions:
            yield from self._consecution(action)
        yield from self._safety()

    def _consecution(self, action: Action) -> Iterator[Obligation]:
        if action.name in self.idle:
            own, _ = _enabled(action, f"${action.name}.")  # others are asked about in the same context
            yield Obligation(f"{action.name} never happens", LEMMAS, self.known, own)
            return
        guard, names = _enabled(action, "$")
        written = {u.variable.name for u in action.updates}
        context = f"{self.known}{guard}{self.step(action, names)}"
        for k, term in enumerate(self.after, 1):
            if self.reads[k - 1] & written:
                yield Obligation(f"lemma {k} is kept by {action.name}", action.name, context, denied(term))

    def step(self, action: Action, names: Names) -> str:
        """Definitions of all variables after a step of the action; `names` has its parameters."""
        updates = {u.variable.name: u for u in action.updates}
        steps = (_step(v, updates[v.name], names) if v.name in updates else _frame(v) for v in self.changing)
        return f"; its step\n{''.join(steps)}"

    def afterwards(self, formula: Expr, names: Names) -> str:
        """A formula as a term about the state after a step."""
        return text(_after(formula, self.later), names)

    @property
    def supposed(self) -> str:
        """What the orders are on a finite set."""
        return "".join(f"; {_line(o.name)}: finite\n(assert {_least(o)})\n" for o in self.orders)

    def _safety(self) -> Iterator[Obligation]:
        for order in self.orders:
            for what, term in _strict(order):
                yield Obligation(f"{_line(order.name)} is {what}", LEMMAS, self.known, denied(term))
        about = FINITE if self.orders else LEMMAS
        for claim in self.claims:
            goal = denied(text(claim.formula))
            yield Obligation(f"claim {_line(claim.name)} follows", about, self.known + self.supposed, goal)


def _asserted(name: str, formula: Expr) -> str:
    return f"; {_line(name)}\n(assert {text(formula)})\n"


def denied(term: str) -> str:
    """The assertion that something does not hold."""
    return f"; denied\n(assert (not {term}))\n"


def _line(name: str) -> str:
    """A name as the rest of a comment line."""
    return " ".join(name.split())


def _after(formula: Expr, later: Mapping[str, Variable]) -> Expr:
    """The formula about the state after a step."""
    args = tuple(_after(a, later) for a in formula.args)
    payload = formula.payload
    if isinstance(payload, Variable):
        payload = later.get(payload.name, payload)
    return Expr(formula.op, args, formula.sort, payload)


def _step(variable: Variable, update: Update, names: Names) -> str:
    """The variable after the step has the value that the update gives it."""
    inner = {b.key: quote(f"{b.name}!{k}") for k, b in enumerate(update.binders)}
    value = text(update.value, Names({**names.terms, **inner}, len(inner)))
    return _definition(variable, list(inner.values()), value)


def _frame(variable: Variable) -> str:
    """The variable after the step is what it was."""
    params = [quote(f"x!{k}") for k in range(len(variable.args))]
    name = quote(variable.name)
    return _definition(variable, params, f"({name} {' '.join(params)})" if params else name)


def _definition(variable: Variable, params: Sequence[str], value: str) -> str:
    bound = " ".join(f"({p} {sort_text(s)})" for p, s in zip(params, variable.args, strict=True))
    name = quote(f"{variable.name}'")
    return f"(define-fun {name} ({bound}) {sort_text(variable.sort)} {value})\n"


def _strict(order: Order) -> Iterator[tuple[str, str]]:
    """What makes a strict order on the members, and what that is called."""
    d, e, x = "|!d|", "|!e|", "|!x|"
    sort = sort_text(order.binders[0].sort)
    member = {y: _member(order, y) for y in (d, e, x)}
    irreflexive = f"(=> {member[d]} (not {_before(order, d, d)}))"
    yield "irreflexive", f"(forall (({d} {sort})) {irreflexive})"
    chain = f"(and {' '.join(member.values())} {_before(order, d, e)} {_before(order, e, x)})"
    yield "transitive", f"(forall (({d} {sort}) ({e} {sort}) ({x} {sort})) (=> {chain} {_before(order, d, x)}))"


def _least(order: Order) -> str:
    """If there are members, there is one that no member comes before."""
    d, e = "|!d|", "|!e|"
    sort = sort_text(order.binders[0].sort)
    some = f"(exists (({d} {sort})) {_member(order, d)})"
    none_before = f"(forall (({e} {sort})) (=> {_member(order, e)} (not {_before(order, e, d)})))"
    return f"(=> {some} (exists (({d} {sort})) (and {_member(order, d)} {none_before})))"


def _member(order: Order, d: str) -> str:
    return text(order.member, Names({order.binders[0].key: d}))


def _before(order: Order, d: str, e: str) -> str:
    first, second = order.binders
    return text(order.before, Names({first.key: d, second.key: e}))


def _order(system: System, name: str) -> Order:
    for order in system.orders:
        if order.name == name:
            return order
    raise UsageError(f"{system.name} declares no order called `{name}`")


def _action(system: System, name: str) -> Action:
    if name not in system.action:
        raise UsageError(f"{system.name} has no action `{name}`")
    return system.action[name]


def _enabled(action: Action, mark: str) -> tuple[str, Names]:
    """The guard of an action as an assertion about constants for its parameters, and their names."""
    declared, names = constants(action.params, mark)
    return f"; {action.name} is enabled\n{declared}(assert {text(action.guard, names)})\n", names
