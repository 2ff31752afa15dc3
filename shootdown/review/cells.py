"""The cells of a review: every check for which a design states an expectation, in the order of telling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shootdown.ir.errors import UsageError
from shootdown.model.design import Design, Expect
from shootdown.model.designs import designs
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request

EVERY_CALLER = ("hostile", "any")
"""Own policies of properties that say nothing about what the VMM does: no table names them."""


def caller_named(policy: str, own: str) -> str:
    """What a table says of the VMM: the policy that was asked for, else the property's own where that matters."""
    return policy or ("" if own in EVERY_CALLER else own)


@dataclass(frozen=True, slots=True)
class Cell:
    """One stated check, by names only, so that it can be sent to another process.

    `source` is the path of a design that is not in the catalogue.
    """

    design: str
    expect: Expect
    contract: str
    source: str = ""

    @property
    def where(self) -> str:
        """The name or the path under which a user finds the design."""
        return self.source or self.design

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
    return _in_order(cell for d in every for cell in _of(d, ""))


def cells_of(sources: Sequence[str]) -> list[Cell]:
    """Every check that designs (by name or path) state; a UsageError where one states none or two share a name."""
    listed: dict[str, list[Cell]] = {}
    for source in dict.fromkeys(sources):
        design = find_design(source)
        if design.name in listed:
            raise UsageError(f"two of these designs are called `{design.name}`; give one another name")
        listed[design.name] = list(_of(design, "" if designs().get(design.name) is design else source))
        if not listed[design.name]:
            raise UsageError(f"{source} states nothing; give its Design expects=(Expect(...), ...), or use `check`")
    return _in_order(cell for each in listed.values() for cell in each)


def _of(design: Design, source: str) -> Iterable[Cell]:
    return (Cell(design.name, e, c, source) for e in design.expects for c in e.outcomes)


def _in_order(listed: Iterable[Cell]) -> list[Cell]:
    return sorted(listed, key=lambda cell: not cell.expect.topology)


def request_of(cell: Cell, design: Design | None = None) -> Request:
    """The cell as a request; `design` where that is loaded already."""
    e = cell.expect
    only = frozenset(e.only) or None
    return Request(
        find_design(cell.where) if design is None else design,
        find_property(e.property),
        cell.contract,
        e.policy,
        topology=e.topology,
        faults=e.faults,
        only=only,
    )
