"""Which sizes an answer about output fields covers, and that one open size leaves the whole answer open."""

from collections.abc import Iterator

import pytest

from shootdown.review import weakest
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request
from shootdown.review.weakest import RUNS, Enough, NotEnough, Open, Reply, Subject, fields_of, reply
from shootdown.search.alike import Sufficiency
from shootdown.search.knowledge import Answer, Told, Unsettled
from shootdown.search.result import Limits
from shootdown.search.verdict import Closed

TOLD = Told(Closed({}, 1, 1, ""), 1, met=True)


def answered(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> Reply:
    """The reply where the sizes in order have these answers, and all later ones are told."""
    listed: Iterator[Answer] = iter(answers)
    monkeypatch.setattr(weakest, "tells", lambda *_: next(listed, TOLD))
    asked = Subject(Request(find_design("best-effort"), RUNS, "ideal"))
    return reply(asked, Sufficiency.EXACT, Limits(), fields_of([]))


def test_one_size_that_is_open_leaves_the_answer_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told at the sizes before and behind it does not make good for it."""
    assert isinstance(answered(monkeypatch), Enough)
    found = answered(monkeypatch, TOLD, Unsettled("too many states"))
    assert found == Open("too many states")


def test_sizes_without_a_start_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size at which nothing was listed says nothing about any field."""
    nothing = Told(Closed({}, 0, 0, ""), 0, met=False)
    monkeypatch.setattr(weakest, "tells", lambda *_: nothing)
    asked = Subject(Request(find_design("best-effort"), RUNS, "ideal"))
    found = reply(asked, Sufficiency.EXACT, Limits(), fields_of([]))
    assert not isinstance(found, Enough | NotEnough)


def test_three_devices_are_among_the_sizes() -> None:
    """With two a count and one name may be enough by chance; a size that the user gives is the only one."""
    wide, given = (
        list(Subject(Request(find_design("best-effort"), RUNS, "ideal", sizes=sizes)).places(frozenset(), kind))
        for kind in (Sufficiency.EXACT,)
        for sizes in ({}, {"Device": 2})
    )
    assert 3 in {p.sizes["Device"] for p in wide}
    assert {p.sizes["Device"] for p in given} == {2}
