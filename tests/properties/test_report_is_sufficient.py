"""What an answer tells its caller: expectations at the sizes that decide them, each with its reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from shootdown.cli import replay
from shootdown.ir import Property
from shootdown.ir.ground import Sizes
from shootdown.ir.pairs import runs_of
from shootdown.ir.product import Product
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.sorts import Call
from shootdown.properties.report_is_sufficient import MOVES, PROPERTY, observation
from shootdown.report.record import record
from shootdown.report.text import check_text, one_line, strength
from shootdown.report.trace import Story, trace_file, trace_text
from shootdown.review.answer import Answer, answer
from shootdown.review.cache import key_of, question
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request, problem_of, system_of
from shootdown.review.why import why
from shootdown.search.check import check
from shootdown.search.parametric import Stopped
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Universal, Verdict
from tests.model.cases import ONE, SMALL, kept

BEST_EFFORT, STOP = designs()["best-effort"], designs()["type1-v1-stop"]
STATUS = replace(BEST_EFFORT, name="status", report=("errno", "status"))

RUNNING = {"sources": "s"}


def verdict(design: Design, contract: str, devices: int, prop: Property = PROPERTY) -> Verdict:
    """The verdict at one arrangement of so many devices."""
    _, problem = problem_of(Request(design, prop, contract))
    return check(replace(kept(problem, [s for s in SMALL if s["Device"] == devices]), open=None), Limits()).verdict


@pytest.mark.parametrize("design", [STOP, BEST_EFFORT], ids=lambda d: d.name)
def test_an_errno_tells_of_one_device(design: Design) -> None:
    """0 is returned if the device answered, an error if it did not.

    A device whose answer was lost counts as not acknowledged, whatever its ATC holds, and the errno is an error.
    """
    assert isinstance(verdict(design, "ideal", 1), Proved)


@pytest.mark.parametrize("design", [STOP, BEST_EFFORT], ids=lambda d: d.name)
def test_an_errno_does_not_tell_of_two_devices(design: Design) -> None:
    """One of two was refused, and nobody says which."""
    found = verdict(design, "ideal", 2)

    assert isinstance(found, Refuted)
    assert found.tallies == {"refused": 2}  # once in each run


def test_a_walk_that_stops_is_refuted_by_runs_of_different_length() -> None:
    """Refused at the first and refused at the second: the second run flushes a device more."""
    system, found = system_of(Request(STOP, PROPERTY, "ideal")), verdict(STOP, "ideal", 2)

    assert isinstance(found, Refuted)
    assert isinstance(system, Product)
    one, two = runs_of(system, found.trace)
    assert len(one) != len(two)


def test_one_time_out_refutes_every_report_where_the_driver_swallows_it() -> None:
    """SMMUv3 returns 0 for a device that never answered, so that one device is enough, whatever is reported."""
    for design in (BEST_EFFORT, STATUS):
        found = verdict(design, "smmuv3-v10", 1)
        assert isinstance(found, Refuted)
        assert found.tallies == {"timed-out": 1}


def test_a_status_for_each_device_tells_enough_for_any_number() -> None:
    """What the driver returned for each device is whether it answered, and the list is known unless a group moves."""
    system, problem = problem_of(Request(STATUS, PROPERTY, "ideal"))

    found = check(kept(problem, [ONE, ONE | {"Device": 2}]), Limits()).verdict

    assert isinstance(found, Proved)
    assert isinstance(found.universal, Universal)
    assert isinstance(system, Product)
    assert {"group_of", "emulated", "attached", "users", "mode", "moved"} == system.shared
    explained = why(Answer(Request(STATUS, PROPERTY, "ideal"), system, found, 0.0), Limits())
    assert isinstance(explained, Stopped)
    assert "two runs" in explained.reason


def test_a_vmm_that_races_with_itself_cannot_tell() -> None:
    """A change of the container during the call hides whether the walk came before it: one device is enough.

    In one run the call found no backend, then SET_IOMMU came; in the other it came first, and the device was refused.
    """
    racing = replace(
        PROPERTY,
        pair=lambda world: replace(observation(world), at=lambda s: s.call == Call.RETURNED),
    )

    found = verdict(STOP, "ideal", 1, racing)

    assert isinstance(found, Refuted)
    assert set(MOVES) & {s.action for s in found.trace.steps}


def test_an_errno_does_not_tell_of_one_device_whose_request_is_not_well_formed() -> None:
    """VT-d leaves its switch with 0 and has flushed nothing: not even a singleton's errno is enough then."""
    formed = Request(designs()["singleton"], PROPERTY, "vtd-v10", sizes=ONE)
    malformed = replace(formed, without=frozenset({"request_is_well_formed"}))

    assert isinstance(answer(formed, Limits(), obligations=False).verdict, Proved)
    found = answer(malformed, Limits(), obligations=False).verdict

    assert isinstance(found, Refuted)
    assert {"silent_success_1", "silent_success_2"} & {s.action for s in found.trace.steps}


def test_a_long_name_of_a_design_has_a_row_of_its_own() -> None:
    """A point of the design space is called by all its coordinates."""
    name = "go-on/no-validation/errno+entry/no-reaction/mode-check/fetch-once/lock-walk"
    found = answer(
        Request(find_design(name), PROPERTY, "ideal", sizes=ONE | {"Device": 2}), Limits(), obligations=False
    )
    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None

    rows = trace_text(Story(found.request, found.system, found.claim, found.verdict.trace, "sizes", ())).splitlines()

    assert rows[:3] == [name, "  violates report-is-sufficient", "  contract ideal, topology sizes"]
    assert max(map(len, rows)) <= 100


UNSEEN = frozenset({"container_changes_are_seen"})


def behind_the_back(design: str, size: Sizes, without: frozenset[str] = UNSEEN) -> Verdict:
    """The verdict at one size where groups come and go unseen."""
    _, problem = problem_of(Request(designs()[design], PROPERTY, "ideal", without=without))
    return check(replace(kept(problem, [size]), open=None), Limits()).verdict


def test_an_array_does_not_tell_of_a_device_that_moves_unseen() -> None:
    """Whoever joined or left before the walk is on its list or not, and the caller's array does not know."""
    two = ONE | {"Device": 2, "Group": 2}

    found = behind_the_back("count-own-array", two)

    assert isinstance(found, Refuted)
    assert set(MOVES) & {s.action.removesuffix("_1").removesuffix("_2") for s in found.trace.steps}
    end = found.trace.states[-1]
    assert end["in_array_1"] == end["in_array_2"]  # it wrote the same array in both runs
    assert isinstance(behind_the_back("count-own-array", two, without=frozenset()), Proved)


def test_an_errno_does_not_even_tell_of_one_device_that_leaves_unseen() -> None:
    """Without it there is no backend, which is -EINVAL like a refusal."""
    assert isinstance(behind_the_back("type1-v1-stop", ONE), Refuted)
    assert isinstance(behind_the_back("singleton", ONE), Refuted)


def test_a_status_for_each_device_tells_enough_although_groups_move_unseen() -> None:
    """Whoever is on the list has a status, and nobody else has."""
    for size in (ONE, ONE | {"Device": 2}):
        assert isinstance(behind_the_back("device-status", size), Proved)


def test_what_is_seen_is_a_named_assumption() -> None:
    """It stands with the verdict, and is not claimed where it was withdrawn."""
    request = Request(STOP, PROPERTY, "ideal")

    named = [a.name for a in system_of(request).assumptions]

    assert named == sorted(named)
    assert set(named) >= UNSEEN
    left = {a.name for a in system_of(replace(request, without=UNSEEN)).assumptions}
    assert left == set(named) - UNSEEN


# ---------------------------------------------------------------- what a review does with a property of two runs


def asked(**more: object) -> Answer:
    """The everyday case, refuted."""
    request = Request(STOP, PROPERTY, "ideal", topology="two-singleton-groups", **more)  # type: ignore[arg-type]
    return answer(request, Limits(), obligations=False)


@pytest.fixture(scope="module")
def told() -> tuple[Answer, Story]:
    """The everyday case with its story."""
    found = asked()
    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None
    trace = found.verdict.trace
    return found, Story(found.request, found.system, found.claim, trace, "two-singleton-groups", found.claims)


def test_the_trace_is_told_in_two_columns(told: tuple[Answer, Story]) -> None:
    """Observed steps once, the others beside each other; the same view at the end, and who was left in each run."""
    text = trace_text(told[1])
    rows = text.splitlines()

    assert max(map(len, rows)) <= 100
    (head,) = [r for r in rows if "run 1: 5 steps" in r]
    assert "| run 2: " in head
    assert sum("VFIO_IOMMU_CACHE_INVALIDATE(g)" in r for r in rows) == 1
    assert sum("the ioctl returns -EINVAL" in r for r in rows) == 1
    assert any("refused, -EINVAL" in r.split("|")[0] for r in rows if "|" in r)
    assert any("refused, -EINVAL" in r.split("|")[1] for r in rows if "|" in r)
    assert text.count("(fault; seen:") == 2
    assert text.endswith(
        "\n  both runs show: ret = -EINVAL\n"
        "  untold: run 1 leaves a and b unacknowledged, run 2 leaves a\n"
        "  reach: guest-internal\n"
    )


def test_fields_are_told_as_sets_and_numbers() -> None:
    """A count is a number, a status is the set of devices that have it; both runs have a length of their own."""
    found = answer(Request(designs()["count"], PROPERTY, "ideal", topology="two-singleton-groups"), Limits())
    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None
    text = trace_text(Story(found.request, found.system, found.claim, found.verdict.trace, "", found.claims))
    assert "\n  both runs show: ret = -EINVAL, count = 1\n" in text

    found = answer(Request(STATUS, PROPERTY, "smmuv3-v10", sizes=ONE), Limits())
    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None
    text = trace_text(Story(found.request, found.system, found.claim, found.verdict.trace, "", found.claims))
    assert "\n  both runs show: ret = 0, done = {a}, failed = {}\n" in text
    assert found.lengths == (6, 7)
    assert " steps=6+7 refused=0 " in one_line(found)
    assert strength(found) == "6+7 steps, 1 time-out"
    assert record(found, "")["runs"] == [6, 7]


def test_what_the_caller_cannot_know_of_the_start_is_told_for_each_run() -> None:
    """Two runs may start with other devices that have ATS: then each start has a row."""
    found = answer(Request(STOP, PROPERTY, "smmuv3-v10", sizes={"Device": 1}), Limits(), obligations=False)
    assert isinstance(found.verdict, Refuted)
    assert found.claim is not None

    text = trace_text(Story(found.request, found.system, found.claim, found.verdict.trace, "sizes", found.claims))

    assert "\n  run 1: domain A = {a}; a has no ATS\n  run 2: domain A = {a}\n" in text
    assert "\n  starts may differ: no ioctl tells the VMM which device has ATS, " in text
    assert "(run 2: " in text


def test_a_file_of_two_runs_is_replayed(
    told: tuple[Answer, Story], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`shootdown replay` confirms the file and prints the same text."""
    path = tmp_path / "pair.json"
    path.write_text(trace_file(told[1], STOP.name), "utf-8")

    replay.run(path)

    assert capsys.readouterr().out == trace_text(told[1]) + "\nconfirmed\n"


def test_a_proof_says_which_runs_were_compared() -> None:
    """What they share at the start, whose steps, and which values when the call returns."""
    found = answer(Request(STATUS, PROPERTY, "ideal", sizes=ONE), Limits(), obligations=False)

    text = " ".join(check_text(found).split())
    start = "every two runs that start with the same group_of, emulated, attached, users, mode, moved"
    steps = "have the same steps of VMM and user; show the same ret, done, failed in call_returns"
    assert f"compared: {start}; {steps}; counted events are those of both " in text


def test_conditions_hold_in_both_runs() -> None:
    """A topology, `--where` and the sizes are about the start of each run."""
    request = Request(STOP, PROPERTY, "ideal", topology="one-without-ats", where="has_ats(a)")

    system, problem = problem_of(request)

    said = [str(c.formula) for c in problem.places[0].conditions]
    assert said[1] == "has_ats_1(a) & has_ats_2(a)"
    assert "has_ats_1(d)" in said[0]
    assert "has_ats_2(d)" in said[0]
    assert {"set_container", "unset_container"} <= problem.places[0].never <= set(system.action)


def test_a_condition_on_both_starts_refutes_in_both() -> None:
    """Where all have ATS, both runs of the counterexample start so."""
    found = asked(where="has_ats(a) & has_ats(b)").verdict

    assert isinstance(found, Refuted)
    start = found.trace.states[0]
    assert all(start[name][(d,)] for name in ("has_ats_1", "has_ats_2") for d in (0, 1))


def test_only_some_kinds_of_events_happen_in_both_runs() -> None:
    """Without any counted event no run fails, and the errno tells enough."""
    assert isinstance(asked(only=frozenset({"refused"})).verdict, Refuted)
    quiet = Request(STOP, PROPERTY, "ideal", only=frozenset(), topology="two-singleton-groups", where="mode == NESTING")
    assert not isinstance(answer(quiet, Limits(), obligations=False).verdict, Refuted)


def _blind(pair: Callable[..., object]) -> Property:
    return replace(PROPERTY, pair=pair)  # type: ignore[arg-type] # whatever a test needs


def test_what_is_known_is_part_of_a_cached_answers_key() -> None:
    """Another observer asks another question."""
    base = Request(STOP, PROPERTY, "ideal")
    knows_less = replace(base, property=_blind(lambda w: replace(observation(w), known=("moved",))))

    keys = {key_of(question(r), Limits(), RUNNING) for r in (base, knows_less)}

    assert len(keys) == 2
    assert key_of(question(base), Limits(), RUNNING) in keys
