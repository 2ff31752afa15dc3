"""The page on forms for machines: each section, followed in an empty directory, gives exactly what it prints."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from tests.pages import ROOT, blocks, commands, follow

PAGE = (ROOT / "docs/machines.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
QUICK = [name for name, text in SECTIONS.items() if "```console\n" in text or "```python\n" in text]
LONG = [name for name, text in SECTIONS.items() if "```console long" in text]


@pytest.mark.parametrize("name", QUICK)
def test_a_section_gives_what_it_prints(name: str, tmp_path: Path) -> None:
    """Files saved, Python run, commands run, but for those that take more than seconds."""
    (tmp_path / "empty").mkdir()

    ran = follow(blocks(SECTIONS[name]), tmp_path / "empty", tmp_path, long=False)
    shown = [b for b in blocks(SECTIONS[name]) if b.language == "console" and b.word != "long"]
    assert ran == sum(len(list(commands(b))) for b in shown)


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_a_whole_section_gives_what_it_prints(name: str, tmp_path: Path) -> None:
    """The same with the commands that take longer."""
    (tmp_path / "empty").mkdir()

    ran = follow(blocks(SECTIONS[name]), tmp_path / "empty", tmp_path, long=True)
    shown = [b for b in blocks(SECTIONS[name]) if b.language == "console"]
    assert ran == sum(len(list(commands(b))) for b in shown)


def test_every_block_is_followed() -> None:
    """Each is a command, Python that runs or is saved and used, or what Python prints; the pattern misses none."""
    assert {*QUICK, *LONG} == {*SECTIONS}
    found = blocks(PAGE)
    kinds = {(b.language, b.word) for b in found}
    assert kinds == {
        ("console", ""), ("console", "long"), ("python", ""), ("python", "test_ours.py"), ("text", ""),
    }  # fmt: skip
    assert 2 * len(found) == len(re.findall(r"^```", PAGE, re.MULTILINE))
    assert found == [b for text in SECTIONS.values() for b in blocks(text)]
    assert all(found[k - 1].language == "python" for k, b in enumerate(found) if b.language == "text")


def test_a_python_block_that_prints_something_else_is_noticed(tmp_path: Path) -> None:
    """Or prints without saying so."""
    for page in ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "```python\nprint(1)\n```\n"):
        with pytest.raises(AssertionError, match="prints"):
            follow(blocks(page), tmp_path, tmp_path, long=False)
    assert follow(blocks("```python\nprint(1)\n```\n\n```text\n1\n```\n"), tmp_path, tmp_path, long=False) == 0


def test_commands_and_options_in_the_text_exist() -> None:
    """What the table and the sentences name is an option of its command."""
    named = [words.split() for words in re.findall(r"`((?:shootdown )?(?:check|show|review|report) [^`]*)`", PAGE)]
    assert len(named) > 5
    for words in named:
        command, *rest = words[words[0] == "shootdown" :]
        text = CliRunner().invoke(app, [command, "--help"]).stdout
        assert [w for w in rest if w.startswith("-") and f"{w} " not in text and f"{w}," not in text] == []


def test_links_exist() -> None:
    """Also from where the other pages are listed."""
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert "(docs/machines.md)" in (ROOT / "README.md").read_text("utf-8")
