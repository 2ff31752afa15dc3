"""A proof is also followed by the interpreter: along runs that it takes by itself, everything proved has to be true.

Solvers judge what a printer wrote. This judge reads the recorded expressions and takes its own steps; of grounding and
printers it has only the state that it starts from, which it checks. The seed is fixed.
"""

import itertools
import random
from collections.abc import Callable, Iterator

from shootdown.ir.expr import TRUE
from shootdown.ir.ground import Sizes
from shootdown.ir.interp import is_initial, successors
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits

SEED = 20200402
RUNS = 3
STEPS = 25
"""How many runs are followed, and how far."""


def rehearse(system: System, sizes: Sizes, truth: Callable[[ConcreteState], str]) -> int:
    """How many states were looked at; an EngineBug where `truth` names something that is false in one of them."""
    count = 0
    for state in itertools.chain.from_iterable(_runs(system, sizes)):
        count += 1
        if broken := truth(state):
            raise EngineBug(f"{system.name}: by the interpreter, a run breaks what was proved: {broken}")
    return count


def _runs(system: System, sizes: Sizes) -> Iterator[Iterator[ConcreteState]]:
    start = start_of(system, sizes)
    if start is not None:
        yield from (_run(system, sizes, start, random.Random(SEED + run)) for run in range(RUNS))


def start_of(system: System, sizes: Sizes) -> ConcreteState | None:
    """An initial state, as the interpreter sees it too; None where a size has none."""
    from shootdown.search import bmc  # noqa: PLC0415 # loads z3

    found = bmc.reach(system, TRUE, sizes, Limits(depth=0)).candidate
    if found is not None and not is_initial(system, found.start, sizes):
        raise EngineBug(f"{system.name}: the interpreter does not take a start of the solver's as initial")
    return None if found is None else found.start


def _run(system: System, sizes: Sizes, start: ConcreteState, choice: random.Random) -> Iterator[ConcreteState]:
    state = start
    yield state
    for _ in range(STEPS):
        after = list(successors(system, state, sizes))
        if not after:
            return
        names = sorted({step.action for step, _ in after})  # each action is as likely as the others
        name = choice.choice(names)
        _, state = choice.choice([(s, t) for s, t in after if s.action == name])
        yield state
