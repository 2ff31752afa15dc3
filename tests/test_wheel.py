"""The built wheel in a clean environment: a team's own repository works, far from the source tree."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.pages import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

OURS = '''
"""The loop of our series."""

from typing import Any

from shootdown.model.design import Design, Expect
from shootdown.model.sorts import Errno


def after_device(s: Any, d: Any, ret: Errno) -> None:
    """The last answer wins."""
    s.ret = ret
    s.todo[d] = False


DESIGN = Design(
    name="ours",
    source="our series, v2 3/5",
    summary="every device is attempted, the last answer is returned",
    after_device=after_device,
    expects=(
        Expect("failure-is-told", {"vtd-v10": "refuted"}, "a later success overwrites a refusal"),
        Expect("repeat-is-harmless", {"vtd-v10": "proved"}, "a repeated call only flushes"),
    ),
)
'''

TESTS = '''
"""Our design under test."""

from pathlib import Path

import shootdown as package
from shootdown.plugin import Checker


def test_as_stated(shootdown: Checker) -> None:
    """What the file says."""
    shootdown.assert_as_stated("ours.py")


def test_the_trace(shootdown: Checker) -> None:
    """The caller sees 0."""
    shootdown.assert_refuted("ours.py", "failure-is-told", steps=7)


def test_it_is_the_installed_one() -> None:
    """And no source tree."""
    assert "site-packages" in Path(package.__file__).parts
'''


def install_block() -> str:
    """What the tutorial says about installing."""
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/tutorial.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)[
        0
    ]


def clean() -> dict[str, str]:
    """The environment without what would lead back to this Python or to the source tree."""
    leads = ("PYTHON", "VIRTUAL_ENV", "PYTEST", "COVERAGE", "SHOOTDOWN")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(leads)}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_QUIET": "2"}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A team's directory in which the tutorial's installation has been followed; the checkout beside it is gone."""
    place = tmp_path_factory.mktemp("place")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [name for name in listed.stdout.split("\0") if name and os.path.lexists(ROOT / name)]
    for name in names:
        target = place / "shootdown" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    here = place / "team"
    here.mkdir()
    (here / "tracked").write_text("\0".join(names), "utf-8")
    script = install_block().replace("python3 -m venv", f"{sys.executable} -m venv", 1)
    done = subprocess.run(["bash", "-ec", script], cwd=here, env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(place / "shootdown")
    (here / "ours.py").write_text(OURS.lstrip(), "utf-8")
    (here / "test_ours.py").write_text(TESTS.lstrip(), "utf-8")
    return here


def run(team: Path, line: str) -> "subprocess.CompletedProcess[str]":
    """A line of a shell in the team's directory, with its environment activated and an empty cache."""
    environment = clean() | {"SHOOTDOWN_CACHE": str(team / "cache.sqlite")}
    command = ["bash", "-c", f". venv/bin/activate; {line}"]
    return subprocess.run(command, cwd=team, env=environment, capture_output=True, text=True, check=False)


def test_the_team_s_tests_run(team: Path) -> None:
    """The fixture is there without anything being configured."""
    done = run(team, "pytest -q -W error")
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_commands_run(team: Path) -> None:
    """The team's design is checked, the catalogue listed, a trace kept and replayed, a proof certified and checked."""
    done = run(team, "shootdown check ours.py --expect -o traces --certificate proofs")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "ours failure-is-told refuted contract=vtd-v10" in done.stdout
    assert "ours repeat-is-harmless proved contract=vtd-v10" in done.stdout
    done = run(
        team, "shootdown replay traces/*.itf.json --design ours.py && shootdown recheck proofs/* --design ours.py"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(team, "shootdown list")
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("type1-v1", "host-page-safe", "vtd-5.7", "two-domains"))


def test_the_page_is_whole(team: Path) -> None:
    """Template, style and script come out of the wheel."""
    done = run(team, "shootdown report ours.py -o review.html")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (team / "review.html").read_text("utf-8")
    assert "ours" in page
    assert "<style>" in page
    assert "<script" in page
    assert "{{" not in page.split("<script")[0]


def test_the_scaffold_comes_along(team: Path) -> None:
    """So that `new` works where nothing but the wheel is."""
    done = run(
        team, "shootdown new own-loop --test -o fresh && shootdown new our-copy --from widen -o fresh && ls fresh"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == ["our-copy.py", "own-loop.py", "test_own_loop.py"]


def test_nothing_is_missing_in_the_wheel(team: Path) -> None:
    """Every file of the packages, data included, is in it, and nothing else."""
    (wheel,) = (team / "wheels").glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("shootdown/")}
    tracked = (team / "tracked").read_text("utf-8").split("\0")
    rooms = ("model/", "properties/", "counterexamples/")
    wanted = {f"shootdown/{n}" for n in tracked if n.startswith(rooms)}
    wanted |= {n for n in tracked if n.startswith("shootdown/") and f"{n.removeprefix('shootdown/')}/" not in rooms}
    assert packed == wanted
    assert {Path(name).suffix for name in packed} >= {
        ".py",
        ".typed",
        ".html",
        ".css",
        ".js",
        ".jinja",
        ".json",
        ".txt",
    }


def test_the_environment_is_as_locked(team: Path) -> None:
    """What the wheel asks for is what the lock has installed."""
    done = run(team, "PIP_QUIET=0 python -m pip check")
    assert done.returncode == 0, done.stdout + done.stderr
