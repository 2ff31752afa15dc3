"""Bounded model checking against explicit search, on random systems: two engines that share no search code."""

from dataclasses import dataclass, field

from hypothesis import given, settings

from shootdown.ir.system import System
from shootdown.ir.trace import Candidate
from shootdown.search import bmc, explicit
from shootdown.search.refute import replay
from shootdown.search.result import Limits, Search
from tests.search.random_systems import SIZES, Case, cases

DEPTH = 8


@dataclass
class Mix:
    """What kinds of systems an engine comparison has seen; a comparison of trivial systems proves nothing."""

    total: int = 0
    deep: int = 0
    large: int = 0
    tallies: set[int] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)


def cost(system: System, run: Candidate) -> tuple[int, int, int]:
    """Steps, counted events, clutter."""
    taken = [system.action[s.action] for s in run.steps]
    return len(taken), sum(a.tally != "" for a in taken), sum(a.clutter for a in taken)


def summary(case: Case, found: Search) -> tuple[str, tuple[int, int, int]] | None:
    """The part of an answer on which engines must agree: which claim breaks, and how cheaply. The run is replayed."""
    if found.candidate is None:
        return None
    claim = next(c for c in case.claims if c.name == found.claim)
    replay(case.system, claim, found.candidate)
    return found.claim, cost(case.system, found.candidate)


def compare(case: Case, limits: Limits) -> tuple[tuple[str, tuple[int, int, int]] | None, Search]:
    """Both engines' common answer, and what explicit search says besides."""
    solved = bmc.search(case.system, case.claims, SIZES, limits)
    walked = explicit.search(case.system, case.claims, SIZES, limits)
    answer = summary(case, walked)
    assert summary(case, solved) == answer
    assert answer is not None or solved.depth == limits.depth
    return answer, walked


def test_bmc_and_explicit_search_agree() -> None:
    """Same claim, length, counted events and clutter, up to a depth at which most systems have decided."""
    mix = Mix()

    @settings(max_examples=200, derandomize=True, deadline=None, database=None)
    @given(cases())
    def agree(case: Case) -> None:
        answer, walked = compare(case, Limits(depth=DEPTH))
        mix.total += 1
        mix.large += answer is None and walked.states >= 50
        if answer is not None:
            mix.deep += answer[1][0] >= 3
            mix.tallies.add(answer[1][1])
            mix.claims.add(answer[0])

    agree()
    assert mix.deep * 4 >= mix.total
    assert mix.large * 4 >= mix.total
    assert mix.tallies >= {0, 1, 2}
    assert mix.claims == {"never-0", "never-1"}


def test_engines_agree_at_every_bound() -> None:
    """With each bound on depth and on counted events, both find a violation or neither does."""
    decided: set[tuple[bool, bool]] = set()

    @settings(max_examples=25, derandomize=True, deadline=None, database=None)
    @given(cases(most=10_000))
    def agree(case: Case) -> None:
        free, _ = compare(case, Limits(depth=DEPTH))
        for faults in (0, 1):
            bounded, _ = compare(case, Limits(depth=DEPTH, faults=faults))
            decided.add((free is None, bounded is None))
        if free is not None and free[1][0] > 0:
            steps = free[1][0]
            assert compare(case, Limits(depth=steps - 1))[0] is None
            assert compare(case, Limits(depth=steps))[0] == free

    agree()
    assert decided == {(True, True), (False, False), (False, True)}
