"""For each fault or refusal of a trace: its step, and where such a fault was seen or what the refusal follows from."""

from collections.abc import Iterator

from shootdown.counterexamples.render import lines
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.ir.system import System
from shootdown.ir.trace import Trace

REASONS = {
    "refused_without_ats": "the topology (a device without ATS)",
    "refused_not_nested": "the mode of the domain (not nested)",
    "call_not_admitted": "the design's own check",
    "refused_malformed": "the request (not well formed)",
    "refused_after_flush": "the request (not well formed)",
    "refused_after_iotlb": "the request (not well formed)",
}
"""What a refusal that is no fault follows from, by the name of its action; any other follows from the code."""


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
            why = REASONS.get(action.name, "the code")
            yield f"step {line.numbers}: {kind}: follows from {why}, not a fault{source}"
