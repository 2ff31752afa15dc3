"""A device that answers is invalidated in the end, whatever the others do (design.md 7)."""

from typing import Any

from shootdown.ir import Property, conj, exists, sometimes
from shootdown.ir.temporal import leads_to
from shootdown.model.caches import cached
from shootdown.model.fairness import fair
from shootdown.model.recovery_rankings import whoever_answers_is_invalidated
from shootdown.model.sorts import Device, Frame, Iova
from shootdown.properties.recoverable import stale, waits


def _neglected(s: Any, d: Any, i: Any, f: Any) -> Any:
    """The guest waits for the frame, and a device that has an ATC to flush and would answer can still use it."""
    return conj(waits(s, i, f), s.has_ats[d], ~s.dead[d], stale(s, d, i, f))


def _served(s: Any, d: Any, i: Any, f: Any) -> Any:
    """Neither its ATC nor its IOTLB gives what the table does not, or it has left; to be cut off is no service."""
    return s.pte[i, f] | ~s.on_list(d) | ~cached(s, d, i, f)


PROPERTY = Property(
    name="no-starvation",
    sentence="A device that answers is eventually invalidated although another one never does.",
    claims=(),
    responses=(
        leads_to(
            "who answers is invalidated",
            _neglected,
            lambda s, d, i, f: s.dead[d] | _served(s, d, i, f),
            fair=fair,
            over=(Device, Iova, Frame),
            says="starved: {x} would answer, and keeps {y} -> {z} for ever",
        ),
    ),
    ranks={"who answers is invalidated": whoever_answers_is_invalidated},
    companions=(
        sometimes(
            "a device that answers is stale while another one is dead",
            lambda s: exists(
                Device, Device, Iova, Frame, lambda d, e, i, f: _neglected(s, d, i, f) & s.dead[e] & s.on_list(e)
            ),
        ),
    ),
    policy="retry-all",
    reach="guest-internal",
    parts=("recovery",),
)
