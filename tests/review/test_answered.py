"""Proofs of responses in certificates: made twice they are the same, and both solvers confirm them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shootdown.cli.recheck import run, write
from shootdown.ir.errors import CertificateError, ShootdownError
from shootdown.model.designs import designs
from shootdown.properties import properties
from shootdown.report.certificate import LEMMAS
from shootdown.review.answered import Stated, answered, answered_again, scripts_of
from shootdown.review.certificate import MANIFEST
from shootdown.review.expectation import Exit
from shootdown.review.problem import Request, problem_of
from shootdown.review.recheck import again, compare, load
from shootdown.search.check import check
from shootdown.search.question import Hints, Open, Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Ranked
from tests.search import rankings
from tests.search.rankings import RUNNING, Toy

DESIGN = "type1-v1-stop"


def toy_problem(made: Toy) -> tuple[Problem, tuple[Ranked, ...]]:
    """A problem about a toy, and the proofs that its check ends with."""
    system, response, right = made
    hints = Hints((), ({"Item": 1}, {"Item": 2}), ({"Item": 3},))
    stated: Any = type("Stated", (), {"on": lambda _self, _system, _response: right})()
    problem = Problem(
        system, (), (), (Place("sizes", {"Item": 1}),), open=Open(hints), responses=(response,),
        ranks={response.name: lambda _system: stated},
    )  # fmt: skip
    found = check(problem, Limits()).verdict
    assert isinstance(found, Proved)
    return problem, found.ranked


@pytest.mark.parametrize("name", ["emptied", "in order", "with a lemma", "doorway"])
def test_the_texts_of_lemmas_are_enough_to_make_all_scripts_again(name: str) -> None:
    """Ranking and rules come from the model; nothing else of the proof is kept."""
    problem, proofs = toy_problem(rankings.RIGHT[name]())
    made = answered(problem, problem.system, proofs)
    texts = [str(lemma.formula) for lemma in made[0].lemmas]
    once_more = answered_again(problem, problem.system, [Stated(texts, made[0].finite, made[0].asked.idle)])
    assert scripts_of(once_more) == scripts_of(made)
    assert len([n for n in scripts_of(made) if "/obligations/" in n]) == proofs[0].obligations
    assert all(n.startswith(f"responses/1-{made[0].response.name.replace(' ', '-')}/") for n in scripts_of(made))


def test_a_proof_without_a_response_or_with_another_is_rejected() -> None:
    """As many as the check is about; and what the property is not fair to helps nobody."""
    problem, _ = toy_problem(rankings.emptied())
    for stated in ([], [Stated((), (), ())] * 2):
        with pytest.raises(CertificateError, match="the check is about 1 responses"):
            answered_again(problem, problem.system, stated)
    unfair = replace(problem, responses=(replace(problem.responses[0], fair=()),))
    with pytest.raises(CertificateError, match="is not fair to it"):
        answered_again(unfair, problem.system, [Stated((), (), ())])
    unstated = replace(problem, ranks={})
    with pytest.raises(CertificateError, match="no ranking is stated for `ends`"):
        answered_again(unstated, problem.system, [Stated((), (), ())])


def test_a_proof_that_lacks_a_lemma_is_not_judged_to_stand() -> None:
    """A certificate is judged once more when it is written."""
    problem, proofs = toy_problem(rankings.with_lemma())
    with pytest.raises(CertificateError, match="not shown"):
        answered(problem, problem.system, [replace(proofs[0], lemmas=())])
    assert RUNNING.rank


def asked() -> Request:
    """A check that has to do with one response."""
    return Request(designs()[DESIGN], properties()["every-call-returns"], "ideal")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the model; tests change copies of it only."""
    found = check(problem_of(asked())[1], Limits()).verdict
    assert isinstance(found, Proved)
    assert found.ranked
    directory = tmp_path_factory.mktemp("certificates") / "proof"
    write(directory, asked(), DESIGN, found)
    return directory


@pytest.mark.long
def test_both_solvers_confirm_a_certificate_from_its_files(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All obligations, of claims and of the response, by z3 and by cvc5."""
    assert run([kept]) is Exit.GOOD
    told = capsys.readouterr().out
    number = len(list(kept.rglob("obligations/*.smt2")))
    assert f"z3 confirms {number} of {number}, cvc5 confirms {number} of {number}" in told
    assert number > len(list((kept / "obligations").iterdir()))
    assert "by a ranking that\n  strictly shrinks" in (kept / LEMMAS).read_text()


def _edit(directory: Path, change: Callable[[Any], None]) -> None:
    top = json.loads((directory / MANIFEST).read_text())
    change(top)
    (directory / MANIFEST).write_text(json.dumps(top))


def _confirm(directory: Path) -> None:
    from shootdown.cli.recheck import _files  # noqa: PLC0415 # what the command compares with

    top = load(directory)
    own = again(top, "", Limits())
    compare(top, directory, own, _files(own))


TAMPERING: dict[str, tuple[Callable[[Any], None], str]] = {
    "no response": (lambda top: top.pop("responses"), "the check is about 1 responses"),
    "a lemma less": (lambda top: top["responses"][0]["lemmas"].pop(), "is missing, and"),
    "another name": (lambda top: top["responses"][0].update(response="x"), "`responses` in certificate.json"),
    "an order more": (lambda top: top["responses"][0]["finite"].append("x"), "declares no order called `x`"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(TAMPERING))
def test_a_certificate_that_says_something_else_is_rejected(name: str, kept: Path, tmp_path: Path) -> None:
    """What a manifest says of a response is compared with what the model gives."""
    copy = tmp_path / "copy"
    shutil.copytree(kept, copy)
    _confirm(copy)
    change, words = TAMPERING[name]
    _edit(copy, change)
    with pytest.raises(ShootdownError, match=words):
        _confirm(copy)


@pytest.mark.long
def test_a_script_that_was_changed_is_rejected(kept: Path, tmp_path: Path) -> None:
    """Files are compared, and never run."""
    copy = tmp_path / "copy"
    shutil.copytree(kept, copy)
    first = min(copy.glob("responses/*/obligations/*.smt2"))
    first.write_text("(assert false)\n(check-sat)\n")
    with pytest.raises(CertificateError, match="is not what the model and the lemmas give"):
        _confirm(copy)
