"""Counterexamples about the bytes of a call as files: written, found again by their names, and replayed.

A file is data. Which call it is about it says by names; a description outside of the catalogue is read from a path that
the user gives, never from one in the file.
"""

from collections.abc import Iterator

from shootdown.counterexamples.itf import Document, Header, candidate, dump
from shootdown.counterexamples.replay import confirm
from shootdown.ir import Claim, TraceError
from shootdown.ir.fingerprint import fingerprint
from shootdown.model.uapi.compiled import NEW, OLD, abi
from shootdown.model.uapi.proposals import proposals
from shootdown.model.usermem.build import system
from shootdown.model.usermem.designs import abis
from shootdown.model.usermem.program import Abi, World
from shootdown.model.usermem.types import C
from shootdown.properties import properties
from shootdown.review.abi import find_proposal
from shootdown.review.usermem import ALL_VALUES, SUBJECT, Question, Told, stated
from shootdown.search.question import stuck_claim
from shootdown.search.refute import refuted
from shootdown.search.verdict import Refuted, Scope

PLACE = "user memory"
"""What a file has in the place of a topology."""

CALLER = "any"


def about_bytes(header: Header) -> bool:
    """Whether a trace file is about the bytes of a call."""
    return header.topology == PLACE


def stem(told: Told) -> str:
    """Name of the files of an answer, without what comes behind the dot."""
    asked = told.question
    return ".".join((asked.abi.name, asked.property.name, asked.world.name))


def trace_file(told: Told) -> str:
    """The counterexample as ITF JSON."""
    assert isinstance(told.verdict, Refuted)
    asked, verdict = told.question, told.verdict
    header = Header(
        design=asked.abi.name,
        property=asked.property.name,
        contract=asked.world.name,
        policy=CALLER,
        topology=PLACE,
        sizes={},
        claim=verdict.claim,
        model_hash=fingerprint(told.system, told.claims),
    )
    return dump(header, told.system, verdict.trace)


def replayed(document: Document, given: str = "") -> Told:
    """What the file shows, run again by the interpreter; a TraceError says in which step and why it is rejected.

    `given`: the name or path of a description that is not in the catalogue.
    """
    header = document.header
    asked = find_question(header.design, header.property, header.contract, given)
    if (header.policy, header.where, header.without) != (CALLER, "", ()):
        raise TraceError("a trace about the bytes of a call has no policy, no condition and no assumption withdrawn")
    full = system(asked.abi, asked.world, asked.types)
    claims = tuple(c.on(full) for c in asked.property.claims)
    stuck = stuck_claim(full)
    known: tuple[Claim, ...] = (*claims, *([stuck] if stuck else []))
    claim = next((c for c in known if c.name == header.claim), None)
    if claim is None:
        raise TraceError(f"{asked.property.name} has no claim `{header.claim[:80]}`")
    confirm(document, full, claim, fingerprint(full, claims))
    scope = Scope(({},), topology=asked.world.name, fixed=(ALL_VALUES,))
    verdict = refuted(full, claim, candidate(document, full)[0], scope)
    return Told(asked, full, claims, verdict, stated(asked.abi, asked.property.name, asked.world.name))


def find_question(design: str, prop: str, world: str, given: str = "") -> Question:
    """The question with these names; a TraceError names what the catalogue does not have."""
    known = properties(SUBJECT)
    if prop not in known:
        raise TraceError(f"no property about bytes is called `{prop[:80]}`")
    for described, found in _worlds(design, given):
        if found.name == world and found.pair == ("pair" in known[prop].parts):
            return Question(described, known[prop], found)
    raise TraceError(f"{prop} of `{design[:80]}` cannot be asked in a world `{world[:80]}`")


def _worlds(design: str, given: str) -> Iterator[tuple[Abi, World]]:
    """The worlds of what a name stands for, each with the kernel whose flags and reserved words are asked about."""
    if not given and design in abis():
        yield from ((abis()[design], world) for world in abis()[design].worlds(C))
        return
    if not given and design not in proposals():
        raise TraceError(
            f"the file is about `{design[:80]}`, which is not in the catalogue; name its file with --design"
        )
    proposal = find_proposal(given or design)
    for world in abi(proposal).worlds(C):
        yield abi(proposal, NEW if world.name == NEW else OLD), world
