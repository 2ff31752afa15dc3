"""`shootdown compare` on real designs: the same bytes however it is answered, resumption, changes, errors."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.report import cells
from shootdown.review.answer import answer
from shootdown.review.cache import Cache
from shootdown.review.compare import Cell, source_of

ROOT = Path(__file__).parents[1]
QUICK, TOLD, LONG = "wrong-mode-is-refused", "failure-is-told", "repeat-is-harmless"
SHORT = "error-means-untouched-or-told"
"""Properties that take a moment at a topology; at all sizes LONG takes many seconds."""

AT = ("--topology", "two-singleton-groups")
SMALL = ("compare", "type1-v1", *AT, "--property", QUICK, "--property", SHORT)

OWN = """
from shootdown.ir import ite
from shootdown.model.design import Design
from shootdown.model.sorts import Errno
{more}
def after_device(s, d, ret):
    s.ret = {ret}
    s.todo[d] = False

DESIGN = Design(name="{name}", source="a test", summary="last answer wins", after_device=after_device{options})
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a cache of its own, and keys that do not change while somebody edits the tool."""
    path = tmp_path / "cache" / "verdicts.sqlite"
    monkeypatch.setenv("SHOOTDOWN_CACHE", str(path))
    monkeypatch.setattr(cells, "tool", lambda: {"sources": "fixed"})
    source_of.cache_clear()
    return path


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, list(args), prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def nobody_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on every answer has to come from the cache."""

    def fails(*_args: Any, **_options: Any) -> None:
        raise AssertionError("this was to be in the cache")

    monkeypatch.setattr(cells, "answer", fails)
    monkeypatch.setattr(cells, "check", fails)


def own(path: Path, *, name: str = "own", more: str = "", options: str = "", ret: str = "ret") -> str:
    """Path of a user's design."""
    path.write_text(OWN.format(name=name, more=more, options=options, ret=ret), "utf-8")
    return str(path)


def test_the_same_bytes_computed_and_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """With processes, without, without cache, from the cache: one result, and exit code 1 for what is refuted."""
    found = [run(*SMALL, "--json", *more) for more in (["--jobs", "2"], ["--no-cache", "--jobs", "1"], ["--jobs", "1"])]
    nobody_searches(monkeypatch)
    found.append(run(*SMALL, "--json"))
    assert {code for code, _, _ in found} == {1}
    assert len({out for _, out, _ in found}) == 1
    assert {err for _, _, err in found} == {""}
    data = json.loads(found[0][1])
    assert [(c["property"], c["strength"], c["tolerates"]) for c in data["cells"]] == [
        (QUICK, "8 steps", "none"),
        (SHORT, "7 steps, 1 refusal", "0"),
    ]


def test_the_table_and_its_markdown(tmp_path: Path) -> None:
    """The matrix, what the design tolerates, the notes; the same in Markdown."""
    path = tmp_path / "new" / "matrix.md"
    code, out, err = run(*SMALL, "--markdown", str(path), "--jobs", "1")
    assert (code, err) == (1, "")
    rows = [" ".join(line.replace("|", " ").split()) for line in out.splitlines()]
    assert f"{QUICK}, two-singleton-groups refuted without a fault: 8 steps" in rows
    assert f"type1-v1 0 2 0 0 none ({QUICK}), the others 0" in rows
    text = path.read_text("utf-8")
    assert f"| {SHORT}, two-singleton-groups | refuted from 1 fault: 7 steps, 1 refusal |" in text.splitlines()


def test_each_cell_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-o` writes what `check` prints, and a trace that replays; from the cache the same bytes."""
    folders = [tmp_path / name for name in ("searched", "kept")]
    run(*SMALL, "-o", str(folders[0]), "--jobs", "1")
    nobody_searches(monkeypatch)
    run(*SMALL, "-o", str(folders[1]))
    first, second = ({p.name: p.read_bytes() for p in f.iterdir()} for f in folders)
    assert first == second
    stem = f"type1-v1.{SHORT}.vtd-v10.any.two-singleton-groups"
    assert len(first) == 4
    code, shown, _ = run("replay", str(folders[0] / f"{stem}.itf.json"))
    assert code == 0
    assert shown.removesuffix("\nconfirmed\n") in first[f"{stem}.txt"].decode()
    assert first[f"{stem}.txt"].decode().splitlines()[-1].startswith(f"type1-v1 {SHORT} refuted contract=vtd-v10")


def test_no_cache_writes_nothing(own_cache: Path) -> None:
    """Neither reads nor makes the file."""
    assert run("compare", "type1-v1", "--property", QUICK, "--no-cache")[0] == 1
    assert not own_cache.exists()
    run("compare", "type1-v1", "--property", QUICK)
    assert own_cache.exists()


def test_a_proof_is_good(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0; any number of faults; and it is kept."""
    question = ("compare", "best-effort", "--property", TOLD, *AT, "--json")
    code, out, _ = run(*question)
    (cell,) = json.loads(out)["cells"]
    assert (code, cell["outcome"], cell["tolerates"]) == (0, "proved", "any")
    nobody_searches(monkeypatch)
    assert run(*question)[:2] == (0, out)
    assert own_cache.exists()


def test_a_limit_on_time_leaves_it_open(own_cache: Path) -> None:
    """`unknown` with its reason, exit code 3, and nothing is kept."""
    code, out, _ = run("compare", "best-effort", "--property", TOLD, "--time", "0", "--json")
    (cell,) = json.loads(out)["cells"]
    assert (code, cell["outcome"], cell["tolerates"]) == (3, "unknown", "unknown")
    assert "the time is up" in cell["why"]
    with closing(sqlite3.connect(own_cache)) as base:
        assert base.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)


@pytest.mark.parametrize("harm", ["UPDATE verdicts SET payload = replace(payload, '8 steps', '1 step')", "text"])
def test_a_damaged_cache_changes_nothing(own_cache: Path, harm: str) -> None:
    """A row that is not what was written is computed anew; a file that is no cache is named and left alone."""
    before = run(*SMALL, "--jobs", "1")
    if harm == "text":
        own_cache.write_text("my thesis")
    else:
        with closing(sqlite3.connect(own_cache)) as base, base:
            base.execute(harm)
    code, out, err = run(*SMALL, "--jobs", "1")
    assert (code, out) == before[:2]
    assert ("is not used" in err) is (harm == "text")
    assert harm != "text" or own_cache.read_text() == "my thesis"


def test_a_kept_trace_that_does_not_replay_is_computed_anew(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: rows that are whole, with a last step that nobody can take."""
    before = run(*SMALL, "--jobs", "1")
    put = Cache.put
    with closing(sqlite3.connect(own_cache)) as base:
        rows = base.execute("SELECT key, payload FROM verdicts").fetchall()
    for key, text in rows:
        payload = json.loads(text)
        payload["strength"] = "1 step"
        if payload["record"]["trace"]:
            payload["record"]["trace"]["states"][-1]["mbt::actionTaken"] = "init"
        put(Cache(own_cache), key, payload)
    assert run(*SMALL, "--jobs", "1") == before
    nobody_searches(monkeypatch)
    assert run(*SMALL, "--jobs", "1") == before


def test_interrupted_work_resumes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is told, with exit code 3; the next run searches what is missing and nothing else."""
    real, asked = answer, []

    def interrupted(request: Any, limits: Any) -> Any:
        asked.append(request.property.name)
        if request.property.name == SHORT:
            raise KeyboardInterrupt
        return real(request, limits)

    monkeypatch.setattr(cells, "answer", interrupted)
    code, out, err = run(*SMALL, "--jobs", "1", "--json")
    data = json.loads(out)
    assert (code, data["complete"], [c["property"] for c in data["cells"]]) == (3, False, [QUICK])
    assert err == "1 cell of 2 not answered; the next run goes on from here\n"
    assert asked == [QUICK, SHORT]

    def counted(request: Any, limits: Any) -> Any:
        asked.append(request.property.name)
        return real(request, limits)

    monkeypatch.setattr(cells, "answer", counted)
    assert run(*SMALL, "--jobs", "1")[0] == 1
    assert asked == [QUICK, SHORT, SHORT]


def start(*args: str, cache: Path) -> "subprocess.Popen[str]":
    """A process of its own, as from a shell."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SHOOTDOWN_CACHE": str(cache)}
    command = [sys.executable, "-m", "shootdown", "compare", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def rows_in(path: Path) -> int:
    """How many verdicts are kept; 0 before there is a file."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            return int(base.execute("SELECT count(*) FROM verdicts").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def wait_for_a_row(path: Path) -> None:
    """Until the first verdict is kept."""
    end = time.monotonic() + 60
    while not rows_in(path):
        assert time.monotonic() < end
        time.sleep(0.02)


def processes_of(session: int) -> list[int]:
    """Processes that still run in a session, those that nobody has waited for left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_killed_half_way_it_loses_nothing_finished(tmp_path: Path, name: str) -> None:
    """The quick cells are kept, no process goes on, and Ctrl-C tells what is known."""
    cache = tmp_path / "killed.sqlite"
    process = start("type1-v1", "--property", QUICK, "--property", LONG, "--jobs", "2", cache=cache)
    wait_for_a_row(cache)
    time.sleep(0.3)
    process.send_signal(signal.Signals[name])
    out, err = process.communicate(timeout=30)
    if name == "SIGINT":
        assert process.returncode == 3
        assert "refuted without a fault: 6 steps" in out
        assert err == "1 cell of 2 not answered; the next run goes on from here\n"
    end = time.monotonic() + 10
    while processes_of(process.pid):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert rows_in(cache) == 1
    with closing(sqlite3.connect(cache)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")
def test_the_count_of_processes_sees_them(tmp_path: Path) -> None:
    """The control of the test above: while it works there are several."""
    process = start("type1-v1", "--property", QUICK, "--property", LONG, "--jobs", "2", cache=tmp_path / "c.sqlite")
    wait_for_a_row(tmp_path / "c.sqlite")
    assert len(processes_of(process.pid)) >= 2
    process.kill()
    process.communicate(timeout=30)


def test_a_process_that_dies_leaves_its_cells_open(tmp_path: Path) -> None:
    """Never an answer: exit code 3 and a sentence."""
    more = "import multiprocessing, os\nif multiprocessing.parent_process() is not None:\n    os._exit(9)\n"
    code, out, err = run("compare", own(tmp_path / "own.py", more=more), *SMALL[2:], "--jobs", "2", "--json")
    assert code == 3
    assert "a process that searched has died" in err
    assert json.loads(out)["cells"] == []


def test_what_changed_between_two_versions(tmp_path: Path) -> None:
    """Only the cells that differ, from v2.py to v3.py, in all three forms; equal results have no difference."""
    kept = "ite(s.ret == Errno.OK, ret, s.ret)"
    before, after = own(tmp_path / "v2.py", name="v2"), own(tmp_path / "v3.py", name="v3", ret=kept)
    asked = (*AT, "--property", SHORT, "--property", TOLD, "--jobs", "1")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(run("compare", before, *asked, "--json")[1])
    code, out, err = run("compare", before, *asked, "--changed", str(earlier))
    assert (code, out, err) == (1, "nothing has changed\n", "")
    code, out, err = run("compare", before, *AT, "--property", SHORT, "--jobs", "1", "--changed", str(earlier))
    assert (out, err) == ("nothing has changed\n1 cell of the earlier result was not asked\n", "")
    markdown = tmp_path / "changed.md"
    code, out, err = run("compare", after, *asked, "--changed", str(earlier), "--markdown", str(markdown))
    assert (code, err) == (1, "")
    assert "v2 -> v3" in out
    assert TOLD in out
    assert SHORT not in out
    assert markdown.read_text("utf-8").count("\n| v2 -> v3 |") == 1
    data = json.loads(run("compare", after, *asked, "--changed", str(earlier), "--json")[1])
    cells_ = [(c["before"]["design"], c["now"]["design"], c["now"]["property"]) for c in data["changes"]]
    assert cells_ == [("v2", "v3", TOLD)]
    assert [(c["before"]["outcome"], c["now"]["outcome"]) for c in data["changes"]] == [("refuted", "proved")]


def test_contracts_and_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    """`all` means every contract; a property that is stated under two policies has two rows."""
    asked: list[Cell] = []

    def noted(_self: cells.Answers, cell: Cell) -> cells.Told:
        asked.append(cell)
        return cells.Told(cell, "proved")

    monkeypatch.setattr(cells.Answers, "told", noted)
    assert run("compare", "type1-v1", "--contract", "all", "--property", QUICK)[0] == 0
    assert [c.contract for c in asked] == ["vtd-v10", "ideal", "smmuv3-v10", "vtd-5.7"]
    asked.clear()
    run("compare", "--contract", "ideal", "--contract", "vtd-5.7", "--property", "no-reuse-while-stale")
    assert len(asked) == 2 * 2 * len({c.design for c in asked})
    asked.clear()
    run("compare")
    assert {c.contract for c in asked} == {"vtd-v10"}
    assert "success-means-coherent-now" not in {c.property for c in asked}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("compare", "type1-v11"), "there is no design `type1-v11`; did you mean `type1-v1`?"),
        (("compare", "not-there.py"), "there is no file not-there.py"),
        (("compare", "--property", "failure-is-tolt"), "did you mean `failure-is-told`?"),
        (("compare", "--contract", "vtd-v1"), "did you mean `vtd-v10`?"),
        (("compare", "--policy", "kind"), "there is no policy `kind`; there are:"),
        (("compare", "--topology", "ring"), "there is no topology `ring`"),
        (("compare", "--changed", "not-there.json"), "not-there.json cannot be read"),
        (("compare", "--changed", str(ROOT / "pyproject.toml")), "is not JSON"),
        (("compare", "--changed", str(ROOT / "tests" / "agreement" / "table.json")), "JSON of another kind"),
    ],
)
def test_wrong_use_is_one_sentence(args: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, before anything is searched."""
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_topology_that_cannot_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """`n/a` with its reason; where nothing applies nothing was checked, which is no success."""
    nobody_searches(monkeypatch)
    question = ("compare", "type1-v1", "--property", QUICK, "--topology", "two-units", "--contract", "smmuv3-v10")
    code, out, err = run(*question)
    assert code == 2
    assert "n/a: no container under contract smmuv3-v10" in " ".join(out.replace("|", " ").split())
    assert err == "error: no property applies to any of the designs; nothing was checked\n"


def test_a_model_that_cannot_be_built_is_said_once(tmp_path: Path) -> None:
    """Its cells are errors, with exit code 2; those of the other design are answered."""
    broken = own(tmp_path / "own.py", options=", admits=lambda s: s.no_such_variable")
    code, out, err = run("compare", broken, *SMALL[1:], "--jobs", "1", "--json")
    outcomes = [(c["design"], c["outcome"]) for c in json.loads(out)["cells"]]
    assert outcomes == [("own", "error"), ("type1-v1", "refuted")] * 2
    assert code == 2
    assert err.count("no_such_variable") == err.count("\n") == 1
