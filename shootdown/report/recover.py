"""The recovery table: designs by VMM policies, and what one outcome leaves open; from the cache or by a search."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shootdown.ir import Expectation, always, exists
from shootdown.ir.errors import ShootdownError
from shootdown.model.design import POLICY_NEEDS
from shootdown.model.sorts import Device
from shootdown.properties.no_healthy_device_lost import cut_off
from shootdown.report.cells import payload_of
from shootdown.report.space import MOST_STATES, kept_or_found
from shootdown.report.words import WIDTH, plenty
from shootdown.review.cache import Question
from shootdown.review.compare import source_of
from shootdown.review.explore import LARGEST, decide
from shootdown.review.recover import LIVE, LOST, SAFE, Left, Standing, question_of
from shootdown.search.check import check
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted

_FALSE = ("stale", "never recovers", "starved", "hangs", "lost")
"""The words with which the line of a trace that says what is false begins."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy for one design: names only, so that it can be sent to another process. `after`: just this error."""

    source: str
    policy: str
    contract: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of the policy. `steps` are those of the trace, `stem` those before its loop; `lost` counts devices.

    `why` says what is stale, for what the guest waits for ever, or why nothing is known.
    """

    row: Row
    standing: Standing
    steps: int = 0
    stem: int = 0
    lost: int | None = None
    why: str = ""
    text: str = ""

    @property
    def word(self) -> str:
        """The cell of the table."""
        match self.standing:
            case Standing.STALE:
                return f"stale in {plenty(self.steps, 'step')}"
            case Standing.NEVER:
                goes_round = self.steps > self.stem  # else nothing happens any more
                return f"safe but never recovers ({'loop' if goes_round else 'ends'} after {plenty(self.stem, 'step')})"
            case Standing.INEXPRESSIBLE:
                needs = " or ".join(f"`{field}`" for field in POLICY_NEEDS[self.row.policy])
                return f"not expressible: the report has no {needs}"
        return str(self.standing.value)


def told(row: Row, store: Path | None, deadline: float | None) -> Told:
    """The answer for one policy. Runs in a process of its own."""
    design = source_of(row.source).design
    if reason := design.inexpressible(row.policy):
        return Told(row, Standing.INEXPRESSIBLE, why=reason)
    try:
        safe = _asked(row, SAFE, store, deadline)
        if safe["record"]["verdict"] != "proved":
            return _unsafe(row, safe)
        live = _asked(row, LIVE, store, deadline)
        lost = _asked(row, LOST, store, deadline)
    except ShootdownError as error:
        return Told(row, Standing.OPEN, why=str(error))
    return replace(_alive(row, live), lost=lost.get("lost"))


def _asked(row: Row, name: str, store: Path | None, deadline: float | None) -> dict[str, Any]:
    asked = question_of(source_of(row.source).design, name, row.policy, row.contract, row.after)
    parts = ("recover", row.source, name, row.policy, row.contract, row.after, asked.model, str(MOST_STATES))

    def search() -> dict[str, Any]:
        answer = decide(asked, Limits(states=MOST_STATES, deadline=deadline))
        if answer.interrupted:
            raise KeyboardInterrupt
        found: dict[str, Any] = payload_of(answer)
        return found | ({"lost": _lost(asked, answer.outcome, deadline)} if name == LOST else {})

    return kept_or_found(asked, parts, store, search)


def _lost(asked: Question, outcome: str, deadline: float | None) -> int | None:
    """How many devices that had answered are lost at most, at the sizes of the question; None where that is open."""
    if outcome in ("proved", "vacuous"):
        return 0
    if outcome != "refuted":
        return None
    for most in range(1, LARGEST["Device"]):
        claim = always("no more are lost", lambda s: ~_more_than_one(s)).on(asked.system)
        assert claim.kind is Expectation.ALWAYS
        problem = replace(asked.problem, claims=(claim,), companions=())
        verdict = check(problem, Limits(states=MOST_STATES, deadline=deadline)).verdict
        if not isinstance(verdict, Refuted):
            return most if isinstance(verdict, Proved) else None
    return LARGEST["Device"]


def _more_than_one(s: Any) -> Any:
    def lost(d: Any) -> Any:
        return s.lost[d] | cut_off(s, d)

    return exists(Device, Device, lambda d, e: lost(d) & lost(e) & (d != e))


def _unsafe(row: Row, safe: Mapping[str, Any]) -> Told:
    record = safe["record"]
    if record["verdict"] == "refuted":
        return Told(row, Standing.STALE, record["steps"], why=_falsehood(safe["text"]), text=safe["text"])
    return Told(row, Standing.OPEN, why=safe["why"] or record["verdict"])


def _alive(row: Row, live: Mapping[str, Any]) -> Told:
    record = live["record"]
    match record["verdict"]:
        case "proved":
            return Told(row, Standing.LIVE)
        case "refuted":
            stem = record["trace"].get("loop")
            if stem is None:  # the claim beside the response: a wait has ended with something stale
                return Told(row, Standing.STALE, record["steps"], why=_falsehood(live["text"]), text=live["text"])
            return Told(row, Standing.NEVER, record["steps"], stem, why=_falsehood(live["text"]), text=live["text"])
    return Told(row, Standing.OPEN, why=live["why"] or record["verdict"])


def _falsehood(text: str) -> str:
    """The line of a trace that says what is false."""
    for line in text.split("\n"):
        if line.startswith("  ") and line.lstrip().split(":")[0] in _FALSE:
            return line.split("   reach:")[0].strip()
    return ""


# --- Words -----------------------------------------------------------------------------------------------------------


def scope_text(contract: str) -> list[str]:
    """What the answers cover."""
    largest = ", ".join(plenty(n, sort.lower()) for sort, n in LARGEST.items())
    refusals = "a refusal is a fault and passes" if contract == "ideal" else "a refusal lasts as long as its cause"
    return textwrap.wrap(
        f"contract {contract}; sizes up to {largest}, with attach and detach; any number of faults, finitely many in "
        f"a run: {refusals}, death lasts until a reset; fair kernel, driver and VMM. `safe and live` is proved for "
        "these sizes. lost: devices that had answered and are stopped by the recovery, at most.", WIDTH,
    )  # fmt: skip


def table(rows: Sequence[Told], names: Mapping[str, str]) -> str:
    """One block per design: policy, what becomes of it, devices lost."""
    blocks = []
    for source in dict.fromkeys(r.row.source for r in rows):
        mine = [r for r in rows if r.row.source == source]
        lines = [names[source]]
        for r in mine:
            lost = "" if r.lost is None else f"   lost: {r.lost}"
            lines.append(f"  {r.row.policy:<24}{r.word}{lost}")
            if r.standing is Standing.OPEN:
                lines += textwrap.wrap(r.why, WIDTH, initial_indent=" " * 26, subsequent_indent=" " * 26)
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def after_text(design: str, errno: str, left: Sequence[Left], rows: Sequence[Told]) -> str:
    """What one outcome leaves open, and which responses are safe, with the reason why others are not."""
    head = f"{design} has returned -{errno}. Devices that may be not done, where no group comes or goes meanwhile:"
    return "\n".join([head, *_left_lines(left), "",
                      *_response_lines(rows, errno)]) + "\n"  # fmt: skip


def _left_lines(left: Sequence[Left]) -> Iterator[str]:
    for row in left:
        if not row.listed:
            continue
        listed = ", ".join(Device.names[d] for d in row.listed)
        also = "".join(f", {name} = {_value(name, value)}" for name, value in row.shown)
        sets = " or ".join("{" + ", ".join(Device.names[d] for d in s) + "}" for s in row.sets)
        yield f"  on the list {listed}{also}:  {sets}"


def _value(name: str, value: Sequence[int]) -> str:
    if name in ("count", "entry_failed"):
        return str(value[0])
    return "{" + ", ".join(Device.names[d] for d in value) + "}"


def _response_lines(rows: Sequence[Told], errno: str) -> Iterator[str]:
    yield f"What the VMM may do about -{errno}, where all faults show as this error:"
    for r in rows:
        lost = f", loses {r.lost} that answered" if r.lost else ""
        yield f"  {r.row.policy:<24}{r.word}{lost}"
        if r.why and r.standing is not Standing.INEXPRESSIBLE:
            yield from textwrap.wrap(r.why, WIDTH, initial_indent=" " * 26, subsequent_indent=" " * 26)


def record(rows: Sequence[Told], names: Mapping[str, str], left: Sequence[Left] = ()) -> dict[str, Any]:
    """The same as data."""
    cells = [
        {
            "design": names[r.row.source], "policy": r.row.policy, "contract": r.row.contract,
            "after": r.row.after or None, "outcome": r.standing.value, "steps": r.steps or None,
            "stem": r.stem or None, "lost": r.lost, "why": r.why, "trace": r.text,
        }
        for r in rows
    ]  # fmt: skip
    open_ = [
        {
            "listed": [Device.names[d] for d in x.listed],
            "shown": {name: list(value) for name, value in x.shown},
            "not done": [[Device.names[d] for d in s] for s in x.sets],
        }
        for x in left
    ]
    return {"sizes": dict(LARGEST), "cells": cells, "left open": open_}
