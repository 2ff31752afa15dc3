"""A reviewer's own description of a user interface: the struct, old and new, and how each kernel reads it.

What is described decides what can be asked: whether the checked bytes are those acted on, whether reads stay within
`argsz`, whether a size table is indexed in bounds, whether old binaries go on to work. What a driver does afterwards is
not described and not asked about.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shootdown.ir.errors import UsageError
from shootdown.ir.structs import Place, Role, Struct, leaves


@dataclass(frozen=True, slots=True)
class ByTable:
    """The length of the inner struct `body` comes from a table: `sizes[version - 1]`.

    `version` is fetched alone, its size looked up, and then the whole body is fetched, `version` included. `accepts`:
    the versions that the driver takes when it sees the body (empty: it does not look). `tested`: the lookup refuses
    versions below 1, too, and not only those that are too high. Paths are dotted: `cache_info.version`.
    """

    version: str
    body: str
    sizes: tuple[int, ...]
    accepts: tuple[int, ...] = ()
    tested: bool = False


@dataclass(frozen=True, slots=True)
class BySize:
    """min(size, sizeof) bytes are copied behind the header, the rest is zero; `size` is the field with Role.SIZE.

    `least`: smaller sizes are refused (0: the header is enough). `zero_tail`: bytes behind the struct that the kernel
    knows must be zero, else -E2BIG; otherwise nobody looks at them.
    """

    least: int = 0
    zero_tail: bool = False


@dataclass(frozen=True)
class Kernel:
    """How one kernel reads the struct.

    The first copy goes up to the field `header`. `checks`: paths of fields with Role.FLAGS, whose unknown bits are
    refused, and with Role.RESERVED, which must be zero; what is not named is not looked at. `payload` lies in `data[]`
    where the struct ends in it.
    """

    struct: Struct
    header: str
    reads: ByTable | BySize
    checks: tuple[str, ...] = ()
    payload: Struct | None = None

    def __post_init__(self) -> None:
        if not self.struct.having(Role.SIZE):
            raise UsageError(f"struct {self.struct.name} has no field with Role.SIZE; which one says how long it is?")
        for path in self.checks:
            if self.at(path).field.role not in (Role.FLAGS, Role.RESERVED):
                raise UsageError(f"`{path}` has no Role.FLAGS or Role.RESERVED, so that no check of it is known")
        if self.payload is not None and not self.struct.flexible:
            raise UsageError(f"struct {self.struct.name} has no data[], in which a payload could lie")
        if isinstance(self.reads, ByTable):
            self._check_table(self.reads)

    def _check_table(self, reads: ByTable) -> None:
        body, version = self.struct.at(reads.body), self.struct.at(reads.version)
        if not body.offset <= version.offset < body.end or version.field.size != 4:  # noqa: PLR2004 # a u32
            raise UsageError(f"`{reads.version}` is no u32 inside of `{reads.body}`; the table is indexed by it")
        if not reads.sizes:
            raise UsageError("the size table has no column; give the size of each version, version 1 first")

    @property
    def size(self) -> int:
        """`sizeof` what this kernel knows, with the payload."""
        return self.struct.size + (self.payload.size if self.payload else 0)

    @property
    def header_end(self) -> int:
        """The first byte behind the first copy (`minsz`)."""
        return self.at(self.header).end

    @property
    def size_field(self) -> Place:
        """The word that says how many bytes the caller has."""
        return self.struct.having(Role.SIZE)[0]

    def at(self, path: str) -> Place:
        """A field of the struct or, as `data.x`, of the payload."""
        if self.payload is not None and path.startswith(f"{self._data}."):
            inner = self.payload.at(path.removeprefix(f"{self._data}."))
            return replace(inner, path=path, offset=inner.offset + self.struct.size)
        return self.struct.at(path)

    def words(self) -> Iterator[Place]:
        """The integers that are read, by offset; of a union the largest member stands for all."""
        for place in leaves(self.struct):
            if place.field.size and not _shadowed(self.struct, place):
                yield place
        if self.payload is not None:
            for place in leaves(self.payload):
                if not _shadowed(self.payload, place):
                    yield replace(place, path=f"{self._data}.{place.path}", offset=place.offset + self.struct.size)

    @property
    def _data(self) -> str:
        return self.struct.fields[-1].name


def _shadowed(struct: Struct, place: Place) -> bool:
    """Whether another member of a union around the place is larger, or first of the same size."""
    parts = place.path.split(".")
    for depth in range(1, len(parts)):
        members = getattr(struct.at(".".join(parts[:depth])).field.type, "members", None)
        if members and max(members, key=lambda m: m.size).name != parts[depth]:
            return True
    return False


@dataclass(frozen=True)
class Proposal:
    """An interface as it is, and as it will be. `new` is None where only one kernel is described."""

    name: str
    source: str
    old: Kernel
    new: Kernel | None = None
    summary: str = ""
