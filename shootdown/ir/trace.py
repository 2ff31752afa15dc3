"""Traces: a start, named steps with arguments, and the concrete states between them."""

from collections.abc import Mapping
from dataclasses import dataclass

from shootdown.ir.ground import Sizes

Value = int
"""A concrete value: 0/1, position in an enumeration, index of an element, or a C integer."""

Table = Mapping[tuple[int, ...], Value]
"""A state variable's value at every choice of arguments; `()` for a variable without arguments."""

ConcreteState = Mapping[str, Table]
"""A complete state: every state variable's table, by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """An action by name, with the positions of its arguments."""

    action: str
    args: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an engine found: where the run starts and which steps it takes. Not yet believed."""

    sizes: Sizes
    start: ConcreteState
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A run that the interpreter has confirmed: `states[0]` is initial, `states[k]` follows `steps[k-1]`."""

    sizes: Sizes
    states: tuple[ConcreteState, ...]
    steps: tuple[Step, ...]

    def __len__(self) -> int:
        return len(self.steps)
