"""The verdict cache: a key that differs whenever anything that matters does, a file that is not believed blindly."""

import dataclasses
import functools
import importlib.metadata
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import shootdown
from shootdown.ir import FALSE, Named
from shootdown.ir.fingerprint import fingerprint
from shootdown.review import cache
from shootdown.review.cache import Cache, Doubt, Question, default_path, key_of, question, sources, tool, versions
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request
from shootdown.search.question import Place, Problem
from shootdown.search.result import Limits

ROOT = Path(__file__).parents[2]
RUNNING = {"sources": "s", "shootdown": "0", "python": "3", "numpy": "2", "z3-solver": "5", "cvc5": "1", "optimize": 0}
BASE = Request(find_design("best-effort"), find_property("wrong-mode-is-refused"))

REQUESTS: dict[str, dict[str, Any]] = {
    "design": {"design": find_design("type1-v1")},
    "property": {"property": find_property("repeat-is-harmless")},
    "contract": {"contract": "ideal"},
    "policy": {"policy": "withhold-completion"},
    "topology": {"topology": "two-domains"},
    "where": {"where": "has_ats(a)"},
    "sizes": {"sizes": {"Device": 1}},
    "faults": {"faults": 0},
    "only": {"only": frozenset({"refused"})},
    "depth": {"depth": 4},
    "without": {"without": frozenset({"hardware_does_not_lie"})},
}


@functools.cache
def base() -> Question:
    """The question that every variant departs from."""
    return question(BASE)


def with_system(asked: Question, **changed: Any) -> Question:
    """The question about another system, everything else as it was."""
    system = dataclasses.replace(asked.system, **changed)
    return Question(asked.request, system, dataclasses.replace(asked.problem, system=system), asked.source)


def with_problem(asked: Question, **changed: Any) -> Question:
    """The question with other fields of its problem."""
    return Question(asked.request, asked.system, dataclasses.replace(asked.problem, **changed), asked.source)


def with_action(**changed: Any) -> Question:
    """The question with the first action changed."""
    asked = base()
    first, *rest = asked.system.actions
    return with_system(asked, actions=(dataclasses.replace(first, **changed), *rest))


def with_place(change: Callable[[Place], Place]) -> Question:
    """The question with the first place changed."""
    asked = base()
    first, *rest = asked.problem.places
    return with_problem(asked, places=(change(first), *rest))


def models() -> Iterator[tuple[str, Question]]:
    """Another model or other claims under the same request."""
    asked = base()
    never = Named("never", FALSE)
    yield "axioms", with_system(asked, axioms=(*asked.system.axioms, never))
    yield "init", with_system(asked, init=(*asked.system.init, never))
    yield "actions", with_system(asked, actions=asked.system.actions[1:])
    yield "assumptions", with_system(asked, assumptions=asked.system.assumptions[1:])
    yield "stuck", with_system(asked, busy=FALSE)
    yield "guard", with_action(guard=FALSE)
    yield "updates", with_action(updates=asked.system.actions[0].updates[1:])
    yield "fault", with_action(fault=not asked.system.actions[0].fault)
    yield "tally", with_action(tally="counted")
    yield "clutter", with_action(clutter=7)
    claim = asked.problem.claims[0]
    yield "claims", with_problem(asked, claims=(dataclasses.replace(claim, formula=FALSE),))
    yield "companions", with_problem(asked, companions=())


def searches() -> Iterator[tuple[str, Question]]:
    """The same model, searched elsewhere or otherwise."""
    asked = base()
    wide = asked.problem.wide
    assert wide is not None
    yield "place sizes", with_place(lambda p: dataclasses.replace(p, sizes={**p.sizes, "Frame": 9}))
    yield "place name", with_place(lambda p: dataclasses.replace(p, topology="elsewhere"))
    yield "condition", with_place(lambda p: dataclasses.replace(p, conditions=p.conditions[1:]))
    swapped = Named("every element is used", FALSE)
    yield "formula", with_place(lambda p: dataclasses.replace(p, conditions=(swapped, *p.conditions[1:])))
    yield "never", with_place(lambda p: dataclasses.replace(p, never=frozenset({"attach"})))
    yield "places", with_problem(asked, places=asked.problem.places[1:])
    yield "order", with_problem(asked, places=asked.problem.places[::-1])
    yield "wide", with_problem(asked, wide=None)
    yield "wide sizes", with_problem(asked, wide=dataclasses.replace(wide, sizes={**wide.sizes, "Device": 4}))
    yield "wide depth", with_problem(asked, wide_depth=99)
    yield "wide work", with_problem(asked, wide_work=99)
    yield "scope", with_problem(asked, scope=dataclasses.replace(asked.problem.scope, fixed=()))
    yield "probe", dataclasses.replace(asked, probe=True)
    yield "source", dataclasses.replace(asked, source="another file")


@functools.cache
def requested(name: str) -> Question:
    """The question with one option changed."""
    return question(dataclasses.replace(BASE, **REQUESTS[name]))


def afresh(asked: Question) -> Question:
    """The same question with nothing remembered."""
    return Question(asked.request, asked.system, asked.problem, asked.source)


def variants() -> Iterator[tuple[str, str]]:
    """Each thing that matters, changed alone, with the key that follows."""
    for name in REQUESTS:
        yield name, key_of(afresh(requested(name)), Limits(), RUNNING)
    for name, asked in (*models(), *searches()):
        yield name, key_of(asked, Limits(), RUNNING)
    for name in RUNNING:
        yield name, key_of(base(), Limits(), RUNNING | {name: "another"})
    yield "engine depth", key_of(base(), Limits(depth=3), RUNNING)
    yield "engine states", key_of(base(), Limits(states=3), RUNNING)
    timed = dataclasses.replace(BASE, seconds=5.0)
    yield "seconds", key_of(question(timed), Limits(deadline=1.0), RUNNING)
    longer = dataclasses.replace(BASE, seconds=6.0)
    yield "more seconds", key_of(question(longer), Limits(deadline=1.0), RUNNING)


def collisions() -> list[str]:
    """Variants that share a key with the base or with another: each would be answered wrongly from the cache."""
    seen = {key_of(afresh(base()), Limits(), RUNNING): "base"}
    found = []
    for name, key in variants():
        if key in seen:
            found.append(name)
        seen[key] = name
    return found


def test_whatever_matters_changes_the_key() -> None:
    """Model, claims, places, options, limits, source files and versions: each alone is a miss."""
    assert collisions() == []


def test_the_same_question_has_the_same_key() -> None:
    """A key is about what is asked, not about objects: a cache without hits would pass every other test."""
    assert key_of(question(BASE), Limits(), RUNNING) == key_of(question(BASE), Limits(), RUNNING)
    timed = dataclasses.replace(BASE, seconds=5.0)
    keys = {key_of(question(timed), Limits(deadline=at), RUNNING) for at in (1.0, 2.0)}
    assert len(keys) == 1, "the moment of a deadline is no part of the question"


def test_a_key_without_places_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the sizes are forgotten, so a proof at one size would answer for another."""
    monkeypatch.setattr(cache, "_places", lambda _problem: "")
    assert {"place sizes", "places", "formula", "never", "wide sizes", "wide depth"} <= set(collisions())


def test_a_key_without_sizes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: places are told by name and condition only."""
    real = cache._places

    def forgetful(problem: Problem) -> Any:
        places = tuple(dataclasses.replace(p, sizes={}) for p in problem.places)
        return real(dataclasses.replace(problem, places=places))

    monkeypatch.setattr(cache, "_places", forgetful)
    assert "place sizes" in collisions()


def test_a_key_without_claims_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: only the system is fingerprinted."""
    monkeypatch.setattr(Question, "model", property(lambda self: fingerprint(self.system, [])))
    assert {"claims", "companions"} <= set(collisions())


def test_a_key_without_tallies_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the fingerprint alone, which leaves out what `--faults` counts."""
    monkeypatch.setattr(cache, "_system", lambda _system: "")
    assert {"tally", "fault", "clutter"} <= set(collisions())


def test_a_bound_on_faults_is_that_of_the_request() -> None:
    """`with_faults` spares building the model again; but for being a probe it is the request's own question."""
    bounded = dataclasses.replace(question(dataclasses.replace(BASE, faults=1)), probe=True)
    assert key_of(base().with_faults(1, wide=True), Limits(), RUNNING) == key_of(bounded, Limits(), RUNNING)
    assert base().with_faults(1, wide=False).problem.wide is None


def test_what_is_not_known_for_certain_has_no_key() -> None:
    """A design file in doubt, a deadline without seconds, a value without a form: Doubt, and so a miss."""
    with pytest.raises(Doubt):
        key_of(dataclasses.replace(base(), source=None), Limits(), RUNNING)
    with pytest.raises(Doubt):
        key_of(base(), Limits(deadline=1.0), RUNNING)
    with pytest.raises(Doubt):
        key_of(with_problem(base(), wide_depth=object()), Limits(), RUNNING)


def test_any_change_of_the_tools_files_is_another_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contents and names of all source files count; other files do not."""
    package = tmp_path / "__init__.py"
    package.write_text("")
    monkeypatch.setattr(shootdown, "__file__", str(package))
    seen = {sources()}
    for name, text in (("a.py", "1"), ("a.py", "2"), ("deep/b.py", "1"), ("c.py", "1")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        seen.add(sources())
    assert len(seen) == 5
    (tmp_path / "note.txt").write_text("no code")
    assert sources() in seen


def test_the_tool_names_what_it_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions of Python, numpy, z3 and cvc5; a solver of unknown version is a doubt, an absent cvc5 is not."""
    assert {"python", "numpy", "z3-solver", "cvc5", "shootdown", "sources", "optimize"} == set(tool())

    def absent(name: str) -> str:
        if name in missing:
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(importlib.metadata, "version", absent)
    missing = {"cvc5"}
    assert versions()["cvc5"] == "absent"
    missing = {"z3-solver"}
    with pytest.raises(Doubt):
        versions()


def test_a_payload_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    """Another object on the same file finds it; another key does not; a later payload replaces the earlier."""
    path = tmp_path / "new" / "verdicts.sqlite"
    Cache(path).put("k", {"a": [1, "\u00e4"]})
    assert Cache(path).get("k") == {"a": [1, "\u00e4"]}
    assert Cache(path).get("other") is None
    Cache(path).put("k", {"b": 2})
    assert Cache(path).get("k") == {"b": 2}


def test_without_a_path_nothing_is_kept() -> None:
    """`--no-cache`."""
    store = Cache(None)
    store.put("k", {})
    assert (store.get("k"), store.trouble) == (None, "")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdicts SET payload = replace(payload, 'refuted', 'proved')",
        "UPDATE verdicts SET key = 'k', payload = '{}' WHERE key = 'k'",
        "UPDATE verdicts SET digest = ''",
        "UPDATE verdicts SET payload = x'00ff'",
        "DELETE FROM verdicts WHERE key = 'k'; UPDATE verdicts SET key = 'k' WHERE key = 'm'",
        "DROP TABLE verdicts",
        "DROP TABLE verdicts; CREATE TABLE verdicts (key, verdict)",
        "DROP TABLE verdicts; PRAGMA user_version = 99",
    ],
)
def test_a_row_that_is_not_what_was_written_is_a_miss(tmp_path: Path, statement: str) -> None:
    """Changed contents, a payload under another key, another schema: never an error, never another answer."""
    path = tmp_path / "v.sqlite"
    Cache(path).put("k", {"verdict": "refuted"})
    Cache(path).put("m", {"verdict": "proved"})
    with closing(sqlite3.connect(path)) as base_:
        base_.executescript(statement)
    assert Cache(path).get("k") is None
    Cache(path).put("k", {"verdict": "vacuous"})
    assert Cache(path).get("k") in (None, {"verdict": "vacuous"})


def test_a_cache_of_another_version_is_begun_anew(tmp_path: Path) -> None:
    """It is ours, so that an update of the tool does not end caching for ever."""
    path = tmp_path / "v.sqlite"
    Cache(path).put("k", {"a": 1})
    with closing(sqlite3.connect(path)) as base_:
        base_.execute("PRAGMA user_version = 99")
    assert Cache(path).get("k") is None
    Cache(path).put("k", {"a": 2})
    assert Cache(path).get("k") == {"a": 2}


@pytest.mark.parametrize("damage", ["text", "cut", "middle", "foreign", "folder"])
def test_a_file_that_cannot_be_used_is_a_miss_and_stays(tmp_path: Path, damage: str) -> None:
    """Not SQLite, cut short, overwritten inside, somebody else's database, a directory: noted, and left alone."""
    path = tmp_path / "v.sqlite"
    store = Cache(path)
    for n in range(20):
        store.put(f"k{n}", {"filler": "x" * 2000})
    whole = path.read_bytes()
    match damage:
        case "text":
            path.write_text("my thesis\n" * 500)
        case "cut":
            path.write_bytes(whole[: len(whole) // 2])
        case "middle":
            path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
        case "foreign":
            path.unlink()
            with closing(sqlite3.connect(path)) as base_, base_:
                base_.execute("CREATE TABLE letters (text)")
        case "folder":
            path.unlink()
            path.mkdir()
    before = path.read_bytes() if path.is_file() else b""
    store = Cache(path)
    found = [store.get(f"k{n}") for n in range(20)]
    assert all(f in (None, {"filler": "x" * 2000}) for f in found)
    store.put("new", {"a": 1})
    assert store.trouble
    if path.is_file():
        assert path.read_bytes() == before


def test_a_locked_file_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody holds the lock for longer than one waits: no answer from the cache, and no error."""
    monkeypatch.setattr(cache, "_PATIENCE", 0.05)
    path = tmp_path / "v.sqlite"
    Cache(path).put("k", {"a": 1})
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        store = Cache(path)
        assert store.get("k") is None
        store.put("k", {"a": 2})
        assert "locked" in store.trouble
        holder.rollback()
    assert Cache(path).get("k") == {"a": 1}


def test_old_rows_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file does not grow for ever; the newest rows stay."""
    monkeypatch.setattr(cache, "MOST_ROWS", 3)
    path = tmp_path / "v.sqlite"
    for n in range(6):
        Cache(path).put(f"k{n}", {"n": n})
    assert [Cache(path).get(f"k{n}") is not None for n in range(6)] == [False, False, False, True, True, True]


WRITER = """
import sys
from pathlib import Path
from shootdown.review.cache import Cache
store = Cache(Path(sys.argv[1]))
for n in range(12):
    store.put(f"{sys.argv[2]}{n}", {"by": sys.argv[2], "n": n})
    store.put("shared", {"by": sys.argv[2]})
    assert store.get(f"{sys.argv[2]}{n}") == {"by": sys.argv[2], "n": n}
assert not store.trouble, store.trouble
"""


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Also the first time, when each of them finds no file: nothing is lost, nothing is mixed up."""
    path = tmp_path / "v.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) for name in "abc"]
    assert [w.wait(timeout=60) for w in writers] == [0, 0, 0]
    store = Cache(path)
    assert all(store.get(f"{name}{n}") == {"by": name, "n": n} for name in "abc" for n in range(12))
    assert store.get("shared") in [{"by": name} for name in "abc"]


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SHOOTDOWN_CACHE names the file; else the user's cache directory, which must be an absolute path."""
    monkeypatch.setenv("SHOOTDOWN_CACHE", "here.sqlite")
    assert default_path() == Path("here.sqlite")
    monkeypatch.delenv("SHOOTDOWN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "shootdown" / "verdicts.sqlite"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert default_path() == tmp_path / "me" / ".cache" / "shootdown" / "verdicts.sqlite"
