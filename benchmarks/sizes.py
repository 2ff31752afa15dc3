"""Seconds until a claim is proved and judged, by engine and number of devices.

Run as `python benchmarks/sizes.py [--write] [--most N] [--limit S] [DESIGN:PROPERTY ...]`. One domain, n groups of one
device each, one unit, one iova, two frames; contract `ideal`. The last column is the proof for any number of
everything, which knows no size. Each point is a process of its own, with a limit of wall clock; the time is of the
processor, from the recorded question to the judged proof. With `--write` table and plot go to sizes.md and sizes.svg.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from plot import Panel, Series, svg

from shootdown.ir import Claim, System
from shootdown.ir.slice import cone
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, problem_of
from shootdown.search import anynumber, explicit, kinduction, pdr
from shootdown.search.certificate import Certificate
from shootdown.search.closure import NotComplete, recheck
from shootdown.search.invariant import verify
from shootdown.search.parametric import Wanted
from shootdown.search.question import Place, at_place, stuck_claim
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import Universal

HERE = Path(__file__).parent
CONTRACT = "ideal"
SMALLEST, LARGEST = 2, 10
LIMIT = 20.0
"""Seconds of wall clock for one point, the start of its process included."""

ASKED = (
    "type1-v1-stop:failure-is-told",
    "type1-v1-stop:success-means-coherent",
    "best-effort:failure-is-told",
    "best-effort:success-means-coherent",
)

ANY = 0
"""In the place of a number of devices: any number of everything."""

OVER = "over"
"""Printed for a point that met the limit."""

WIDE = "wide"
"""Printed where a state does not fit into the words of explicit search."""


@dataclass(frozen=True)
class Question:
    """A sliced system, the claim that no call gets stuck among its claims, and sizes."""

    system: System
    claims: tuple[Claim, ...]
    sizes: dict[str, int]


def with_sizes(request: Request, devices: int) -> Request:
    """The request at one domain with so many groups of one device."""
    sizes = {"Domain": 1, "Group": devices, "Device": devices, "Unit": 1, "Iova": 1, "Frame": 2}
    return Request(request.design, request.property, request.contract, sizes=sizes)


def at_sizes(request: Request, devices: int) -> Question:
    """What `shootdown check` asks at these sizes."""
    system, problem = problem_of(with_sizes(request, devices))
    (place,) = (p for p in problem.places if p.topology == "sizes")
    stuck = stuck_claim(system)
    claims = problem.claims if stuck is None else (*problem.claims, stuck)
    return Question(cone(at_place(system, place), [c.formula for c in claims]), claims, place.sizes)


def by_explicit(asked: Question) -> str:
    """All states, and the judge of closed sets; empty where that proves the claims, else why it does not."""
    found = explicit.explored(asked.system, asked.claims, asked.sizes, Limits())
    if found.search.reason.startswith("a state has"):
        return WIDE
    judged = recheck(asked.system, asked.claims, asked.sizes, Limits(), sample=25, known=found)
    return found.search.reason or "refuted" if isinstance(judged, NotComplete) else ""


def _certified(asked: Question, found: Search, certificate: Certificate | None) -> str:
    if certificate is None:
        return found.reason or "refuted"
    return "; ".join(f.why for f in verify(asked.system, asked.claims, certificate))


def by_kinduction(asked: Question) -> str:
    """k-induction without a bound on k, and the judge of its certificate."""
    found = kinduction.answered(asked.system, asked.claims, asked.sizes, Limits(), most_k=1000)
    return _certified(asked, found.search, found.certificate)


def by_pdr(asked: Question) -> str:
    """PDR, and the judge of its invariant."""
    found = pdr.answered(asked.system, asked.claims, asked.sizes, Limits())
    return _certified(asked, found.search, found.certificate)


ENGINES: Mapping[str, Callable[[Question], str]] = {
    "explicit": by_explicit,
    "kinduction": by_kinduction,
    "pdr": by_pdr,
}
PARAMETRIC = "parametric"


def for_any_number(request: Request) -> Callable[[], str]:
    """The proof for any number, judge included, as `shootdown check` tries it."""
    system, problem = problem_of(request)
    assert problem.open is not None
    asked = problem.open
    stuck = stuck_claim(system)
    wanted = Wanted(problem.claims, () if stuck is None else (stuck,))
    start = at_place(system, Place("", {}, asked.conditions))

    def run() -> str:
        found = anynumber.prove(start, wanted, asked.hints, Limits())
        return "" if isinstance(found, Universal) else found.reason

    return run


def measure(name: str, engine: str, devices: int) -> str:
    """One point, in this process: seconds, or why there is no proof."""
    design, property_ = name.split(":")
    request = Request(find_design(design), find_property(property_), CONTRACT)
    if engine == PARAMETRIC:
        run = for_any_number(request)
    else:
        asked = at_sizes(request, devices)
        run = lambda: ENGINES[engine](asked)  # noqa: E731
    begun = time.process_time()
    why = run()
    return why or f"{time.process_time() - begun:.2f}"


def point(name: str, engine: str, devices: int, limit: float) -> str:
    """The same in a process of its own; `over` where it takes longer than the limit."""
    command = [sys.executable, str(Path(__file__).resolve()), "--point", name, engine, str(devices)]
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return OVER
    return ended.stdout.strip()


Row = dict[int, str]
"""What was measured, by number of devices; nothing behind what is too wide, or met the limit twice."""


def row(name: str, engine: str, most: int, limit: float) -> Row:
    """One engine on one question, from small to large."""
    if engine == PARAMETRIC:
        return {ANY: point(name, engine, ANY, limit)}
    found: Row = {}
    for devices in range(SMALLEST, most + 1):
        found[devices] = point(name, engine, devices, limit)
        if found[devices] == WIDE or (found[devices], found.get(devices - 1)) == (OVER, OVER):
            break
    return found


def seconds(text: str) -> float | None:
    """A measured time; None where there is none."""
    try:
        return float(text)
    except ValueError:
        return None


def cell(text: str | None, limit: float) -> str:
    """A point as it stands in the table."""
    return {None: "", OVER: f"> {limit:g}"}.get(text) or str(text or "")


def table(rows: Mapping[tuple[str, str], Row], most: int, limit: float) -> str:
    """Markdown: a row for each question and engine."""
    numbers = [*range(SMALLEST, most + 1), ANY]
    lines = [
        f"| contract {CONTRACT} | engine | {' | '.join(str(n) if n else 'any' for n in numbers)} |",
        f"| --- | --- |{' ---: |' * len(numbers)}",
    ]
    for (name, engine), found in rows.items():
        cells = " | ".join(cell(found.get(n), limit) for n in numbers)
        lines.append(f"| {name} | {engine} | {cells} |")
    return "\n".join([*lines, ""])


def series(engine: str, found: Row, most: int) -> Series:
    """A line of the plot; what knows no size is drawn over all of them."""
    if ANY in found:
        level = seconds(found[ANY])
        return Series(engine, () if level is None else ((SMALLEST, level), (most, level)), (), dashed=True)
    points = tuple((n, value) for n, text in found.items() if (value := seconds(text)) is not None)
    return Series(engine, points, tuple(n for n, text in found.items() if text == OVER))


def plot(rows: Mapping[tuple[str, str], Row], most: int, limit: float) -> str:
    """A panel for each question."""
    names = dict.fromkeys(name for name, _ in rows)
    panels = [
        Panel(name, tuple(series(engine, found, most) for (asked, engine), found in rows.items() if asked == name))
        for name in names
    ]
    return svg(panels, (SMALLEST, most), limit)


def head(limit: float) -> str:
    """What the table is about, and what the times depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "z3-solver"))
    load = os.getloadavg()[0]
    return (
        "# Proof time and number of devices\n\n"
        "Seconds of processor until the claim is proved and judged: one domain, n groups of one device each, one unit, "
        "one iova,\ntwo frames. The column `any` is the proof for any number of everything. "
        f"`> {limit:g}`: stopped at {limit:g} s of wall clock; after two\nof these, larger sizes are not tried. "
        "`wide`: a state does not fit into the words of explicit search.\n\n"
        f"{platform.machine()}, {os.cpu_count()} processors (load {load:.1f} at the end), "
        f"Python {platform.python_version()}, {libraries}\n\n"
    )


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="proof time by engine and number of devices")
    parser.add_argument("asked", nargs="*", default=ASKED, metavar="DESIGN:PROPERTY")
    parser.add_argument("--most", type=int, default=LARGEST, help="largest number of devices")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds of wall clock for each point")
    parser.add_argument("--write", action="store_true", help="write benchmarks/sizes.md and sizes.svg as well")
    parser.add_argument("--point", nargs=3, metavar=("ASKED", "ENGINE", "DEVICES"), help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print the table when all points are measured."""
    options = arguments()
    if options.point:
        name, engine, devices = options.point
        print(measure(name, engine, int(devices)))
        return
    rows = {
        (name, engine): row(name, engine, options.most, options.limit)
        for name in options.asked
        for engine in (*ENGINES, PARAMETRIC)
    }
    text = table(rows, options.most, options.limit)
    print(text)
    if options.write:
        whole = f"{head(options.limit)}{text}\n![Proof time by engine and number of devices](sizes.svg)\n"
        (HERE / "sizes.md").write_text(whole, encoding="utf-8")
        (HERE / "sizes.svg").write_text(plot(rows, options.most, options.limit), encoding="utf-8")


if __name__ == "__main__":
    main()
