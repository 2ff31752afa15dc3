"""A design space in words: how many points meet what, the least of those that meet everything, what is ruled out."""

import textwrap
from collections.abc import Iterator
from typing import Any

from shootdown.model.axes import AXES, Point
from shootdown.report.words import WIDTH, plenty
from shootdown.review.explore import LARGEST
from shootdown.review.explored import Explored, RuledOut, minimal, named_points, ruled_out

NO_TRACE = "none of its points is acceptable, and each target leaves some of them"


def text(explored: Explored, contract: str) -> str:
    """The whole report, at most `WIDTH` columns but for names of points and traces."""
    return "\n".join([*_head(explored, contract), "", *_acceptable(explored), "", *_ruled_out(explored)]) + "\n"


def record(explored: Explored, contract: str) -> dict[str, Any]:
    """The same as data."""
    good, names = explored.acceptable(), named_points()
    return {
        "contract": contract,
        "sizes": dict(LARGEST),
        "points": len(explored.space),
        "questions": len(set(explored.posed.values())),
        "targets": {t.name: explored.count(t) for t in explored.targets},
        "standings": _standings(explored),
        "acceptable": [p.name for p in good],
        "minimal": [{"point": p.name, "equal to": names.get(p, [])} for p in minimal(good)],
        "ruled out": [_ruled(r) for r in ruled_out(explored)],
    }


def _ruled(r: RuledOut) -> dict[str, Any]:
    return {
        "axis": r.axis, "value": r.value, "by": r.target.name, "refutes": r.refutes, "of": r.of,
        "point": r.point.name, "steps": r.finding.steps, "trace": r.finding.text,
    }  # fmt: skip


def _standings(explored: Explored) -> dict[str, int]:
    words = [explored.standing(p) for p in explored.space]
    return {w: words.count(w) for w in ("acceptable", "refuted", "undetermined")}


def _head(explored: Explored, contract: str) -> Iterator[str]:
    questions, answered = set(explored.posed.values()), explored.findings.keys()
    yield f"{plenty(len(explored.space), 'design')} under contract {contract}, {plenty(len(questions), 'question')}" + (
        "" if questions <= answered else f", {len(questions - answered)} of them not answered"
    )
    largest = ", ".join(plenty(n, sort.lower()) for sort, n in LARGEST.items())
    yield from textwrap.wrap(
        f"sizes up to {largest}; two iovas where a request may be read twice. `proved` covers these sizes; "
        "`shootdown check POINT` asks for any number. A property is not asked of designs that one before it refutes, "
        "unless --every.",
        WIDTH, initial_indent="  ", subsequent_indent="  ",
    )  # fmt: skip
    yield ""
    for target in explored.targets:
        counts = ", ".join(f"{n} {word}" for word, n in explored.count(target).items())
        asked = len({key for (_, t), key in explored.posed.items() if t == target})
        yield f"  {target.name}: {counts} ({plenty(asked, 'question')})"
    counts = ", ".join(f"{n} {word}" for word, n in _standings(explored).items())
    yield f"  all together: {counts}"


def _acceptable(explored: Explored) -> Iterator[str]:
    good = explored.acceptable()
    least, names = minimal(good), named_points()
    if not good:
        yield "no design of the space meets everything"
        return
    yield f"{plenty(len(good), 'design')} meet{'s' if len(good) == 1 else ''} everything; those that need least:"
    for point in least:
        yield f"  {point.name}{_equal(point, names)}"
    known = [p for p in good if p in names and p not in least]
    if known:
        yield "among the others:"
        yield from (f"  {p.name}{_equal(p, names)}" for p in known)
    if open_ := [p for p in explored.space if explored.standing(p) == "undetermined"]:
        why = sorted({_why_open(explored, p) for p in open_})
        yield f"{plenty(len(open_), 'design')} undetermined: {'; '.join(why)}"


def _why_open(explored: Explored, point: Point) -> str:
    for target in explored.targets:
        found = explored.finding(point, target)
        if found is None:
            return f"{target.name} was not answered"
        if found.outcome != "proved":
            return f"{target.name} is {found.outcome}" + (f" ({found.why})" if found.why else "")
    return ""


def _equal(point: Point, names: dict[Point, list[str]]) -> str:
    return f"  = {', '.join(names[point])}" if point in names else ""


def _ruled_out(explored: Explored) -> Iterator[str]:
    found = list(ruled_out(explored))
    if not found:
        yield "no value of an axis is ruled out"
        return
    yield "ruled out, each with the shortest trace of the property that refutes most:"
    traces: dict[str, int] = {}
    for r in found:
        number = traces.setdefault(r.finding.text, len(traces) + 1)
        all_ = "all" if r.refutes == r.of else f"{r.refutes} of {r.of}"
        what = f"{r.target.name} refutes {all_}{'' if r.refutes == r.of else ', others the rest'}"
        yield f"  {r.axis} = {r.value}: {what}; {plenty(r.finding.steps, 'step')}, trace {number}"
    for trace, number in traces.items():
        yield from ("", f"trace {number}:", *trace.rstrip("\n").split("\n"))


AXIS_NAMES = tuple(axis for axis, _ in AXES)
"""What `--axis` takes."""
