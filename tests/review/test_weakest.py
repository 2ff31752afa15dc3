"""Which output fields are sufficient: the border among sets of fields, and answers about the model.

The expected answers were written down, with their reasons, before the first run.
"""

import itertools
import random
from typing import Any

import pytest

from shootdown.ir import UsageError
from shootdown.ir.observation import Observation, Seen
from shootdown.model.container import on_list
from shootdown.model.report import FIELDS, shown
from shootdown.model.sorts import Call, Device
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request
from shootdown.review.weakest import (
    LATER,
    RUNS,
    SECRETS,
    Enough,
    Fields,
    NotEnough,
    Open,
    Reply,
    Subject,
    border,
    fields_of,
    reply,
)
from shootdown.search.alike import Alike, Sufficiency, leave_open
from shootdown.search.knowledge import Question, Told, tells
from shootdown.search.question import at_place
from shootdown.search.result import Limits

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

EXACT, USEFUL = Sufficiency.EXACT, Sufficiency.USEFUL
EVERY = frozenset(FIELDS)


def sized(devices: int, groups: int = 1, domains: int = 1) -> dict[str, int]:
    """Sizes of a container."""
    return {"Domain": domains, "Group": groups, "Device": devices}


def asked(design: str, fields: str, sufficiency: Sufficiency, contract: str = "ideal", **options: Any) -> Reply:
    """The answer about one set of fields."""
    subject = Subject(Request(find_design(design), RUNS, contract, **options))
    return reply(subject, sufficiency, Limits(), fields_of(fields.split("+")))


def subsets(names: str) -> list[Fields]:
    """Every set of the names."""
    return [frozenset(c) for k in range(len(names) + 1) for c in itertools.combinations(names, k)]


@pytest.mark.parametrize("seed", range(25))
def test_the_border_is_that_of_every_set(seed: int) -> None:
    """Whatever upward closed family is sufficient: its smallest sets, the largest of the others, all settled."""
    rng = random.Random(seed)
    every = subsets("abcd")
    seeds = rng.sample(every, rng.randint(0, 4))
    enough = {f for f in every if any(s <= f for s in seeds)}
    calls: list[Fields] = []

    def ask(fields: Fields) -> Any:
        calls.append(fields)
        return Enough((), met=True) if fields in enough else NotEnough(None, None)  # type: ignore[arg-type]

    found = border(ask, "abcd")
    assert set(found.minimal) == {f for f in enough if not any(g < f for g in enough)}
    assert set(found.maximal) == {f for f in every if f not in enough and all(g in enough for g in every if f < g)}
    assert len(calls) == len(set(calls)) <= len(every)


def test_what_is_open_settles_nothing_else() -> None:
    """An open set is neither sufficient nor refuted; the sets around it are asked about."""

    def ask(fields: Fields) -> Any:
        if fields == {"a", "b"}:
            return Open("too large")
        return Enough((), met=True) if "c" in fields else NotEnough(None, None)  # type: ignore[arg-type]

    found = border(ask, "abc")
    assert found.minimal == (frozenset("c"),)
    assert set(found.maximal) == {frozenset("a"), frozenset("b")}
    assert set(found.unclear) == {frozenset("ab")}


TABLE = [
    ("type1-v1-stop", "errno", EXACT, sized(2), NotEnough, "an error comes from the first device or from the second"),
    ("best-effort", "errno", EXACT, sized(2), NotEnough, "an error does not name its device"),
    ("best-effort", "errno", EXACT, sized(1), Enough, "one device: 0 is done, an error is not"),
    ("type1-v1", "errno", USEFUL, sized(2, 2, 2), NotEnough, "the overwrite: 0 though either device was refused"),
    ("device-status", "errno+status", EXACT, sized(2), Enough, "done is told of exactly those that answered"),
    ("device-status", "status", USEFUL, sized(2, 2), Enough, "and nothing else is needed, whoever joined or left"),
    ("count", "errno+count", EXACT, sized(2), NotEnough, "the order of the kernel's lists is not known"),
    ("count-own-array", "count", EXACT, sized(2, 2), Enough, "the first so many of an array that the caller wrote"),
    ("count-own-array", "failing", EXACT, sized(2), Enough, "the entries before the failing one"),
    ("count-own-array", "errno+entry", EXACT, sized(2), NotEnough, "an error has no position"),
    ("best-effort", "count+failing", EXACT, sized(2), Enough, "of two, one is done and the other failed first"),
    ("best-effort", "count+failing", EXACT, sized(3), NotEnough, "of three, the one that was done is either other one"),
    ("best-effort", "errno+event", EXACT, sized(2), NotEnough, "the event is not there yet when the call returns"),
]  # fmt: skip


@pytest.mark.parametrize(("design", "fields", "sufficiency", "sizes", "expected", "why"), TABLE)
def test_fields_are_enough_or_not(
    design: str, fields: str, sufficiency: Sufficiency, sizes: dict[str, int], expected: type[Reply], why: str
) -> None:
    """Each answer of the table, for the reason that stands there."""
    found = asked(design, fields, sufficiency, sizes=sizes)
    assert isinstance(found, expected), why
    if isinstance(found, Enough):
        assert found.met


def test_an_errno_is_refuted_by_runs_of_different_length() -> None:
    """The walk stops at the first device or at the second: the numbers of steps are not seen."""
    found = asked("type1-v1-stop", "errno", EXACT, sizes=sized(2))
    assert isinstance(found, NotEnough)
    assert len({len(t) for t in found.alike.traces}) == 2


def test_three_runs_no_two_of_which_refute_it() -> None:
    """3 devices, go on, count, 1 fault: one was missed, and it may be any of the three."""
    found = asked("best-effort", "errno+count", USEFUL, sizes=sized(3), faults=1)
    assert isinstance(found, NotEnough)
    assert sorted(found.alike.sets) == [(0, 1), (0, 2), (1, 2)]
    for pair in itertools.combinations(found.alike.sets, 2):
        assert not leave_open(USEFUL, pair)
    assert {(v.name, v.value) for v in found.alike.view[-1].values} == {("ret", 1), ("count", 2)}


@pytest.mark.parametrize("sufficiency", list(Sufficiency))
@pytest.mark.parametrize("design", ["type1-v1-stop", "device-status", "count-own-array"])
def test_no_report_survives_a_time_out_that_the_driver_hides(design: str, sufficiency: Sufficiency) -> None:
    """Under smmuv3-v10 one device and one time-out: every field says that all went well."""
    found = asked(design, "+".join(FIELDS), sufficiency, "smmuv3-v10", sizes=sized(1), faults=1)
    assert isinstance(found, NotEnough)
    assert sorted(found.alike.sets) == [(), (0,)]


def test_a_count_is_not_enough_when_a_device_can_leave_unseen() -> None:
    """The caller's own array and order, but somebody else detaches: an entry behind the stop may have left."""
    subject = Subject(Request(find_design("count-own-array"), RUNS, "ideal", sizes=sized(2, 2)))
    (place,) = subject.places(EVERY, EXACT)
    array = Seen("array", on_list, (Device,))
    shown_fields = shown(("errno", "count"))
    own = {a.name: () for a in subject.system.actions if a.actor == "VMM" and a.name != LATER["event"]}
    steps = {**own, "vmm_calls": (array,), "call_returns": shown_fields}
    back = lambda s: s.call == Call.RETURNED  # noqa: E731 # a formula
    unseen = Observation(steps, ("group_of", "array_before"), (), back)
    system = at_place(subject.system, place)
    found = tells(Question(system, unseen, SECRETS[EXACT], EXACT), place.sizes, Limits())
    assert isinstance(found, Alike)
    assert any(s.action == "unset_container" for t in found.traces for s in t.steps)
    seen = subject.question(place, frozenset({"errno", "count"}), EXACT)
    assert isinstance(tells(seen, place.sizes, Limits()), Told)


def test_the_answer_does_not_lean_on_the_fields_of_the_design() -> None:
    """A walk is asked about with every field, whatever its own report: stop and count are one walk."""
    for fields in ("errno+count", "status"):
        stop, count = (asked(d, fields, EXACT, sizes=sized(2)) for d in ("type1-v1-stop", "count"))
        assert type(stop) is type(count)


def test_two_devices_do_not_stand_for_three_by_default() -> None:
    """Without sizes a container of three devices is searched as well: two would let `count+failing` pass."""
    found = asked("best-effort", "count+failing", EXACT)
    assert isinstance(found, NotEnough)
    assert found.place.sizes["Device"] == 3


def test_where_nobody_is_ever_done_nothing_is_told() -> None:
    """No backend: an `Enough` that has nothing to tell says so."""
    found = asked("best-effort", "errno", USEFUL, topology="emulated-only")
    assert isinstance(found, Enough)
    assert not found.met


def test_an_unknown_field_is_named() -> None:
    """One sentence with the fields there are."""
    with pytest.raises(UsageError, match="there is no output field `ret`; there are: errno, count"):
        fields_of(["ret", "count"])
    assert fields_of(["nothing"]) == frozenset()


def test_out_of_time_is_open() -> None:
    """A deadline that has passed proves nothing."""
    subject = Subject(Request(find_design("best-effort"), RUNS, "ideal", sizes=sized(1)))
    assert isinstance(reply(subject, EXACT, Limits(deadline=0.0), EVERY), Open)
