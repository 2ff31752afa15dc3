"""Traps: systems with known answers that look right, or provable, at small sizes."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import pytest

from shootdown import second
from shootdown.ir.part import alternations
from shootdown.search import bmc, cubes, explicit, invariant, pdr, symmetry
from shootdown.search.refute import replay
from shootdown.search.result import Limits
from shootdown.smt import Answer
from tests import traps
from tests.traps import Trap

Sizes = dict[str, int]


@dataclass(frozen=True)
class Known:
    """What is known about a trap: sizes where its first claim holds, and those where it is broken with the depth."""

    build: Callable[[], Trap]
    holds: tuple[Sizes, ...]
    broken: tuple[tuple[Sizes, int], ...] = ()


def devices(numbers: Iterable[int]) -> tuple[Sizes, ...]:
    """Sizes of a system with devices only."""
    return tuple({"Device": n} for n in numbers)


def _late(build: Callable[[int], Trap], k: int) -> Known:
    return Known(partial(build, k), devices(range(1, k + 1)), (({"Device": k + 1}, k + 2),))


def _domains(*pairs: tuple[int, int]) -> tuple[Sizes, ...]:
    return tuple({"Device": d, "Domain": a} for d, a in pairs)


LATE = {
    **{f"late_bug({k})": _late(traps.late_bug, k) for k in (2, 3, 4, 5)},
    **{f"late_chain({k})": _late(traps.late_chain, k) for k in (2, 3, 4)},
    "third_domain": Known(
        traps.third_domain,
        _domains((1, 1), (2, 2), (3, 2), (4, 2), (2, 3), (2, 4)),
        (({"Device": 3, "Domain": 3}, 4),),
    ),
}
"""Right at small sizes, wrong at larger ones: never provable for any number."""

TRUE = {
    "late_bug(2) repaired": Known(partial(traps.late_bug, 2, repaired=True), devices(range(1, 5))),
    "late_bug(3) repaired": Known(partial(traps.late_bug, 3, repaired=True), devices(range(1, 5))),
    "third_domain repaired": Known(partial(traps.third_domain, repaired=True), _domains((2, 2), (3, 3))),
    "needs_existential": Known(
        traps.needs_existential, tuple({"Client": c, "Resource": r} for c, r in ((1, 1), (2, 2), (3, 2)))
    ),
    "alternating": Known(traps.alternating, tuple({"Device": d, "Group": g} for d, g in ((1, 1), (2, 2), (3, 2)))),
}
"""True for any numbers."""

WRONG = {f"fixed_order({n})": Known(partial(traps.fixed_order, n), (), (({"Device": n}, n),)) for n in (2, 3, 4)} | {
    "careless release": Known(partial(traps.needs_existential, careless=True), (), (({"Client": 1, "Resource": 1}, 3),))
}
"""Wrong at the only sizes that there are, or at the smallest."""

ALL = LATE | TRUE | WRONG


@pytest.mark.parametrize("name", ALL)
def test_a_trap_holds_where_it_is_known_to_hold(name: str) -> None:
    """Explicit search closes the sizes below the bug, where the scenario of the claim occurs."""
    for sizes in ALL[name].holds:
        system, claims = ALL[name].build()
        found = explicit.search(system, claims, sizes, Limits())
        assert (found.complete, found.candidate) == (True, None), sizes
        assert found.witnessed == {claims[1].name}, sizes


@pytest.mark.parametrize("name", LATE | WRONG)
def test_a_trap_is_refuted_where_it_is_known_to_be_broken(name: str) -> None:
    """Explicit and bounded search find a run of the known length, which replays; no shorter one exists."""
    for sizes, depth in ALL[name].broken:
        system, claims = ALL[name].build()
        for found in (explicit.search(system, claims, sizes, Limits()), bmc.search(system, claims, sizes, Limits())):
            assert found.candidate is not None
            assert len(replay(system, claims[0], found.candidate).steps) == depth
        below = bmc.search(system, claims, sizes, Limits(depth=depth - 1))
        assert (below.candidate, below.depth) == (None, depth - 1)


@pytest.mark.parametrize("name", LATE)
def test_the_late_bug_stays_at_larger_sizes(name: str) -> None:
    """What breaks at one size breaks at the next: more elements never repair it."""
    ((sizes, depth),) = LATE[name].broken
    system, claims = LATE[name].build()
    larger = {sort: n + 1 for sort, n in sizes.items()}
    found = bmc.search(system, claims, larger, Limits(depth=depth + 1))
    assert found.candidate is not None


@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_planted_full_group_misses_the_bug_of_a_fixed_order(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With literals for a list order the full group is unsound: it closes a set of states without the bug."""
    system, claims = traps.fixed_order(n)
    sizes = {"Device": n}
    assert len(symmetry.permutations(system, claims, sizes)) == 1
    assert explicit.search(system, claims, sizes, Limits()).candidate is not None

    monkeypatch.setattr(symmetry, "named_elements", lambda *_: {})

    assert len(symmetry.permutations(system, claims, sizes)) == math.factorial(n)
    planted = explicit.search(system, claims, sizes, Limits())
    assert (planted.complete, planted.candidate) == (True, None)


@pytest.mark.parametrize("name", ALL)
def test_pdr_agrees_on_every_trap(name: str) -> None:
    """At the last size below the bug pdr has a certificate that z3 and cvc5 accept; at the bug's size it has a run."""
    system, claims = ALL[name].build()
    for sizes in ALL[name].holds[-1:]:
        found = pdr.answered(system, claims[:1], sizes, Limits())
        assert found.certificate is not None
        assert invariant.verify(system, claims[:1], found.certificate) == ()
        asked = invariant.obligations(system, claims[:1], found.certificate)
        assert {second.check(o.text) for o in asked} == {Answer.UNSAT}
    for sizes, depth in ALL[name].broken:
        run = pdr.search(system, claims[:1], sizes, Limits()).candidate
        assert run is not None
        assert len(replay(system, claims[0], run).steps) >= depth


@pytest.mark.parametrize("n", [3, 4])
def test_planted_full_orbits_miss_the_bug_of_a_fixed_order(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With literals, learning a clause for all its images lets pdr prove what is false; its judge refuses it."""
    system, claims = traps.fixed_order(n)
    sizes = {"Device": n}
    assert pdr.search(system, claims, sizes, Limits()).candidate is not None

    monkeypatch.setattr(cubes, "named_elements", lambda *_: {})

    planted = pdr.answered(system, claims, sizes, Limits())
    assert planted.search.complete
    assert planted.certificate is not None
    assert invariant.verify(system, claims, planted.certificate)


def test_the_alternation_of_the_axiom_is_seen() -> None:
    """The circle of `alternating`: an axiom from groups to devices, a function from devices to groups."""
    system, _ = traps.alternating()
    ((axiom,), (function,)) = system.axioms, [v for v in system.variables if v.name == "group_of"]
    assert [(str(a), str(b)) for a, b in alternations(axiom.formula)] == [("Group", "Device")]
    assert ([str(a) for a in function.args], str(function.sort)) == (["Device"], "Group")


def test_the_lemma_with_an_existential_holds() -> None:
    """`every pinned resource has a holder` alternates, is true where the claim is, and false where it is not."""
    sizes = {"Client": 3, "Resource": 2}
    for careless in (False, True):
        system, _ = traps.needs_existential(careless=careless)
        lemma = traps.has_holder(system)
        assert [(str(a), str(b)) for a, b in alternations(lemma.formula)] == [("Resource", "Client")]
        found = explicit.search(system, [lemma], sizes, Limits())
        assert (found.candidate is not None) is careless
