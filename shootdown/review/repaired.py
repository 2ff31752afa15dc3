"""What becomes of the other claims about a design that is repaired, at the size of the repair.

A table is found for one claim. Here it is written into the model of every other claim about one run, each under its
own policy of the VMM: of what holds with it every state was searched and judged, what breaks is a run that was
replayed.
"""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.claims import Property
from shootdown.ir.errors import ShootdownError
from shootdown.properties import properties
from shootdown.review.problem import Request
from shootdown.review.sketches import sketch_of, widened
from shootdown.search.engines import by_explicit
from shootdown.search.lift import lift
from shootdown.search.refute import refuted
from shootdown.search.repair import ENGINE, Repair, question
from shootdown.search.repair_sketch import Choice, Sketch, closed
from shootdown.search.result import Limits
from shootdown.search.verdict import Scope

STATES = 200_000
"""States of one search; beyond that it is open what becomes of a claim."""


class Effect(enum.Enum):
    """What becomes of a claim: it holds with the table, as without it (KEPT) or other than without it (MENDED), ..."""

    KEPT = "kept"
    MENDED = "mended"
    BROKEN = "broken"
    STILL = "still refuted"
    OPEN = "not determined"


@dataclass(frozen=True, slots=True)
class Besides:
    """A property, and what becomes of it; `steps` of the run that breaks it with the table."""

    property: str
    effect: Effect
    steps: int = 0


def besides(
    request: Request, scope: Scope, repairs: Sequence[Repair], limits: Limits, *, wide: bool
) -> tuple[tuple[Besides, ...], ...]:
    """For each repair, what becomes of the other claims; `wide`: it changes facts of kernel and driver contract too."""
    found: list[list[Besides]] = [[] for _ in repairs]
    for prop in _others(request.property) if repairs else ():
        limits.tell(ENGINE, 0, f"what becomes of {prop.name}")
        try:
            sketch = _sketch(request, prop, scope, wide=wide)
        except ShootdownError:  # not expressible with this report, or `--where` names what its model does not have
            continue
        now = _asked(sketch, sketch.default, limits)
        for rows, repair in zip(found, repairs, strict=True):
            table = _written(sketch, repair)
            rows.append(_besides(prop.name, now, _OPEN if table is None else _asked(sketch, table, limits)))
    return tuple(map(tuple, found))


def _others(asked: Property) -> Iterator[Property]:
    """The other claims about one run."""
    for prop in properties().values():
        if prop.name != asked.name and prop.claims and prop.pair is None and not prop.responses:
            yield prop


def _sketch(request: Request, prop: Property, scope: Scope, *, wide: bool) -> Sketch:
    """The model of another property with the same facts open."""
    topology = "" if scope.topology == "sizes" else scope.topology
    other = replace(request, property=prop, policy="", topology=topology)
    sketch = sketch_of(other, scope)
    return widened(other, sketch) if wide else sketch


def _written(sketch: Sketch, repair: Repair) -> Choice | None:
    """The repair's table, as far as the model of the other property reads its entries; None where it cannot say so."""
    changed = {c.knob.name: c.knob.options[c.option] for c in repair.changes}
    if any(k.name in changed and changed[k.name] not in k.options for k in sketch.knobs):
        return None
    return tuple(k.options.index(changed[k.name]) if k.name in changed else k.default for k in sketch.knobs)


@dataclass(frozen=True, slots=True)
class _Found:
    """Whether all claims hold, None where a bound ended the search; the steps of a run that breaks one, maybe 0."""

    holds: bool | None
    steps: int = 0


_OPEN = _Found(None)


def _asked(sketch: Sketch, table: Choice, limits: Limits) -> _Found:
    """Every reachable state with this table."""
    written = closed(sketch, table)
    asked = question(written, written.claims, ())
    bounds = replace(limits, states=STATES, depth=None, report=None)
    found = by_explicit(asked.sliced, asked.every, asked.place.sizes, bounds)
    if found.search.candidate is not None:
        claim = next(c for c in written.claims if c.name == found.search.claim)
        run = lift(asked.full, asked.sliced, found.search.candidate)
        return _Found(False, len(refuted(asked.full, claim, run, Scope((asked.place.sizes,))).trace))
    if found.judged is None:
        return _OPEN
    found.judged()
    return _Found(True)


def _besides(name: str, now: _Found, then: _Found) -> Besides:
    if now.holds is None or then.holds is None:
        return Besides(name, Effect.OPEN)
    if then.holds:
        return Besides(name, Effect.KEPT if now.holds else Effect.MENDED)
    return Besides(name, Effect.BROKEN if now.holds else Effect.STILL, then.steps)


__all__ = ["Besides", "Effect", "besides"]
