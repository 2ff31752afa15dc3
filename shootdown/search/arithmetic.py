"""Claims about one calculation, at the full width of its words: a single quantifier-free bit-vector query.

The system has no actions and its variables never change: a start is a choice of inputs. A counterexample is made
canonical, the smallest first variable, then the smallest second one, and so on: it is the same with every version of
the solver. It is believed when `shootdown.search.refute` has replayed it, a proof when a fresh solver has confirmed its
obligations and the second solver has not contradicted.
"""

from collections.abc import Mapping, Sequence

from shootdown import second
from shootdown.ir.errors import UsageError
from shootdown.ir.ground import Ground, cell_value, ground
from shootdown.ir.sorts import BoolSort
from shootdown.ir.system import Claim, System
from shootdown.ir.trace import Candidate
from shootdown.search.certificate import Inductive
from shootdown.search.invariant import LOGIC, obligations, verify
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.smtlib import Encoding
from shootdown.search.verdict import Proved, Scope, Unknown, Vacuous, Verdict
from shootdown.smt import Answer, Solver

SCOPE = Scope(({},))
"""One size, as there are no index sorts."""

WORK = 200_000_000
"""Bound on z3's work for each judge, in its own unit: some minutes, hundreds of times what the lemmas take."""

SECOND = "cvc5 confirms"
"""How the note of a proof begins when the second solver agrees."""


def decide(
    system: System, claim: Claim, companions: Sequence[Claim] = (), *, rlimit: int = 0, deadline: float | None = None
) -> Verdict:
    """Whether the claim holds for every choice of inputs. `companions` are scenarios that some choice must meet.

    `rlimit` bounds the work of each query, `deadline` (of `time.monotonic()`) the time; either can only lead to
    Unknown. Raises UsageError where the system has actions or relations: that is a question for other engines.
    """
    if system.actions or system.index_sorts or any(v.args for v in system.variables):
        raise UsageError(f"{system.name} is no single calculation: it has actions or variables with arguments")
    first = Solver(LOGIC, rlimit=rlimit)
    first.add_text(script(system, claim).replace("(check-sat)", ""))
    match first.check(deadline=deadline):
        case Answer.SAT:
            return _refuted(system, claim, rlimit, deadline)
        case Answer.UNKNOWN:
            return Unknown(first.reason_unknown, SCOPE)
    return _vacuous(system, claim, companions, rlimit, deadline) or _judged(system, claim, rlimit, deadline)


def script(system: System, claim: Claim) -> str:
    """The question as SMT-LIB 2, whether some choice of inputs breaks the claim; `unsat` proves it."""
    return next(o.text for o in obligations(system, [claim], _certificate(claim)) if o.name == "initiation")


def _certificate(claim: Claim) -> Inductive:
    """Where nothing moves, what holds at every start is inductive on its own."""
    return Inductive({}, (claim.name,), ())


def _refuted(system: System, claim: Claim, rlimit: int, deadline: float | None) -> Verdict:
    try:
        return refuted(system, claim, _Query(system, [claim], rlimit, deadline).smallest(), SCOPE)
    except SearchEndedError as ended:
        return Unknown(str(ended), SCOPE)


def _vacuous(
    system: System, claim: Claim, companions: Sequence[Claim], rlimit: int, deadline: float | None
) -> Verdict | None:
    """What keeps a claim that nobody breaks from being a proof: a scenario that no choice meets."""
    query = _Query(system, [claim, *companions], rlimit, deadline)
    for number, companion in enumerate(companions, 1):
        solver = Solver(LOGIC, rlimit=rlimit)
        solver.add_text(f"{query.text}(assert $claim{number})")
        match solver.check(deadline=deadline):
            case Answer.UNSAT:
                return Vacuous(f"no choice of inputs meets `{companion.name}`", SCOPE)
            case Answer.UNKNOWN:
                return Unknown(f"`{companion.name}`: {solver.reason_unknown}", SCOPE)
    return None


def _judged(system: System, claim: Claim, rlimit: int, deadline: float | None) -> Verdict:
    certificate = _certificate(claim)
    work = rlimit or WORK
    if failed := verify(system, [claim], certificate, rlimit=work, deadline=deadline):
        return Unknown(f"a fresh solver does not confirm {failed[0].obligation}: {failed[0].why}", SCOPE)
    texts = [o.text for o in obligations(system, [claim], certificate)]
    units = -(-work // second.CVC5_UNITS)
    replies = [second.ask(t, rlimit=units, deadline=deadline, stages=second.CVC5_BITS) for t in texts]
    if any(r.answer is Answer.SAT for r in replies):
        raise EngineBug(f"z3 proves `{claim.name}` of {system.name}, cvc5 breaks it")
    silent = [r for r in replies if r.answer is Answer.UNKNOWN]
    note = f"cvc5 has no answer: {silent[0].reason}" if silent else f"{SECOND} all {len(texts)} obligations"
    return Proved((certificate,), SCOPE, (note,))


class SearchEndedError(Exception):
    """The solver that looks for the smallest numbers does not find any in time."""


class _Query:
    """One incremental solver that knows the inputs and the assumptions; each claim has a name."""

    def __init__(self, system: System, claims: Sequence[Claim], rlimit: int, deadline: float | None) -> None:
        self.system, self.deadline = system, deadline
        self.shape: Ground = ground(system, {})
        nodes = [self.shape.formula(c.formula) for c in claims]
        self.coded = Encoding(self.shape, [*self.shape.init, *nodes])
        self.rlimit = rlimit
        terms = [self.coded.term(node, 0) for node in nodes]
        named = [f"(declare-const $claim{k} Bool)(assert (= $claim{k} {t}))" for k, t in enumerate(terms)]
        named.append("(declare-const $broken Bool)(assert (= $broken (not $claim0)))")
        self.text = "\n".join([self.coded.static() + self.coded.state(0) + self.coded.init(), *named, ""])
        self.solver = Solver(rlimit=rlimit)
        self.solver.add_text(self.text)

    def ask(self, *names: str) -> Answer:
        """Whether some choice makes these constants true."""
        return self.solver.check(names, self.deadline)

    def smallest(self) -> Candidate:
        """The choice that breaks the claim with the smallest first variable, then the smallest second one, ...

        Where the time or the work runs out, it is one that breaks the claim all the same; a SearchEndedError where
        there is not even one.
        """
        best, found = self._other(""), ""
        if best is None:
            raise SearchEndedError("a solver finds no numbers in time for what another one has broken")
        for cell in self.shape.free:
            best = self._least(cell, best, found)
            found += f"(assert {self._equal(cell, best[cell])})"
        values = {**self.shape.fixed, **best}
        return Candidate({}, {v.name: {(): self._read(k, values)} for k, v in enumerate(self.system.variables)}, ())

    def _least(self, cell: int, best: dict[int, int], found: str) -> dict[int, int]:
        """The choice with the smallest value of the cell, where earlier cells have the values that are `found`.

        0 is tried first, and whether there is anything smaller at all; then bit by bit from the highest one.
        """
        if not best[cell]:
            return best
        if (zero := self._other(f"{found}(assert {self._equal(cell, 0)})")) is not None:
            return zero
        bits = self.shape.cells[cell].bits
        less = f"(assert (bvult {self.coded.cell_term(cell, 0)} #b{best[cell]:0{bits}b}))"
        if self._is_bool(cell) or (smaller := self._other(found + less)) is None:
            return best
        best = smaller
        self.solver.add_text(found)
        for bit in reversed(range(bits)):
            if best[cell] >> bit & 1:
                self.solver.add_text(self._below(cell, best[cell], bit))
                if self.ask("$broken", f"$low{cell}.{bit}") is Answer.SAT:
                    best = self._choice(self.solver)
        return best

    def _other(self, text: str) -> dict[int, int] | None:
        """A choice that breaks the claim and meets the assertions, or None.

        A solver of its own, which need not be incremental, is several times faster where the answer is no.
        """
        solver = Solver(LOGIC, rlimit=self.rlimit)
        solver.add_text(f"{self.text}(assert $broken){text}")
        return self._choice(solver) if solver.check(deadline=self.deadline) is Answer.SAT else None

    def _is_bool(self, cell: int) -> bool:
        return isinstance(self.shape.cells[cell].variable.sort, BoolSort)

    def _read(self, cell: int, values: Mapping[int, int]) -> int:
        shape = self.shape.cells[cell]
        return cell_value(shape, values.get(cell, 0))

    def _below(self, cell: int, value: int, bit: int) -> str:
        """A constant that says: the cell agrees with `value` above the bit and is 0 there."""
        width, term, name = self.shape.cells[cell].bits, self.coded.cell_term(cell, 0), f"$low{cell}.{bit}"
        equation = f"(= ((_ extract {width - 1} {bit}) {term}) #b{value >> bit & ~1:0{width - bit}b})"
        return f"(declare-const {name} Bool)(assert (=> {name} {equation}))"

    def _equal(self, cell: int, value: int) -> str:
        term, shape = self.coded.cell_term(cell, 0), self.shape.cells[cell]
        if self._is_bool(cell):
            return term if value else f"(not {term})"
        return f"(= {term} #b{value & ((1 << shape.bits) - 1):0{shape.bits}b})"

    def _choice(self, solver: Solver) -> dict[int, int]:
        return {cell: solver.value(self.coded.cell_name(cell, 0)) for cell in self.shape.free}
