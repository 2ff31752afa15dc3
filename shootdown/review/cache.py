"""The verdict cache: answers by everything that they depend on, in one SQLite file.

A key is a hash over the model and its claims, every place that is searched, every option, the tool's own source
files and the versions of what it runs on. Whatever cannot be put into a key has none. Any doubt is a miss: a file
that cannot be used, a row that is not what was written, a lock that is held. A miss costs time and nothing else.
"""

import dataclasses
import enum
import hashlib
import importlib.metadata
import json
import os
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import shootdown
from shootdown import counterexamples, model, properties
from shootdown.ir import System
from shootdown.ir.expr import Expr
from shootdown.ir.fingerprint import fingerprint, formula_text
from shootdown.review.problem import Request, problem_of
from shootdown.search.question import Problem, stuck_claim
from shootdown.search.result import Limits

SCHEMA = 1
"""Version of the rows and of the keys."""

MOST_ROWS = 5000
"""Older rows than these many are dropped."""

_OURS = 0x53484F54
_PATIENCE = 5.0
_SOLVERS = ("numpy", "z3-solver")
_OPTIONAL = ("cvc5",)

Payload = dict[str, Any]


class Doubt(Exception):  # noqa: N818 # never shown: whoever meets it computes
    """A question for which no key can be made."""


@dataclasses.dataclass(frozen=True)
class Question:
    """A request with its model.

    `source` is a digest of the user's own design file, empty for a design of the catalogue, None where it is not known.
    `probe`: only whether the claim holds is asked, without the model's obligations and the smallest trace.
    """

    request: Request
    system: System
    problem: Problem
    source: str | None = ""
    probe: bool = False

    @cached_property
    def model(self) -> str:
        """Fingerprint of the system with everything that is asked of it, the check for stuck states among it."""
        stuck = stuck_claim(self.system)
        asked = [*self.problem.claims, *self.problem.companions, *([stuck] if stuck is not None else [])]
        return fingerprint(self.system, asked, self.problem.responses)

    def with_faults(self, faults: int, *, wide: bool) -> "Question":
        """Whether the same holds with at most so many counted events in a run; `wide`: also at the wider sizes."""
        request = dataclasses.replace(self.request, faults=faults)
        scope = dataclasses.replace(self.problem.scope, faults=faults)
        problem = dataclasses.replace(self.problem, scope=scope, wide=self.problem.wide if wide else None, open=None)
        bounded = Question(request, self.system, problem, self.source, probe=True)
        bounded.__dict__["model"] = self.model
        return bounded


def question(request: Request, source: str | None = "", system: System | None = None) -> Question:
    """The question that a request poses. Raises ShootdownError as `problem_of` does, which explains `system`."""
    return Question(request, *problem_of(request, system), source)


def key_of(asked: Question, limits: Limits, running: Mapping[str, Any]) -> str:
    """SHA-256 over everything that the answer may depend on; a Doubt where that cannot be told.

    `running` is what `tool()` says, asked once for many keys.
    """
    if asked.source is None:
        raise Doubt("the design's own file is not known for certain")
    parts = {
        "schema": SCHEMA,
        "tool": dict(running),
        "model": asked.model,
        "source": asked.source,
        "probe": asked.probe,
        "system": _system(asked.system),
        "places": _places(asked.problem),
        "request": _request(asked.request),
        "limits": _limits(limits, asked.request),
    }
    return _digest(json.dumps(parts, sort_keys=True))


def tool() -> dict[str, Any]:
    """The tool's own source files, and the versions of what it runs on."""
    return {"sources": sources(), "shootdown": shootdown.__version__, **versions(), "optimize": sys.flags.optimize}


def sources() -> str:
    """Hash over the tool's source files: any change of code is another tool."""
    digest = hashlib.sha256()
    for room in (shootdown, model, properties, counterexamples):
        if room.__file__ is None:
            raise Doubt("the tool has no source files")
        folder = Path(room.__file__).parent
        try:
            for path in sorted(folder.rglob("*.py")):
                digest.update(f"{room.__name__} {path.relative_to(folder)}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise Doubt(str(error)) from error
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Python, and the packages that take part in an answer."""
    found = {"python": sys.version}
    for name in (*_SOLVERS, *_OPTIONAL):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            if name in _SOLVERS:
                raise Doubt(f"the version of {name} is not known") from None
            found[name] = "absent"
    return found


def _system(system: System) -> Any:
    """What steers a search and its words beyond the meaning of the model."""
    marks = [[a.name, a.actor, a.fault, a.tally, a.clutter, a.silent] for a in system.actions]
    return [system.name, marks, [a.name for a in system.assumptions], list(system.working)]


def _places(problem: Problem) -> Any:
    """Every place in its order, with sizes, conditions by formula and actions that do not happen; and the bounds.

    Rankings are made from the system by the tool's own source files, both of which are in the key.
    """
    known: dict[int, str] = {}
    return _fields(problem, known, leave=("system", "claims", "companions", "responses", "ranks"))


def _request(request: Request) -> Any:
    return [request.design.name, request.property.name, _fields(request, {}, leave=("design", "property"))]


def _limits(limits: Limits, request: Request) -> Any:
    """Every bound; the deadline is a moment on a clock, so the seconds of the request stand for it."""
    if (limits.deadline is None) is not (request.seconds is None):
        raise Doubt("a limit on time that the request does not name")
    return _fields(limits, {}, leave=("deadline", "report"))


def _fields(thing: Any, known: dict[int, str], leave: tuple[str, ...] = ()) -> Any:
    """All fields of a dataclass, also those that somebody adds later, but for those that are told otherwise."""
    names = [f.name for f in dataclasses.fields(thing) if f.name not in leave]
    return {name: _plain(getattr(thing, name), known) for name in names}


def _plain(value: Any, known: dict[int, str]) -> Any:
    """A value as JSON that differs where the value differs; a Doubt for what has no such form."""
    match value:
        case Expr():
            if id(value) not in known:
                known[id(value)] = formula_text(value)
            return {"formula": known[id(value)]}
        case enum.Enum():
            return {type(value).__name__: value.name}
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {"map": sorted(json.dumps([_plain(k, known), _plain(v, known)]) for k, v in value.items())}
        case frozenset() | set():
            return {"set": sorted(json.dumps(_plain(v, known)) for v in value)}
        case tuple() | list():
            return [_plain(v, known) for v in value]
        case _ if dataclasses.is_dataclass(value):
            return {type(value).__name__: _fields(value, known)}
    raise Doubt(f"a {type(value).__name__} has no form of which a key can be made")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def default_path() -> Path | None:
    """The file in the user's cache directory, or the one that SHOOTDOWN_CACHE names; None where there is no place."""
    if named := os.environ.get("SHOOTDOWN_CACHE"):
        return Path(named)
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "shootdown" / "verdicts.sqlite"


class Cache:
    """Payloads by key. `trouble` says why the file is not used, if it is not; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.trouble = ""

    def get(self, key: str) -> Payload | None:
        """What was stored under this key, unchanged; None is a miss."""
        rows = self._use("SELECT payload, digest FROM verdicts WHERE key = ?", (key,))
        return _payload(key, *rows[0]) if rows else None

    def put(self, key: str, payload: Payload) -> None:
        """Store a payload; a place that cannot be written to leaves everything as it is."""
        text = json.dumps(payload)
        self._use("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (key, text, _digest(key, text)))

    def _use(self, statement: str, values: tuple[str, ...]) -> list[Any]:
        """One statement in a transaction of its own; any trouble with the file is noted, and ends its use."""
        if self.path is None or self.trouble:
            return []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as base, base:
                _prepare(base)
                return base.execute(statement, values).fetchall()
        except (sqlite3.Error, OSError, ValueError) as error:
            self.trouble = str(error) or type(error).__name__
            return []


def _prepare(base: sqlite3.Connection) -> None:
    """An empty file becomes a cache, one of another version an empty one; a file of another kind is left alone."""
    if _marks(base) == (_OURS, SCHEMA):
        return
    base.execute("BEGIN IMMEDIATE")
    owner, schema = _marks(base)
    if (owner, schema) == (_OURS, SCHEMA):
        return
    if owner != _OURS and (owner or schema or base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]):
        raise sqlite3.DatabaseError("it is a database of another kind")
    base.execute("DROP TABLE IF EXISTS verdicts")
    base.execute("CREATE TABLE verdicts (key TEXT NOT NULL UNIQUE, payload TEXT NOT NULL, digest TEXT NOT NULL)")
    base.execute(
        "CREATE TRIGGER most AFTER INSERT ON verdicts BEGIN "
        f"DELETE FROM verdicts WHERE rowid <= (SELECT max(rowid) FROM verdicts) - {MOST_ROWS:d}; END"
    )
    base.execute(f"PRAGMA application_id = {_OURS:d}")
    base.execute(f"PRAGMA user_version = {SCHEMA:d}")


def _marks(base: sqlite3.Connection) -> tuple[int, int]:
    """Whose file it is, and of which version."""
    owner, schema = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    return owner, schema


def _payload(key: str, text: Any, digest: Any) -> Payload | None:
    """The payload of a row that is exactly as it was written."""
    if not isinstance(text, str) or digest != _digest(key, text):
        return None
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
