"""A system over uninterpreted sorts: the obligations of an inductive set of lemmas, put to one incremental solver.

Initiation: axioms and initial conditions imply the lemma. Consecution: axioms, hypotheses and the guard of an action
imply what must hold before the step for the lemma to hold after it. Safety: axioms and hypotheses imply a formula.
An action that writes nothing that a lemma reads cannot break it, which takes no query.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from shootdown.ir.expr import Expr, conj, implies, reads
from shootdown.ir.interp import domain
from shootdown.ir.rewrite import before_step, conjuncts, is_true, simplify
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.system import Named, System
from shootdown.ir.trace import ConcreteState
from shootdown.search.firstorder import Names, constants, declarations, declared, elements, no_other, text
from shootdown.search.orders import least
from shootdown.smt import Answer, Solver, Structure, quote

OPTIONS = {"smt.mbqi.max_cexs": 4}
"""Quantified queries are fragile across versions of z3; this setting repairs most of it."""

WORK = 1_000_000
"""Bound on one query, in the solver's own units: half a second or so."""

LARGEST = 4
"""Most elements of a sort in a counterexample to induction."""

INITIATION = -1
SAFETY = -2
"""In the place of an action's number: the obligations about initial states, and about all states at once."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A counterexample to induction (CTI): a finite state that meets all hypotheses, and the arguments of a step."""

    sizes: Mapping[str, int]
    state: ConcreteState
    args: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What the solver says of an obligation: UNSAT with the hypotheses that it needed, SAT with a CTI."""

    answer: Answer
    core: frozenset[int] = frozenset()
    cti: Counterexample | None = None
    reason: str = ""


@dataclass
class Theory:
    """The obligations of `system`, and the lemmas that may be hypotheses."""

    system: System
    lemmas: list[Expr] = field(default_factory=list)
    queries: int = 0
    _bounds: set[str] = field(default_factory=set)
    _memo: dict[tuple[int, int], Expr] = field(default_factory=dict)

    @cached_property
    def _solver(self) -> Solver:
        solver = Solver("", options=OPTIONS)
        solver.add_text(declarations(self.system))
        solver.add_text("".join(f"(assert {text(simplify(a.formula))})\n" for a in self._axioms[0]))
        solver.add_text("".join(params for params, _ in self._params))
        return solver

    @cached_property
    def _params(self) -> list[tuple[str, Names]]:
        return [constants(a.params, f"{a.name}.") for a in self.system.actions]

    @cached_property
    def _axioms(self) -> tuple[list[Named], list[Named]]:
        """Those about immutable state, which hold in every state, and the others, which hold in initial ones."""
        changing = {v.name for v in self.system.variables if not v.immutable}
        lasting = [a for a in self.system.axioms if not reads(a.formula) & changing]
        return lasting, [a for a in self.system.axioms if a not in lasting]

    @cached_property
    def _guards(self) -> list[Expr]:
        return [simplify(a.guard) for a in self.system.actions]

    def add(self, lemma: Expr) -> int:
        """Let a lemma be a hypothesis; its number."""
        number = len(self.lemmas)
        self.lemmas.append(simplify(lemma))
        name = _hypothesis(number)
        self._solver.add_text(f"(declare-const {name} Bool)(assert (=> {name} {text(self.lemmas[number])}))")
        return number

    def obligations(self, lemma: int) -> list[int]:
        """Initiation and the numbers of the actions that might break the lemma."""
        read = reads(self.lemmas[lemma])
        touching = [k for k, a in enumerate(self.system.actions) if read & {u.variable.name for u in a.updates}]
        return [INITIATION, *(k for k in touching if not is_true(self._before(lemma, k)))]

    def ask(
        self, lemma: int, action: int, hypotheses: Iterable[int], *, small: bool = True, rlimit: int = WORK
    ) -> Reply:
        """Initiation, safety, or consecution of a lemma under an action, from states that meet the hypotheses.

        Where it fails and `small` is set, a CTI with few elements is looked for.
        """
        self.queries += 1
        solver = self._solver
        solver.limit(rlimit)
        solver.push()
        try:
            solver.add_text(self._query(lemma, action))
            names = [] if action == INITIATION else [_hypothesis(k) for k in sorted(hypotheses)]
            answer = solver.check(names)
            if answer is Answer.UNSAT:
                return Reply(answer, frozenset(int(n.removeprefix("$h")) for n in solver.core()))
            reason = solver.reason_unknown
            if small and self._smallest(names):
                return Reply(Answer.SAT, cti=self._cti(action))
            return Reply(answer, reason=reason or f"no counterexample has up to {LARGEST} elements of each sort")
        finally:
            solver.pop()

    def _smallest(self, names: list[str]) -> bool:
        """Whether a CTI was found with few elements: a sort grows as long as its bound is why there is none."""
        sizes = {s.name: 1 for s in self.system.index_sorts}
        while max(sizes.values(), default=1) <= LARGEST:
            bounds = {self._bound(sort, size): sort for sort, size in sizes.items()}
            self.queries += 1
            answer = self._solver.check([*names, *bounds])
            if answer is Answer.SAT:
                return True
            grow = [bounds[n] for n in self._solver.core() if n in bounds] if answer is Answer.UNSAT else []
            if not grow:
                return False
            sizes[grow[0]] += 1
        return False

    def _bound(self, sort: str, size: int) -> str:
        """The name of the assumption that a sort has at most so many elements."""
        name = f"$most{size}.{sort}"
        if name not in self._bounds:
            self._bounds.add(name)
            names = elements(sort, size)
            implied = f"(assert (=> {quote(name)} {no_other(sort, names)}))"
            self._solver.add_text(f"{declared(sort, names)}(declare-const {quote(name)} Bool){implied}")
        return name

    def _query(self, lemma: int, action: int) -> str:
        wrong = f"(assert (not {text(self.lemmas[lemma])}))"
        if action == SAFETY:
            return wrong
        if action == INITIATION:
            return self._init + wrong
        names = self._params[action][1]
        after = text(self._before(lemma, action), names)
        return f"(assert {text(self._guards[action], names)})(assert (not {after}))"

    @cached_property
    def _init(self) -> str:
        conditions = [c for n in (*self._axioms[1], *self.system.init) for c in conjuncts(simplify(n.formula))]
        return "".join(f"(assert {text(c)})\n" for c in conditions)

    def _before(self, lemma: int, action: int) -> Expr:
        key = (lemma, action)
        if key not in self._memo:
            self._memo[key] = before_step(self.lemmas[lemma], self.system.actions[action])
        return self._memo[key]

    def _cti(self, action: int) -> Counterexample:
        found = self._solver.structure([s.name for s in self.system.index_sorts])
        state = state_of(self.system, found)
        if action < 0:
            return Counterexample(found.sizes, state)
        names = self._params[action][1].terms
        params = [(p.sort, names[p.key].strip("|")) for p in self.system.actions[action].params]
        args = tuple(_number(sort, found.tables.get(name, {}).get(())) for sort, name in params)
        return Counterexample(found.sizes, state, args)


def finite(system: System, formula: Expr) -> Expr:
    """The formula under the hypothesis that each order of the system has a least member, if it has members."""
    return implies(conj(*(least(o) for o in system.orders)), formula)


def _hypothesis(number: int) -> str:
    return f"$h{number}"


def state_of(system: System, found: Structure) -> ConcreteState:
    """A finite model as a state; what it leaves open is false, the first value or the first element."""
    state: dict[str, dict[tuple[int, ...], int]] = {}
    for variable in system.variables:
        table = found.tables.get(variable.name, {})
        keyed = {tuple(_number(s, v) for s, v in zip(variable.args, p, strict=True)): v for p, v in table.items()}
        points = product(*(domain(s, found.sizes) for s in variable.args))
        state[variable.name] = {p: _number(variable.sort, keyed.get(p)) for p in points}
    return state


def _number(sort: Sort, value: int | str | None) -> int:
    match sort:
        case EnumSort(name=name, values=values):
            return values.index(value.removeprefix(f"{name}.")) if isinstance(value, str) else 0
        case CInt():
            return sort.wrap(int(value or 0))
        case BoolSort() | IndexSort():
            return int(value or 0)
