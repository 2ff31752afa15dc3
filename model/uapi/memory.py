"""User memory as words, for described structs: none crosses the boundary of a field of any kernel."""

from dataclasses import dataclass

from shootdown.ir.structs import Place, Role
from shootdown.model.uapi.proposal import Kernel
from shootdown.model.usermem.program import Word

JUNK = "junk"
"""One byte behind everything that is described: it stands for all of them."""

_LENGTHS = (8, 4, 2, 1)
_TAKEN = frozenset(
    {"readable", "writable", "stores", "done", "offered", "index", "at", "ret", JUNK}
    | {"beyond_table", "most_alloc", "junk_at"}
)
"""Names of the model's own variables."""


@dataclass(frozen=True)
class Memory:
    """The words of user memory: none crosses the boundary of a field of either kernel."""

    words: tuple[Word, ...]
    end: int

    def of(self, place: Place) -> tuple[Word, ...]:
        """The words that a field consists of, lowest first."""
        return self.between(place.offset, place.end)

    def between(self, start: int, end: int) -> tuple[Word, ...]:
        """The words in a range of bytes."""
        return tuple(w for w in self.words if isinstance(w.offset, int) and start <= w.offset < end)


def memory(kernels: tuple[Kernel, ...]) -> Memory:
    """Every field as a word of its own; where two kernels cut the bytes differently, as several."""
    places = [p for k in kernels for p in k.words()]
    cuts = sorted({c for p in places for c in (p.offset, p.end)})
    words: dict[int, Word] = {}
    for place in places:
        inner = [c for c in cuts if place.offset <= c < place.end]
        pieces = [(a, b) for a, b in zip(inner, [*inner[1:], place.end], strict=True)]
        for start, length in (part for a, b in pieces for part in _lengths(a, b - a)):
            if start not in words:
                whole = length == place.field.size
                twice = word_name(place.path) in {w.name for w in words.values()}
                name = word_name(place.path) + ("" if whole and not twice else f"_at{start}")
                words[start] = Word(name, start, length, *_usual(place, kernels))
    return Memory(tuple(words[s] for s in sorted(words)), max(k.size for k in kernels))


def _lengths(start: int, count: int) -> list[tuple[int, int]]:
    found = []
    while count:
        length = 6 if count == 6 else next(n for n in _LENGTHS if n <= count)  # noqa: PLR2004 # padding[6] is a word
        found.append((start, length))
        start, count = start + length, count - length
    return found


def word_name(path: str) -> str:
    """The word of a field: its path, as a name that nothing else in the model has."""
    name = path.replace(".", "_").strip("_")
    return f"{name}_word" if name in _TAKEN else name


def _usual(place: Place, kernels: tuple[Kernel, ...]) -> tuple[int, tuple[int, ...]]:
    if place.field.role is Role.SIZE:
        sizes = sorted({k.size for k in kernels})
        return sizes[0], (*sizes[1:], kernels[0].header_end, sizes[-1] + 8)
    return (1, (2, 0)) if place.field.role is Role.VERSION else (0, (1, 2))
