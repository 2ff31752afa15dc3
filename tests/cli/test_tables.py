"""The tables that a review shows besides its checks: recovery from its own run, the design space from the same code."""

import json
from pathlib import Path

import pytest

from shootdown.cli import recover, tables
from shootdown.report.page_tables import TOOL, of_this_tool, this_tool
from shootdown.report.progress import Watcher
from tests.report.page_samples import EXPLORE, RECOVER


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a review in which recovery is answered at once."""

    def answered(options: recover.Options, *_: object) -> int:
        assert options.output is not None
        options.output.mkdir(parents=True)
        (options.output / "recover.json").write_text(json.dumps(RECOVER))
        return 0

    monkeypatch.setattr(recover, "run", answered)
    return tmp_path / "review"


def explored(out: Path, tool: str) -> None:
    """Leave the result of an exploration where a review looks for it."""
    place = out.parent / tables.EXPLORED
    place.parent.mkdir()
    place.write_text(json.dumps(EXPLORE | {TOOL: tool}))


def test_recovery_is_shown_and_what_is_missing_is_counted(out: Path) -> None:
    """Four answers are not those about all designs and policies; the command for the design space is told."""
    told: list[str] = []
    found, complete = tables.besides(out, 1, Watcher(None), told.append)
    assert found.recover is not None
    assert found.explore is None
    assert not complete
    assert any(text.startswith("4 of ") for text in told)
    assert any("shootdown explore -o" in text for text in told)


def test_the_design_space_is_shown_if_this_code_has_explored_it(out: Path) -> None:
    """No word is said about a command then."""
    explored(out, this_tool())
    told: list[str] = []
    found, _ = tables.besides(out, 1, Watcher(None), told.append)
    assert found.explore is not None
    assert not any("shootdown explore" in text for text in told)


@pytest.mark.parametrize("tool", ["", "another"])
def test_what_other_code_has_explored_is_not_shown(out: Path, tool: str) -> None:
    """It may tell of other models."""
    explored(out, tool)
    assert tables.besides(out, 1, Watcher(None), lambda _: None)[0].explore is None


def test_a_file_that_is_no_result_is_none_of_this_tool(tmp_path: Path) -> None:
    """Neither is one that is not there."""
    path = tmp_path / "explore.json"
    assert not of_this_tool(path)
    for text in ("[]", "no json", "{}"):
        path.write_text(text)
        assert not of_this_tool(path)
