"""`explore` and `recover` as a user meets them: what they print, how they exit, what they say of mistakes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app

SMALL = (
    "--axis", "walk=stop", "--axis", "walk=go-on", "--axis", "validate=no-validation", "--axis", "reaction=no-reaction",
    "--axis", "fetch=fetch-once", "--axis", "lock=lock-walk", "--axis", "report=errno", "--jobs", "1",
)  # fmt: skip


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    done = CliRunner().invoke(app, list(args))
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken from a cache that other runs have filled."""
    monkeypatch.setenv("SHOOTDOWN_CACHE", str(tmp_path / "cache.sqlite"))


def test_a_small_space_is_explored_and_the_second_run_agrees() -> None:
    """Four designs: the mode check decides, both walks are acceptable with it; the kept answers give the same text."""
    code, out, err = run("explore", "success-means-coherent", "wrong-mode-is-refused", *SMALL)
    assert (code, err) == (0, "")
    assert "4 designs under contract ideal" in out
    assert "all together: 2 acceptable, 2 refuted, 0 undetermined" in out
    assert "go-on/no-validation/errno/no-reaction/mode-check/fetch-once/lock-walk" in out
    assert "mode_check = no-mode-check: wrong-mode-is-refused refutes all; 4 steps, trace 1" in out
    assert "violates" in out.split("trace 1:")[1]
    assert run("explore", "success-means-coherent", "wrong-mode-is-refused", *SMALL) == (code, out, err)


def test_points_that_are_named_designs_say_so() -> None:
    """`best-effort` and `type1-v1-stop` are points without a mode check."""
    code, out, _ = run("explore", "success-means-coherent", *SMALL, "--axis", "mode_check=no-mode-check", "--json")
    assert code == 0
    found = {m["point"]: m["equal to"] for m in json.loads(out)["minimal"]}
    assert found["go-on/no-validation/errno/no-reaction/no-mode-check/fetch-once/lock-walk"] == ["best-effort"]
    assert found["stop/no-validation/errno/no-reaction/no-mode-check/fetch-once/lock-walk"] == ["type1-v1-stop"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("explore", "succes-means-coherent"), "did you mean `success-means-coherent`?"),
        (("explore", "--axis", "walk"), "write for example --axis walk=go-on"),
        (("explore", "--axis", "walk=fly"), "axis walk has no value `fly`; it has: break, stop, go-on"),
        (("explore", "--contract", "vtd"), "there is no contract `vtd`"),
        (("explore", "no-reuse-while-stale:nice"), "there is no policy `nice`"),
        (("recover", "type1-v9"), "there is no design `type1-v9`"),
        (("recover", "count", "--policy", "hostile"), "there is no response `hostile`"),
        (("recover", "count", "--after", "EWHAT"), "there is no errno `EWHAT`"),
        (("recover", "count", "best-effort", "--after", "EINVAL"), "--after is about one design; name it"),
        (("recover", "best-effort", "--after", "ENODEV"), "no call of best-effort under contract ideal ends with"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exit_2(args: tuple[str, ...], words: str) -> None:
    """No traceback, nothing on stdout, and the sentence says what would be right."""
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err


def test_what_a_report_cannot_say_is_told_beside_what_goes_wrong() -> None:
    """An errno names nobody, and a VMM that completes whatever it got reuses a stale frame."""
    asked = ("recover", "best-effort", "--policy", "reset-named", "--policy", "report-and-complete", "--jobs", "1")
    code, out, err = run(*asked)
    assert (code, err) == (1, "")
    assert "  reset-named             not expressible: the report has no `failing` or `status`" in out
    assert "  report-and-complete     stale in 11 steps" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_recovery_table_as_data_and_files(tmp_path: Path) -> None:
    """The trace of a stale policy is in both."""
    folder = tmp_path / "out"
    code, out, _ = run("recover", "best-effort", "--policy", "report-and-complete", "--json", "-o", str(folder))
    assert code == 1
    (cell,) = json.loads(out)["cells"]
    assert (cell["outcome"], cell["steps"]) == ("stale", 11)
    assert (folder / "best-effort.report-and-complete.txt").read_text() == cell["trace"]
    assert json.loads((folder / "recover.json").read_text())["cells"] == [cell]


def test_refuted_designs_are_asked_nothing_more_unless_everything_is_wanted() -> None:
    """The mode check refutes two of four; of them coherence is asked with --every only. The standings are equal."""
    asked = ("explore", "wrong-mode-is-refused", "success-means-coherent", *SMALL)
    code, out, _ = run(*asked)
    assert code == 0
    assert "success-means-coherent: 2 not asked, 2 proved (2 questions)" in out
    every = run(*asked, "--every")[1]
    assert "success-means-coherent: 4 proved (4 questions)" in every
    together = "all together: 2 acceptable, 2 refuted, 0 undetermined"
    assert together in out
    assert together in every
