"""The smallest sets of facts that repair a claim: toys whose repairs are known, and all tables of them as an oracle."""

import enum
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import (
    FALSE,
    TRUE,
    Claim,
    Part,
    State,
    System,
    action,
    always,
    compose,
    conj,
    implies,
    ite,
    require,
    sometimes,
)  # fmt: skip
from shootdown.ir.sorts import EnumSort
from shootdown.search import explicit, repair_sketch
from shootdown.search import repair as repairing
from shootdown.search.question import Place, stuck_claim
from shootdown.search.refute import EngineBug
from shootdown.search.repair import Effort, NotDetermined, Repairs, confirm, question, repair
from shootdown.search.repair_sketch import Choice, Sketch, closed, opened, used
from shootdown.search.repair_system import Knobs, open_updates
from shootdown.search.result import Limits


class At(enum.Enum):
    """How many answers the loop has got."""

    NONE = 0
    ONE = 1
    END = 2


class Ret(enum.Enum):
    """What the loop will return."""

    OK = 0
    BAD = 1


class Lamp(enum.Enum):
    """A signal."""

    DARK = 0
    LIT = 1


def loop() -> System:
    """Two answers, and the last one is returned: an early failure is lost."""
    p = Part("loop")
    p.variable("at", At)
    p.variable("ret", Ret)
    p.variable("other", Lamp)
    p.variable("failed", bool, doc="bookkeeping, which no code sees")
    p.init("start", lambda s: conj(s.at == At.NONE, s.ret == Ret.OK, s.other == Lamp.LIT, ~s.failed))

    @action(actor="code")
    def well(s: State) -> None:
        """An answer is good."""
        require(s.at != At.END)
        s.ret = Ret.OK
        s.at = ite(s.at == At.NONE, At.ONE, At.END)
        s.other = Lamp.DARK

    @action(actor="code")
    def badly(s: State) -> None:
        """An answer is bad."""
        require(s.at != At.END)
        s.ret = Ret.BAD
        s.at = ite(s.at == At.NONE, At.ONE, At.END)
        s.failed = True

    p.act(well, badly)
    return compose("loop", [p], busy=lambda s: s.at != At.END, working=("code",))


def note() -> System:
    """One answer, of which nothing is noted, and a result that is always good."""
    p = Part("note")
    p.variable("at", At)
    p.variable("ret", Ret)
    p.variable("note", Lamp)
    p.variable("failed", bool, doc="bookkeeping, which no code sees")
    p.init("start", lambda s: conj(s.at == At.NONE, s.ret == Ret.OK, s.note == Lamp.DARK, ~s.failed))

    @action(actor="code")
    def well(s: State) -> None:
        """The answer is good."""
        require(s.at == At.NONE)
        s.at = At.ONE
        s.note = Lamp.DARK

    @action(actor="code")
    def badly(s: State) -> None:
        """The answer is bad."""
        require(s.at == At.NONE)
        s.at = At.ONE
        s.note = Lamp.DARK
        s.failed = True

    @action(actor="code")
    def ends(s: State) -> None:
        """The result: the note is looked at, and the result is the same whatever it says."""
        require(s.at == At.ONE)
        s.at = At.END
        s.ret = ite(s.note == Lamp.LIT, Ret.OK, Ret.OK)

    p.act(well, badly, ends)
    return compose("note", [p])


def endless() -> System:
    """A step, and then another one to the end."""
    p = Part("endless")
    p.variable("at", At)
    p.init("start", lambda s: s.at == At.NONE)

    @action(actor="code")
    def begin(s: State) -> None:
        """The first step."""
        require(s.at == At.NONE)
        s.at = At.ONE

    @action(actor="code")
    def work(s: State) -> None:
        """The second step."""
        require(s.at == At.ONE)
        s.at = At.END

    p.act(begin, work)
    return compose("endless", [p], busy=lambda s: s.at != At.END, working=("code",))


def signals() -> System:
    """Two signals are put out, one after the other by different actions, where both should stay lit."""
    p = Part("signals")
    p.variable("at", At)
    p.variable("lamp", Lamp)
    p.variable("bell", Lamp)
    p.init("start", lambda s: conj(s.at == At.NONE, s.lamp == Lamp.LIT, s.bell == Lamp.LIT))

    @action(actor="code")
    def first(s: State) -> None:
        """The lamp."""
        require(s.at == At.NONE)
        s.at = At.ONE
        s.lamp = Lamp.DARK

    @action(actor="code")
    def second(s: State) -> None:
        """The bell."""
        require(s.at == At.ONE)
        s.at = At.END
        s.bell = Lamp.DARK

    p.act(first, second)
    return compose("signals", [p])


TOLD = always("told", lambda s: implies(conj(s.at == At.END, s.failed), s.ret == Ret.BAD))
SUCCESS = sometimes("success", lambda s: conj(s.at == At.END, s.ret == Ret.OK))
BOTH = always("both lit", lambda s: implies(s.at == At.END, conj(s.lamp == Lamp.LIT, s.bell == Lamp.LIT)))
BEGUN = sometimes("it has begun", lambda s: s.at == At.ONE)
ENDS = sometimes("it ends", lambda s: s.at == At.END)


def sketch(system: System, claim: Any, companion: Any, seen: tuple[str, ...], **open_: str) -> Sketch:
    """What each action of `open_` writes into its variables is open, by what is seen."""
    values = {v.name: v.sort.values for v in system.variables if isinstance(v.sort, EnumSort)}
    knobs = Knobs(values, lambda _, value: value)
    facts: tuple[str, ...] = ()
    for name, written in open_.items():
        system, more = open_updates(system, [name], written.split(), seen, knobs)
        facts += more
    stuck = stuck_claim(system)
    claims = (claim.on(system), *([stuck] if stuck is not None else []))
    return Sketch(system, claims, (companion.on(system),), Place("sizes", {}), facts, tuple(knobs.found.values()))


def unique() -> Sketch:
    """Known: what a good answer makes of the result is the one fact; a bad answer's cannot undo what comes later."""
    return sketch(loop(), TOLD, SUCCESS, ("ret",), well="ret other", badly="ret")


def two_ways() -> Sketch:
    """Known: to end with the first failure repairs as well as to keep it."""
    return sketch(loop(), TOLD, SUCCESS, ("ret",), well="ret", badly="at")


def together() -> Sketch:
    """Known: both signals have to be kept, by two facts."""
    return sketch(signals(), BOTH, ENDS, (), first="lamp", second="bell")


def noted() -> Sketch:
    """Known: a note has to tell the answers apart, in either way, and the result has to go by it."""
    return sketch(note(), TOLD, SUCCESS, ("note",), well="note", badly="note", ends="ret")


def hidden() -> Sketch:
    """Known: none. Nothing that the end of the call can see tells a failure from a success."""
    return sketch(note(), TOLD, SUCCESS, ("note",), ends="ret")


TOYS: Mapping[str, tuple[Callable[[], Sketch], set[tuple[str, ...]]]] = {
    "unique": (unique, {("well: ret",)}),
    "two ways": (two_ways, {("well: ret",), ("badly: at",)}),
    "together": (together, {("first: lamp", "second: bell")}),
    "noted": (noted, {("well: note", "ends: ret"), ("badly: note", "ends: ret")}),
    "hidden": (hidden, set()),
}


def holds(asked: Sketch, table: Choice) -> bool:
    """Whether a table repairs, by a search of all states and of nothing else."""
    written = closed(asked, table)
    found = explicit.search(
        question(written, written.claims, written.companions).sliced,
        (*written.claims, *written.companions), {}, Limits(),
    )  # fmt: skip
    return found.candidate is None and found.witnessed == {c.name for c in written.companions}


def by_hand(asked: Sketch) -> set[tuple[str, ...]]:
    """The minimal sets of the least size, by all tables."""
    tables = itertools.product(*(range(len(k.options)) for k in asked.knobs))
    good = {asked.facts_of(asked.changed(t)) for t in tables if holds(asked, t)}
    least = min(map(len, good), default=0)
    return {facts for facts in good if len(facts) == least}


def sets(asked: Sketch, effort: Effort | None = None) -> set[tuple[str, ...]]:
    """The minimal sets that the search finds."""
    found = repair(asked, Limits(), effort)
    assert isinstance(found, Repairs)
    return {r.facts for r in found.repairs}


@pytest.mark.parametrize("name", TOYS)
def test_finds_the_known_repairs_and_no_others(name: str) -> None:
    """The sets that were written down, which are those that all tables give, each confirmed on a second sketch."""
    build, known = TOYS[name]
    asked = build()
    assert by_hand(asked) == known
    found = repair(asked, Limits())
    assert isinstance(found, Repairs)
    assert {r.facts for r in found.repairs} == known
    for one in found.repairs:
        assert holds(asked, one.table)
        assert getattr(confirm(build(), one, Limits()), "states", None) == one.states


def test_example_changes_as_little_as_possible() -> None:
    """One entry: where the result is bad and the answer good, the result stays."""
    found = repair(unique(), Limits())
    assert isinstance(found, Repairs)
    (change,) = found.repairs[0].changes
    assert (change.knob.where, change.knob.options[change.option]) == ("s.ret is BAD", "keep BAD")


def test_says_what_a_fact_alone_leaves() -> None:
    """What is never looked at leaves the first trace; what was tried leaves a trace or a scenario."""
    found = repair(unique(), Limits())
    assert isinstance(found, Repairs)
    left = {i.fact: (i.tables, i.steps, i.claim, i.lost) for i in found.insufficient}
    assert left["well: other"] == (0, 2, "told", "")
    assert left["badly: ret"][0] > 0
    assert left["badly: ret"][1:3] == (2, "told")


def test_none_repairs_what_nobody_has_written_down() -> None:
    """No table: to tell of every run would lose the scenario of success."""
    found = repair(hidden(), Limits())
    assert isinstance(found, Repairs)
    assert found.repairs == ()
    assert [i.lost for i in found.insufficient] == ["success"]


def test_a_call_that_gets_stuck_is_no_repair() -> None:
    """A loop that never begins breaks no promise; it is ruled out because the call has no next step."""
    knob = repair_sketch.Knob("begin", "who begins", "", ("begins", "never begins"))
    system = loop()
    began = knob.choose([TRUE, FALSE])
    open_ = replace(system, actions=tuple(replace(a, guard=conj(a.guard, began)) for a in system.actions))
    stuck = stuck_claim(open_)
    assert stuck is not None
    free = Sketch(open_, (TOLD.on(open_),), (), Place("sizes", {}), ("who begins",), (knob,))
    assert sets(replace(free, system=replace(open_, busy=None))) == {("who begins",)}
    assert sets(replace(free, claims=(*free.claims, stuck))) == set()


def test_a_call_that_goes_round_for_ever_is_no_repair() -> None:
    """Work that never ends breaks no promise about its end, and is not stuck; it is ruled out since it can end now."""
    asked = sketch(endless(), always("no end", lambda s: s.at != At.END), BEGUN, ("at",), work="at")
    unbound = replace(asked.system, busy=None)
    assert sets(replace(asked, system=unbound)) == {("work: at",)}
    found = repair(asked, Limits())
    assert isinstance(found, Repairs)
    assert found.repairs == ()
    assert found.insufficient[0].lost == repairing.RETURNS


@pytest.mark.parametrize("build", [two_ways, together])
def test_a_trace_rules_out_only_tables_that_have_it(build: Callable[[], Sketch]) -> None:
    """Every table that agrees on the entries of a clause breaks the claim."""
    asked = build()
    for table in list(itertools.product(*(range(len(k.options)) for k in asked.knobs)))[::3]:
        written = closed(asked, table)
        found = explicit.search(written.system, written.claims, {}, Limits())
        if found.candidate is None:
            continue
        claim = next(c for c in asked.claims if c.name == found.claim)
        clause = used(asked, table, claim, found.candidate)
        others = [range(len(k.options)) if n not in clause else [clause[n]] for n, k in enumerate(asked.knobs)]
        assert not any(holds(asked, t) for t in itertools.product(*others))


@pytest.mark.parametrize("build", [two_ways, noted])
def test_open_entries_reach_whatever_any_table_reaches(build: Callable[[], Sketch]) -> None:
    """With every knob open the scenarios of all tables are met; so what is lost there is lost with each."""
    asked = build()
    listed = [SUCCESS, sometimes("told", lambda s: conj(s.at == At.END, s.failed, s.ret == Ret.BAD))]

    def met(system: System) -> frozenset[str]:
        return explicit.search(system, [c.on(system) for c in listed], {}, Limits()).witnessed

    tables = itertools.product(*(range(len(k.options)) for k in asked.knobs))
    assert frozenset().union(*(met(closed(asked, t).system) for t in tables)) <= met(opened(asked, {}).system)


def too_strong(sketch: Sketch, table: Choice, claim: Claim, run: Any) -> dict[int, int]:
    """A planted bug: the clause forgets all entries but the first."""
    found = used(sketch, table, claim, run)
    return dict(list(found.items())[-1:])


@pytest.mark.parametrize("name", ["two ways", "noted"])
def test_notices_a_clause_that_is_too_strong(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It rules out a real repair: not all of the known sets are found."""
    monkeypatch.setattr(repairing, "used", too_strong)
    build, known = TOYS[name]
    assert not known <= sets(build())


def test_notices_a_scenario_that_is_taken_for_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clause without entries rules out everything, also the known sets."""
    monkeypatch.setattr(repairing._Synthesis, "_lost", lambda *_: True)  # planted
    assert sets(noted()) == set()


@pytest.mark.parametrize("effort", [Effort(tables=1), Effort(searches=1), Effort(states=1)])
def test_a_bound_is_never_no_repair(effort: Effort) -> None:
    """Out of tables, searches or states: not determined."""
    assert isinstance(repair(unique(), Limits(), effort), NotDetermined)


def test_judge_denies_a_table_that_is_no_repair() -> None:
    """A table that breaks the claim, or loses a scenario, is a defect of the search; a bound leaves it open."""
    found = repair(unique(), Limits())
    assert isinstance(found, Repairs)
    (one,) = found.repairs
    with pytest.raises(EngineBug, match="breaks `told`"):
        confirm(unique(), replace(one, table=unique().default), Limits())
    always_bad = tuple(
        next((n for n, words in enumerate(k.options) if words.endswith("BAD")), k.default) for k in unique().knobs
    )
    with pytest.raises(EngineBug, match="loses `success`"):
        confirm(unique(), replace(one, table=always_bad), Limits())
    assert isinstance(confirm(unique(), one, Limits(states=1)), NotDetermined)


def test_same_answer_twice() -> None:
    """Tables, examples and all."""
    assert repair(two_ways(), Limits()) == repair(two_ways(), Limits())
