"""What an observer can tell, on systems that have nothing to do with IOMMUs: proofs, families of runs, doubts."""

import enum
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import ActionSpec, Index, Part, State, System, action, compose, exists, forall, require, u8
from shootdown.ir.interp import domain, holds, is_initial, successors
from shootdown.ir.observation import Observation, Seen
from shootdown.ir.part import formula
from shootdown.ir.trace import Candidate, ConcreteState, Step, Trace
from shootdown.search import knowledge, moments, regrouped
from shootdown.search.alike import Alike, Secret, Sufficiency, judged, leave_open, members, sights
from shootdown.search.explicit import explored
from shootdown.search.knowledge import Question, Told, Unsettled, sliced, tells
from shootdown.search.listening import HEARD, listening
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits

EXACT, USEFUL = Sufficiency.EXACT, Sufficiency.USEFUL


class Guest(Index):
    """Somebody who may be served."""

    names = "abcd"


class Phase(enum.Enum):
    """Where the waiter is."""

    OUT = 0
    BACK = 1


DONE = Secret("done", Guest, lambda s, d: s.done[d])
BACK = lambda s: s.phase == Phase.BACK  # noqa: E731 # a formula


def waiter(*, ordered: bool = False) -> System:
    """Serves guests in some order, misses at most one, and comes back; if `ordered`, he stops at the one he missed."""
    part = Part("waiter")
    part.variable("phase", Phase)
    part.variable("count", u8)
    part.variable("missed", bool)
    part.relation("done", Guest)
    part.relation("todo", Guest)
    part.relation("before", Guest, Guest, immutable=True)
    part.axiom("an order", lambda s: forall(Guest, Guest, lambda d, e: (d == e) | (s.before[d, e] ^ s.before[e, d])))
    part.axiom("irreflexive", lambda s: forall(Guest, lambda d: ~s.before[d, d]))
    part.axiom(
        "transitive",
        lambda s: forall(Guest, Guest, Guest, lambda d, e, f: ~(s.before[d, e] & s.before[e, f]) | s.before[d, f]),
    )
    part.init("out", lambda s: (s.phase == Phase.OUT) & (s.count == 0) & ~s.missed)
    part.init("all wait", lambda s: forall(Guest, lambda d: s.todo[d] & ~s.done[d]))

    def first(s: State, d: Any) -> Any:
        return ~exists(Guest, lambda e: s.todo[e] & s.before[e, d])

    @action(actor="waiter")
    def serve(s: State, d: Guest) -> None:
        """Not seen."""
        require(s.phase == Phase.OUT, s.todo[d], first(s, d))
        s.done[d] = True
        s.todo[d] = False
        s.count = s.count + 1

    @action(actor="waiter", tally="missed")
    def miss(s: State, d: Guest) -> None:
        """Not seen either."""
        require(s.phase == Phase.OUT, s.todo[d], first(s, d), ~s.missed)
        s.missed = True
        if ordered:
            s.todo[:] = lambda e: s.todo[e] & False
        else:
            s.todo[d] = False

    @action(actor="waiter")
    def back(s: State) -> None:
        """The observer sees him."""
        require(s.phase == Phase.OUT, ~exists(Guest, lambda d: s.todo[d]))
        s.phase = Phase.BACK

    part.act(serve, miss, back)
    return compose("waiter", [part])


def count() -> tuple[Seen, ...]:
    """How many were served."""
    return (Seen("count", lambda s: s.count),)


def names() -> tuple[Seen, ...]:
    """Who was served."""
    return (Seen("done", lambda s, d: s.done[d], (Guest,)),)


def ask(
    system: System,
    *shown: Seen,
    guests: int = 3,
    known: tuple[str, ...] = (),
    sufficiency: Sufficiency = EXACT,
    secret: Secret = DONE,
    states: int = 100_000,
    faults: int | None = None,
) -> knowledge.Answer:
    """What somebody can tell who sees `back` and `shown`."""
    observation = Observation({"back": shown}, known, (), BACK)
    return tells(
        Question(system, observation, secret, sufficiency), {"Guest": guests}, Limits(states=states, faults=faults)
    )


def test_three_runs_refute_usefulness_and_no_two_of_them_do() -> None:
    """Of three guests one was missed: any two runs have somebody in common, all three have nobody."""
    found = ask(waiter(), *count(), sufficiency=USEFUL)
    assert isinstance(found, Alike)
    assert sorted(found.sets) == [(0, 1), (0, 2), (1, 2)]
    assert [len(t) for t in found.traces] == [4, 4, 4]
    assert [(v.name, v.value) for v in found.view[-1].values] == [("count", 2)]
    for pair in itertools.combinations(found.sets, 2):
        assert not leave_open(USEFUL, pair)


def test_two_guests_are_refuted_by_two_runs() -> None:
    """A smallest family is shown: with two guests and one of them missed, nothing is in common."""
    found = ask(waiter(), *count(), guests=2, sufficiency=USEFUL)
    assert isinstance(found, Alike)
    assert sorted(found.sets) == [(0,), (1,)]


def test_who_sees_the_names_knows_the_set() -> None:
    """EXACT and USEFUL are proved where the set itself is shown; four guests: 65 orders and subsets are judged too."""
    for sufficiency in Sufficiency:
        found = ask(waiter(), *names(), sufficiency=sufficiency)
        assert isinstance(found, Told)
        assert found.met
        assert found.closed.interpreted


def test_a_count_is_enough_where_the_order_is_known_and_the_walk_stops() -> None:
    """A prefix of a known order is known by its length; of an unknown one it is not."""
    assert isinstance(ask(waiter(ordered=True), *count(), known=("before",)), Told)
    found = ask(waiter(ordered=True), *count())
    assert isinstance(found, Alike)
    assert {len(s) for s in found.sets} == {1}


def test_a_count_is_not_enough_in_a_known_order_where_the_walk_goes_on() -> None:
    """It does not say who was missed."""
    assert isinstance(ask(waiter(), *count(), known=("before",)), Alike)


def test_one_guest_needs_no_report_at_all_but_a_count() -> None:
    """Served or missed: the count says it, and nothing does not."""
    assert isinstance(ask(waiter(), *count(), guests=1), Told)
    found = ask(waiter(), guests=1)
    assert isinstance(found, Alike)
    assert sorted(found.sets) == [(), (0,)]


def test_faults_bound_what_can_be_confused() -> None:
    """Without a miss everybody was served, and nothing has to be told."""
    assert isinstance(ask(waiter(), faults=0), Told)
    found = ask(waiter(), faults=1)
    assert isinstance(found, Alike)


def test_a_bound_on_states_is_no_proof() -> None:
    """A search that was cut off leaves it open, unless it has met runs that refute."""
    found = ask(waiter(), *names(), states=70)
    assert isinstance(found, Unsettled)
    assert "more than 70" in found.reason


def ticker() -> System:
    """Ticks up to three times unseen, then shows nothing; whoever has ticked an odd number of times is done."""
    part = Part("ticker")
    part.variable("phase", Phase)
    part.relation("done", Guest)
    part.variable("count", u8)
    part.init("out", lambda s: (s.phase == Phase.OUT) & (s.count == 0) & forall(Guest, lambda d: ~s.done[d]))

    @action(actor="clock")
    def tick(s: State) -> None:
        """Not seen."""
        require(s.phase == Phase.OUT, s.count < 3)
        s.count = s.count + 1
        s.done[:] = lambda d: ~s.done[d]

    @action(actor="clock")
    def back(s: State) -> None:
        """Seen."""
        require(s.phase == Phase.OUT)
        s.phase = Phase.BACK

    part.act(tick, back)
    return compose("ticker", [part])


def test_runs_of_different_length_are_compared() -> None:
    """Two runs of one length always agree here; steps are not seen, so that runs of other lengths count as well."""
    found = ask(ticker(), guests=1)
    assert isinstance(found, Alike)
    assert [len(t) for t in found.traces] == [1, 2]


def two_rounds() -> System:
    """First a door is seen, left or right, then the waiter comes back through it, which shows nothing."""
    part = Part("rounds")
    part.variable("phase", Phase)
    part.variable("inside", bool)
    part.relation("done", Guest)
    part.init("out", lambda s: (s.phase == Phase.OUT) & ~s.inside & forall(Guest, lambda d: ~s.done[d]))

    @action(actor="waiter")
    def door(s: State, d: Guest) -> None:
        """Seen, with its argument: that guest will be served."""
        require(~s.inside)
        s.inside = True
        s.done[d] = True

    @action(actor="waiter")
    def back(s: State) -> None:
        """Seen."""
        require(s.phase == Phase.OUT, s.inside)
        s.phase = Phase.BACK

    part.act(door, back)
    return compose("rounds", [part])


@pytest.mark.parametrize("sufficiency", list(Sufficiency))
def test_what_was_seen_earlier_is_never_taken_for_unseen(sufficiency: Sufficiency) -> None:
    """The last sight alone mixes two views that differ before: that is no refutation, and no proof is claimed."""
    observation = Observation({"back": (), "door": ()}, (), (), BACK)
    found = tells(Question(two_rounds(), observation, DONE, sufficiency), {"Guest": 2}, Limits())
    assert isinstance(found, Unsettled)
    unseen = Observation({"back": ()}, (), (), BACK)
    assert isinstance(tells(Question(two_rounds(), unseen, DONE, sufficiency), {"Guest": 2}, Limits()), Alike)


def swapper() -> System:
    """Served are those who stood at the start; then they sit down, unseen."""
    part = Part("swapper")
    part.variable("phase", Phase)
    part.relation("stands", Guest)
    part.relation("done", Guest)
    part.init("out", lambda s: s.phase == Phase.OUT)
    part.init("served if standing", lambda s: forall(Guest, lambda d: s.done[d] == s.stands[d]))

    @action(actor="guest")
    def sit(s: State, d: Guest) -> None:
        """Not seen."""
        require(s.stands[d])
        s.stands[d] = False

    @action(actor="waiter")
    def back(s: State) -> None:
        """Seen."""
        require(s.phase == Phase.OUT)
        s.phase = Phase.BACK

    part.act(sit, back)
    return compose("swapper", [part])


def test_what_is_known_is_the_start_and_not_what_has_become_of_it_unseen() -> None:
    """Who knows the start knows the set, though it changes; who does not, does not."""
    assert isinstance(ask(swapper(), guests=2, known=("stands",)), Told)
    assert isinstance(ask(swapper(), guests=2), Alike)


def test_what_changes_unseen_is_not_read_as_it_is_now() -> None:
    """If the secret follows the present, knowing the start is not enough."""
    now = Secret("stands", Guest, lambda s, d: s.stands[d] & (s.phase == Phase.BACK))
    system = swapper()
    calm = replace(
        system,
        actions=tuple(
            replace(a, guard=a.guard & formula(system, lambda s: s.phase == Phase.OUT)) for a in system.actions
        ),
    )
    assert isinstance(ask(calm, guests=2, known=("stands",), secret=now), Alike)


def test_a_secret_that_changes_while_it_is_asked_for_is_not_grouped() -> None:
    """Guests sit down after the waiter is back: what was true at his return says nothing about later."""
    now = Secret("stands", Guest, lambda s, d: s.stands[d])
    found = ask(swapper(), guests=1, known=("stands",), secret=now)
    assert isinstance(found, Unsettled)
    assert "`sit` changes" in found.reason


def test_an_unseen_step_must_not_decide_when_the_observer_is_asked() -> None:
    """If nobody sees the return, two runs with one view may be asked at different times."""
    observation = Observation({"serve": ()}, (), (), BACK)
    found = tells(Question(waiter(), observation, DONE, EXACT), {"Guest": 2}, Limits())
    assert isinstance(found, Unsettled)
    assert "`back` decides" in found.reason


def test_an_observer_is_not_asked_before_anything_happens() -> None:
    """Where claims look anywhere, a start without any observation would count too."""
    observation = Observation({"back": ()}, (), (), None)
    assert isinstance(tells(Question(waiter(), observation, DONE, EXACT), {"Guest": 1}, Limits()), Unsettled)


def test_an_observer_who_cannot_tell_whether_he_is_asked_is_not() -> None:
    """`at` reads something hidden: runs with one view would be compared at different points."""
    hidden = Observation({"back": ()}, (), (), lambda s: (s.phase == Phase.BACK) & s.missed)
    found = tells(Question(waiter(), hidden, DONE, EXACT), {"Guest": 2}, Limits())
    assert isinstance(found, Unsettled)
    assert "cannot tell after `back`" in found.reason


def runs_of(system: System, guests: int, depth: int) -> Iterator[Trace]:
    """Every run of up to so many steps, by the interpreter."""
    sizes = {"Guest": guests}
    bare = explored(replace(system, actions=()), (), sizes, Limits(), symmetric=False)
    starts = [p.space.layout.unpack(w) for p in bare.parts for w in p.visited.all().tolist()]
    level: list[tuple[tuple[Step, ...], tuple[ConcreteState, ...]]] = [((), (s,)) for s in starts]
    for _ in range(depth + 1):
        yield from (Trace(sizes, states, steps) for steps, states in level)
        level = [
            ((*steps, step), (*states, after))
            for steps, states in level
            for step, after in successors(system, states[-1], sizes)
        ]


def by_hand(question: Question, guests: int, depth: int) -> dict[Any, set[tuple[int, ...]]]:
    """The sets that short runs with each view end with."""
    system, observation = question.system, question.observation
    assert observation.at is not None
    at = formula(system, observation.at)
    found: dict[Any, set[tuple[int, ...]]] = {}
    for run in runs_of(system, guests, depth):
        if holds(at, run.states[-1], run.sizes):
            known = tuple(tuple(sorted(run.states[0][n].items())) for n in observation.known)
            sets = found.setdefault((known, tuple(sights(system, observation, run))), set())
            sets.add(members(system, question.secret, run.states[-1], run.sizes))
    return found


def random_system(seed: int) -> System:
    """A few random steps on a bit, a relation and the phase, the last one of them the return."""
    rng = random.Random(seed)
    part = Part("random")
    part.variable("phase", Phase)
    part.variable("bit", bool)
    part.relation("done", Guest)
    part.relation("mark", Guest)
    part.init("out", lambda s: (s.phase == Phase.OUT) & ~s.bit)
    if rng.random() < 0.5:
        part.init("nobody", lambda s: forall(Guest, lambda d: ~s.done[d]))
    for k in range(3):
        part.act(_random_step(rng, f"step{k}"))

    @action(actor="world")
    def back(s: State) -> None:
        """Seen."""
        require(s.phase == Phase.OUT)
        s.phase = Phase.BACK

    part.act(back)
    return compose("random", [part])


def _random_step(rng: random.Random, name: str) -> ActionSpec:
    """A step with a random guard that assigns a random value to something random."""
    choices: list[Callable[[Any, Any], Any]] = [
        lambda s, d: s.mark[d],
        lambda s, d: s.done[d],
        lambda s, _d: s.bit,
        lambda s, d: ~s.mark[d],
        lambda s, _d: ~s.bit,
        lambda s, d: s.done[d] ^ s.bit,
    ]
    guard, value = rng.choice(choices), rng.choice(choices)
    what = rng.choice(["done", "mark", "bit"])

    def step(s: State, d: Guest) -> None:
        """One of the random steps."""
        require(s.phase == Phase.OUT, guard(s, d))
        if what == "bit":
            s.bit = value(s, d)
        else:
            getattr(s, what)[d] = value(s, d)

    return action(actor="world")(step).with_options(name=name)


@pytest.mark.parametrize("seed", range(20))
def test_answers_agree_with_every_short_run(seed: int) -> None:
    """What is proved no short run denies, and what short runs refute is not proved; refutations are judged anyway."""
    rng = random.Random(1000 + seed)
    system = random_system(seed)
    steps: dict[str, tuple[Seen, ...]] = {"back": rng.choice([(), (Seen("bit", lambda s: s.bit),)])}
    if rng.random() < 0.5:
        steps["step0"] = ()
    observation = Observation(steps, rng.choice([(), ("mark",), ("mark", "done")]), (), BACK)
    for sufficiency in Sufficiency:
        question = Question(system, observation, DONE, sufficiency)
        answer = tells(question, {"Guest": 2}, Limits())
        denied = [s for s in by_hand(question, 2, 3).values() if leave_open(sufficiency, sorted(s))]
        if isinstance(answer, Told):
            assert not denied
        if denied:
            assert isinstance(answer, Alike | Unsettled)


def test_the_random_systems_have_both_answers() -> None:
    """The comparison above is about something."""
    kinds = set()
    for seed in range(20):
        observation = Observation({"back": (Seen("bit", lambda s: s.bit),)}, ("mark", "done"), (), BACK)
        kinds.add(type(tells(Question(random_system(seed), observation, DONE, EXACT), {"Guest": 2}, Limits())))
    assert {Told, Alike} <= kinds


def candidates(found: Alike) -> list[Candidate]:
    """The runs of a refutation, to be judged anew."""
    return [Candidate(t.sizes, t.states[0], t.steps) for t in found.traces]


def test_only_the_judge_builds_a_refutation() -> None:
    """It cannot be put together from runs by hand."""
    found = ask(waiter(), *count(), sufficiency=USEFUL)
    assert isinstance(found, Alike)
    with pytest.raises(TypeError):
        Alike(USEFUL, "done", found.traces, found.view, found.sets)


def test_the_judge_rejects_runs_that_refute_nothing() -> None:
    """Two of the three; runs that show something else; a run that is none; a run that has not come back."""
    system = waiter()
    observation = Observation({"back": count()}, (), (), BACK)
    found = ask(system, *count(), sufficiency=USEFUL)
    assert isinstance(found, Alike)
    three = candidates(found)
    again = judged(system, observation, DONE, USEFUL, three)
    assert again.sets == found.sets
    for wrong, why in (
        (three[:2], "leave nothing open"),
        ([], "leave nothing open"),
        ([three[0], replace(three[1], steps=three[1].steps[1:])], "does not replay"),
        ([three[0], replace(three[1], steps=three[1].steps[:-1])], "not the same"),
    ):
        with pytest.raises(EngineBug, match=why):
            judged(system, observation, DONE, USEFUL, wrong)
    shown = Observation({"back": names()}, (), (), BACK)
    with pytest.raises(EngineBug, match="not the same"):
        judged(system, shown, DONE, EXACT, three)
    silent = Observation({}, (), (), BACK)
    with pytest.raises(EngineBug, match="nothing is asked"):
        judged(system, silent, DONE, EXACT, [three[0], replace(three[1], steps=three[1].steps[:-1])])


def test_the_judge_compares_what_is_known_at_the_start() -> None:
    """Runs that start differently in what the observer knows are told apart."""
    system = waiter()
    found = ask(system, *count(), guests=2)
    assert isinstance(found, Alike)
    one = found.traces[0].states[0]
    other = {**one, "before": {p: 1 - v if p[0] != p[1] else v for p, v in one["before"].items()}}
    swapped = {0: 1, 1: 0}
    mirrored = Candidate(
        found.traces[0].sizes,
        other,
        tuple(Step(s.action, tuple(swapped[a] for a in s.args)) for s in found.traces[0].steps),
    )
    known = Observation({"back": count()}, ("before",), (), BACK)
    first = candidates(found)[0]
    judged(system, replace(known, known=()), DONE, EXACT, [first, mirrored])
    with pytest.raises(EngineBug, match="start with a different `before`"):
        judged(system, known, DONE, EXACT, [first, mirrored])


def test_a_group_that_lacks_a_set_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the grouping forgets every set but the first; the interpreter's second reading denies the proof."""
    real = moments.grouped

    def forgetful(*args: Any) -> moments.Groups:
        return {k: dict([next(iter(v.items()))]) for k, v in real(*args).items()}

    monkeypatch.setattr(knowledge, "grouped", forgetful)
    with pytest.raises(EngineBug, match="in no group"):
        ask(waiter(), *count())


def test_the_second_reading_finds_moments() -> None:
    """It says something about the groups: some of the states that it picks lead to a moment."""
    observation = Observation({"back": names()}, (), (), BACK)
    question = Question(waiter(), observation, DONE, EXACT)
    system = sliced(question)
    result = explored(system, (), {"Guest": 3}, Limits(), symmetric=False)
    groups = moments.grouped(observation, DONE, result, ())
    assert regrouped.confirm(system, observation, DONE, result, (), groups) > 0


def test_a_system_that_listens_shows_the_view_and_nothing_else() -> None:
    """Its runs are those of the system whose view is a prefix of the one given."""
    system = waiter()
    observation = Observation({"back": count()}, (), (), BACK)
    found = ask(system, *count(), guests=2)
    assert isinstance(found, Alike)
    cut, shown = listening(system, observation, {}, found.view)
    result = explored(cut, (), {"Guest": 2}, Limits(), symmetric=False)
    states = [p.space.layout.unpack(w) for p in result.parts for w in p.visited.all().tolist()]
    ends = [s for s in states if holds(shown, s, {"Guest": 2})]
    assert {tuple(sorted(s["done"].items())) for s in ends} == {(((0,), 0), ((1,), 1)), (((0,), 1), ((1,), 0))}
    assert HEARD in cut.by_name


def test_runs_by_hand_start_where_the_system_starts() -> None:
    """The brute-force side of the comparison lists initial states only."""
    system = waiter()
    first = next(iter(runs_of(system, 2, 0)))
    assert is_initial(system, first.states[0], first.sizes)
    assert list(domain(system.index_sorts[0], first.sizes)) == [0, 1]
