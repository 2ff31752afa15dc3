"""What repairs a refutation of the model, small enough to be quick; more in `test_repair_long.py`."""

import pytest

from shootdown.report.repair import repair_record, repair_text, sentences
from shootdown.review.answer import Answer, answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.decisions import ADMITS, RET
from shootdown.review.problem import Request, problem_of
from shootdown.review.repair import Blame, blame, sketch_of
from shootdown.review.repaired import Effect
from shootdown.search import explicit
from shootdown.search.question import Place, pose
from shootdown.search.repair import Effort, NotDetermined, question
from shootdown.search.repair_sketch import closed
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted

ONE = dict.fromkeys(("Domain", "Group", "Device", "Unit", "Iova", "Frame"), 1)


@pytest.fixture(scope="module")
def refuted() -> Answer:
    """`type1-v1` answers 0 in a container without a nested domain."""
    request = Request(find_design("type1-v1"), find_property("wrong-mode-is-refused"), sizes=ONE)
    return answer(request, Limits(), obligations=False)


@pytest.fixture(scope="module")
def blamed(refuted: Answer) -> Blame:
    """What repairs that."""
    found = blame(refuted, Limits())
    assert isinstance(found, Blame)
    return found


def test_mode_check_is_the_fact(blamed: Blame) -> None:
    """Only a check before the walk sees the mode; to return an error always would lose every success."""
    assert [r.facts for r in blamed.told] == [(ADMITS,)]
    where = {c.knob.where for c in blamed.told[0].changes}
    assert where == {f"the mode is {mode} and domain_list is not empty" for mode in ("TYPE1", "TYPE1v2")}
    lost = next(i for i in blamed.own.insufficient if i.fact == RET)
    assert lost.lost == "a call over a nested container reaches a device and reports success"


def test_other_claims_are_asked_of_the_repaired_design(blamed: Blame) -> None:
    """One device alone is flushed or refused: a check of the mode breaks nothing there, and mends no other claim."""
    ((*rows,),) = blamed.besides
    effects = {b.property: b.effect for b in rows}
    assert effects["success-means-coherent"] is Effect.KEPT
    assert effects["host-page-safe"] is Effect.KEPT
    assert effects["no-reuse-while-stale"] is Effect.STILL
    assert not {Effect.BROKEN, Effect.MENDED, Effect.OPEN} & set(effects.values())
    assert "wrong-mode-is-refused" not in effects
    told = next(t for t in sentences(blamed) if t.startswith("other claims with such a table"))
    assert "; still refuted: " in told
    assert "no-reuse-while-stale (" in told


def test_repair_is_confirmed_by_two_more(blamed: Blame) -> None:
    """A closed set on a model built anew, and bmc as far as there are new states."""
    (judge,) = blamed.confirmed
    assert judge.states == blamed.told[0].states
    assert judge.unrolled == judge.depth > 0


def test_nothing_changes_where_every_knob_has_its_default(refuted: Answer) -> None:
    """The sketch is the model: as many states, as deep, with the same trace."""
    verdict = refuted.verdict
    assert isinstance(verdict, Refuted)
    sketch = sketch_of(refuted.request, verdict.scope)
    same = closed(sketch, sketch.default)
    asked = question(same, same.claims, ())
    _, problem = problem_of(refuted.request)
    whole = pose(problem, same.claims, Place("sizes", ONE, sketch.place.conditions))
    found, known = (explicit.search(a.sliced, a.every, ONE, Limits(), stop=False) for a in (asked, whole))
    assert (found.states, found.depth) == (known.states, known.depth)
    assert found.candidate is not None
    assert len(found.candidate.steps) == len(verdict.trace)


def test_words_name_the_scope_on_the_line_of_the_repair(blamed: Blame) -> None:
    """Size, contract and topology; what does not suffice; what a table may depend on."""
    first, *others = sentences(blamed)
    assert first.startswith(
        "1 fact of the design removes all traces at 1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame, "
        "contract vtd-v10, topology sizes: which calls the design admits. For example: where the mode is TYPE1"
    )
    assert "(type1-v1: admit the call)" in first
    assert others[0].startswith(
        "not enough: what after_device assigns to s.ret (1 table tried; with the last one no run"
    )
    assert "on the mode, whether domain_list is empty; never on caches" in others[1]


def test_forms(blamed: Blame) -> None:
    """A mail keeps its columns and its letters; Markdown has a heading; data has the facts."""
    mail = repair_text(blamed, "mail")
    assert max(map(len, mail.split("\n"))) <= 72
    assert mail.isascii()
    assert "### Repair" in repair_text(blamed, "markdown")
    assert repair_text(blamed).startswith("  repair: 1 fact of the design")
    record = repair_record(blamed)
    assert record["determined"]
    assert record["repairs"][0]["facts"] == [ADMITS]


def test_out_of_budget_is_not_determined(refuted: Answer) -> None:
    """Never "no repair", in words and in data."""
    found = blame(refuted, Limits(), Effort(tables=1))
    assert found == NotDetermined("1 tables were tried")
    assert "repair: not determined, 1 tables were tried" in repair_text(found)
    assert not repair_record(found)["determined"]
