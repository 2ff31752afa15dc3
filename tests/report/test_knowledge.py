"""Runs that look alike, as text: what they share comes first, then each run, then what is left open."""

import pytest

from shootdown.report.knowledge import alike_brief, alike_text, shared_text
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request
from shootdown.review.weakest import RUNS, NotEnough, Subject, fields_of, reply
from shootdown.search.alike import Alike, Sufficiency
from shootdown.search.result import Limits

WIDTH = 100


def confused(design: str, fields: str, sufficiency: Sufficiency, devices: int) -> tuple[Subject, Alike]:
    """Runs that show the same in these fields, one fault each, in one group."""
    sizes = {"Domain": 1, "Group": 1, "Device": devices}
    subject = Subject(Request(find_design(design), RUNS, "ideal", sizes=sizes, faults=1))
    found = reply(subject, sufficiency, Limits(), fields_of(fields.split("+")))
    assert isinstance(found, NotEnough)
    return subject, found.alike


@pytest.fixture(scope="module")
def three() -> tuple[Subject, Alike]:
    """Three devices of which one was missed."""
    return confused("best-effort", "errno+count", Sufficiency.USEFUL, 3)


def test_what_all_runs_show_is_said_first(three: tuple[Subject, Alike]) -> None:
    """The shared observation stands above the runs, a count in decimal and an errno as the kernel returns it."""
    subject, alike = three
    rows = alike_text(subject.system, alike, "best-effort: errno+count is not enough").splitlines()
    assert rows[0] == "best-effort: errno+count is not enough"
    assert rows[1] == "  all three runs show: VFIO_IOMMU_CACHE_INVALIDATE(g); ret = -EINVAL, count = 2"
    assert [r for r in rows if r.startswith("  run ") and r.endswith("steps")] == [
        f"  run {k}: 7 steps" for k in (1, 2, 3)
    ]
    assert rows[-4:] == [
        "  run 1: done = {a, b}",
        "  run 2: done = {a, c}",
        "  run 3: done = {b, c}",
        "  no device is done in all three runs, so that nobody can be taken as done",
    ]
    assert all(len(r) <= WIDTH for r in rows)


def test_each_run_is_told_in_a_sentence(three: tuple[Subject, Alike]) -> None:
    """The short form says what each run did unseen, and with whom it ended."""
    subject, alike = three
    shared, *runs = alike_brief(subject.system, alike)
    assert shared.startswith("all three runs show: ")
    assert len(runs) == 3
    for number, (text, sets) in enumerate(zip(runs, ("{a, b}", "{a, c}", "{b, c}"), strict=True), 1):
        assert text.startswith(f"run {number}: ")
        assert text.endswith(f"done = {sets}")
        assert text.count("refused, -EINVAL") == 1
        assert "the ioctl returns" not in text


def test_two_runs_are_both_runs_and_sets_are_named() -> None:
    """A relation that was seen appears as the set of its elements."""
    subject, alike = confused("type1-v1-stop", "failing", Sufficiency.EXACT, 2)
    text = alike_text(subject.system, alike, "title")
    assert shared_text(subject.system, alike) in text
    assert "both runs show: VFIO_IOMMU_CACHE_INVALIDATE(g); failing = {" in text
    assert "whoever sees this cannot tell which of the 2 it is" in text
