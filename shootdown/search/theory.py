"""A system over uninterpreted sorts: the obligations of an inductive set of lemmas, put to one incremental solver.

Initiation: axioms and initial conditions imply the lemma. Consecution: axioms, hypotheses and the guard of an action
imply what must hold before the step for the lemma to hold after it. Obligations that an action cannot break, because
it writes nothing that the lemma reads, are no queries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from shootdown.ir.expr import Expr, reads
from shootdown.ir.rewrite import before_step, conjuncts, is_true, simplify
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.system import Action, System
from shootdown.ir.trace import ConcreteState
from shootdown.search.firstorder import NO_NAMES, constants, declarations, text
from shootdown.smt import Answer, Solver, Structure, quote

OPTIONS = {"smt.mbqi.max_cexs": 4}
"""Quantified queries are fragile across versions of z3; this setting repairs most of it."""

LARGEST = 4
"""Most elements of a sort in a counterexample to induction."""

INITIATION = -1
"""In the place of an action's number: the obligation about initial states."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A state over a finite universe that meets all hypotheses, and from which a step breaks a lemma."""

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
    """The obligations of `system`; `rlimit` bounds each query in the solver's own units."""

    system: System
    rlimit: int = 3_000_000
    lemmas: list[Expr] = field(default_factory=list)
    queries: int = 0
    _bounds: set[str] = field(default_factory=set)

    @cached_property
    def _solver(self) -> Solver:
        solver = Solver("", rlimit=self.rlimit, options=OPTIONS)
        solver.add_text(declarations(self.system))
        solver.add_text("".join(asserted(simplify(a.formula)) for a in self.system.axioms))
        for action, (declared, _) in zip(self.system.actions, self._params, strict=True):
            if action.params:
                solver.add_text(declared)
        return solver

    @cached_property
    def _params(self) -> list[tuple[str, "object"]]:
        return [constants(a.params, f"{a.name}.") for a in self.system.actions]

    def add(self, lemma: Expr) -> int:
        """Let a lemma be a hypothesis; its number."""
        number = len(self.lemmas)
        self.lemmas.append(simplify(lemma))
        self._solver.add_text(
            f"(declare-const {_hypothesis(number)} Bool)(assert (=> {_hypothesis(number)} {text(self.lemmas[number])}))"
        )
        return number

    def obligations(self, lemma: int) -> list[int]:
        """Initiation and the numbers of the actions that might break the lemma."""
        read = reads(self.lemmas[lemma])
        touching = [k for k, a in enumerate(self.system.actions) if read & {u.variable.name for u in a.updates}]
        return [INITIATION, *(k for k in touching if not is_true(self._before(lemma, k)))]

    def ask(self, lemma: int, action: int, hypotheses: Iterable[int], *, small: bool = True) -> Reply:
        """Initiation of a lemma, or its consecution under an action from states that meet the hypotheses.

        Where it fails and `small` is set, a CTI with few elements is looked for.
        """
        self.queries += 1
        solver = self._solver
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
            return Reply(answer, reason=reason or f"no counterexample to induction has up to {LARGEST} elements of a sort")
        finally:
            solver.pop()

    def _smallest(self, names: list[str]) -> bool:
        """Whether a CTI was found with few elements: a sort grows as long as its bound is why there is none."""
        sizes = {s.name: 1 for s in self.system.index_sorts}
        while max(sizes.values()) <= LARGEST:
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
            elements = [quote(f"{sort}!{k}of{size}") for k in range(size)]
            declared = "".join(f"(declare-const {e} {quote(sort)})" for e in elements)
            one = " ".join(f"(= x {e})" for e in elements)
            every = f"(forall ((x {quote(sort)})) (or {one}))" if size > 1 else f"(forall ((x {quote(sort)})) {one})"
            self._solver.add_text(f"{declared}(declare-const {quote(name)} Bool)(assert (=> {quote(name)} {every}))")
        return name

    def _query(self, lemma: int, action: int) -> str:
        if action == INITIATION:
            init = [c for n in self.system.init for c in conjuncts(simplify(n.formula))]
            return "".join(asserted(c) for c in init) + f"(assert (not {text(self.lemmas[lemma])}))"
        names = self._names(action)
        guard = simplify(self.system.actions[action].guard)
        return f"(assert {text(guard, names)})(assert (not {text(self._before(lemma, action), names)}))"

    def _names(self, action: int):
        return self._params[action][1]

    def _before(self, lemma: int, action: int) -> Expr:
        key = (lemma, action)
        if key not in self._memo:
            self._memo[key] = before_step(self.lemmas[lemma], self.system.actions[action])
        return self._memo[key]

    @cached_property
    def _memo(self) -> dict[tuple[int, int], Expr]:
        return {}

    def _cti(self, action: int) -> Counterexample:
        found = self._solver.structure([s.name for s in self.system.index_sorts])
        state = state_of(self.system, found)
        if action == INITIATION:
            return Counterexample(found.sizes, state)
        chosen: Action = self.system.actions[action]
        names = [self._names(action).terms[p.key].strip("|") for p in chosen.params]
        args = [_number(p.sort, found.tables.get(n, {}).get((), None)) for p, n in zip(chosen.params, names, strict=True)]
        return Counterexample(found.sizes, state, tuple(args))


def asserted(formula: Expr) -> str:
    """A formula as an assertion."""
    return f"(assert {text(formula, NO_NAMES)})\n"


def _hypothesis(number: int) -> str:
    return f"$h{number}"


def state_of(system: System, found: Structure) -> ConcreteState:
    """A finite model as a state; what it leaves open is false, the first value or the first element."""
    state: dict[str, dict[tuple[int, ...], int]] = {}
    for variable in system.variables:
        table = found.tables.get(variable.name, {})
        points = _points(variable.args, found.sizes)
        keyed = {tuple(_number(s, v) for s, v in zip(variable.args, p, strict=True)): v for p, v in table.items()}
        state[variable.name] = {p: _number(variable.sort, keyed.get(p)) for p in points}
    return state


def _points(sorts: Sequence[Sort], sizes: Mapping[str, int]) -> list[tuple[int, ...]]:
    from itertools import product  # noqa: PLC0415

    from shootdown.ir.interp import domain  # noqa: PLC0415

    return list(product(*(domain(s, sizes) for s in sorts)))


def _number(sort: Sort, value: int | str | None) -> int:
    if value is None:
        return 0
    match sort:
        case EnumSort(values=values):
            return values.index(str(value).removeprefix(f"{sort.name}.")) if isinstance(value, str) else value
        case CInt():
            return sort.wrap(int(value))
        case BoolSort() | IndexSort():
            return int(value)
