"""A trace as a list of moments: which step, in words, and which code it stands for. Words only, for other tools."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shootdown.counterexamples.render import lines
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.ir.system import System
from shootdown.ir.trace import Trace
from shootdown.report.trace import Story


@dataclass(frozen=True, slots=True)
class Moment:
    """A shown step. `run` is 1 or 2 where two runs are told; `codes` are the places that it stands for."""

    run: int
    numbers: str
    words: str
    codes: tuple[str, ...]


def moments(told: Story) -> Iterator[Moment]:
    """The shown steps of a trace, of two runs one after the other."""
    if isinstance(told.system, Product):
        for number, run in enumerate(runs_of(told.system, told.trace), 1):
            yield from _moments(told.system.single, run, number)
    else:
        yield from _moments(told.system, told.trace, 1)


def _moments(system: System, trace: Trace, run: int) -> Iterator[Moment]:
    for line in lines(system, trace):
        step = trace.steps[int(line.numbers.rsplit("-", 1)[-1]) - 1]
        yield Moment(run, line.numbers, f"{line.actor}: {line.sentence}", places(system.action[step.action].code))


def places(code: str) -> tuple[str, ...]:
    """The places that a code reference names: `a.c: f; b.c: g` are two."""
    return tuple(part for part in re.split(r"; (?=[^;]*: )", code) if part)
