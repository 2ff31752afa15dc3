"""Recovery cells for tests: a design with the report that a policy needs, at sizes, with some life cycle left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shootdown.model.container import MEMBERSHIP
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.review.catalogue import find_property
from shootdown.review.problem import Request, problem_of
from shootdown.search.check import check
from shootdown.search.question import Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Verdict
from tests.model.cases import ONE

PAIR = ONE | {"Device": 2, "Group": 2}
"""Two singleton groups in one domain, behind one unit."""

DOMAINS = PAIR | {"Domain": 2}
MATES = ONE | {"Device": 2}
"""Two devices of one group."""

FIXED = frozenset(MEMBERSHIP)
"""The lists stay as they are."""

SHRINKING = frozenset({"set_container", "set_iommu"})
"""Groups may leave, none joins."""

FREE: frozenset[str] = frozenset()
LASTING = frozenset({"refused", "timed-out"})
"""Kinds of events that pass: nobody dies."""


def reporting(name: str, *fields: str) -> Design:
    """The walk of a design of the catalogue with another report."""
    return replace(designs()[name], report=("errno", *fields), name=f"{name} with {'+'.join(('errno', *fields))}")


def go_on(*fields: str) -> Design:
    """Every device is attempted."""
    return reporting("best-effort", *fields)


def stop(*fields: str) -> Design:
    """The walk stops at the first failure."""
    return reporting("type1-v1-stop", *fields)


@dataclass(frozen=True)
class Cell:
    """One question: a walk with a report, a policy, what is claimed, and what may happen."""

    design: Design
    policy: str
    name: str = "no-reuse-while-stale"
    contract: str = "ideal"
    sizes: dict[str, int] = field(default_factory=lambda: dict(PAIR))
    never: frozenset[str] = FREE
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name} {self.design.name} {self.policy} {self.contract}"

    @property
    def request(self) -> Request:
        """The question as a user would put it."""
        return Request(
            self.design, find_property(self.name), self.contract, self.policy, only=self.only, without=self.without
        )


def problem(cell: Cell) -> Problem:
    """The question at the cell's sizes only, without the actions that do not happen."""
    _, posed = problem_of(cell.request)
    (place,) = [p for p in posed.places if p.sizes == cell.sizes and p.topology == "sizes"]
    return replace(posed, places=(replace(place, never=place.never | cell.never),), wide=None, open=None)


def verdict(cell: Cell) -> Verdict:
    """What the product says of it."""
    return check(problem(cell), Limits()).verdict


def ids(cells: Iterable[tuple[object, ...]]) -> list[str]:
    """What pytest calls the rows of a table, the cell first."""
    return [str(row[0]).replace(" ", "-") for row in cells]

