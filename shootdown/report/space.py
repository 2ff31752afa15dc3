"""Answers to the questions of a design space: from the cache, or by a search whose result is then kept."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.ir.errors import ShootdownError
from shootdown.model.axes import point_named
from shootdown.report.cells import payload_of
from shootdown.review.cache import Cache, Doubt, Payload, Question, tool
from shootdown.review.compare import replays
from shootdown.review.explore import Posed, Target, decide, keys, question_of
from shootdown.review.explored import Finding
from shootdown.search.result import Limits

MOST_STATES = 5_000_000
"""States of one size; beyond that the answer is open."""

_CONCLUSIVE = ("proved", "refuted", "vacuous")


@dataclass(frozen=True, slots=True)
class Keyed:
    """The keys of the questions that points pose, by the points' names; `error` says why there are none."""

    target: Target
    keys: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Solved:
    """The answer to a question."""

    key: str
    finding: Finding


def keyed(base: Sequence[str], target: Target, contract: str, store: Path | None) -> Keyed:
    """Which questions the points pose; they differ in their report only. Runs in a process of its own."""
    kept, name = Cache(store), _name("keys", contract, target.name, *base)
    known = kept.get(name) if name else None
    if known is not None:
        return Keyed(target, known)
    try:
        found = keys([point_named(p) for p in base], target, contract)
    except ShootdownError as error:
        return Keyed(target, {}, str(error))
    if name:
        kept.put(name, dict(found))
    return Keyed(target, found)


def solved(posed: Posed, contract: str, store: Path | None, deadline: float | None) -> Solved:
    """The answer to one question. Runs in a process of its own."""
    asked = question_of(posed.point, posed.target, contract)

    def search() -> Payload:
        answer = decide(asked, Limits(states=MOST_STATES, deadline=deadline))
        if answer.interrupted:
            raise KeyboardInterrupt
        return payload_of(answer)

    return Solved(posed.key, _finding(kept_or_found(asked, (contract, posed.key, str(MOST_STATES)), store, search)))


def kept_or_found(
    asked: Question, parts: Sequence[str], store: Path | None, search: Callable[[], Payload]
) -> Payload:
    """The payload that is kept under these parts of a key, its trace replayed; else the one that a search finds."""
    kept, name = Cache(store), _name("answer", *parts)
    known = kept.get(name) if name else None
    if known is not None and (known["record"]["verdict"] != "refuted" or replays(asked, known["record"])):
        return known
    payload = search()
    if name and payload["record"]["verdict"] in _CONCLUSIVE and payload.get("lost", 0) is not None:
        kept.put(name, payload)
    return payload


def _finding(payload: Payload) -> Finding:
    record: dict[str, Any] = payload["record"]
    events = sum(record["faults"].values())
    return Finding(record["verdict"], record["steps"] or 0, events, payload["text"], payload["why"])


@cache
def _running() -> str:
    """What runs, as a text; empty where that is in doubt, so that nothing is looked up or kept."""
    try:
        return json.dumps(tool(), sort_keys=True)
    except Doubt:
        return ""


def _name(*parts: str) -> str:
    running = _running()
    return hashlib.sha256("\0".join(["space", running, *parts]).encode()).hexdigest() if running else ""


__all__ = ["MOST_STATES", "Keyed", "Solved", "kept_or_found", "keyed", "solved"]
