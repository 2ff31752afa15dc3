"""One check: every size in order, then a wider search; vacuity, stuck states and the verdict.

Small sizes are searched exhaustively by `explicit`. Where they hold no trace, a proof for any number is tried; only
without one the larger sizes are searched. A size that `explicit` cannot exhaust may still be proved by `pdr`, within a
bound; otherwise `bmc` looks as far as it can, and the verdict is `HoldsTo`. When every size is covered, `bmc` looks for
a trace at one wider size, to a depth. `shootdown.search.alone` has the check by one engine alone.
"""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shootdown.ir.errors import UsageError
from shootdown.search.alone import Alone
from shootdown.search.engines import ENGINES, Found, for_any_number
from shootdown.search.inorder import InOrder
from shootdown.search.ledger import SOON, doubts
from shootdown.search.question import Asked, Place, Problem, pose, size_text, stuck_claim
from shootdown.search.result import Limits, Search
from shootdown.search.verdict import Proved, Refuted, RefutedLasso, Universal, Verdict

if TYPE_CHECKING:
    from shootdown.search.responses import Responses


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what the search saw on the way: actions that fired, scenarios that were met."""

    verdict: Verdict
    fired: frozenset[str] = frozenset()
    witnessed: frozenset[str] = frozenset()
    seconds: float = 0.0
    engine: str = "explicit"
    interrupted: bool = False


def check(problem: Problem, limits: Limits, engine: str = "") -> Outcome:
    """The verdict on a problem. Shortest means: the first place that has a trace, then the fewest steps.

    `engine`: that one alone is asked; empty stands for the usual mix. `Outcome.engine` has found the trace.
    Responses are looked at where every claim is proved at the sizes searched.
    """
    begin = time.monotonic()
    if problem.responses:
        return _with_responses(problem, limits, engine)
    claims = problem.claims
    if (stuck := stuck_claim(problem.system)) is not None:
        claims = (*claims, stuck)
    run = Alone(problem, claims, limits, engine) if engine else _Mix(problem, claims, limits)
    try:
        verdict = run.verdict()
    except KeyboardInterrupt:
        verdict = run.so_far()
    seconds = time.monotonic() - begin
    return Outcome(verdict, frozenset(run.fired), run.witnessed, seconds, run.engine, run.interrupted)


def _with_responses(problem: Problem, limits: Limits, engine: str) -> Outcome:
    """Claims and responses, of which only one engine knows."""
    from shootdown.search.responses import Responses  # noqa: PLC0415 # few properties have responses

    if engine:
        raise UsageError(f"the engine {engine} knows nothing of what has to happen sooner or later; drop --engine")
    begin = time.monotonic()
    stuck = stuck_claim(problem.system)
    wide = problem.wide if problem.claims else None
    claims = problem.claims if stuck is None else (*problem.claims, stuck)
    safe, live = _Mix(replace(problem, responses=(), wide=wide), claims, limits), Responses(problem, limits)
    try:
        verdict = _both(safe, live)
    except KeyboardInterrupt:
        verdict = live.so_far()
    run = safe if isinstance(verdict, Refuted) else live
    fired, witnessed = frozenset(safe.fired | live.fired), safe.witnessed | live.witnessed
    seconds = time.monotonic() - begin
    return Outcome(verdict, fired, witnessed, seconds, run.engine, safe.interrupted or live.interrupted)


def _both(safe: "_Mix", live: "Responses") -> Verdict:
    """Small sizes of both, since a trace and a lasso are found soon; a proof for any number; then the larger sizes."""
    from shootdown.search.responses import together  # noqa: PLC0415

    if (found := safe.begin() or live.begin()) is not None:
        return found
    if (proved := _for_any_number(safe, live)) is not None:
        return proved
    found = safe.end()
    if isinstance(found, Refuted):
        return found
    waited = live.end()
    if isinstance(found, Proved):
        return together(found, waited)
    return waited if isinstance(waited, RefutedLasso) else found


def _for_any_number(safe: "_Mix", live: "Responses") -> Proved | None:
    """Claims by lemmas and each response by its ranking, or nothing, with a note why."""
    asked = live.problem.open
    if asked is None or not live.may_prove():
        return None
    ranked = live.ranked(asked)
    if not ranked:
        return None
    if not safe.claims:
        return Proved((), asked.scope, (), None, ranked)
    universal = safe.universal()
    return None if universal is None else Proved((), asked.scope, (), universal, ranked)


class _Mix(InOrder):
    """One check by several engines, each for what it does best."""

    def verdict(self) -> Verdict:
        """Small places, a proof for any number, the rest of the places, one wider size."""
        return self.begin() or self._any_number() or self.end()

    def end(self) -> Verdict:
        """The places that were put off, one wider size, and the verdict."""
        found = self.rest()
        if found is None and isinstance(found := self.without_trace(), Proved):
            return self._widen(found)
        return found

    def _any_number(self) -> Verdict | None:
        asked, found = self.problem.open, self.universal()
        return None if asked is None or found is None else Proved((), asked.scope, (), found)

    def universal(self) -> Universal | None:
        """A proof of the claims for any number, where the question allows one; else a note why not."""
        asked = self.problem.open
        if asked is None or not self.may_prove():
            return None
        found = for_any_number(self.problem, asked, self.claims, self.limits)
        if isinstance(found, Universal):
            return found
        self.notes.append(f"no proof for any number: {found.reason}")
        return None

    def search(self, place: Place, *, soon: bool) -> Verdict | None:
        """Search a place; with `soon` one that turns out to be large is put off."""
        self.limits.tell("sizes", 0, size_text(place.sizes))
        limits = replace(self.limits, states=min(SOON, self.limits.states)) if soon else self.limits
        asked = pose(self.problem, self.claims, place)
        found = ENGINES["explicit"](asked.sliced, asked.every, place.sizes, limits)
        search = found.search
        if search.candidate is not None:
            self.fired |= search.fired
            return self.refuted(asked, search, search.candidate)
        if search.complete:
            self.take(asked, found)
        elif soon and (search.depth < 0 or self._may_be_widened(limits)):
            self.later.append(place)
        else:
            return self._fall_back(asked, search)
        return None

    def _may_be_widened(self, tried: Limits) -> bool:
        """Whether a search with more states is still to come: those of the starts alone may have been too many."""
        return tried.states < self.limits.states and not self.limits.expired()

    def _fall_back(self, asked: Asked, listed: Search) -> Verdict | None:
        """A size that could not be exhausted: pdr may prove it, or bmc looks further than explicit search came."""
        best = listed
        if self.limits.depth is None and not self.limits.expired():
            by_pdr = ENGINES["pdr"](asked.sliced, asked.every, asked.place.sizes, self.limits)
            if by_pdr.search.candidate is not None:
                return self.shortened(asked, by_pdr.search, by_pdr.search.candidate)
            if by_pdr.judged is not None:
                met = replace(by_pdr.search, fired=listed.fired, witnessed=listed.witnessed)
                self.take(asked, replace(by_pdr, search=met))
                return None
            best = max(best, by_pdr.search, key=lambda s: s.depth)
        return self._unroll_at(asked, best)

    def _unroll_at(self, asked: Asked, best: Search) -> Verdict | None:
        """The steps that bmc can look to, if they are more than were looked to by others."""
        depth = self.limits.depth
        if not self.limits.expired() and (depth is None or best.depth < depth):
            bound = depth if depth is not None else max(self.problem.wide_depth, best.depth)
            tried = self._unroll(asked, bound)
            if tried.candidate is not None:
                return self.refuted(asked, tried, tried.candidate, doubts(tried))
            best = max(best, tried, key=lambda s: s.depth)
        self.take(asked, Found(best))
        return None

    def _unroll(self, asked: Asked, depth: int) -> Search:
        from shootdown.search import bmc  # noqa: PLC0415 # loads z3, which a quick answer does without

        limits, work = replace(self.limits, depth=depth), self.problem.wide_work
        found = bmc.search(asked.sliced, self.claims, asked.place.sizes, limits, rlimit=work)
        if found.candidate is not None:
            self.engine = "bmc"
        return found

    def _widen(self, proved: Proved) -> Verdict:
        """The same question at a wider size, to a depth; a trace there refutes."""
        wide = self.problem.wide
        if wide is None or self.limits.expired():
            return proved
        asked = pose(replace(self.problem, companions=()), self.claims, wide)
        try:
            found = self._unroll(asked, self.problem.wide_depth)
        except KeyboardInterrupt:
            self.interrupted = True
            return replace(proved, notes=(*proved.notes, "wider: the search was interrupted"))
        if found.candidate is not None:
            return self.refuted(asked, found, found.candidate, doubts(found))
        if found.depth < 0:
            note = f"wider: nothing was searched at {size_text(wide.sizes)}: {found.reason}"
            return replace(proved, notes=(*proved.notes, note))
        ended = f", where {found.reason}" if found.depth < self.problem.wide_depth else ""
        note = f"wider: no trace of up to {found.depth} steps at {size_text(wide.sizes)}{ended}"
        return replace(proved, notes=(*proved.notes, note))
