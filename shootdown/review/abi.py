"""Questions about a described interface: layout, how it changes, and the properties of bytes that follow from it."""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shootdown.ir import ModelError, ShootdownError, UsageError
from shootdown.ir.structs import Place, Role
from shootdown.model.uapi.compiled import NEW, NEW_USER, OLD, OLD_USER, abi
from shootdown.model.uapi.proposal import ByTable, Kernel, Proposal
from shootdown.model.uapi.proposals import proposals
from shootdown.model.usermem.types import C
from shootdown.properties import properties
from shootdown.review.catalogue import did_you_mean
from shootdown.review.sourcefile import loaded
from shootdown.review.usermem import SUBJECT, Question

ALONE = ("checked-is-used", "reads-within-argsz", "unknown-flags-are-refused", "reserved-must-be-zero")
"""Questions about one kernel."""

OF_TABLES = ("table-index-in-bounds", "negative-length-is-refused")
"""Questions about a kernel whose sizes come from a table."""

TOGETHER = "old-binary-works"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is not in both kernels, or not at the same place: bytes before and after, None where it is not."""

    path: str
    before: Place | None
    after: Place | None


def find_proposal(name: str) -> Proposal:
    """The described interface of that name, or the one that the file at that path defines as ABI."""
    known = proposals()
    if name in known:
        return known[name]
    if name.endswith(".py") or "/" in name:
        return load_proposal(Path(name))
    hint = did_you_mean(name, list(known))
    raise UsageError(f"there is no description `{name}`{hint}; a path to a .py file works too")


def load_proposal(path: Path) -> Proposal:
    """The ABI of a user's own file. The file is a program and is run."""
    try:
        module = loaded(path, "ABI = Proposal(...)")
    except ShootdownError as error:
        line = "" if getattr(error, "where", "") else _line_in(path, error)
        if not line:
            raise
        raise UsageError(f"{line}: {error}") from error
    found = getattr(module, "ABI", None)
    if not isinstance(found, Proposal):
        raise ModelError("the file defines no ABI; write ABI = Proposal(name=..., old=Kernel(...), ...)", str(path))
    return found


def _line_in(path: Path, error: BaseException) -> str:
    """The line of the file at which an error came up; empty where it has not run."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).resolve() == path.resolve()]
    return f"{path}:{frames[-1].lineno}" if frames else ""


def questions(proposal: Proposal, names: tuple[str, ...] = ()) -> tuple[Question, ...]:
    """Everything that the description answers, or the properties of these names."""
    found = tuple(_questions(proposal))
    if unknown := [n for n in names if n not in {q.property.name for q in found}]:
        known = list(dict.fromkeys(q.property.name for q in found))
        raise UsageError(f"the description does not answer `{unknown[0]}`{did_you_mean(unknown[0], known)}")
    return tuple(q for q in found if not names or q.property.name in names)


def _questions(proposal: Proposal) -> Iterator[Question]:
    known = properties(SUBJECT)
    kernels = {OLD: proposal.old} | ({NEW: proposal.new} if proposal.new is not None else {})
    for name, kernel in kernels.items():
        described = abi(proposal, name)
        world = described.world(name, C)
        assert world is not None
        for prop in (*ALONE, *(OF_TABLES if isinstance(kernel.reads, ByTable) else ())):
            yield Question(described, known[prop], world)
    if proposal.new is not None:
        described = abi(proposal)
        for name in (OLD_USER, NEW_USER):
            world = described.world(name, C)
            assert world is not None
            yield Question(described, known[TOGETHER], world)


def changes(proposal: Proposal) -> tuple[Change, ...]:
    """Fields that come, go or move, in the order of the new kernel's struct."""
    if proposal.new is None:
        return ()
    before = {p.path: p for p in proposal.old.words()}
    after = {p.path: p for p in proposal.new.words()}
    paths = [*after, *(p for p in before if p not in after)]
    pairs = ((p, before.get(p), after.get(p)) for p in paths)
    return tuple(Change(p, b, a) for p, b, a in pairs if _bytes(b) != _bytes(a))


def _bytes(place: Place | None) -> tuple[int, int] | None:
    return None if place is None else (place.offset, place.end)


def extensible(kernel: Kernel) -> tuple[bool, str]:
    """Whether a second payload type can be added without a new ioctl, with the reason; read off the description.

    It needs a word in the header whose unknown bits are refused, and a payload that the header does not embed.
    """
    header = [p for p in kernel.struct.having(Role.FLAGS) if p.end <= kernel.header_end]
    refused = [p.path for p in header if p.path in kernel.checks]
    if not refused:
        return False, "unknown bits of no flags in the header are refused, so old kernels take a new type for theirs"
    if not kernel.struct.flexible:
        return False, f"`{refused[0]}` could name a type, but the struct embeds its one payload and has no data[]"
    return True, f"a new bit of `{refused[0]}` names the type of data[], and kernels that do not know it refuse it"
