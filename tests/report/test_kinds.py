"""Counterexamples of different kinds to a posted design: which there are, how they are told, kept and refused."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.cli.options import Options
from shootdown.cli.traces import keep, several
from shootdown.ir.interp import holds
from shootdown.report.kinds import Several, difference, kind_text, several_record, several_text
from shootdown.review.kinds import kinds
from shootdown.search.kinds import Kind
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted, Unknown
from tests.report.asked import asked

IOTLB = "stale: the IOTLB of a unit still gives an iova -> a frame to a device"
ATC = "stale: the ATC of a device still gives an iova -> a frame to a device"

OVERWRITTEN = [(8, "refused", IOTLB), (8, "refused", ATC), (9, "atc_timed_out", ATC)]
"""The success of the older domain's device hides what happened to the newer one's.

A refusal leaves either cache as it was. A time-out comes after the IOTLB was flushed and leaves the ATC. A lost answer
leaves nothing stale by itself: it takes a third device, which the `break` skips (next list). Only a walk that was
started in a nested container meets caches, so the refusal for the mode (`refused_not_nested`) is no kind.
"""

THREE = [(8, "refused", IOTLB), (8, "refused", ATC), (9, "atc_answer_lost", ATC), (9, "atc_timed_out", ATC)]
"""With a third device in the newer domain: it is skipped, whatever ended the walk there."""


ALL = "these are all kinds, except those that have all of one of these and more in it,"


@cache
def overwritten(most: int) -> Several:
    """type1-v1 in two domains under the driver that returns what it sees."""
    answer = asked("type1-v1", "success-means-coherent", "ideal", topology="two-domains")
    return Several(answer, kinds(answer, most, Limits()), "type1-v1", most)


def listed(told: Several) -> list[tuple[int, str, str]]:
    """Steps, event and failure of each; all of them end with success."""
    found = []
    for one in told.found.shown:
        assert one.kind.answers == {"ret 0"}
        (event,), (failure,) = one.kind.events, one.kind.failures
        found.append((len(one.verdict.trace), event, failure))
    return found


def test_a_refusal_and_a_time_out_are_overwritten() -> None:
    """The three kinds of the posted loop, each with a run that breaks the claim in its last state only."""
    told = overwritten(3)

    assert listed(told) == OVERWRITTEN
    for answer in told.each:
        assert isinstance(answer.verdict, Refuted)
        claim = next(c for c in answer.claims if c.name == answer.verdict.claim)
        *before, last = (holds(claim.formula, s, answer.verdict.trace.sizes) for s in answer.verdict.trace.states)
        assert all(before)
        assert not last


@pytest.mark.long
def test_these_are_all_kinds_of_two_devices() -> None:
    """In two domains, and in any container of up to two devices: the same three, and nothing is left open."""
    assert listed(overwritten(20)) == OVERWRITTEN
    assert overwritten(20).closing.startswith(
        f"{ALL} at these 4 sizes: topology two-domains, from 2 domains, 2 groups, 2 devices, 1 unit"
    )
    answer = asked("type1-v1", "success-means-coherent", "ideal")
    told = Several(answer, kinds(answer, 20, Limits()), "type1-v1", 20)
    assert listed(told) == OVERWRITTEN
    assert not told.found.reason


@pytest.mark.long
def test_a_third_device_adds_the_lost_answer() -> None:
    """Among runs of at most 10 steps; there may be more."""
    words = [
        "check",
        "type1-v1",
        "success-means-coherent",
        "--contract",
        "ideal",
        "--traces",
        "9",
        "--json",
        "--depth",
        "10",
    ]
    sizes = ["--domains", "2", "--groups", "3", "--devices", "3", "--units", "1", "--iovas", "1", "--frames", "1"]
    done = CliRunner().invoke(app, [*words, *sizes, "--traces", "9"])
    told = json.loads(done.stdout)["traces"]

    assert [(s["steps"], *s["events"], *s["failures"]) for s in told["shown"]] == THREE
    assert not told["complete"]


def test_what_happens_to_the_container_after_the_walk_makes_no_kind() -> None:
    """SET_IOMMU between unlock and return changes the mode, not what the call met: one kind, without a mode."""
    words = ["check", "type1-v1", "wrong-mode-is-refused", "--topology", "sizes", "--where", "mode == TYPE1"]
    sizes = ["--domains", "1", "--groups", "1", "--devices", "1", "--units", "1", "--iovas", "1", "--frames", "1"]
    done = CliRunner().invoke(app, [*words, *sizes, "--traces", "5", "--json"])
    told = json.loads(done.stdout)["traces"]

    assert told["complete"]
    assert [s["failures"] for s in told["shown"]] == [
        ["wrong: the call met a container without a nested domain and answered 0"]
    ]


def test_each_is_told_by_what_makes_it_different() -> None:
    """The first by its kind, the others by what they have unlike it."""
    assert overwritten(3).headings == (
        f"trace 1 of 3: refused; the VMM sees 0; {IOTLB}",
        f"trace 2 of 3, unlike trace 1: {ATC}",
        f"trace 3 of 3, unlike trace 1: atc timed out instead of refused; {ATC}",
    )
    assert overwritten(3).closing == "more may exist: no more were asked for"


def test_the_sizes_are_named_of_which_all_kinds_are_known() -> None:
    """The first and the largest of several, or the only one; what narrows the question besides."""
    told = overwritten(3)
    one = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
    first = "1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame"
    plain = replace(told.answer, request=replace(told.answer.request, topology="", faults=2))

    for closed, words in (
        ((one,), f"at this size: {first}"),
        ((one, {**one, "Frame": 2}), f"at these 2 sizes: from {first} up to {first.replace('1 frame', '2 frames')}"),
    ):
        done = replace(told, answer=plain, found=replace(told.found, closed=closed, reason=""))
        assert done.closing == f"{ALL} {words}; faults<=2; nothing larger was searched"


def test_words_for_every_difference() -> None:
    """More events, fewer, none; another claim; no answer; a call that gets stuck."""
    first = Kind("c", frozenset({"a_b"}), frozenset({"ret 0"}))

    assert difference(replace(first, events=frozenset({"a_b", "x"})), first) == "x as well"
    assert difference(replace(first, events=frozenset()), first) == "not a b"
    assert difference(first, replace(first, events=frozenset())) == "a b"
    assert difference(replace(first, answers=frozenset({"ret -EIO"})), first) == "the VMM sees -EIO instead of 0"
    assert difference(replace(first, answers=frozenset()), first) == "the VMM sees no answer instead of 0"
    assert difference(replace(first, claim="d"), first) == "`d` is broken instead of `c` is broken"
    assert kind_text(Kind("stuck")) == "nothing fails; a call gets stuck"


@pytest.mark.parametrize(("form", "width"), [("text", 100), ("mail", 72), ("markdown", None)])
def test_all_forms_have_each_heading_once(form: str, width: int | None) -> None:
    """Headings in their order, and whether there may be more; the command that prints it again stands below all."""
    told = overwritten(3)
    text = several_text(told, form, None)
    plain = " ".join(text.split()).replace("&gt;", ">")

    assert [int(n) for n in re.findall(r"^(?:# )?trace (\d) of 3[:,]", text, re.MULTILINE)] == [1, 2, 3]
    assert all(heading in plain for heading in told.headings)
    assert told.closing in plain
    assert text.endswith("\n")
    if width is not None:
        grep_line = "type1-v1 success-means-coherent refuted"
        assert all(len(row) <= width for row in text.splitlines() if not row.startswith(grep_line))
    assert "--traces" not in text
    if form == "mail":
        assert text.isascii()


def test_a_record_says_whether_these_are_all() -> None:
    """As data: what was asked, what there is, and a trace for each."""
    found = several_record(overwritten(3))

    assert (found["asked"], found["complete"], found["closed"]) == (3, False, [])
    assert [s["faults"] for s in found["shown"]] == [
        {"refused": 1, "timed-out": 0}, {"refused": 1, "timed-out": 0}, {"refused": 0, "timed-out": 1},
    ]  # fmt: skip
    assert all(s["trace"]["states"] for s in found["shown"])


def test_every_file_replays(tmp_path: Path) -> None:
    """Those after the first are kept beside it, numbered, in the form asked for."""
    keep(overwritten(3), tmp_path, "mail")

    stem = "type1-v1.success-means-coherent.ideal.any.two-domains.kind-"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        f"{stem}{n}{end}" for n in (2, 3) for end in (".itf.json", ".txt")
    ]
    for n in (2, 3):
        assert CliRunner().invoke(app, ["replay", str(tmp_path / f"{stem}{n}.itf.json")]).exit_code == 0


def test_an_answer_without_a_trace_has_no_kinds() -> None:
    """Nothing is searched, and nothing said."""
    answer = overwritten(3).answer
    assert (
        several(replace(answer, verdict=Unknown("-", answer.verdict.scope)), Options("x", traces=3), Limits()) is None
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["type1-v1", "report-is-sufficient"], "compares two"),
        (["type1-v1", "every-call-returns"], "runs that go on"),
        (["type1-v1", "checked-is-used"], "says nothing about the bytes"),
        (["type1-v1", "success-means-coherent", "--format", "svg"], "drop --format svg"),
    ],
)
def test_where_it_does_not_apply_one_sentence_says_so(words: list[str], says: str) -> None:
    """Before anything is searched."""
    done = CliRunner().invoke(app, ["check", *words, "--traces", "2"])

    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_the_exit_code_is_that_of_the_verdict() -> None:
    """Refuted is 1, however many traces are told."""
    words = ["check", "type1-v2", "success-means-coherent", "--contract", "ideal", "--traces", "2", "--faults", "1"]
    done = CliRunner().invoke(app, words)

    assert done.exit_code == 1
    assert done.stdout.startswith("trace 1 of 2: refused; the VMM sees 0")
