"""Checks of the model at small sizes, for the tests of model and properties.

Verdicts of the default sizes are the matter of `make review`; here each size is kept as small as shows the point.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shootdown.ir import Claim, Part, System
from shootdown.ir.slice import cone
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.world import World
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request, problem_of
from shootdown.search import explicit
from shootdown.search.check import check
from shootdown.search.lift import lift
from shootdown.search.question import Place, Problem, at_place, stuck_claim
from shootdown.search.refute import refuted
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted, Scope, Verdict

BEST_EFFORT = designs()["best-effort"]
DESIGNS = tuple(designs().values())
LOOPS = tuple(d for d in DESIGNS if d.name in ("type1-v1", "type1-v1-stop", "best-effort"))
"""The plain loops, without parts of their own: what environment and assumptions do is shown on these."""

ONE = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
"""One of everything."""

SMALL = (
    ONE,
    ONE | {"Device": 2},
    ONE | {"Device": 2, "Group": 2},
    ONE | {"Device": 2, "Group": 2, "Domain": 2},
)
"""Up to two devices in every arrangement behind one unit, with one iova and one frame."""


def request(
    design: Design | str, name: str, contract: str = "vtd-v10", *, parts: Iterable[str] = (), **options: object
) -> Request:
    """A request by names; `parts` adds optional parts of the model to the property's own."""
    found = designs()[design] if isinstance(design, str) else design
    prop = find_property(name)
    prop = replace(prop, parts=(*prop.parts, *parts))
    return Request(found, prop, contract, **options)  # type: ignore[arg-type] # options by name


def verdict(asked: Request, sizes: Iterable[Mapping[str, int]] | None = None) -> Verdict:
    """The verdict without the search at wider sizes; `sizes` keeps just these, named topologies always stay."""
    _, problem = problem_of(asked)
    return check(kept(problem, sizes), Limits(faults=asked.faults)).verdict


def kept(problem: Problem, sizes: Iterable[Mapping[str, int]] | None) -> Problem:
    """The problem at some of its places only."""
    if sizes is None:
        return replace(problem, wide=None)
    wanted = [dict(s) for s in sizes]
    places = tuple(p for p in problem.places if p.topology != "sizes" or p.sizes in wanted)
    return replace(problem, wide=None, places=places)


def steps(found: Verdict) -> list[str]:
    """The actions of a refutation's trace, in order."""
    assert isinstance(found, Refuted), found
    return [s.action for s in found.trace.steps]


def first_trace(system: System, claims: tuple[Claim, ...], places: Iterable[Place]) -> Refuted | None:
    """A shortest trace at the first place that has one, replayed by the interpreter; None where none has."""
    stuck = stuck_claim(system)
    asked = claims if stuck is None else (*claims, stuck)
    for place in places:
        full = at_place(system, place)
        sliced = cone(full, [c.formula for c in asked])
        found = explicit.search(sliced, asked, place.sizes, Limits())
        if found.candidate is not None:
            claim = next(c for c in asked if c.name == found.claim)
            return refuted(full, claim, lift(full, sliced, found.candidate), Scope((place.sizes,)))
        assert found.complete, found.reason
    return None


def trace(asked: Request, sizes: Iterable[Mapping[str, int]]) -> Refuted | None:
    """A shortest trace of a request at these sizes and its named topologies; None says nothing of others."""
    system, problem = problem_of(asked)
    return first_trace(system, problem.claims, kept(problem, sizes).places)


def with_part(design: Design, part: Part, *, name: str = "") -> Design:
    """The design with one more piece."""

    def parts(world: World) -> tuple[Part, ...]:
        return (*(design.parts(world) if design.parts else ()), part)

    return replace(design, parts=parts, name=name or design.name)
