"""What C means by it and Python does not: a proposal that would say something else gets a sentence, and no answer."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli import page
from shootdown.cli.app import app
from shootdown.report.words import searched_text
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.expectation import Exit
from shootdown.review.problem import Request

PROPOSAL = '''"""Whoever succeeds last says 0."""

from shootdown.ir import ite
from shootdown.model.design import Design
from shootdown.model.sorts import Errno


def after_device(s, d, ret):
    s.ret = Errno.OK if {condition} else ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False


DESIGN = Design(name="over", source="a test", summary="the last success wins", after_device=after_device)
'''
TINY = ("--devices", "2", "--groups", "1", "--domains", "1")


def asked(tmp_path: Path, text: str, *options: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of a check of a design file."""
    path = tmp_path / "over.py"
    path.write_text(text)
    done = CliRunner().invoke(app, ["check", str(path), "failure-is-told", *TINY, *options])
    return done.exit_code, done.stdout, done.stderr


def test_a_comparison_of_members_is_what_it_reads(tmp_path: Path) -> None:
    """The control: the design is wrong, and is refuted."""
    code, out, _ = asked(tmp_path, PROPOSAL.format(condition="ret is Errno.OK"))
    assert code == 1
    assert "failure-is-told refuted" in out


LIKE_C = ("not ret", "ret == 0", "not (ret != 0)", "(ret or None) is None", "not bool(ret)")


@pytest.mark.parametrize("condition", LIKE_C)
def test_an_errno_is_no_number_and_has_no_truth(tmp_path: Path, condition: str) -> None:
    """Each of these would be false for every answer, and the design would pass for another one."""
    code, out, err = asked(tmp_path, PROPOSAL.format(condition=condition))
    assert (code, out) == (2, "")
    assert "over.py:9: " in err
    assert "write `ret is Errno.OK`" in err or "write `if ret is Errno.OK`" in err


def test_a_file_that_ends_the_program_is_no_proof(tmp_path: Path) -> None:
    """`sys.exit(0)` would be the exit code of a proof."""
    code, out, err = asked(tmp_path, "import sys\nsys.exit(0)\n")
    assert (code, out) == (2, "")
    assert "over.py:2: SystemExit" in err


def test_expect_asks_what_is_stated_under_the_contract(tmp_path: Path) -> None:
    """A design may state less about one contract than about another; under one without a word it is an error."""
    stated = PROPOSAL.format(condition="ret is Errno.OK").replace("Design\n", "Design, Expect\n")
    words = """expects=(
    Expect("failure-is-told", {"vtd-v10": "refuted"}, "by design"), Expect("recoverable", {"ideal": "proved"}, "none"),
)"""
    path = tmp_path / "over.py"
    path.write_text(stated.replace("after_device=after_device)", f"after_device=after_device, {words})"))
    done = CliRunner().invoke(app, ["check", str(path), "--expect"])
    assert done.exit_code == 0, done.output
    assert "failure-is-told refuted" in done.stdout
    assert "recoverable" not in done.stdout
    none = CliRunner().invoke(app, ["check", str(path), "--expect", "--contract", "vtd-5.7"])
    assert none.exit_code == 2
    assert "states no expectation under contract vtd-5.7" in none.stderr


def test_an_output_that_cannot_be_written_is_no_verdict() -> None:
    """Neither 0, a proof, nor 1, a refutation."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "shootdown", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "error: the output cannot be written: No space left on device\n"


def test_an_interrupt_before_the_first_answer_keeps_the_page_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a page with something on it replaces one."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    kept = tmp_path / "review.html"
    kept.write_text("yesterday's")
    monkeypatch.setattr(page, "answered", interrupted)
    done = CliRunner().invoke(app, ["report", "type1-v1", "-o", str(kept)])
    assert done.exit_code == Exit.OPEN
    assert "interrupted: 0 of" in done.stderr
    assert kept.read_text() == "yesterday's"


def test_sizes_of_which_some_were_searched_are_not_every_size() -> None:
    """For an answer that is no proof, since others of these sizes may have been left out."""
    request = Request(find_design("type1-v1"), find_property("failure-is-told"))
    sizes = [{"Domain": 1, "Group": 1, "Device": 9, "Unit": 1, "Iova": 1, "Frame": n} for n in (1, 2)]
    assert searched_text(request, sizes).startswith("every size up to 1 domain, 1 group, 9 devices")
    assert searched_text(request, sizes, every=False).startswith("sizes of at most 1 domain, 1 group, 9 devices")
