"""Answers for the page: from the verdict cache under the full key, or by a search whose result is then kept."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shootdown.counterexamples.itf import load
from shootdown.ir import ShootdownError, TraceError
from shootdown.report.cells import credible, payload_of
from shootdown.report.page_alike import with_runs
from shootdown.report.page_cell import cell_data, error_data
from shootdown.report.page_why import with_reasons
from shootdown.report.single import Answered
from shootdown.report.single import solve as solve_afresh
from shootdown.review.answer import Answer, answer
from shootdown.review.bytetrace import replayed
from shootdown.review.cache import Cache, Doubt, Payload, Question, key_of, question, tool
from shootdown.review.catalogue import find_property
from shootdown.review.compare import source_of
from shootdown.review.expectation import Exit, Standing, exit_as_stated, exit_of, stated
from shootdown.review.problem import Request
from shootdown.review.single import RANGES, Single
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, RefutedLasso, Vacuous

_PREFIX = "page "
"""Before the key, since a page keeps more of an answer than others do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell of the page: names only, so that it can be sent to another process. Empty or None: the default."""

    source: str
    property: str
    contract: str
    policy: str = ""
    topology: str = ""
    faults: int | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """A cell as the page shows it, with what it means for the exit code; `error` says why it could not be checked."""

    cell: dict[str, Any]
    code: Exit
    error: str = ""


def solve(asked: Asked, store: Path | None, deadline: float | None, *, why: bool = False) -> Solved:
    """Answer one cell; `why`: with all that can be said about the reasons, which may take a minute.

    Runs in a process of its own. A KeyboardInterrupt where the search was interrupted.
    """
    source = source_of(asked.source)
    request = Request(
        source.design, find_property(asked.property), asked.contract, asked.policy, topology=asked.topology,
        faults=asked.faults, only=frozenset(asked.only) or None,
    )  # fmt: skip
    try:
        posed = question(request, source.digest)
        found = _kept_or_found(posed, asked.source, store, deadline, why=why)
    except ShootdownError as error:
        return Solved(error_data(request, str(error)), Exit.WRONG_USE, str(error))
    return Solved(found["page"], Exit(found["exit"]))


def solve_single(cell: Single, store: Path | None) -> Solved:
    """Answer one cell about bytes or a range. Runs in a process of its own."""
    cache, key = Cache(store), _single_key(cell)
    kept = cache.get(key) if key else None
    if kept is not None and {"page", "exit", "trace"} <= kept.keys() and _replays(cell, kept):
        return Solved(kept["page"], Exit(kept["exit"]))
    found = solve_afresh(cell)
    if found.mark == "error":
        return Solved(found.page, Exit.WRONG_USE, found.line)
    code = _single_exit(found)
    if key and code is not Exit.OPEN:
        cache.put(key, {"page": found.page, "exit": int(code), "trace": found.trace})
    return Solved(found.page, code)


def _single_exit(found: Answered) -> Exit:
    return {Standing.AS_STATED: Exit.GOOD, Standing.WEAKER: Exit.OPEN}.get(found.standing, Exit.REFUTED)


def _replays(cell: Single, kept: Payload) -> bool:
    """Whether what is kept still stands: a run is replayed; numbers are found anew, which takes no time."""
    if kept["page"]["outcome"] != "refuted":
        return True
    if cell.about == RANGES:
        return False
    try:
        replayed(load(kept["trace"]))
    except TraceError:
        return False
    return True


def _single_key(cell: Single) -> str:
    """The cell with everything that runs; empty where no key can be made."""
    try:
        parts = json.dumps([asdict(cell), tool()], sort_keys=True)
    except Doubt:
        return ""
    return f"{_PREFIX}single {hashlib.sha256(parts.encode()).hexdigest()}"


def _kept_or_found(posed: Question, source: str, store: Path | None, deadline: float | None, *, why: bool) -> Payload:
    """What is kept, its trace replayed now; else what a search finds, kept if no longer one would find another."""
    cache, key = Cache(store), _key(posed, why=why)
    kept = cache.get(key) if key else None
    if kept is not None and {"page", "exit"} <= kept.keys() and credible(posed, kept):
        return kept
    limits = Limits(deadline=deadline)
    found = answer(posed.request, limits)
    if found.interrupted:
        raise KeyboardInterrupt
    page = with_reasons(with_runs(cell_data(found, source), found), found, limits, full=why)
    payload = payload_of(found) | {"page": page, "exit": _exit(found)}
    lasting = deadline is None and isinstance(found.verdict, Proved | Refuted | RefutedLasso | Vacuous)
    if lasting and key and key == _key(posed, why=why):
        cache.put(key, payload)
    return payload


def _exit(found: Answer) -> Exit:
    """As stated where something is stated, else by the outcome."""
    expect = stated(found.request)
    return exit_of(found) if expect is None else exit_as_stated(found, expect)


def _key(posed: Question, *, why: bool) -> str:
    """The full key of the question; empty where none can be made, so that nothing is looked up or kept."""
    try:
        return f"{_PREFIX}{'why ' if why else ''}{key_of(posed, Limits(), tool())}"
    except Doubt:
        return ""


__all__ = ["Asked", "Solved", "solve", "solve_single"]
