"""`shootdown replay`: a trace file is run again by the interpreter, on the model that it names."""

import sys
from dataclasses import replace
from pathlib import Path

from shootdown.counterexamples.itf import Header, load
from shootdown.counterexamples.replay import confirm
from shootdown.ir import Claim, Named, System, TraceError, formula
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.parse import parse_formula
from shootdown.model.topology import everything_is_used, no_emulated, topology
from shootdown.report.trace import Story, trace_text
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, claims_of, system_of
from shootdown.search.check import stuck_claim

_LARGEST = 64 * 1024 * 1024


def run(path: Path) -> None:
    """Print the trace and `confirmed`; a TraceError says in which step and why the file is rejected."""
    document = load(_read(path))
    header = document.header
    request = _request(header)
    system = system_of(request)
    claims = _claims(request, system)
    claim = next((c for c in claims if c.name == header.claim), None)
    if claim is None:
        raise TraceError(f"{request.property.name} has no claim `{header.claim[:80]}`")
    started = replace(system, init=(*system.init, *_conditions(header, system)))
    trace = confirm(document, started, claim, fingerprint(system, claims))
    told = Story(request, system, claim, trace, header.topology, claims)
    sys.stdout.write(f"{trace_text(told)}\nconfirmed\n")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise TraceError(f"{path} is larger than {_LARGEST} bytes; no trace is")
        return path.read_text("utf-8")
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TraceError(f"{path} is not UTF-8 text: byte {error.start} is wrong") from error


def _request(header: Header) -> Request:
    """The check that the file says it comes from."""
    own = find_property(header.property)
    return Request(
        find_design(header.design),
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


def _conditions(header: Header, system: System) -> tuple[Named, ...]:
    """What the topology and `--where` ask of the start."""
    where = (Named("--where", parse_formula(header.where, system)),) if header.where else ()
    if header.topology == "sizes":
        used = Named("every element is used", formula(system, everything_is_used))
        return (used, Named("no emulated group", formula(system, no_emulated)), *where)
    named = topology(header.topology)
    for sort, allowed in named.sizes.items():
        if header.sizes.get(sort) not in allowed:
            raise TraceError(f"topology {named.name} has no {header.sizes.get(sort)} of {sort}")
    return (Named(f"topology {named.name}", formula(system, named.condition)), *where)
