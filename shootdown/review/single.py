"""Stated verdicts about one call's bytes, and about one calculation: what a review checks besides the caches.

By names only, so that a cell can be sent to another process.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shootdown.model.history import range_bugs
from shootdown.model.usermem.designs import abis
from shootdown.properties.range_is_covered import LEMMA

BYTES, RANGES = "bytes", "ranges"
"""What a cell is about."""


@dataclass(frozen=True, slots=True)
class Single:
    """One stated check: of a proposal's bytes in a world, or of a variant of a calculation."""

    about: str
    name: str
    property: str
    place: str
    stated: str
    why: str

    def stem(self) -> str:
        """File name of its trace, without ending."""
        return ".".join((self.name, self.property, self.place))


def singles() -> list[Single]:
    """Every one that is stated: the bytes of each proposal, then the ranges."""
    return [*_bytes(), *_ranges()]


def _bytes() -> Iterator[Single]:
    for abi in abis().values():
        yield from (Single(BYTES, abi.name, s.property, s.world, s.outcome, s.why) for s in abi.stated)


def _ranges() -> Iterator[Single]:
    for bug in range_bugs().values():
        yield from (Single(RANGES, bug.name, LEMMA, v.name, v.expected, v.why) for v in bug.variants)
