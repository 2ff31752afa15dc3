"""The options of `check`, and the requests that they stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shootdown.ir.errors import UsageError

if TYPE_CHECKING:
    from shootdown.model.design import Design
    from shootdown.review.problem import Request

ANY = "any"
"""What reports call the hostile policy; the option understands both words."""

TOO_STRONG = "success-means-coherent-now"
"""Kept as a test of the claim's snapshot: every correct kernel breaks it, so it is checked only if it is named."""


@dataclass(frozen=True)
class Options:
    """What the user typed."""

    design: str
    properties: tuple[str, ...] = ()
    contract: str = "vtd-v10"
    topology: str = ""
    where: str = ""
    policy: str = ""
    sizes: Mapping[str, int] | None = None
    faults: int | None = None
    only: str | None = None
    depth: int | None = None
    time: float | None = None
    without: tuple[str, ...] = ()
    engine: str = ""
    expect: bool = False
    json: bool = False
    format: str = "text"
    example: bool = False
    why: bool = False
    traces: int | None = None
    output: Path | None = None
    certificate: Path | None = None


def named_sizes(**sizes: int | None) -> dict[str, int]:
    """The sizes that were given."""
    return {sort: size for sort, size in sizes.items() if size is not None}


def requests(options: Options) -> "list[Request]":
    """One request per check. A UsageError names what does not exist."""
    from shootdown.review.catalogue import find_design  # noqa: PLC0415 # a shell that completes a word does without

    design = find_design(options.design)
    if options.expect and not options.properties:
        return _stated(options, design)
    return [_request(options, design, name, policy) for name, policy in _questions(options, design)]


def _stated(options: Options, design: "Design") -> "list[Request]":
    """What the design states about the contract, among what is asked by default; a UsageError where that is nothing."""
    from shootdown.review.expectation import stated  # noqa: PLC0415

    asked = [_request(options, design, name, policy) for name, policy in _questions(options, design)]
    found = [request for request in asked if stated(request) is not None]
    if not found:
        raise UsageError(
            f"{design.name} states no expectation under contract {options.contract}; drop --expect, or add one to its "
            "`expects`"
        )
    return found


def _questions(options: Options, design: "Design") -> Iterator[tuple[str, str]]:
    """Names of properties with the policy to check them under; empty: the property's own."""
    from shootdown.review.expectation import narrowed  # noqa: PLC0415

    asked = "hostile" if options.policy == ANY else options.policy
    if options.properties:
        yield from ((name, asked) for name in dict.fromkeys(options.properties))
        return
    general = [(e.property, asked or e.policy) for e in design.expects if not narrowed(e)]
    yield from dict.fromkeys(general or [(name, asked) for name in by_default()])


def by_default() -> list[str]:
    """Properties that are checked unasked: not the one that is too strong, nor recovery, which the policy decides."""
    from shootdown.properties import properties  # noqa: PLC0415 # loads every property

    return [name for name, found in properties().items() if name != TOO_STRONG and "recovery" not in found.parts]


def _request(options: Options, design: "Design", name: str, policy: str) -> "Request":
    from shootdown.review.catalogue import find_property  # noqa: PLC0415
    from shootdown.review.problem import Request  # noqa: PLC0415
    from shootdown.search.engines import known_engine  # noqa: PLC0415

    asked = find_property(name)
    return Request(
        design,
        asked,
        options.contract,
        "" if policy == asked.policy else policy,
        topology="" if options.topology == "sizes" else options.topology,
        where=options.where,
        sizes=dict(options.sizes or {}),
        faults=options.faults,
        only=None if options.only is None else words([options.only], "--only"),
        depth=options.depth,
        seconds=options.time,
        without=words(options.without, "--without"),
        engine=known_engine(options.engine),
    )


def words(given: tuple[str, ...] | list[str], option: str) -> frozenset[str]:
    """Words separated by commas or by repeating the option."""
    words = [w.strip() for text in given for w in text.split(",")]
    if not all(words):
        raise UsageError(f"{option} `{','.join(given)}` has an empty name; separate names by single commas")
    return frozenset(words)
