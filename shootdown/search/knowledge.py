"""Whether what an observer sees tells it about a secret set, at fixed sizes.

EXACT: of two runs with the same view, the set is the same at their ends. USEFUL: for every view after which some run
has an element in the set, one element is in the set in all runs with that view. Neither is about one run, and USEFUL is
not about two: three runs may leave nothing in common although any two of them do.

**A proof** groups coarsely. The reachable states are listed, and the moments at which the observer is asked are grouped
by what is known at the start (or can be followed since) and by the last observation alone. Runs with the same whole
sequence are in one group, so that a group is a union of views. A set that is the same throughout a group is the same
throughout each view in it. For USEFUL: if a run of some view has an element, so has one of the group; then one element
is common to the whole group, and so to the view. The converse fails: a group may mix views that the observer tells
apart.

**A refutation** therefore shows runs with one whole view. One run of a group that looks refuted is taken, its view is
fixed, and *all* runs with this view are listed (`shootdown.search.listening`). Their sets are intersected; a smallest
family with nothing in common is shown, each run a shortest one to its set. Where no view of the groups that were
tried is refuted, the answer is that it is not known.

Variables that decide nothing are left out first. An observed step that changes only such is then not seen, and what is
known of them not used: groups get coarser. The runs that are shown do not take such steps, and start with the same
values of such variables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from shootdown.ir.expr import Binder, Expr, Op, conj, fresh
from shootdown.ir.ground import Sizes
from shootdown.ir.observation import Observation
from shootdown.ir.part import formula
from shootdown.ir.slice import cone
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import read
from shootdown.ir.system import Named, System
from shootdown.ir.trace import Candidate, Step, Trace
from shootdown.search.alike import Alike, Elements, Secret, Sufficiency, judged, leave_open, sights, term_of
from shootdown.search.breadth import Violation
from shootdown.search.closure import NotComplete, recheck
from shootdown.search.explicit import Explored, explored
from shootdown.search.lift import lift
from shootdown.search.listening import HEARD, listening, without_counter
from shootdown.search.moments import Groups, Key, Mask, Moment, NotAskedError, followed, grouped
from shootdown.search.refute import EngineBug, states_of
from shootdown.search.regrouped import confirm
from shootdown.search.result import Limits
from shootdown.search.shortest import counterexample
from shootdown.search.verdict import Closed

INTERPRETED = 25
"""States per size whose steps the interpreter judges."""

TRIED = 12
"""Groups that look refuted of which a view is looked at more closely."""

COPY = "{}_at_the_start"
"""Name of the copy of a known variable that the observer cannot follow."""


@dataclass(frozen=True)
class Question:
    """Whether `observation` of `system` tells about `secret` as much as `sufficiency` asks."""

    system: System
    observation: Observation
    secret: Secret
    sufficiency: Sufficiency


@dataclass(frozen=True, slots=True)
class Told:
    """The observation is sufficient at one size: every group of moments tells enough.

    `met`: whether some run has an element in the set when the observer is asked; where none has, nothing is told.
    """

    closed: Closed
    groups: int
    met: bool


@dataclass(frozen=True, slots=True)
class Unsettled:
    """No answer at this size, and why."""

    reason: str


Answer = Told | Alike | Unsettled
"""What can be said at one size."""


def tells(question: Question, sizes: Sizes, limits: Limits) -> Answer:
    """Whether the observation is sufficient at these sizes. A refutation has been judged, and is one of few runs."""
    return _Search(question, sizes, limits).answer()


class _Search:
    """One question at one size."""

    def __init__(self, question: Question, sizes: Sizes, limits: Limits) -> None:
        self.asked, self.sizes, self.limits = question, sizes, limits
        self.sliced = sliced(question)
        self.seen = replace(
            question.observation,
            steps={n: s for n, s in question.observation.steps.items() if n in self.sliced.action},
            known=tuple(n for n in question.observation.known if n in self.sliced.by_name),
        )

    def answer(self) -> Answer:
        """Group coarsely; where a group looks refuted, look at its views."""
        system, known = _remembering(self.sliced, self.seen)
        result = explored(system, (), self.sizes, self.limits, symmetric=False)
        try:
            groups = grouped(self.seen, self.asked.secret, result, known)
            doubtful = self._doubtful(groups)
            found = next((f for key in doubtful[:TRIED] for f in self._closer(system, result, groups[key])), None)
        except NotAskedError as error:
            return Unsettled(str(error))
        if found is not None:
            return found
        if not result.search.complete:
            return Unsettled(result.search.reason)
        if doubtful:
            return Unsettled("what is seen last does not tell enough, and no single view was found that does not")
        return self._told(system, known, result, groups)

    def _doubtful(self, groups: Groups) -> list[Key]:
        """Groups that are not enough, those that few and short runs may refute first."""
        found = [(f, k) for k, masks in groups.items() if (f := family(masks, self.asked.sufficiency))]
        rank = {k: (len(f), sum(groups[k][m].place.depth for m in f), k) for f, k in found}
        return sorted(rank, key=rank.__getitem__)

    def _closer(self, system: System, result: Explored, masks: Mapping[Mask, Moment]) -> Iterator[Alike]:
        """Fix the view of a shortest run to each set of a group in turn, and list all runs with this view."""
        views = set()
        for mask in family(masks, self.asked.sufficiency):
            run = _run(system, result, masks[mask])
            start = {n: run.states[0][n] for n in self.seen.known}
            view = tuple(sights(system, self.seen, run))
            told = (repr(sorted((n, sorted(t.items())) for n, t in start.items())), view)
            if told in views:
                continue
            views.add(told)
            cut, shown = listening(self.sliced, self.seen, start, view)
            listed = explored(cut, (), self.sizes, self.limits, symmetric=False)
            alike = self._at_the_end(cut, shown, listed)
            if chosen := family(alike, self.asked.sufficiency):
                yield self._judged([_run(cut, listed, alike[m]) for m in chosen])

    def _at_the_end(self, cut: System, shown: Expr, listed: Explored) -> dict[Mask, Moment]:
        """The sets at the ends of the runs that have shown the whole view."""
        at = shown if self.seen.at is None else conj(formula(cut, self.seen.at), shown)
        only = replace(self.seen, at=lambda _s: at)
        found: dict[Mask, Moment] = {}
        for _, sets in sorted(grouped(only, self.asked.secret, listed, (HEARD,)).items()):
            for mask, moment in sets.items():
                if mask not in found or moment.place.depth < found[mask].place.depth:
                    found[mask] = moment
        return found

    def _judged(self, runs: list[Trace]) -> Alike:
        full, asked = self.asked.system, self.asked
        found = [Candidate(t.sizes, without_counter(t.states[0]), t.steps) for t in runs]
        lifted = [lift(full, self.sliced, c) for c in found]
        return judged(full, asked.observation, asked.secret, asked.sufficiency, lifted)

    def _told(self, system: System, known: tuple[str, ...], result: Explored, groups: Groups) -> Told:
        """Every set of states and every group is judged before it counts."""
        said = recheck(system, (), self.sizes, self.limits, sample=INTERPRETED, known=result, symmetric=False)
        if isinstance(said, NotComplete):
            raise EngineBug(f"{system.name}: the listed states are not complete: {said.search.reason}")
        confirm(system, self.seen, self.asked.secret, result, known, groups)
        found = result.search
        closed = Closed(dict(self.sizes), found.states, found.depth, found.digest, said.sampled)
        return Told(closed, len(groups), any(m for masks in groups.values() for m in masks))


def elements(mask: Mask) -> Elements:
    """The elements of a set."""
    return tuple(d for d in range(mask.bit_length()) if mask >> d & 1)


def family(masks: Mapping[Mask, Moment], sufficiency: Sufficiency) -> tuple[Mask, ...]:
    """A smallest family of sets that leaves open what is asked, of those the one met first; empty: there is none."""
    ordered = sorted(masks, key=lambda m: (masks[m].place.depth, m))
    if not leave_open(sufficiency, [elements(m) for m in ordered]):
        return ()
    for size in range(2, len(ordered) + 1):
        some = [f for f in combinations(ordered, size) if leave_open(sufficiency, [elements(m) for m in f])]
        if some:
            return min(some, key=lambda f: (sum(masks[m].place.depth for m in f), f))
    raise EngineBug("all sets together leave something open, and no family of them does")


def _run(system: System, result: Explored, moment: Moment) -> Trace:
    """A shortest run to a moment, by the interpreter."""
    place, part = moment.place, result.parts[moment.place.part]
    before = counterexample(part, Violation(0, place.depth, moment.before)).candidate
    instance = part.space.instances[place.instance]
    whole = Candidate(before.sizes, before.start, (*before.steps, Step(instance.action.name, instance.args)))
    return Trace(dict(whole.sizes), tuple(states_of(system, whole)), whole.steps)


def sliced(question: Question) -> System:
    """The part of the system that decides when the observer is asked, what it sees and what is secret."""
    system, seen = question.system, question.observation
    binder, inside = question.secret.on(system)
    formulas = [_somewhere((binder,), inside)]
    if seen.at is not None:
        formulas.append(formula(system, seen.at))
    for binders, term in (term_of(system, s) for own in seen.steps.values() for s in own):
        formulas.append(_somewhere(binders, Expr(Op.EQ, (term, term), BOOL)))
    return replace(cone(system, formulas), busy=None)


def _somewhere(binders: tuple[Binder, ...], body: Expr) -> Expr:
    return Expr(Op.FORALL, (body,), BOOL, binders) if binders else body


def _remembering(system: System, seen: Observation) -> tuple[System, tuple[str, ...]]:
    """The system, with copies of what is known at the start and cannot be followed; and where to read what is known."""
    lost = [n for n in seen.known if n not in followed(system, seen)]
    copies, conditions = [], []
    for variable in (system.by_name[n] for n in lost):
        copy = replace(variable, name=COPY.format(variable.name), immutable=False)
        pairs = [fresh("x", s) for s in variable.args]
        at = [e for _, e in pairs]
        same = _somewhere(tuple(b for b, _ in pairs), read(copy, at) == read(variable, at))
        copies.append(copy)
        conditions.append(Named(f"the start of {variable.name}", same))
    known = tuple(COPY.format(n) if n in lost else n for n in seen.known)
    whole = replace(system, variables=(*system.variables, *copies), init=(*system.init, *conditions))
    return whole, known
