"""The pytest plugin: what passes, what fails, and what a team sees of it."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from shootdown.ir import UsageError
from shootdown.model.designs import designs
from shootdown.plugin import Checker
from shootdown.review import answer as answers
from shootdown.search.verdict import HoldsTo, Scope, Unknown, Vacuous

ROOT = Path(__file__).parents[1]
TINY = {"devices": 1, "domains": 1, "groups": 1, "frames": 1}
SIZES = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
Failed = pytest.fail.Exception

OWN = '''
"""The loop of v1 as a team's own design."""
from dataclasses import replace

from shootdown.model.design import expect
from shootdown.model.designs.type1_v1 import DESIGN as V1

DESIGN = replace(V1, name="own", expects=(
    expect("success-means-coherent", "R - - -", "a refusal is overwritten", topology="two-domains"),
))
'''

TEAM = '''
import pytest

def test_proved(shootdown):
    """Passes."""
    shootdown.assert_proved("own.py", "host-page-safe", devices=1, domains=1, groups=1, frames=1)

def test_refuted(shootdown):
    """Passes."""
    shootdown.assert_refuted("own.py", "success-means-coherent", topology="two-domains", steps=9)

def test_as_stated(shootdown):
    """Passes."""
    shootdown.assert_as_stated("own.py")

@pytest.mark.shootdown(topology="two-domains")
def test_wrong(shootdown):
    """Fails, with the mail."""
    shootdown.assert_proved("own.py", "success-means-coherent")

@pytest.mark.shootdown(dept=3)
def test_misspelt(shootdown):
    """Fails: there is no such option."""
    shootdown.assert_proved("own.py", "success-means-coherent")

@pytest.mark.shootdown("two-domains")
def test_marker(shootdown):
    """Fails: options have names."""
'''


def test_a_team_s_own_tests(tmp_path: Path) -> None:
    """One design and one file of tests: three pass; the failure shows the trace, with the path of the design."""
    (tmp_path / "own.py").write_text(OWN, "utf-8")
    (tmp_path / "test_own.py").write_text(TEAM, "utf-8")
    installed = any(p.value == "shootdown.plugin" for p in entry_points(group="pytest11"))
    more = [] if installed else ["-p", "shootdown.plugin"]
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error", "-p", "no:cacheprovider"]
    env = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    done = subprocess.run([*command, *more], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert "2 failed, 3 passed, 1 error" in done.stdout, done.stdout + done.stderr
    headline = "wanted proved, found refuted: own success-means-coherent, 9 steps, 1 refusal, contract vtd-v10"
    assert f"{headline}\nown success-means-coherent refuted contract=vtd-v10" in done.stdout
    assert f"FAILED test_own.py::test_wrong - Failed: {headline}\n" in done.stdout
    assert "FALSE      stale: the IOTLB of unit0 still gives g -> f to a" in done.stdout
    assert "\n  shootdown check own.py success-means-coherent --contract vtd-v10 \\\n" in done.stdout
    assert "the marker `shootdown` takes options by name only" in done.stdout
    assert done.stdout.count("there is no option `dept`; did you mean `depth`?") == 2, "the failure, and the summary"
    assert "During handling" not in done.stdout
    assert "Traceback" not in done.stdout


def test_loading_the_plugin_loads_no_solver() -> None:
    """It is there in every test run of whoever has the package installed."""
    code = "import sys, shootdown.plugin; print(sorted({'z3', 'cvc5', 'numpy', 'shootdown.ir'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "verdict", [Unknown("out of time", Scope(())), HoldsTo(9, Scope((SIZES,))), Vacuous("no cache", Scope(()))],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_what_is_neither_proved_nor_refuted_meets_nothing(verdict: Any, monkeypatch: Any) -> None:
    """A search that gives up passes neither way."""
    right = answers.answer

    def gives_up(request: Any, limits: Any) -> Any:
        found = right(request, limits, obligations=False)
        return type(found)(found.request, found.system, verdict, 0.0)

    monkeypatch.setattr(answers, "answer", gives_up)
    checker = Checker(ROOT, {"topology": "two-domains"})
    for claim in (checker.assert_proved, checker.assert_refuted):
        with pytest.raises(Failed, match=r"wanted (proved|refuted), found (unknown|holds-to|vacuous): type1-v1 "):
            claim("type1-v1", "success-means-coherent")


def test_a_proof_at_sizes_is_none_for_any_number() -> None:
    """Where the test asks for it."""
    checker = Checker(ROOT, TINY)
    found = checker.assert_proved("best-effort", "success-means-coherent")
    assert found.outcome == "proved"
    with pytest.raises(Failed, match=r"wanted proved for any number, found proved: best-effort .*, sizes, "):
        checker.assert_proved("best-effort", "success-means-coherent", any_number=True)
    with pytest.raises(Failed, match="wanted refuted, found proved: best-effort"):
        checker.assert_refuted("best-effort", "success-means-coherent")


def test_the_length_of_a_trace() -> None:
    """Another one than asked for is a failure."""
    with pytest.raises(Failed, match=r"wanted refuted in 8 steps, found refuted: type1-v1 .*, 9 steps, "):
        Checker(ROOT, {}).assert_refuted("type1-v1", "success-means-coherent", topology="two-domains", steps=8)


def test_a_design_as_an_object() -> None:
    """Not only by name or path."""
    found = Checker(ROOT, {}).check(designs()["type1-v1"], "success-means-coherent", topology="two-domains")
    assert (found.outcome, found.steps) == ("refuted", 9)


def test_options_are_those_of_check() -> None:
    """An unknown one is an error, not a check of something else; `only` and `without` take a word or several."""
    checker = Checker(ROOT, {})
    with pytest.raises(UsageError, match="there is no option `device`; did you mean `devices`"):
        checker.check("type1-v1", "success-means-coherent", device=1)
    found = checker.check(
        "type1-v1", "success-means-coherent", topology="two-domains", only="refused", without=["detach_clears_atc"],
        time=60,
    )  # fmt: skip
    assert found.request.only == frozenset({"refused"})
    assert found.request.without == frozenset({"detach_clears_atc"})
    assert found.request.seconds == 60


def test_a_misspelt_name_fails_the_test_in_one_sentence(tmp_path: Path) -> None:
    """Without a traceback; `check` raises the error itself, for whoever wants to look at it."""
    checker = Checker(tmp_path, TINY)
    (tmp_path / "own.py").write_text("DESIGN = 3\n")
    for claim in (checker.assert_proved, checker.assert_refuted):
        for asked, sentence in (
            (("best-efort", "failure-is-told"), "there is no design `best-efort`; did you mean `best-effort`?"),
            (
                ("best-effort", "failure-is-tld"),
                "there is no property `failure-is-tld`; did you mean `failure-is-told`?",
            ),
            (("own.py", "failure-is-told"), "DESIGN is of type int; write DESIGN = Design("),
        ):
            with pytest.raises(Failed, match=re.escape(sentence)) as failed:
                claim(*asked)
            assert not failed.value.pytrace
            assert failed.value.__context__ is None, "pytest would print both errors"
    with pytest.raises(Failed, match="there is no design `best-efort`"):
        checker.assert_as_stated("best-efort")
    with pytest.raises(UsageError, match="there is no design `best-efort`"):
        checker.check("best-efort", "failure-is-told")


def test_an_expectation_of_a_design_as_an_object_is_looked_at_too() -> None:
    """A property that there is not would never be asked about."""
    from dataclasses import replace  # noqa: PLC0415

    stated = replace(designs()["type1-v1"].expects[0], property="failure-is-tld")
    with pytest.raises(Failed, match="an Expect of type1-v1: there is no property `failure-is-tld`"):
        Checker(ROOT, {}).assert_as_stated(replace(designs()["type1-v1"], expects=(stated,)))


def test_a_design_that_states_nothing_is_not_as_stated() -> None:
    """Nothing was checked, so nothing passes."""
    from dataclasses import replace  # noqa: PLC0415

    with pytest.raises(Failed, match="own states no expectation"):
        Checker(ROOT, {}).assert_as_stated(replace(designs()["type1-v1"], name="own", expects=()))
