"""A run that sets up a scenario, looked for at one place: by explicit search, then by bmc."""

from dataclasses import dataclass, replace

from shootdown.ir.errors import TraceError
from shootdown.ir.expr import as_bool
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.trace import Candidate
from shootdown.search import explicit
from shootdown.search.engines import DEPTH, WORK
from shootdown.search.lift import lift
from shootdown.search.question import Asked
from shootdown.search.refute import EngineBug, replay
from shootdown.search.result import NO_START, Limits

FEW = 1_000_000
"""States that are looked at before bmc is asked."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Whether a run was found, which the interpreter has replayed; `reason`: why one may exist all the same."""

    found: bool
    reason: str = ""


def seek(asked: Asked, scenario: Claim, limits: Limits) -> Sought:
    """A run to a state that meets a `sometimes` claim. The bound on counted events holds, one on steps does not."""
    if not asked.starts:
        return Sought(False)
    sizes, wanted = asked.place.sizes, Claim(scenario.name, Expectation.ALWAYS, ~as_bool(scenario.formula))
    listed = explicit.search(asked.sliced, [wanted], sizes, replace(limits, depth=None, states=FEW))
    if listed.candidate is not None:
        return _replayed(asked, scenario, listed.candidate)
    if listed.complete or limits.expired():
        return Sought(False, "" if listed.complete else listed.reason)
    from shootdown.search import bmc  # noqa: PLC0415 # loads z3, which a quick answer does without

    found = bmc.reach(asked.sliced, scenario.formula, sizes, replace(limits, depth=DEPTH), rlimit=WORK)
    if found.candidate is not None:
        return _replayed(asked, scenario, found.candidate)
    return Sought(False, "" if found.reason == NO_START else f"searched to depth {found.depth}")


def _replayed(asked: Asked, scenario: Claim, candidate: Candidate) -> Sought:
    try:
        replay(asked.full, scenario, lift(asked.full, asked.sliced, candidate))
    except TraceError as error:
        raise EngineBug(f"a run to `{scenario.name}` of {asked.full.name} does not replay: {error}") from error
    return Sought(True)
