"""One cell of each kind for tests of the page, each answered once in a process."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.report.page_answers import Asked, solve

SAMPLES = {
    "refuted": Asked("type1-v1", "success-means-coherent", "vtd-v10", topology="two-domains"),
    "lasso": Asked("type1-v1", "every-call-returns", "vtd-v10", topology="two-singleton-groups"),
    "pair": Asked("type1-v1", "report-is-sufficient", "ideal"),
    "sizes": Asked(
        "device-status", "no-healthy-device-lost", "vtd-v10", "reset-named-and-flush", "two-singleton-groups"
    ),
    "any": Asked("type1-v1-stop", "failure-is-told", "vtd-v10"),
    "vacuous": Asked("type1-v2", "error-means-untouched-or-told", "ideal"),
    "error": Asked("type1-v1", "recoverable", "ideal", "resume-after-count"),
}
"""What is asked for each kind."""


@cache
def sample(kind: str) -> dict[str, Any]:
    """The cell of that kind."""
    return solve(SAMPLES[kind], None, None).cell


def samples() -> list[dict[str, Any]]:
    """All of them."""
    return [sample(kind) for kind in SAMPLES]


def with_trace(policy: str, outcome: str, **more: Any) -> dict[str, Any]:
    """A cell of `recover --json`."""
    base = {
        "steps": 11,
        "stem": None,
        "lost": None,
        "why": "stale: <f>",
        "trace": "a run\n  & more",
        "after": None,
    }
    return base | {"design": "type1-v1", "policy": policy, "contract": "ideal", "outcome": outcome} | more


RECOVER = {
    "sizes": {"Domain": 2, "Device": 2},
    "cells": [
        with_trace("report-and-complete", "stale"),
        with_trace("retry-all", "safe but stuck", stem=3, trace="another run"),
        with_trace("reset-all-and-flush", "safe and live", steps=None, lost=1, why="", trace=""),
        with_trace("retry-not-done", "not expressible", steps=None, why="it reports errno", trace=""),
    ],
    "left open": [{"listed": ["a", "b"], "shown": {"count": [1]}, "not done": [["b"], ["a", "b"]]}],
}
"""What `recover --json` prints, in small."""

EXPLORE = {
    "contract": "ideal", "sizes": {"Device": 2}, "points": 6, "questions": 4,
    "targets": {"success-means-coherent": {"proved": 4, "refuted": 2}},
    "standings": {"acceptable": 4, "refuted": 2, "undetermined": 0},
    "acceptable": ["stop/x"], "minimal": [{"point": "stop/x", "equal to": ["type1-v1-stop"]}],
    "ruled out": [
        {"axis": "walk", "value": "break", "by": "success-means-coherent", "refutes": 2, "of": 2, "point": "break/x",
         "steps": 8, "trace": "the shortest run"},
    ],
}  # fmt: skip
"""What `explore --json` prints, in small."""


def write_results(folder: Path) -> tuple[Path, Path]:
    """Both results as files in a folder."""
    paths = folder / "recover.json", folder / "explore.json"
    for path, result in zip(paths, (RECOVER, EXPLORE), strict=True):
        path.write_text(json.dumps(result))
    return paths
