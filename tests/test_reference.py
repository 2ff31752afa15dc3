"""The reference pages: every Python block runs, and prints what stands below it."""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("language.md",)


@dataclass(frozen=True)
class Snippet:
    """A ```python block of a page, the line on which its code begins, and the ```text block directly below it."""

    line: int
    code: str
    output: str


def snippets(path: Path) -> list[Snippet]:
    """The Python blocks of a page, in order."""
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", text, re.MULTILINE | re.DOTALL)
    return [Snippet(text.count("\n", 0, m.start(1)) + 1, m[1], m[2] or "") for m in found]


def printed(page: Path) -> Iterator[tuple[Snippet, str]]:
    """Each snippet of a page with what it prints; the blocks of a page share their names, like cells of a notebook."""
    names: dict[str, object] = {"__name__": "toy"}
    for snippet in snippets(page):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(snippet.code, "toy.py", "exec"), names)  # the pages are our own
        yield snippet, out.getvalue()


@pytest.mark.parametrize("page", PAGES)
def test_a_snippet_prints_what_is_shown(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output of each block is this run's, letter for letter; a block without output prints nothing."""
    monkeypatch.chdir(tmp_path)

    for snippet, output in printed(ROOT / "docs" / page):
        assert output == snippet.output, f"docs/{page}, the block of line {snippet.line}, prints:\n{output}"


def test_every_python_block_is_one_that_runs() -> None:
    """The pattern misses no block, and there is something to compare."""
    for page in PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert len(snippets(ROOT / "docs" / page)) == text.count("```python\n")
        assert text.count("```text\n") == sum(1 for s in snippets(ROOT / "docs" / page) if s.output)


def test_another_output_is_noticed(tmp_path: Path) -> None:
    """A block that prints something else than what stands below it, or prints without saying so, differs."""
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\nprint(x)\n```\n\n```text\n2\n```\n", encoding="utf-8")
    assert [(s.line, s.output, output) for s, output in printed(page)] == [(2, "", ""), (6, "2\n", "1\n")]


@pytest.mark.parametrize("page", ["language.md", "verdicts.md", "model-and-kernel.md"])
def test_links_and_modules_exist(page: str) -> None:
    """Whatever a page links to or names as a module is there."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "/" in target or target.endswith(".md")]
    modules = re.findall(r"`((?:ir|search|model|properties)/[a-z_]+\.py)`", text)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
    assert [m for m in modules if not (ROOT / "shootdown" / m).exists()] == []
