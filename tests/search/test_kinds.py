"""Counterexamples that differ in kind: toys with a known number, and all runs of random systems by the interpreter."""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from shootdown.ir import (
    FALSE,
    Claim,
    Expectation,
    Index,
    Named,
    Part,
    State,
    System,
    action,
    always,
    compose,
    element,
    exists,
    forall,
    require,
)
from shootdown.ir.interp import holds, successors
from shootdown.ir.observation import Seen
from shootdown.ir.part import ActionSpec
from shootdown.ir.trace import Candidate, ConcreteState, Trace
from shootdown.search import different as different_module
from shootdown.search.check import check
from shootdown.search.different import Different, different
from shootdown.search.enumerate import Overflow
from shootdown.search.kinds import Kind, kind_of, lens
from shootdown.search.question import Place, Problem
from shootdown.search.refute import EngineBug, replay
from shootdown.search.result import Limits
from shootdown.search.space import Problem as Packed
from shootdown.search.verdict import Refuted
from tests import toys
from tests.search.random_systems import SIZES, Case, case


class Lamp(Index):
    """Interchangeable."""

    names = "abc"


class Answer(enum.Enum):
    """What the caretaker is told."""

    FINE = 0
    BROKEN = 1


def asked(system: System, claim: Claim, *sizes: Mapping[str, int]) -> Problem:
    """One claim at some sizes."""
    return Problem(system, (claim,), (), tuple(Place("sizes", dict(s)) for s in sizes))


def found(
    problem: Problem, most: int = 9, watched: Mapping[str, tuple[Seen, ...]] | None = None, limits: Limits | None = None
) -> Different:
    """The kinds of a problem that is refuted."""
    verdict = check(problem, Limits()).verdict
    assert isinstance(verdict, Refuted)
    return different(problem, verdict, watched or {}, most, limits or Limits())


def events(result: Different) -> list[tuple[int, set[str]]]:
    """Steps and events of each counterexample."""
    return [(len(s.verdict.trace), set(s.kind.events)) for s in result.shown]


def house(*more: ActionSpec, watched: bool = False) -> System:
    """Lamps burn out, which is a fault; a caretaker who is `watched` is told something, and dust counts for nothing."""
    part = Part("house")
    part.relation("dark", Lamp)
    part.relation("dusty", Lamp)
    part.variable("told", Answer)
    part.variable("asked", bool)
    part.init("all is well", lambda s: ~exists(Lamp, lambda x: s.dark[x]) & (s.told == Answer.FINE) & ~s.asked)

    @action(actor="lamp {x}", says="burns out", fault=True, tally="burnt")
    def burns_out(s: State, x: Lamp):
        """It is dark."""
        require(~s.dark[x])
        s.dark[x] = True

    @action(actor="air", says="dust on {x}", clutter=1)
    def settles(s: State, x: Lamp):
        """Counts for nothing."""
        s.dusty[x] = True

    @action(actor="caretaker", says="asks, and is told {told}")
    def asks(s: State):
        """Is told something."""
        require(~s.asked)
        s.asked = True

    @action(actor="neighbour", says="complains")
    def complains(s: State):
        """From now on the answer is another one."""
        s.told = Answer.BROKEN

    part.act(burns_out, settles, *((asks, complains) if watched else ()), *more)
    return compose("house", [part])


@action(actor="thief", says="takes {x}", fault=True, tally="stolen")
def is_stolen(s: State, x: Lamp):
    """It is dark, too."""
    require(~s.dark[x])
    s.dark[x] = True


def none_dark(system: System) -> Claim:
    """Every lamp is lit."""
    return always("lit", lambda s: forall(Lamp, lambda x: ~s.dark[x]), says="{x} is dark").on(system)


def some_lit(system: System) -> Claim:
    """Not all lamps are dark."""
    return always("some light", lambda s: exists(Lamp, lambda x: ~s.dark[x])).on(system)


def test_names_and_order_make_no_kind() -> None:
    """Any two of three clients take the broken lock, either of them first: one counterexample, and no more exist."""
    broken = toys.lock(broken=True)

    result = found(asked(broken, toys.exclusion(broken), {"Client": 2}, {"Client": 3}))

    words = frozenset({"a client and a client both hold the lock"})
    assert [s.kind for s in result.shown] == [Kind("exclusion", failures=words)]
    assert (result.reason, result.closed) == ("", ({"Client": 2}, {"Client": 3}))


def test_two_faults_are_two_kinds_and_both_of_them_are_not_a_third() -> None:
    """One lamp burns and one is stolen: that is either story with more in it; so is a lamp that gathers dust."""
    system = house(is_stolen)

    two = found(asked(system, some_lit(system), {"Lamp": 2}))
    one = found(asked(house(), some_lit(house()), {"Lamp": 2}))

    assert events(two) == [(2, {"burns_out"}), (2, {"is_stolen"})]
    assert events(one) == [(2, {"burns_out"})]
    assert (two.reason, one.reason) == ("", "")


def test_a_kind_with_less_in_it_is_shown_although_it_is_longer() -> None:
    """A spark and a burn make it dark in two steps, a burn alone does after two more: both are worth a look."""
    part = Part("fuse")
    for name in ("hot", "weak", "out"):
        part.variable(name, bool)
    part.init("cold", lambda s: ~s.hot & ~s.weak & ~s.out)

    @action(actor="wire", fault=True, tally="spark")
    def sparks(s: State):
        """The wire is weak at once."""
        s.weak = True

    @action(actor="wire")
    def ages(s: State):
        """The wire is weak after two steps."""
        s.weak = s.hot
        s.hot = True

    @action(actor="wire", fault=True, tally="burnt")
    def burns(s: State):
        """A weak wire burns through."""
        require(s.weak)
        s.out = True

    part.act(sparks, ages, burns)
    system = compose("fuse", [part])
    result = found(asked(system, always("on", lambda s: ~s.out).on(system), {}))

    assert events(result) == [(2, {"sparks", "burns"}), (3, {"burns"})]


def test_answers_make_kinds() -> None:
    """The caretaker was told one thing or the other before a lamp went dark; nobody looks: one kind."""
    system = house(watched=True)
    late = always("told the truth", lambda s: ~s.asked | forall(Lamp, lambda x: ~s.dark[x])).on(system)
    seen = {"asks": (Seen("told", lambda s: s.told), Seen("dark", lambda s, x: s.dark[x], (Lamp,)))}

    watched = found(asked(system, late, {"Lamp": 2}), watched=seen)
    blind = found(asked(system, late, {"Lamp": 2}))

    answers = [(len(s.verdict.trace), set(s.kind.answers)) for s in watched.shown]
    assert {(n, *a) for n, a in answers} == {
        (2, "told FINE, dark none"), (2, "told FINE, dark some"), (3, "told BROKEN, dark none"),
        (3, "told BROKEN, dark some"),
    }  # fmt: skip
    assert len(blind.shown) == 1


def test_words_make_kinds_even_about_what_the_slice_leaves_out() -> None:
    """Whether the dark lamp is dusty is in the words only; they keep it in the slice."""
    system = house()
    dusty = replace(none_dark(system), says="{x} is dark, dusty: {dusty(x)}")

    result = found(asked(system, dusty, {"Lamp": 1}, {"Lamp": 2}))

    words = [set(s.kind.failures) for s in result.shown]
    assert sorted(words, key=str) == [{"a lamp is dark, dusty: false"}, {"a lamp is dark, dusty: true"}]
    assert all(len(s.verdict.trace) == 1 for s in result.shown)


def test_bounds_are_named() -> None:
    """Enough, too deep, too many, too late, and a verdict at other sizes: more may exist, for this reason."""
    system = house(is_stolen)
    problem = asked(system, some_lit(system), {"Lamp": 2})
    verdict = check(problem, Limits()).verdict
    assert isinstance(verdict, Refuted)
    elsewhere = replace(problem, places=(Place("sizes", {"Lamp": 1}),))

    assert found(problem, most=1).reason == "no more were asked for"
    assert found(problem, limits=Limits(depth=1)).reason == "searched to depth 1 only at 2 lamps"
    assert found(problem, limits=Limits(states=2)).reason == "more than 2 starts at 2 lamps"
    counter = toys.counter()
    assert found(asked(counter, toys.never(counter, 4), {}), limits=Limits(states=2)).reason == "more than 2 states"
    assert found(problem, limits=Limits(deadline=0)).reason == "the time is up"
    assert "nothing is searched to the end" in different(elsewhere, verdict, {}, 9, Limits()).reason
    assert all(len(found(problem, most=n).shown) == n for n in (1, 2))


def test_a_size_without_a_start_is_not_among_those_that_are_known() -> None:
    """No state of three lamps meets the condition; the other sizes are known."""
    system = house()
    impossible = Named("no third lamp", ~exists(Lamp, lambda x: x == element(Lamp, 2)))
    problem = asked(system, some_lit(system), {"Lamp": 1}, {"Lamp": 2})
    places = (*problem.places, Place("sizes", {"Lamp": 3}, (impossible,)))

    result = found(replace(problem, places=places))

    assert (result.reason, result.closed) == ("", ({"Lamp": 1}, {"Lamp": 2}))


def test_a_run_of_another_kind_than_announced_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter tells the kind of each run again: here the run that was found first is passed off as another."""
    system = house(is_stolen)
    problem = asked(system, some_lit(system), {"Lamp": 2})
    verdict = check(problem, Limits()).verdict
    assert isinstance(verdict, Refuted)
    first = Candidate(verdict.trace.sizes, verdict.trace.states[0], verdict.trace.steps)
    monkeypatch.setattr(different_module, "lift", lambda *_: first)

    with pytest.raises(EngineBug, match="the interpreter says"):
        different(problem, verdict, {}, 9, Limits())


DEPTH = 4


def by_hand(of: Case, claims: tuple[Claim, ...], watched: Mapping[str, tuple[Seen, ...]]) -> Iterator[tuple[int, Kind]]:
    """Length and kind of every run up to a depth that breaks a claim in its last state only; one for each history."""
    glass = lens(of.system, claims, watched)
    level = [Trace(SIZES, (state,), ()) for state in starts(of)]
    seen: set[object] = set()
    for depth in range(DEPTH + 1):
        after: list[Trace] = []
        for trace in level:
            kind = kind_of(glass, trace)
            if kind is not None:
                yield depth, kind
                continue
            for step, state in successors(of.system, trace.states[-1], SIZES) if depth < DEPTH else ():
                longer = Trace(SIZES, (*trace.states, state), (*trace.steps, step))
                past = kind_of(replace(glass, claims=(NEVER,)), longer)
                key = (repr(state), past)
                if key not in seen:
                    seen.add(key)
                    after.append(longer)
        level = after


NEVER = Claim("never", Expectation.ALWAYS, FALSE)
"""A claim that every state breaks, so that every run has a kind."""


def starts(of: Case) -> list[ConcreteState]:
    """Initial states, without any reduction."""
    packed = Packed(of.system, (), SIZES, symmetric=False)
    topologies = packed.topologies(10**6)
    assert not isinstance(topologies, Overflow)
    found: list[ConcreteState] = []
    for space in packed.spaces(topologies):
        roots = space.roots(10**6)
        assert not isinstance(roots, Overflow)
        found += [space.layout.unpack(int(w)) for w in roots]
    return found


TELLING = (14, 53, 90, 191, 202, 216, 289)
"""Seeds of systems with several kinds: by faults, by answers, by words, shorter ones with more in them."""


@pytest.mark.parametrize("seeds", [TELLING, pytest.param(tuple(range(400, 700)), marks=pytest.mark.long)])
def test_the_shortest_of_every_kind_is_found(seeds: tuple[int, ...]) -> None:
    """On random systems the list follows from all runs by the definition: shortest first, none within a later one."""
    several = refuted = 0
    for seed in seeds:
        of = case(seed)
        plain = [v.name for v in of.system.variables if not v.args]
        claims = tuple(replace(c, says=f"{{{plain[0]}}}" if plain else "") for c in of.claims)
        watched = {a.name: (Seen("x", lambda s, n=plain[-1]: getattr(s, n)),) for a in of.system.actions[:1] if plain}
        problem = replace(asked(of.system, claims[0], SIZES), claims=claims)
        verdict = check(problem, Limits(depth=DEPTH)).verdict
        if not isinstance(verdict, Refuted):
            continue
        result = different(problem, verdict, watched, 99, Limits(depth=DEPTH))

        shown = [(len(s.verdict.trace), s.kind) for s in result.shown]
        assert shown == expected(shown[0], by_hand(of, claims, watched)), of
        for one in result.shown:
            claim = next(c for c in claims if c.name == one.kind.claim)
            run = one.verdict.trace
            assert replay(of.system, claim, Candidate(SIZES, run.states[0], run.steps)) == run
            assert all(holds(c.formula, s, SIZES) for c in claims for s in run.states[:-1])
        refuted += 1
        several += len(shown) > 1
    assert refuted >= several > len(seeds) // 10


def expected(first: tuple[int, Kind], runs: Iterator[tuple[int, Kind]]) -> list[tuple[int, Kind]]:
    """The definition, applied to all runs."""
    listed = [first]
    for length, kind in sorted(set(runs), key=lambda x: (x[0], x[1].rank, x[1].claim)):
        if not any(k.within(kind) for _, k in listed):
            listed.append((length, kind))
    return listed
