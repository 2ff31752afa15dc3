"""What the answers about a design space add up to: acceptable points, and values of axes that none of them has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shootdown.model.axes import AXES, Point, Value, Walk, spelt
from shootdown.model.designs import designs
from shootdown.review.explore import Target, coordinate


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to a question: the verdict's outcome, and for a trace its steps, counted events and text."""

    outcome: str
    steps: int = 0
    events: int = 0
    text: str = ""
    why: str = ""

    @property
    def rank(self) -> tuple[int, int]:
        """Of two traces the smaller one is shown."""
        return self.steps, self.events


@dataclass(frozen=True, slots=True)
class Explored:
    """Every point with the answers to its questions, as far as they are known."""

    space: tuple[Point, ...]
    targets: tuple[Target, ...]
    posed: Mapping[tuple[str, Target], str]
    findings: Mapping[str, Finding]

    def finding(self, point: Point, target: Target) -> Finding | None:
        """The answer about a point; None where it was not asked for, or is not there yet."""
        return self.findings.get(self.posed.get((point.name, target), ""))

    def standing(self, point: Point) -> str:
        """`acceptable` where everything is proved, `refuted` where anything is, else `undetermined`."""
        found = [self.finding(point, t) for t in self.targets]
        if any(f is not None and f.outcome == "refuted" for f in found):
            return "refuted"
        return "acceptable" if all(f is not None and f.outcome == "proved" for f in found) else "undetermined"

    def acceptable(self) -> list[Point]:
        """The points that meet every target, in the order of the space."""
        return [p for p in self.space if self.standing(p) == "acceptable"]

    def count(self, target: Target) -> dict[str, int]:
        """How many points a target is proved, refuted, ... for."""
        words = [self._word(p, target) for p in self.space]
        return {w: words.count(w) for w in sorted(set(words))}

    def _word(self, point: Point, target: Target) -> str:
        if (point.name, target) not in self.posed:
            return "not asked"
        found = self.finding(point, target)
        return found.outcome if found is not None else "not answered"


def minimal(found: Sequence[Point]) -> list[Point]:
    """The points below which there is no other of them."""
    return [p for p in found if not any(q != p and below(q, p) for q in found)]


def below(p: Point, q: Point) -> bool:
    """`p` needs no more than `q`: fewer output fields, no validation, no reaction, no check, one fetch, one lock."""
    return all(_at_most(getattr(p, axis), getattr(q, axis), values) for axis, values in AXES)


def _at_most(x: Value, y: Value, values: Sequence[Value]) -> bool:
    if x == y:
        return True
    if isinstance(x, tuple) and isinstance(y, tuple):
        return set(x) < set(y)
    plain = values[0]
    return not isinstance(x, Walk) and x == plain


@dataclass(frozen=True, slots=True)
class RuledOut:
    """Every point with this value is refuted: `target` refutes most, `refutes` of `of` points, by this trace."""

    axis: str
    value: str
    target: Target
    refutes: int
    of: int
    point: Point
    finding: Finding


def ruled_out(explored: Explored) -> Iterator[RuledOut]:
    """The values of axes all of whose points are refuted, with the shortest trace of the target that refutes most."""
    standings = {p: explored.standing(p) for p in explored.space}
    for axis, values in AXES:
        if len({coordinate(p, axis) for p in explored.space}) == 1:
            continue
        for value in map(spelt, values):
            mine = [p for p in explored.space if coordinate(p, axis) == value]
            if mine and all(standings[p] == "refuted" for p in mine):
                yield _against(explored, axis, value, mine)


def _against(explored: Explored, axis: str, value: str, mine: Sequence[Point]) -> RuledOut:
    best: RuledOut | None = None
    for target in explored.targets:
        against = [(p, f) for p in mine if (f := explored.finding(p, target)) is not None and f.outcome == "refuted"]
        if not against or (best is not None and best.refutes >= len(against)):
            continue
        point, finding = min(against, key=lambda pair: pair[1].rank)
        best = RuledOut(axis, value, target, len(against), len(mine), point, finding)
    assert best is not None, "a refuted point has a refuted target"
    return best


def named_points() -> dict[Point, list[str]]:
    """The designs of the catalogue that are points of the space, by their coordinates."""
    found: dict[Point, list[str]] = {}
    for name, design in designs().items():
        if design.point is not None:
            found.setdefault(design.point, []).append(name)
    return found
