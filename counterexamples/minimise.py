"""Smaller traces of the same failure.

One shape (a `Candidate`), one strict order (`size_of`), and passes that only ever call `consider`;
they run until none of them finds anything. Every accepted candidate has been replayed by the
interpreter against the same claim, so the result never slips to another failure.
"""

import itertools

from shootdown.ir.errors import TraceError
from shootdown.ir.interp import apply, enabled
from shootdown.ir.sorts import BoolSort, IndexSort
from shootdown.ir.system import Claim, System
from shootdown.ir.trace import Candidate, Step, Table
from shootdown.search.refute import replay

Size = tuple[int, int, int, tuple[int, ...], tuple[tuple[int, ...], ...], int, tuple[int, ...]]
"""Smaller is better; see `size_of`."""


def minimise(system: System, claim: Claim, candidate: Candidate) -> Candidate:
    """A candidate that no pass makes smaller. A candidate that does not replay is a TraceError."""
    replay(system, claim, candidate)
    return _Minimiser(system, claim, candidate).run()


def size_of(system: System, candidate: Candidate) -> Size:
    """Steps, counted events, clutter, then actions in their order and arguments, then what is set at the start."""
    actions = [system.action[s.action] for s in candidate.steps]
    order = {a.name: k for k, a in enumerate(system.actions)}
    mutable = [v for v in system.variables if not v.immutable]
    start = tuple(candidate.start[v.name][p] for v in mutable for p in sorted(candidate.start[v.name]))
    return (
        len(candidate.steps),
        sum(1 for a in actions if a.tally),
        sum(a.clutter for a in actions),
        tuple(order[s.action] for s in candidate.steps),
        tuple(s.args for s in candidate.steps),
        sum(1 for value in start if value),
        start,
    )


class _Minimiser:
    """The smallest candidate so far, and the passes over it."""

    def __init__(self, system: System, claim: Claim, candidate: Candidate) -> None:
        self.system = system
        self.claim = claim
        self.current = candidate
        self.size = size_of(system, candidate)
        self.seen: set[Size] = set()

    def run(self) -> Candidate:
        """All passes, repeated until none of them improves anything."""
        before = None
        while before != self.size:
            before = self.size
            self.cut_end()
            self.delete_ranges()
            self.replace_arguments()
            self.merge_elements()
            self.rename_elements()
            self.clear_start()
        return self.current

    def consider(self, steps: tuple[Step, ...], start: dict[str, Table] | None = None) -> bool:
        """Take the candidate if it is smaller and still breaks the claim."""
        candidate = Candidate(self.current.sizes, self.current.start if start is None else start, steps)
        size = size_of(self.system, candidate)
        if size >= self.size or size in self.seen:
            return False
        self.seen.add(size)
        try:
            replay(self.system, self.claim, candidate)
        except TraceError:
            return False
        self.current, self.size = candidate, size
        return True

    def cut_end(self) -> None:
        """Stop at the first state that breaks the claim."""
        for length in range(len(self.current.steps)):
            if self.consider(self.current.steps[:length]):
                return

    def delete_ranges(self) -> None:
        """Leave out consecutive steps, long ranges first, from the end to the start."""
        length = len(self.current.steps)
        while length:
            for at in range(len(self.current.steps) - length, -1, -1):
                steps = self.current.steps
                self.consider(steps[:at] + steps[at + length :])
            length //= 2

    def replace_arguments(self) -> None:
        """Give single arguments of single steps smaller values."""
        for at in range(len(self.current.steps)):
            for place in range(len(self.current.steps[at].args)):
                for value in range(self.current.steps[at].args[place]):
                    steps = self.current.steps
                    args = (*steps[at].args[:place], value, *steps[at].args[place + 1 :])
                    if self.consider((*steps[:at], Step(steps[at].action, args), *steps[at + 1 :])):
                        break

    def merge_elements(self) -> None:
        """Let one element do what another one did as well; steps that this makes impossible are left out."""
        for sort in self.system.index_sorts:
            for old, new in itertools.permutations(range(self.current.sizes[sort.name]), 2):
                self.consider(self._possible([self._renamed(s, sort, {old: new}) for s in self.current.steps]))

    def _possible(self, steps: list[Step]) -> tuple[Step, ...]:
        """The steps without those that are not enabled when it is their turn."""
        state, sizes, taken = self.current.start, self.current.sizes, []
        for step in steps:
            action = self.system.action[step.action]
            if enabled(action, step.args, state, sizes):
                state = apply(action, step.args, state, sizes)
                taken.append(step)
        return tuple(taken)

    def rename_elements(self) -> None:
        """Exchange two elements of one sort in all steps at once."""
        for sort in self.system.index_sorts:
            for high in range(1, self.current.sizes[sort.name]):
                for low in range(high):
                    swap = {low: high, high: low}
                    self.consider(tuple(self._renamed(s, sort, swap) for s in self.current.steps))

    def _renamed(self, step: Step, sort: IndexSort, names: dict[int, int]) -> Step:
        params = self.system.action[step.action].params
        pairs = zip(params, step.args, strict=True)
        return Step(step.action, tuple(names.get(v, v) if p.sort == sort else v for p, v in pairs))

    def clear_start(self) -> None:
        """Make relations false at the start: whole tables first, then single points."""
        for variable in self.system.variables:
            if variable.immutable or not isinstance(variable.sort, BoolSort):
                continue
            table = self.current.start[variable.name]
            self._start_with(variable.name, dict.fromkeys(table, 0))
            for point in sorted(table):
                self._start_with(variable.name, {**self.current.start[variable.name], point: 0})

    def _start_with(self, name: str, table: Table) -> None:
        self.consider(self.current.steps, {**self.current.start, name: table})
