"""Answers about bytes, ranges and runs that look alike on the page: every word, value and step is the interpreter's."""

import itertools
from typing import Any

import pytest

from shootdown.model.history import range_bugs
from shootdown.properties import properties
from shootdown.report.page_alike import order
from shootdown.report.page_bytes import bytes_run
from shootdown.review import usermem
from shootdown.review.single import singles
from shootdown.search.verdict import Refuted
from tests.report.page_samples import SINGLES, sample, single_sample

BYTES, RACE, PROVED, RANGE, COVERED = SINGLES


def run_of(stem: str) -> dict[str, Any]:
    """The only run of a cell."""
    (run,) = single_sample(stem)["trace"]["runs"]
    return dict(run)


def states(run: dict[str, Any]) -> list[dict[str, str]]:
    """What every item says after each step, as the script adds it up."""
    now = list(run["first"])
    found = [list(now)]
    for changes in run["steps"]:
        for place, value in zip(changes[::2], changes[1::2], strict=True):
            now[place] = value
        found.append(list(now))
    labels = [label for _, label in run["items"]]
    return [dict(zip(labels, values, strict=True)) for values in found]


def told(stem: str) -> usermem.Told:
    """The answer about bytes behind a cell."""
    cell = next(c for c in singles() if c.stem() == stem)
    prop = properties(usermem.SUBJECT)[cell.property]
    return usermem.answer(usermem.question(usermem.find_abi(cell.name), prop, cell.place))


def test_memory_and_copies_are_those_of_the_run() -> None:
    """The word that is read twice differs between the copies, and nothing is said of a copy before it is made."""
    found = told(BYTES)
    assert isinstance(found.verdict, Refuted)
    trace = found.verdict.trace
    assert bytes_run(found, trace) == run_of(BYTES)
    shown = states(run_of(BYTES))
    assert [s["8 to 11: version"] for s in shown] == [f"{s['version'][()]:#x}" for s in trace.states]
    assert [s["ver.version"] for s in shown[:2]] == ["-", "-"]
    assert shown[-1]["ver.version"] == f"{trace.states[-1]['ver_version'][()]:#x}"
    assert shown[-1]["version: decided on as"] != shown[-1]["version: acted on as"]


def test_rows_follow_each_other_and_arrows_say_who_acts_on_what() -> None:
    """The kernel copies out of memory, the second thread stores into it."""
    run = run_of(RACE)
    assert [row["last"] for row in run["rows"]] == list(range(1, len(run["steps"]) + 1))
    for row in run["rows"]:
        ends = [run["lanes"][k] for k in (row["from"], *row["to"])]
        if row["who"] == "2nd thread":
            assert ends == ["2nd thread", "user memory"]
        elif row["text"].startswith("copy_from_user"):
            assert ends == ["user memory", "kernel"]
    assert {row["who"] for row in run["rows"]} == {"2nd thread", "kernel"}


def test_a_table_says_where_each_word_lies() -> None:
    """Offsets follow each other without a gap, in the layout that the compiler gives."""
    (table,) = single_sample(BYTES)["tables"]
    assert table["head"][:3] == ["offset", "len", "word"]
    places = [(int(offset), int(length)) for offset, length, *_ in table["rows"]]
    assert all(a + n == b for (a, n), (b, _) in itertools.pairwise(places))


def test_a_proof_about_bytes_says_what_it_covers() -> None:
    """All values; and no run is shown."""
    cell = single_sample(PROVED)
    assert cell["mark"] == "A"
    assert "trace" not in cell
    facts = dict(fact[:2] for fact in cell["facts"])
    assert facts["covers"][0].startswith("every value of every word")
    assert cell["texts"][0].startswith("proved for every value")


def test_numbers_of_a_range_are_hexadecimal_and_break_it() -> None:
    """Asked, told, and the first address that is left, which is asked for and not told."""
    cell = single_sample(RANGE)
    rows = {name: value for name, value, _ in cell["tables"][0]["rows"]}
    assert all(value.startswith("0x") for name, value in rows.items() if name not in ("asked", "told", "warning"))
    first, last = (int(word, 16) for word in rows["asked"].split("   ")[0].split(" to "))
    assert first <= int(rows["first left"], 16) <= last
    assert [i.name for i in range_bugs()["B02"].inputs] == list(rows)[: len(range_bugs()["B02"].inputs)]


def test_a_covered_range_shows_its_proof() -> None:
    """Which inputs, at which width, judged by whom."""
    cell = single_sample(COVERED)
    assert (cell["outcome"], cell["mark"]) == ("proved", "A")
    assert any("judged by a fresh solver" in text for text in cell["texts"])
    assert cell["tables"][0]["caption"] == "inputs"


def test_no_reading_helps_where_runs_look_alike() -> None:
    """Behind a refuted reading stand runs with the same view, of which each is stepped; nobody is done in all."""
    alike = sample("useful")["alike"]
    assert len(alike["runs"]) >= 2
    seen = [[row["seen"] for row in run["rows"] if "seen" in row] for run in alike["runs"]]
    assert seen[0]
    assert all(one == seen[0] for one in seen)
    assert alike["order"][-1] == [len(run["steps"]) for run in alike["runs"]]
    assert "nobody can be taken as done" in alike["false"]
    assert alike["command"].startswith("shootdown sufficient count --contract ideal --useful --fields errno,count")


@pytest.mark.parametrize(
    ("lengths", "places", "wanted"),
    [
        ([1, 1], [[1], [1]], [[0, 0], [1, 1]]),
        ([2, 1], [[2], [1]], [[0, 0], [1, 0], [2, 1]]),
        ([1, 1, 2], [[1], [1], [1]], [[0, 0, 0], [1, 1, 1], [1, 1, 2]]),
    ],
)
def test_what_is_seen_happens_in_all_runs_at_once(
    lengths: list[int], places: list[list[int]], wanted: list[list[int]]
) -> None:
    """Up to there each run goes on alone, the first one first."""
    assert order(lengths, places) == wanted
