"""One cell of each kind for tests of the page, each answered once in a process."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.report.page_answers import Asked, solve
from shootdown.report.single import solve as solve_single
from shootdown.review.single import singles

SAMPLES = {
    "refuted": Asked("type1-v1", "success-means-coherent", "vtd-v10", topology="two-domains"),
    "lasso": Asked("type1-v1", "every-call-returns", "vtd-v10", topology="two-singleton-groups"),
    "pair": Asked("type1-v1", "report-is-sufficient", "ideal"),
    "sizes": Asked(
        "device-status", "no-healthy-device-lost", "vtd-v10", "reset-named-and-flush", "two-singleton-groups"
    ),
    "any": Asked("type1-v1-stop", "failure-is-told", "vtd-v10"),
    "vacuous": Asked("type1-v2", "error-means-untouched-or-told", "ideal"),
    "useful": Asked("count", "report-is-useful", "ideal"),
    "error": Asked("type1-v1", "recoverable", "ideal", "resume-after-count"),
}
"""What is asked for each kind."""

SINGLES = (
    "type1-v1.checked-is-used.uapi-1", "mail-proposal.checked-is-used.index-tested-uapi-2",
    "merged-5.10.reads-within-argsz.5.10", "B02.range-is-covered.buggy", "B41.range-is-covered.fixed",
)  # fmt: skip
"""What is asked about bytes and ranges: refuted and proved, with and without a second thread."""


@cache
def sample(kind: str) -> dict[str, Any]:
    """The cell of that kind."""
    return solve(SAMPLES[kind], None, None).cell


def samples() -> list[dict[str, Any]]:
    """All of them."""
    return [sample(kind) for kind in SAMPLES]


@cache
def single_sample(stem: str) -> dict[str, Any]:
    """The cell about bytes or a range with that stem."""
    return solve_single(next(cell for cell in singles() if cell.stem() == stem)).page


def single_samples() -> list[dict[str, Any]]:
    """All of them."""
    return [single_sample(stem) for stem in SINGLES]


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
        with_trace("retry-all", "safe but never recovers", stem=3, trace="another run"),
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
