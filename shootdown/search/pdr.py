"""PDR (IC3): an inductive set of clauses that implies the claims, found by blocking one state after another.

The main loop extends the frontier, strengthens the frames until no step of the frontier breaks the claims,
and propagates clauses forward; two equal frames are an invariant. Bradley, "SAT-Based Model Checking
without Unrolling", VMCAI 2011; the queue of obligations: Een, Mishchenko and Brayton, "Efficient
Implementation of Property Directed Reachability", FMCAD 2011. Whole orbits are learned as in Goel and
Sakallah, "On Symmetry and Quantification", NFM 2021, under the sound group only.
"""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shootdown.ir.ground import Fixed, Ground, Instance, Sizes, cell_value, ground
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import Candidate, Step
from shootdown.search.certificate import Inductive, inductive
from shootdown.search.counted import counted, without_counter
from shootdown.search.cubes import Cube, Orbits
from shootdown.search.frames import Frames, Predecessor, Undecided
from shootdown.search.generalize import disjoint_from_init, generalize
from shootdown.search.lifting import Valuation
from shootdown.search.refute import EngineBug
from shootdown.search.result import NO_START, Limits, Search


@dataclass(frozen=True, slots=True)
class Answered:
    """What the search says, with the certificate where it is complete and no claim is broken."""

    search: Search
    certificate: Inductive | None = None


def search(
    system: System, claims: Sequence[Claim], sizes: Sizes, limits: Limits, *, rlimit: int = 0, symmetric: bool = True
) -> Search:
    """Whether an `always` claim can break, without a bound on the steps.

    `complete`: no claim can, and there is an inductive invariant that says so; `depth` is the level of its frame. A
    candidate is a run that breaks `claim`; it need not be a shortest one. `limits.depth` bounds the level of the
    frontier, not the length of a run. `rlimit` bounds the solver's work per query; where it or the deadline is met, the
    search ends with the reason, and `depth` is the number of steps within which no claim breaks.
    """
    return answered(system, claims, sizes, limits, rlimit=rlimit, symmetric=symmetric).search


def answered(
    system: System,
    claims: Sequence[Claim],
    sizes: Sizes,
    limits: Limits,
    *,
    rlimit: int = 0,
    queries: int = 0,
    symmetric: bool = True,
    fixed: Fixed | None = None,
) -> Answered:
    """As `search`, with the invariant. `queries` bounds how often the solver is asked; 0 means no bound."""
    bounded = counted(system, limits.faults)
    shape = ground(bounded, sizes, fixed)
    asked = [c for c in claims if c.kind is Expectation.ALWAYS]
    orbits = Orbits(shape, asked, on=symmetric)
    return _Pdr(shape, asked, orbits, limits, rlimit, queries).run()


@dataclass(frozen=True, slots=True, order=True)
class Obligation:
    """Every state of `cube` reaches a violation; show that F_level excludes them, or find a run to it.

    Required: lower levels first. Heuristic: among these the ones nearest to the violation, then the oldest.
    """

    level: int
    depth: int
    serial: int
    cube: Cube = field(compare=False)
    path: tuple[Instance, ...] = field(compare=False)
    """Steps that lead from every state of the cube into the violation."""


class _Found(Exception):  # noqa: N818 # ends the search from within the queue
    """A run to a violation: where it starts and its steps."""

    def __init__(self, start: Valuation, path: tuple[Instance, ...]) -> None:
        super().__init__()
        self.start, self.path = start, path


class _Pdr:
    """The frames of one search, and its main loop."""

    def __init__(
        self, shape: Ground, claims: Sequence[Claim], orbits: Orbits, limits: Limits, rlimit: int, queries: int
    ) -> None:
        self.shape, self.claims, self.limits = shape, claims, limits
        self.targets = [shape.formula(c.formula) for c in claims]
        self.safe = shape.graph.all_of(self.targets)
        self.orbits = orbits
        self.frames = Frames(shape, self.safe, orbits, limits, rlimit, queries)
        self.serial = itertools.count()
        self.done = -1
        """Steps within which no claim breaks."""

    def run(self) -> Answered:
        """The main loop, and what ends it."""
        try:
            if self.frames.start() is None:
                return Answered(Search(depth=-1, reason=NO_START))
            if (start := self.frames.start("$unsafe")) is not None:
                raise _Found(start, ())
            self.done = 0
            return self._deepen()
        except _Found as found:
            return Answered(self._refutation(found))
        except Undecided as stopped:
            return Answered(Search(depth=self.done, reason=str(stopped)))

    def _deepen(self) -> Answered:
        for frontier in itertools.count():
            if self.limits.depth is not None and frontier >= self.limits.depth:
                break
            self.limits.tell("pdr", frontier)
            self._strengthen(frontier)
            self.done = frontier + 1
            if (level := self._propagate(frontier)) is not None:
                return self._proof(level)
            self.frames.extend()
        return Answered(Search(depth=self.done, reason="the bound on the depth is reached"))

    def _strengthen(self, frontier: int) -> None:
        """Until F_frontier & T & ~P' is unsatisfiable."""
        while not self.frames.safety(frontier):
            unsafe = self.frames.predecessor()
            after = unsafe.state.successor(unsafe.instance)
            target = after.why(self.targets[self._broken(after)])
            self._block([self._obligation(unsafe, target, frontier, ())], frontier)

    def _block(self, queue: list[Obligation], frontier: int) -> None:
        """Until every obligation is met."""
        while queue:
            obligation = queue[0]
            if not self.frames.blocked(obligation.level, obligation.cube):
                orbit = self.orbits.some(obligation.cube)
                core = self.frames.consecution(obligation.level - 1, orbit)
                if core is None:
                    heapq.heappush(queue, self._before(obligation))
                    continue
                self._learn(obligation, core, frontier)
            heapq.heappop(queue)
            if obligation.level < frontier:
                heapq.heappush(queue, replace(obligation, level=obligation.level + 1))

    def _before(self, obligation: Obligation) -> Obligation:
        """What has to be excluded first, because a step leads from there into the cube."""
        found = self.frames.predecessor()
        return self._obligation(found, obligation.cube, obligation.level - 1, obligation.path)

    def _obligation(self, found: Predecessor, target: Cube, level: int, path: tuple[Instance, ...]) -> Obligation:
        """The predecessors of `target` are to be excluded from F_level; if one of them is in I, that is a run."""
        path = (found.instance, *path)
        if level == 0:
            raise _Found(found.state, path)
        cube = found.state.predecessors(found.instance, target)
        if (start := self.frames.start_in(cube)) is not None:
            raise _Found(start, path)
        return Obligation(level, len(path), next(self.serial), cube, path)

    def _learn(self, obligation: Obligation, core: Cube, frontier: int) -> None:
        """A clause that excludes the cube, generalised, at the highest level where it follows."""
        level = obligation.level
        cube = disjoint_from_init(self.frames, obligation.cube, core)
        lemma = self.orbits.of(generalize(self.frames, level - 1, cube))
        while level <= frontier and self.frames.consecution(level, lemma) is not None:
            level += 1
        self.frames.add(level, lemma)

    def _propagate(self, frontier: int) -> int | None:
        """Clauses go to the next level where they follow; a level whose clauses all go equals the next one."""
        for level in range(1, frontier + 1):
            for lemma in list(self.frames.levels[level]):
                if lemma in self.frames.levels[level] and self.frames.consecution(level, lemma) is not None:
                    self.frames.add(level + 1, lemma)
            if not self.frames.levels[level]:
                return level
        return None

    def _broken(self, state: Valuation) -> int:
        """The number of the first claim that the state breaks."""
        for number, node in enumerate(self.targets):
            if not state.value(node):
                return number
        raise EngineBug(f"{self.shape.system.name}: solver and evaluation disagree on a step")

    def _proof(self, level: int) -> Answered:
        lemmas = self.frames.from_level(level)
        certificate = inductive(self.shape, self.claims, lemmas, self.limits.faults)
        return Answered(Search(complete=True, depth=level), certificate)

    def _refutation(self, found: _Found) -> Search:
        """The run, and the first claim that its last state breaks."""
        state = found.start
        for instance in found.path:
            state = state.successor(instance)
        claim = self.claims[self._broken(state)].name
        start: dict[str, dict[tuple[int, ...], int]] = {}
        for k, cell in enumerate(self.shape.cells):
            raw = self.shape.fixed[k] if k in self.shape.fixed else found.start.raw[k]
            start.setdefault(cell.variable.name, {})[cell.args] = cell_value(cell, raw)
        steps = tuple(Step(i.action.name, i.args) for i in found.path)
        run = without_counter(Candidate(self.shape.sizes, start, steps))
        return Search(run, claim, depth=len(steps), fired=frozenset(s.action for s in steps))
