"""Every check of `best-effort` that is expected to hold notices some mutant: the table mutant x property."""

from itertools import pairwise

import pytest

from shootdown.ir.interp import holds
from shootdown.ir.system import System
from shootdown.ir.trace import Candidate
from shootdown.review.problem import claims_of
from shootdown.search.refute import states_of
from shootdown.search.verdict import Refuted
from tests.model.mutants import COLUMNS, MUTANTS, Column, Mutant, mutated, refutation

# R: refuted at one of the small sizes, with a trace; a dot: holds at all of them.
TABLE = """
                                              coherent  told  reuse  host  repeat  mode
  none                                           .       .      .     .      .      .
  last device skipped                            R       R      R     .      .      .
  ret cleared by a success                       R       R      R     .      .      .
  IOTLB flush dropped                            R       .      R     .      .      .
  ATC before IOTLB                               R       .      R     .      .      .
  detach keeps the ATC                           R       .      R     R      .      .
  attach during the walk                         R       .      R     .      .      .
  error of one group lost                        R       R      R     .      .      .
  UNMAP_DMA unpins before the flush              .       .      .     R      .      .
  UNMAP_DMA flushes the reference domain only    .       .      .     R      .      .
  a repeated, refused request cuts off           .       .      .     .      R      .
  mode check inverted                            .       .      .     .      .      R
"""

ORIGINAL = Mutant("none", "")

SHOWS = {
    "detach keeps the ATC": ["unset_container", "set_container"],
    "attach during the walk": ["call_lock", "set_container", "atc_fill", "call_returns"],
    "error of one group lost": ["refused", "call_returns"],
    "ATC before IOTLB": ["iotlb_flush", "atc_fill", "atc_flush"],
    "UNMAP_DMA unpins before the flush": ["unmap_dma", "unpin", "dma"],
    "UNMAP_DMA flushes the reference domain only": ["unmap_dma", "unpin", "dma"],
    "a repeated, refused request cuts off": ["refused", "vmm_repeats", "refused"],
}
"""Steps that the trace against the attacked property takes, in this order."""


def expected() -> dict[str, str]:
    """The rows of the table: one letter a column."""
    lines = [line for line in TABLE.splitlines()[2:] if line.strip()]
    return {line[:45].strip(): "".join(line[45:].split()) for line in lines}


def row_text(mutant: Mutant, found: list[Refuted | None]) -> str:
    """A row of the table with the lengths of the traces."""
    cells = [f"R{len(f.trace)}" if f else "." for f in found]
    return f"{mutant.name:<45}" + "".join(f"{c:<8}" for c in cells)


def rerun(system: System, found: Refuted, column: Column) -> None:
    """The trace is a run, and its last state is the first that breaks the claim."""
    claims, _ = claims_of(column.asked(ORIGINAL.design).property, system)
    claim = next(c for c in claims if c.name == found.claim)
    trace = found.trace
    states = list(states_of(system, Candidate(trace.sizes, trace.states[0], trace.steps)))
    assert tuple(states) == trace.states
    good = [holds(claim.formula, s, trace.sizes) for s in states]
    assert good == [True] * len(trace) + [False]


def in_order(wanted: list[str], taken: list[str]) -> bool:
    """Whether the wanted steps occur among those taken, one after the other."""
    rest = iter(taken)
    return all(step in rest for step in wanted)


@pytest.mark.parametrize("mutant", [ORIGINAL, *MUTANTS], ids=lambda m: m.name)
def test_each_row_of_the_table_is_as_stated(mutant):
    """Each mutant is refuted by the property it attacks, with a trace that runs, and by no other than stated."""
    found = [refutation(mutant, column) for column in COLUMNS]
    print(row_text(mutant, found))  # noqa: T201 # the table, for pytest -s
    assert "".join("R" if f else "." for f in found) == expected()[mutant.name], row_text(mutant, found)
    for column, refuted in zip(COLUMNS, found, strict=True):
        if refuted is not None:
            rerun(mutated(mutant, column.asked(mutant.design)), refuted, column)
        if column.label == mutant.attacks:
            assert refuted is not None
            steps = [s.action for s in refuted.trace.steps]
            assert in_order(SHOWS.get(mutant.name, []), steps), steps


def test_the_table_names_every_mutant_and_every_mutant_its_prey():
    """No row is missing or left over, and the attacked cell of each row is refuted."""
    assert list(expected()) == ["none", *(m.name for m in MUTANTS)]
    labels = [c.label for c in COLUMNS]
    for mutant in MUTANTS:
        assert expected()[mutant.name][labels.index(mutant.attacks)] == "R"


def test_every_check_that_holds_is_turned_by_some_mutant():
    """No column is without a mutant, so none of the checks holds whatever the model does."""
    for column, cells in zip(COLUMNS, zip(*expected().values(), strict=True), strict=True):
        assert cells[0] == ".", f"{column.label} does not hold for best-effort"
        assert "R" in cells, f"no mutant turns {column.label}"


def test_attach_during_the_walk_is_into_the_domain_that_is_walked():
    """The trace attaches a group to a domain whose IOTLB the walk has still to flush."""
    mutant = next(m for m in MUTANTS if m.name == "attach during the walk")
    found = refutation(mutant, COLUMNS[0])
    assert found is not None
    trace = found.trace
    for (before, _), step in zip(pairwise(trace.states), trace.steps, strict=True):
        if step.action == "set_container" and before["call"][()] != 0 and any(before["todo"].values()):
            domain = before["domain_of"][step.args]
            todo = [d for (d,), left in before["todo"].items() if left]
            assert domain in {before["domain_of"][before["group_of"][(d,)],] for d in todo}
            return
    pytest.fail("nobody was attached during the walk")
