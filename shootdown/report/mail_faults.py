"""For each fault of a trace: which step it is, and whether such a thing was ever seen, and where."""

from collections.abc import Iterator

from shootdown.counterexamples.render import lines
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.ir.system import System
from shootdown.ir.trace import Trace


def fault_texts(system: System, trace: Trace) -> list[str]:
    """One text for each fault and each refusal, in the order of the steps; "none" where all goes well."""
    if isinstance(system, Product):
        runs = enumerate(runs_of(system, trace), 1)
        found = [f"run {k}, {text}" for k, run in runs for text in _texts(system.single, run)]
    else:
        found = list(_texts(system, trace))
    return found or ["none"]


def _texts(system: System, trace: Trace) -> Iterator[str]:
    for line in lines(system, trace):
        step = trace.steps[int(line.numbers.rsplit("-", 1)[-1]) - 1]
        action = system.action[step.action]
        kind = action.tally or action.name
        if action.fault:
            seen = f"seen: {action.seen}" if action.seen else "never seen"
            yield f"step {line.numbers}: {kind}, a fault; {seen}"
        elif action.tally:
            source = f" [{action.code}]" if action.code else ""
            yield f"step {line.numbers}: {kind}, no fault: so says the code{source}"
