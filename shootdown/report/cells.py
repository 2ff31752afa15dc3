"""Answers to the cells of a comparison: from the cache, or by a search whose result is then kept."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from shootdown.ir import ShootdownError
from shootdown.report.record import record
from shootdown.report.text import check_text, strength
from shootdown.report.words import largest, plenty
from shootdown.review.answer import Answer, answer
from shootdown.review.cache import Cache, Doubt, Payload, Question, key_of, tool
from shootdown.review.compare import Cell, NotApplicable, question_of, replays
from shootdown.review.tolerance import HOLDS_ALWAYS, UNKNOWN, Finding, Tolerance, tolerance
from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import HoldsTo, Proved, Refuted, RefutedLasso, Unknown, Vacuous

_FINDINGS = {"proved": Finding.HOLDS, "vacuous": Finding.HOLDS, "refuted": Finding.BROKEN}


@dataclass(frozen=True)
class Told:
    """What is known about one cell: words only, so that a process can send it.

    `outcome` is the verdict's, `n/a` or `error`; `why` says why it is no proof and no trace. `tolerates` is None where
    there is no verdict or no scenario. `record` is that of `check --json` and `text` what `check` prints.
    """

    cell: Cell
    outcome: str
    strength: str = ""
    why: str = ""
    tolerates: Tolerance | None = None
    record: dict[str, Any] = field(default_factory=dict)
    text: str = ""


class _Miss(Exception):  # noqa: N818 # flow within this module
    """The cache does not have it."""


class Answers:
    """Answers to cells: from the cache, and where it has none, by a search if that is wanted."""

    def __init__(self, store: Cache, *, search: bool) -> None:
        self.store = store
        self.search = search

    @cached_property
    def running(self) -> dict[str, Any]:
        """What runs, for the keys; empty where that is in doubt."""
        return _running()

    def told(self, cell: Cell) -> Told | None:
        """What is known about a cell; None where it is not in the cache and no search is wanted."""
        try:
            asked = question_of(cell)
            payload = self._payload(asked)
            return _told(cell, payload, self._tolerates(asked, payload["record"]))
        except NotApplicable as reason:
            return Told(cell, "n/a", why=str(reason))
        except ShootdownError as error:
            return Told(cell, "error", why=str(error))
        except _Miss:
            return None

    def _tolerates(self, asked: Question, found: Mapping[str, Any]) -> Tolerance | None:
        """From searches with fewer counted events than the trace has; wider than exhaustive if the trace is."""
        match found["verdict"]:
            case "proved":
                return HOLDS_ALWAYS
            case "vacuous":
                return None
            case "refuted":
                wide = asked.problem.wide is not None and found["scope"]["sizes"] == [asked.problem.wide.sizes]
                events = sum(found["faults"].values())
                return tolerance(events, lambda k: self._finding(asked.with_faults(k, wide=wide)))
        return UNKNOWN

    def _finding(self, asked: Question) -> Finding:
        return _FINDINGS.get(self._payload(asked)["record"]["verdict"], Finding.OPEN)

    def _payload(self, asked: Question) -> Payload:
        key = _key(asked, self.running)
        kept = self.store.get(key) if key else None
        if kept is not None and credible(asked, kept):
            return kept
        if not self.search:
            raise _Miss
        seconds = asked.request.seconds
        found = _search(asked, Limits(deadline=None if seconds is None else time.monotonic() + seconds))
        if found.interrupted:
            raise KeyboardInterrupt
        payload = payload_of(found)
        if key and _lasting(found) and key == _key(asked, _running()):
            self.store.put(key, payload)
        return payload


def solve(cell: Cell, cache: Path | None) -> Told:
    """Answer one cell. Runs in a process of its own."""
    told = Answers(Cache(cache), search=True).told(cell)
    assert told is not None
    return told


def _search(asked: Question, limits: Limits) -> Answer:
    """The answer to a question; a probe is spared what a reader would want to see besides."""
    request = asked.request
    if not asked.probe:
        return answer(request, limits)
    found = check(asked.problem, replace(limits, depth=request.depth, faults=request.faults), request.engine)
    return Answer(request, asked.system, found.verdict, found.seconds, interrupted=found.interrupted)


def _running() -> dict[str, Any]:
    try:
        return tool()
    except Doubt:
        return {}


def _key(asked: Question, running: Mapping[str, Any]) -> str:
    """The key of a question; empty where none can be made, so that nothing is looked up or kept."""
    try:
        return key_of(asked, _bounds(asked), running) if running else ""
    except Doubt:
        return ""


def _bounds(asked: Question) -> Limits:
    """The limits of a search as far as they belong to the key: the moment of a deadline does not."""
    return Limits(deadline=None if asked.request.seconds is None else 0.0)


def _lasting(found: Answer) -> bool:
    """Whether an answer is worth keeping: conclusive, or bounded by steps and work and not by a clock."""
    match found.verdict:
        case Proved() | Refuted() | RefutedLasso() | Vacuous():
            return True
        case HoldsTo():
            return found.request.seconds is None
        case Unknown():
            return False


def payload_of(found: Answer) -> Payload:
    """What the cache keeps of an answer; without its time, so that an answer kept is the answer found."""
    kept = record(found, found.request.design.name)
    del kept["seconds"]
    return {"record": kept, "text": check_text(found), "strength": _strength(found), "why": _why(found)}


def credible(asked: Question, payload: Payload) -> bool:
    """Whether a payload has the right shape and is about the question, and its trace, if any, replays now."""
    kept = payload.get("record")
    if not isinstance(kept, dict) or not all(isinstance(payload.get(k), str) for k in ("text", "strength", "why")):
        return False
    request = asked.request
    about = (kept.get("design"), kept.get("property"), kept.get("contract"))
    if about != (request.design.name, request.property.name, request.contract):
        return False
    return kept.get("verdict") in {"proved", "vacuous", "holds-to"} or (
        kept.get("verdict") == "refuted" and replays(asked, kept)
    )


def _strength(found: Answer) -> str:
    """`any number`, `up to 2 devices`, `depth 14`, `6 steps, 1 refusal`."""
    match found.verdict:
        case Proved(for_any_number=True):
            return "any number"
        case Proved(certificate=closed):
            return f"up to {plenty(largest([c.sizes for c in closed])['Device'], 'device')}"
        case Vacuous() | Unknown():
            return ""
        case Refuted() | RefutedLasso() | HoldsTo():
            return f"{'stuck, ' if found.stuck else ''}{strength(found)}"


def _why(found: Answer) -> str:
    match found.verdict:
        case Vacuous(why=why):
            return why
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            return reason
        case Proved() | Refuted() | RefutedLasso():
            return ""


def _told(cell: Cell, payload: Payload, tolerates: Tolerance | None) -> Told:
    kept = payload["record"]
    return Told(cell, kept["verdict"], payload["strength"], payload["why"], tolerates, kept, payload["text"])


__all__ = ["Answers", "Told", "credible", "payload_of", "solve"]
