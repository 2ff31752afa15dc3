"""`check --certificate` and `recheck` from the command line: exit codes, sentences, files."""

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shootdown import second
from shootdown.cli.app import app
from shootdown.review import recheck
from shootdown.review.recheck import UNASKED
from shootdown.search.check import Outcome
from shootdown.search.verdict import Scope, Unknown
from shootdown.second import Reply

TINY = (
    "check", "best-effort", "failure-is-told", "--contract", "ideal",
    "--devices", "1", "--groups", "1", "--domains", "1", "--units", "1", "--iovas", "1", "--frames", "1",
)  # fmt: skip
"""A check at one size, which takes a moment and ends in a closed set of states."""

DESIGN = '''
"""A design outside the repository: best effort under another name."""
from pathlib import Path
from shootdown.ir import ite
from shootdown.model.design import Design
from shootdown.model.sorts import Errno

def after_device(s, d, ret):
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False

Path(__file__).with_suffix(".ran").write_text("ran")
DESIGN = Design(name="own", source="a test", summary="best effort", after_device=after_device, expects=())
'''


def run(*args: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, [str(a) for a in args], prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a certificate that `check` has written and named."""
    room = tmp_path_factory.mktemp("kept")
    code, out, err = run("check", "best-effort", "failure-is-told", "--contract", "ideal", "--certificate", room)
    assert (code, err) == (0, "")
    (directory,) = room.iterdir()
    assert out.splitlines()[-1] == f"  certificate: {directory}"
    return directory


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(written, tmp_path / "proof"))


def test_a_certificate_is_confirmed(written: Path) -> None:
    """Both solvers confirm every obligation; the last line says so and nothing is on stderr."""
    code, out, err = run("recheck", written)
    assert (code, err) == (0, "")
    number = json.loads((written / "certificate.json").read_text("utf-8"))["files"].keys()
    count = len([name for name in number if name.startswith("obligations/")])
    assert f"z3 confirms {count} of {count}, cvc5 confirms {count} of {count}" in out
    assert out.splitlines()[-1] == "confirmed"


def test_a_changed_certificate_is_rejected_in_one_sentence(copy: Path) -> None:
    """Exit code 2, nothing on stdout."""
    path = min((copy / "obligations").iterdir())
    path.write_text(path.read_text("utf-8").replace("(check-sat)", "(assert false)\n(check-sat)"), "utf-8")
    code, out, err = run("recheck", copy)
    assert (code, out) == (2, "")
    assert err == f"rejected: obligations/{path.name} is not what the model and the lemmas give\n"


def test_one_of_several_may_be_rejected(written: Path, copy: Path) -> None:
    """The others are confirmed all the same, here without the second solver; the exit code is that of the worst."""
    (copy / "lemmas.txt").unlink()
    code, out, err = run("recheck", "--quick", copy, written)
    assert code == 2
    assert err == f"rejected: {copy}: lemmas.txt is missing\n"
    assert out.startswith(f"{written}: best-effort failure-is-told")
    assert "cvc5 was not asked" in out
    assert out.endswith("confirmed\n")


def test_what_is_no_certificate_is_rejected(tmp_path: Path) -> None:
    """An empty directory, and one that does not exist."""
    for directory in (tmp_path, tmp_path / "none"):
        code, out, err = run("recheck", directory)
        assert (code, out) == (2, "")
        assert err.startswith("rejected: ")
        assert err.count("\n") == 1


def test_writing_again_replaces_the_whole_certificate(tmp_path: Path) -> None:
    """No file of an older one stays behind."""
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    (directory,) = tmp_path.iterdir()
    (directory / "stale.smt2").write_text("(check-sat)", "utf-8")
    assert run("recheck", directory)[0] == 2
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    assert [p.name for p in directory.iterdir()] == ["certificate.json"]
    assert list(tmp_path.iterdir()) == [directory]


def test_what_is_no_certificate_is_never_overwritten(tmp_path: Path) -> None:
    """A directory with other files is left alone."""
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    (directory,) = tmp_path.iterdir()
    (directory / "certificate.json").rename(directory / "thesis.txt")
    code, _, err = run(*TINY, "--certificate", tmp_path)
    assert code == 2
    assert "holds something else than a certificate" in err
    assert [p.name for p in directory.iterdir()] == ["thesis.txt"]


def test_a_design_of_ones_own_is_named_and_never_run_unasked(tmp_path: Path) -> None:
    """What a certificate says about a path is data; the file is run only where the user names it."""
    design = tmp_path / "own.py"
    design.write_text(DESIGN, "utf-8")
    room = tmp_path / "room"
    assert run("check", design, *TINY[2:], "--certificate", room)[0] == 0
    design.with_suffix(".ran").unlink()
    (directory,) = room.iterdir()
    code, _, err = run("recheck", directory)
    assert code == 2
    assert "name the design's file with --design" in err
    assert not design.with_suffix(".ran").exists()
    assert run("recheck", directory, "--design", design)[0] == 0
    assert design.with_suffix(".ran").exists()
    code, _, err = run("recheck", directory, "--design", "type1-v1-stop")
    assert code == 2
    assert "its fingerprint differs" in err


def test_closed_sets_of_states_are_searched_again(tmp_path: Path) -> None:
    """A proof at certain sizes is a manifest: sizes, numbers of states and digests."""
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    (directory,) = tmp_path.iterdir()
    assert [p.name for p in directory.iterdir()] == ["certificate.json"]
    code, out, _ = run("recheck", directory)
    assert code == 0
    assert "1 closed set of states" in out
    line, where, *_ = out.splitlines()
    assert " contract=ideal policy=any topology=sizes sizes=1,1,1,1,1,1 assuming=" in line
    assert where == "  for 1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame"
    path = directory / "certificate.json"
    top = json.loads(path.read_text("utf-8"))
    for key, value in (("states", 1), ("digest", "0" * 16), ("sizes", {"Device": 2})):
        changed = {**top, "sizes": [{**top["sizes"][0], key: value}]}
        path.write_text(json.dumps(changed), "utf-8")
        code, _, err = run("recheck", directory)
        assert code == 2
        assert "`sizes` in certificate.json" in err


def test_a_bound_on_faults_is_told_and_has_a_directory_of_its_own(tmp_path: Path) -> None:
    """A proof of a smaller question stands beside the general one."""
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    (general,) = tmp_path.iterdir()
    assert run(*TINY, "--faults", "1", "--only", "refused", "--certificate", tmp_path)[0] == 0
    assert len(list(tmp_path.iterdir())) == 2
    code, out, _ = run("recheck", general.with_name(f"{general.name}.only-refused.faults-1"))
    assert code == 0
    assert out.splitlines()[0].endswith(" faults<=1 only=refused")


class Dropping:
    """Its destructor interrupts the process, and Python drops the exception there."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("when", ["_premises", "_asked"])
def test_an_interrupt_that_python_drops_is_exit_3(
    when: str, written: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing is confirmed, and no traceback tells of the destructor."""
    calls: list[str] = []

    def asked(*_: object, **__: object) -> tuple[Reply, Reply]:
        calls.append(when)
        if when == "_asked":
            Dropping()
        return UNASKED, UNASKED

    monkeypatch.setattr(recheck, "_premises", lambda *_: Dropping() if when == "_premises" else None)
    monkeypatch.setattr(recheck, "_asked", asked)
    before = signal.getsignal(signal.SIGINT), sys.unraisablehook
    assert run("recheck", written) == (3, "", "")
    assert tuple(capfd.readouterr()) == ("", "")
    assert calls
    assert (signal.getsignal(signal.SIGINT), sys.unraisablehook) == before


@pytest.mark.parametrize("obligation", [1, 9, 30])
def test_ctrl_c_ends_with_exit_3(obligation: int, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes on when the signal comes, nothing is confirmed; neither is the certificate rejected."""
    real = second.ask_z3
    seen: list[str] = []

    def ask(script: str, **options: Any) -> Reply:
        seen.append(script)
        if len(seen) == obligation:
            threading.Timer(0.003 * obligation, os.kill, (os.getpid(), signal.SIGINT)).start()
        return real(script, **options)

    monkeypatch.setattr(second, "ask_z3", ask)
    assert run("recheck", written) == (3, "", "")


def test_an_interrupted_search_is_no_rejection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof at certain sizes that is not made again for lack of patience says nothing about the certificate."""
    assert run(*TINY, "--certificate", tmp_path)[0] == 0
    (directory,) = tmp_path.iterdir()

    def stopped(*_: object) -> Outcome:
        return Outcome(Unknown("interrupted", Scope(())), interrupted=True)

    monkeypatch.setattr(recheck, "check", stopped)
    assert run("recheck", directory) == (3, "", "")


def test_a_refuted_check_leaves_no_certificate(tmp_path: Path) -> None:
    """Only proofs have one."""
    assert run("check", "type1-v1", "failure-is-told", "--contract", "ideal", "--certificate", tmp_path)[0] == 1
    assert not list(tmp_path.iterdir())
