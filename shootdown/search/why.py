"""Why a proof for any number holds: the facts of the design that it needs, and those that it does without.

First the facts outside all unsatisfiable cores of the obligations go, then one fact after the other without which the
same lemmas are still inductive; what is left is minimal for these lemmas, not the least there is. The system without
all that went is proved again by a judge that shares no code with this. For each fact that is left, a run that breaks a
claim is looked for in the system without it. Where there is none, a proof with other lemmas may be tried.

The claims stay those of the whole system, also the one that no call gets stuck: so they follow from the facts that are
left alone. A fact that only this one needs says so.
"""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.expr import reads
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, System
from shootdown.search import explicit
from shootdown.search.anynumber import prove
from shootdown.search.certify import Rejected, judge
from shootdown.search.cores import Cores
from shootdown.search.facts import CHOOSE, Fact, weaken
from shootdown.search.lift import lift
from shootdown.search.parametric import Stopped, Wanted
from shootdown.search.question import STUCK, Hints, Place, Problem, at_place, stuck_claim
from shootdown.search.refute import refuted
from shootdown.search.result import Limits, Progress
from shootdown.search.verdict import Refuted, Scope, Universal

ENGINE = "why"
"""The engine's name in reports of progress."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look, the same on every machine.

    `states` and `elements` bound the searches for a run: states of one size, elements of all sorts together. `attempts`
    is how many proofs with other lemmas are tried, each with up to `obligations` questions. `brief`: only what the
    lemmas at hand lean on; neither runs without a fact nor other proofs, nor which facts only the claim about stuck
    calls needs.
    """

    states: int = 60_000
    elements: int = 8
    attempts: int = 0
    obligations: int = 250
    brief: bool = False


class Standing(enum.Enum):
    """What is known of a fact that the proof leans on."""

    REFUTED = "refuted"
    USED = "used"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Needed:
    """A fact that the proof leans on.

    REFUTED: without it a run of `steps` steps breaks `claim`; `alone` if that is so with every other fact in force,
    else the facts that are not needed were removed as well. USED: no such run was found, and no proof without it
    either. UNTRIED: the lemmas at hand are no proof without it, and nothing else is known. `stuck` means that only the
    claim that no call gets stuck leans on it.
    """

    fact: Fact
    standing: Standing
    steps: int = 0
    claim: str = ""
    alone: bool = False
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What a proof leans on. `proof` is that of the system without all of `unneeded`, judged.

    Not `complete`: time or user ended it before each needed fact was looked at.
    """

    needed: tuple[Needed, ...]
    unneeded: tuple[Fact, ...]
    proof: Universal
    complete: bool = True


def posed(problem: Problem) -> tuple[System, Wanted, Hints]:
    """The system, claims and hints of a question for any number of elements."""
    asked = problem.open
    conditions = asked.conditions if asked is not None else ()
    system = at_place(problem.system, Place("", {}, conditions))
    stuck = stuck_claim(problem.system)
    every = (*problem.claims, *((stuck,) if stuck is not None else ()))
    wanted = Wanted(tuple(c for c in every if c.name != STUCK), tuple(c for c in every if c.name == STUCK))
    return system, wanted, asked.hints if asked is not None else Hints()


def explain(
    problem: Problem, proof: Universal, facts: Sequence[Fact], limits: Limits, effort: Effort | None = None
) -> Explained | Stopped:
    """Which of the facts a proof of the problem needs; Stopped where the judge does not confirm it."""
    return _Why(problem, facts, limits, effort or Effort()).run(proof)


def stands(problem: Problem, proof: Universal) -> bool:
    """Whether the lemmas of a proof are inductive for the problem too; not yet judged, which `explain` does."""
    system, wanted, _ = posed(problem)
    if any(reads(x.formula) - set(system.by_name) for x in proof.lemmas):
        return False
    return not Cores(system, wanted, proof.lemmas, ()).establish()


class _Enough(Exception):  # noqa: N818 # no error: an attempt has used up its share
    """An attempt has asked as many questions as it may."""


class _Why:
    """One proof, and the facts about it that are still to be looked at."""

    def __init__(self, problem: Problem, facts: Sequence[Fact], limits: Limits, effort: Effort) -> None:
        self.system, self.wanted, self.hints = posed(problem)
        self.problem, self.facts, self.limits, self.effort = problem, tuple(facts), limits, effort
        self.claims: tuple[Claim, ...] = (*self.wanted.claims, *self.wanted.consequences)
        self.found: dict[Fact, Needed] = {}
        self.attempts = effort.attempts

    def run(self, proof: Universal) -> Explained | Stopped:
        cores = self._smallest(Cores(self.system, self.wanted, proof.lemmas, self.facts))
        if isinstance(cores, str):
            return Stopped(cores)
        self.cores = cores
        judged = self._judged(cores)
        if isinstance(judged, Stopped):
            return judged
        try:
            complete = self.effort.brief or self._look()
        except KeyboardInterrupt:
            complete = False
        if self.cores is not cores:
            judged = self._judged(self.cores)
        if isinstance(judged, Stopped):
            return judged
        return Explained(self._needed(self.cores), self._unneeded(self.cores.kept), judged, complete)

    def _smallest(self, cores: Cores) -> Cores | str:
        """The lemmas with as few facts as they can do with; or why they are no proof."""
        self.limits.tell(ENGINE, 0, "what each obligation leans on")
        if failed := cores.establish():
            return failed
        for number, fact in enumerate(self.facts):
            self.limits.tell(ENGINE, number, str(fact))
            if fact in cores.kept and not self.limits.expired():
                cores.can_do_without(fact)
        return cores

    def _unneeded(self, kept: Collection[Fact]) -> tuple[Fact, ...]:
        return tuple(f for f in self.facts if f not in kept)

    def _judged(self, cores: Cores) -> Universal | Stopped:
        """The proof of the system without all that is not needed, confirmed by fresh solvers."""
        weak = weaken(self.system, self._unneeded(cores.kept))
        lemmas = tuple(cores.used())
        finite = tuple(o.name for o in self.system.orders) if self.wanted.consequences else ()
        self.limits.tell(ENGINE, len(lemmas), "every obligation anew, without what is not needed")
        judged = judge(weak, self.claims, lemmas, finite, deadline=self.limits.deadline)
        if isinstance(judged, Rejected):
            return Stopped(f"the judge does not confirm the proof without the other facts: {judged.reason}")
        return Universal(lemmas, len(judged.obligations), finite)

    def _look(self) -> bool:
        """Look for a run without each needed fact, else for another proof; whether there was time for all."""
        for number, fact in enumerate(self.facts):
            if fact not in self.cores.kept:
                continue
            if self.limits.expired():
                return False
            self.limits.tell(ENGINE, number, f"without {fact}")
            self.found[fact] = self._without(fact)
            if self.found[fact].standing is Standing.USED and self.attempts > 0:
                self.attempts -= 1
                self.cores = self._otherwise(fact, self.cores) or self.cores
        return True

    def _without(self, fact: Fact) -> Needed:
        for gone in ((fact,), (*self._unneeded(self.cores.kept), fact)):
            run = against(weaken(self.system, gone), self.claims, self.problem.places, self.limits, self.effort)
            if run is not None:
                steps = sum(not s.action.startswith(CHOOSE) for s in run.trace.steps)
                return Needed(fact, Standing.REFUTED, steps, run.claim, len(gone) == 1)
        return Needed(fact, Standing.USED)

    def _otherwise(self, fact: Fact, cores: Cores) -> Cores | None:
        """A proof with other lemmas that does not need the fact, and no fact that is not needed so far."""
        asked = 0

        def count(progress: Progress) -> None:
            nonlocal asked
            asked += 1
            if asked > self.effort.obligations:
                raise _Enough
            self.limits.tell(ENGINE, asked, f"another proof without {fact}: {progress.detail}")

        own = tuple(replace(x, origin="conjecture") for x in cores.used() if x.origin != "claim")
        hints = replace(self.hints, conjectures=(*own, *self.hints.conjectures))
        weak = weaken(self.system, (*self._unneeded(cores.kept), fact))
        try:
            proof = prove(weak, self.wanted, hints, replace(self.limits, report=count))
        except _Enough:
            return None
        known = set(self.system.by_name)
        if isinstance(proof, Stopped) or any(reads(x.formula) - known for x in proof.lemmas):
            return None
        smaller = Cores(self.system, self.wanted, proof.lemmas, self.facts, kept=cores.kept - {fact})
        found = self._smallest(smaller)
        return None if isinstance(found, str) else found

    def _needed(self, cores: Cores) -> tuple[Needed, ...]:
        """What is known of each fact that is left, and which of them only the claim about stuck calls leans on."""
        stuck = self._only_stuck(cores)
        listed = [self.found.get(f, Needed(f, Standing.UNTRIED)) for f in self.facts if f in cores.kept]
        return tuple(replace(n, stuck=n.fact in stuck) for n in listed)

    def _only_stuck(self, cores: Cores) -> frozenset[Fact]:
        if not self.wanted.consequences or self.effort.brief:
            return frozenset()
        less = Cores(self.system, Wanted(self.wanted.claims), cores.used(), self.facts, kept=cores.kept)
        if isinstance(self._smallest(less), str):
            return frozenset()
        return cores.kept - less.kept


def against(
    system: System, claims: Sequence[Claim], places: Sequence[Place], limits: Limits, effort: Effort
) -> Refuted | None:
    """A run that breaks one of the claims, at the first of the small places that has one; replayed."""
    small = [p for p in places if sum(p.sizes.values()) <= effort.elements]
    for place in small:
        full = at_place(system, place)
        sliced = cone(full, [c.formula for c in claims])
        bounds = Limits(states=effort.states, deadline=limits.deadline)
        found = explicit.search(sliced, claims, place.sizes, bounds)
        if found.candidate is not None:
            claim = next(c for c in claims if c.name == found.claim)
            return refuted(full, claim, lift(full, sliced, found.candidate), Scope((place.sizes,)))
    return None
