"""Lassos and proofs that there is none, as data."""

from typing import Any

from shootdown.counterexamples.rounds import fair_text
from shootdown.ir import System
from shootdown.search.refute import step_text
from shootdown.search.verdict import RefutedLasso


def lasso_record(system: System, found: RefutedLasso) -> dict[str, Any]:
    """What a record says of a lasso beyond its trace: how long it is, since when something is due, who has its turn."""
    turns: dict[str, list[str]] = {}
    for treated in found.fair:
        text = step_text(system.action[treated.step.action], treated.step.args)
        turns.setdefault(treated.turn.value, []).append(text)
    return {
        "loop": len(found.lasso.loop),
        "since": found.since,
        "elements": list(found.elements),
        "fair": turns,
        "fair_text": fair_text(system, found),
        "notes": list(found.notes),
    }
