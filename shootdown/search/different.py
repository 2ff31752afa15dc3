"""Several counterexamples to one claim that differ in kind, the shortest of each, one size after the other.

The first is that of the verdict. Its size is searched again, level by level and beyond the first violation, and then
the sizes that come after it. Of kinds with equally short runs the one with fewer things in it comes first. A kind is
shown unless one that is shown already is within it (`shootdown.search.kinds`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from shootdown.ir.expr import Expr, fresh
from shootdown.ir.observation import Seen
from shootdown.ir.slice import cone
from shootdown.ir.state import read
from shootdown.ir.system import System
from shootdown.ir.trace import Trace
from shootdown.search.breadth import OutOfTimeError, start
from shootdown.search.enumerate import Overflow
from shootdown.search.histories import Broken, Histories
from shootdown.search.kinds import Kind, Lens, kind_of, lens
from shootdown.search.labels import UnreadError
from shootdown.search.lift import can_start, lift
from shootdown.search.question import Place, Problem, at_place, size_text, stuck_claim
from shootdown.search.refute import EngineBug, refuted
from shootdown.search.result import Limits
from shootdown.search.space import Problem as Packed
from shootdown.search.verdict import Refuted

STATES = 2_000_000
"""States, each with its history, that are searched at one size."""

INTERRUPTED = "interrupted"
"""`Different.reason` where the user ended it."""

Watched = Mapping[str, tuple[Seen, ...]]
"""What the caller sees, by the step at which it sees it."""


@dataclass(frozen=True)
class Shown:
    """A counterexample and its kind."""

    verdict: Refuted
    kind: Kind


@dataclass(frozen=True)
class Different:
    """Counterexamples of different kinds; `closed` are the sizes of which all kinds are known.

    `reason` says why there may be more. Where it is empty, every kind that any run has at the closed sizes is shown, or
    one that is within it and has a run that is no longer, or is at a smaller size.
    """

    shown: tuple[Shown, ...]
    closed: tuple[Mapping[str, int], ...]
    reason: str = ""


def different(problem: Problem, first: Refuted, watched: Watched, most: int, limits: Limits) -> Different:
    """At most `most` counterexamples, that of the verdict among them.

    `limits.depth` bounds the steps of each, `limits.faults` the counted events, `limits.states` the states at one size.
    """
    return _Search(problem, first, watched, most, replace(limits, states=min(limits.states, STATES))).run()


class _Search:
    """What is shown so far, and which sizes were searched to the end."""

    def __init__(self, problem: Problem, first: Refuted, watched: Watched, most: int, limits: Limits) -> None:
        self.problem, self.watched, self.most, self.limits = problem, watched, most, limits
        stuck = stuck_claim(problem.system)
        self.claims = problem.claims if stuck is None else (*problem.claims, stuck)
        self.first = first
        self.shown = [Shown(first, _kind(self.lens(problem.system), first.trace))]
        self.closed: list[Mapping[str, int]] = []

    def lens(self, system: System) -> Lens:
        """The lens for a system at a place; steps that do not happen there are not seen."""
        return lens(system, self.claims, {n: s for n, s in self.watched.items() if n in system.action})

    def run(self) -> Different:
        """The places from that of the verdict on, until there are enough or a bound is met."""
        places = self._places()
        reason = "" if places else f"nothing is searched to the end at {size_text(self.first.trace.sizes)}"
        for place in places:
            try:
                reason = self._at(place)
            except KeyboardInterrupt:
                reason = INTERRUPTED
            if reason:
                break
        return Different(tuple(self.shown), tuple(self.closed), reason)

    def _places(self) -> tuple[Place, ...]:
        scope, places = self.first.scope, self.problem.places
        at = [k for k, p in enumerate(places) if p.topology == scope.topology and p.sizes == dict(scope.sizes[0])]
        return places[at[0] :] if at else ()

    def _at(self, place: Place) -> str:
        """Search a place in the slice that decides the claims and has what their words read; why not to the end."""
        full = at_place(self.problem.system, place)
        names: set[str] = set()
        known = len(self.shown)
        while True:
            sliced = cone(full, [*(c.formula for c in self.claims), *_mentions(full, names)])
            if not can_start(full, sliced, place.sizes):
                return ""
            try:
                reason, started = _AtPlace(self, place, full, sliced).run()
                self.closed += [place.sizes] if started and not reason else []
                return reason
            except OutOfTimeError:
                return "the time is up"
            except UnreadError as error:
                if error.name in names:
                    raise EngineBug(f"a slice lacks `{error.name}`, which it was to keep") from error
                names.add(error.name)
                del self.shown[known:]


class _AtPlace:
    """The search at one place, in step for all groups of topologies."""

    def __init__(self, search: _Search, place: Place, full: System, sliced: System) -> None:
        self.search, self.place, self.full, self.sliced = search, place, full, sliced
        self.lens = search.lens(full)
        self.limits = search.limits
        self.where = f" at {size_text(place.sizes)}" if place.sizes else ""

    def run(self) -> tuple[str, bool]:
        """Why the place is not searched to the end, or nothing; and whether runs start there at all."""
        fronts = self._fronts()
        if isinstance(fronts, str):
            return fronts, False
        depth, started = 0, bool(fronts)
        while fronts:
            self._show(fronts)
            fronts = [f for f in fronts if f.open]
            if fronts and (reason := self._bound(fronts, depth)):
                return reason, started
            for front in fronts:
                front.advance(self.limits)
            depth += 1
        return "", started

    def _fronts(self) -> list[Histories] | str:
        """A search for each group of topologies, at its start; or why there is none."""
        packed = Packed(self.sliced, self.lens.claims, self.place.sizes, faults=self.limits.faults)
        topologies = packed.topologies(self.limits.states) if packed.fits else None
        if topologies is None or isinstance(topologies, Overflow):
            return f"too much to be searched{self.where}"
        fronts = []
        for space in packed.spaces(topologies):
            roots = start(space, self.limits)
            if isinstance(roots, Overflow):
                return f"more than {roots.limit} starts{self.where}"
            if len(roots):
                fronts.append(Histories(space, self.lens, roots))
        return fronts

    def _show(self, fronts: list[Histories]) -> None:
        """Take up what is new at this level, as long as more is asked for."""
        shown = self.search.shown
        found = [(front, broken) for front in fronts for broken in front.broken]
        order = [c.name for c in self.lens.claims]
        for front, broken in sorted(found, key=lambda x: (x[1].kind.rank, order.index(x[1].kind.claim))):
            if len(shown) < self.search.most and not any(s.kind.within(broken.kind) for s in shown):
                shown.append(self._replayed(front, broken))

    def _replayed(self, front: Histories, broken: Broken) -> Shown:
        """The run that was found, replayed; its kind is told again by the interpreter."""
        claim = next(c for c in self.lens.claims if c.name == broken.kind.claim)
        scope = replace(self.search.problem.scope, sizes=(self.place.sizes,), topology=self.place.topology)
        verdict = refuted(self.full, claim, lift(self.full, self.sliced, front.candidate(broken)), scope)
        kind = _kind(self.lens, verdict.trace)
        if kind != broken.kind:
            raise EngineBug(f"a run was found as {broken.kind}, and the interpreter says {kind}")
        return Shown(verdict, kind)

    def _bound(self, fronts: list[Histories], depth: int) -> str:
        """Why the search ends before everything is seen; empty to go on."""
        states = sum(f.states for f in fronts)
        self.limits.tell("kinds", depth, f"{states} states{self.where}")
        if len(self.search.shown) >= self.search.most:
            return "no more were asked for"
        if self.limits.depth is not None and depth >= self.limits.depth:
            return f"searched to depth {depth} only{self.where}"
        return f"more than {self.limits.states} states{self.where}" if states > self.limits.states else ""


def _kind(seen: Lens, trace: Trace) -> Kind:
    found = kind_of(seen, trace)
    if found is None:
        raise EngineBug("a run that refutes breaks no claim")
    return found


def _mentions(system: System, names: set[str]) -> Iterator[Expr]:
    """Terms that read these variables, so that a slice keeps them."""
    for name in sorted(names):
        variable = system.by_name[name]
        yield read(variable, [fresh("x", sort)[1] for sort in variable.args])
