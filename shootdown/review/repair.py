"""Why an answer is a refutation: which decisions of the design, changed, would remove every run that breaks the claim.

What counts as a decision, and what its code can see: `shootdown.review.sketches`. What becomes of the other claims
with such a change: `shootdown.review.repaired`.
"""

from dataclasses import dataclass, replace

from shootdown.ir.product import Product
from shootdown.review.answer import Answer
from shootdown.review.decisions import OWN
from shootdown.review.repaired import Besides, besides
from shootdown.review.sketches import SEEN, WRITTEN, sketch_of, widened
from shootdown.search.question import Place
from shootdown.search.repair import Confirmed, Effort, NotDetermined, Repair, Repairs, confirm, repair
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted


@dataclass(frozen=True)
class Blame:
    """What repairs a refuted claim at the size of its trace.

    `own`: sets of facts of the design. `wider`: sets that take facts of kernel and driver contract too, where no set
    of the design repairs. `confirmed`: what a second judge found, one for each repair that is told, as is
    `besides`: what becomes of the other claims about the design.
    """

    answer: Answer
    place: Place
    own: Repairs
    wider: Repairs | NotDetermined | None
    confirmed: tuple[Confirmed, ...]
    besides: tuple[tuple[Besides, ...], ...] = ()

    @property
    def told(self) -> tuple[Repair, ...]:
        """The repairs, of the design where there are any."""
        if self.own.repairs or not isinstance(self.wider, Repairs):
            return self.own.repairs
        return self.wider.repairs


def blame(answer: Answer, limits: Limits, effort: Effort | None = None) -> Blame | NotDetermined:
    """The smallest sets of facts whose repair removes all runs that break the claim, at the size of the trace."""
    verdict = answer.verdict
    if not isinstance(verdict, Refuted):
        return NotDetermined("only a trace to a state that breaks a claim is looked at")
    if isinstance(answer.system, Product):
        return NotDetermined("a claim about two runs is not looked at: a repair changes both")
    limits = replace(limits, faults=answer.request.faults)
    sketch = sketch_of(answer.request, verdict.scope)
    own = repair(sketch, limits, effort)
    if isinstance(own, NotDetermined):
        return own
    wider = None
    if not own.repairs:
        sketch = widened(answer.request, sketch)
        wider = repair(sketch, limits, effort)
    found = Blame(answer, sketch.place, own, wider, ())
    anew = sketch_of(answer.request, verdict.scope)
    anew = anew if own.repairs else widened(answer.request, anew)
    judged = [confirm(anew, r, limits) for r in found.told]
    if failed := next((j for j in judged if isinstance(j, NotDetermined)), None):
        return failed
    found = replace(found, confirmed=tuple(j for j in judged if isinstance(j, Confirmed)))
    wide = bool(found.told) and not own.repairs
    return replace(found, besides=besides(answer.request, verdict.scope, found.told, limits, wide=wide))


__all__ = ["OWN", "SEEN", "WRITTEN", "Blame", "blame", "sketch_of", "widened"]
