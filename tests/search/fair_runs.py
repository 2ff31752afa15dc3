"""An oracle for responses at small sizes: all states, all steps, the fair parts of the graph. No engine is asked."""

from collections.abc import Iterator, Mapping
from itertools import product

from shootdown.ir import Response, Strength, System
from shootdown.ir.interp import domain, enabled, holds, is_initial, successors
from shootdown.ir.trace import ConcreteState, Step


def comes(system: System, response: Response, sizes: Mapping[str, int]) -> bool:
    """Whether the response comes in every fair run at one size: by all states, without any solver or ranking."""
    states = _reachable(system, sizes)
    number = {key: n for n, key in enumerate(states)}
    steps = [[(step, number[_key(after)]) for step, after in successors(system, s, sizes)] for s in states.values()]
    graph = _Graph(system, response, sizes, list(states.values()), steps)
    choices = product(*(domain(b.sort, sizes) for b in response.params))
    return not any(graph.stays_away(dict(zip((b.key for b in response.params), c, strict=True))) for c in choices)


def _key(state: ConcreteState) -> str:
    return repr(sorted((name, sorted(table.items())) for name, table in state.items()))


def _reachable(system: System, sizes: Mapping[str, int]) -> dict[str, ConcreteState]:
    found = {_key(s): s for s in _every(system, sizes) if is_initial(system, s, sizes)}
    todo = list(found.values())
    while todo:
        for _, after in successors(system, todo.pop(), sizes):
            if _key(after) not in found:
                found[_key(after)] = after
                todo.append(after)
    return found


def _every(system: System, sizes: Mapping[str, int]) -> Iterator[ConcreteState]:
    cells = [(v, p) for v in system.variables for p in product(*(domain(s, sizes) for s in v.args))]
    for values in product(*(domain(v.sort, sizes) for v, _ in cells)):
        state: dict[str, dict[tuple[int, ...], int]] = {v.name: {} for v in system.variables}
        for (variable, point), value in zip(cells, values, strict=True):
            state[variable.name][point] = value
        yield state


class _Graph:
    """All reachable states and steps at one size."""

    def __init__(
        self, system: System, response: Response, sizes: Mapping[str, int],
        states: list[ConcreteState], steps: list[list[tuple[Step, int]]],
    ) -> None:  # fmt: skip
        self.system, self.response, self.sizes, self.states, self.steps = system, response, sizes, states, steps
        self.instances = [
            (f, Step(f.action, args))
            for f in response.fair
            for args in product(*(domain(p.sort, sizes) for p in system.action[f.action].params))
        ]

    def stays_away(self, env: dict[int, int]) -> bool:
        """Whether some fair run has the trigger and never the goal again."""
        away = {n for n, s in enumerate(self.states) if not holds(self.response.goal, s, self.sizes, env)}
        inside = self._from({n for n in away if holds(self.response.trigger, self.states[n], self.sizes, env)}, away)
        return self._fair_part(inside)

    def _from(self, starts: set[int], allowed: set[int], *, faults: bool = True) -> set[int]:
        found, todo = set(starts), list(starts)
        while todo:
            for step, after in self.steps[todo.pop()]:
                if after in allowed and after not in found and (faults or not self.system.action[step.action].fault):
                    found.add(after)
                    todo.append(after)
        return found

    def _fair_part(self, nodes: set[int]) -> bool:
        """Whether a run that is fair and free of faults can stay within these states for ever."""
        to = {n: self._from({n}, nodes, faults=False) for n in nodes}
        for part in {frozenset(m for m in to[n] if n in to[m]) for n in nodes}:
            taken = {s for n in part for s, after in self.steps[n] if after in part}
            missed = [(f, i) for f, i in self.instances if i not in taken]
            if any(f.strength is Strength.WEAK and all(self._able(i, n) for n in part) for f, i in missed):
                continue
            strong = [i for f, i in missed if f.strength is Strength.STRONG and any(self._able(i, n) for n in part)]
            if not strong or self._fair_part({n for n in part if not any(self._able(i, n) for i in strong)}):
                return True
        return False

    def _able(self, instance: Step, node: int) -> bool:
        action_ = self.system.action[instance.action]
        return enabled(action_, instance.args, self.states[node], self.sizes)
