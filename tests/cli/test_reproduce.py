"""The reproduce line of a mail, pasted into a shell, prints the same mail again."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.model.designs import designs
from shootdown.plugin import Checker
from shootdown.report.mail import mail_text
from tests.pages import shell_environment

DOZEN: list[tuple[str, str, dict[str, Any]]] = [
    ("type1-v1", "no-reuse-while-stale", {"topology": "two-singleton-groups", "faults": 1, "only": "refused"}),
    ("type1-v1", "success-means-coherent", {"contract": "smmuv3-v10"}),
    ("type1-v1", "wrong-mode-is-refused", {"topology": "emulated-only", "where": "mode == TYPE1v2"}),
    ("type1-v1-stop", "report-is-sufficient", {"contract": "ideal"}),
    ("type1-v2", "failure-is-told", {"contract": "vtd-5.7"}),
    ("best-effort", "success-means-coherent", {"contract": "ideal", "without": "detach_clears_atc"}),
    ("best-effort", "recoverable", {"contract": "ideal", "policy": "retry-all", "topology": "two-singleton-groups"}),
    ("best-effort", "no-reuse-while-stale", {"policy": "report-and-complete", "engine": "bmc", "depth": 13}),
    ("count", "no-reuse-while-stale", {"contract": "smmuv3-v10", "policy": "withhold-completion"}),
    ("never-fails", "failure-is-told", {"devices": 2, "domains": 1, "groups": 1}),
    ("device-status", "error-means-untouched-or-told", {"contract": "ideal"}),
    (
        "best-effort", "success-means-coherent",
        {"contract": "vtd-5.7", "without": ["flush_hits_the_requested_range", "request_is_well_formed"]},
    ),
]  # fmt: skip


def pasted(design: str, prop: str, options: dict[str, Any], home: Path, path: str = "") -> tuple[str, str]:
    """A mail, and what a shell prints when the last lines of the mail are pasted into it."""
    found = Checker(home, {}).assert_refuted(path or design, prop, **options)
    mail = mail_text(found, path or design)
    _, _, lines = mail.partition("Reproduce:\n")
    assert lines
    done = subprocess.run(
        ["bash", "-c", lines], cwd=home, env=shell_environment(home), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    return mail, done.stdout


def test_a_pasted_line_prints_the_mail_again(tmp_path: Path) -> None:
    """Letter for letter."""
    mail, again = pasted("type1-v1", "success-means-coherent", {"topology": "two-domains"}, tmp_path)
    assert again == mail


@pytest.mark.long
@pytest.mark.parametrize(("design", "prop", "options"), DOZEN, ids=[f"{d}-{p}-{len(o)}" for d, p, o in DOZEN])
def test_a_pasted_line_prints_any_mail_again(design: str, prop: str, options: dict[str, Any], tmp_path: Path) -> None:
    """With policies, topologies, sizes, bounds, starts, engines, and withdrawn assumptions."""
    mail, again = pasted(design, prop, options, tmp_path)
    assert again == mail


@pytest.mark.long
def test_a_path_that_a_shell_would_take_apart(tmp_path: Path) -> None:
    """Blanks and quotes in the path of somebody's own file."""
    folder = tmp_path / "it's a long way to the design that somebody has put into a folder of his own $HOME"
    folder.mkdir()
    (folder / "ours.py").write_text(
        "from dataclasses import replace\n"
        "from shootdown.model.designs.type1_v1 import DESIGN as V1\n"
        "DESIGN = replace(V1, name='ours')\n"
    )
    path = str(folder / "ours.py")
    mail, again = pasted("ours", "success-means-coherent", {"topology": "two-domains"}, tmp_path, path)
    assert again == mail


def printed(*words: str) -> tuple[str, str]:
    """What `check ... --format mail` prints: above its last block, and the command of that block in one row."""
    above, block, command = (
        CliRunner().invoke(app, ["check", *words, "--format", "mail"]).stdout.partition("\n\nReproduce:\n")
    )
    assert block
    rows = [row for row in command.splitlines() if not row.startswith("  # ")]
    return above, " ".join("\n".join(rows).replace("\\\n", " ").split())


def test_what_is_explained_stands_above_the_command_that_explains_it_again() -> None:
    """`--why` is in the command, and `repair` is no afterthought."""
    above, command = printed("type1-v1", "every-call-returns", "--why")

    assert above.splitlines()[-2].startswith("repair     not determined")
    assert command == ("shootdown check type1-v1 every-call-returns --contract vtd-v10 --format mail --why")


def test_several_traces_have_one_command_below_them_all() -> None:
    """With their number, and with `--expect`, whose words are in the mail as well."""
    words = ("type1-v1", "success-means-coherent", "--contract", "ideal", "--topology", "two-domains")
    above, command = printed(*words, "--traces", "2", "--expect")

    assert above.splitlines()[-1] == "more may exist: no more were asked for"
    assert [row[:12] for row in above.splitlines() if row.startswith("trace ")] == ["trace 1 of 2", "trace 2 of 2"]
    assert "Reproduce" not in above
    assert command == " ".join(("shootdown check", *words, "--format mail --expect --traces 2"))


@pytest.mark.long
@pytest.mark.parametrize("more", [("--why",), ("--traces", "2"), ("--expect", "--traces", "2", "--why")])
def test_a_pasted_line_explains_again(more: tuple[str, ...], tmp_path: Path) -> None:
    """Letter for letter, with all that was told besides."""
    words = ["check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "--format", "mail"]
    told = CliRunner().invoke(app, [*words, *more])
    lines = told.stdout.partition("Reproduce:\n")[2]
    environment = shell_environment(tmp_path)
    done = subprocess.run(["bash", "-c", lines], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (told.exit_code, told.stdout)


def test_markdown_ends_with_its_command_too() -> None:
    """Once, below what is explained."""
    words = ("check", "type1-v1", "every-call-returns", "--format", "markdown", "--why")
    text = CliRunner().invoke(app, words).stdout
    assert text.count("```sh\n") == 1
    above, _, command = text.partition("```sh\n")
    assert "### Repair" in above
    assert command.removesuffix("```\n").split() == ["shootdown", *words[:3], "--contract", "vtd-v10", *words[3:]]


def test_the_dozen_are_of_many_designs() -> None:
    """They are about what there is, and no option of a question is left out."""
    assert {d for d, _, _ in DOZEN} <= set(designs())
    options = {name for _, _, given in DOZEN for name in given}
    assert options >= {"contract", "policy", "topology", "where", "faults", "only", "depth", "without", "engine"}
