"""Answers to the questions of a design space: from the cache, or by a search whose result is then kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.ir.errors import ShootdownError
from shootdown.model.axes import point_named
from shootdown.report.cells import payload_of
from shootdown.review.cache import Cache, Doubt, Payload, tool
from shootdown.review.compare import replays
from shootdown.review.explore import Posed, Target, decide, keys, question_of
from shootdown.review.explored import Finding
from shootdown.search.result import Limits

MOST_STATES = 2_000_000
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
    kept, name = Cache(store), _name("answer", contract, posed.key, str(MOST_STATES))
    asked = question_of(posed.point, posed.target, contract)
    known = kept.get(name) if name else None
    if known is not None and (known["record"]["verdict"] != "refuted" or replays(asked, known["record"])):
        return Solved(posed.key, _finding(known))
    answer = decide(asked, Limits(states=MOST_STATES, deadline=deadline))
    if answer.interrupted:
        raise KeyboardInterrupt
    payload = payload_of(answer)
    if name and answer.outcome in _CONCLUSIVE:
        kept.put(name, payload)
    return Solved(posed.key, _finding(payload))


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


__all__ = ["Keyed", "Solved", "keyed", "solved"]
