"""Which output fields make a walk's report sufficient: the smallest sets that do, and runs for all that do not.

The design is built with every field of `shootdown.model.report`; only what its caller gets to see varies. Who sees more
tells runs apart at least as well: a set with a sufficient one in it is sufficient, and one within a set that is not
sufficient is not. An answer covers the sizes that were searched; one that is open says nothing about other sets.

A field that comes later than the answer (`event`) is asked about like the others: when the call returns, no order
ties it to the answer, so that there are runs in which it has not been read yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import combinations

from shootdown.ir import System, UsageError
from shootdown.ir.observation import Observation
from shootdown.model.report import FIELDS, shown
from shootdown.model.sorts import Device
from shootdown.properties.report_is_sufficient import observation, unacknowledged
from shootdown.properties.report_is_useful import PROPERTY, done
from shootdown.review.problem import Request, assuming, problem_of
from shootdown.search.alike import Alike, Secret, Sufficiency
from shootdown.search.knowledge import Question, Told, sliced, tells
from shootdown.search.question import Place, at_place
from shootdown.search.result import Limits
from shootdown.search.verdict import Closed

MOST_STATES = 3_000_000
"""States of one size; beyond that the answer is open."""

ONE = {"Unit": 1, "Iova": 1, "Frame": 1}
"""Sizes of what has no say in who is acknowledged, unless the user gives others."""

WIDER = {"Domain": 1, "Group": 1, "Device": 3}
"""A size that is searched after the small ones: with two devices a count and one name may be enough by chance."""

LATER = {"event": "vmm_reads_event"}
"""Fields that are no part of the answer, and the step by which the caller sees them."""

SECRETS = {
    Sufficiency.EXACT: Secret("left unacknowledged", Device, unacknowledged),
    Sufficiency.USEFUL: Secret("done", Device, done),
}
"""What a report is to tell: who was left (exactly), or somebody who was done."""

NOTHING = "nothing"
"""How a report without any field is spelt."""

RUNS = replace(PROPERTY, claims=(), companions=())
"""The property whose monitor and caller the runs have; nothing is claimed of a single run."""

Fields = frozenset[str]


@dataclass(frozen=True, slots=True)
class Enough:
    """The fields are sufficient at every size that was searched. `met`: whether there was ever anything to tell."""

    sizes: tuple[Closed, ...]
    met: bool


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Runs that show the same in all of these fields, at the first size that has some."""

    alike: Alike
    place: Place


@dataclass(frozen=True, slots=True)
class Open:
    """No answer, and why."""

    reason: str


Reply = Enough | NotEnough | Open


@dataclass(frozen=True)
class Subject:
    """A walk with all output fields, and where it is searched: sizes, topology and condition are the request's."""

    request: Request

    @cached_property
    def whole(self) -> Request:
        """The request with a design that has every field; caches decide nothing here, so that one of each is enough."""
        asked = self.request
        design = replace(asked.design, report=FIELDS)
        sizes = dict(asked.sizes) if asked.topology else {**ONE, **asked.sizes}
        return replace(asked, design=design, property=RUNS, sizes=sizes)

    @cached_property
    def _posed(self) -> tuple[System, tuple[Place, ...]]:
        system, problem = problem_of(self.whole)
        world = self.whole.world
        observation(world)  # what is seen leans on assumptions of its own
        system = assuming(system, world)
        places = problem.places
        if not self.request.narrowed:
            wider = replace(self.whole, sizes={**ONE, **WIDER})
            places += problem_of(wider, system)[1].places
        return system, places

    @property
    def system(self) -> System:
        """One run of the walk."""
        return self._posed[0]

    def seen(self, fields: Fields) -> Observation:
        """What a caller sees who gets these fields and no other."""
        base = observation(self.whole.world)
        hidden = {step for name, step in LATER.items() if name not in fields}
        steps = {a.name: base.steps.get(a.name, ()) for a in self.system.actions if base.observes(a)}
        steps = {name: seen for name, seen in steps.items() if name not in hidden}
        return replace(base, steps={**steps, "call_returns": shown(fields)}, actors=())

    def question(self, place: Place, fields: Fields, sufficiency: Sufficiency) -> Question:
        """What is asked at a place."""
        return Question(at_place(self.system, place), self.seen(fields), SECRETS[sufficiency], sufficiency)

    def places(self, fields: Fields, sufficiency: Sufficiency) -> Iterator[Place]:
        """The places to search; of those that differ in what decides nothing, the first."""
        known = set()
        for place in self._posed[1]:
            sorts = [s.name for s in sliced(self.question(place, fields, sufficiency)).index_sorts]
            size = (place.topology, tuple((s, place.sizes[s]) for s in sorted(sorts)))
            if size not in known:
                known.add(size)
                yield place


def reply(subject: Subject, sufficiency: Sufficiency, limits: Limits, fields: Fields) -> Reply:
    """Whether a caller who sees these fields is told enough, at all sizes in order."""
    bounded = replace(limits, states=min(limits.states, MOST_STATES), faults=subject.request.faults)
    closed: list[Closed] = []
    met = False
    for place in subject.places(fields, sufficiency):
        limits.tell("sizes", len(closed), "+".join(f for f in FIELDS if f in fields))
        if limits.expired():
            return Open("out of time")
        match tells(subject.question(place, fields, sufficiency), place.sizes, bounded):
            case Alike() as alike:
                return NotEnough(alike, place)
            case Told(closed=one, met=some):
                closed.append(one)
                met = met or some
            case other:
                return Open(other.reason)
    if not any(c.states for c in closed):
        return Open("no start exists at any of these sizes")
    return Enough(tuple(closed), met)


@dataclass(frozen=True)
class Border:
    """Where sufficient sets of fields begin: the smallest that are, the largest that are not, and what is open."""

    enough: dict[Fields, Enough] = field(default_factory=dict)
    refuted: dict[Fields, NotEnough] = field(default_factory=dict)
    unclear: dict[Fields, Open] = field(default_factory=dict)

    def decided(self, fields: Fields) -> bool:
        """Whether an answer about another set settles this one, or it was asked about."""
        return (
            fields in self.unclear
            or any(known <= fields for known in self.enough)
            or any(fields <= known for known in self.refuted)
        )

    @property
    def minimal(self) -> tuple[Fields, ...]:
        """The smallest sufficient sets, in the order of the fields."""
        return _ordered(f for f in self.enough if not any(g < f for g in self.enough))

    @property
    def maximal(self) -> tuple[Fields, ...]:
        """The largest sets that are not sufficient."""
        return _ordered(f for f in self.refuted if not any(f < g for g in self.refuted))


def border(ask: Callable[[Fields], Reply], fields: Sequence[str] = FIELDS) -> Border:
    """The border among all sets of fields: each set is asked about, or settled by one that was.

    Largest sets first; one that is sufficient is made smaller, field by field from the last, while it stays so.
    """
    found = Border()
    while (start := next((f for f in _downwards(fields) if not found.decided(f)), None)) is not None:
        best, answer = start, _asked(ask, found, start)
        if not isinstance(answer, Enough):
            continue
        for name in reversed(fields):
            less = best - {name}
            if name in best and not found.decided(less):
                smaller = _asked(ask, found, less)
                if isinstance(smaller, Enough):
                    best, answer = less, smaller
        found.enough[best] = answer
    return found


def _asked(ask: Callable[[Fields], Reply], found: Border, fields: Fields) -> Reply:
    answer = ask(fields)
    if isinstance(answer, NotEnough):
        found.refuted[fields] = answer
    elif isinstance(answer, Open):
        found.unclear[fields] = answer
    return answer


def _downwards(fields: Sequence[str]) -> Iterator[Fields]:
    for size in range(len(fields), -1, -1):
        yield from map(frozenset, combinations(fields, size))


def _ordered(sets: Iterable[Fields]) -> tuple[Fields, ...]:
    return tuple(sorted(sets, key=lambda f: (len(f), [n not in f for n in FIELDS])))


def weakest(subject: Subject, sufficiency: Sufficiency, limits: Limits) -> Border:
    """The weakest sufficient reports of a walk."""
    return border(partial(reply, subject, sufficiency, limits))


def fields_of(names: Iterable[str]) -> Fields:
    """The fields with these names, `nothing` for none; a UsageError names one that does not exist."""
    found = frozenset(names) - {NOTHING}
    if unknown := sorted(found - set(FIELDS)):
        raise UsageError(f"there is no output field `{unknown[0]}`; there are: {', '.join(FIELDS)}")
    return found
