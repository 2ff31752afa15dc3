"""The design space: which question each point poses, and which points pose the same.

A question is a claim about the slice of a model that can influence it (cone of influence). Two points whose slices are
the same pose one question, which is answered once: an axis that cannot influence a claim costs nothing. Answers cover
sizes; the points that are left over can be checked like any design, by their names, for any number of devices.
"""

import hashlib
from builtins import property as derived
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from shootdown.ir import System, UsageError
from shootdown.ir.fingerprint import fingerprint, formula_text
from shootdown.model.axes import AXES, REPORTS, Fetch, Point, Value, design_at, points, spelt
from shootdown.model.report import FIELDS
from shootdown.review.answer import Answer
from shootdown.review.cache import Question
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request, claims_of, problem_of, responses_of, system_of
from shootdown.search.check import check
from shootdown.search.question import Place, stuck_claim
from shootdown.search.responses import relevant
from shootdown.search.result import Limits

LARGEST = {"Domain": 2, "Group": 2, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}
"""Every size up to these is searched; with two iovas as well where a request may be read twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """A property under a policy; an empty one is the property's own."""

    property: str
    policy: str = ""

    @derived
    def name(self) -> str:
        """`no-reuse-while-stale (withhold-completion)`."""
        return f"{self.property} ({self.policy})" if self.policy else self.property


TARGETS = (
    Target("wrong-mode-is-refused"),
    Target("success-means-coherent"),
    Target("failure-is-told"),
    Target("no-reuse-while-stale", "withhold-completion"),
    Target("report-is-sufficient"),
)
"""What a design is to meet where nobody says otherwise; the cheaper ones first, for what they refute is done with."""


@dataclass(frozen=True, slots=True)
class Posed:
    """A question by its key, and the first point in the order of the space that poses it."""

    key: str
    point: Point
    target: Target


def chosen(only: Mapping[str, Sequence[str]]) -> list[Point]:
    """The points whose coordinates are among the given spellings. A UsageError names an axis or a value unknown."""
    values = dict(AXES)
    for axis, words in only.items():
        if axis not in values:
            raise UsageError(f"there is no axis `{axis}`; there are: {', '.join(values)}")
        known = [spelt(v) for v in values[axis]]
        for word in words:
            if word not in known:
                raise UsageError(f"axis {axis} has no value `{word}`; it has: {', '.join(known)}")
    return [p for p in points() if all(coordinate(p, axis) in words for axis, words in only.items())]


def coordinate(point: Point, axis: str) -> str:
    """The spelling of one coordinate."""
    value: Value = getattr(point, axis)
    return spelt(value)


def request_of(point: Point, target: Target, contract: str) -> Request:
    """The question as `check` would be asked it."""
    return Request(design_at(point), find_property(target.property), contract, target.policy)


def keys(base: Sequence[Point], target: Target, contract: str) -> dict[str, str]:
    """The key of the question that each point poses, by the points' names; `base` differ in their report only.

    Where the slice of a model with *every* field has no field in it, that of a model with some of the fields has none
    either: a field is written by the step that reports and read by nobody whom the claim depends on.
    """
    found: dict[tuple[str, ...], str] = {}
    found |= {p.report: _key(p, target, contract) for p in base if p.report in ((), ("errno",))}
    rest = [p for p in base if p.report not in found]
    if not rest:
        return {p.name: found[p.report] for p in base}
    plain = _key(replace(base[0], report=("errno",)), target, contract)
    same = plain == _key(replace(base[0], report=FIELDS), target, contract)
    found |= {p.report: plain if same else _key(p, target, contract) for p in rest}
    return {p.name: found[p.report] for p in base}


def by_base(space: Iterable[Point]) -> list[list[Point]]:
    """Points together that differ in their report only, in the order of the space."""
    groups: dict[Point, list[Point]] = {}
    for point in space:
        groups.setdefault(replace(point, report=REPORTS[0]), []).append(point)
    return list(groups.values())


@cache
def _system(point: Point, contract: str, policy: str, name: str) -> System:
    return system_of(Request(design_at(point), find_property(name), contract, policy))


def _key(point: Point, target: Target, contract: str) -> str:
    """SHA-256 over the slice that decides, what is claimed of it, and what the rest asks of a start."""
    prop = find_property(target.property)
    shared = not (prop.parts or prop.monitor or prop.pair or prop.responses)
    # Models differ by policy, and only few properties add to them.
    name = "success-means-coherent" if shared else target.property
    system = _system(point, contract, target.policy or prop.policy, name)
    claims, companions = claims_of(prop, system)
    stuck = stuck_claim(system)
    every = (*claims, *((stuck,) if stuck is not None else ()), *companions)
    responses = responses_of(prop, system)
    sliced = relevant(system, responses, every)
    kept = {formula_text(n.formula) for n in (*sliced.axioms, *sliced.init)}
    outside = sorted({formula_text(n.formula) for n in (*system.axioms, *system.init)} - kept - _harmless())
    parts = [contract, target.name, fingerprint(sliced, every, responses), *outside, *places_word(point)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def _harmless() -> frozenset[str]:
    """Conditions that a report's fields add to the start: each is about its own field and can be met by itself."""
    empty, full = (replace(Point(), report=report) for report in ((), FIELDS))
    texts = [
        {formula_text(n.formula) for n in _system(p, "ideal", "hostile", "success-means-coherent").init}
        for p in (empty, full)
    ]
    return frozenset(texts[1] - texts[0])


def places_word(point: Point) -> tuple[str, ...]:
    """What sets the places of a point apart from those of others."""
    return ("two iovas",) if point.fetch is Fetch.PER_DEVICE else ()


def question_of(point: Point, target: Target, contract: str) -> Question:
    """The question with its places; only sizes are asked for."""
    asked = at_small_sizes(request_of(point, target, contract))
    if not places_word(point):
        return asked
    places = asked.problem.places
    places += tuple(_two_iovas(p) for p in places if p.sizes["Device"] > 1)
    return replace(asked, problem=replace(asked.problem, places=places))


def at_small_sizes(request: Request, system: System | None = None) -> Question:
    """A question that is asked of sizes up to `LARGEST` only; `system` is the request's, or a narrowed one."""
    system, problem = problem_of(request, system)
    places = tuple(p for p in problem.places if _small(p))
    return Question(request, system, replace(problem, places=places, wide=None, open=None), probe=True)


def _small(place: Place) -> bool:
    return all(place.sizes[sort] <= most for sort, most in LARGEST.items())


def _two_iovas(place: Place) -> Place:
    return replace(place, sizes={**place.sizes, "Iova": 2})


def decide(asked: Question, limits: Limits) -> Answer:
    """The answer for the sizes of the question."""
    found = check(asked.problem, limits)
    return Answer(asked.request, asked.system, found.verdict, found.seconds, interrupted=found.interrupted)
