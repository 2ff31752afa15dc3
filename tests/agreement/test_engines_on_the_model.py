"""Bounded and explicit search agree on the model: every design, property, policy and contract.

2 domains, 2 groups, 2 devices, 2 units, 1 iova and 2 frames, attach and detach on.
No group is emulated, and elements may be unused, so that each smaller topology is among those searched. `table.json`
has a row for each cell: states (one for each orbit of the symmetry) and diameter of the whole reachable set, also
behind a violation, and where the property is refuted the claim, the steps, the counted events and the fills of
caches of a cheapest shortest run.

Quick: every refuted cell fully, bmc with the topology open, every depth before the violation included; a cell that
holds to its diameter if it has few states, else to depth 6. Long: every cell's row is measured again, and bmc goes to
the diameter of every cell that holds. There it takes the topologies one by one, one of each orbit, which is 3 times
faster and more the deeper it goes; the orbits are listed by brute force, apart from the engines.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shootdown.ir.errors import TraceError
from shootdown.model.design import PROVED, REFUTED
from shootdown.model.designs import designs
from shootdown.properties import properties
from shootdown.search import bmc, explicit
from shootdown.search.enumerate import Overflow
from shootdown.search.layout import Words
from shootdown.search.result import Limits, Search
from shootdown.search.smtlib import Encoding
from shootdown.search.space import Problem
from shootdown.search.symmetry import named_elements
from tests.agreement.cells import (
    MEASURED,
    SIZES,
    SMALL,
    Broken,
    Cell,
    Posed,
    cells,
    confirmed,
    expected,
    holding_cells,
    pose,
    refuted_cells,
    table,
    topologies,
)

DEPTH = 6
"""How far the quick tests follow large cells that hold."""

Engine = Callable[[Posed, Limits], Search]


def by_bmc(posed: Posed, limits: Limits) -> Search:
    """Bounded search; the topology is the solver's choice."""
    return bmc.search(posed.system, posed.claims, SIZES, limits)


def by_explicit(posed: Posed, limits: Limits) -> Search:
    """Explicit search, to the first violation."""
    return explicit.search(posed.system, posed.every, SIZES, limits)


def topology_by_topology(posed: Posed, limits: Limits) -> Broken | None:
    """The best of what bounded search finds with each topology: steps, then the claim, then the cost."""
    assert not any(named_elements(posed.system, posed.claims).values())
    order = {c.name: k for k, c in enumerate(posed.claims)}
    found: list[Broken] = []
    for fixed, _ in topologies(posed.system, SIZES):
        run = bmc.search(posed.system, posed.claims, SIZES, limits, fixed=fixed)
        best = confirmed(posed, run)
        assert best is not None or run.depth == limits.depth, run.reason
        if best is not None:
            found.append(best)
    return min(found, key=lambda b: (b.steps, order[b.claim], b.counted, b.clutter), default=None)


def disagreements(posed: Posed, limits: Limits, engines: dict[str, Engine], row: Broken | None) -> list[str]:
    """Which engines say something else than `row`, or did not look as far as `limits`."""
    wrong = []
    for name, engine in engines.items():
        found = engine(posed, limits)
        try:
            said = confirmed(posed, found)
        except TraceError as error:
            wrong.append(f"{name} shows no run: {error}")
            continue
        if said != row:
            wrong.append(f"{name} says {said}")
        elif said is None and not found.complete and found.depth != limits.depth:
            wrong.append(f"{name} stopped at depth {found.depth}: {found.reason}")
    return wrong


BOTH: dict[str, Engine] = {"bmc": by_bmc, "explicit": by_explicit}


def test_table_has_a_row_for_each_cell() -> None:
    """A new design or property needs rows; the long tests print what they measure."""
    assert {str(c) for c in cells()} == set(table())
    assert len(refuted_cells()) + len(holding_cells()) == len(table())


def test_table_says_what_the_designs_expect() -> None:
    """Outside named topologies the rows are refuted and proved as the design files state."""
    stated = 0
    for design in designs().values():
        for expect in design.expects:
            prop = properties()[expect.property]
            if expect.topology or expect.only or expect.faults is not None or prop.pair is not None:
                continue
            for contract, outcome in expect.outcomes.items():
                policy = expect.policy if expect.property == "no-reuse-while-stale" else ""
                row = table().get(str(Cell(design.name, prop.name, policy, contract)))
                if row is None:
                    assert design.name not in MEASURED
                    continue
                here = REFUTED if "broken" in row else PROVED
                assert here == outcome or (prop.topologies and outcome == REFUTED), (design.name, expect, contract)
                stated += 1
    assert stated >= 90


@pytest.mark.parametrize("cell", refuted_cells(), ids=str)
def test_refuted_cells(cell: Cell) -> None:
    """Both engines find a violation at the same depth and none before, with the same claim and the same least cost."""
    assert disagreements(pose(cell), Limits(), BOTH, expected(cell)) == []


@pytest.mark.parametrize("cell", holding_cells(), ids=str)
def test_holding_cells(cell: Cell) -> None:
    """Neither engine finds a violation up to the diameter of small cells, up to a depth of large ones."""
    posed, row = pose(cell), table()[str(cell)]
    small = row["states"] < SMALL
    limits = Limits(depth=row["diameter"] if small else DEPTH)
    assert disagreements(posed, limits, BOTH, None) == []
    if small:
        whole = by_explicit(posed, Limits())
        assert (whole.complete, whole.states, whole.depth) == (True, row["states"], row["diameter"])


@pytest.mark.parametrize("contract", ["vtd-v10", "smmuv3-v10"])
def test_orbits_of_topologies(contract: str) -> None:
    """The orbits found by brute force are those of the explicit engine, and they make up all topologies."""
    posed = pose(Cell("best-effort", "success-means-coherent", "", contract))
    orbits = topologies(posed.system, SIZES)
    assert len(orbits) == len(_listed(posed, symmetric=True)) > 1
    assert sum(size for _, size in orbits) == len(_listed(posed, symmetric=False)) > len(orbits)


def _listed(posed: Posed, *, symmetric: bool) -> Words:
    found = Problem(posed.system, posed.every, SIZES, symmetric=symmetric).topologies(1 << 20)
    assert not isinstance(found, Overflow)
    return found


@pytest.mark.long
@pytest.mark.parametrize("cell", list(cells()), ids=str)
def test_states_and_diameter(cell: Cell) -> None:
    """The whole reachable set has the recorded number of states and diameter, and breaks what is recorded."""
    posed = pose(cell)
    whole = explicit.search(posed.system, posed.every, SIZES, Limits(), stop=False)
    measured: dict[str, object] = {"states": whole.states, "diameter": whole.depth}
    if (broken := confirmed(posed, whole)) is not None:
        measured["broken"] = [broken.claim, broken.steps, broken.counted, broken.clutter]
    assert whole.complete
    assert measured == table()[str(cell)]


@pytest.mark.long
@pytest.mark.parametrize("cell", list(cells()), ids=str)
def test_bmc_to_the_diameter(cell: Cell) -> None:
    """With each topology bmc finds no violation up to the diameter, or none that is better than the recorded one."""
    row = expected(cell)
    depth = table()[str(cell)]["diameter"] if row is None else row.steps
    assert topology_by_topology(pose(cell), Limits(depth=depth)) == row


CONTROL = Cell("type1-v1", "failure-is-told", "", "vtd-v10")


def test_a_dropped_action_is_noticed() -> None:
    """Control: an explicit engine that does not know one of the actions on the shortest run disagrees."""

    def forgetful(posed: Posed, limits: Limits) -> Search:
        actions = tuple(a for a in posed.system.actions if a.name != "refused_without_ats")
        return by_explicit(replace(posed, system=replace(posed.system, actions=actions)), limits)

    posed = pose(CONTROL)
    assert disagreements(posed, Limits(), BOTH, expected(CONTROL)) == []
    (wrong,) = disagreements(posed, Limits(), BOTH | {"explicit": forgetful}, expected(CONTROL))
    assert wrong == "explicit says None"


def test_an_unrolling_that_is_one_step_off_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a bounded engine that looks at the state before the last step disagrees, with and without a bound."""
    right = Encoding.term
    monkeypatch.setattr(Encoding, "term", lambda self, node, t: right(self, node, max(t - 1, 0)))
    row = expected(CONTROL)
    assert row is not None
    (wrong,) = disagreements(pose(CONTROL), Limits(depth=row.steps), BOTH, row)
    assert wrong == "bmc says None"
    (wrong,) = disagreements(pose(CONTROL), Limits(), BOTH, row)
    assert wrong.startswith(("bmc says Broken", "bmc shows no run"))


def test_a_table_that_is_off_is_noticed() -> None:
    """Control: a row with another length, cost or outcome makes both engines disagree with it."""
    posed, row = pose(CONTROL), expected(CONTROL)
    assert row is not None
    for other in (replace(row, steps=row.steps - 1), replace(row, counted=row.counted + 1), None):
        assert len(disagreements(posed, Limits(), BOTH, other)) == 2
