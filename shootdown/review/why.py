"""Why an answer holds: the named assumptions and the facts of the design that its proof needs, and those it does not.

An assumption is needed if a run breaks a claim without it. The others are withdrawn together, and the proof has to go
through, with the lemmas at hand or with others; facts are then asked of that system. The claims stay those that were
proved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.pretty import pretty, pretty_update
from shootdown.ir.product import Product
from shootdown.ir.rewrite import conjuncts
from shootdown.ir.system import Action, Assumption, System
from shootdown.model.build import KERNEL
from shootdown.model.container import MEMBERSHIP
from shootdown.review.answer import Answer
from shootdown.review.problem import Request, problem_of
from shootdown.search.anynumber import prove
from shootdown.search.facts import Fact, facts_of
from shootdown.search.parametric import Stopped
from shootdown.search.question import Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Universal
from shootdown.search.why import ENGINE, Effort, Explained, Standing, against, explain, posed, stands

WIDER = 1
"""So many elements more than for a fact are tried for an assumption: two units take two devices in two groups."""

UNMAPPING = ("map_dma", "unmap_dma")
"""What the kernel does in one step with the VMM's call."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """A named assumption, and what is known of the model without it.

    REFUTED: a run of `steps` steps breaks `claim`. USED: no such run was found, and no proof either. `fewer`: without
    it there are only fewer runs, so that no proof can need it.
    """

    assumption: Assumption
    standing: Standing
    steps: int = 0
    claim: str = ""
    fewer: bool = False


@dataclass(frozen=True)
class Why:
    """What a proof leans on. `without` are the assumptions that were withdrawn when its facts were looked at.

    `brief`: only the lemmas at hand were looked at; no run without a fact was looked for, and no other proof.
    """

    needed: tuple[Leaning, ...]
    unneeded: tuple[Leaning, ...]
    without: frozenset[str]
    facts: Explained
    brief: bool = False


def why(answer: Answer, limits: Limits, effort: Effort | None = None) -> Why | Stopped:
    """Why a proof for any number of elements holds; Stopped for any other answer."""
    verdict = answer.verdict
    if not isinstance(verdict, Proved) or verdict.universal is None:
        return Stopped("only a proof for any number of elements is explained")
    if verdict.ranked:
        return Stopped("a proof by a ranking is not explained further: the ranking itself says what it rests on")
    if isinstance(answer.system, Product):
        return Stopped("a proof about two runs is not explained: what one run goes without, the other has to as well")
    return _Review(answer, limits, effort or Effort()).run(verdict.universal)


def kernel_actions(system: System) -> tuple[str, ...]:
    """Names of the actions whose facts are the design: steps of the kernel and the driver, and the life cycle."""
    also = (*MEMBERSHIP, *UNMAPPING)
    return tuple(a.name for a in system.actions if a.actor in KERNEL or a.name in also)


def only_fewer_runs(system: System, other: System) -> bool:
    """Whether `other` is `system` with more conditions, on the start or on actions: then its runs are runs here.

    The working actors have the same steps in both, so that a call gets stuck in the same states.
    """
    own, others = ({a.name: a for a in s.actions} for s in (system, other))
    same = {str(v) for v in system.variables} == {str(v) for v in other.variables}
    starts = _conditions(system) <= _conditions(other)
    kept = all(a.name in others and _stricter(a, others[a.name]) for a in system.actions if a.actor in system.working)
    return same and starts and kept and all(a.name in own and _stricter(a, own[a.name]) for a in other.actions)


def _conditions(system: System) -> set[str]:
    return {pretty(part) for n in (*system.axioms, *system.init) for part in conjuncts(n.formula)}


def _stricter(action: Action, than: Action) -> bool:
    parts, fewer = ({pretty(p) for p in conjuncts(a.guard)} for a in (action, than))
    updates, others = ([pretty_update(u) for u in a.updates] for a in (action, than))
    return str(action) == str(than) and fewer <= parts and updates == others


class _Review:
    """The assumptions of one answer, one after the other."""

    def __init__(self, answer: Answer, limits: Limits, effort: Effort) -> None:
        self.answer, self.limits, self.effort = answer, limits, effort
        self.system, self.problem = problem_of(answer.request)
        self.by_name = {a.name: a for a in answer.system.assumptions}
        self.smaller: dict[str, tuple[System, Problem]] = {}

    def run(self, proof: Universal) -> Why | Stopped:
        known = {x.assumption.name: x for x in self._fewer()}
        open_ = [a.name for a in self.answer.system.assumptions if a.name not in known]
        gone = self._at_hand([open_], proof)
        if len(gone) < len(open_):
            known |= {n: self._without(n) for n in open_}
            gone, proof = self._without_more([n for n in open_ if known[n].standing is Standing.USED], proof)
        known |= {n: Leaning(self.by_name[n], Standing.UNTRIED) for n in gone}
        needed = [x for x in self._listed(known) if x.standing is not Standing.UNTRIED]
        unneeded = [x for x in self._listed(known) if x.standing is Standing.UNTRIED]
        facts = explain(self._problem(gone), proof, self._facts(gone), self.limits, self.effort)
        return (
            facts if isinstance(facts, Stopped) else Why(tuple(needed), tuple(unneeded), gone, facts, self.effort.brief)
        )

    def _listed(self, known: Mapping[str, Leaning]) -> Iterator[Leaning]:
        """In the order of the assumptions."""
        yield from (known[name] for name in self.by_name)

    def _fewer(self) -> Iterator[Leaning]:
        """The assumptions without which there are only fewer runs."""
        for name, assumption in self.by_name.items():
            if only_fewer_runs(self.system, self._small(name)[0]):
                yield Leaning(assumption, Standing.UNTRIED, fewer=True)

    def _without_more(self, names: Sequence[str], proof: Universal) -> tuple[frozenset[str], Universal]:
        """As many assumptions as the lemmas at hand do without, else others; and the last proof that was found."""
        each = [[n] for n in names]
        gone = self._at_hand([names, *each] if len(names) > 1 else each, proof)
        left = [n for n in names if n not in gone]
        return (gone, proof) if self.effort.brief else self._otherwise(left, gone, proof)

    def _at_hand(self, attempts: Sequence[Sequence[str]], proof: Universal) -> frozenset[str]:
        """The assumptions that the lemmas at hand do without."""
        gone: frozenset[str] = frozenset()
        for tried in map(frozenset, attempts):
            if not tried <= gone and stands(self._problem(gone | tried), proof):
                gone |= tried
        return gone

    def _without(self, name: str) -> Leaning:
        """A run without one assumption that breaks a claim; USED where none was found."""
        self.limits.tell(ENGINE, 0, f"without {name}")
        posed_, wanted, _ = posed(self._small(name)[1])
        wider = replace(self.effort, elements=self.effort.elements + WIDER)
        run = against(posed_, (*wanted.claims, *wanted.consequences), self.problem.places, self.limits, wider)
        if run is None:
            return Leaning(self.by_name[name], Standing.USED)
        return Leaning(self.by_name[name], Standing.REFUTED, len(run.trace), run.claim)

    def _otherwise(
        self, names: Sequence[str], gone: frozenset[str], proof: Universal
    ) -> tuple[frozenset[str], Universal]:
        """As many more of the assumptions as another proof does without, and the last proof that was found."""
        every = [frozenset(names)] if len(names) > 1 else []
        for tried in (*every, *(frozenset({n}) for n in names)):
            if tried <= gone:
                continue
            self.limits.tell(ENGINE, 0, f"without {', '.join(sorted(gone | tried))}")
            found = prove(*posed(self._problem(gone | tried)), self.limits)
            if isinstance(found, Universal):
                gone, proof = gone | tried, found
        return gone, proof

    def _small(self, name: str) -> tuple[System, Problem]:
        """The system without an assumption, and its question at small sizes, which needs no hints."""
        if name not in self.smaller:
            self.smaller[name] = problem_of(replace(self._request(frozenset({name})), depth=0))
        return self.smaller[name]

    def _request(self, names: frozenset[str]) -> Request:
        return replace(self.answer.request, without=self.answer.request.without | names)

    def _problem(self, names: frozenset[str]) -> Problem:
        """The problem without these assumptions, about the claims that were proved with them.

        Its own claim about stuck calls would be a weaker one, where the withdrawal adds a step of the kernel.
        """
        _, problem = problem_of(self._request(names))
        _, wanted, _ = posed(self.problem)
        claims = (*wanted.claims, *wanted.consequences)
        return replace(problem, system=replace(problem.system, busy=None), claims=claims)

    def _facts(self, gone: frozenset[str]) -> tuple[Fact, ...]:
        """Facts of the actions that the answer's model has; what a withdrawal adds is no design."""
        system, _ = problem_of(self._request(gone))
        return facts_of(system, kernel_actions(self.system))
