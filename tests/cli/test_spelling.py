"""One question has one spelling, a version is told, and what cannot be one document is refused."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown import __version__
from shootdown.cli.app import app

ASKED = ("check", "type1-v1", "success-means-coherent", "--topology", "two-domains")
BROKEN = ("check", "type1-v1", "no-reuse-while-stale", "--topology", "two-singleton-groups")


def run(*words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_the_version_is_told() -> None:
    """In one row, without a command."""
    assert run("--version") == (0, f"shootdown {__version__}\n", "")


@pytest.mark.parametrize("policy", ["any", "hostile"])
def test_the_policy_of_the_property_is_not_repeated(policy: str, tmp_path: Path) -> None:
    """The same mail and the same file names as without the option, whichever word is typed."""
    mail = run(*ASKED, "--format", "mail", "-o", str(tmp_path / "unasked"))
    assert run(*ASKED, "--policy", policy, "--format", "mail", "-o", str(tmp_path / policy)) == mail
    assert "--policy" not in mail[1]
    names = [sorted(p.name for p in (tmp_path / word).iterdir()) for word in ("unasked", policy)]
    assert names[0] == names[1]


@pytest.mark.parametrize("policy", ["any", "hostile"])
def test_another_policy_than_the_propertys_own_is_told(policy: str) -> None:
    """The hostile one as `any`, above the trace, in the line and in the command."""
    _, mail, _ = run(*BROKEN, "--policy", policy, "--format", "mail")
    assert "\npolicy     any: " in mail
    assert " --policy any " in mail
    _, text, _ = run(*BROKEN, "--policy", policy)
    assert ", policy any, " in text
    assert " policy=any " in text.splitlines()[-1]


def test_several_pictures_are_not_one_document(tmp_path: Path) -> None:
    """They are refused on stdout, and are files of a directory."""
    words = ("check", "type1-v1", "success-means-coherent", "failure-is-told", "--topology", "two-domains")
    code, out, err = run(*words, "--format", "svg")
    assert (code, out) == (2, "")
    assert err == "error: --format svg is one document; name one property, or a directory for several: -o DIR\n"
    _, out, _ = run(*words, "--format", "svg", "-o", str(tmp_path))
    assert "<svg" not in out
    assert len(list(tmp_path.glob("*.svg"))) == 2


def test_few_of_many_names_are_told() -> None:
    """A name that is like no other: the nearest, and how many there are."""
    code, _, err = run(*ASKED, "--where", "foo")
    assert code == 2
    assert "nothing is called `foo`; there are " in err
    assert " names, the nearest: " in err
    assert err.count(", ") <= 6


def test_kinds_of_refusals_are_in_the_words_of_their_steps() -> None:
    """Not in the name of the action."""
    _, mail, _ = run(*ASKED, "--traces", "1", "--format", "mail")
    assert mail.startswith("trace 1 of 1: refused (no ATS); the VMM sees 0; ")
