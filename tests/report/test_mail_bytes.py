"""Mails about the bytes of a call."""

from dataclasses import replace
from functools import cache

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.model.usermem.program import Stated
from shootdown.properties import properties
from shootdown.report.lanes import COLUMNS
from shootdown.report.mail_bytes import bytes_mail
from shootdown.review.usermem import SUBJECT, Told, answer, find_abi, question
from shootdown.search.verdict import Scope, Unknown, Vacuous


@cache
def told(abi: str, prop: str) -> Told:
    """An answer, searched for once."""
    return answer(question(find_abi(abi), properties(SUBJECT)[prop]))


def race() -> Told:
    """Another thread stores between the copies of two devices."""
    return told("type1-v3", "checked-is-used")


def proof() -> Told:
    """Nothing is read beyond the size that the caller gave."""
    return told("argsz-flags-data", "reads-within-argsz")


def test_every_mail_is_ascii_of_at_most_72_columns() -> None:
    """With the claim, the world and the command."""
    scope = Scope(({},), fixed=("every value", "one call"))
    for one in (race(), proof(), replace(race(), verdict=Unknown("out of time", scope)),
                replace(race(), verdict=Vacuous("no copy", scope))):  # fmt: skip
        text = bytes_mail(one)
        assert text.isascii()
        assert max(len(row) for row in text.splitlines()) <= COLUMNS
        assert f"\nworld      {one.question.world.name}: " in text
        assert "\nclaim      " in text


def test_the_race_of_two_copies() -> None:
    """The word that changed, who stored it in which lane, and what each copy saw."""
    rows = bytes_mail(race()).splitlines()
    assert rows[0] == "type1-v3 violates checked-is-used in world v3"
    row = next(k for k, r in enumerate(rows) if r.startswith("    56   8  nb_granules"))
    assert " ".join(f"{rows[row]} {rows[row + 1]}".split()) == (
        "56 8 nb_granules 0x1 stored 0x0 (step 4); step 3 au: 0x1, 6 bu: 0x0"
    )
    lane = rows.index("       kernel      2nd thread")
    assert "   4   |           *" in rows[lane:]
    assert "       2nd thread stores nb_granules = 0x0 (was 0x1)" in rows
    assert "FALSE      wrong: devices of one call acted on different bytes" in rows


def test_assumptions_stand_on_the_line_of_proved() -> None:
    """As in any other mail."""
    first = bytes_mail(proof()).replace("\n    ", " ").splitlines()[0]
    assert first.startswith("argsz-flags-data reads-within-argsz: proved in world first for every value of every word")
    assert first.endswith("; assuming of the caller nothing")


def test_what_is_not_as_stated_is_said() -> None:
    """With its reason."""
    stated = Stated("checked-is-used", "v3", "proved", "one copy is enough")
    text = bytes_mail(replace(race(), stated=stated))
    assert "\nstated     not as stated: proved, because one copy is enough\n" in text


def test_the_command_gives_the_mail() -> None:
    """Exit code as ever; a form that cannot show bytes is refused in one sentence."""
    args = ["check", "type1-v3", "checked-is-used", "--contract", "v3", "--format"]
    done = CliRunner().invoke(app, [*args, "mail"])
    assert (done.exit_code, done.stdout) == (1, bytes_mail(race()))
    done = CliRunner().invoke(app, [*args, "mermaid"])
    assert done.exit_code == 2
    assert "use text, json or mail" in done.stderr


@pytest.mark.parametrize(("form", "start"), [("json", "{"), ("text", "type1-v3 violates")])
def test_other_forms_stay_as_they_are(form: str, start: str) -> None:
    """Text and JSON."""
    args = ["check", "type1-v3", "checked-is-used", "--contract", "v3", "--format", form]
    assert CliRunner().invoke(app, args).stdout.startswith(start)
