"""Why a refutation: the smallest sets of facts whose repair removes every run that breaks the claim, at one size.

A set of facts *repairs* a claim if there is a table for its knobs (`shootdown.search.repair_sketch`) with which no
reachable state breaks a claim, that no call gets stuck among them, while every scenario that was reachable still is.
A table is looked for with counterexamples as guides (Solar-Lezama et al., "Combinatorial Sketching for Finite
Programs", ASPLOS 2006): the solver proposes one, every reachable state is searched, and what fails becomes a clause.

- A run that breaks a claim: not all the entries that it reads.
- A scenario that is lost: not all the entries without which it would be lost even if every other entry could be
  anything at each step. That is more than any table does, so that a clause never rules out a repair.

Only where the clauses leave no table a set of facts is ruled out. What a bound ends is not determined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.trace import Candidate
from shootdown.search import explicit
from shootdown.search.lift import lift
from shootdown.search.question import Asked, Problem, pose
from shootdown.search.refute import EngineBug
from shootdown.search.repair_returns import cut_off, pinned
from shootdown.search.repair_sketch import Choice, Knob, Sketch, asked_by_claims, closed, followed, opened, used
from shootdown.search.repair_table import Tables, Undecided
from shootdown.search.result import Limits

RETURNS = "every call returns, as it can now"
"""Name of what is lost where a call can go on for ever only."""

ENGINE = "repair"
"""The engine's name in reports of progress."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look, the same on every machine: tables, searches of all states, states of one search."""

    tables: int = 400
    searches: int = 1500
    states: int = 400_000


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a table that differs from the system as it is."""

    knob: Knob
    option: int


@dataclass(frozen=True, slots=True)
class Repair:
    """Facts, a table for them with the fewest changed entries, and the search that found no violation with it.

    `scenarios`: names of those that the system as it is reaches at this size, and with the table still. `returns`:
    every call can always return, as it can in the system as it is.
    """

    facts: tuple[str, ...]
    changes: tuple[Change, ...]
    table: Choice
    states: int
    depth: int
    scenarios: tuple[str, ...]
    returns: bool = False


@dataclass(frozen=True, slots=True)
class Insufficient:
    """A fact that is no repair by itself: so many of its tables were tried, and with the last one this remains.

    `steps`: a run that breaks `claim`; -1 where a scenario is `lost` instead. No table was tried where that run
    of the system as it is reads no entry of the fact.
    """

    fact: str
    tables: int
    steps: int
    claim: str = ""
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Repairs:
    """All minimal sets of the least size; none where no table repairs, whatever it changes."""

    repairs: tuple[Repair, ...]
    insufficient: tuple[Insufficient, ...]
    tables: int


@dataclass(frozen=True, slots=True)
class NotDetermined:
    """A bound ended the search, or the question cannot be put; this is never "no repair"."""

    reason: str


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a table fails: a clause, and a run of so many steps or the scenario that is lost."""

    entries: dict[int, int]
    steps: int
    claim: str = ""
    lost: str = ""


class _Over(Exception):  # noqa: N818 # no error: a bound is reached
    """The search ends without an answer."""


def repair(sketch: Sketch, limits: Limits, effort: Effort | None = None) -> Repairs | NotDetermined:
    """The smallest sets of facts that repair the claims of the sketch at its place."""
    try:
        return _Synthesis(sketch, limits, effort or Effort()).run()
    except (_Over, Undecided) as over:
        return NotDetermined(str(over))


def question(sketch: Sketch, claims: Sequence[Claim], companions: Sequence[Claim]) -> Asked:
    """What is asked of a closed or opened sketch."""
    problem = Problem(sketch.system, tuple(claims), tuple(companions), (sketch.place,))
    return pose(problem, problem.claims, sketch.place)


class _Synthesis:
    """The tables tried so far, and what they taught."""

    def __init__(self, sketch: Sketch, limits: Limits, effort: Effort) -> None:
        self.sketch, self.limits, self.effort = sketch, limits, effort
        self.tables = Tables(sketch.knobs, sketch.facts)
        self.failures: list[_Failure] = []
        self.tried: dict[tuple[str, ...], list[_Failure]] = {}
        self.found: list[Repair] = []
        self.asked = self.searches = 0
        self.needed: tuple[Claim, ...] = ()
        self.sliced = replace(sketch, system=cone(sketch.system, [c.formula for c in sketch.claims]))
        """What decides the claims: a run need not read what is written for nobody."""
        busy = sketch.system.busy
        self.idle = None if busy is None else Claim(RETURNS, Expectation.SOMETIMES, ~busy)
        self.returns = False

    def run(self) -> Repairs:
        """Sets of one fact, then of two, and so on, until a size has a repair or no table is left."""
        self._scenarios()
        for size in range(1, len(self.sketch.facts) + 1):
            while (table := self.tables.next(size)) is not None:
                self._try(table)
            if self.found or not self.tables.left():
                break
        return Repairs(tuple(self.found), tuple(self._insufficient()), self.asked)

    def _scenarios(self) -> None:
        """The scenarios that the system as it is reaches here: these must not be lost."""
        asked = closed(self.sketch, self.sketch.default)
        found = self._explored(question(asked, (), asked.companions)).search
        self.needed = tuple(c for c in self.sketch.companions if c.name in found.witnessed)
        if self.idle is not None:
            whole = self._explored(question(asked, (), (self.idle,)))
            self.returns = cut_off(whole, self.idle.formula) is None

    def _try(self, table: Choice) -> None:
        self.asked += 1
        if self.asked > self.effort.tables:
            raise _Over(f"{self.effort.tables} tables were tried")
        facts = self.sketch.facts_of(self.sketch.changed(table))
        self.limits.tell(ENGINE, self.asked, f"{', '.join(facts)}: {len(self.sketch.changed(table))} entries")
        failure = self._judge(table, facts)
        if failure is None:
            self.tables.forbid_facts(facts)
            return
        self.failures.append(failure)
        self.tried.setdefault(facts, []).append(failure)
        self.tables.forbid(failure.entries)

    def _judge(self, table: Choice, facts: tuple[str, ...]) -> _Failure | None:
        """All reachable states with this table; None where it is a repair."""
        written = closed(self.sketch, table)
        names = {c.name for c in self.needed}
        kept = [c for c in written.companions if c.name in names]
        asked = question(written, written.claims, [*kept, *([self.idle] if self.idle is not None else [])])
        whole = self._explored(asked)
        found = whole.search
        if found.candidate is not None:
            claim = next(c for c in self.sketch.claims if c.name == found.claim)
            run = lift(asked.full, asked.sliced, found.candidate)
            return _Failure(used(self.sliced, table, claim, run), len(run.steps), claim.name)
        for scenario in self.needed:
            if scenario.name not in found.witnessed:
                return _Failure(self._without(scenario, table), -1, lost=scenario.name)
        endless = cut_off(whole, self.idle.formula) if self.idle is not None and self.returns else None
        if self.idle is not None and endless is not None:
            return self._for_ever(self.idle, table, lift(asked.full, asked.sliced, endless))
        changes = tuple(Change(self.sketch.knobs[n], table[n]) for n in self.sketch.changed(table))
        told = tuple(c.name for c in self.needed)
        self.found.append(Repair(facts, changes, table, found.states, found.depth, told, self.returns))
        return None

    def _explored(self, asked: Asked) -> explicit.Explored:
        self.searches += 1
        if self.searches > self.effort.searches:
            raise _Over(f"{self.effort.searches} searches were made")
        limits = replace(self.limits, states=self.effort.states, depth=None, report=None)
        found = explicit.explored(asked.sliced, asked.every, asked.place.sizes, limits)
        if found.search.candidate is None and not found.search.complete:
            raise _Over(f"with one of the tables {found.search.reason}")
        return found

    def _for_ever(self, idle: Claim, table: Choice, run: Candidate) -> _Failure:
        """A run after which the call cannot return: its entries, and those that keep the call from returning then."""
        entries, end = followed(self.sketch, table, run)
        stays = _Synthesis(pinned(self.sketch, end), self.limits, self.effort)
        stays.sketch = replace(stays.sketch, companions=(idle,))
        stays.searches = self.searches
        kept = stays._without(idle, table)
        self.searches = stays.searches
        return _Failure(entries | kept, -1, lost=RETURNS)

    def _without(self, scenario: Claim, table: Choice) -> dict[int, int]:
        """Entries of a table with which the scenario is lost whatever the others are: few, not the fewest."""
        must = set(asked_by_claims(self.sketch, [scenario]))
        every = set(range(len(self.sketch.knobs)))
        start = set(self.sketch.changed(table)) | must
        kept = start if self._lost(scenario, table, start) else every
        for fact in self.sketch.facts if kept is every else ():
            own = {n for n in kept if self.sketch.knobs[n].fact == fact} - must
            kept = kept - own if own and self._lost(scenario, table, kept - own) else kept
        for n in sorted(kept - must, reverse=True):
            kept = kept - {n} if self._lost(scenario, table, kept - {n}) else kept
        return {n: table[n] for n in sorted(kept)}

    def _lost(self, scenario: Claim, table: Choice, kept: set[int]) -> bool:
        """Whether no run reaches the scenario where only these entries are as in the table."""
        wide = opened(self.sketch, {n: table[n] for n in sorted(kept)})
        meant = next(c for c in wide.companions if c.name == scenario.name)
        return meant.name not in self._explored(question(wide, (), (meant,))).search.witnessed

    def _insufficient(self) -> list[Insufficient]:
        """Facts that are no repair by themselves, and what remains with each.

        One of which no table was tried is read by nothing on the first trace, which therefore remains.
        """
        enough = {r.facts for r in self.found}
        listed = []
        for fact in (f for f in self.sketch.facts if (f,) not in enough):
            tried = self.tried.get((fact,), [])
            left = tried[-1] if tried else self.failures[0]
            listed.append(Insufficient(fact, len(tried), left.steps, left.claim, left.lost))
        return listed


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a judge of its own found: a closed set of states without a violation, and how deep bmc looked besides."""

    states: int
    depth: int
    unrolled: int


def confirm(sketch: Sketch, found: Repair, limits: Limits) -> Confirmed | NotDetermined:
    """Judge a repair again, on a sketch that was built anew; an EngineBug where it is none.

    Every reachable state is searched once more, the closed set is judged by code and interpreter, and bmc looks for a
    violation to the depth of the last new state, as far as its bound on work lets it.
    """
    from shootdown.search.engines import by_bmc, by_explicit  # noqa: PLC0415 # loads z3

    written, about = closed(sketch, found.table), ", ".join(found.facts)
    kept = [c for c in written.companions if c.name in found.scenarios]
    busy = sketch.system.busy if found.returns else None
    idle = [] if busy is None else [Claim(RETURNS, Expectation.SOMETIMES, ~busy)]
    asked = question(written, written.claims, [*kept, *idle])
    again = by_explicit(asked.sliced, asked.every, asked.place.sizes, limits)
    if again.search.candidate is not None:
        raise EngineBug(f"the repair of {about} does not stand: it breaks `{again.search.claim}`")
    if again.judged is None:
        return NotDetermined(f"the repair of {about} was found but not judged again: {again.search.reason}")
    if lost := set(found.scenarios) - again.search.witnessed:
        raise EngineBug(f"the repair of {about} does not stand: it loses `{min(lost)}`")
    again.judged()
    whole = explicit.explored(asked.sliced, asked.every, asked.place.sizes, limits)
    if any(cut_off(whole, c.formula) is not None for c in idle):
        raise EngineBug(f"the repair of {about} does not stand: a call cannot return")
    bounds = replace(limits, depth=again.search.depth)
    deep = by_bmc(asked.sliced, asked.every, asked.place.sizes, bounds).search
    if deep.candidate is not None:
        raise EngineBug(f"bmc breaks the repair of {about}: `{deep.claim}`")
    return Confirmed(again.search.states, again.search.depth, deep.depth)


__all__ = [
    "Change", "Confirmed", "Effort", "Insufficient", "NotDetermined", "Repair", "Repairs", "confirm",
    "question", "repair",
]  # fmt: skip
