"""Counterexamples about bytes as files: what was written is confirmed, what was changed is rejected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shootdown.counterexamples.itf import load
from shootdown.ir import TraceError
from shootdown.model.usermem.designs import abis
from shootdown.properties import properties
from shootdown.report.bytes import told_text
from shootdown.review.abi import find_proposal, questions
from shootdown.review.bytetrace import replayed, stem, trace_file
from shootdown.review.usermem import SUBJECT, Told, answer, question
from shootdown.search.verdict import Refuted


@pytest.fixture(scope="module")
def race() -> Told:
    """D1: two versions."""
    return answer(question(abis()["type1-v1"], properties(SUBJECT)["checked-is-used"], "index-tested-uapi-2"))


def test_what_was_written_is_confirmed(race: Told) -> None:
    """The same trace, the same text; the file is the same whenever it is written."""
    again = replayed(load(trace_file(race)))
    assert isinstance(again.verdict, Refuted)
    assert isinstance(race.verdict, Refuted)
    assert again.verdict.trace == race.verdict.trace
    assert told_text(again) == told_text(race)
    assert trace_file(again) == trace_file(race)
    assert stem(race) == "type1-v1.checked-is-used.index-tested-uapi-2"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.replace('"contract": "index-tested-uapi-2"', '"contract": "index-tested"'), "another version"),
        (lambda t: t.replace('"contract": "index-tested-uapi-2"', '"contract": "uapi-9"'), "in a world `uapi-9`"),
        (lambda t: t.replace('"design": "type1-v1"', '"design": "../x.py"'), "not in the catalogue"),
        (lambda t: t.replace('"property": "checked-is-used"', '"property": "pasid-reuse"'), "no property about bytes"),
        (lambda t: t.replace('"claim": "the driver', '"claim": "a driver'), "has no claim"),
        (lambda t: t.replace('"policy": "any"', '"policy": "hostile"'), "has no policy"),
        (
            lambda t: t.replace('"version": {"#bigint": "2"}', '"version": {"#bigint": "1"}', 1),
            "the file says that `version` is 0x1 afterwards, but it is 0x2",
        ),
    ],
)
def test_a_file_that_lies_is_rejected(race: Told, change: Callable[[str], str], sentence: str) -> None:
    """One sentence says where."""
    text = trace_file(race)
    assert change(text) != text
    with pytest.raises(TraceError, match=sentence):
        replayed(load(change(text)))


def test_a_described_interface_is_found_by_the_path_that_the_user_gives(tmp_path: Path) -> None:
    """Not by one in the file."""
    path = tmp_path / "mine.py"
    path.write_text(
        "from dataclasses import replace\nfrom shootdown.model.uapi.proposals import BEHIND\n"
        'ABI = replace(BEHIND, name="mine")\n'
    )
    asked = questions(find_proposal(str(path)), ("old-binary-works",))[0]
    told = answer(asked)
    text = trace_file(told)
    assert told_text(replayed(load(text), str(path))) == told_text(told)
    with pytest.raises(TraceError, match="`mine`, which is not in the catalogue"):
        replayed(load(text))
