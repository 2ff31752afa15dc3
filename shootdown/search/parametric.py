"""Proofs for any number of elements of every index sort.

A set of lemmas that holds initially and that no action breaks, with the claims among them, is an inductive invariant;
over uninterpreted sorts it is one for every size at once. The set begins with the claims and with conjectures that the
model states about itself. Where an obligation fails, the solver gives a counterexample to induction (CTI): a finite
state that meets all lemmas and from which one step breaks one of them. A part of it that no reachable state of the
small sizes says becomes a new lemma; where every part is said by some of them, the broken lemma is given up, or the
proof is, if it is a claim. Nothing that was learned is trusted: only the final set counts, and it is judged anew.

After Bradley and Manna, "Checking Safety by Inductive Generalization of Counterexamples to Induction", FMCAD 2007;
diagrams as in Karbyshev et al., "Property-Directed Inference of Universal Invariants", CAV 2015.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shootdown.ir.expr import Expr, reads
from shootdown.ir.interp import apply
from shootdown.ir.system import Claim, System
from shootdown.search.diagram import MOST_LOOKS, CutOffError, Diagram, cost, diagram, generalize, lemma
from shootdown.search.epr import circle
from shootdown.search.orders import strict
from shootdown.search.result import Limits
from shootdown.search.samples import Block, with_derived
from shootdown.search.theory import INITIATION, SAFETY, Counterexample, Theory, finite
from shootdown.search.verdict import Lemma
from shootdown.search.vocabulary import derived
from shootdown.smt import Answer

MOST_QUERIES = 800
MOST_LEARNED = 40
"""Queries and lemmas learned in one attempt: bounds that no machine changes, as is MOST_LOOKS."""

LITTLE = 300_000
"""Work for the question whether a lemma can be left out, in the solver's own units; undecided, it is kept."""

CUT_OFF = "no inductive set of lemmas was found before the search for them was cut off"
MET = "every part of a counterexample to induction is met by some reachable state"


@dataclass(frozen=True, slots=True)
class Stopped:
    """No proof for any number, and why not; `sizes` are those of the counterexample to induction, if there was one."""

    reason: str
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """An inductive set of lemmas, the claims first, not yet judged; `finite` names the orders that were used."""

    lemmas: tuple[Lemma, ...]
    queries: int
    finite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proved: `claims` are to be part of the invariant, `consequences` to follow from it.

    The consequences may use that each order of the system has a least member.
    """

    claims: tuple[Claim, ...]
    consequences: tuple[Claim, ...] = ()


def search(
    system: System, wanted: Wanted, conjectures: Sequence[Lemma], blocks: Sequence[Block] | None, limits: Limits
) -> Found | Stopped:
    """An inductive set of lemmas over uninterpreted sorts; none of them can be left out.

    Without blocks nothing is learned: the claims have to follow from those conjectures that hold together.
    """
    return _Strengthening(system, wanted, conjectures, blocks, limits).run()


class _Strengthening:
    """The lemmas of one attempt: which are wanted, which obligations are met, and by which hypotheses."""

    def __init__(
        self,
        system: System,
        wanted: Wanted,
        conjectures: Sequence[Lemma],
        blocks: Sequence[Block] | None,
        limits: Limits,
    ) -> None:
        self.system, self.limits = system, limits
        self.theory = Theory(system)
        self.relations = derived(system)
        self.learning = blocks is not None
        self.learned = 0
        self.blocks = list(blocks or ())
        self.sorts = {s.name: s for s in system.index_sorts}
        self.lemmas: list[Lemma] = []
        self.alive: set[int] = set()
        self.wanted: list[int] = []
        self.met: dict[tuple[int, int], frozenset[int]] = {}
        for claim in wanted.claims:
            self._want(self._add(Lemma(claim.name, claim.formula, "claim")))
        self.finite = tuple(o.name for o in system.orders) if wanted.consequences else ()
        for name, formula in self._following(wanted.consequences):
            self._want(self._add(Lemma(name, formula, "consequence"), alive=False))
        self.claims = len(self.lemmas)
        known = set(system.by_name)
        for conjecture in conjectures:
            if reads(conjecture.formula) <= known:
                self._add(conjecture)

    def _following(self, consequences: Sequence[Claim]) -> Iterator[tuple[str, Expr]]:
        if consequences:
            yield from ((f"{o.name} is strict", strict(o)) for o in self.system.orders)
        yield from ((c.name, finite(self.system, c.formula)) for c in consequences)

    def run(self) -> Found | Stopped:
        while (todo := self._next()) is not None:
            if self.theory.queries > MOST_QUERIES:
                return Stopped(f"no inductive set of lemmas was found within {MOST_QUERIES} queries")
            if self.learned > MOST_LEARNED:
                return Stopped(f"no inductive set of lemmas was found with {MOST_LEARNED} new ones")
            if sum(b.looks for b in self.blocks) > MOST_LOOKS:
                return Stopped(CUT_OFF)
            if self.limits.expired():
                return Stopped("the time is up")
            try:
                stopped = self._settle(*todo)
            except CutOffError:
                return Stopped(CUT_OFF)
            if stopped is not None:
                return stopped
        self._drop_redundant()
        kept = [self.lemmas[k] for k in sorted(self.wanted) if self.lemmas[k].origin != "consequence"]
        return Found(tuple(kept), self.theory.queries, self.finite)

    def _add(self, found: Lemma, *, alive: bool = True) -> int:
        number = self.theory.add(found.formula)
        self.lemmas.append(found)
        if alive:
            self.alive.add(number)
        return number

    def _want(self, number: int) -> None:
        if number not in self.wanted:
            self.wanted.append(number)

    def _obligations(self, number: int) -> list[int]:
        return [SAFETY] if self.lemmas[number].origin == "consequence" else self.theory.obligations(number)

    def _next(self) -> tuple[int, int] | None:
        """An obligation of a wanted lemma that is not met."""
        for number in self.wanted:
            for action in self._obligations(number):
                if (number, action) not in self.met:
                    return number, action
        return None

    def _settle(self, number: int, action: int) -> Stopped | None:
        self.limits.tell("parametric", len(self.wanted), self.lemmas[number].name)
        reply = self.theory.ask(number, action, self.alive, small=self.learning)
        if reply.answer is Answer.UNSAT:
            self.met[number, action] = reply.core
            for hypothesis in sorted(reply.core):
                self._want(hypothesis)
            return None
        if reply.cti is not None and action != INITIATION and self._block(number, action, reply.cti):
            return None
        return self._give_up(number, action, reply.cti, reply.reason)

    def _block(self, number: int, action: int, cti: Counterexample) -> bool:
        """Learn a lemma that the CTI breaks and no sample does, one that is inductive by itself if there is one."""
        state = with_derived(cti.state, cti.sizes, self.relations)
        whole = diagram(self.system, self.relations, cti.sizes, state)
        orders = self._orders(number, action)
        parts = {frozenset(p): p for order in orders if (p := generalize(whole, self.blocks, order))}
        if not parts:
            return False
        ranked = sorted(parts.values(), key=cost)
        best = next((p for p in ranked if self._inductive(p)), ranked[0])
        formula = lemma(best, self.sorts, self.relations)
        self._add(Lemma(str(formula), formula, "found"))
        self.learned += 1
        return True

    def _orders(self, number: int, action: int) -> list[list[str]]:
        """In which order the variables are dropped from a diagram: each order may leave another part."""
        spoken = reads(self.lemmas[number].formula)
        spoken |= reads(self.system.actions[action].guard) if action >= 0 else set()
        names = [v.name for v in self.system.variables]
        defined = [r.relation.name for r in self.relations]
        far, near = [n for n in names if n not in spoken], [n for n in names if n in spoken]
        return [
            [*defined, *far, "", *near],
            [*defined, *reversed(far), "", *reversed(near)],
            [*defined, "", *names],
        ]

    def _inductive(self, part: Diagram) -> bool:
        """Whether the lemma holds initially and survives every action if all lemmas so far hold."""
        number = self._add(Lemma("", lemma(part, self.sorts, self.relations), "tried"), alive=False)
        hypotheses = self.alive | {number}
        return all(
            self.theory.ask(number, action, hypotheses, small=False).answer is Answer.UNSAT
            for action in self.theory.obligations(number)
        )

    def _give_up(self, number: int, action: int, cti: Counterexample | None, reason: str) -> Stopped | None:
        """A lemma that cannot be kept is dropped with everything that leaned on it; a claim ends the attempt."""
        if number < self.claims:
            sizes = dict(cti.sizes) if cti is not None else {}
            why = self._undecided(number, reason) if reason else MET
            return Stopped(f"{self._place(action)} `{self.lemmas[number].name}`: {why}", sizes)
        self.alive.discard(number)
        self.wanted.remove(number)
        self.met = {key: core for key, core in self.met.items() if key[0] != number and number not in core}
        if cti is not None:
            self._suppose(cti, action)
        return None

    def _undecided(self, number: int, reason: str) -> str:
        """Why the solver gave up, and the circle of sorts that takes the question out of EPR, if there is one."""
        assumed = [a.formula for a in self.system.axioms] + [self.lemmas[k].formula for k in sorted(self.alive)]
        round_ = circle(self.system, assumed, [self.lemmas[number].formula])
        return reason + (f"; the question is outside EPR: {' -> '.join(round_)}" if round_ else "")

    def _place(self, action: int) -> str:
        if action == SAFETY:
            return "the lemmas do not imply"
        return "no initial state breaks" if action == INITIATION else f"{self.system.actions[action].name} may break"

    def _suppose(self, cti: Counterexample, action: int) -> None:
        """Take the CTI for reachable, so that what it breaks is not learned again: a guess that costs no soundness."""
        block = Block(dict(cti.sizes))
        states = [cti.state]
        if action >= 0:
            states.append(apply(self.system.actions[action], cti.args, cti.state, cti.sizes))
        for state in states:
            block.add(with_derived(state, cti.sizes, self.relations))
        self.blocks.append(block)

    def _drop_redundant(self) -> None:
        """Go without each lemma in turn, the last one first, where the others can do without it."""
        for number in sorted(self.wanted, reverse=True):
            if number >= self.claims:
                self._try_without(number)

    def _try_without(self, number: int) -> None:
        left = set(self.wanted) & self.alive - {number}
        leaning = [k for k, core in self.met.items() if number in core and k[0] != number and k[0] in self.wanted]
        cores = {}
        for key in leaning:
            reply = self.theory.ask(*key, left, small=False, rlimit=LITTLE)
            if reply.answer is not Answer.UNSAT:
                return
            cores[key] = reply.core
        self.met |= cores
        self.wanted.remove(number)
        self.alive.discard(number)
