"""Certificates as directories: made twice they are the same, and every kind of tampering is rejected."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shootdown import second
from shootdown.cli.recheck import write
from shootdown.ir.errors import CertificateError, ShootdownError
from shootdown.ir.fingerprint import formula_text
from shootdown.ir.interp import holds
from shootdown.ir.parse import parse_formula
from shootdown.ir.slice import cone
from shootdown.model.designs import designs
from shootdown.properties import properties
from shootdown.report.certificate import LEMMAS, confirmed_text, lemma_words, lemmas_text
from shootdown.review.answer import answer
from shootdown.review.anynumber import conjectures
from shootdown.review.certificate import MANIFEST, Certificate, manifest_text, question, rebuilt, scripts
from shootdown.review.problem import Request
from shootdown.review.recheck import Confirmed, again, compare, decide, load
from shootdown.search import explicit
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved
from shootdown.second import Reply
from shootdown.smt import Answer

DESIGN, PROPERTY, CONTRACT = "best-effort", "failure-is-told", "ideal"


def asked(design: str = DESIGN, prop: str = PROPERTY, **more: Any) -> Request:
    """A check under contract `ideal`."""
    return Request(designs()[design], properties()[prop], **({"contract": CONTRACT} | more))


@pytest.fixture(scope="module")
def proved() -> Proved:
    """A proof for any number of devices and everything else."""
    verdict = answer(asked(), Limits(), obligations=False).verdict
    assert isinstance(verdict, Proved)
    assert verdict.universal is not None
    return verdict


@pytest.fixture(scope="module")
def kept(proved: Proved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate; tests change copies of it only."""
    directory = tmp_path_factory.mktemp("certificates") / "proof"
    write(directory, asked(), DESIGN, proved)
    return directory


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(kept, tmp_path / "proof"))


def own(directory: Path) -> Certificate:
    """What the model gives for the directory, once everything in it has been compared with that."""
    top = load(directory)
    certificate = again(top, "", Limits())
    compare(top, directory, certificate, {LEMMAS: lemmas_text(certificate), **scripts(certificate)})
    return certificate


def edited(directory: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest."""
    path = directory / MANIFEST
    top = json.loads(path.read_text("utf-8"))
    edit(top)
    path.write_text(json.dumps(top, indent=1), "utf-8")


def forged(directory: Path, texts: list[str]) -> None:
    """A whole new certificate with other lemmas, in which everything fits together."""
    first = own(directory)
    made = rebuilt(first.request, first.design, texts, first.finite, first.idle)
    shutil.rmtree(directory)
    files = {MANIFEST: manifest_text(made), LEMMAS: lemmas_text(made), **scripts(made)}
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, "utf-8")


def test_an_untouched_certificate_is_confirmed_by_both_solvers(kept: Path) -> None:
    """The control: made again from the model it is the same, and neither solver finds a way out."""
    whole = own(kept)
    certificate = replace(whole, obligations=whole.obligations[::5])
    told: list[str] = []
    confirmed = decide(certificate, told.append)
    number = len(certificate.obligations)
    assert number > 10
    assert (confirmed.obligations, confirmed.first, confirmed.second, confirmed.asked) == (number,) * 4
    assert told[0] == "hypotheses"
    assert told[-1] == f"obligation {number} of {number}"
    few = replace(certificate, obligations=certificate.obligations[:9])
    quick = decide(few, told.append, quick=True)
    assert (quick.first, quick.second, quick.asked) == (9, 0, 0)


def test_the_same_proof_gives_the_same_bytes(kept: Path, proved: Proved, tmp_path: Path) -> None:
    """No clock, no order of a set, no number of a bound variable reaches a file."""
    write(tmp_path / "again", asked(), DESIGN, proved)
    names = sorted(p.relative_to(kept) for p in kept.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*") if p.is_file())
    for name in names:
        assert (kept / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


@pytest.mark.parametrize("name", sorted(properties()))
def test_every_conjecture_can_be_read_back(name: str) -> None:
    """The text of a lemma means what the lemma means; a second reading changes nothing."""
    for policy in ("", "withhold-completion"):
        system, claims = question(asked(prop=name, policy=policy), universal=False)
        formulas = [*(c.formula for c in conjectures(system)), *(c.formula for c in claims)]
        assert len(formulas) > len(claims)
        for formula in formulas:
            text = str(formula)
            back = parse_formula(text, system)
            assert formula_text(back) == formula_text(formula), text
            assert str(back) == text


def test_every_lemma_of_a_proof_can_be_read_back(kept: Path, proved: Proved) -> None:
    """The lemmas in the certificate mean what the proof says, found ones included."""
    certificate = own(kept)
    assert proved.universal is not None
    for lemma, first in zip(certificate.lemmas, proved.universal.lemmas, strict=True):
        assert formula_text(lemma.formula) == formula_text(first.formula)


def test_every_lemma_holds_in_every_state_that_is_reached(kept: Path) -> None:
    """By the interpreter, at a small size, in all states that explicit search reaches."""
    certificate = own(kept)
    sizes = {"Domain": 1, "Group": 1, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}
    formulas = [x.formula for x in certificate.lemmas]
    runs = explicit.explored(cone(certificate.system, formulas), (), sizes, Limits()).parts
    states = [run.space.layout.unpack(int(word)) for run in runs for word in run.visited.all()]
    assert len(states) > 100
    for state in states[:: max(1, len(states) // 1000)]:
        for lemma in certificate.lemmas:
            assert holds(lemma.formula, state, sizes), lemma.name


def test_readers_see_numbered_lemmas_in_words(kept: Path) -> None:
    """Claims and conjectures by name, everything as a formula; orders and what they are used for at the end."""
    text = (kept / LEMMAS).read_text("utf-8")
    rows = text.splitlines()
    assert rows[0] == f"{DESIGN} {PROPERTY}     contract ideal, policy any"
    assert "   1  told" in rows
    assert f"   2  {own(kept).lemmas[1].name}" in rows
    assert any(row.startswith("      for all devices d: ") for row in rows)
    assert "Used besides: the order of the walk" in text
    assert max(map(len, rows)) <= 100


def test_what_narrows_a_proof_and_what_it_assumes_is_told(kept: Path) -> None:
    """In the line of `recheck` and in the list of lemmas; nobody takes a smaller question for the general one."""
    whole = own(kept)
    assumed = [a.name for a in whole.system.assumptions]
    assert len(assumed) > 1
    confirmed = Confirmed(1, 1, 0, 0)
    line = confirmed_text(whole, confirmed).splitlines()[0]
    world = "contract=ideal policy=any topology=sizes sizes=any assuming="
    assert line == f"{DESIGN} {PROPERTY} {world}{','.join(assumed)}"
    text = " ".join(lemmas_text(whole).split())
    assert f"Assuming {', '.join(assumed)}." in text
    assert "of calls, steps and faults: " in text
    assert "Asked with" not in text
    asked_for = replace(
        whole.request, only=frozenset({"refused"}), without=frozenset({"x"}), where="has_ats(a)", engine="parametric"
    )
    narrow = replace(whole, request=asked_for)
    options = ("only=refused", "without=x", 'where="has_ats(a)"', "engine=parametric")
    assert confirmed_text(narrow, confirmed).splitlines()[0] == f"{line} {' '.join(options)}"
    text = " ".join(lemmas_text(narrow).split())
    assert f"Asked with {', '.join(options)}." in text
    assert "events counted as refused, no others (--only): " in text


def test_a_found_lemma_reads_as_never() -> None:
    """What no reachable state says."""
    system, _ = question(asked(), universal=False)
    formula = parse_formula("forall d: Device, f: Frame. ~(todo(d) & replaced(f))", system)
    assert lemma_words(formula) == "for all devices d, frames f: never todo(d) & replaced(f)"


Tamper = Callable[[Path], object]


def _lemma(k: int, text: str) -> Tamper:
    return lambda d: edited(d, lambda top: top["lemmas"][k].update(formula=text))


def _set(key: str, value: Any) -> Tamper:
    return lambda d: edited(d, lambda top: top.update({key: value}))


def _check(key: str, value: Any) -> Tamper:
    return lambda d: edited(d, lambda top: top["check"].update({key: value}))


def _script(directory: Path, room: str = "obligations", k: int = 5) -> Path:
    return sorted((directory / room).iterdir())[k]


def _rewritten(old: str, new: str, room: str = "obligations") -> Tamper:
    def tamper(directory: Path) -> None:
        path = _script(directory, room)
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return tamper


def _linked(directory: Path) -> None:
    path = _script(directory)
    path.rename(directory.parent / "elsewhere")
    path.symlink_to(directory.parent / "elsewhere")


TAMPERED: dict[str, tuple[Tamper, str]] = {
    "a lemma strengthened": (_lemma(1, "false"), "`lemmas` in certificate.json"),
    "a lemma weakened": (_lemma(1, "true"), "`lemmas` in certificate.json"),
    "a lemma dropped": (lambda d: edited(d, lambda top: top["lemmas"].pop()), "is missing"),
    "a lemma added": (
        lambda d: edited(d, lambda top: top["lemmas"].append({"name": "true", "origin": "found", "formula": "true"})),
        "is missing",
    ),
    "two lemmas swapped": (lambda d: edited(d, lambda top: top["lemmas"].reverse()), "is missing"),
    "a lemma that is no formula": (_lemma(1, "import os"), "nothing more is expected"),
    "a lemma of another model": (_lemma(1, "forall d: Device. flushed(d)"), "nothing is called `flushed`"),
    "a lemma of one element": (_lemma(1, "todo(a)"), "names one Device"),
    "a false name": (lambda d: edited(d, lambda top: top["lemmas"][1].update(name="all is well")), "`lemmas`"),
    "an obligation contradicted": (_rewritten("(check-sat)", "(assert false)\n(check-sat)"), "is not what the model"),
    "an obligation weakened": (_rewritten("(assert (not ", "(assert (and false "), "is not what the model"),
    "an obligation without a hypothesis": (_rewritten("(assert ", "; (assert "), "is not what the model"),
    "a premise changed": (_rewritten("(check-sat)", "(assert true)\n(check-sat)", "premises"), "is not what the model"),
    "a missing obligation": (lambda d: _script(d).unlink(), "is missing"),
    "a missing premise": (lambda d: _script(d, "premises", 0).unlink(), "is missing"),
    "a missing list": (lambda d: (d / LEMMAS).unlink(), "lemmas.txt is missing"),
    "a changed list": (lambda d: (d / LEMMAS).write_text("all is well\n"), "lemmas.txt is not what the model"),
    "an additional file": (lambda d: (d / "obligations" / "x.smt2").write_text("(check-sat)"), "does not belong"),
    "a link": (_linked, "is a link"),
    "a changed checksum": (
        lambda d: edited(d, lambda top: top["files"].update({min(top["files"]): "0" * 64})), "does not give the SHA-256"
    ),
    "another fingerprint": (_set("model", "0" * 64), "its fingerprint differs"),
    "another property": (_check("property", "success-means-coherent"), "its fingerprint differs"),
    "another design": (_check("design", "type1-v1-stop"), "its fingerprint differs"),
    "another contract": (_check("contract", "vtd-v10"), "its fingerprint differs"),
    "an assumption withdrawn": (_check("without", ["detach_clears_atc"]), "its fingerprint differs"),
    "a condition": (_check("where", "forall d: Device. has_ats(d)"), "its fingerprint differs"),
    "a kind of event left out": (_check("only", ["refused"]), "its fingerprint differs"),
    "certain sizes": (_check("given", {"Device": 2}), "about certain sizes"),
    "a topology": (_check("topology", "two-domains"), "about certain sizes"),
    "an engine for certain sizes": (_check("engine", "pdr"), "proves nothing for any number"),
    "the engine named": (_check("engine", "parametric"), "lemmas.txt is not what the model"),
    "other sizes": (_set("sizes", [{"Device": 2}]), "no longer ends in a proof"),
    "a claim dropped": (lambda d: edited(d, lambda top: top["claims"].pop()), "`claims` in certificate.json"),
    "an order forgotten": (_set("finite", []), "is missing"),
    "an order that does not exist": (_set("finite", ["of merit"]), "declares no order called"),
    "an action called idle": (_set("idle", ["call_lock"]), "is missing"),
    "another version": (_set("version", 2), "of version 1"),
    "another format": (_set("format", "ITF"), "does not say that it is"),
    "an unknown key": (_set("trusted", True), "`trusted` in certificate.json"),
    "a key forgotten": (lambda d: edited(d, lambda top: top.pop("claims")), "`claims` in certificate.json"),
    "no JSON": (lambda d: (d / MANIFEST).write_text("("), "is not JSON"),
    "no manifest": (lambda d: (d / MANIFEST).unlink(), "cannot be read"),
    "not UTF-8": (lambda d: _script(d).write_bytes(b"\xff"), "is not UTF-8"),
    "control characters": (_lemma(1, "true \x1b[2J"), "cannot be printed"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_tampering_is_rejected(what: str, copy: Path) -> None:
    """One sentence says which part of the certificate is not what the model and the lemmas give."""
    tamper, reason = TAMPERED[what]
    tamper(copy)
    with pytest.raises(ShootdownError) as caught:
        own(copy)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


FORGED: dict[str, Callable[[list[str]], list[str]]] = {
    "a needed lemma dropped": lambda texts: texts[:-1],
    "a lemma strengthened": lambda texts: [*texts[:-1], "false"],
    "a lemma added that is not kept": lambda texts: [*texts, "forall d: Device. ~todo(d)"],
    "no lemma at all": lambda _: [],
}


@pytest.mark.parametrize("change", list(FORGED.values()), ids=list(FORGED))
def test_a_forgery_in_which_everything_fits_is_rejected(change: Callable[[list[str]], list[str]], copy: Path) -> None:
    """Its bytes are what its lemmas give, so that it is up to the solvers."""
    forged(copy, change([str(x.formula) for x in own(copy).lemmas]))
    certificate = own(copy)
    with pytest.raises(CertificateError, match=r"not shown|contradict each other"):
        decide(certificate, lambda _: None, quick=True)


def _saying(monkeypatch: pytest.MonkeyPatch, solver: str, answer_: Answer, *, number: int) -> None:
    """Let a solver answer the script with this number so, and all others as it does."""
    seen: list[str] = []
    function = {second.Z3: "ask_z3", second.CVC5: "ask"}[solver]
    real = getattr(second, function)

    def ask(script: str, **options: Any) -> Reply:
        seen.append(script)
        return Reply(answer_, solver, "gave up") if len(seen) == number else real(script, **options)

    monkeypatch.setattr(second, function, ask)


def test_the_second_solver_may_give_up_but_not_object(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cvc5 leaves open is counted; where it contradicts z3 nothing is concluded."""
    certificate = own(kept)
    few = replace(certificate, obligations=certificate.obligations[:6])
    with monkeypatch.context() as patch:
        _saying(patch, second.CVC5, Answer.UNKNOWN, number=2)
        confirmed = decide(few, lambda _: None)
        assert (confirmed.first, confirmed.second, confirmed.asked) == (6, 5, 6)
    with monkeypatch.context() as patch:
        _saying(patch, second.CVC5, Answer.SAT, number=2)
        with pytest.raises(CertificateError, match="one of the solvers is wrong"):
            decide(few, lambda _: None)
    with monkeypatch.context() as patch:
        _saying(patch, second.Z3, Answer.UNKNOWN, number=2)
        confirmed = decide(few, lambda _: None, quick=True)
        assert (confirmed.first, confirmed.second, confirmed.asked) == (5, 1, 1)
    with monkeypatch.context() as patch:
        _saying(patch, second.Z3, Answer.UNKNOWN, number=2)
        _saying(patch, second.CVC5, Answer.UNKNOWN, number=2)
        with pytest.raises(CertificateError, match="gave up; gave up"):
            decide(few, lambda _: None)


def test_contradictory_hypotheses_are_rejected(kept: Path) -> None:
    """From them everything follows, so that no obligation says anything."""
    certificate = own(kept)
    first = certificate.obligations[0]
    empty = replace(first, context=first.context + "(assert false)\n")
    with pytest.raises(CertificateError, match="contradict each other"):
        decide(replace(certificate, obligations=(empty,)), lambda _: None)
