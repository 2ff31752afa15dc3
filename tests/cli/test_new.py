"""`shootdown new`: a file that runs at once, and sentences for what it does not do."""

import subprocess
import sys
from pathlib import Path

import pytest

from shootdown.cli.new import LONGEST, Options, known_good, rendered, run
from shootdown.ir import UsageError
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.plugin import Checker
from shootdown.properties import properties
from shootdown.review.catalogue import load_design

ROOT = Path(__file__).parents[2]
TINY = {"devices": 1, "domains": 1, "groups": 1, "frames": 1}


def written(directory: Path, name: str = "keep-going", **more: bool | str) -> list[str]:
    """Run the command; what it says."""
    told: list[str] = []
    run(Options(name, directory, **more), told.append)  # type: ignore[arg-type] # names of options
    return told


def test_the_scaffold_is_checked_at_once(tmp_path: Path) -> None:
    """The file is a design under its own name, and its expectation names what exists."""
    assert written(tmp_path / "new") == [
        f"wrote {tmp_path}/new/keep-going.py\n",
        f"next: shootdown check {tmp_path}/new/keep-going.py\n",
    ]
    design = load_design(tmp_path / "new/keep-going.py")
    assert design.name == "keep-going"
    assert {e.property for e in design.expects} <= set(properties())
    assert {c for e in design.expects for c in e.outcomes} <= set(CONTRACTS)
    found = Checker(tmp_path, TINY).assert_proved(design, design.expects[0].property)
    assert found.request.contract == "vtd-v10"


def test_the_optional_fields_work_as_they_stand_there(tmp_path: Path) -> None:
    """Whoever takes the comments away gets a design that builds, with the imports that they name."""
    written(tmp_path)
    path = tmp_path / "keep-going.py"
    text = path.read_text("utf-8")
    fields = ("code=", "loop_says=", "admits=", "wrong_mode=", "report=", "reported_done=")
    for field in fields:
        assert f"    # {field}" in text
        text = text.replace(f"    # {field}", f"    {field}")
    imports = "".join(f"{line}\n" for line in sentences_with_import(text))
    path.write_text(text.replace("from typing", f"{imports}from typing", 1), "utf-8")
    design = load_design(path)
    assert design.report == ("errno", "status")
    Checker(tmp_path, TINY).assert_proved(design, "failure-is-told")


def sentences_with_import(text: str) -> list[str]:
    """The imports that comments name in parentheses."""
    return [line.partition("(")[2].partition(")")[0] for line in text.splitlines() if "# (from shootdown" in line]


def test_a_file_of_tests_comes_along_on_request(tmp_path: Path) -> None:
    """With a name that Python can import; it asks about the file beside it."""
    told = written(tmp_path, test=True)
    assert told[1] == f"wrote {tmp_path}/test_keep_going.py\n"
    text = (tmp_path / "test_keep_going.py").read_text("utf-8")
    assert 'DESIGN = "keep-going.py"' in text
    compile(text, "test_keep_going.py", "exec")


@pytest.mark.parametrize("source", sorted(designs()))
def test_a_built_in_design_can_be_copied(source: str, tmp_path: Path) -> None:
    """Another name; all else is the original's, its expectations included."""
    written(tmp_path, "ours", source=source)
    copy, original = load_design(tmp_path / "ours.py"), designs()[source]
    assert copy.name == "ours"
    assert (copy.summary, copy.expects, copy.report) == (original.summary, original.expects, original.report)


@pytest.mark.parametrize("source", sorted(designs()))
def test_a_copy_is_not_passed_off_as_the_original(source: str, tmp_path: Path) -> None:
    """Nobody else's mail is its source; it says what it began as, and how rows of outcomes are read."""
    written(tmp_path, "ours", source=source)
    text = (tmp_path / "ours.py").read_text("utf-8")
    assert load_design(tmp_path / "ours.py").source.startswith("the mail or the tree that proposes it")
    assert designs()[source].source not in text
    assert text.startswith('"""ours: in one sentence, what your series does')
    assert f"\n\nBegun as a copy of the built-in design `{source}`, with what" in text
    assert text.index(f'such as "A A R A" is for the contracts {", ".join(CONTRACTS)}') < text.index("expects=")
    assert "design.md" not in text


def test_what_is_written_is_clean(tmp_path: Path) -> None:
    """For ruff as it comes and as this project has it, and for mypy --strict."""
    written(tmp_path, test=True)
    written(tmp_path, "ours", source="type1-v1")
    config = str(ROOT / "pyproject.toml")
    for arguments in (["--isolated"], ["--config", config]):
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", *arguments, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "--config", config, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("name", ["keep-going.py", "test_keep_going.py", "ours.py"])
def test_what_is_written_has_types(name: str, tmp_path: Path) -> None:
    """Mypy --strict finds nothing, and the types of the project are there."""
    written(tmp_path, test=True)
    written(tmp_path, "ours", source="type1-v1")
    command = [sys.executable, "-m", "mypy", "--strict", str(tmp_path / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Neither the design nor the tests; if one is there, the other is not written either."""
    (tmp_path / "test_keep_going.py").write_text("mine\n")
    with pytest.raises(UsageError, match=r"test_keep_going\.py exists and is left as it is"):
        written(tmp_path, test=True)
    assert [p.name for p in tmp_path.iterdir()] == ["test_keep_going.py"]
    assert (tmp_path / "test_keep_going.py").read_text() == "mine\n"
    (tmp_path / "keep-going.py").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"keep-going\.py exists"):
        written(tmp_path)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    """`-o` names where the file goes."""
    (tmp_path / "ours.py").write_text("")
    with pytest.raises(UsageError, match=r"ours\.py is a file; -o takes a directory"):
        written(tmp_path / "ours.py")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Keep-going", "is no name for a design"),
        ("keep_going", "is no name for a design"),
        ("keep--going", "is no name for a design"),
        ("-o", "is no name for a design"),
        ("keep-going.py", "is no name for a design"),
        ("a/b", "is no name for a design"),
        ("", "is no name for a design"),
        ("a\n", "is no name for a design"),
        ("a" * (LONGEST + 1), "is no name for a design"),
        ("type1-v1", "is a built-in design; choose another name, or begin with --from type1-v1"),
        ("argsz-flags-data", "is a built-in proposal about bytes"),
        ("for", "stand in the way of Python's own"),
        ("queue", "stand in the way of Python's own"),
    ],
)
def test_a_name_that_will_not_do(name: str, why: str) -> None:
    """One sentence, which says what would."""
    with pytest.raises(UsageError, match=why):
        known_good(name)


@pytest.mark.parametrize("name", ["a", "keep-going", "v2-3of5", "a" * LONGEST])
def test_a_name_that_will(name: str) -> None:
    """As kernel people write them."""
    assert known_good(name) == name


def test_a_copy_of_what_is_not_there(tmp_path: Path) -> None:
    """The nearest name is offered."""
    with pytest.raises(UsageError, match="there is no built-in design `type-v1`; did you mean `type1-v1`"):
        written(tmp_path, source="type-v1")
    assert not list(tmp_path.iterdir())


def test_every_kind_of_scaffold_names_the_design() -> None:
    """No name is left to fill in."""
    for kind in ("design", "test"):
        text = rendered(kind, "own-name")
        assert "own-name" in text
        assert "{{" not in text
