"""The cells of a comparison: answered from the cache or by a search, and worded as rows of data.

A row holds what tables, Markdown and JSON show of a cell, and nothing that differs from run to run.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from shootdown import __version__
from shootdown.ir import ShootdownError
from shootdown.report.record import record
from shootdown.report.text import check_text, strength
from shootdown.report.words import largest, plenty
from shootdown.review.answer import Answer, answer
from shootdown.review.cache import Cache, Doubt, Payload, Question, key_of, tool
from shootdown.review.catalogue import find_property
from shootdown.review.compare import Cell, NotApplicable, question_of, replays
from shootdown.review.expectation import Exit, worst
from shootdown.review.tolerance import HOLDS_ALWAYS, NOTHING, UNKNOWN, Finding, Tolerance, meet, tolerance
from shootdown.search.result import Limits
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous

KIND = "shootdown comparison"
"""Says in a JSON file that it is one."""

SCHEMA = 1

Row = dict[str, Any]

EXITS = {
    "proved": Exit.GOOD,
    "refuted": Exit.REFUTED,
    "vacuous": Exit.REFUTED,
    "holds-to": Exit.OPEN,
    "unknown": Exit.OPEN,
    "error": Exit.WRONG_USE,
}
"""What an outcome means for the exit code; `n/a` means nothing."""

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
        """From searches with fewer counted events than the trace has."""
        match found["verdict"]:
            case "proved":
                return HOLDS_ALWAYS
            case "vacuous":
                return None
            case "refuted":
                return tolerance(sum(found["faults"].values()), lambda k: self._finding(asked.with_faults(k)))
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
        found = answer(asked.request, Limits(deadline=None if seconds is None else time.monotonic() + seconds))
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
        case Proved() | Refuted() | Vacuous():
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
        case Proved(universal=universal) if universal is not None:
            return "any number"
        case Proved(certificate=closed):
            return f"up to {plenty(largest([c.sizes for c in closed])['Device'], 'device')}"
        case Vacuous() | Unknown():
            return ""
        case Refuted() | HoldsTo():
            return f"{'stuck, ' if found.stuck else ''}{strength(found)}"


def _why(found: Answer) -> str:
    match found.verdict:
        case Vacuous(why=why):
            return why
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            return reason
        case Proved() | Refuted():
            return ""


def _told(cell: Cell, payload: Payload, tolerates: Tolerance | None) -> Told:
    kept = payload["record"]
    return Told(cell, kept["verdict"], payload["strength"], payload["why"], tolerates, kept, payload["text"])


def policy_word(cell: Cell) -> str:
    """`any` where the property's own caller is the hostile one and none was asked for, else the policy."""
    own = find_property(cell.property).policy
    return cell.policy or ("any" if own == "hostile" else own)


def row_of(told: Told) -> Row:
    """A cell as data: the same for the same answer, whether it was searched or kept."""
    cell, kept = told.cell, told.record
    return {
        "design": cell.design,
        "property": cell.property,
        "contract": cell.contract,
        "policy": policy_word(cell),
        "topology": cell.topology or "sizes",
        "outcome": told.outcome,
        "strength": told.strength,
        "why": told.why,
        "tolerates": "n/a" if told.tolerates is None else told.tolerates.word,
        "claim": kept.get("claim"),
        "reach": kept.get("reach"),
        "steps": kept.get("steps"),
        "faults": kept.get("faults", {}),
        "assumptions": kept.get("assumptions", []),
        "scope": kept.get("scope"),
    }


def summaries(told: Sequence[Told]) -> list[Row]:
    """One row per design and contract: outcomes counted, and the faults that all its properties together tolerate."""
    groups: dict[tuple[str, str], list[Told]] = {}
    for t in told:
        groups.setdefault((t.cell.design, t.cell.contract), []).append(t)
    return [{"design": d, "contract": c, **_summary(group)} for (d, c), group in groups.items()]


def _summary(group: Sequence[Told]) -> Row:
    outcomes = [t.outcome for t in group]
    return {
        "proved": outcomes.count("proved"),
        "refuted": outcomes.count("refuted"),
        "other": len([o for o in outcomes if o not in {"proved", "refuted", "n/a"}]),
        "n/a": outcomes.count("n/a"),
        "tolerates": _together(group),
    }


def _together(group: Sequence[Told]) -> list[Row]:
    """The largest number of faults that all tolerate together, and the properties that decide it.

    What breaks without any fault says nothing about faults; then a second entry is about the other properties.
    """
    known = [(t, t.tolerates) for t in group if t.tolerates is not None]
    if not known:
        return []
    both = meet(n for _, n in known)
    decide = [t for t, n in known if n == both] if both.exact and both != HOLDS_ALWAYS else []
    first = {"faults": both.word, "decided_by": list(dict.fromkeys(t.cell.property for t in decide))}
    others = [t for t in group if t not in decide]
    return [first, *(_together(others) if both == NOTHING else [])]


def comparison(told: Sequence[Told], *, complete: bool) -> dict[str, Any]:
    """The whole result for `--json`, and for a later `--changed`."""
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "tool": f"shootdown {__version__}",
        "complete": complete,
        "cells": [row_of(t) for t in told],
        "designs": summaries(told),
    }


def exit_code(told: Iterable[Told]) -> Exit:
    """2 before 1 before 3 before 0, over all cells that apply."""
    return worst(EXITS[t.outcome] for t in told if t.outcome in EXITS)


__all__ = ["Answers", "Told", "comparison", "credible", "exit_code", "payload_of", "row_of", "solve", "summaries"]
