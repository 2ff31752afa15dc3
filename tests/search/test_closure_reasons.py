"""The judge of a closed set, one reason at a time, and what a search that was cut off may say of its depth."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from shootdown.ir import Claim, Part, State, System, action, always, compose, require, u8
from shootdown.search import breadth, closure, space
from shootdown.search.closure import Rechecked, recheck
from shootdown.search.explicit import Explored, explored, search
from shootdown.search.layout import Words
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits
from shootdown.search.wordset import WordSet
from tests import toys


def with_states(result: Explored, states: Words) -> Explored:
    """The result with other states in its only part."""
    (part,) = result.parts
    part.visited = WordSet()
    part.visited.add(states)
    return result


def denied(says: str, system: System, known: Explored, *claims: Claim) -> None:
    """The judge names what is wrong."""
    with pytest.raises(EngineBug, match=says):
        recheck(system, claims, {}, Limits(), known=known)


def test_the_set_to_be_tampered_with_stands() -> None:
    """The control."""
    found = recheck(toys.counter(), [toys.never(toys.counter(), 7)], {}, Limits())
    assert isinstance(found, Rechecked)
    assert (found.states, found.sampled, found.steps) == (6, 6, 5)


def test_a_set_without_the_start_is_denied() -> None:
    """No step leads back to 0, so that the rest of the set is closed."""
    system = toys.counter()
    result = explored(system, [], {}, Limits())
    denied("an initial state is not in the closed set", system, with_states(result, result.parts[0].visited.all()[1:]))


def test_compiled_code_objects_to_a_broken_claim() -> None:
    """The interpreter looks at few states only, here at none."""
    system = toys.counter()
    result = explored(system, [], {}, Limits())
    with pytest.raises(EngineBug, match="counter: a state of the closed set breaks `never-3`"):
        recheck(system, [toys.never(system, 3)], {}, Limits(), known=result, sample=0)


def test_the_interpreter_objects_to_a_broken_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code that finds every claim true is not the last to be asked."""
    system = toys.counter()
    result = explored(system, [], {}, Limits())
    monkeypatch.setattr(
        space.Space, "check", lambda _, numbers: lambda states: [np.ones(len(states), dtype=np.bool_) for _ in numbers]
    )
    denied("by the interpreter, a state of the closed set breaks `never-3`", system, result, toys.never(system, 3))


def test_the_interpreter_objects_to_a_step_out_of_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code that takes no step calls any set closed."""
    system = toys.counter()
    result = explored(system, [], {}, Limits())
    monkeypatch.setattr(space.Space, "successors", lambda *_: iter(()))
    few = with_states(result, result.parts[0].visited.all()[:3])
    denied("by the interpreter, a step leaves the closed set", system, few)


def test_the_interpreter_objects_to_a_false_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that is in the set, and no start."""
    system = toys.counter()
    result = explored(system, [], {}, Limits())
    monkeypatch.setattr(closure, "start", lambda *_: result.parts[0].visited.all()[2:3])
    denied("does not take a start of the search as initial", system, result)


def flagged() -> System:
    """Counts to 20; whether it is flagged never changes."""
    part = Part("flagged")
    part.variable("flag", bool, immutable=True)
    part.variable("n", u8)
    part.init("zero", lambda s: s.n == 0)

    @action(actor="clock")
    def tick(s: State) -> None:
        """One more."""
        require(s.n < 20)
        s.n = s.n + 1

    part.act(tick)
    return compose("flagged", [part])


def _one_by_one(self: space.Problem, topologies: Words) -> Iterator[space.Space]:
    return (space.Space(self, topologies[k : k + 1]) for k in range(len(topologies)))


def test_a_set_without_a_group_of_topologies_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each group is closed by itself; that they are all has to be shown."""
    monkeypatch.setattr(space.Problem, "spaces", _one_by_one)
    system = flagged()
    result = explored(system, [], {}, Limits())
    assert len(result.parts) == 2
    assert isinstance(recheck(system, [], {}, Limits(), known=result), Rechecked)
    denied("the second judge lists other topologies", system, Explored(result.search, result.parts[:1]))


def test_a_cut_search_claims_no_depth_where_a_group_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first group is searched to some depth, the second one not at all: a claim breaks there after two steps."""
    monkeypatch.setattr(space.Problem, "spaces", _one_by_one)
    system = flagged()
    claim = always("no two", lambda s: ~(s.flag & (s.n == 2))).on(system)
    assert len(search(system, [claim], {}, Limits()).candidate.steps) == 2  # type: ignore[union-attr]
    cut = search(system, [claim], {}, Limits(states=10))
    assert (cut.candidate, cut.complete, cut.depth) == (None, False, 0)


def fan() -> System:
    """One of three ways, and one more step; of the third way that step is wrong."""
    part = Part("fan")
    part.variable("way", u8)
    part.variable("gone", bool)
    part.init("nowhere", lambda s: (s.way == 0) & ~s.gone)

    def take(number: int) -> Any:
        def run(s: State) -> None:
            """One of the ways."""
            require(s.way == 0)
            s.way = number

        run.__name__ = f"take_{number}"
        return action(actor="walker")(run)

    @action(actor="walker")
    def go(s: State) -> None:
        """On the way."""
        require(s.way != 0)
        s.gone = True

    part.act(*map(take, (1, 2, 3)), go)
    return compose("fan", [part])


def test_a_level_that_is_cut_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the last level the first state only is known: nothing is said of two steps, where a claim breaks."""
    monkeypatch.setattr(breadth, "_PENDING", 0)
    monkeypatch.setattr(space, "CHUNK", 1)
    system = fan()
    claim = always("not the third", lambda s: ~((s.way == 3) & s.gone)).on(system)
    assert search(system, [claim], {}, Limits()).depth == 2
    cut = search(system, [claim], {}, Limits(states=4))
    assert (cut.candidate, cut.complete, cut.states) == (None, False, 5)
    assert cut.depth == 1
