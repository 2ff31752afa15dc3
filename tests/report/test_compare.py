"""Cells in words: matrix, Markdown, JSON, the column of tolerated faults, and what differs from an earlier result."""

import json
from pathlib import Path
from typing import Any

import pytest

from shootdown.ir import UsageError
from shootdown.report import cells, changes, matrix
from shootdown.report.cells import Answers, Told, credible, payload_of
from shootdown.report.compare import KIND, comparison, exit_code, row_of, summaries
from shootdown.report.words import WIDTH
from shootdown.review.answer import Answer
from shootdown.review.cache import Cache
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.compare import Cell, question_of
from shootdown.review.expectation import Exit
from shootdown.review.problem import Request, system_of
from shootdown.review.tolerance import HOLDS_ALWAYS, NOTHING, UNKNOWN, Tolerance
from shootdown.search.verdict import Closed, HoldsTo, Proved, Scope, Universal, Unknown, Vacuous, Verdict

SIZES = {"Domain": 1, "Group": 2, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}
QUICK, LATE = "wrong-mode-is-refused", "no-reuse-while-stale"
COMPLETES = f"{LATE}, report-and-complete"
"""The row of the second one: what the VMM does matters to it."""


def cell(design: str = "old", prop: str = QUICK, contract: str = "vtd-v10", **more: Any) -> Cell:
    """A cell by names; no test asks for its design."""
    return Cell(design, design, prop, contract, **more)


def proved(**names: Any) -> Told:
    """A proof at sizes."""
    kept = {"assumptions": ["luck"], "scope": {"sizes": [SIZES]}}
    return Told(cell(**names), "proved", "up to 2 devices", tolerates=HOLDS_ALWAYS, record=kept)


def refuted(tolerates: Tolerance = NOTHING, steps: int = 6, **names: Any) -> Told:
    """A refutation."""
    kept = {"claim": "c", "reach": "guest-internal", "steps": steps, "assumptions": [], "scope": {"sizes": [SIZES]}}
    return Told(cell(**names), "refuted", f"{steps} steps", tolerates=tolerates, record=kept)


def rows(*told: Told) -> list[dict[str, Any]]:
    """The cells as data, after a way through JSON."""
    found: list[dict[str, Any]] = json.loads(json.dumps([row_of(t) for t in told]))
    return found


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (proved(), "proved: up to 2 devices"),
        (refuted(), "refuted without a fault: 6 steps"),
        (refuted(Tolerance(0, 0)), "refuted from 1 fault: 6 steps"),
        (refuted(Tolerance(2, 2)), "refuted from 3 faults: 6 steps"),
        (refuted(Tolerance(0, 2)), "refuted: 6 steps"),
        (Told(cell(), "holds-to", "depth 14", tolerates=UNKNOWN), "holds to depth 14"),
        (Told(cell(), "unknown", why="the time is up", tolerates=UNKNOWN), "unknown: the time is up"),
        (Told(cell(), "vacuous", why="no cache"), "vacuous: no cache"),
        (Told(cell(), "n/a", why="no such container"), "n/a: no such container"),
    ],
)
def test_a_cell_says_outcome_and_strength(told: Told, text: str) -> None:
    """Each outcome in the words of the table; what is not known is not worded as if it were."""
    assert matrix.cell_text(row_of(told)) == text


def found(verdict: Verdict, **options: Any) -> Answer:
    """An answer with a verdict that no search had to find."""
    request = Request(find_design("best-effort"), find_property(QUICK), **options)
    return Answer(request, system_of(request), verdict, 1.0)


CLOSED = (Closed(SIZES, 10, 3, "aa"),)
SCOPE = Scope((SIZES,))


@pytest.mark.parametrize(
    ("verdict", "strength", "why"),
    [
        (Proved(CLOSED, SCOPE), "up to 2 devices", ""),
        (Proved(CLOSED, SCOPE, (), Universal((), 3)), "any number", ""),
        (HoldsTo(14, SCOPE, "too many states"), "depth 14", "too many states"),
        (Unknown("the time is up", SCOPE), "", "the time is up"),
        (Vacuous("no scenario", SCOPE), "", "no scenario"),
    ],
)
def test_what_is_kept_of_an_answer(verdict: Verdict, strength: str, why: str) -> None:
    """Strength and reason, the record without its time, the text."""
    payload = payload_of(found(verdict))
    assert (payload["strength"], payload["why"]) == (strength, why)
    assert "seconds" not in payload["record"]
    assert payload["text"].startswith(f"best-effort {QUICK} ")


def test_what_is_worth_keeping() -> None:
    """Conclusive verdicts; a bound only where no clock set it; never `unknown`."""
    timed = {"seconds": 5.0}
    bounded = HoldsTo(3, SCOPE)
    assert cells._lasting(found(Proved(CLOSED, SCOPE), **timed))
    assert cells._lasting(found(Vacuous("", SCOPE), **timed))
    assert cells._lasting(found(bounded))
    assert not cells._lasting(found(bounded, **timed))
    assert not cells._lasting(found(Unknown("", SCOPE)))


def test_a_payload_is_about_its_question() -> None:
    """A payload of another shape, another property or another outcome is a miss."""
    asked = question_of(cell("best-effort"))
    good = payload_of(found(Proved(CLOSED, SCOPE)))
    assert credible(asked, good)
    for changed in ({"design": "type1-v1"}, {"property": LATE}, {"contract": "ideal"}, {"verdict": "unknown"}):
        assert not credible(asked, {**good, "record": {**good["record"], **changed}})
    assert not credible(asked, {**good, "record": {**good["record"], "verdict": "refuted"}})
    assert not credible(asked, {k: v for k, v in good.items() if k != "text"})
    assert not credible(asked, {})


class Scripted:
    """A search that answers as told, and counts how often it is asked."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts)

    def __call__(self, request: Request, _limits: Any, **_options: Any) -> Answer:
        """The next answer."""
        return Answer(request, system_of(request), self.verdicts.pop(0), 1.0)


def test_a_kept_answer_is_not_searched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the search would fail; another contract is another question."""
    monkeypatch.setattr(cells, "tool", lambda: {"sources": "fixed"})
    monkeypatch.setattr(cells, "answer", Scripted(Proved(CLOSED, SCOPE)))
    store = Cache(tmp_path / "v.sqlite")
    first = Answers(store, search=True).told(cell("best-effort"))
    assert first == Answers(store, search=False).told(cell("best-effort"))
    assert first is not None
    assert first.outcome == "proved"
    assert Answers(store, search=False).told(cell("best-effort", contract="ideal")) is None


def test_an_answer_found_while_the_tool_changed_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows which of the two versions has answered."""
    states = [{"sources": "before"}, {"sources": "after"}]
    monkeypatch.setattr(cells, "tool", lambda: states.pop(0) if len(states) > 1 else states[0])
    monkeypatch.setattr(cells, "answer", Scripted(Proved(CLOSED, SCOPE)))
    store = Cache(tmp_path / "v.sqlite")
    assert Answers(store, search=True).told(cell("best-effort")) is not None
    assert Answers(store, search=False).told(cell("best-effort")) is None


def test_the_matrix_has_designs_as_columns() -> None:
    """Policy and contract are said where there are several; a cell that is not known is a dash."""
    told = [
        proved(design="old"), refuted(design="new"),
        proved(design="old", prop=LATE), proved(design="old", prop=LATE, policy="withhold-completion"),
    ]  # fmt: skip
    assert matrix.matrix(rows(*told)) == [
        ["property", "old", "new"],
        [QUICK, "proved: up to 2 devices", "refuted without a fault: 6 steps"],
        [f"{LATE}, report-and-complete", "proved: up to 2 devices", "-"],
        [f"{LATE}, withhold-completion", "proved: up to 2 devices", "-"],
    ]
    both = rows(proved(), proved(contract="ideal"), proved(contract="ideal", prop=LATE, topology="two-units"))
    labels = [line[0] for line in matrix.matrix(both)[1:]]
    assert labels == [f"{QUICK}, vtd-v10", f"{QUICK}, ideal", f"{COMPLETES}, ideal, two-units"]


@pytest.mark.parametrize(
    ("prop", "policy", "label"),
    [
        (QUICK, "", QUICK),
        (QUICK, "retry-all", f"{QUICK}, retry-all"),
        (LATE, "", COMPLETES),
        ("recoverable", "", "recoverable, retry-all"),
        ("no-healthy-device-lost", "", "no-healthy-device-lost, reset-all"),
        ("recoverable", "hostile", "recoverable, any"),
    ],
)
def test_a_row_names_the_policy_where_it_matters(prop: str, policy: str, label: str) -> None:
    """Also the property's own and only one; `any` caller is not worth a word."""
    found_ = rows(proved(prop=prop, policy=policy))
    assert matrix.row_label(found_[0], found_) == label


def test_what_a_design_tolerates_is_a_column() -> None:
    """The least of its properties, with those that decide it; what breaks without a fault does not hide the others."""
    told = [
        refuted(design="a"), refuted(Tolerance(1, 1), design="a", prop=LATE),
        proved(design="b"), Told(cell("b", LATE), "vacuous", why="w"),
        proved(design="c"), Told(cell("c", LATE), "unknown", why="w", tolerates=UNKNOWN),
        Told(cell("d"), "n/a", why="w"),
    ]  # fmt: skip
    head, *lines = matrix.tolerated(summaries(told))
    assert head[-1] == "faults tolerated"
    assert [(line[0], line[-1]) for line in lines] == [
        ("a", f"none ({QUICK}), the others 1 ({LATE})"),
        ("b", "any"),
        ("c", "unknown"),
        ("d", "n/a"),
    ]
    assert [line[1:-1] for line in lines] == [
        ["0", "2", "0", "0"], ["1", "0", "1", "0"], ["1", "0", "1", "0"], ["0", "0", "0", "1"],
    ]  # fmt: skip


def test_tables_fit_a_page() -> None:
    """At most 100 columns for three designs, ASCII, no trailing blanks; a long word is folded and not cut."""
    told = [refuted(Tolerance(0, 0), design=f"a-design-with-a-long-name-{n}") for n in range(3)]
    text = matrix.tables_text([matrix.matrix(rows(*told)), matrix.tolerated(summaries(told))])
    assert text.isascii()
    assert all(len(line) <= WIDTH and line == line.rstrip() for line in text.splitlines())
    assert text.count("refuted from 1 fault") == 3


def test_markdown_is_a_table() -> None:
    """Head, rule, rows of equal length; a bar in a word does not end a cell."""
    told = [refuted(design="a|b"), Told(cell("a|b", LATE), "n/a", why="x | y\nz")]
    text = matrix.markdown([matrix.matrix(rows(*told))], rows(*told))
    assert text.splitlines()[:4] == [
        "| property | a\\|b |",
        "| --- | --- |",
        f"| {QUICK} | refuted without a fault: 6 steps |",
        f"| {COMPLETES} | n/a: x \\| y z |",
    ]
    assert text.endswith("\n")


def test_notes_say_what_a_proof_speaks_about() -> None:
    """Sizes and assumptions; nothing about proofs where there is none."""
    assert [n.split(":")[0] for n in matrix.notes(rows(refuted()))] == ["fault"]
    text = "\n".join(matrix.notes(rows(proved())))
    assert "up to n devices: every state searched at 1 domain, 2 groups, 2 devices" in text
    assert "proved under contract vtd-v10, assuming luck" in text


def test_json_has_one_shape() -> None:
    """Kind, schema, completeness, a row per cell, a row per design and contract."""
    data = comparison([proved(), Told(cell("old", LATE), "n/a", why="w")], complete=False)
    assert json.loads(json.dumps(data)) == data
    assert (data["kind"], data["schema"], data["complete"]) == (KIND, 1, False)
    assert [set(c) for c in data["cells"]] == [set(data["cells"][0])] * 2
    assert data["cells"][1]["outcome"] == "n/a"
    assert data["designs"] == [
        {
            "design": "old", "contract": "vtd-v10", "proved": 1, "refuted": 0, "other": 0, "n/a": 1,
            "tolerates": [{"faults": "any", "decided_by": []}],
        }
    ]  # fmt: skip


def test_exit_codes() -> None:
    """2 before 1 before 3 before 0; a cell without meaning does not count."""
    skipped = Told(cell(), "n/a")
    assert exit_code([proved(), skipped]) is Exit.GOOD
    assert exit_code([proved(), Told(cell(), "unknown")]) is exit_code([Told(cell(), "holds-to")]) is Exit.OPEN
    assert exit_code([refuted(), Told(cell(), "unknown")]) is exit_code([Told(cell(), "vacuous")]) is Exit.REFUTED
    assert exit_code([Told(cell(), "error"), refuted()]) is Exit.WRONG_USE


def changed(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[changes.Change]:
    """What differs where exactly these cells were asked, by name."""
    return changes.changes(before, now, changes.Asked(now))


def test_nothing_changes_between_equal_results() -> None:
    """Also where the order of the cells is another."""
    before = rows(proved(), refuted(prop=LATE))
    assert changed(before, before[::-1]) == []


@pytest.mark.parametrize(
    "now",
    [
        refuted(steps=7), refuted(Tolerance(0, 0)), proved(), Told(cell(), "unknown", why="w", tolerates=UNKNOWN),
        Told(cell(), "refuted", "6 steps", tolerates=NOTHING, record={**refuted().record, "claim": "d"}),
        Told(cell(), "refuted", "6 steps", tolerates=NOTHING, record={**refuted().record, "assumptions": ["luck"]}),
    ],
)  # fmt: skip
def test_whatever_a_cell_says_is_compared(now: Told) -> None:
    """Outcome, strength, tolerance, claim, assumptions; and the table shows that before and now differ."""
    (change,) = changed(rows(refuted()), rows(now))
    _, line = changes.grid([change])
    assert line[2] != line[3]


def test_new_cells_and_cells_that_are_gone_are_said() -> None:
    """Each under its name; gone is a property that is not there any more, where all were asked."""
    before, now = rows(proved(), proved(prop="failure-is-told")), rows(proved(), refuted(prop=LATE))
    found_ = changes.changes(before, now, changes.Asked(now, properties={QUICK, LATE}))
    assert changes.grid(found_) == [
        ["design", "property", "before", "now"],
        ["old", COMPLETES, "(new)", "refuted without a fault: 6 steps"],
        ["old", "failure-is-told", "proved: up to 2 devices", "(gone)"],
    ]
    assert [(c["before"] is None, c["now"] is None) for c in changes.record(found_)["changes"]] == [
        (True, False),
        (False, True),
    ]


def test_the_next_version_of_a_design_is_compared_with_the_one_before() -> None:
    """Where one design has gone and one has come; with two of them nobody knows which is which."""
    before = rows(refuted(design="v2"), proved(design="v2", prop=LATE))
    now = rows(proved(design="v3"), proved(design="v3", prop=LATE))
    assert changes.grid(changed(before, now))[1:] == [
        ["v2 -> v3", QUICK, "refuted without a fault: 6 steps", "proved: up to 2 devices; also assumes luck"]
    ]
    several = now + rows(proved(design="v4"))
    assert {line[2] for line in changes.grid(changed(before, several))[1:]} == {"(new)"}


def test_nothing_is_said_of_what_was_not_asked() -> None:
    """Another design, property, contract or topology, or a cell that has no answer yet: it is not gone."""
    late, other = proved(prop=LATE), proved(design="other")
    before = rows(proved(), late, other, proved(contract="ideal"), proved(topology="two-units"))
    for asked in (
        changes.Asked(rows(proved())),
        changes.Asked(rows(proved()), designs={"old", "other"}, properties={QUICK, LATE}),
    ):
        assert changes.changes(before, rows(proved()), asked) == []
        assert changes.not_asked(before, asked) == len(before) - 1
    unanswered = changes.Asked(rows(proved(), late, other), designs={"old"}, properties={QUICK})
    assert changes.changes(before, rows(proved()), unanswered) == []
    lost = changes.Asked(rows(proved()), designs={"old"})
    assert [c.row["design"] for c in changes.changes(before, rows(proved()), lost)] == ["other"]


GOOD = comparison([proved()], complete=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[]", "JSON of another kind"),
        ('{"kind": "another"}', "JSON of another kind"),
        (json.dumps(changes.record([])), "JSON of another kind"),
        (json.dumps({**GOOD, "schema": 99}), "another version"),
        (json.dumps({**GOOD, "cells": None}), "damaged"),
        (json.dumps({**GOOD, "cells": [{}]}), "damaged"),
        (json.dumps({**GOOD, "cells": [{**GOOD["cells"][0], "outcome": 3}]}), "damaged"),
    ],
)
def test_a_file_that_is_no_result_is_rejected(tmp_path: Path, text: str, sentence: str) -> None:
    """In one sentence that names the file."""
    path = tmp_path / "earlier.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=sentence) as error:
        changes.earlier(path)
    assert str(path) in str(error.value)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """The control; and a file that is not there is an error of the same kind."""
    path = tmp_path / "earlier.json"
    with pytest.raises(UsageError, match="cannot be read"):
        changes.earlier(path)
    path.write_text(json.dumps(GOOD))
    assert changes.earlier(path) == GOOD["cells"]
