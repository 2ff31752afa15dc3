"""Toys with lemmas that prove them for any number of elements, by hand."""

from collections.abc import Callable

from shootdown.ir import (
    TRUE,
    Claim,
    Index,
    Part,
    State,
    System,
    action,
    compose,
    exists,
    forall,
    formula,
    implies,
    require,
)
from shootdown.search.question import stuck_claim
from shootdown.search.verdict import Lemma
from tests import toys, traps
from tests.toys import Decision, Participant, Phase

Proof = tuple[System, list[Claim], list[Lemma]]
"""A system, claims about it and lemmas that are inductive and imply them."""


class Job(Index):
    """What waits in a queue."""

    names = "jkl"


def lemma(system: System, name: str, build: Callable[[State], object]) -> Lemma:
    """A lemma written like a claim."""
    return Lemma(name, formula(system, build))


def claimed(claim: Claim) -> Lemma:
    """The claim as a lemma."""
    return Lemma(claim.name, claim.formula, "claim")


def lock(*, broken: bool = False) -> Proof:
    """Exclusion is inductive by itself."""
    system = toys.lock(broken=broken)
    claim = toys.exclusion(system)
    return system, [claim], [claimed(claim)]


def commit(*, hasty: bool = False) -> Proof:
    """Who committed has heard so, and nobody aborts after that decision; agreement follows and is no lemma."""
    system = toys.two_phase_commit(hasty=hasty)
    heard = lambda s: forall(  # noqa: E731
        Participant, lambda p: implies(s.phase[p] == Phase.COMMITTED, s.decision == Decision.COMMIT)
    )
    ready = lambda s: forall(  # noqa: E731
        Participant,
        lambda p: implies(
            s.decision == Decision.COMMIT, (s.phase[p] == Phase.PREPARED) | (s.phase[p] == Phase.COMMITTED)
        ),
    )
    return system, [toys.agreement(system)], [lemma(system, "heard", heard), lemma(system, "ready", ready)]


def queue_repaired(k: int = 2) -> Proof:
    """Whoever was asked waits in the queue or is clean."""
    return _asked(traps.late_bug(k, repaired=True))


def queue(k: int = 2) -> Proof:
    """The same lemmas for the queue that is too short: wrong with more than k devices."""
    return _asked(traps.late_bug(k))


def _asked(trap: traps.Trap) -> Proof:
    system, claims = trap
    waits = lambda s: forall(traps.Device, lambda d: implies(s.asked[d], s.queued[d] | ~s.stale[d]))  # noqa: E731
    return system, list(claims), [claimed(claims[0]), lemma(system, "asked waits", waits)]


def pins() -> Proof:
    """The lemma has an existential below a universal quantifier."""
    system, claims = traps.needs_existential()
    return system, list(claims), [claimed(claims[0]), claimed(traps.has_holder(system))]


def groups() -> Proof:
    """The axiom makes a device for each group, the claim needs it: outside EPR."""
    system, claims = traps.alternating()
    clean = lambda s: forall(traps.Device, lambda d: implies(s.closed[s.group_of(d)], ~s.stale[d]))  # noqa: E731
    return system, list(claims), [lemma(system, "closed is clean", clean)]


def two_starts() -> Proof:
    """`swim` never happens."""
    system = toys.two_starts()
    claim = toys.stays_dry(system)
    return system, [claim], [claimed(claim), lemma(system, "asleep at the shore", lambda s: implies(s.shore, s.asleep))]


def waiting(*, transitive: bool = True) -> Proof:
    """Jobs are served in a fixed order; that some job is always next needs that there are finitely many.

    Without `transitive` the order may go in a circle.
    """
    part = Part("queue")
    part.relation("waits", Job)
    part.relation("before", Job, Job, immutable=True)
    part.axiom("no_job_before_itself", lambda s: forall(Job, lambda j: ~s.before[j, j]))
    if transitive:
        chain = lambda s, j, k, x: implies(s.before[j, k] & s.before[k, x], s.before[j, x])  # noqa: E731
        part.axiom("a_chain", lambda s: forall(Job, Job, Job, lambda j, k, x: chain(s, j, k, x)))
    part.init("nobody_waits", lambda s: forall(Job, lambda j: ~s.waits[j]))
    part.order("queue", Job, lambda s, j: s.waits[j], lambda s, j, k: s.before[j, k])

    @action(actor="user")
    def submit(s: State, j: Job):
        """Waits."""
        s.waits[j] = True

    @action(actor="server")
    def serve(s: State, j: Job):
        """The next one."""
        require(s.waits[j], forall(Job, lambda k: implies(s.waits[k], ~s.before[k, j])))
        s.waits[j] = False

    part.act(submit, serve)
    busy = lambda s: exists(Job, lambda j: s.waits[j])  # noqa: E731
    system = compose("queue", [part], busy=busy, working=("server",))
    stuck = stuck_claim(system)
    assert stuck is not None
    return system, [stuck], [Lemma("nothing", TRUE)]


PROOFS: dict[str, Callable[[], Proof]] = {
    "lock": lock, "commit": commit, "queue": queue_repaired, "pins": pins, "groups": groups, "two_starts": two_starts,
}  # fmt: skip
"""Toys whose lemmas prove them."""

WRONG: dict[str, Callable[[], Proof]] = {
    "broken lock": lambda: lock(broken=True), "hasty commit": lambda: commit(hasty=True), "late bug": queue,
}  # fmt: skip
"""Toys that are wrong at some size, with lemmas that look right."""
