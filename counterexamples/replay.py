"""Confirmation of a trace file: the model is run again, and the file must agree with it state by state."""

from shootdown.counterexamples.itf import Document, Header, candidate, lasso
from shootdown.ir.errors import TraceError
from shootdown.ir.system import Claim, System, scalar_text
from shootdown.ir.temporal import Response
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.search.question import Place, at_place
from shootdown.search.refute import check_end, check_runs, states_of
from shootdown.search.refute_lasso import confirmed
from shootdown.search.responses import present
from shootdown.search.verdict import RefutedLasso, Scope


def confirm(document: Document, system: System, claim: Claim, model_hash: str) -> Trace:
    """The trace of a file, replayed; a TraceError names the step and the reason where the file lies.

    Rejected are a file for another version of the model or another claim, a start that is not initial, a step that
    is not enabled, a recorded state that differs from the replayed one, and an end that does not break the claim. Where
    two actions lead from one state to the same next one, either name is a run of the model, and is told as it stands.
    """
    _check_header(document.header, claim.name, model_hash)
    if document.loop is not None:
        raise TraceError(f"the file has a `loop`, and `{claim.name}` is broken by one state")
    run, recorded = candidate(document, system)
    states = []
    for number, state in enumerate(states_of(system, run)):
        _compare(system, number, recorded[number], state)
        states.append(state)
    trace = Trace(run.sizes, tuple(states), run.steps)
    check_end(claim, trace)
    check_runs(system, trace)
    return trace


def confirm_lasso(
    document: Document, system: System, response: Response, model_hash: str, place: Place
) -> RefutedLasso:
    """The lasso of a file, replayed and judged fair; a TraceError says in which step and why the file lies.

    The file is read by the whole `system`; the run is one of what happens at `place`.
    """
    _check_header(document.header, response.name, model_hash)
    _, recorded = candidate(document, system)
    here, scope = at_place(system, place), Scope((place.sizes,), topology=place.topology)
    found = confirmed(here, present(here, response), lasso(document, system, response.params), scope)
    if len(found.lasso.states) != len(recorded):
        raise TraceError("the loop of the file does not close")
    for number, state in enumerate(found.lasso.states):
        _compare(system, number, recorded[number], state)
    return found


def _check_header(header: Header, claim: str, model_hash: str) -> None:
    if header.model_hash != model_hash:
        raise TraceError(f"the trace was written for another version of the model ({header.model_hash[:80]})")
    if header.claim != claim:
        raise TraceError(f"the trace is about the claim `{header.claim[:80]}`, not about `{claim}`")


def _compare(system: System, number: int, recorded: ConcreteState, replayed: ConcreteState) -> None:
    for variable in system.variables:
        table = recorded[variable.name]
        for point, value in replayed[variable.name].items():
            if table[point] != value:
                at = ", ".join(scalar_text(s, v) for s, v in zip(variable.args, point, strict=True))
                old, new = scalar_text(variable.sort, table[point]), scalar_text(variable.sort, value)
                name = f"{variable.name}({at})" if at else variable.name
                raise TraceError(f"step {number}: the file says that `{name}` is {old} afterwards, but it is {new}")
