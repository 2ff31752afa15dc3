"""The judge of proofs for any number of elements: every obligation anew, by solvers that have seen nothing before.

Hypotheses have to be satisfiable; with the denial of what is to be shown they must not be. An `unknown` is asked again
of the second solver, and what stays undecided is not shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shootdown import second
from shootdown.ir.errors import UsageError
from shootdown.ir.system import Claim, Expectation, System
from shootdown.search.firstorder import declared, elements, no_other
from shootdown.search.obligations import Obligation, obligations
from shootdown.search.verdict import Lemma
from shootdown.second import Z3_OPTIONS, Reply
from shootdown.smt import Answer, Solver

WORK = 20_000_000
"""Bound on one query in Z3's own units: some seconds, and the same on every machine."""

EASY = 2_000_000
"""Bound on a first attempt at a model of hypotheses; then it is looked for at small sizes."""

LARGEST = 3
"""Most elements of each sort in a model of hypotheses that is looked for by size."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All obligations are met. `idle` are the actions that are never enabled where the lemmas hold."""

    obligations: tuple[Obligation, ...]
    idle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The lemmas are no proof, or are not shown to be one; `reason` is for a reader."""

    reason: str


def judge(
    system: System,
    claims: Sequence[Claim],
    lemmas: Sequence[Lemma],
    finite: Sequence[str] = (),
    *,
    rlimit: int = WORK,
    deadline: float | None = None,
) -> Judged | Rejected:
    """Whether the lemmas prove the `always` claims about `system` for any number of elements.

    `finite` names orders as in `obligations`. `rlimit` bounds each query in Z3's units. `deadline` is a
    `time.monotonic()` value; passing it can only reject.
    """
    if not any(c.kind is Expectation.ALWAYS for c in claims):
        return Rejected("nothing is claimed of every reachable state")
    judge_ = _Judge(system, rlimit, deadline)
    try:
        asked = obligations(system, claims, lemmas, finite)
        rejected = judge_.first(asked)
        if rejected is None and judge_.idle:
            before = set(asked)
            asked = obligations(system, claims, lemmas, finite, judge_.idle)
            rejected = judge_.first(o for o in asked if o not in before)
    except UsageError as error:
        return Rejected(str(error))
    return rejected or Judged(asked, tuple(judge_.idle))


def by_context(asked: Sequence[Obligation]) -> list[list[Obligation]]:
    """Obligations with the same hypotheses together, in the order of the first of each."""
    groups: dict[str, list[Obligation]] = {}
    for obligation in asked:
        groups.setdefault(obligation.context, []).append(obligation)
    return list(groups.values())


class _Judge:
    """Settles obligations; an action whose hypotheses contradict each other is set aside as idle."""

    def __init__(self, system: System, rlimit: int, deadline: float | None) -> None:
        self.system, self.rlimit, self.deadline = system, rlimit, deadline
        self.idle: list[str] = []

    def first(self, asked: Iterator[Obligation] | Sequence[Obligation]) -> Rejected | None:
        """The first reason to reject; each context gets a solver of its own."""
        for group in by_context(tuple(asked)):
            solver = Solver("", rlimit=min(EASY, self.rlimit), options=Z3_OPTIONS)
            solver.add_text(group[0].context)
            found = self._hypotheses(solver, group[0])
            if found.answer is Answer.UNSAT and group[0].about in self.system.action:
                self.idle.append(group[0].about)
            elif found.answer is Answer.UNSAT:
                return Rejected(f"the hypotheses about {group[0].about} contradict each other")
            elif found.answer is Answer.UNKNOWN:
                return Rejected(f"no state is known to meet the hypotheses about {group[0].about}: {found.reason}")
            elif (rejected := self._goals(solver, group)) is not None:
                return rejected
        return None

    def _hypotheses(self, solver: Solver, obligation: Obligation) -> Reply:
        answer = solver.check(deadline=self.deadline)
        if answer is not Answer.UNKNOWN:
            return Reply(answer, second.Z3)
        return hypotheses(self.system, obligation, rlimit=self.rlimit, deadline=self.deadline)

    def _goals(self, solver: Solver, group: Sequence[Obligation]) -> Rejected | None:
        for obligation in group:
            solver.push()
            solver.add_text(obligation.goal)
            answer = solver.check(deadline=self.deadline)
            solver.pop()
            if answer is Answer.UNSAT:
                continue
            found = second.settle(obligation.script, rlimit=self.rlimit, deadline=self.deadline)
            if found.answer is Answer.SAT:
                return Rejected(f"not shown: {obligation.name}; its denial is satisfiable")
            if found.answer is Answer.UNKNOWN:
                return Rejected(f"not shown: {obligation.name}; {found.reason}")
        return None


def hypotheses(
    system: System, obligation: Obligation, *, rlimit: int = WORK, deadline: float | None = None
) -> Reply:
    """Whether the hypotheses of an obligation can hold together: at a few small sizes, or at any."""
    if small_model(system, obligation.context, rlimit=rlimit, deadline=deadline):
        return Reply(Answer.SAT, second.Z3)
    return second.settle(obligation.premise, rlimit=rlimit, deadline=deadline)


def small_model(system: System, context: str, *, rlimit: int = WORK, deadline: float | None = None) -> bool:
    """Whether hypotheses have a model with the same small number of elements of every sort; False also if unknown."""
    for size in range(1, LARGEST + 1):
        solver = Solver("", rlimit=rlimit, options=Z3_OPTIONS)
        solver.add_text(context + bounded(system, size))
        if solver.check(deadline=deadline) is Answer.SAT:
            return True
    return False


def bounded(system: System, size: int) -> str:
    """Assertions that every index sort has at most `size` elements."""
    sorts = {s: elements(s, size) for s in sorted(s.name for s in system.index_sorts)}
    return "".join(f"{declared(s, names)}(assert {no_other(s, names)})\n" for s, names in sorts.items())
