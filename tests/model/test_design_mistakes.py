"""A design that means another thing than its author thinks, or that no kernel could be: one sentence at his line."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import ModelError, Part, exists, forall, formula, ite, require
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.observation import Seen
from shootdown.model import hooks
from shootdown.model.axes import told_done
from shootdown.model.build import build, parts_of
from shootdown.model.design import CONTRACTS, POLICIES, Design, Expect
from shootdown.model.design_checks import HOOKS
from shootdown.model.designs import designs
from shootdown.model.sorts import Device, Errno, Mode
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.review.problem import Request, fixed_text

GOOD: dict[str, Any] = {"name": "own", "source": "a test", "summary": "the first error is kept"}


def first_error(s: Any, d: Any, ret: Errno) -> None:
    """What `best-effort` does."""
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False


def with_loop(more: Callable[[Any, Any, Errno], object]) -> Design:
    """A design that does the right thing, and something more."""

    def after_device(s: Any, d: Any, ret: Errno) -> object:
        first_error(s, d, ret)
        return more(s, d, ret)

    return Design(**GOOD, after_device=after_device)  # type: ignore[arg-type] # what it gives is the mistake


def refused(design: Design, contract: str = "ideal") -> str:
    """What building the design's model says."""
    try:
        system = build(World(design, contract))
        for claim in properties()["failure-is-told"].claims:
            claim.on(system)
    except ModelError as error:
        return str(error)
    return "nothing is refused"


FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "`name` of a Design is text, not None"),
    ({"name": ""}, "`name` of a Design is one line of text, not ''"),
    ({"name": "a\nb"}, "is one line of text"),
    ({"source": 5}, "`source` of own is text, not 5"),
    ({"after_device": None}, "`after_device` of own is a function, after_device(s, d, ret), not None"),
    ({"after_device": lambda s, d: None}, "called as after_device(s, d, ret), but is written with (s, d)"),
    ({"admits": lambda: True}, "called as admits(s), but is written with ()"),
    ({"admits": True}, "`admits` of own is a function, admits(s), not True"),
    ({"order": lambda s, d: True}, "called as order(s, e, d)"),
    ({"parts": ()}, "`parts` of own is a function, parts(world), not ()"),
    ({"loop_says": 3}, "`loop_says` of own is a function, loop_says(view), not 3"),
    ({"wrong_mode": 22}, "`wrong_mode` of own is an Errno, not 22"),
    ({"wrong_mode": "EINVAL"}, "`wrong_mode` of own is an Errno, not 'EINVAL'"),
    ({"nested_only": "no"}, "`nested_only` of own is True or False"),
    ({"point": 3}, "`point` of own is a Point"),
    ({"report": "status"}, "`report` of own is a tuple, not 'status'; write report=('status',)"),
    ({"report": ("errno", "statuss")}, "own: there is no report field `statuss`; did you mean `status`?"),
    ({"known": "ret"}, "`known` of own is a tuple, not 'ret'"),
    ({"writes": ("x",)}, "`writes` of own holds 'x'"),
    ({"expects": Expect("failure-is-told", {"ideal": "proved"}, "so")}, "a tuple, not one Expect; write expects=(Exp"),
]


@pytest.mark.parametrize(("fields", "sentence"), FIELDS, ids=[sentence for _, sentence in FIELDS])
def test_a_field_of_the_wrong_kind_is_refused(fields: dict[str, Any], sentence: str) -> None:
    """Some of them would be read letter by letter, or not at all, and the design would be another one."""
    with pytest.raises(ModelError, match=re.escape(sentence)) as found:
        Design(**{**GOOD, "after_device": first_error, **fields})
    assert "test_design_mistakes.py:" in str(found.value)


EXPECTS: list[tuple[dict[str, Any], str]] = [
    ({"outcomes": {"vtd-10": "proved"}}, "there is no contract `vtd-10`; did you mean `vtd-v10`?"),
    ({"outcomes": {"ideal": "prooved"}}, "there is no outcome `prooved`; did you mean `proved`?"),
    ({"outcomes": "proved"}, "`outcomes` of the Expect about failure-is-told says what is expected"),
    ({"outcomes": {}}, "`outcomes` of the Expect about failure-is-told says what is expected"),
    ({"policy": "stop"}, "there is no policy `stop`; did you mean `stop-vm`?"),
    ({"why": ""}, "`why` of the Expect about failure-is-told is one line of text"),
    ({"only": "refused"}, "`only` of the Expect about failure-is-told is a tuple"),
    ({"faults": -1}, "`faults` of the Expect about failure-is-told is a number from 0 on, not -1"),
    ({"any_number": frozenset({"vtd-v10"})}, "a frozenset of contracts under which it is expected to be proved"),
]


@pytest.mark.parametrize(("fields", "sentence"), EXPECTS, ids=[sentence for _, sentence in EXPECTS])
def test_an_expectation_of_what_there_is_not_is_refused(fields: dict[str, Any], sentence: str) -> None:
    """It would never be compared with an answer."""
    good = {"property": "failure-is-told", "outcomes": {"ideal": "proved"}, "why": "so"}
    with pytest.raises(ModelError, match=re.escape(sentence)):
        Expect(**{**good, **fields})


def test_two_expectations_of_one_question_are_refused() -> None:
    """Only the first would be compared; about two contracts or policies there may be two."""
    one, other = (Expect("failure-is-told", {"ideal": outcome}, "so") for outcome in ("proved", "refuted"))
    with pytest.raises(ModelError, match="own states failure-is-told under contract ideal twice"):
        Design(**GOOD, after_device=first_error, expects=(one, other))
    Design(**GOOD, after_device=first_error, expects=(one, replace(other, policy="stop-vm")))


def test_a_function_that_would_not_run_is_refused() -> None:
    """A generator and a coroutine do nothing when they are called."""

    def yields(s: Any, d: Any, ret: Errno) -> Any:
        first_error(s, d, ret)
        yield

    async def waits(s: Any, d: Any, ret: Errno) -> None:
        first_error(s, d, ret)

    for function in (yields, waits):
        with pytest.raises(ModelError, match="would not run when it is called"):
            Design(**GOOD, after_device=function)  # type: ignore[arg-type] # the mistake


LOOPS: list[tuple[Callable[[Any, Any, Errno], object], str]] = [
    (lambda _s, _d, ret: dict[Errno, int]()[ret], "`after_device` of own fails: KeyError: <Errno.EINVAL: 1>"),
    (lambda _s, _d, _ret: Errno.EIO, "there is no `Errno.EIO`; there are: OK, EINVAL, ETIMEDOUT"),  # type: ignore[attr-defined]
    (lambda _s, _d, _ret: exec("raise SystemExit(0)"), "`after_device` of own fails: SystemExit: 0"),
    (lambda s, _d, _ret: s.mode.foo, "what comes from the state has no `foo`"),
    (lambda _s, _d, ret: ret, "`after_device` of own returns <Errno.EINVAL: 1>, which would be lost"),
    (lambda _s, _d, ret: -ret, "an Errno has no sign; instead of `-EINVAL` write `Errno.EINVAL`"),
    (lambda _s, _d, ret: ret < 0, "an Errno is no number; instead of `ret < 0` write `ret is not Errno.OK`"),
    (lambda _s, _d, ret: ret.value, "an Errno is no number; instead of `ret < 0` write `ret is not Errno.OK`"),
    (lambda s, d, _ret: require(s.has_ats[d]), "calls require(...), which would forbid what the driver does"),
    (lambda s, d, _ret: setitem(s.acked, d), "assigns s.acked, which is not the loop's to write"),
    (lambda s, d, _ret: setitem(s.listed, d), "assigns s.listed, which is not the loop's to write"),
    (lambda s, d, _ret: setitem(s.blocked, d, s.acked[d]), "reads s.acked, which no kernel sees"),
]


def setitem(place: Any, d: Any, value: Any = False) -> None:
    """An assignment as an expression."""
    place[d] = value


@pytest.mark.parametrize(("more", "sentence"), LOOPS, ids=[sentence for _, sentence in LOOPS])
def test_a_loop_that_fails_or_does_what_no_loop_can_is_refused(
    more: Callable[[Any, Any, Errno], object], sentence: str
) -> None:
    """Each of the last five would otherwise be proved, or be another design, for a reason that no kernel has."""
    said = refused(with_loop(more))
    assert sentence in said
    assert re.match(r"\S*test_design_mistakes\.py:\d+: ", said)


CONDITIONS: list[tuple[dict[str, Any], str]] = [
    ({"admits": lambda s: True}, "`admits` of own gives True, a check that is the same for every container"),
    ({"admits": lambda s: None}, "`admits` of own gives nothing; a condition is needed"),
    ({"admits": lambda s: s.mode}, "`admits` of own gives a value of sort Mode; a condition is needed"),
    ({"admits": lambda s: s.atc}, "`admits` of own gives a relation without its arguments"),
    (
        {"admits": lambda s: forall(Device, lambda d: ~s.acked[d])},
        "`admits` of own reads s.acked, which no kernel sees",
    ),
    ({"walks": lambda s, d: False}, "`walks` of own gives False, the same for every device"),
    ({"order": lambda s, e, d: True}, "`order` of own gives True, no order"),
    ({"aimed": lambda s: 3}, "`aimed` of own gives 3; an Iova is needed"),
    ({"reacts": lambda s, d, ret: s.ret}, "`reacts` of own returns a value of sort Errno, which would be lost"),
    ({"parts": lambda world: None}, "`parts` of own gives nothing; a tuple of Part is needed"),
    ({"known": ("acked",)}, "`known` of own names `acked`, no variable of its own `parts`; it has none"),
    ({"nested_only": True}, "`nested_only` of own is about what `admits` lets pass; it has no `admits`"),
    (
        {"writes": (Seen("acked", lambda s, d: s.acked[d], (Device,)),)},
        "`writes` of own reads s.acked, which its caller",
    ),
    ({"writes": (Seen("x", lambda s: 1 // 0, ()),)}, "`writes` of own fails: ZeroDivisionError"),
    ({"reported_done": lambda s, d: s.acked[d]}, "`reported_done` of own reads s.acked, which no answer tells"),
]


@pytest.mark.parametrize(("fields", "sentence"), CONDITIONS, ids=[sentence for _, sentence in CONDITIONS])
def test_a_function_that_gives_the_wrong_thing_is_refused(fields: dict[str, Any], sentence: str) -> None:
    """What it gives is judged where it is given, not where the model falls over it."""
    assert sentence in refused(Design(**GOOD, after_device=first_error, **fields))


def test_a_truth_of_python_is_a_condition_where_it_can_mean_something() -> None:
    """Whoever says that everybody is always done says so: the answer is a refutation, not an error."""
    system = build(World(Design(**GOOD, after_device=first_error, reported_done=lambda s, d: True), "ideal"))
    assert "true" in str(formula(system, lambda s: exists(Device, lambda d: s.listed[d] & s.reported_done(d))))


def test_a_loop_that_keeps_something_in_python_is_refused_however_often_it_is_asked() -> None:
    """`static int rc` as a global keeps the first error of the recording, and every later step would return it."""
    kept = {"rc": Errno.OK}

    def after_device(s: Any, d: Any, ret: Errno) -> None:
        if kept["rc"] is Errno.OK:
            kept["rc"] = ret
        s.ret = kept["rc"]
        s.todo[d] = False

    design = Design(**GOOD, after_device=after_device)
    for _ in range(2):
        assert "gives another result when it is asked again" in refused(design)


def test_a_walk_without_an_end_is_said_of_the_loop() -> None:
    """Where no answer takes a device off the list; a loop that ends for one answer only is a proposal."""

    def never(s: Any, d: Any, ret: Errno) -> None:
        s.ret = ret

    def until_it_succeeds(s: Any, d: Any, ret: Errno) -> None:
        s.ret = ret
        if ret is Errno.OK:
            s.todo[d] = False

    assert "takes no device off s.todo, whatever the driver answers" in refused(Design(**GOOD, after_device=never))
    build(World(Design(**GOOD, after_device=until_it_succeeds), "ideal"))


def test_a_report_that_is_not_there_cannot_be_decoded() -> None:
    """`told_done` needs the field `status`."""
    assert "told_done" in refused(Design(**GOOD, after_device=first_error, reported_done=told_done))
    build(World(Design(**GOOD, after_device=first_error, reported_done=told_done, report=("errno", "status")), "ideal"))


def test_every_variable_of_the_model_is_seen_or_hidden() -> None:
    """The two lists are the model's variables, under every policy, with every part and monitor, and nothing else."""
    design, found = designs()["best-effort"], set()
    full = replace(design, report=("errno", "count", "failing", "status", "entry", "event"))
    for policy in POLICIES:
        parts: list[Part] = parts_of(World(full, "ideal", policy, with_parts=frozenset({"stage2", "recovery"})))
        found |= {v.name for part in parts for v in part.variables}
    for prop in properties().values():
        found |= {v.name for v in prop.monitor().variables} if prop.monitor is not None else set()
    assert sorted(found) == sorted((*hooks.HIDDEN, *hooks.KEPT))


@pytest.mark.parametrize("name", sorted(designs()))
def test_no_built_in_design_is_refused(name: str) -> None:
    """The control, for every contract: its functions as if a user had written them."""
    design = designs()[name]
    found: dict[str, Any] = {field: getattr(design, field) for field in HOOKS}
    theirs: dict[str, Any] = {field: as_users(hook) for field, hook in found.items() if hook is not None}
    for contract in CONTRACTS:
        one, other = (build(World(d, contract)) for d in (design, replace(design, **theirs)))
        assert fingerprint(one, ()) == fingerprint(other, ())


def as_users(hook: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, written in this file."""

    def theirs(*args: Any) -> Any:
        return hook(*args)

    return theirs


def test_a_mode_is_compared_with_a_member() -> None:
    """The sentence says which, also where a number or a word is meant for an errno."""
    for wrong, right in (("NESTING", "write Mode.NESTING"), (0, "write Mode.NONE")):
        design = Design(**GOOD, after_device=first_error, admits=lambda s, wrong=wrong: s.mode == wrong)  # type: ignore[misc]
        assert right in refused(design)
    for wrong, right in ((0, "write Errno.OK"), ("-EINVAL", "write Errno.EINVAL"), (-22, "write one of Errno.OK, ")):
        design = Design(**GOOD, after_device=first_error, reported_done=lambda s, d, wrong=wrong: s.ret == wrong)  # type: ignore[misc]
        assert right in refused(design)
    design = Design(**GOOD, after_device=first_error, admits=lambda s: s.mode == Mode.NESTING)
    build(World(design, "ideal"))


def test_what_a_part_adds_to_the_steps_of_the_model_is_said_with_a_proof() -> None:
    """It may forbid a fault, and what is proved then is proved without it."""
    part = Part("mine")
    part.also("refused", lambda s, d: require(s.has_ats[d]))
    own = Design(**GOOD, after_device=first_error, parts=lambda world: (part,))
    said = "what the design's parts add to the steps refused"
    assert said in fixed_text(Request(own, properties()["failure-is-told"], "ideal"))
    for name in ("best-effort", "validate-first", "widen"):
        assert said not in fixed_text(Request(designs()[name], properties()["failure-is-told"], "ideal"))


def test_a_monitor_forbids_nothing() -> None:
    """It watches every action; a condition in it would leave runs out."""
    part = Part("mine")
    part.monitor(lambda s, _spec: require(s.ret == Errno.OK))
    own = Design(**GOOD, after_device=first_error, parts=lambda world: (part,))
    assert "monitor of `mine` calls require(...), and a monitor only watches" in refused(own)
