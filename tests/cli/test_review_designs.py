"""`shootdown review` of a team's own design: all that a review leaves, from what the file states."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from shootdown.cli.app import app

OURS = '''
"""Our loop."""

from shootdown.model.design import Design, Expect
from shootdown.model.sorts import Errno


def after_device(s, d, ret):
    s.ret = ret
    s.todo[d] = False


DESIGN = Design(
    name="ours",
    source="our series, v2 3/5",
    summary="every device is attempted, the last answer is returned",
    after_device=after_device,
    expects=(
        Expect(
            "failure-is-told", {"ideal": "refuted"}, "a later success overwrites it", topology="two-singleton-groups"
        ),
        Expect(
            "wrong-mode-is-refused", {"ideal": "proved"}, "there is no check of the mode", topology="emulated-only"
        ),
    ),
)
'''
"""The second expectation is wrong."""


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the team's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our design.py").write_text(OURS, "utf-8")
    return tmp_path


def review(*args: str) -> Result:
    """The command in this process; its checks in another."""
    return CliRunner().invoke(app, ["review", *args, "--jobs", "1"])


def test_everything_is_left_for_a_file(ours: Path) -> None:
    """Page, tables, JUnit and SARIF with the line that states the check; mails that name the file."""
    done = review("our design.py", "-o", "answers")
    assert done.exit_code == 1, done.output
    assert "1 of 2 checks are as their design files state." in done.output
    assert "bytes of calls" not in done.output
    out = ours / "answers"
    assert {p.name for p in out.iterdir()} == {
        "checks.json", "checks.txt", "mail", "review.html", "review.junit.xml", "review.md", "review.sarif", "traces",
    }  # fmt: skip
    cases = ElementTree.parse(out / "review.junit.xml").findall("testsuite/testcase")
    assert [(c.get("classname"), len(c.findall("failure"))) for c in cases] == [("ours", 0), ("ours", 1)]
    results = json.loads((out / "review.sarif").read_text("utf-8"))["runs"][0]["results"]
    rows = OURS.splitlines()
    for result, name in zip(results, ("failure-is-told", "wrong-mode-is-refused"), strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "our%20design.py"
        assert f'"{name}"' in rows[place["region"]["startLine"] - 1]
    mail = (out / "mail" / "ours.failure-is-told.ideal.any.two-singleton-groups.txt").read_text("utf-8")
    assert "shootdown check 'our design.py' failure-is-told" in " ".join(mail.replace("\\\n", " ").split())


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("silent.py",), "silent.py states nothing; give its Design expects=(Expect(...), ...), or use `check`"),
        (("our design.py", "./our design.py"), "two of these designs are called `ours`"),
        (("type1-v7",), "there is no design `type1-v7`"),
    ],
)
def test_mistakes(ours: Path, args: tuple[str, ...], sentence: str) -> None:
    """One sentence, and nothing is written."""
    (ours / "silent.py").write_text(OURS[: OURS.index("    expects")] + ")\n", "utf-8")
    done = review(*args, "-o", "answers")
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (ours / "answers").exists()
