"""Random runs at a size that is too large to be searched: reachable states, deep ones among them.

They only keep a search for lemmas from believing what happens to be true of small sizes. The seed is fixed.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shootdown.ir.ground import Sizes
from shootdown.ir.system import System
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import Words
from shootdown.search.space import Problem, Space
from shootdown.search.wordset import distinct

SEED = 20200402
RUNS = 1024
STEPS = 60
TOPOLOGIES = 64
STARTS = 200_000
"""How many runs of how many steps, over how many topologies; at most so many initial states are listed."""


def walk(system: System, sizes: Sizes) -> "tuple[Space, Words] | None":
    """States of random runs, and the space that they are packed in; None where a state does not fit into a word."""
    problem = Problem(system, (), sizes, symmetric=False)
    if not problem.fits:
        return None
    topologies = problem.topologies(STARTS)
    if isinstance(topologies, Overflow) or not len(topologies):
        return None
    random = np.random.Generator(np.random.PCG64(SEED))
    space = Space(problem, np.sort(random.choice(topologies, min(TOPOLOGIES, len(topologies)), replace=False)))
    if space.layout.width > 64 or not space.instances:  # noqa: PLR2004 # one word
        return None
    roots = space.roots(STARTS)
    if isinstance(roots, Overflow) or not len(roots):
        return None
    states = random.choice(roots, min(RUNS, len(roots)), replace=False)
    weights = _weights(space)
    seen = [states]
    for _ in range(STEPS):
        states = _step(space, states, weights, random)
        seen.append(states)
    return space, distinct(np.concatenate(seen))


def _weights(space: Space) -> npt.NDArray[np.float64]:
    """Each action is as likely as the others, however many elements it may be about; the working actors more so."""
    names = [i.action.name for i in space.instances]
    working = set(space.problem.system.working)
    return np.array([(3.0 if i.action.actor in working else 1.0) / names.count(i.action.name) for i in space.instances])


def _step(space: Space, states: Words, weights: npt.NDArray[np.float64], random: np.random.Generator) -> Words:
    enabled = np.stack(space.enabled(states))
    keys = np.where(enabled, weights[:, None] / random.exponential(size=enabled.shape), 0.0)
    chosen = keys.argmax(axis=0)
    after = states.copy()
    for number in sorted(set(chosen.tolist())):
        rows = np.flatnonzero((chosen == number) & enabled[number])
        if len(rows):
            after[rows] = space.after(number, states[rows])
    return after


def walks(system: System, sizes: Sequence[Sizes]) -> "list[tuple[Space, Words]]":
    """Random runs at each of the sizes that fit."""
    return [w for n in sizes if (w := walk(system, n)) is not None]
