"""`check --engine`: one engine alone on real designs, its exit codes, lines to grep for, and what is said of proofs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.search.engines import ENGINES, NAMES

TINY = ("--contract", "ideal", "--domains", "1", "--groups", "1", "--devices", "1", "--units", "1", "--frames", "1")
HOLDS = ("check", "best-effort", "failure-is-told", *TINY)
BREAKS = ("check", "best-effort", "error-means-untouched-or-told", *TINY)


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, list(args), prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("name", "code", "word", "told"),
    [
        ("explicit", 0, "proved", "by looking at every reachable state: "),
        ("bmc", 3, "holds-to", "no trace of up to 10 steps"),
        ("kinduction", 3, "holds-to", "no proof with k up to 12"),
        ("pdr", 0, "proved", "judged again: every obligation, written anew from the model, by fresh solvers"),
    ],
)
def test_what_each_engine_says_where_the_property_holds(name: str, code: int, word: str, told: str) -> None:
    """An engine that cannot prove it leaves the question open, and never says otherwise."""
    found, out, err = run(*HOLDS, "--engine", name)
    line, *rows = out.splitlines()
    assert (found, err) == (code, "")
    assert line.startswith(f"best-effort failure-is-told {word} contract=ideal ")
    assert line.endswith(f" engine={name}")
    assert told in " ".join(r.strip() for r in rows)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_refutes_with_the_same_steps(name: str) -> None:
    """Shortest, and the trace is told as ever."""
    code, out, err = run(*BREAKS, "--engine", name)
    assert (code, err) == (1, "")
    assert out.startswith("best-effort violates error-means-untouched-or-told")
    assert " refuted contract=ideal policy=any topology=sizes steps=6 refused=0 timeouts=1 " in out.splitlines()[-1]


def test_parametric_proves_or_leaves_open() -> None:
    """Any number of elements; a step from somewhere that breaks a lemma refutes nothing."""
    code, out, _ = run("check", "best-effort", "failure-is-told", "--contract", "ideal", "--engine", "parametric")
    assert code == 0
    assert " sizes=any lemmas=" in out.splitlines()[0]
    code, out, _ = run("check", *BREAKS[1:3], "--contract", "ideal", "--engine", "parametric")
    assert code == 3
    assert " unknown " in out.splitlines()[0]
    assert 'reason="call_returns may break `untouched or told`: ' in out.splitlines()[0]


def test_parametric_has_no_sizes() -> None:
    """The two options exclude each other."""
    code, out, err = run(*HOLDS, "--engine", "parametric")
    assert (code, out) == (2, "")
    assert err.startswith("error: the engine parametric proves for any number of elements")
    assert err.count("\n") == 1


def test_a_wrong_name_is_one_sentence() -> None:
    """With the names there are; the nearest is offered."""
    code, out, err = run(*HOLDS, "--engine", "prd")
    assert (code, out) == (2, "")
    assert err == f"error: there is no engine `prd`; did you mean `pdr`? there are: {', '.join(NAMES)}\n"


@pytest.mark.parametrize("name", ["explicit", "pdr"])
def test_a_proof_without_a_witness_is_vacuous(name: str) -> None:
    """No cache exists where every group is emulated, whoever proves that none is stale."""
    asked = ("check", "type1-v1", "success-means-coherent", "--topology", "emulated-only")
    code, out, err = run(*asked, "--engine", name)
    assert (code, err) == (1, "")
    assert " vacuous " in out


def test_the_record_holds_the_lemmas() -> None:
    """One text for each orbit, of the kind that the engine found."""
    code, out, _ = run(*HOLDS, "--engine", "pdr", "--json")
    record = json.loads(out)
    assert code == 0
    assert (record["verdict"], record["strength"], record["scope"]["engine"]) == ("proved", "sizes", "pdr")
    (proof,) = record["certificate"]
    assert proof["kind"] == "inductive"
    assert len(proof["lemmas"]) <= proof["clauses"]
    assert all("~" in x or "=" in x for x in proof["lemmas"])


def test_bounded_events_are_bounded_for_every_engine() -> None:
    """Without an event nothing breaks; the lemmas may speak of the count."""
    asked = ("check", "type1-v1", "success-means-coherent", *TINY, "--faults", "0", "--json")
    for name in ("explicit", "pdr"):
        code, out, _ = run(*asked, "--engine", name)
        assert (code, json.loads(out)["strength"]) == (0, "sizes, at most 0 faults")


def test_a_certificate_of_pdr_is_confirmed(tmp_path: Path) -> None:
    """Written, read, found again; a clause less is another proof."""
    assert run(*HOLDS, "--engine", "pdr", "--certificate", str(tmp_path))[0] == 0
    (directory,) = tmp_path.iterdir()
    code, out, err = run("recheck", str(directory))
    assert (code, err) == (0, "")
    assert "1 proof by pdr or k-induction: found again, the same, and judged by fresh solvers" in out
    path = directory / "certificate.json"
    top = json.loads(path.read_text("utf-8"))
    top["sizes"][0]["lemmas"].pop()
    path.write_text(json.dumps(top), "utf-8")
    assert run("recheck", str(directory))[0] == 2
