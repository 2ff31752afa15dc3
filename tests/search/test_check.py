"""One check over all its sizes: what never counts as covered, what is open, what an interrupt leaves."""

from collections.abc import Iterator
from typing import Any

import pytest

from shootdown.ir import Index, Part, UsageError, action, always, compose, forall, require, sometimes
from shootdown.ir.system import System
from shootdown.search import check as check_module
from shootdown.search import explicit, space
from shootdown.search.check import check
from shootdown.search.engines import ENGINES
from shootdown.search.layout import Words
from shootdown.search.parametric import Stopped
from shootdown.search.question import Open, Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Closed, HoldsTo, Proved, Unknown, Vacuous


class Node(Index):
    """Interchangeable."""

    names = "abc"


@action(actor="kernel", says="visits {n}")
def visit(s: Any, n: Node) -> None:
    """One node after the other."""
    require(~s.visited[n])
    s.visited[n] = True


def system(*, aside: Any = None) -> System:
    """Nodes are visited; `aside` is an initial condition on a variable that no claim reads."""
    part = Part("visits")
    part.relation("visited", Node)
    part.relation("other", Node)
    part.init("nobody was visited", lambda s: forall(Node, lambda n: ~s.visited[n]))
    if aside is not None:
        part.init("aside", aside)
    part.act(visit)
    return compose("visits", [part])


def problem(of: System, *sizes: int, **more: Any) -> Problem:
    """A claim that holds, with a companion that is met."""
    claims = (always("fine", lambda s: forall(Node, lambda n: s.visited[n] | ~s.visited[n])).on(of),)
    met = (sometimes("somebody was visited", lambda s: ~forall(Node, lambda n: ~s.visited[n])).on(of),)
    return Problem(of, claims, met, tuple(Place("sizes", {"Node": n}) for n in sizes), **more)


def test_every_state_seen_is_a_proof() -> None:
    """The accepting control of what follows."""
    found = check(problem(system(), 1, 2), Limits()).verdict

    assert isinstance(found, Proved)
    assert [c.states for c in found.certificate if isinstance(c, Closed)] == [2, 3]
    assert all(c.interpreted for c in found.certificate if isinstance(c, Closed))


def test_a_contradiction_about_a_variable_that_no_claim_reads_is_no_proof() -> None:
    """The slice leaves the condition out; that it can be met is asked all the same."""
    broken = system(aside=lambda s: forall(Node, lambda n: s.other[n] & ~s.other[n]))

    with pytest.raises(UsageError, match="nothing was checked"):
        check(problem(broken, 1, 2), Limits())


def test_a_size_without_a_start_leaves_the_question_open() -> None:
    """Two nodes exclude each other: what was asked for is not covered."""
    lonely = system(aside=lambda s: forall(Node, Node, lambda n, m: (n == m) | (s.other[n] & ~s.other[n])))

    found = check(problem(lonely, 1, 2), Limits()).verdict

    assert found == Unknown("no start exists at 2 nodes: axioms or init exclude each other there", found.scope)
    assert [dict(s) for s in found.scope.sizes] == [{"Node": 1}]


def test_a_companion_that_no_state_meets_is_vacuous() -> None:
    """The scenario cannot be set up."""
    of = system()
    never = (sometimes("all of it and none", lambda s: forall(Node, lambda n: s.visited[n] & ~s.visited[n])).on(of),)

    found = check(Problem(of, problem(of, 1).claims, never, problem(of, 1).places), Limits()).verdict

    assert isinstance(found, Vacuous)
    assert "all of it and none" in found.why


def test_a_bound_on_the_depth_is_never_a_proof() -> None:
    """Two steps are there, one was looked at."""
    found = check(problem(system(), 2), Limits(depth=1)).verdict

    assert isinstance(found, HoldsTo)
    assert found.depth == 1


def test_sizes_for_which_no_time_was_left_are_named() -> None:
    """Nothing is said about them, not even up to depth 0."""
    found = check(problem(system(), 1, 2), Limits(deadline=0.0)).verdict

    assert isinstance(found, Unknown)
    assert "not searched at all: 1 node and 1 more" in found.reason
    assert found.scope.sizes == ()


def test_an_interrupt_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the second size: one size was closed, nothing is proved."""
    real = explicit.explored

    def explored(some: System, claims: Any, sizes: Any, limits: Limits) -> Any:
        if sizes["Node"] > 1:
            raise KeyboardInterrupt
        return real(some, claims, sizes, limits)

    monkeypatch.setattr(explicit, "explored", explored)
    found = check(problem(system(), 1, 2), Limits())

    assert found.interrupted
    assert isinstance(found.verdict, Unknown)
    assert "1 of 2 sizes were closed" in found.verdict.reason


def test_an_interrupt_of_the_wider_search_leaves_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was closed and judged stays proved; the note says what is missing."""

    def unrolled(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("shootdown.search.bmc.search", unrolled)
    found = check(problem(system(), 1, wide=Place("sizes", {"Node": 3}), wide_depth=2), Limits())

    assert found.interrupted
    assert isinstance(found.verdict, Proved)
    assert found.verdict.notes == ("wider: the search was interrupted",)


def test_a_size_whose_starts_are_too_many_in_a_later_group_of_topologies_is_put_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not handed to another engine for a bound that nobody asked for, nor is the first group taken for all."""
    part = Part("free")
    part.variable("free", bool, immutable=True)
    part.relation("visited", Node)
    part.init("at first nobody, or anybody", lambda s: forall(Node, lambda n: s.free | ~s.visited[n]))
    part.act(visit)
    posed = problem(compose("free", [part]), 1, 3, open=Open())
    asked: list[str] = []
    monkeypatch.setitem(ENGINES, "pdr", lambda *_: asked.append("pdr"))
    monkeypatch.setattr(check_module, "SOON", 6)
    monkeypatch.setattr(check_module, "for_any_number", lambda *_: Stopped("left out here"))
    monkeypatch.setattr(space.Problem, "spaces", one_by_one)
    found = check(posed, Limits()).verdict

    assert isinstance(found, Proved)
    assert [c.states for c in found.certificate if isinstance(c, Closed)] == [4, 8]
    assert asked == []


def one_by_one(self: space.Problem, topologies: Words) -> Iterator[space.Space]:
    """Each topology in a group of its own."""
    return (space.Space(self, topologies[k : k + 1]) for k in range(len(topologies)))
