"""What C means by it and Python does not: a proposal that would say something else gets a sentence, and no answer."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli import main, page
from shootdown.cli.app import app
from shootdown.report.words import searched_text
from shootdown.review import sourcefile
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


LIKE_C = (
    "not ret", "ret == 0", "not (ret != 0)", "(ret or None) is None", "not bool(ret)", "not ret < 0", "ret.value >= 0",
    "int(ret) == 0",
)  # fmt: skip


@pytest.mark.parametrize("condition", LIKE_C)
def test_an_errno_is_no_number_and_has_no_truth(tmp_path: Path, condition: str) -> None:
    """Each of these would be false for every answer, and the design would pass for another one."""
    code, out, err = asked(tmp_path, PROPOSAL.format(condition=condition))
    assert (code, out) == (2, "")
    assert "over.py:9: " in err
    assert any(f"write `{right}`" in err for right in ("ret is Errno.OK", "if ret is Errno.OK", "ret is not Errno.OK"))


SYMBOLIC = (
    "s.ret is Errno.OK",
    "s.ret is not ret",
    "s.ret in {Errno.OK}",
    "{Errno.OK: True}.get(s.ret)",
    "d in s.todo",
)


@pytest.mark.parametrize("condition", SYMBOLIC)
def test_python_does_not_ask_about_identity_of_what_is_symbolic(tmp_path: Path, condition: str) -> None:
    """Each would be false in every state, and the design another one than it reads."""
    code, out, err = asked(tmp_path, PROPOSAL.format(condition=condition))
    assert (code, out) == (2, "")
    assert "over.py:9: `is`, `in` a set and .get(...) look for Python's own objects" in err


@pytest.mark.parametrize(
    "condition", ["ret in {Errno.OK}", "{Errno.OK: True}.get(ret)", "(None is None) is (ret is Errno.OK)"]
)
def test_python_asks_about_identity_of_what_is_known(tmp_path: Path, condition: str) -> None:
    """The control: the same design as with `ret is Errno.OK`."""
    code, out, err = asked(tmp_path, PROPOSAL.format(condition=condition))
    assert (code, err) == (1, "")
    assert "failure-is-told refuted" in out


GOOD = PROPOSAL.format(condition="ret is Errno.OK")
FILES = {
    "the file defines no DESIGN; write DESIGN = Design(": "",
    "over.py:1: this is not Python: SyntaxError: invalid syntax": "def x(:\n",
    "over.py: this is not Python: SyntaxError: source code string cannot contain null bytes": "\0",
    "the file defines no DESIGN; write DESIGN = design": GOOD.replace("DESIGN = ", "design = "),
    "DESIGN is of type str; write DESIGN = Design(": "DESIGN = 'x'\n",
    "over.py:17: `DESIGN` is defined a second time, first in line 13; keep one": GOOD + "\n\n\nDESIGN = Design()\n",
    "over.py:15: `after_device` is defined a second time, first in line 8": GOOD
    + "\ndef after_device(s, d, ret): ...\n",
    "over.py:8: `after_device` of over is called as after_device(s, d, ret), but is written with (s, d)": GOOD.replace(
        "(s, d, ret)", "(s, d)"
    ),
    "over.py:9: `after_device` of over fails: KeyError: 'rc'": GOOD.replace(
        "    s.ret = ", "    x = {}['rc']; s.ret = "
    ),
    "over.py:9: `after_device` of over fails: SystemExit: 0": GOOD.replace(
        "    s.ret = ", "    import sys; sys.exit(0); s.ret = "
    ),
    "over.py:9: `after_device` of over fails: there is no `Errno.EIO`; there are: OK, EINVAL": PROPOSAL.format(
        condition="ret is Errno.EIO"
    ),
    "over.py:13: there is no `Errno.EIO`": GOOD.replace("=after_device)", "=after_device, wrong_mode=Errno.EIO)"),
    "over.py:13: over: there is no report field `statuss`; did you mean `status`?": GOOD.replace(
        "=after_device)", "=after_device, report=('statuss',))"
    ),
    "over.py:13: an Expect of over: there is no property `failure-is-tld`; did you mean `failure-is-to": GOOD.replace(
        "=after_device)", "=after_device, expects=(Expect('failure-is-tld', {'ideal': 'proved'}, 'so'),))"
    ).replace("import Design", "import Design, Expect"),
    "over.py:1: `helper` stands beside this file and is not looked for: a proposal is one file": "from helper import x",
    "over.py:1: a relative import, and a proposal is one file": "from . import helper",
    "over.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'": "import nowhere_at_all",
}


@pytest.mark.parametrize("sentence", FILES)
def test_a_file_that_is_no_design_is_one_sentence(tmp_path: Path, sentence: str) -> None:
    """With the line, and what would be right; nothing on stdout, and no verdict."""
    (tmp_path / "helper.py").write_text("x = 1\n")
    code, out, err = asked(tmp_path, FILES[sentence])
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert sentence in err


def test_a_design_may_be_made_from_the_one_before(tmp_path: Path) -> None:
    """That is no second definition."""
    more = "\nfrom dataclasses import replace\n\nDESIGN = replace(DESIGN, name='again')\n"
    code, out, _ = asked(tmp_path, GOOD + more)
    assert code == 1
    assert "again failure-is-told refuted" in out


def test_what_a_file_prints_is_no_part_of_the_answer(tmp_path: Path) -> None:
    """JSON on stdout stays JSON."""
    code, out, err = asked(
        tmp_path, "print('loaded')\n" + GOOD.replace("    s.ret = ", "    print(s); s.ret = "), "--json"
    )
    assert code == 1
    assert json.loads(out)["property"] == "failure-is-told"
    assert "loaded" in err


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    """Two texts of one length within a second are two designs; nothing is left beside the file."""
    assert "over failure-is-told" in asked(tmp_path, GOOD)[1]
    assert "oven failure-is-told" in asked(tmp_path, GOOD.replace('"over"', '"oven"'))[1]
    assert [path.name for path in tmp_path.iterdir()] == ["over.py"]


def test_what_is_no_file_is_said_so(tmp_path: Path) -> None:
    """A directory, a file of another kind, and none."""
    (tmp_path / "notes.txt").write_text(GOOD)
    for name, sentence in (
        (".", " is a directory; give the path of the .py file"),
        ("notes.txt", " is not a Python file"),
    ):
        done = CliRunner().invoke(app, ["check", str(tmp_path / name), "failure-is-told"])
        assert done.exit_code == 2
        assert sentence in done.stderr
    deep = tmp_path / "a" / "b" / "c" / "d" / "e" / "f"
    deep.mkdir(parents=True)
    for folder in (deep, *deep.parents[:6]):  # also one with as many slashes as the name of a point has
        done = CliRunner().invoke(app, ["check", str(folder), "failure-is-told"])
        assert f"{folder} is a directory" in done.stderr
    done = CliRunner().invoke(app, ["check", str(tmp_path / "none.py"), "failure-is-told"])
    assert (done.exit_code, done.stderr.startswith("error: there is no file ")) == (2, True)


def test_a_file_that_does_not_end_is_stopped_when_the_time_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that catches every exception; the signal's handler and the timer are as before."""
    monkeypatch.setattr(sourcefile, "_LEAST_SECONDS", 0.1)
    before = signal.getsignal(signal.SIGALRM)
    loop = "while True:\n    try:\n        pass\n    except Exception:\n        pass\n"
    code, out, err = asked(tmp_path, loop, "--time", "0.1")
    assert (code, out) == (2, "")
    assert "over.py: the file has not ended after 0.1 s; it only has to define DESIGN" in err
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before, (0.0, 0.0))


def test_an_interrupt_is_told(tmp_path: Path) -> None:
    """Wherever it comes."""
    code, out, err = asked(tmp_path, "raise KeyboardInterrupt\n")
    assert (code, out, err) == (3, "", "interrupted\n")


def test_a_crash_is_no_refutation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would end with the exit code of one."""

    def crashing(**_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("shootdown.cli.app.app", crashing)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "internal error, nothing is concluded: RuntimeError: a mistake of ours" in capsys.readouterr().err


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
