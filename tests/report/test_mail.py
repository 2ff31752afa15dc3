"""Mails: 72 columns of ASCII, lanes, assumptions beside `proved`, and a line that a shell runs again."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown import __version__
from shootdown.cli.app import app
from shootdown.counterexamples.render import Line
from shootdown.model.design import Expect
from shootdown.model.designs import designs
from shootdown.report.effects import CALLER, GUEST, KERNEL
from shootdown.report.lanes import COLUMNS, draw, wrap
from shootdown.report.listing import CONTRACT_WORDS
from shootdown.report.mail import headline, mail_text
from shootdown.report.mail_faults import REASONS
from shootdown.report.reproduce import arguments, shell_rows
from shootdown.report.sequence import Diagram, Event, Lane, sequence
from shootdown.report.trace import story, trace_file
from shootdown.review.answer import Answer
from shootdown.review.problem import system_of
from shootdown.search.verdict import Closed, HoldsTo, Proved, Scope, Universal, Unknown, Vacuous
from tests.report.asked import asked, hangs, overwrite, two_runs

ROOT = Path(__file__).parents[2]
SIZES = {"Domain": 1, "Group": 1, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}

OVERWRITE = """\
       guest   user/VMM kernel      IOTLB unit0 a no ATS ATC b
   1   |       |        |           *+A:g->f    |        |
       unit0    walks the page table for a's DMA to g: IOTLB holds
                g -> frame f
                domain.md 4.6: speculative refill
   2   *-g->f  |        |           |A:g->f!    |        |
       guest    clears the PTE of g, which named frame f
   3   |       *------->|           |           |        |
       VMM      VFIO_IOMMU_CACHE_INVALIDATE(g)
                v1 7/8 vfio.h: VFIO_IOMMU_CACHE_INVALIDATE
 4-5   |       |        *-EINVAL    |           |        |
       driver   a: refused, -EINVAL (no ATS), nothing flushed; `break`
                leaves A's groups
                VT-d vSVA V10: intel_iommu_sva_invalidate
   6   |       |        *---------->|           |        |
       driver   b: IOTLB of unit0 flushed for g, domain B
                VT-d vSVA V10: intel_iommu_sva_invalidate
   7   |       |        *ret 0-------------------------->|
       driver   b: ATC flushed for g, the device answered; returns 0
                VT-d vSVA V10: intel_iommu_sva_invalidate
 8-9   |       |<-------*           |           |        |
       kernel   the ioctl returns 0
                v1 7/8 vfio_iommu_type1.c: vfio_iommu_type1_ioctl
left   |       |        |           |A:g->f!    |        |
"""


def unbroken(verdict: Proved | HoldsTo | Unknown | Vacuous, **options: object) -> Answer:
    """An answer without a trace that no search had to find."""
    request = replace(overwrite().request, topology="", **options)  # type: ignore[arg-type]
    return Answer(request, overwrite().system, verdict, 1.0)


def every_kind() -> list[Answer]:
    """One answer of each kind that `check` may give."""
    scope = Scope((SIZES,), fixed=("one user thread", "one PASID"))
    return [
        overwrite(),
        two_runs(),
        hangs(),
        asked("best-effort", "host-page-safe", "smmuv3-v10"),
        unbroken(Proved((), scope, universal=Universal((), 3))),
        unbroken(Proved((Closed(SIZES, 10, 3, "aa"),), scope), without=frozenset({"detach_clears_atc"})),
        unbroken(Vacuous("no cache exists", scope)),
        unbroken(HoldsTo(8, scope, "out of time"), where="has_ats(a) & " * 12 + "has_ats(b)"),
        unbroken(Unknown("the solver gave up", scope)),
    ]


@pytest.mark.parametrize("number", range(9))
def test_every_mail_is_ascii_of_at_most_72_columns(number: int) -> None:
    """Whatever the answer; and it names claim, contract, policy and the command."""
    answer = every_kind()[number]
    text = mail_text(answer, "type1-v1")
    assert text.isascii()
    assert max(len(row) for row in text.splitlines()) <= COLUMNS
    assert not [row for row in text.splitlines() if row != row.rstrip()]
    assert f"\ncontract   {answer.request.contract}: " in text
    assert "\nclaim      " in text
    assert "\nReproduce:\n  shootdown check type1-v1 " in text


def test_the_lanes_of_the_overwritten_refusal() -> None:
    """The layout is binding: who acts, on whom, which entry comes, goes, is stale and is left."""
    told = story(overwrite())
    assert "\n".join(draw(sequence(told.system, told.trace))) + "\n" == OVERWRITE
    assert OVERWRITE in mail_text(overwrite(), "type1-v1")


def test_a_trace_says_what_is_false_and_what_it_exposes() -> None:
    """Claim in words, topology, reach, what the VMM sees, and the refusal that is no fault."""
    text = mail_text(overwrite(), "type1-v1")
    assert text.startswith("type1-v1 violates success-means-coherent under contract vtd-v10\n")
    assert "\nclaim      When the call reports success, no IOTLB or ATC that an\n" in text
    assert "\ntopology   two-domains: two domains of one singleton group each" in text
    assert "\nFALSE      stale: the IOTLB of unit0 still gives g -> f to a\n" in text
    assert "\nreach      guest-internal\nVMM sees   0\n" in text
    events = "step 4-5: refused: follows from the topology (a device without ATS), not a fault [VT-d vSVA V10: "
    assert f" events {events}" in " ".join(text.split())


def test_a_fault_says_where_it_was_seen() -> None:
    """Below its step and in a list; the arrow to a device that does not answer ends in x."""
    text = mail_text(asked("best-effort", "host-page-safe", "smmuv3-v10"), "best-effort")
    assert "\nevents     step 5: timed-out, a fault; seen: SMMUv3 (domain.md B35)\n" in text
    assert "\n   5   |       |        *----------------------x|\n" in text


def test_what_never_was_seen_is_said_too() -> None:
    """A fault without a source."""
    told = asked("best-effort", "host-page-safe", "smmuv3-v10")
    system = told.system
    actions = tuple(replace(a, seen="") for a in system.actions)
    text = mail_text(replace(told, system=replace(system, actions=actions)), "best-effort")
    assert "timed-out, a fault; never seen\n" in text


def test_the_loop_of_a_lasso_is_marked() -> None:
    """A bar before the steps that are repeated, one behind them, and who has its turn."""
    rows = mail_text(hangs(), "type1-v1").splitlines()
    begin = rows.index(f"{' loop: these steps follow each other for ever ':=^72}")
    end = rows.index(f"{' back to step 6 ':=^72}")
    assert rows[begin + 1].startswith("   6 ")
    assert [row[:4].strip() for row in rows[begin:end] if row[:4].strip().isdigit()] == ["6", "7"]
    assert "FALSE      hangs: the call is in the kernel for ever" in rows
    assert any(row.startswith("fair       ") for row in rows)


def test_two_runs_stand_side_by_side() -> None:
    """What both show spans the page, what differs stands in two columns, and who is left is said."""
    text = mail_text(two_runs(), "type1-v1")
    rows = text.splitlines()
    assert "run 1: 5 steps                     | run 2: 6 steps" in rows
    assert " 4-5  kernel: the ioctl returns -EINVAL (run 2: 5-6)" in rows
    assert all(row[34:37] == " | " for row in rows if " |  2-3 " in row or row.startswith(" 2-3 "))
    assert "FALSE      untold: run 1 leaves a and b unacknowledged, run 2 leaves a" in rows
    assert "seen       both runs show: ret = -EINVAL" in rows


@pytest.mark.parametrize("number", [4, 5])
def test_assumptions_stand_on_the_line_of_proved(number: int) -> None:
    """A row begins with `proved assuming`; no backslash; contract, and for what, in the same paragraph."""
    answer = every_kind()[number]
    above = mail_text(answer, "type1-v1").partition("\n\n")[0]
    line = above.replace("\n    ", " ")
    assert "\\" not in above
    assert above.startswith("type1-v1 success-means-coherent under contract vtd-v10:\n    proved assuming ")
    assert f": proved assuming {', '.join(a.name for a in answer.system.assumptions)}; " in line
    assert ("for any number of devices" in line) is (number == 4)
    assert ("at sizes only" in line) is (number == 5)


@pytest.mark.parametrize(
    ("number", "words"), [(6, "vacuous, which is no proof, "), (7, "not proved "), (8, "undetermined, no answer, ")]
)
def test_no_answer_never_reads_as_a_proof(number: int, words: str) -> None:
    """The headline says so, and under which contract."""
    first = mail_text(every_kind()[number], "type1-v1").partition("\n\n")[0].replace("\n    ", " ")
    assert f": {words}under contract vtd-v10: " in first
    assert ": proved" not in first


def test_a_contract_that_is_no_kernel_is_called_so_in_the_headline() -> None:
    """The headline is what others quote."""
    answer = every_kind()[4]
    text = mail_text(replace(answer, request=replace(answer.request, contract="ideal")), "type1-v1")
    assert text.startswith("type1-v1 success-means-coherent under contract ideal (no kernel):\n    proved assuming ")


@pytest.mark.parametrize(("number", "text"), [
    (0, "* acts, arrow: on whom; entries: +A:g->f comes, -g->f goes, A: its domain, "
        "! = the page tables no longer say so"),
    (1, None),
    (3, "* acts, arrow: on whom (x: no answer); entries: +g->f comes, s2 -f goes, s2: in stage 2, "
        "! = the page tables no longer say so"),
])  # fmt: skip
def test_the_legend_has_the_signs_that_occur(number: int, text: str | None) -> None:
    """And no others; two runs have no lanes, and where nothing is cached there is nothing to explain."""
    told = mail_text(every_kind()[number], "type1-v1")
    found = re.search(r"^legend +(.*?)\n\n", told, re.DOTALL | re.MULTILINE)
    assert (found and " ".join(found[1].split())) == text


def test_runs_that_start_differently_say_why_they_may() -> None:
    """What no ioctl tells; where both start alike there is nothing to say."""
    text = " ".join(mail_text(asked("type1-v1", "report-is-sufficient"), "type1-v1").split())
    why = "which device has ATS, which domain or unit is behind a group, nor the order of the walk"
    assert f" starts may differ: no ioctl tells the VMM {why} run 1:" in text
    assert "no ioctl tells" not in mail_text(overwrite(), "type1-v1")


def test_a_mail_says_what_made_it() -> None:
    """Version and model, the same as in the trace file, in comments that a shell skips."""
    *_, made, model = mail_text(overwrite(), "type1-v1").splitlines()
    assert made == f"  # shootdown {__version__}, a model checker for IOMMU cache invalidation"
    header = json.loads(trace_file(story(overwrite()), "type1-v1"))["#meta"]
    assert header["tool"] == f"shootdown {__version__}"
    assert model == f"  # model {header['model-hash'][:12]}"


def test_reasons_are_those_of_refusals_that_the_model_has() -> None:
    """Names of actions that are no faults."""
    names = {a.name for d in ("type1-v1", "type1-v2", "type1-v1-stop", "validate-first") if d in designs()
             for c in CONTRACT_WORDS for w in (frozenset(), frozenset({"request_is_well_formed"}))
             for a in system_of(replace(overwrite().request, design=designs()[d], contract=c, without=w)).actions
             if a.tally and not a.fault}  # fmt: skip
    assert set(REASONS) == names


def test_what_is_not_as_stated_is_said() -> None:
    """With the design's own reason."""
    expect = Expect("success-means-coherent", {"vtd-v10": "proved"}, "nothing overwrites it")
    text = mail_text(overwrite(), "type1-v1", expect)
    assert "\nstated     not as stated: proved, because nothing overwrites it\n" in text


def test_the_reproduce_line_prints_the_same_mail(tmp_path: Path) -> None:
    """Pasted into a shell as it stands, where `shootdown` is on the path."""
    command = tmp_path / "shootdown"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shootdown "$@"\n', "utf-8")
    command.chmod(0o755)
    where = "has_ats(b) & (forall d: Device. has_ats(d) | ~has_ats(d)) & (forall i: Iova, f: Frame. pte(i, f))"
    args = ["check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "--where", where]
    args += ["--without", "detach_clears_atc", "--format", "mail"]
    text = CliRunner().invoke(app, args).stdout
    lines = text.partition("\nReproduce:\n")[2]
    assert max(len(row) for row in lines.splitlines()) <= COLUMNS
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", lines], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, text, "")


def test_a_shell_reads_the_rows_as_the_words() -> None:
    """Also words with quotes, blanks, backslashes and dollars that are longer than a row."""
    words = ["printf", r"%s\n", "--where", "it's $HOME \\ & \"x\" " * 9, "--without", "y" * 150, "'" * 80, "z"]
    rows = shell_rows(words, COLUMNS)
    done = subprocess.run(["bash", "-c", "\n".join(rows)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == words[2:]
    assert max(len(row) for row in rows) <= COLUMNS


def test_every_option_that_narrows_is_in_the_command() -> None:
    """All but the limit on time, which never changes an answer."""
    request = replace(
        overwrite().request, policy="retry-all", sizes={"Device": 2, "Iova": 1}, faults=1,
        only=frozenset({"refused", "timed-out"}), depth=9, seconds=3.0, without=frozenset({"b", "a"}), engine="bmc",
    )  # fmt: skip
    assert " ".join(arguments(request, "own.py", "mail")) == (
        "shootdown check own.py success-means-coherent --contract vtd-v10 --policy retry-all --topology two-domains "
        "--engine bmc --devices 2 --iovas 1 --faults 1 --depth 9 --only refused,timed-out --without a --without b "
        "--format mail"
    )


def event(first: int, cells: dict[tuple[str, int], list[str]], *targets: tuple[str, int], lost: bool = False) -> Event:
    """A step of the kernel."""
    return Event(Line(str(first), "kernel", "does something"), first, first, KERNEL, targets, cells, lost)


def test_what_does_not_fit_into_its_lane_is_told_in_words() -> None:
    """Nothing is cut off: a long entry moves below the sentence."""
    lanes = (Lane(KERNEL, "kernel"), Lane(("Device", 0), "ATC a"))
    told = event(1, {("Device", 0): ["+g2->f1", "-g2->f3!!"]}, ("Device", 0))
    assert draw(Diagram(lanes, (told,), {})) == [
        "       kernel      ATC a",
        "   1   *---------->|",
        "       kernel   does something",
        "                ATC a: +g2->f1, -g2->f3!!",
    ]


def test_several_changes_of_a_lane_stand_below_each_other() -> None:
    """One row each; an arrow that got no answer ends in x."""
    lanes = (Lane(KERNEL, "kernel"), Lane(("Device", 0), "ATC a"))
    told = event(1, {("Device", 0): ["-g->f", "-h->f"]}, ("Device", 0), lost=True)
    assert draw(Diagram(lanes, (told,), {}))[1:3] == ["   1   *----------x|-g->f", "       |           |-h->f"]


def test_crowded_lanes_are_narrower_and_keep_their_names_apart() -> None:
    """Two units and three devices: no head runs into the next."""
    names = ["IOTLB unit0", "IOTLB unit1", "a no ATS", "ATC b"]
    keys = [("Unit", 0), ("Unit", 1), ("Device", 0), ("Device", 1)]
    lanes = [Lane(key, key[0]) for key in (GUEST, CALLER, KERNEL)] + list(map(Lane, keys, names))
    head, row, *_ = draw(Diagram(tuple(lanes), (event(1, {("Unit", 1): ["+A:g->f!"]}),), {}))
    assert head.split() == ["guest", "user/VMM", "kernel", "unit0", "unit1", "a", "noATS", "ATC", "b"]
    assert row == "   1   |       |        *           |         |+A:g->f! |       |"


def test_lanes_that_do_not_fit_are_dropped_where_nothing_happens() -> None:
    """With nine devices those that take part are drawn, and what happens in a lane that is not drawn is told."""
    lanes = [Lane(key, key[0]) for key in (GUEST, CALLER, KERNEL)] + [Lane(("Device", d), f"d{d}") for d in range(9)]
    few = draw(Diagram(tuple(lanes), (event(1, {("Device", 8): ["-g->f"]}, ("Device", 8)),), {}))
    assert few[0].split() == ["kernel", "d8"]
    cells = {("Device", d): ["-g->f"] for d in range(9)}
    many = draw(Diagram(tuple(lanes), (event(1, cells),), {}))
    assert "                d8: -g->f" in many
    assert max(len(row) for row in many) <= COLUMNS


def test_a_run_that_ends_in_stillness_says_so() -> None:
    """A lasso without steps in its loop."""
    diagram = Diagram((Lane(KERNEL, "kernel"),), (event(1, {}),), {}, back=1)
    assert draw(diagram)[-1] == f"{' for ever: nothing happens any more ':=^72}"


def test_a_translation_is_not_torn_apart() -> None:
    """`g -> f` stays in one row."""
    assert wrap("x" * 66 + " g -> f") == ["x" * 66, "g -> f"]


def test_a_headline_is_indented_where_it_goes_on() -> None:
    """All rows but the first, and never beyond 72 columns."""
    rows = headline("word " * 40 + "end")
    assert [row.startswith("    ") for row in rows] == [False, *([True] * (len(rows) - 1))]
    assert " ".join(" ".join(rows).split()) == "word " * 40 + "end"
    assert max(map(len, rows)) <= COLUMNS


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--format", "mails"), "did you mean `mail`?"),
        (("--format", "mail", "--json"), "two formats"),
        (("--format", "mermaid", "--why"), "--why is told in text, mail and markdown only"),
        (("--format", "mermaid", "--example"), "--example is told in text only"),
    ],
)
def test_formats_that_do_not_go_together(args: tuple[str, ...], words: str) -> None:
    """One sentence and exit code 2."""
    done = CliRunner().invoke(app, ["check", "type1-v1", "success-means-coherent", *args])
    assert done.exit_code == 2
    assert words in done.stderr


def test_format_json_is_the_option_json() -> None:
    """Both names give an object; the mail goes to the file of `-o` where it is asked for."""
    done = CliRunner().invoke(app, ["check", "type1-v1", "success-means-coherent", "--topology", "two-domains",
                                    "--format", "json"])  # fmt: skip
    assert done.stdout.startswith("{\n")


def test_kept_files_are_in_the_form_asked_for(tmp_path: Path) -> None:
    """`-o` keeps the mail beside the trace that is replayed."""
    args = ["check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "--format", "mail"]
    done = CliRunner().invoke(app, [*args, "-o", str(tmp_path)])
    assert sorted(p.suffixes[-1] for p in tmp_path.iterdir()) == [".json", ".txt"]
    assert next(tmp_path.glob("*.txt")).read_text("utf-8") == done.stdout
