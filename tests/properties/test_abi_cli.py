"""`shootdown check` where the question is about the bytes of a call."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, list(args), prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_a_refuted_property_is_exit_code_one_and_is_told_with_its_bytes(tmp_path: Path) -> None:
    """A coherency design of the same name answers for its bytes; -o keeps the text and a file to replay."""
    code, out, _ = run("check", "type1-v1", "reads-within-argsz", "-o", str(tmp_path))
    assert code == 1
    assert "\ntype1-v1 reads-within-argsz refuted world=uapi-1 steps=2 stores=0 reach=caller\n" in out
    assert "copy_from_user(ver, arg + 8, 4)" in out
    assert (tmp_path / "type1-v1.reads-within-argsz.uapi-1.txt").read_text() == out
    code, again, _ = run("replay", str(tmp_path / "type1-v1.reads-within-argsz.uapi-1.itf.json"))
    assert (code, again) == (0, f"{out}\nconfirmed\n")


def test_a_proved_property_is_exit_code_zero_and_says_what_it_rests_on() -> None:
    """All values, the length of the longest run, the judges, what is fixed."""
    code, out, _ = run("check", "merged-5.10", "reads-within-argsz")
    assert code == 0
    for words in ("proved world=5.10 values=all", "every run ends", "judged again", "fixed: one call"):
        assert words in out


def test_what_was_stated_is_exit_code_zero_with_expect() -> None:
    """A refutation that is expected is good."""
    assert run("check", "type1-v1", "reads-within-argsz", "--expect")[0] == 0


def test_json_is_one_value() -> None:
    """Several questions are an array, with the bytes of each trace."""
    _, out, _ = run("check", "type1-v1", "reads-within-argsz", "table-index-in-bounds", "--json")
    first, second = json.loads(out)
    assert (first["outcome"], second["property"]) == ("refuted", "table-index-in-bounds")
    assert {"offset": 8, "length": 4, "word": "version"}.items() <= first["bytes"][2].items()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("best-effort", "reads-within-argsz"), "no proposal called `best-effort` says how it reads user memory"),
        (("type1-v1", "reads-within-argsz", "--contract", "uapi-9"), "cannot be asked in a world `uapi-9`"),
        (("mail-proposal", "reads-in-argsz"), "did you mean `reads-within-argsz`?"),
        (("type1-v1", "reads-within-argsz", "--devices", "2"), "--devices says nothing about the bytes of a call"),
        (("type1-v1", "reads-within-argsz", "--faults", "2"), "--faults says nothing about the bytes of a call"),
    ],
)
def test_mistakes_get_one_sentence(args: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, no traceback."""
    code, _, err = run("check", *args)
    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1
