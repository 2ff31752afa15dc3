"""Which facts the obligations of a set of lemmas lean on: unsatisfiable cores over the facts of a design.

Each fact has a Boolean constant. A guard's conjunct is asserted if its constant is true, an update writes its value if
its constant is true and any value otherwise. A query supposes the constants of those facts that are kept, and its core
names the ones that were enough: the obligation holds whatever the others are, so also if they are removed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from shootdown.ir.expr import Binder, Expr, Variable, conj, ite, reads
from shootdown.ir.rewrite import before_step, is_true, simplify
from shootdown.ir.slice import cone
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, System
from shootdown.search.facts import Fact, guard_facts, havoc, update_fact, weaken
from shootdown.search.firstorder import Names, constants, declarations, text
from shootdown.search.orders import strict
from shootdown.search.parametric import Wanted
from shootdown.search.theory import INITIATION, OPTIONS, SAFETY, WORK, finite
from shootdown.search.verdict import Lemma
from shootdown.smt import Answer, Solver

Obligation = tuple[int, int]
"""The number of a formula, and of an action; or INITIATION, or SAFETY for a formula that only has to follow."""


@dataclass(frozen=True, slots=True)
class Core:
    """What was enough for an obligation: lemmas by number, and facts."""

    lemmas: frozenset[int]
    facts: frozenset[Fact]


@dataclass(slots=True)
class _Trial:
    """Facts and lemmas that may be used, and what was met by them."""

    kept: frozenset[Fact]
    alive: frozenset[int]
    met: dict[Obligation, Core]


@dataclass
class Cores:
    """The obligations of lemmas, the claims among them, and what each obligation leaned on when it was last asked.

    `lemmas` are the proof at hand; `spare` may take the place of some of them. `kept` are the facts that may be used:
    all of `facts` at first.
    """

    system: System
    wanted: Wanted
    lemmas: Sequence[Lemma]
    facts: Sequence[Fact]
    spare: Sequence[Lemma] = ()
    rlimit: int = WORK
    kept: frozenset[Fact] = frozenset()
    met: dict[Obligation, Core] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = self.kept or frozenset(self.facts)
        claims = {c.name for c in self.wanted.claims}
        self.goals = [k for k, x in enumerate(self.lemmas) if x.origin == "claim" and x.name in claims]
        self.proof = frozenset(range(len(self.lemmas)))
        self.lemmas = (*self.lemmas, *self.spare)
        self.alive = frozenset(range(len(self.lemmas)))
        self.formulas = [simplify(x.formula) for x in self.lemmas]
        self.consequences = list(range(len(self.formulas), len(self.formulas) + len(self._following)))
        self.formulas += [simplify(f) for f in self._following]

    @cached_property
    def _following(self) -> list[Expr]:
        if not self.wanted.consequences:
            return []
        following = (finite(self.system, c.formula) for c in self.wanted.consequences)
        return [*(strict(o) for o in self.system.orders), *following]

    def establish(self) -> str:
        """Meet every obligation of the proof; the first that fails, in words, or nothing.

        Then the spare lemmas that do not hold together with it, all facts kept, are put aside.
        """
        failed = self._meet(_Trial(self.kept, self.proof, self.met))
        if failed is not None:
            return self._words(failed)
        every = _Trial(self.kept, self.alive, dict(self.met))
        self._weed(every, [*self.goals, *self.consequences, *sorted(self.alive)])
        self.alive = every.alive
        self._take(_Trial(self.kept, self.proof, self.met))
        return ""

    def can_do_without(self, fact: Fact, *, others: bool = False) -> bool:
        """Whether the lemmas at hand are a proof without the fact; then it is no longer kept.

        `others`: not only those of the proof so far, also those that were put aside.
        """
        met = {key: core for key, core in self.met.items() if fact not in core.facts}
        trial = _Trial(self.kept - {fact}, self.alive if others else self.proof, met)
        found = self._weed(trial, self._ends) if others else self._meet(trial) is None
        if found:
            self._take(trial)
        return found

    def _take(self, trial: "_Trial") -> None:
        """The trial's proof is the one at hand; facts that it does not lean on are no longer kept."""
        self.proof = frozenset(k for k in self._closure(trial.met, self._ends) if k not in self.consequences)
        wanted = [*sorted(self.proof), *self.consequences]
        self.met = {(k, a): trial.met[k, a] for k in wanted for a in self._actions(k)}
        self.kept = frozenset(f for core in self.met.values() for f in core.facts)

    def used(self) -> list[Lemma]:
        """The lemmas of the proof at hand."""
        return [self.lemmas[k] for k in sorted(self.proof)]

    @property
    def _ends(self) -> list[int]:
        return [*self.goals, *self.consequences]

    def _closure(self, met: dict[Obligation, Core], ends: Iterable[int]) -> Iterator[int]:
        """Formulas to be shown: `ends`, and what those lean on. `met` may grow meanwhile."""
        todo = list(ends)
        seen = set(todo)
        while todo:
            number = todo.pop(0)
            yield number
            more = {h for action in self._actions(number) for h in met[number, action].lemmas} - seen
            seen |= more
            todo += sorted(more)

    def _meet(self, trial: "_Trial", ends: Sequence[int] | None = None) -> Obligation | None:
        """Meet what is not met yet; the first obligation that fails."""
        for number in self._closure(trial.met, self._ends if ends is None else ends):
            for action in self._actions(number):
                if (number, action) not in trial.met:
                    core = self._ask(number, action, trial)
                    if core is None:
                        return number, action
                    trial.met[number, action] = core
        return None

    def _weed(self, trial: "_Trial", ends: Sequence[int]) -> bool:
        """Give up lemmas that fail, with what leans on them, until the others hold together; not so for a claim."""
        while (failed := self._meet(trial, [k for k in ends if k in trial.alive or k in self._ends])) is not None:
            number = failed[0]
            if number in self._ends:
                return False
            trial.alive -= {number}
            gone = [key for key, core in trial.met.items() if key[0] == number or number in core.lemmas]
            for key in gone:
                del trial.met[key]
        return True

    def _words(self, failed: Obligation) -> str:
        number, action = failed
        name = self.lemmas[number].name if number < len(self.lemmas) else "a consequence"
        if action >= 0:
            return f"`{name}` does not survive {self._sliced.actions[action].name}"
        return f"`{name}` does not follow from {'the lemmas' if action == SAFETY else 'the initial states'}"

    def _actions(self, number: int) -> list[int]:
        if number in self.consequences:
            return [SAFETY]
        if number not in self._touching:
            read_ = reads(self.formulas[number])
            actions = enumerate(self._sliced.actions)
            touching = [k for k, a in actions if read_ & {u.variable.name for u in a.updates}]
            self._touching[number] = [INITIATION, *(k for k in touching if not is_true(self._before(number, k)))]
        return self._touching[number]

    @cached_property
    def _touching(self) -> dict[int, list[int]]:
        return {}

    @cached_property
    def _terms(self) -> dict[Obligation, Expr]:
        return {}

    def _before(self, number: int, action: int) -> Expr:
        key = (number, action)
        if key not in self._terms:
            self._terms[key] = before_step(self.formulas[number], self._tracked[action])
        return self._terms[key]

    @cached_property
    def _sliced(self) -> System:
        return cone(self.system, self.formulas)

    @cached_property
    def _numbers(self) -> dict[Fact, int]:
        return {fact: k for k, fact in enumerate(self.facts)}

    @cached_property
    def _tracked(self) -> list[Action]:
        """The actions, each update under the condition of its constant."""
        return [self._conditional(a) for a in self._sliced.actions]

    def _conditional(self, action: Action) -> Action:
        params: list[Binder] = []
        updates = tuple(self._switched(action, u, params) for u in action.updates)
        return replace(action, params=(*action.params, *params), updates=updates)

    def _switched(self, action: Action, update: Update, params: list[Binder]) -> Update:
        number = self._numbers.get(update_fact(action, update))
        if number is None:
            return update
        used = read(Variable(_constant(number), (), BOOL), ())
        return replace(update, value=ite(used, update.value, havoc(update, params).value))

    @cached_property
    def _solver(self) -> Solver:
        solver = Solver("", rlimit=self.rlimit, options=OPTIONS)
        solver.add_text(declarations(weaken(self._sliced, self.facts)))
        solver.add_text("".join(f"(declare-const |{_constant(k)}| Bool)\n" for k in range(len(self.facts))))
        solver.add_text("".join(f"(assert {text(simplify(a.formula))})\n" for a in self._sliced.axioms))
        for number in range(len(self.lemmas)):
            name = _hypothesis(number)
            solver.add_text(f"(declare-const {name} Bool)(assert (=> {name} {text(self.formulas[number])}))")
        solver.add_text("".join(declared for declared, _ in self._params))
        return solver

    @cached_property
    def _params(self) -> list[tuple[str, Names]]:
        return [constants(a.params, f"{a.name}.") for a in self._tracked]

    def _ask(self, number: int, action: int, trial: "_Trial") -> Core | None:
        """What is enough for the obligation; None where it fails or is not decided."""
        solver = self._solver
        solver.push()
        try:
            solver.add_text(self._query(number, action))
            hypotheses = [] if action == INITIATION else [_hypothesis(k) for k in sorted(trial.alive)]
            about = [] if action < 0 else list(self._about(self._sliced.actions[action]))
            used = [_constant(self._numbers[f]) for f in about if f in trial.kept]
            if solver.check([*hypotheses, *used]) is not Answer.UNSAT:
                return None
            return self._core(solver.core())
        finally:
            solver.pop()

    def _core(self, names: Iterable[str]) -> Core:
        listed = list(names)
        lemmas = frozenset(int(n.removeprefix("$h")) for n in listed if n.startswith("$h"))
        return Core(lemmas, frozenset(self.facts[int(n.removeprefix("$f"))] for n in listed if n.startswith("$f")))

    def _about(self, action: Action) -> Iterator[Fact]:
        every = [*(f for f, _ in guard_facts(action)), *(update_fact(action, u) for u in action.updates)]
        yield from (f for f in dict.fromkeys(every) if f in self._numbers)

    def _query(self, number: int, action: int) -> str:
        if action == SAFETY:
            return f"(assert (not {text(self.formulas[number])}))"
        if action == INITIATION:
            start = conj(*(n.formula for n in self._sliced.init))
            return f"(assert {text(simplify(start))})(assert (not {text(self.formulas[number])}))"
        names = self._params[action][1]
        after = text(self._before(number, action), names)
        return f"{self._guard(action, names)}(assert (not {after}))"

    def _guard(self, action: int, names: Names) -> str:
        lines = []
        for fact, part in guard_facts(self._sliced.actions[action]):
            term = text(simplify(part), names)
            known = self._numbers.get(fact)
            lines.append(f"(assert {term})\n" if known is None else f"(assert (=> |{_constant(known)}| {term}))\n")
        return "".join(lines)


def _hypothesis(number: int) -> str:
    return f"$h{number}"


def _constant(number: int) -> str:
    return f"$f{number}"
