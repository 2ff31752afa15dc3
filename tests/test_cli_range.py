"""`shootdown range`: lists, verdicts in words, exit codes, JSON."""

import json

from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.report.words import WIDTH


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(app, ["range", *args], prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_without_a_name_everything_is_listed() -> None:
    """Each bug with its variants, what they are expected to answer, and under which conditions."""
    code, out, _ = run()
    assert code == 0
    assert "  B02/buggy: refuted; two pages from page 1 on" in out
    assert "  assuming caller_aligns: " in out
    assert all(len(line) <= WIDTH for line in out.splitlines())


def test_a_refutation_tells_asked_told_and_left_in_hex() -> None:
    """The numbers stand in hexadecimal; exit code 1."""
    code, out, _ = run("B02/buggy")
    assert code == 1
    assert out.splitlines()[0] == "B02/buggy violates range-is-covered: VT-d: mask for flushes that are not aligned"
    for line in (
        "  pages = 0x2",
        "  asked                 0x1000 to 0x2fff   (0x2000 bytes)",
        "  hardware is told      0x0 to 0x1fff   (0x2000 bytes)",
        "  first address left    0x2000",
        "B02/buggy range-is-covered refuted width=64 where=pages_lie_in_52_bits assuming=nothing",
    ):
        assert line in out


def test_a_proof_tells_its_width_and_conditions() -> None:
    """Exit code 0, width, assumptions and judges."""
    code, out, _ = run("X8/fixed")
    assert code == 0
    assert "X8/fixed range-is-covered proved width=64 where=frames_lie_in_52_bits assuming=nothing" in out
    assert "cvc5 confirms all 3 obligations" in out


def test_several_are_compared_with_what_is_stated() -> None:
    """Without --expect the buggy variant makes it 1; with it, all is as stated."""
    assert run("B39")[0] == 1
    code, out, _ = run("b39", "--expect")
    assert code == 0
    assert "expected=refuted" in out


def test_an_expectation_that_is_not_met_is_told() -> None:
    """Without its assumption the fixed variant is refuted, which is not what is stated."""
    code, out, _ = run("B41/fixed", "--expect", "--without", "size_0_comes_with_address_0")
    assert code == 1
    assert "stated: proved, because" in out


def test_json_has_numbers_as_hexadecimal_strings() -> None:
    """Integers of 64 bits would be rounded by many readers."""
    code, out, _ = run("B10/buggy", "--json")
    found = json.loads(out)
    assert code == 1
    assert found["numbers"] == {
        "inputs": {"start": "0x0", "end": "0xffffffffffffffff"}, "asked": ["0x0", "0xffffffffffffffff"], "told": None,
        "first_left": "0x0", "warned": False,
    }  # fmt: skip
    assert isinstance(json.loads(run("X8", "--json")[1]), list)


def test_time_that_is_up_is_no_verdict() -> None:
    """Exit code 3 and a reason."""
    code, out, _ = run("B02/fixed", "--time", "0")
    assert code == 3
    assert "B02/fixed range-is-covered unknown" in out
    assert "the time is up" in out


def test_names_that_do_not_exist_are_told_in_one_sentence() -> None:
    """An unknown bug, variant and assumption: exit code 2 and the nearest name."""
    assert run("B03x")[::2] == (2, "error: there is no range lemma `B03x`; did you mean `B03`?\n")
    assert run("B02/fixd")[::2] == (2, "error: B02 has no variant `fixd`; did you mean `fixed`?\n")
    assert run("B02", "--without", "range_fits")[0] == 2
