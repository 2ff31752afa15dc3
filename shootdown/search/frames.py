"""Frames of PDR: what is known to hold for so many steps, and the solver's queries about them.

F_0 is I. F_k, k > 0, is P with the clauses of the levels k, k + 1, ...; it contains every state that is
reached in at most k steps. Axioms, and initial conditions on cells that no step changes, are asserted for
good: they belong to every frame and to every query. One solver has T and knows a frame by the activation
literals of its levels; initial states are asked of another one that has no T, because an initial state
may have no successor. Names follow Bradley, "SAT-Based Model Checking without Unrolling", VMCAI 2011.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shootdown.ir.graph import Node
from shootdown.ir.ground import Ground, Instance
from shootdown.search.cubes import ASSUMED, Atom, Cube, Orbits, clause_text, term
from shootdown.search.lifting import Valuation
from shootdown.search.result import Limits
from shootdown.search.smtlib import Encoding
from shootdown.smt import Answer, Solver

LOGIC = ""
"""Heuristic: Z3's general incremental solver; on the model it is one and a half times as fast as that of bmc."""

RENEW = 1500
"""Heuristic: after so many temporary clauses the solver is built anew from those that are still wanted."""


class Undecided(Exception):  # noqa: N818 # not an error: it ends the search with its reason
    """The solver gave no answer; the reason is the message."""


@dataclass(frozen=True)
class Predecessor:
    """A state and a step that the query allows."""

    state: Valuation
    instance: Instance


Lemma = tuple[Cube, ...]
"""The orbit of a clause; the first is the one that was generalised."""


class Frames:
    """I, T, P and the clauses of each level."""

    def __init__(
        self, shape: Ground, safe: Node, orbits: Orbits, limits: Limits, rlimit: int, queries: int = 0
    ) -> None:
        self.shape, self.safe, self.orbits = shape, safe, orbits
        self.limits, self.rlimit, self.most, self.asked = limits, rlimit, queries, 0
        self.encoding = Encoding(shape, [*shape.init, safe])
        self.levels: list[list[Lemma]] = [[], []]
        self._starts, self._starts_known = self._initial_states(), set[str]()
        self._renew()

    # queries

    def start(self, *assumptions: str) -> Valuation | None:
        """A state of I & assumptions, if there is one."""
        if self._decide(self._starts, assumptions) is Answer.UNSAT:
            return None
        return self._read(self._starts)

    def start_in(self, cube: Cube) -> Valuation | None:
        """A state of I & c, if there is one."""
        return self.start(*self._names(cube, 0, self._starts, self._starts_known))

    def initiation(self, cube: Cube) -> Cube | None:
        """I & c unsatisfiable: a part of the cube that is enough for that. None where an initial state is in c."""
        names = self._names(cube, 0, self._starts, self._starts_known)
        if self._decide(self._starts, list(names)) is Answer.SAT:
            return None
        return frozenset(names[n] for n in self._starts.core())

    def consecution(self, level: int, lemma: Lemma) -> Cube | None:
        """F_level & ~c & T & c' unsatisfiable: a part of c that is enough after the step. None where a step leads in.

        c is the first cube of the lemma, and ~c stands for all of it. Required: what is learned is the whole orbit, so
        that any of its clauses may be assumed together. After None, `predecessor` tells the step.
        """
        clauses = [clause_text(self.encoding, c, 0) for c in lemma[:ASSUMED]]
        guard = self._temporary(f"(and {' '.join(clauses)})")
        names = self._names(lemma[0], 1, self._steps, self._steps_known)
        if self._decide(self._steps, [*self._frame(level), guard, *names]) is Answer.SAT:
            return None
        core = frozenset(names[n] for n in self._steps.core() if n in names)
        self._steps.add_text(f"(assert (not {guard}))")
        return core

    def safety(self, level: int) -> bool:
        """F_level & T & ~P' unsatisfiable. If it is not, `predecessor` tells the step that breaks P."""
        return self._decide(self._steps, [*self._frame(level), "$unsafe"]) is Answer.UNSAT

    def predecessor(self) -> Predecessor:
        """The state and the step that the last query of a step has found."""
        instance = self.shape.instances[self._steps.value(self.encoding.selector(0))]
        return Predecessor(self._read(self._steps), instance)

    def blocked(self, level: int, cube: Cube) -> bool:
        """Whether a clause of F_level excludes the cube outright."""
        return any(c <= cube for lemmas in self.levels[level:] for lemma in lemmas for c in lemma)

    # clauses

    def extend(self) -> None:
        """One more level, without clauses of its own."""
        self.levels.append([])
        self._steps.add_text(f"(declare-const $level{len(self.levels) - 1} Bool)")

    def add(self, level: int, lemma: Lemma) -> None:
        """Learn an orbit of clauses up to `level`; weaker clauses there are dropped."""
        for lower in range(1, level + 1):
            self.levels[lower] = [old for old in self.levels[lower] if not _weaker(old, lemma)]
        self.levels[level].append(lemma)
        self._steps.add_text(self._clauses(level, lemma))

    def from_level(self, level: int) -> list[Lemma]:
        """The clauses of F_level."""
        return [lemma for lemmas in self.levels[level:] for lemma in lemmas]

    # solvers

    def _initial_states(self) -> Solver:
        """I, and `$unsafe` for ~P; no step is asked of these states."""
        solver, coded = Solver(LOGIC, rlimit=self.rlimit), self.encoding
        solver.add_text(coded.static() + coded.state(0) + coded.init())
        solver.add_text(f"(declare-const $unsafe Bool)(assert (=> $unsafe (not {coded.term(self.safe, 0)})))")
        return solver

    def _renew(self) -> None:
        """T between two states, P, I and the clauses, each behind its activation literal."""
        coded = self.encoding
        self._steps, self._steps_known = Solver(LOGIC, rlimit=self.rlimit), set[str]()
        text = [coded.static(), coded.state(0), coded.state(1), coded.ranges(0), coded.trans(0)]
        wanted = " ".join(coded.term(n, 0) for n in self.shape.init)
        text += [f"(assert {coded.term(n, 0)})" for n in self.lasting()]
        text.append(f"(declare-const $init Bool)(assert (=> $init (and true {wanted})))")
        text.append(f"(declare-const $safe Bool)(assert (=> $safe {coded.term(self.safe, 0)}))")
        text.append(f"(declare-const $unsafe Bool)(assert (=> $unsafe (not {coded.term(self.safe, 1)})))")
        for level, lemmas in enumerate(self.levels):
            text.append(f"(declare-const $level{level} Bool)")
            text += [self._clauses(level, lemma) for lemma in lemmas]
        self._steps.add_text("\n".join(text))
        self._temporaries = 0

    def lasting(self) -> list[Node]:
        """Conjuncts of I over cells that no step changes: they hold in every reachable state."""
        support = self.shape.graph.support
        return [n for n in self.shape.init if not support(n) & self.encoding.updated]

    def _clauses(self, level: int, lemma: Lemma) -> str:
        clauses = (clause_text(self.encoding, c, 0) for c in lemma)
        return "".join(f"(assert (=> $level{level} {c}))" for c in clauses)

    def _frame(self, level: int) -> list[str]:
        """The assumptions that make up F_level."""
        if level == 0:
            return ["$init"]
        return ["$safe", *(f"$level{k}" for k in range(level, len(self.levels)))]

    def _temporary(self, formula: str) -> str:
        """A name that, assumed, stands for the formula."""
        if self._temporaries >= RENEW:
            self._renew()
        self._temporaries += 1
        name = f"$temporary{self._temporaries}"
        self._steps.add_text(f"(declare-const {name} Bool)(assert (=> {name} {formula}))")
        return name

    def _names(self, cube: Cube, t: int, solver: Solver, known: set[str]) -> dict[str, Atom]:
        """Names that, assumed, put the state at `t` into the cube: one for each atom."""
        names: dict[str, Atom] = {}
        for atom in sorted(cube):
            name = f"$not.{atom.cell}.{atom.mask}.{atom.value}@{t}"
            names[name] = atom
            if name not in known:
                known.add(name)
                text = term(self.encoding, atom, t)
                solver.add_text(f"(declare-const {name} Bool)(assert (=> {name} (not {text})))")
        return names

    def _decide(self, solver: Solver, assumptions: Iterable[str]) -> Answer:
        self.asked += 1
        if 0 < self.most < self.asked:
            raise Undecided(f"more than {self.most} queries")
        answer = solver.check(tuple(assumptions), self.limits.deadline)
        if answer is Answer.UNKNOWN:
            raise Undecided(solver.reason_unknown)
        return answer

    def _read(self, solver: Solver) -> Valuation:
        return Valuation(self.shape, {c: solver.value(self.encoding.cell_name(c, 0)) for c in self.shape.free})


def _weaker(old: Lemma, new: Lemma) -> bool:
    """Each clause of the old orbit follows from one of the new orbit; by symmetry the first stands for all."""
    return any(c <= old[0] for c in new)
