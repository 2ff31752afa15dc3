"""Certificates of proofs about bytes and ranges: what was written is confirmed, what was changed is rejected."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shootdown.cli.recheck import write_files
from shootdown.ir.errors import CertificateError
from shootdown.model.usermem.designs import abis
from shootdown.properties import properties
from shootdown.review.bitproof import BitProof, about_bits, again, compare, decide, files, of_bytes, of_range
from shootdown.review.certificate import MANIFEST
from shootdown.review.ranges import questions
from shootdown.review.recheck import load
from shootdown.review.usermem import SUBJECT, question


def silent(_what: str) -> None:
    """Nobody wants to know how far it is."""


def bytes_proof() -> BitProof:
    """Of the merged form."""
    return of_bytes(question(abis()["merged-5.10"], properties(SUBJECT)["reads-within-argsz"]))


def range_proof() -> BitProof:
    """Of one that leans on an assumption."""
    return of_range(questions("B41/fixed")[0])


@pytest.mark.parametrize("make", [bytes_proof, range_proof])
def test_what_was_written_is_confirmed_by_both_solvers(make: Callable[[], BitProof], tmp_path: Path) -> None:
    """Made again from the names alone; obligations unsatisfiable, scenarios satisfiable."""
    made = make()
    write_files(tmp_path / "c", files(made))
    top = load(tmp_path / "c")
    assert about_bits(top)
    own = again(top)
    compare(top, tmp_path / "c", own)
    told = decide(own, silent)
    assert told.obligations == told.asked == told.second >= 3
    assert told.scenarios == len(made.scenarios) >= 1


def confirm(directory: Path) -> None:
    """What `recheck` does before it asks a solver."""
    top = load(directory)
    compare(top, directory, again(top))


def change_manifest(directory: Path, key: str, value: Any) -> None:
    """Another value in the manifest; of a dotted key one of the inner values."""
    top = json.loads((directory / MANIFEST).read_text())
    outer, _, inner = key.partition(".")
    if inner:
        top[outer][inner] = value
    else:
        top[outer] = value
    (directory / MANIFEST).write_text(json.dumps(top))


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("check.world", "appended-honest", "cannot be asked in a world"),
        ("check.property", "unknown-flags-are-refused", "is not what the model gives"),
        ("check.design", "../evil.py", "not in the catalogue"),
        ("check.subject", "poem", "does not say what was asked"),
        ("scenarios", [], "must give 1 numbers of steps"),
        ("scenarios", [{"name": "x", "steps": -1}], "from 0 to 100"),
        ("proof", "believe me", "`proof` in certificate.json is not what the model gives"),
        ("files", {}, "`files` in certificate.json"),
    ],
)
def test_a_manifest_that_lies_is_rejected(key: str, value: Any, sentence: str, tmp_path: Path) -> None:
    """One sentence says where."""
    write_files(tmp_path / "c", files(bytes_proof()))
    change_manifest(tmp_path / "c", key, value)
    with pytest.raises(CertificateError, match=sentence):
        confirm(tmp_path / "c")


def test_a_script_that_was_changed_is_rejected(tmp_path: Path) -> None:
    """Also one that is missing, and one too many."""
    made = range_proof()
    write_files(tmp_path / "c", files(made))
    top = load(tmp_path / "c")
    extra = tmp_path / "c" / "obligations" / "more.smt2"
    extra.write_text("(check-sat)\n")
    with pytest.raises(CertificateError, match="does not belong"):
        compare(top, tmp_path / "c", made)
    extra.unlink()
    script = min((tmp_path / "c" / "obligations").iterdir())
    script.write_text(script.read_text() + "; more\n")
    with pytest.raises(CertificateError, match="is not what the model gives"):
        compare(top, tmp_path / "c", made)
    script.unlink()
    with pytest.raises(CertificateError, match="is missing"):
        compare(top, tmp_path / "c", made)


def test_what_is_refuted_has_no_certificate_that_stands() -> None:
    """The judge of obligations does not believe whoever made them."""
    with pytest.raises(CertificateError, match="has to be unsat; z3 says sat"):
        decide(of_range(questions("B41/buggy")[0]), silent, quick=True)


def test_a_withdrawn_assumption_is_part_of_what_was_asked() -> None:
    """The proof under the assumption is no proof without it."""
    with pytest.raises(CertificateError, match="z3 says sat"):
        decide(of_range(questions("B41/fixed", frozenset({"size_0_comes_with_address_0"}))[0]), silent, quick=True)
