"""The recovery table and the design space for the page, from what `recover --json` and `explore --json` print."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shootdown.ir import UsageError
from shootdown.model.design import POLICIES
from shootdown.report.listing import POLICY_WORDS
from shootdown.report.words import plenty
from shootdown.review.cache import Doubt, sources

Data = dict[str, Any]

TOOL = "tool"
"""The key of a result that says which code has written it."""

_LARGEST = 64 * 1024 * 1024
_OF_RECOVER = ("cells", "sizes", "left open")
_OF_EXPLORE = ("targets", "standings", "acceptable", "minimal", "ruled out", "points", "contract", "sizes")
_DAMAGES = (KeyError, TypeError, ValueError, AttributeError)
_RECOVER_SCOPE = (
    "Contract {}; sizes up to {}, any number of faults, finitely many in a run; kernel, driver and VMM are fair. `safe "
    "and live` is proved for these sizes and no others. Loses: devices that had answered and are stopped by the "
    "recovery, at most."
)
_EXPLORE_SCOPE = "{} under contract {}: {}. Sizes up to {}; `proved` covers these sizes and no others."
_KINDS = {
    "safe and live": "live", "stale": "stale", "safe but never recovers": "never", "not expressible": "na",
}  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """What is shown besides the matrix; nothing for a result that is not given. `texts` are traces as text."""

    recover: Data | None = None
    explore: Data | None = None
    texts: tuple[Data, ...] = ()


def tables(recover: Path | None, explore: Path | None) -> Tables:
    """The tables of these files. A UsageError says in one sentence what is wrong with one of them."""
    texts: list[Data] = []
    first = None if recover is None else _recover(_read(recover, "recover", _OF_RECOVER), recover, texts)
    second = None if explore is None else _explore(_read(explore, "explore", _OF_EXPLORE), explore, texts)
    return Tables(first, second, tuple(texts))


def of_this_tool(path: Path) -> bool:
    """Whether there is a result that this very code has written; any other may tell of other models."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and bool(this_tool()) and found.get(TOOL) == this_tool()


def this_tool() -> str:
    """A hash of the code that runs; empty where that cannot be told."""
    try:
        return sources()
    except Doubt:
        return ""


def _read(path: Path, command: str, keys: Sequence[str]) -> Data:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST} bytes; no result of `{command} --json` is")
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not JSON, so it is no result of `{command} --json`: {error}") from error
    if not isinstance(found, dict) or not all(key in found for key in keys):
        raise UsageError(f"{path} is JSON of another kind; wanted is what `{command} --json` has printed")
    return found


def _recover(found: Data, path: Path, texts: list[Data]) -> Data:
    """Policies by designs."""
    try:
        cells = [dict(c) for c in found["cells"]]
        designs = list(dict.fromkeys(str(c["design"]) for c in cells))
        known = {(c["policy"], c["design"]): _standing(c, texts) for c in cells}
        rows = [
            {"policy": p, "words": POLICY_WORDS.get(p, ""), "cells": [known.get((p, d)) for d in designs]}
            for p in POLICIES
            if any(p == c["policy"] for c in cells)
        ]
        after = next((c["after"] for c in cells if c["after"]), "")
        scope = _RECOVER_SCOPE.format(" and ".join(sorted({str(c["contract"]) for c in cells})), _sizes(found))
        return {"designs": designs, "rows": rows, "after": after, "scope": scope, "open": list(_left_open(found))}
    except _DAMAGES as error:
        raise UsageError(f"{path} is damaged: its cells are not those of `recover --json` ({error})") from error


def _sizes(found: Data) -> str:
    return ", ".join(plenty(int(n), str(sort).lower()) for sort, n in found["sizes"].items())


def _standing(cell: Mapping[str, Any], texts: list[Data]) -> Data:
    word, design, policy = str(cell["outcome"]), str(cell["design"]), str(cell["policy"])
    steps = plenty(int(cell["steps"]), "step") if cell["steps"] else ""
    stem = int(cell["stem"] or 0)
    way = "loop" if int(cell["steps"] or 0) > stem else "ends"  # else nothing happens any more
    kind = _KINDS.get(word, "open")
    shown = {"stale": f"stale in {steps}", "never": f"{word}, {way} after {plenty(stem, 'step')}"}.get(kind, word)
    label = f"{design}, {policy}: {shown}"
    name = _kept(texts, label, cell["why"], cell["trace"])
    return {"word": shown, "kind": kind, "id": name, "label": label, "lost": cell["lost"] or ""}


def _left_open(found: Data) -> Iterator[str]:
    for row in found["left open"]:
        also = "".join(f", {name} {value}" for name, value in row["shown"].items())
        sets = " or ".join("{" + ", ".join(s) + "}" for s in row["not done"])
        yield f"on the list {', '.join(row['listed'])}{also}: {sets}"


def _explore(found: Data, path: Path, texts: list[Data]) -> Data:
    """Counts, the least designs that meet everything, and what is ruled out by which trace."""
    try:
        words = list(dict.fromkeys(w for counts in found["targets"].values() for w in counts))
        standings = ", ".join(f"{n} {word}" for word, n in found["standings"].items())
        good, points = len(found["acceptable"]), plenty(int(found["points"]), "design")
        least = f"{plenty(good, 'design')} meet everything; those that need least:"
        return {
            "scope": _EXPLORE_SCOPE.format(points, found["contract"], standings, _sizes(found)),
            "words": words,
            "targets": [{"name": n, "counts": [c.get(w, 0) for w in words]} for n, c in found["targets"].items()],
            "good": least if good else "No design of the space meets everything.",
            "minimal": [_point(m) for m in found["minimal"]],
            "ruled": [_ruled(r, texts) for r in found["ruled out"]],
        }
    except _DAMAGES as error:
        raise UsageError(f"{path} is damaged: it is not what `explore --json` prints ({error})") from error


def _point(found: Mapping[str, Any]) -> str:
    names = ", ".join(found["equal to"])
    return f"{found['point']}{f' = {names}' if names else ''}"


def _ruled(found: Mapping[str, Any], texts: list[Data]) -> Data:
    every, some = int(found["of"]), int(found["refutes"])
    share = f"all {every}" if some == every else f"{some} of {every}, others the rest"
    title = f"{found['axis']} = {found['value']}: {found['by']}, refuted by {found['point']}"
    return {
        "axis": found["axis"], "value": found["value"], "by": found["by"], "share": share, "point": found["point"],
        "steps": int(found["steps"]), "id": _kept(texts, title, "", found["trace"]),
    }  # fmt: skip


def _kept(texts: list[Data], title: str, why: Any, trace: Any) -> str:
    """The place of a trace on the page, each text once; empty where there is neither trace nor reason."""
    if not (trace or why):
        return ""
    for text in texts:
        if trace and text["trace"] == trace:
            return str(text["id"])
    texts.append({"id": f"t{len(texts)}", "title": title, "why": str(why or ""), "trace": str(trace or "")})
    return f"t{len(texts) - 1}"


__all__ = ["TOOL", "Tables", "of_this_tool", "tables", "this_tool"]
