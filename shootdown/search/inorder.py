"""Places in order: small ones at once, larger ones put off for as long as a proof for any number may spare them."""

from abc import abstractmethod
from collections.abc import Sequence

from shootdown.ir.system import Claim
from shootdown.search.ledger import Ledger
from shootdown.search.question import Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Verdict


class InOrder(Ledger):
    """A check that goes through its places twice, the second time through those that were put off."""

    def __init__(self, problem: Problem, claims: Sequence[Claim], limits: Limits) -> None:
        super().__init__(problem, claims, limits)
        self.later: list[Place] = []

    @abstractmethod
    def search(self, place: Place, *, soon: bool) -> Verdict | None:
        """A refutation at a place; None where it is covered, open, or with `soon` put off because it is large."""

    def begin(self) -> Verdict | None:
        """A refutation at the small places; places are put off only where a proof for any number may be tried."""
        return self._over(self.problem.places, soon=self.problem.open is not None)

    def rest(self) -> Verdict | None:
        """A refutation at the places that were put off."""
        later, self.later = self.later, []
        return self._over(later)

    def _over(self, places: Sequence[Place], *, soon: bool = False) -> Verdict | None:
        """Search places in order; a trace at one of them counts when the earlier ones that were put off have none."""
        for place in places:
            if self.limits.expired():
                self.skip(place)
            elif (found := self.search(place, soon=soon)) is not None:
                return self.rest() or found
        return None

    def may_prove(self) -> bool:
        """Whether a proof for any number may be tried now: there is time, and every scenario was seen.

        Runs have to start at every place searched so far, since a size at which axioms and initial conditions exclude
        each other must not pass for covered; a condition of the user's may exclude some.
        """
        if self.problem.open is None or self.limits.expired() or self.missing():
            return False
        started = [c for c in self.covered if c.starts]
        searched = len(self.problem.places) - len(self.later)
        return len(started) == searched or bool(started and self.problem.scope.where)


__all__ = ["InOrder"]
