"""The judge of every refutation: a candidate is run again, step by step, by the interpreter.

Only this module can build a `Refuted`. It knows the formulas as recorded, and no engine.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from shootdown.ir.errors import TraceError
from shootdown.ir.expr import Binder
from shootdown.ir.interp import apply, enabled, holds, in_range, malformed, why_not_initial
from shootdown.ir.pairs import differs, runs_of
from shootdown.ir.product import Product
from shootdown.ir.sorts import CInt
from shootdown.ir.system import Action, Claim, Expectation, System, scalar_text
from shootdown.ir.trace import Candidate, ConcreteState, Step, Trace
from shootdown.search.verdict import Refuted, Scope

_TOKEN: Final = object()


class EngineBug(RuntimeError):  # noqa: N818 # it is one, and not an error of the user's
    """An engine handed over a run that is not a run of the model. Never the user's mistake."""


def is_token(thing: object) -> bool:
    """Whether `thing` is the proof of replay that `Refuted` asks for."""
    return thing is _TOKEN


def refuted(system: System, claim: Claim, candidate: Candidate, scope: Scope, notes: tuple[str, ...] = ()) -> Refuted:
    """The verdict that a candidate deserves once it has been replayed; an EngineBug where it does not replay."""
    if claim.kind is not Expectation.ALWAYS:
        raise EngineBug(f"`{claim.name}` asks for a state that can be reached; no run refutes it")
    try:
        trace = replay(system, claim, candidate)
        check_runs(system, trace)
    except TraceError as error:
        raise EngineBug(f"a run against `{claim.name}` of {system.name} does not replay: {error}") from error
    return Refuted(trace, claim.name, scope, tallies(system, trace.steps), _TOKEN, notes)


def replay(system: System, claim: Claim, candidate: Candidate) -> Trace:
    """The run with all its states, or a TraceError with the step and the reason.

    The start must be well-formed and initial, every step enabled, and the last state must break an
    `always` claim, or meet a `sometimes` claim.
    """
    trace = Trace(dict(candidate.sizes), tuple(states_of(system, candidate)), candidate.steps)
    check_end(claim, trace)
    return trace


def states_of(system: System, candidate: Candidate) -> Iterator[ConcreteState]:
    """The states that the candidate passes through, whatever they mean for a claim; a TraceError where it is no run."""
    state = candidate.start
    if reason := malformed(system, state, candidate.sizes):
        raise TraceError(f"the start is no state of {system.name}: {reason}")
    if failed := why_not_initial(system, state, candidate.sizes):
        raise TraceError(f"the start breaks the initial condition `{failed[0].name}`")
    yield state
    for number, step in enumerate(candidate.steps, 1):
        state = _next(system, step, number, state, candidate.sizes)
        yield state


def check_end(claim: Claim, trace: Trace) -> None:
    """The last state breaks an `always` claim, or meets a `sometimes` claim; else a TraceError."""
    meets = holds(claim.formula, trace.states[-1], trace.sizes)
    if meets is (claim.kind is Expectation.ALWAYS):
        where = f"after step {len(trace)}" if trace.steps else "at the start"
        verb = "does not break" if meets else "does not meet"
        raise TraceError(f"{where}: the last state {verb} `{claim.name}`")


def check_runs(system: System, trace: Trace) -> None:
    """Where the trace stands for two runs: each is a run of the single system, and an observer sees the same of both.

    A TraceError says what is not so. Nothing is taken over from the product; any other system is left alone.
    """
    if not isinstance(system, Product) or not system.whole:
        return
    runs = runs_of(system, trace)
    for number, run in enumerate(runs, 1):
        candidate = Candidate(run.sizes, run.states[0], run.steps)
        if tuple(states_of(system.single, candidate)) != run.states:
            raise TraceError(f"run {number} is not the run of {system.single.name} that its steps make")
    if reason := differs(system, *runs):
        raise TraceError(f"the two runs do not look alike: {reason}")


def tallies(system: System, steps: tuple[Step, ...]) -> Mapping[str, int]:
    """How often each kind of counted event occurs, by kind."""
    counts = Counter(system.action[s.action].tally for s in steps)
    return {kind: counts[kind] for kind in sorted(counts) if kind}


def step_text(action: Action, args: tuple[int, ...]) -> str:
    """`refuse(a)`: a step by the model's own names."""
    values = ", ".join(scalar_text(p.sort, v) for p, v in zip(action.params, args, strict=True))
    return f"{action.name}({values})" if values else action.name


def _next(system: System, step: Step, number: int, state: ConcreteState, sizes: Mapping[str, int]) -> ConcreteState:
    action = system.action.get(step.action)
    if action is None:
        raise TraceError(f"step {number}: {system.name} has no action `{step.action}`")
    if len(step.args) != len(action.params):
        raise TraceError(f"step {number}: `{action}` takes {len(action.params)} arguments, not {len(step.args)}")
    for binder, value in zip(action.params, step.args, strict=True):
        _check_argument(binder, value, number, sizes)
    if not enabled(action, step.args, state, sizes):
        raise TraceError(f"step {number}: `{step_text(action, step.args)}` is not enabled")
    return apply(action, step.args, state, sizes)


def _check_argument(binder: Binder, value: int, number: int, sizes: Mapping[str, int]) -> None:
    if isinstance(binder.sort, CInt) or not in_range(binder.sort, value, sizes):
        raise TraceError(f"step {number}: {value} is no {binder.sort} at these sizes")
