"""Runs of the toys that several tests start from."""

from shootdown.counterexamples.itf import Header
from shootdown.ir import Claim, System
from shootdown.ir.trace import Candidate, ConcreteState, Step, Table, Trace
from shootdown.search.refute import replay
from tests.toys import agreement, exclusion, lock, two_phase_commit

HASH = "0123abcd"


def per(*values: int) -> Table:
    """A table of one argument."""
    return {(k,): v for k, v in enumerate(values)}


def commit_case() -> tuple[System, Claim, Candidate]:
    """A long run of the hasty commit that breaks agreement, with detours."""
    system = two_phase_commit(hasty=True)
    start: ConcreteState = {
        "able": per(0, 1, 1), "logged": per(1, 0, 0), "watched": per(0, 0, 0), "phase": per(0, 0, 0),
        "decision": {(): 0},
    }  # fmt: skip
    names = "write_log 2, look 1, prepare 2, write_log 1, prepare 1, decide_commit, hear 2, refuse 0, look 1"
    return system, agreement(system), Candidate({"Participant": 3}, start, steps(names))


def lock_case() -> tuple[System, Claim, Candidate]:
    """The broken lock, taken by two clients after some to and fro."""
    system = lock(broken=True)
    start = {"holds": per(0, 0, 0, 0)}
    return (
        system,
        exclusion(system),
        Candidate({"Client": 4}, start, steps("take 3, release 3, take 2, take 3, take 1")),
    )


def steps(text: str) -> tuple[Step, ...]:
    """`take 3, release 3` as steps."""
    words = [part.split() for part in text.split(", ")]
    return tuple(Step(name, tuple(int(a) for a in args)) for name, *args in words)


def header(claim: Claim, candidate: Candidate) -> Header:
    """What a file says about a toy check."""
    return Header(
        "hasty", "agreement", "none", "any", "sizes", candidate.sizes, claim.name, HASH, ("patience",), "able(p)"
    )


def commit_trace() -> tuple[System, Claim, Trace]:
    """The long run, replayed."""
    system, claim, candidate = commit_case()
    return system, claim, replay(system, claim, candidate)
