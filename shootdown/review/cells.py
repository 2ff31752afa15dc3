"""The cells of a review: every check for which a design states an expectation, in the order of telling."""

from collections.abc import Iterable
from dataclasses import dataclass

from shootdown.model.design import Design, Expect
from shootdown.model.designs import designs
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request

EVERY_CALLER = ("hostile", "any")
"""Own policies of properties that say nothing about what the VMM does: no table names them."""


def caller_named(policy: str, own: str) -> str:
    """What a table says of the VMM: the policy that was asked for, else the property's own where that matters."""
    return policy or ("" if own in EVERY_CALLER else own)


@dataclass(frozen=True, slots=True)
class Cell:
    """One stated check, by names only, so that it can be sent to another process."""

    design: str
    expect: Expect
    contract: str

    @property
    def label(self) -> str:
        """The row of the matrix that the cell stands in: the property, the policy if it matters, what narrows it."""
        e = self.expect
        kinds = "/".join(e.only)
        events = f"only {kinds}" if kinds else ""
        caller = caller_named(e.policy, find_property(e.property).policy)
        more = [caller, e.topology, events if e.faults is None else f"at most {e.faults} {kinds or 'fault'}"]
        return ", ".join([e.property, *(m for m in more if m)])

    @property
    def stem(self) -> str:
        """File name of its trace, without ending."""
        e = self.expect
        parts = [self.design, e.property, self.contract, e.policy or "any", e.topology or "sizes"]
        return ".".join(parts)


def cells(found: Iterable[Design] | None = None) -> list[Cell]:
    """Every stated check; those at a named topology first, since they are the traces that a reader wants first."""
    every = list(designs().values()) if found is None else list(found)
    listed = [Cell(d.name, e, c) for d in every for e in d.expects for c in e.outcomes]
    return sorted(listed, key=lambda cell: not cell.expect.topology)


def request_of(cell: Cell, design: Design | None = None) -> Request:
    """The cell as a request; `design` where it is none of the catalogue."""
    e = cell.expect
    only = frozenset(e.only) or None
    return Request(
        designs()[cell.design] if design is None else design,
        find_property(e.property),
        cell.contract,
        e.policy,
        topology=e.topology,
        faults=e.faults,
        only=only,
    )
