"""Systems whose runs all end: every run is unrolled to its end, so that a search to that depth is a proof.

That the depth is the end is shown, not believed: no run has one step more. The certificate is judged by fresh solvers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shootdown.ir.interp import holds
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import ConcreteState
from shootdown.search import bmc
from shootdown.search.certificate import KInductive
from shootdown.search.engines import JUDGED
from shootdown.search.invariant import verify
from shootdown.search.refute import EngineBug
from shootdown.search.rehearsal import rehearse
from shootdown.search.result import Limits, Search

UNROLLING = 200_000_000
"""What one query may cost, in the solver's own units: the same on every machine."""


@dataclass(frozen=True, slots=True)
class Unrolled:
    """What the search says, with the certificate where no run breaks a claim and all runs end."""

    search: Search
    certificate: KInductive | None = None


def answered(system: System, claims: Sequence[Claim], longest: int, limits: Limits) -> Unrolled:
    """A shortest run that breaks an `always` claim, or a judged proof that none does; else the reason why not.

    The proof: no run of up to `longest` steps breaks a claim, and no run is longer. The system has no index sorts. An
    EngineBug where the interpreter denies what was proved.
    """
    found = bmc.search(system, claims, {}, replace(limits, depth=longest), rlimit=UNROLLING)
    if found.candidate is not None or found.depth < longest:
        return Unrolled(found)
    asked = tuple(c.name for c in claims if c.kind is Expectation.ALWAYS)
    certificate = KInductive({}, asked, longest + 1, ends=True)
    failures = verify(system, claims, certificate, rlimit=JUDGED, deadline=limits.deadline)
    if failures:
        reason = f"not confirmed: {failures[0].obligation}: {failures[0].why}"
        return Unrolled(replace(found, complete=False, reason=reason))
    rehearse(system, {}, lambda state: _false_in(claims, state))
    return Unrolled(replace(found, complete=True, reason=""), certificate)


def reached(system: System, scenario: Claim, longest: int, limits: Limits) -> Search:
    """A run to a state that meets a `sometimes` claim, as `candidate`; complete where no run of that length has one."""
    if scenario.kind is not Expectation.SOMETIMES:
        raise EngineBug(f"`{scenario.name}` is no scenario")
    return bmc.reach(system, scenario.formula, {}, replace(limits, depth=longest), rlimit=UNROLLING)


def _false_in(claims: Sequence[Claim], state: ConcreteState) -> str:
    always = (c for c in claims if c.kind is Expectation.ALWAYS)
    return next((c.name for c in always if not holds(c.formula, state, {})), "")
