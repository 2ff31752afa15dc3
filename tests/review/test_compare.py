"""Cells of a comparison, what makes a design the same design, replay of what was kept, tolerated faults."""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from shootdown.ir import ModelError, Property, UsageError, always
from shootdown.report.record import record
from shootdown.review import compare
from shootdown.review.answer import answer
from shootdown.review.cache import Question, question
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.compare import Cell, NotApplicable, listing, policies_of, question_of, replays, source_of
from shootdown.review.problem import Request
from shootdown.review.tolerance import ANY, HOLDS_ALWAYS, NONE, UNKNOWN, Finding, Tolerance, meet, tolerance
from shootdown.search.result import Limits

OWN = """
from shootdown.model.design import Design
{more}
def after_device(s, d, ret):
    s.ret = ret
    s.todo[d] = False

DESIGN = Design(name="{name}", source="a test", summary="last answer wins", after_device=after_device{options})
"""
QUICK = "wrong-mode-is-refused"


@pytest.fixture(autouse=True)
def loaded_anew():
    """Each test loads its own files."""
    source_of.cache_clear()
    yield
    source_of.cache_clear()


def own(path: Path, *, name: str = "own", more: str = "", options: str = "") -> str:
    """Path of a user's design."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(OWN.format(name=name, more=more, options=options), "utf-8")
    return str(path)


def test_cells_stand_in_the_order_of_a_table() -> None:
    """Property, policy, contract, design; a property whose expectations name two policies is asked under both."""
    found = listing(["type1-v1", "best-effort"], [QUICK, "no-reuse-while-stale"], ["ideal"])
    assert [(c.property, c.policy, c.design) for c in found] == [
        (QUICK, "", "type1-v1"),
        (QUICK, "", "best-effort"),
        ("no-reuse-while-stale", "", "type1-v1"),
        ("no-reuse-while-stale", "", "best-effort"),
        ("no-reuse-while-stale", "withhold-completion", "type1-v1"),
        ("no-reuse-while-stale", "withhold-completion", "best-effort"),
    ]
    assert policies_of("no-reuse-while-stale") == ["report-and-complete", "withhold-completion"]


def test_a_policy_that_is_named_is_the_only_one() -> None:
    """The property's own policy by name is the same question as its default."""
    found = listing(["type1-v1"], [QUICK, "no-reuse-while-stale"], ["ideal"], policy="report-and-complete")
    assert [c.policy for c in found] == ["report-and-complete", ""]


def test_designs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """By the path of the file; the design of the catalogue keeps its name, and nothing is listed twice."""
    first, second = (own(tmp_path / f"v{n}" / "own.py") for n in (2, 3))
    clash = own(tmp_path / "clash.py", name="type1-v1")
    found = listing([first, second, clash, "type1-v1", first], [QUICK], ["ideal"])
    assert [c.design for c in found] == [f"own ({first})", f"own ({second})", f"type1-v1 ({clash})", "type1-v1"]


def test_a_name_that_does_not_exist_is_an_error() -> None:
    """Designs and properties, with the nearest name."""
    with pytest.raises(UsageError, match="did you mean `type1-v1`"):
        listing(["type1-v11"], [QUICK], ["ideal"])
    with pytest.raises(UsageError, match=f"did you mean `{QUICK}`"):
        listing(["type1-v1"], ["wrong-mode-is-refuse"], ["ideal"])


def digest(source: str) -> str | None:
    """The digest of a design file as a new process finds it."""
    source_of.cache_clear()
    return source_of(source).digest


def test_a_design_file_counts_with_every_byte(tmp_path: Path) -> None:
    """Its words are printed, and no fingerprint knows them."""
    source = own(tmp_path / "own.py")
    before = digest(source)
    assert before
    assert digest(source) == before
    own(tmp_path / "own.py", more="# another word")
    assert digest(source) != before
    assert digest("type1-v1") == ""


def test_a_module_that_the_file_imports_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also through another module; the standard library and the tool itself are known by their versions."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_words.py").write_text("import json\nimport own_deeper\n")
    (tmp_path / "own_deeper.py").write_text("WORD = 1\n")
    source = own(tmp_path / "own.py", more="from own_words import own_deeper\n")
    before = digest(source)
    assert before
    (tmp_path / "own_deeper.py").write_text("WORD = 2\n")
    assert digest(source) not in (before, None)
    for name in ("own_words", "own_deeper"):
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("more", ["if False:\n    import not_there_at_all\n", "def f():\n    from . import x\n"])
def test_an_import_that_was_not_followed_is_a_doubt(tmp_path: Path, more: str) -> None:
    """Then there is no digest, so that nothing is looked up or kept."""
    assert digest(own(tmp_path / "own.py", more=more)) is None


def test_a_topology_that_cannot_exist_does_not_apply() -> None:
    """An SMMUv3 domain has one unit; VT-d domains may span two."""
    with pytest.raises(NotApplicable, match="no container under contract smmuv3-v10 has topology two-units"):
        question_of(Cell("type1-v1", "type1-v1", QUICK, "smmuv3-v10", topology="two-units"))
    assert question_of(Cell("type1-v1", "type1-v1", QUICK, "vtd-v10", topology="two-units"))


def test_a_property_about_what_a_design_lacks_does_not_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    """The design's model can be built, with the property it cannot."""
    claim = always("odd", lambda s: s.a_variable_that_no_part_declares)
    odd = Property("odd", "An odd claim.", (claim,), (), policy="hostile", reach="none")
    monkeypatch.setattr(compare, "find_property", lambda _name: odd)
    with pytest.raises(NotApplicable, match="a_variable_that_no_part_declares"):
        question_of(Cell("type1-v1", "type1-v1", "odd", "vtd-v10"))


def test_a_design_that_cannot_be_built_is_an_error(tmp_path: Path) -> None:
    """It is the user's mistake, and no cell without meaning."""
    source = own(tmp_path / "own.py", options=", admits=lambda s: s.no_such_variable")
    with pytest.raises(ModelError, match="no_such_variable"):
        question_of(Cell("own", source, QUICK, "vtd-v10"))


@pytest.fixture(scope="module")
def kept() -> tuple[Question, dict[str, Any]]:
    """A refuted question and the record of its answer."""
    request = Request(find_design("type1-v1"), find_property("failure-is-told"))
    return question(request), record(answer(request, Limits(), obligations=False), "type1-v1")


def test_a_kept_trace_replays(kept: tuple[Question, dict[str, Any]]) -> None:
    """The control of the tests below; also after a way through JSON, and within its own number of faults."""
    asked, found = kept
    assert replays(asked, found)
    assert replays(asked, json.loads(json.dumps(found)))
    assert replays(asked.with_faults(1, wide=True), found)


def lies() -> dict[str, Any]:
    """Changes after which a record is no longer a refutation of its question."""
    return {
        "step": lambda r: r["trace"]["states"][-1].update({"mbt::actionTaken": "guest_unmaps"}),
        "state": lambda r: r["trace"]["states"][2].update({"ret": "EIO"}),
        "cut": lambda r: r["trace"]["states"].pop(),
        "start": lambda r: r["trace"]["states"].pop(0),
        "model": lambda r: r["trace"]["#meta"].update({"model-hash": "0" * 64}),
        "sizes": lambda r: r["trace"]["#meta"].update({"sizes": {"Device": 5}}),
        "topology": lambda r: r["trace"]["#meta"].update({"topology": "two-domains"}),
        "claim": lambda r: r.update({"claim": "stuck"}),
        "no claim": lambda r: r.update({"claim": None}),
        "steps": lambda r: r.update({"steps": 1}),
        "faults": lambda r: r.update({"faults": {"refused": 0, "timed-out": 0}}),
        "no trace": lambda r: r.update({"trace": None}),
        "nothing": lambda r: r.clear(),
    }


@pytest.mark.parametrize("name", lies())
def test_a_record_that_does_not_replay_is_not_shown(kept: tuple[Question, dict[str, Any]], name: str) -> None:
    """Whatever is changed in it, the interpreter or the comparison with the record notices."""
    asked, found = kept
    changed = json.loads(json.dumps(found))
    lies()[name](changed)
    assert not replays(asked, changed)


def test_a_trace_answers_its_own_question_only(kept: tuple[Question, dict[str, Any]]) -> None:
    """Another design, fewer faults, another claim under the same names."""
    asked, found = kept
    assert not replays(asked.with_faults(0, wide=True), found)
    assert not replays(question(Request(find_design("best-effort"), asked.request.property)), found)
    stricter = dataclasses.replace(asked.problem, claims=asked.problem.claims[1:])
    assert not replays(dataclasses.replace(asked, problem=stricter), found)


def probing(*findings: Finding) -> tuple[list[int], Any]:
    """A probe that answers in order, and the numbers it was asked about."""
    asked: list[int] = []

    def probe(k: int) -> Finding:
        asked.append(k)
        return findings[k]

    return asked, probe


HOLDS, BROKEN, OPEN = Finding.HOLDS, Finding.BROKEN, Finding.OPEN


@pytest.mark.parametrize(
    ("events", "findings", "word"),
    [
        (0, (), "none"),
        (1, (HOLDS,), "0"),
        (1, (BROKEN,), "none"),
        (3, (HOLDS, HOLDS, HOLDS), "2"),
        (3, (HOLDS, BROKEN), "0"),
        (3, (OPEN, HOLDS, BROKEN), "1"),
        (3, (HOLDS, OPEN, OPEN), "0 to 2"),
        (2, (OPEN, OPEN), "at most 1"),
    ],
)
def test_the_largest_number_of_faults(events: int, findings: tuple[Finding, ...], word: str) -> None:
    """A trace with n events breaks the claim with n; fewer are tried from none on, until one breaks it."""
    asked, probe = probing(*findings)
    assert tolerance(events, probe).word == word
    assert asked == list(range(len(findings)))


def test_what_several_properties_tolerate_together() -> None:
    """The least of all; an open one leaves the number open unless another one settles it."""
    one, none = Tolerance(1, 1), Tolerance(NONE, NONE)
    assert meet([]).word == meet([HOLDS_ALWAYS]).word == "any"
    assert meet([HOLDS_ALWAYS, one]).word == "1"
    assert meet([one, UNKNOWN]).word == "at most 1"
    assert meet([none, UNKNOWN]).word == "none"
    assert UNKNOWN.word == "unknown"
    assert Tolerance(1, ANY).word == "at least 1"
