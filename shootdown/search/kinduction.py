"""k-induction: no run breaks the claims in its first k states, and after k different states that keep them none does.

Base case k: I(s0) & T(s0, s1) & ... & T(s(k-1), sk) & ~P(sk) unsatisfiable; it asks for no step out of sk, because a
state may have no successor. Step case k: P(s0) & T & ... & P(s(k-1)) & T & ~P(sk) unsatisfiable where all states
differ. The search is complete as well when no run from I goes through k + 1 different states. One of the two happens
at some k, which may be large. Sheeran, Singh and Staalmarck, "Checking Safety Properties Using Induction and a
SAT-Solver", FMCAD 2000.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.ground import Ground, Sizes, ground
from shootdown.ir.system import Claim, Expectation, System
from shootdown.search import bmc
from shootdown.search.certificate import KInductive
from shootdown.search.counted import counted
from shootdown.search.result import NO_START, Limits, Search
from shootdown.search.smtlib import Encoding
from shootdown.smt import Answer, Solver

MOST_K = 12
"""Default bound on k; each step adds as many pairs of states that must differ."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the search says, with the certificate where it is complete and no claim is broken."""

    search: Search
    certificate: KInductive | None = None


def search(
    system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits, *, rlimit: int = 0, most_k: int = MOST_K
) -> Search:
    """Whether an `always` claim can break: a shortest run, a proof with some k up to `most_k`, or neither.

    A run is the one that `bmc` shows. `complete`: no claim can break, and `depth` is k. Otherwise `reason` says why the
    search ended, and `depth` is the number of steps within which no claim breaks. `rlimit` bounds the solver's work per
    query.
    """
    return answered(system, claims, sizes, limits, rlimit=rlimit, most_k=most_k).search


def answered(
    system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits, *, rlimit: int = 0, most_k: int = MOST_K
) -> Answered:
    """As `search`, with the certificate."""
    shape = ground(counted(system, limits.faults), sizes)
    asked = [c for c in claims if c.kind is Expectation.ALWAYS]
    bound = most_k if limits.depth is None else min(most_k, limits.depth)
    try:
        return _Induction(shape, asked, limits, rlimit).run(bound)
    except _Violated as violated:
        return Answered(bmc.search(system, claims, sizes, replace(limits, depth=violated.depth), rlimit=rlimit))


class _Violated(Exception):  # noqa: N818 # ends the search; bmc then looks for the run to be shown
    """Some run of `depth` steps breaks a claim."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth = depth


class _Induction:
    """Two growing paths: one that starts in I, and one through different states that keep the claims."""

    def __init__(self, shape: Ground, claims: Sequence[Claim], limits: Limits, rlimit: int) -> None:
        self.shape, self.claims, self.limits = shape, claims, limits
        self.safe = shape.graph.all_of([shape.formula(c.formula) for c in claims])
        self.encoding = Encoding(shape, [*shape.init, self.safe])
        self.base, self.step = Solver(rlimit=rlimit), Solver(rlimit=rlimit)
        self.done = -1
        """Steps within which no claim breaks."""

    def run(self, bound: int) -> Answered:
        """k after k. A query without an answer ends the search."""
        for k in range(bound + 1):
            self.limits.tell("kinduction", k)
            for query in (self._start, self._step_case, self._new_states, self._base_case):
                if (answered := query(k)) is not None:
                    return answered
            self.done = k
        return Answered(Search(depth=self.done, reason=f"no proof with k up to {bound}"))

    def _start(self, k: int) -> Answered | None:
        """The paths are one state longer; without an initial state there is nothing to prove."""
        coded, graph = self.encoding, self.shape.graph
        if k == 0:
            lasting = [n for n in self.shape.init if not graph.support(n) & coded.updated]
            self.base.add_text(coded.static() + coded.state(0) + coded.init())
            self.step.add_text(coded.static() + coded.state(0) + coded.ranges(0))
            self.step.add_text("".join(f"(assert {coded.term(n, 0)})" for n in lasting))
        else:
            text = coded.state(k) + coded.trans(k - 1)
            different = [f"(not {self._same(t, k)})" for t in range(k)]
            self.base.add_text(text)
            self.step.add_text(text + "".join(f"(assert {d})" for d in different))
            self.base.add_text(f"(declare-const $new@{k} Bool)(assert (=> $new@{k} (and {' '.join(different)})))")
        broken = f"(declare-const $broken@{k} Bool)(assert (= $broken@{k} (not {coded.term(self.safe, k)})))"
        self.base.add_text(broken)
        self.step.add_text(broken)
        if k > 0:
            return None
        return self._unless(self.base, (), Answered(Search(depth=-1, reason=NO_START)))

    def _step_case(self, k: int) -> Answered | None:
        """P(s0) & T & ... & T & ~P(sk) unsatisfiable, all states different: a proof."""
        held = self._unless(self.step, (f"$broken@{k}",), self._proof(k, exhausted=False))
        self.step.add_text(f"(assert (not $broken@{k}))")
        return held

    def _new_states(self, k: int) -> Answered | None:
        """No run from I goes through k + 1 different states: all that is reachable was seen by earlier base cases."""
        names = [f"$new@{t}" for t in range(1, k + 1)]
        return self._unless(self.base, names, self._proof(k, exhausted=True)) if k else None

    def _base_case(self, k: int) -> Answered | None:
        """I(s0) & T & ... & T & ~P(sk) unsatisfiable; else a run of k steps breaks a claim."""
        match self.base.check((f"$broken@{k}",), self.limits.deadline):
            case Answer.SAT:
                raise _Violated(k)
            case Answer.UNKNOWN:
                return Answered(Search(depth=self.done, reason=self.base.reason_unknown))
        return None

    def _unless(self, solver: Solver, assumptions: Sequence[str], unsat: Answered) -> Answered | None:
        """What follows when the query is unsatisfiable; nothing when it is satisfiable."""
        match solver.check(assumptions, self.limits.deadline):
            case Answer.UNSAT:
                return unsat
            case Answer.UNKNOWN:
                return Answered(Search(depth=self.done, reason=solver.reason_unknown))
        return None

    def _proof(self, k: int, *, exhausted: bool) -> Answered:
        names = tuple(c.name for c in self.claims)
        certificate = KInductive(dict(self.shape.sizes), names, k, exhausted, self.limits.faults)
        return Answered(Search(complete=True, depth=k), certificate)

    def _same(self, s: int, t: int) -> str:
        name, cells = self.encoding.cell_term, sorted(self.encoding.updated)
        return f"(and true {' '.join(f'(= {name(c, s)} {name(c, t)})' for c in cells)})"
