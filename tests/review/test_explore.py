"""The design space: questions told apart by what can influence them, and what their answers add up to."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shootdown.ir import UsageError
from shootdown.model.axes import ModeCheck, Point, Reaction, Walk, point_named
from shootdown.review.catalogue import find_design
from shootdown.review.explore import Posed, Target, by_base, chosen, decide, keys, question_of
from shootdown.review.explored import Explored, Finding, below, minimal, ruled_out
from shootdown.search.result import Limits

COHERENT, TOLD = Target("success-means-coherent"), Target("failure-is-told")
SMALL = {"walk": ["stop"], "validate": ["no-validation"], "fetch": ["fetch-once"], "lock": ["lock-walk"]}


def told_apart(base: list[Point], target: Target) -> set[frozenset[str]]:
    """The reports that share a question, each by a key of its own."""
    groups: dict[str, set[str]] = {}
    for point in base:
        (key,) = keys([point], target, "ideal").values()
        groups.setdefault(key, set()).add(point.name)
    return {frozenset(g) for g in groups.values()}


def together(base: list[Point], target: Target) -> set[frozenset[str]]:
    """The same from the keys of the whole family at once."""
    groups: dict[str, set[str]] = {}
    for name, key in keys(base, target, "ideal").items():
        groups.setdefault(key, set()).add(name)
    return {frozenset(g) for g in groups.values()}


@pytest.mark.parametrize("target", [COHERENT, TOLD])
def test_a_family_is_told_apart_as_its_members_are_one_by_one(target: Target) -> None:
    """The shortcut over reports gives the keys that each design has by itself."""
    base = by_base(chosen({**SMALL, "reaction": ["quarantine"], "mode_check": ["mode-check"]}))[0]
    assert together(base, target) == told_apart(base, target)


def test_fields_that_a_claim_does_not_read_pose_no_question_of_their_own() -> None:
    """Coherence depends on the errno only; who is reported as done depends on a status as well."""
    base = by_base(chosen({**SMALL, "reaction": ["no-reaction"], "mode_check": ["mode-check"]}))[0]
    assert sorted(len(g) for g in together(base, COHERENT)) == [1, 6]
    assert sorted(len(g) for g in together(base, TOLD)) == [1, 1, 5]


def test_points_with_one_key_have_one_answer() -> None:
    """Asked one by one, designs that differ in an unread field agree in verdict and length of the trace."""
    base = [p for p in by_base(chosen({**SMALL, "reaction": ["no-reaction"]}))[0] if p.report]
    answers = [decide(question_of(p, COHERENT, "ideal"), Limits()) for p in base[:3]]
    assert len({(a.outcome, a.steps) for a in answers}) == 1


def test_two_iovas_are_searched_where_a_request_may_be_read_twice() -> None:
    """Only there does it matter what another thread writes; and the trace is found."""
    point = point_named("go-on/no-validation/errno/no-reaction/mode-check/fetch-per-device/lock-walk")
    asked = question_of(point, COHERENT, "ideal")
    assert {p.sizes["Iova"] for p in asked.problem.places} == {1, 2}
    assert decide(asked, Limits()).outcome == "refuted"


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        ({"wlak": ["stop"]}, "there is no axis `wlak`; there are: walk, validate"),
        ({"walk": ["fly"]}, "axis walk has no value `fly`; it has: break, stop, go-on"),
    ],
)
def test_an_unknown_coordinate_is_named(only: Mapping[str, list[str]], sentence: str) -> None:
    """One sentence with what would be right."""
    with pytest.raises(UsageError, match=sentence):
        chosen(only)


def test_a_point_is_found_by_its_name() -> None:
    """As any design of the catalogue is."""
    name = Point(walk=Walk.STOP).name
    assert find_design(name).name == name


def test_less_is_fewer_fields_and_no_machinery() -> None:
    """Walks are not compared; a reaction, a check or a field is more than none."""
    plain = Point()
    assert below(plain, replace(plain, reaction=Reaction.WIDEN, mode_check=ModeCheck.UNDER_LOCK))
    assert below(plain, replace(plain, report=("errno", "status")))
    assert not below(replace(plain, walk=Walk.STOP), plain)
    assert not below(replace(plain, reaction=Reaction.WIDEN), replace(plain, reaction=Reaction.FATAL))
    assert minimal([replace(plain, reaction=Reaction.WIDEN), plain]) == [plain]


def explored(outcomes: Mapping[str, Finding]) -> Explored:
    """A space of points with one target, each with a question of its own."""
    space = tuple(point_named(name) for name in outcomes)
    posed = {(name, COHERENT): name for name in outcomes}
    return Explored(space, (COHERENT,), posed, {k: f for k, f in outcomes.items() if f.outcome != "none"})


def test_a_value_is_ruled_out_by_the_shortest_trace_only_where_nothing_with_it_is_acceptable() -> None:
    """Two refuted points with `stop` rule it out; `go-on` has an acceptable one."""
    rest = "no-reaction/mode-check/fetch-once/lock-walk"
    found = explored({
        f"stop/no-validation/errno/{rest}": Finding("refuted", 9, 1, "long"),
        f"stop/no-validation/errno+count/{rest}": Finding("refuted", 7, 2, "short"),
        f"go-on/no-validation/errno/{rest}": Finding("refuted", 3, 0, "other"),
        f"go-on/no-validation/errno+count/{rest}": Finding("proved"),
    })  # fmt: skip
    out = {(r.axis, r.value): r for r in ruled_out(found)}
    assert out["walk", "stop"].finding.text == "short"
    assert out["walk", "stop"].refutes == out["walk", "stop"].of == 2
    assert ("walk", "go-on") not in out
    assert out["report", "errno"].finding.text == "other"


def test_a_value_with_an_open_point_is_not_ruled_out() -> None:
    """One of two points is refuted, of the other nothing is known."""
    rest = "no-reaction/mode-check/fetch-once/lock-walk"
    found = explored({
        f"stop/no-validation/errno/{rest}": Finding("refuted", 9, 1, "long"),
        f"stop/no-validation/errno+count/{rest}": Finding("none"),
        f"go-on/no-validation/errno/{rest}": Finding("refuted", 3, 0, "other"),
    })  # fmt: skip
    assert [(r.axis, r.value) for r in ruled_out(found)] == [("walk", "go-on"), ("report", "errno")]


def test_what_is_open_is_neither_acceptable_nor_ruled_out() -> None:
    """An unanswered or vacuous question makes a point undetermined, and rules out nothing."""
    rest = "no-reaction/mode-check/fetch-once/lock-walk"
    found = explored({
        f"stop/no-validation/errno/{rest}": Finding("none"),
        f"go-on/no-validation/errno/{rest}": Finding("vacuous"),
    })  # fmt: skip
    assert [found.standing(p) for p in found.space] == ["undetermined", "undetermined"]
    assert not list(ruled_out(found))
    assert found.count(COHERENT) == {"not answered": 1, "vacuous": 1}


def test_a_question_is_sent_by_names() -> None:
    """What another process gets is a point, a target and a key."""
    point = Point()
    (key,) = keys([point], COHERENT, "ideal").values()
    assert Posed(key, point, COHERENT).point.name == point.name
