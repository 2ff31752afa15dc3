"""Words for a described interface: where each field lies, what moves, and whether it can be extended."""

from collections.abc import Iterator
from typing import Any

from shootdown.ir.structs import Place, Role
from shootdown.model.uapi.proposal import ByTable, Kernel, Proposal
from shootdown.report.words import paragraph
from shootdown.review.abi import changes, extensible

READ_OFF = "read off the description, not proved"
"""How far the answer about a second payload goes: no run was looked at."""


def layout_text(proposal: Proposal) -> str:
    """The struct of each kernel with offsets and sizes, what changes between them, and how it can be extended."""
    rows = list(paragraph(f"{proposal.name}: {proposal.summary or proposal.source}", "", "  "))
    for name, kernel in _kernels(proposal):
        rows += ["", *_struct(name, kernel)]
    if moved := changes(proposal):
        rows += ["", "from old to new"]
        rows += [f"  {c.path:<38} {_place(c.before):<18} {_place(c.after)}" for c in moved]
    for name, kernel in _kernels(proposal):
        yes, why = extensible(kernel)
        words = f"{name}: a second payload {'fits' if yes else 'does not fit'}: {why} ({READ_OFF})"
        rows += ["", *paragraph(words, "", "  ")]
    return "\n".join([*rows, ""])


def layout_record(proposal: Proposal) -> dict[str, Any]:
    """The same as data."""
    return {
        "name": proposal.name,
        "source": proposal.source,
        "kernels": {
            name: {
                "struct": kernel.struct.name,
                "size": kernel.size,
                "fields": [
                    {"path": p.path, "offset": p.offset, "size": p.field.size, "role": p.field.role.name.lower()}
                    for p in kernel.words()
                ],
                "second_payload": {**dict(zip(("fits", "why"), extensible(kernel), strict=True)), "basis": READ_OFF},
            }
            for name, kernel in _kernels(proposal)
        },
        "changes": [{"path": c.path, "before": _span(c.before), "after": _span(c.after)} for c in changes(proposal)],
    }


def _kernels(proposal: Proposal) -> Iterator[tuple[str, Kernel]]:
    yield "old", proposal.old
    if proposal.new is not None:
        yield "new", proposal.new


def _struct(name: str, kernel: Kernel) -> Iterator[str]:
    payload = f" + {kernel.payload.name}" if kernel.payload is not None else ""
    head = f"{name}: struct {kernel.struct.name}{payload}, {kernel.size} bytes; {_reads(kernel)}"
    yield from paragraph(head, "", "  ")
    yield "  offset  size  field"
    for place in kernel.words():
        marks = [place.field.role.name.lower()] if place.field.role is not Role.VALUE else []
        marks += [f"known {place.field.known:#x}"] if place.field.role is Role.FLAGS else []
        checkable = place.field.role in (Role.FLAGS, Role.RESERVED)
        marks += ["checked" if place.path in kernel.checks else "not checked"] if checkable else []
        yield f"  {place.offset:>6}  {place.field.size:>4}  {place.path:<38} {', '.join(marks)}".rstrip()


def _reads(kernel: Kernel) -> str:
    reads = kernel.reads
    if isinstance(reads, ByTable):
        sizes = ", ".join(f"version {n}: {s}" for n, s in enumerate(reads.sizes, 1))
        return f"length of {reads.body} by table ({sizes})"
    tail = "must be zero" if reads.zero_tail else "is not looked at"
    return f"min({kernel.size_field.path}, {kernel.size}) bytes are copied, what lies behind {tail}"


def _place(place: Place | None) -> str:
    return "-" if place is None else f"bytes {place.offset} to {place.end - 1}"


def _span(place: Place | None) -> list[int] | None:
    return None if place is None else [place.offset, place.end]
