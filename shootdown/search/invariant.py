"""The judge of certificates: obligations as SMT-LIB texts that fresh solvers have to find unsatisfiable.

Every obligation is made from the system again. The clauses of a certificate become recorded expressions
first, and are grounded and printed like any claim; nothing of the engine takes part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Expr
from shootdown.ir.ground import Ground, ground
from shootdown.ir.system import Claim, Expectation, System
from shootdown.search.certificate import Certificate, Inductive, KInductive, clause_words, formula
from shootdown.search.counted import counted
from shootdown.search.smtlib import Encoding
from shootdown.smt import Answer, Solver

LOGIC = "QF_BV"
"""Logic of the scripts: Booleans and bit-vectors."""

PORTION = 250
"""Heuristic: so many conclusions of one obligation of consecution; all clauses are among its hypotheses."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A complete script whose `check-sat` has to answer `unsat`."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An obligation that was not met, and what is known about why; `undecided` where no solver denies it either."""

    obligation: str
    why: str
    undecided: bool = False


def obligations(system: System, claims: Sequence[Claim], certificate: Certificate) -> tuple[Obligation, ...]:
    """What has to be unsatisfiable for the certificate to prove the `always` claims at its sizes."""
    return tuple(_Scripts(system, claims, certificate).all())


def verify(
    system: System,
    claims: Sequence[Claim],
    certificate: Certificate,
    *,
    rlimit: int = 0,
    deadline: float | None = None,
) -> tuple[Failed, ...]:
    """The obligations that do not hold, each asked of a solver of its own; empty means that the proof stands.

    A certificate of other claims, or of a size without a start, fails too. `rlimit` bounds the work per query,
    `deadline` (of `time.monotonic()`) the time of all of them; what is left undecided has failed.
    """
    asked = tuple(c.name for c in claims if c.kind is Expectation.ALWAYS)
    if asked != certificate.claims:
        return (Failed("claims", f"the certificate is about {', '.join(certificate.claims) or 'nothing'}"),)
    try:
        scripts = _Scripts(system, claims, certificate)
    except UsageError as error:
        return (Failed("certificate", str(error)),)
    asked_of = (_start(scripts, rlimit, deadline), *_judged(scripts, rlimit, deadline))
    return tuple(failed for failed in asked_of if failed is not None)


def _start(scripts: "_Scripts", rlimit: int, deadline: float | None) -> Failed | None:
    solver = Solver(LOGIC, rlimit=rlimit)
    solver.add_text(scripts.starts())
    found = solver.check(deadline=deadline)
    if found is Answer.SAT:
        return None
    return Failed("start", f"initial states: {found.value}", undecided=found is Answer.UNKNOWN)


def _judged(scripts: "_Scripts", rlimit: int, deadline: float | None) -> Iterable[Failed | None]:
    for obligation in scripts.all():
        solver = Solver(LOGIC, rlimit=rlimit)
        solver.add_text(obligation.text.replace("(check-sat)", ""))
        match solver.check(deadline=deadline):
            case Answer.UNKNOWN:
                yield Failed(obligation.name, f"undecided: {solver.reason_unknown}", undecided=True)
            case Answer.SAT:
                broken = [w for k, w in enumerate(scripts.words) if solver.value(f"$broken{k}")]
                yield Failed(obligation.name, f"not kept: {'; '.join(broken)}")


class _Scripts:
    """The texts of one certificate. What is proved together are the claims and the clauses."""

    def __init__(self, system: System, claims: Sequence[Claim], certificate: Certificate) -> None:
        self.certificate = certificate
        bounded = counted(system, certificate.faults)
        asked = [c for c in claims if c.kind is Expectation.ALWAYS]
        formulas: list[Expr] = [c.formula for c in asked]
        self.words = [c.name for c in asked]
        if isinstance(certificate, Inductive):
            formulas += [formula(bounded, c) for c in certificate.clauses]
            self.words += [clause_words(bounded, c) for c in certificate.clauses]
        self.claims = len(asked)
        self.shape: Ground = ground(bounded, certificate.sizes)
        self.nodes = [self.shape.formula(f) for f in formulas]
        self.coded = Encoding(self.shape, [*self.shape.init, *self.nodes])

    def all(self) -> Iterable[Obligation]:
        """Every obligation of the certificate."""
        match self.certificate:
            case Inductive():
                yield self._script("initiation", self.starts(), self._broken(0))
                yield from self._consecution()
                hypotheses = self._states(0) + self._hold(0)
                yield from (
                    self._script(f"safety of {self.words[k]}", hypotheses, self._broken(0, (k,)))
                    for k in range(self.claims)
                )
            case KInductive(k=k, exhausted=exhausted, ends=ends):
                yield from (self._script(f"base case {t}", self.run(t), self._broken(t)) for t in range(k))
                if ends:
                    yield self._script(f"no run of {k} steps", self.run(k), "")
                elif exhausted:
                    yield self._script(f"no run of {k} steps", self.run(k), self.different(k))
                else:
                    yield self._script("step case", self.path(k), self._broken(k))

    def _consecution(self) -> Iterable[Obligation]:
        """A few hundred conclusions at a time: one question about thousands of them takes many times as long."""
        hypotheses = self._states(1) + self._hold(0) + self.coded.trans(0)
        every = range(len(self.nodes))
        portions = [every[k : k + PORTION] for k in every[::PORTION]]
        for number, portion in enumerate(portions, 1):
            name = "consecution" if len(portions) == 1 else f"consecution {number} of {len(portions)}"
            yield self._script(name, hypotheses, self._broken(1, portion))

    def starts(self) -> str:
        """The initial states, as a text without a question."""
        return self.coded.static() + self.coded.state(0) + self.coded.init()

    def run(self, steps: int) -> str:
        """The runs of so many steps from an initial state."""
        coded = self.coded
        return self.starts() + "".join(coded.state(t + 1) + coded.trans(t) for t in range(steps))

    def path(self, steps: int) -> str:
        """Paths of so many steps, from anywhere, through different states; in all but the last all holds."""
        coded = self.coded
        hold = "".join(self._hold(t) for t in range(steps))
        return self._states(steps) + hold + "".join(coded.trans(t) for t in range(steps)) + self.different(steps)

    def different(self, steps: int) -> str:
        """No two of the states of a path are the same."""
        pairs = ((s, t) for t in range(steps + 1) for s in range(t))
        return "".join(f"(assert (not {self._same(s, t)}))\n" for s, t in pairs)

    def _same(self, s: int, t: int) -> str:
        name, cells = self.coded.cell_term, sorted(self.coded.updated)
        return f"(and true {' '.join(f'(= {name(c, s)} {name(c, t)})' for c in cells)})"

    def _states(self, last: int) -> str:
        """States at the times 0 .. last: anything that meets the axioms."""
        coded, graph = self.coded, self.shape.graph
        text = coded.static() + "".join(coded.state(t) for t in range(last + 1)) + coded.ranges(0)
        lasting = [n for n in self.shape.init if not graph.support(n) & coded.updated]
        return text + "".join(f"(assert {coded.term(n, 0)})\n" for n in lasting)

    def _hold(self, t: int) -> str:
        return "".join(f"(assert {self.coded.term(n, t)})\n" for n in self.nodes)

    def _broken(self, t: int, only: Sequence[int] | None = None) -> str:
        """Something that is to be proved is false at `t`; with `only` one of these."""
        wanted = range(len(self.nodes)) if only is None else only
        lines = [
            f"(declare-const $broken{k} Bool)(assert (= $broken{k} (not {self.coded.term(self.nodes[k], t)})))"
            for k in wanted
        ]
        return "\n".join([*lines, f"(assert (or false {' '.join(f'$broken{k}' for k in wanted)}))", ""])

    def _script(self, name: str, hypotheses: str, question: str) -> Obligation:
        return Obligation(name, f"(set-logic {LOGIC})\n{hypotheses}{question}(check-sat)\n")
