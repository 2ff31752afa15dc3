"""Lassos: runs that go on for ever, as a stem and a loop that is repeated; and what a permutation makes of them.

A loop may be empty: every state may stutter, so a run may stay in its last state for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shootdown.ir.errors import TraceError
from shootdown.ir.ground import Sizes
from shootdown.ir.sorts import IndexSort, Sort
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState, Step, Trace

Permutation = Mapping[str, tuple[int, ...]]
"""For each index sort by name the image of each element; elements of sorts that are not named stay as they are."""


@dataclass(frozen=True, slots=True)
class LassoCandidate:
    """What an engine found: a start, the steps of the stem, and those of the loop. Not yet believed.

    `elements` are the ones for which the response fails, one for each of its parameters. The state after the loop is
    the one before it with `permutation` applied; without one it is the same state.
    """

    sizes: Sizes
    start: ConcreteState
    stem: tuple[Step, ...]
    loop: tuple[Step, ...]
    elements: tuple[int, ...] = ()
    permutation: Permutation = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lasso:
    """A run that the interpreter has confirmed: `states[k]` follows `steps[k-1]`, the last state is `states[back]`.

    What follows `states[back]` is repeated for ever. With `back == len(steps)` the run stutters in its last state.
    """

    sizes: Sizes
    states: tuple[ConcreteState, ...]
    steps: tuple[Step, ...]
    back: int

    @property
    def stem(self) -> tuple[Step, ...]:
        """The steps before the loop."""
        return self.steps[: self.back]

    @property
    def loop(self) -> tuple[Step, ...]:
        """The steps that are repeated for ever; none where the run stutters."""
        return self.steps[self.back :]

    @property
    def repeated(self) -> tuple[ConcreteState, ...]:
        """The states that occur again and again."""
        return self.states[self.back :]

    @property
    def trace(self) -> Trace:
        """The stem and one round of the loop as a finite run."""
        return Trace(self.sizes, self.states, self.steps)


def check_permutation(permutation: Permutation, sizes: Sizes) -> None:
    """A TraceError where some sort's images are not its elements, each once."""
    for sort, images in sorted(permutation.items()):
        if sorted(images) != list(range(sizes.get(sort, 0))):
            raise TraceError(f"the images of {sort} are no permutation of its elements")


def permuted_value(permutation: Permutation, sort: Sort, value: int) -> int:
    """The image of one value."""
    if isinstance(sort, IndexSort) and sort.name in permutation:
        return permutation[sort.name][value]
    return value


def permuted_state(system: System, permutation: Permutation, state: ConcreteState) -> ConcreteState:
    """The image of a state: elements are renamed as arguments and as values."""
    return {
        v.name: {
            tuple(permuted_value(permutation, s, a) for s, a in zip(v.args, point, strict=True)): permuted_value(
                permutation, v.sort, value
            )
            for point, value in state[v.name].items()
        }
        for v in system.variables
    }


def permuted_step(system: System, permutation: Permutation, step: Step) -> Step:
    """The image of a step; a TraceError where the system has no such action."""
    action = system.action.get(step.action)
    if action is None or len(action.params) != len(step.args):
        raise TraceError(f"{system.name} has no step `{step.action}` with {len(step.args)} arguments")
    pairs = zip(action.params, step.args, strict=True)
    return Step(step.action, tuple(permuted_value(permutation, p.sort, v) for p, v in pairs))
