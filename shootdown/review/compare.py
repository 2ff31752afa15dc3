"""The cells of a comparison: design by property, per contract and policy, and what a kept answer must still show."""

import ast
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from shootdown.counterexamples.itf import load
from shootdown.counterexamples.replay import confirm, confirm_lasso
from shootdown.ir import ShootdownError, System, TraceError
from shootdown.ir.expr import reads
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.trace import Trace
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.world import World
from shootdown.review.cache import Question, question
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.expectation import narrowed
from shootdown.review.problem import Request, system_of
from shootdown.search import explicit
from shootdown.search.question import Place, at_place, stuck_claim
from shootdown.search.refute import tallies
from shootdown.search.result import Limits


class NotApplicable(ShootdownError):  # noqa: N818 # it is no error: the cell says so
    """The property says nothing about this design, or the topology cannot exist."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One question of a comparison, by names only, so that it can be sent to another process.

    `design` is what tables call it, `source` its name in the catalogue or the path of the user's file. `policy` empty:
    the property's own. `seconds` bounds each search on the clock.
    """

    design: str
    source: str
    property: str
    contract: str
    policy: str = ""
    topology: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A design with the digest of the files that say what it is; empty for the catalogue, None where in doubt."""

    design: Design
    digest: str | None


def listing(sources: Sequence[str], properties: Sequence[str], contracts: Sequence[str], **asked: Any) -> list[Cell]:
    """Every cell in the order of a table: property, policy, contract, design. `asked`: `policy` and more of a Cell."""
    policy = asked.pop("policy", "")
    labels = _labels(list(dict.fromkeys(sources)))
    own = {name: find_property(name).policy for name in properties}
    return [
        Cell(label, source, name, contract, "" if caller == own[name] else caller, **asked)
        for name in own
        for caller in ([policy] if policy else policies_of(name))
        for contract in dict.fromkeys(contracts)
        for source, label in labels.items()
    ]


def policies_of(name: str) -> list[str]:
    """The policies under which designs state something about a property; where none is named, its own."""
    stated = [e.policy for d in designs().values() for e in d.expects if e.property == name and not narrowed(e)]
    return list(dict.fromkeys(stated)) or [""]


def _labels(sources: Sequence[str]) -> dict[str, str]:
    """The designs' names; where two have the same, with the path of the file."""
    names = {source: source_of(source).design.name for source in sources}
    counts = Counter(names.values())
    return {s: n if counts[n] == 1 or s in designs() else f"{n} ({s})" for s, n in names.items()}


@cache
def source_of(name: str) -> Source:
    """The design of that name or file, loaded once in a process, with the digest of what was loaded."""
    if name in designs():
        return Source(designs()[name], "")
    before = _bytes(Path(name))
    design = find_design(name)
    try:
        files = sorted(_files(Path(name), set()))
        known = before is not None and before == _bytes(Path(name))
        parts = [f"{f} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in files]
    except (OSError, ValueError, LookupError):
        return Source(design, None)
    return Source(design, hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest() if known else None)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _files(path: Path, seen: set[Path]) -> set[Path]:
    """A source file and all that it imports, but for the standard library and the tool itself."""
    if path in seen:
        return seen
    seen.add(path)
    for name in _imports(ast.parse(path.read_bytes())):
        root = name.split(".")[0]
        if root in sys.stdlib_module_names or root == "shootdown":
            continue
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and file.endswith(".py"):
            _files(Path(file), seen)
        elif file is not None:
            seen.add(Path(file))
    return seen


def _imports(tree: ast.AST) -> Iterator[str]:
    """Modules that a source file imports, packages around them included; a LookupError where one was not loaded."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise LookupError("a relative import")
            inner = [f"{node.module}.{a.name}" for a in node.names]
            names = [node.module, *(n for n in inner if n in sys.modules)]
        else:
            continue
        yield from (".".join(n.split(".")[:k]) for n in names for k in range(1, n.count(".") + 2))


def question_of(cell: Cell) -> Question:
    """The question of a cell; NotApplicable says why there is none, another ShootdownError what is wrong."""
    source = source_of(cell.source)
    request = Request(
        source.design, find_property(cell.property), cell.contract, cell.policy,
        topology=cell.topology, seconds=cell.seconds,
    )  # fmt: skip
    try:
        asked = question(request, source.digest, _system(cell.source, request))
    except ShootdownError as error:
        if _builds_alone(request):
            raise NotApplicable(str(error)) from error
        raise
    if cell.topology and not any(_can_exist(asked.system, p) for p in asked.problem.places):
        raise NotApplicable(f"no container under contract {cell.contract} has topology {cell.topology}")
    return asked


_systems: dict[tuple[Any, ...], tuple[Design, System]] = {}
"""Models by all that `system_of` looks at; several properties are asked of one."""


def _system(source: str, request: Request) -> System:
    """The model of a request, built once in a process for the same loaded design."""
    own = request.property
    key = (source, request.contract, request.caller, request.without, request.only, own.parts, own.monitor, own.pair)
    if key not in _systems or _systems[key][0] is not request.design:
        _systems[key] = request.design, system_of(request)
    return _systems[key][1]


def _builds_alone(request: Request) -> bool:
    """Whether the design's model can be built without what the property adds to it."""
    try:
        build(World(request.design, request.contract, request.caller))
    except ShootdownError:
        return False
    return True


def _can_exist(system: System, place: Place) -> bool:
    """Whether some state of the variables that axioms and conditions speak about meets them all."""
    named = set().union(*(reads(c.formula) for c in (*system.axioms, *place.conditions)))
    variables = tuple(v for v in system.variables if v.immutable or v.name in named)
    small = replace(system, variables=variables, init=place.conditions, actions=(), busy=None)
    return explicit.search(small, (), place.sizes, Limits(depth=0)).states > 0


def replays(asked: Question, record: Mapping[str, Any]) -> bool:
    """Whether the trace of a kept record is still a run that refutes the claim, and is what the record says of it.

    The interpreter runs every step; the start must be one that the question allows.
    """
    try:
        trace = _confirmed(asked, record)
    except (ShootdownError, LookupError, TypeError, ValueError):
        return False
    counted = {"refused": 0, "timed-out": 0} | dict(tallies(asked.system, trace.steps))
    most = asked.request.faults
    bounded = most is None or sum(counted.values()) <= most
    return bounded and record.get("steps") == len(trace) and record.get("faults") == counted


def _confirmed(asked: Question, record: Mapping[str, Any]) -> Trace:
    document = load(json.dumps(record["trace"]))
    response = next((r for r in asked.problem.responses if r.name == record["claim"]), None)
    stuck = stuck_claim(asked.system)
    claims = (*asked.problem.claims, *((stuck,) if stuck is not None else ()))
    claims_by_name = {c.name: c for c in claims}
    header = document.header
    wide = asked.problem.wide
    places = [*asked.problem.places, *([wide] if wide is not None else [])]
    allowed = {(p.topology, *sorted(p.sizes.items())): p for p in places}
    place = allowed[(header.topology, *sorted(header.sizes.items()))]
    system = at_place(asked.system, place, every_action=True)
    model = fingerprint(asked.system, claims, asked.problem.responses)
    if response is None:
        trace = confirm(document, system, claims_by_name[record["claim"]], model)
    else:
        trace = confirm_lasso(document, asked.system, response, model, place).trace
    if place.never & {s.action for s in trace.steps}:
        raise TraceError(f"the trace has steps that topology {place.topology} does not have")
    return trace
