"""`shootdown replay`: a trace file is run again by the interpreter, on the model that it names."""

import sys
from pathlib import Path

from shootdown.counterexamples.itf import Document, Header, load
from shootdown.counterexamples.replay import confirm, confirm_lasso
from shootdown.ir import TRUE, Claim, Expectation, Named, System, TraceError
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.pairs import said
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.topology import no_emulated, topology
from shootdown.report.trace import Story, trace_text
from shootdown.review import bytetrace
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, claims_of, condition, named_place, responses_of, system_of
from shootdown.search.question import Place, at_place, stuck_claim

_LARGEST = 64 * 1024 * 1024


def run(path: Path, design: str = "") -> None:
    """Print the trace and `confirmed`; a TraceError says in which step and why the file is rejected.

    A design that is not in the catalogue is read from `design`, which the user names: a trace file is data, and
    what it says about a path is never run.
    """
    document = load(_read(path))
    header = document.header
    if bytetrace.about_bytes(header):
        sys.stdout.write(f"{_about_bytes(document, design)}\nconfirmed\n")
        return
    request = _request(header, design)
    system = system_of(request)
    claims = _claims(request, system)
    responses = responses_of(request.property, system)
    place, model = _place(header, system), fingerprint(system, claims, responses)
    response = next((r for r in responses if r.name == header.claim), None)
    if response is not None:
        found = confirm_lasso(document, system, response, model, place)
        words = Claim(response.name, Expectation.ALWAYS, TRUE, response.says)
        told = Story(request, system, words, found.trace, header.topology, claims, responses, found)
    else:
        claim = next((c for c in claims if c.name == header.claim), None)
        if claim is None:
            raise TraceError(f"{request.property.name} has no claim `{header.claim[:80]}`")
        trace = confirm(document, at_place(system, place, every_action=True), claim, model)
        for number, step in enumerate(trace.steps, 1):
            if step.action in place.never:
                raise TraceError(f"step {number}: `{step.action}` does not happen in topology {place.topology}")
        told = Story(request, system, claim, trace, header.topology, claims, responses)
    sys.stdout.write(f"{trace_text(told)}\nconfirmed\n")


def _about_bytes(document: Document, design: str) -> str:
    """The trace of a call's bytes as text."""
    from shootdown.report.bytes import told_text  # noqa: PLC0415 # rarely needed

    return told_text(bytetrace.replayed(document, design))


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise TraceError(f"{path} is larger than {_LARGEST} bytes; no trace is")
        return path.read_text("utf-8")
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TraceError(f"{path} is not UTF-8 text: byte {error.start} is wrong") from error


def _design(header: Header, given: str) -> Design:
    if given:
        return find_design(given)
    if header.design not in designs():
        raise TraceError(
            f"the trace is of `{header.design}`, which is not in the catalogue; name the design's file with --design"
        )
    return find_design(header.design)


def _request(header: Header, design: str) -> Request:
    """The check that the file says it comes from."""
    own = find_property(header.property)
    return Request(
        _design(header, design),
        own,
        header.contract,
        "" if header.policy == own.policy else header.policy,
        topology="" if header.topology == "sizes" else header.topology,
        where=header.where,
        without=frozenset(header.without),
    )


def _claims(request: Request, system: System) -> tuple[Claim, ...]:
    own, _ = claims_of(request.property, system)
    stuck = stuck_claim(system)
    return own if stuck is None else (*own, stuck)


def _place(header: Header, system: System) -> Place:
    """Where the trace says that it starts; at sizes that is any container without emulated groups."""
    where = (Named("--where", condition(header.where, system)),) if header.where else ()
    sizes = dict(header.sizes)
    if header.topology == "sizes":
        return Place("sizes", sizes, (Named("no emulated group", said(system, no_emulated)), *where))
    named = topology(header.topology)
    for sort, allowed in named.sizes.items():
        if sizes.get(sort) not in allowed:
            raise TraceError(f"topology {named.name} has no {sizes.get(sort)} of {sort}")
    return named_place(named, sizes, system, where)
