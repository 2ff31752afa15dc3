"""Bounded model checking: is there a run of k steps into a violation, for k = 0, 1, 2, ...

One incremental solver holds I(s0) & T(s0, s1) & ... & T(s(k-1), s(k)) and is asked for a violation in
s(k). Required: depths are asked in order, so the first run found is a shortest one. Heuristic: a depth
that holds is kept as a lemma, which is implied for all longer runs, because their prefixes were asked.
The idea: Biere, Cimatti, Clarke and Zhu, "Symbolic Model Checking without BDDs", TACAS 1999.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence

from shootdown.ir.expr import Expr
from shootdown.ir.graph import Node
from shootdown.ir.ground import Fixed, Ground, Instance, Sizes, cell_value, ground
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import Candidate, Step
from shootdown.search.result import NO_START, Limits, Search
from shootdown.search.smtlib import Encoding
from shootdown.smt import Answer, Solver

OPTIONS = {"phase": "frozen"}
"""Heuristic: variables keep the first value that they were tried with. Of a long search that finds nothing it takes
four fifths of the time away; short ones cost the same."""


def search(
    system: System,
    claims: Sequence[Claim],
    sizes: Sizes,
    limits: Limits,
    *,
    fixed: Fixed | None = None,
    rlimit: int = 0,
) -> Search:
    """A shortest run into a state where one of the `always` claims is false.

    Where runs of that length break several claims, the first of them in order is the one that counts.
    Stops at `limits.depth`, at the deadline, or with the run; without both bounds only with the run.
    `depth` of the result is -1 where not even the initial states were searched. An `unknown` of the
    solver (`rlimit` bounds its work per query) ends the search with its reason.
    """
    shape = ground(system, sizes, fixed)
    asked = [c for c in claims if c.kind is Expectation.ALWAYS]
    targets = [(c.name, shape.graph.negate(shape.formula(c.formula))) for c in asked]
    return _Unrolling(shape, targets, limits, rlimit).run()


def reach(
    system: System, formula: Expr, sizes: Sizes, limits: Limits, *, fixed: Fixed | None = None, rlimit: int = 0
) -> Search:
    """A shortest run to a state where `formula` holds, under the same bounds as `search`."""
    shape = ground(system, sizes, fixed)
    return _Unrolling(shape, [("", shape.formula(formula))], limits, rlimit).run()


class _Unrolling:
    """The states and steps that one solver knows of, and what is asked about each state."""

    def __init__(self, shape: Ground, targets: Sequence[tuple[str, Node]], limits: Limits, rlimit: int) -> None:
        self.shape, self.targets, self.limits = shape, targets, limits
        self.encoding = Encoding(shape, [node for _, node in targets])
        self.solver = Solver(rlimit=rlimit, options=OPTIONS)
        self.tallied = [k for k, i in enumerate(shape.instances) if i.action.tally]
        self.serial = itertools.count()

    def run(self) -> Search:
        """Depth after depth until a target is hit, a bound is reached or no run goes on."""
        for depth in self._depths():
            self.limits.tell("bmc", depth)
            self._extend(depth)
            match self._check(f"$hit@{depth}"):
                case Answer.SAT:
                    return self._found(depth)
                case Answer.UNKNOWN:
                    return Search(depth=depth - 1, reason=self.solver.reason_unknown)
            if (depth == 0 or not self.solver.core()) and self._check() is Answer.UNSAT:
                return self._exhausted(depth)
            self.solver.add_text(f"(assert (not $hit@{depth}))")
        return Search(depth=self.limits.depth or 0, reason="the bound on the depth is reached")

    def _depths(self) -> Iterator[int]:
        bound = self.limits.depth
        return iter(itertools.count() if bound is None else range(bound + 1))

    def _check(self, *assumptions: str) -> Answer:
        return self.solver.check(assumptions, self.limits.deadline)

    def _exhausted(self, depth: int) -> Search:
        """No run has `depth` steps at all: every longer depth is searched too."""
        if depth == 0:
            return Search(depth=-1, reason=NO_START)
        bound = self.limits.depth
        return Search(depth=depth - 1 if bound is None else bound, reason=f"no run is longer than {depth - 1} steps")

    def _extend(self, depth: int) -> None:
        """Tell the solver of the state at `depth`, of the step to it, and of the targets there."""
        coded = self.encoding
        if depth == 0:
            text = [coded.static(), coded.state(0), coded.init()]
        else:
            text = [coded.state(depth), coded.trans(depth - 1), *self._count(depth)]
        hits = []
        for k, (_, node) in enumerate(self.targets):
            hits.append(f"$hit{k}@{depth}")
            text.append(f"(declare-const {hits[-1]} Bool)(assert (= {hits[-1]} {coded.term(node, depth)}))")
        text.append(f"(declare-const $hit@{depth} Bool)(assert (= $hit@{depth} (or false {' '.join(hits)})))")
        self.solver.add_text("\n".join(text))

    def _count(self, depth: int) -> list[str]:
        """The bound on counted events of the whole run, once the run is long enough to break it."""
        most = self.limits.faults
        if most is None or not self.tallied or depth <= most:
            return []
        return [f"(assert {self._at_most(depth, _tallies, most)})"]

    def _at_most(self, depth: int, weigh: "Weigh", most: int) -> str:
        """The weights of the first `depth` steps add up to `most` or less."""
        weights = sorted({weigh(i) for i in self.shape.instances} - {0})
        chosen = [[k for k, i in enumerate(self.shape.instances) if weigh(i) == w] for w in weights]
        costs, terms = [], []
        for t in range(depth):
            for weight, instances in zip(weights, chosen, strict=True):
                costs.append(str(weight))
                terms.append(f"(or false {' '.join(self.encoding.fires(k, t) for k in instances)})")
        return f"((_ pble {most} {' '.join(costs)}) {' '.join(terms)})"

    def _found(self, depth: int) -> Search:
        """The first claim that runs of this length break, and the cheapest of its runs.

        Cheapest: the fewest counted events, and of those runs the least clutter.
        """
        broken, best, reason = self._first_target(depth)
        claim, held = self.targets[broken][0], [f"$hit{broken}@{depth}"]
        for weigh, what in ((_tallies, "the fewest counted events"), (_clutter, "the least clutter")):
            if depth and not reason and any(weigh(i) for i in self.shape.instances):
                best, reason = self._cheapest(best, weigh, held)
                reason = reason and f"the run may not have {what}: {reason}"
                held.append(self._assume_at_most(depth, weigh, self._cost(best, weigh)))
        return Search(best, claim, depth=depth, fired=frozenset(s.action for s in best.steps), reason=reason)

    def _first_target(self, depth: int) -> tuple[int, Candidate, str]:
        """The first target that a run of this length hits, such a run, and why an earlier one may be hit too.

        The solver has just found a run to one of them.
        """
        run = self._run_of_model(depth)
        seen = next(k for k in range(len(self.targets)) if self.solver.value(f"$hit{k}@{depth}"))
        for k in range(seen):
            match self._check(f"$hit{k}@{depth}"):
                case Answer.SAT:
                    return k, self._run_of_model(depth), ""
                case Answer.UNKNOWN:
                    return seen, run, f"an earlier claim may break as well: {self.solver.reason_unknown}"
        return seen, run, ""

    def _cheapest(self, best: Candidate, weigh: "Weigh", held: Sequence[str]) -> tuple[Candidate, str]:
        """A run of the length of `best` that no run under the same assumptions undercuts, or why it may be undercut."""
        depth = len(best.steps)
        while cost := self._cost(best, weigh):
            self.limits.tell("bmc", depth, f"looking for a run that costs less than {cost}")
            match self._check(*held, self._assume_at_most(depth, weigh, cost - 1)):
                case Answer.SAT:
                    best = self._run_of_model(depth)
                case Answer.UNKNOWN:
                    return best, self.solver.reason_unknown
                case Answer.UNSAT:
                    break
        return best, ""

    def _assume_at_most(self, depth: int, weigh: "Weigh", most: int) -> str:
        """A name that, assumed, bounds the cost of the run."""
        name = f"$atmost{next(self.serial)}"
        self.solver.add_text(f"(declare-const {name} Bool)(assert (=> {name} {self._at_most(depth, weigh, most)}))")
        return name

    def _cost(self, run: Candidate, weigh: "Weigh") -> int:
        by_step = {(i.action.name, i.args): weigh(i) for i in self.shape.instances}
        return sum(by_step[s.action, s.args] for s in run.steps)

    def _run_of_model(self, depth: int) -> Candidate:
        """The run that the solver's model describes."""
        value, coded, shape = self.solver.value, self.encoding, self.shape
        start: dict[str, dict[tuple[int, ...], int]] = {}
        for k, cell in enumerate(shape.cells):
            raw = shape.fixed[k] if k in shape.fixed else value(coded.cell_name(k, 0))
            start.setdefault(cell.variable.name, {})[cell.args] = cell_value(cell, raw)
        taken = [shape.instances[value(coded.selector(t))] for t in range(depth)]
        return Candidate(shape.sizes, start, tuple(Step(i.action.name, i.args) for i in taken))


Weigh = Callable[[Instance], int]


def _tallies(instance: Instance) -> int:
    return int(instance.action.tally != "")


def _clutter(instance: Instance) -> int:
    return instance.action.clutter
