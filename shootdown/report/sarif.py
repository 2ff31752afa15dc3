"""A review as SARIF 2.1.0: properties are rules, stated checks are results, steps of a trace are a code flow.

A refutation that the design itself states is a note, an outcome that is not as stated an error, an undetermined check
is `open`. Code references are logical locations; the physical one is where the design's own file states the check.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shootdown import __version__
from shootdown.properties import properties
from shootdown.report.flow import Moment
from shootdown.report.review import Told
from shootdown.review.cells import Cell
from shootdown.review.expectation import Standing

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FUNCTIONS = re.compile(r"[A-Za-z_]\w*(, [A-Za-z_]\w*)*")

Json = dict[str, Any]


def sarif(told: Sequence[Told], unanswered: Sequence[Cell] = ()) -> str:
    """The log as JSON with a newline at the end; `unanswered` are cells that the review did not come to."""
    answered = [t for t in told if t.outcome != "error"]
    names = sorted({t.cell.expect.property for t in answered})
    known = properties()
    driver = {
        "name": "shootdown",
        "version": __version__,
        "rules": [{"id": name, "shortDescription": {"text": known[name].sentence}} for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(told, unanswered)],
        "results": [_result(t, names) for t in answered],
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=1) + "\n"


def _invocation(told: Sequence[Told], unanswered: Sequence[Cell]) -> Json:
    """Whether every check has an answer, and what happened to those that have none."""
    texts = [t.line for t in told if t.outcome == "error"]
    texts += [f"{c.design} {c.label} {c.contract}: the review ended before this check" for c in unanswered]
    notes = [{"level": "error", "message": {"text": text}} for text in texts]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}


def _result(one: Told, rules: Sequence[str]) -> Json:
    cell = one.cell
    kind, level = _kind(one)
    stated = f"{one.standing.value}: {cell.expect.statement(cell.contract)}{cell.expect.because}"
    result: Json = {
        "ruleId": cell.expect.property,
        "ruleIndex": rules.index(cell.expect.property),
        "kind": kind,
        "level": level,
        "message": {"text": f"{one.line}\n{stated}"},
        "locations": [_location(cell, one.flow)],
        "partialFingerprints": {"check/v1": f"{cell.design} {cell.label} {cell.contract}"},
        "properties": {"design": cell.design, "contract": cell.contract, "outcome": one.outcome, "check": cell.label},
    }
    if one.flow:
        runs = sorted({m.run for m in one.flow})
        flows = [{"locations": [_step(m) for m in one.flow if m.run == run]} for run in runs]
        result["codeFlows"] = [{"threadFlows": flows}]
    return result


def _kind(one: Told) -> tuple[str, str]:
    """Kind and level; a level other than `none` goes with `fail` only."""
    if one.standing is Standing.OTHER:
        return "fail", "error"
    if one.standing is Standing.WEAKER:
        return "open", "none"
    return {"refuted": ("fail", "note"), "vacuous": ("notApplicable", "none")}.get(one.outcome, ("pass", "none"))


def _location(cell: Cell, flow: Sequence[Moment]) -> Json:
    """The design, the line of its file that states the check, and the code of the last step that stands for some."""
    design = cell.design
    found: Json = {"logicalLocations": [{"name": design, "fullyQualifiedName": f"design {design}", "kind": "module"}]}
    codes = [c for m in flow for c in m.codes]
    found["logicalLocations"] += [_logical(c) for c in codes[-1:]]
    path, uri = _file(cell)
    if path is not None:
        place = {"artifactLocation": {"uri": uri}, "region": {"startLine": _line(path, cell.expect.property)}}
        found["physicalLocation"] = place
    return found


def _file(cell: Cell) -> tuple[Path | None, str]:
    """The design's file, and what a viewer calls it: the user's own as it was named, or one of the catalogue."""
    if cell.source:
        path = Path(cell.source)
        return (path, quote(path.as_posix())) if path.is_file() else (None, "")
    module = cell.design.replace("-", "_")
    spec = find_spec(f"shootdown.model.designs.{module}")
    if spec is None or spec.origin is None:
        return None, ""
    return Path(spec.origin), f"model/designs/{module}.py"


@cache
def _line(path: Path, name: str) -> int:
    """The first line that names the property; the first of the file where none does."""
    rows = path.read_text("utf-8", "replace").splitlines()
    return next((number for number, row in enumerate(rows, 1) if f'"{name}"' in row), 1)


def _step(moment: Moment) -> Json:
    location: Json = {"message": {"text": f"{moment.numbers}. {moment.words}"}}
    if moment.codes:
        location["logicalLocations"] = [_logical(code) for code in moment.codes]
    return {"location": location}


def _logical(code: str) -> Json:
    """`v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev` is a function; a section of a text is not."""
    name = code.rpartition(": ")[2]
    found = {"name": name, "fullyQualifiedName": code}
    return {**found, "kind": "function"} if _FUNCTIONS.fullmatch(name) else found
