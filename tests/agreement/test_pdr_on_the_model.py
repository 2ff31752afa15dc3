"""PDR and explicit search agree on the model: every check that a design states, outside named topologies.

At 2 domains, 2 groups, 2 devices and 1 or 2 units, and at 1 domain, 3 groups, 3 devices; always 1 iova and 2 frames.
No group is emulated, and elements may be unused, so that smaller containers are among those searched. Every proof is
judged by fresh solvers and every run by the interpreter. What an engine leaves open is listed; they may not differ.

Quick: a few checks of each kind of answer. Long: all of them; explicit search needs most of the time.
"""

from collections import Counter
from dataclasses import dataclass

import pytest

from shootdown.ir import Claim, Named, System, formula
from shootdown.ir.interp import holds
from shootdown.ir.slice import cone
from shootdown.model.topology import no_emulated
from shootdown.review.cells import Cell, cells, request_of
from shootdown.review.problem import claims_of, system_of
from shootdown.search import explicit, pdr
from shootdown.search.certificate import certificate_text, holds_in
from shootdown.search.certificate import formula as clause_formula
from shootdown.search.invariant import verify
from shootdown.search.question import Place, at_place, stuck_claim
from shootdown.search.refute import replay
from shootdown.search.result import Limits

Sizes = dict[str, int]

WORK = 20_000_000
"""What one query of PDR may cost, in the solver's own units."""

UNDECIDED: frozenset[tuple[str, str]] = frozenset()
"""Places and checks that PDR leaves open within that work: none."""

STATES = 60_000_000
"""More states than explicit search meets in any check but those of `TOO_LARGE`."""

TOO_LARGE = frozenset(
    ("133-1", name)
    for name in (
        "best-effort.repeat-is-harmless.ideal",
        *(f"{d}.repeat-is-harmless.smmuv3-v10" for d in ("type1-v1", "type1-v1-stop", "best-effort")),
    )
)
"""Places and checks with more states than that, or with states of more than 64 bits: PDR has its own judges only."""


def sizes(domains: int, groups: int, devices: int, units: int) -> Sizes:
    """These, with 1 iova and 2 frames."""
    return {"Domain": domains, "Group": groups, "Device": devices, "Unit": units, "Iova": 1, "Frame": 2}


PLACES = {"222-1": sizes(2, 2, 2, 1), "222-2": sizes(2, 2, 2, 2), "133-1": sizes(1, 3, 3, 1)}
"""Domains, groups, devices and units."""


@dataclass(frozen=True)
class Posed:
    """A check as the engines see it."""

    system: System
    claims: tuple[Claim, ...]
    limits: Limits


def pose(cell: Cell, at: Sizes) -> Posed:
    """The check at these sizes: the slice that matters, with the claim that no call gets stuck."""
    request = request_of(cell)
    system = system_of(request)
    claims, _ = claims_of(request.property, system)
    stuck = stuck_claim(system)
    claims = claims if stuck is None else (*claims, stuck)
    place = Place("sizes", at, (Named("no emulated group", formula(system, no_emulated)),))
    sliced = cone(at_place(system, place), [c.formula for c in claims])
    return Posed(sliced, claims, Limits(faults=request.faults, states=STATES))


def stated() -> list[Cell]:
    """Every stated check that is not about a named topology."""
    return [c for c in cells() if not c.expect.topology]


def by_pdr(posed: Posed, at: Sizes) -> str:
    """`proved`, `refuted` or `undecided`, confirmed by the judges."""
    found = pdr.answered(posed.system, posed.claims, at, posed.limits, rlimit=WORK)
    if found.certificate is not None:
        assert found.search.complete
        assert verify(posed.system, posed.claims, found.certificate, rlimit=WORK) == ()
        return "proved"
    if found.search.candidate is None:
        return f"undecided: {found.search.reason}"
    replay(posed.system, next(c for c in posed.claims if c.name == found.search.claim), found.search.candidate)
    return "refuted"


def by_explicit(posed: Posed, at: Sizes) -> str:
    """`proved` or `refuted`."""
    found = explicit.search(posed.system, posed.claims, at, posed.limits)
    assert found.complete or found.candidate is not None, found.reason
    return "proved" if found.candidate is None else "refuted"


def name_of(cell: Cell) -> str:
    """The check in words without blanks."""
    return f"{cell.design}.{cell.label.replace(', ', '.')}.{cell.contract}"


def quick() -> list[Cell]:
    """Checks with few states."""
    return [c for c in stated() if c.expect.property == "failure-is-told" and c.contract in ("ideal", "smmuv3-v10")]


def compare(cell: Cell, place: str) -> str:
    """What both engines say; either may leave a listed check open, and none may disagree."""
    at = PLACES[place]
    posed = pose(cell, at)
    said = by_pdr(posed, at)
    assert said in ("proved", "refuted") or (place, name_of(cell)) in UNDECIDED
    if said in ("proved", "refuted") and (place, name_of(cell)) not in TOO_LARGE:
        assert said == by_explicit(posed, at)
    return said


@pytest.mark.parametrize("place", PLACES)
def test_quick_checks(place: str) -> None:
    """Both decide, and alike, for a few checks; they are of both kinds."""
    said = Counter(compare(cell, place) for cell in quick())
    assert min(said["proved"], said["refuted"]) >= 1


def test_a_second_domain_matters() -> None:
    """`break` leaves the groups of one domain: with a single one the posted design is coherent, by both engines."""
    (cell,) = (c for c in stated() if name_of(c) == "type1-v1.success-means-coherent.ideal")
    assert [compare(cell, p) for p in ("222-1", "133-1")] == ["refuted", "proved"]


@pytest.mark.long
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("cell", stated(), ids=name_of)
def test_every_check(cell: Cell, place: str) -> None:
    """Both decide, and alike."""
    compare(cell, place)


def test_enough_is_stated() -> None:
    """The checks are the whole review but for its named topologies."""
    assert len(stated()) >= 90
    assert len(quick()) >= 6
    assert {(p, name_of(c)) for p in PLACES for c in stated()} >= UNDECIDED | TOO_LARGE


def test_the_invariant_holds_in_all_reachable_states() -> None:
    """Of the repaired design: every clause in every state that explicit search reaches, the interpreter on a sample."""
    at = sizes(1, 2, 2, 1)
    (cell,) = (c for c in stated() if name_of(c) == "type1-v1-stop.success-means-coherent.ideal")
    posed = pose(cell, at)
    certificate = pdr.answered(posed.system, posed.claims, at, Limits()).certificate
    assert certificate is not None
    whole = explicit.explored(posed.system, posed.claims, at, Limits())
    assert whole.search.complete
    asked = [clause_formula(posed.system, c) for c in certificate.clauses]
    count = 0
    for part in whole.parts:
        for word in part.visited.all()[::7]:
            state = part.space.layout.unpack(int(word))
            assert all(holds_in(c, state) for c in certificate.clauses)
            if count % 50 == 0:
                assert all(holds(f, state, at) for f in asked)
            count += 1
    assert count > 1000
    assert len(certificate_text(posed.system, certificate).splitlines()) == 1 + len(certificate.lemmas)
