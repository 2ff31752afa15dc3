"""A described interface as steps over user memory, about which the properties of bytes can be asked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from shootdown.ir import Expr, cast, conj, disj, ite
from shootdown.ir.errors import UsageError
from shootdown.ir.expr import lift
from shootdown.ir.structs import Place, Role
from shootdown.model.uapi.memory import JUNK, Memory, memory, word_name
from shootdown.model.uapi.proposal import BySize, ByTable, Kernel, Proposal
from shootdown.model.usermem.program import Abi, Act, Copy, Do, Run, Step, Term, Word, World
from shootdown.model.usermem.types import Errno, Types

NEGATIVE = -22
"""-EINVAL of the lookup, as the int that goes on as a size."""

OLD, NEW, OLD_USER, NEW_USER = "old", "new", "old-user", "new-user"
"""Worlds: each kernel alone, and both with a caller that was built for the old or for the new one."""

CONSTANTS = {"beyond_table": "int_", "most_alloc": "size_t", "junk_at": "u32"}
_PAGE = 4096


def worlds(proposal: Proposal, types: Types) -> tuple[World, ...]:
    """Each kernel alone, and both where there are two."""
    found = [_alone(OLD, proposal.old, types)]
    if proposal.new is not None:
        found.append(_alone(NEW, proposal.new, types))
        pair = (proposal.old, proposal.new)
        found.append(_pair(OLD_USER, "a caller built for the old kernel, on both", pair, types))
        found.append(_pair(NEW_USER, "a caller built for the new kernel, on both", pair, types))
    return tuple(found)


def abi(proposal: Proposal, which: str = OLD) -> Abi:
    """The proposal as the properties of bytes know it; flags and reserved words are those of the kernel `which`."""
    kernel = proposal.new if which == NEW and proposal.new is not None else proposal.old
    known: dict[str, int] = {}
    reserved: list[str] = []
    found = memory((kernel,))
    for place in kernel.words():
        for word in found.of(place):
            if place.field.role is Role.FLAGS and word.bytes == place.field.size:
                known[word.name] = place.field.known
            if place.field.role is Role.RESERVED:
                reserved.append(word.name)
    return Abi(
        name=proposal.name, source=proposal.source, summary=proposal.summary,
        worlds=lambda types: worlds(proposal, types), flags=known, reserved=tuple(reserved),
    )  # fmt: skip


def _alone(name: str, kernel: Kernel, types: Types) -> World:
    found = memory((kernel,))
    uses: dict[str, Term] = {
        w.name: _local(w) for p in kernel.words() if p.field.role is not Role.SIZE for w in found.of(p)
    }
    return _world(name, f"the {name} kernel alone", (_Compiler(kernel, found, types).program(uses),), found)


def _pair(name: str, summary: str, kernels: tuple[Kernel, Kernel], types: Types) -> World:
    found = memory(kernels)
    meanings = [_meaning(k, found) for k in kernels]
    every = sorted({chunk for m in meanings for chunk in m})
    programs = tuple(
        _Compiler(k, found, types).program({c: m.get(c, _nothing) for c in every})
        for k, m in zip(kernels, meanings, strict=True)
    )
    return _world(name, summary, programs, found, new_user=name == NEW_USER)


def _world(
    name: str, summary: str, programs: tuple[tuple[Step, ...], ...], found: Memory, *, new_user: bool = False
) -> World:
    words = (*found.words, Word(JUNK, lambda k: cast(k.types.size_t, k.s.junk_at), 1))
    axioms: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("kzalloc serves a page and no more than a terabyte",
         lambda s: (s.most_alloc >= _PAGE) & (s.most_alloc <= 1 << 40)),
        ("trailing bytes lie behind what is described", lambda s: s.junk_at >= found.end),
    )  # fmt: skip
    usual = {"junk_at": (found.end,)}
    return World(name, summary, programs, words, CONSTANTS, axioms, new_user=new_user, usual=usual)


def _nothing(k: Run) -> Expr:
    """What a kernel makes of a field that it does not know."""
    return lift(0, k.types.u32)


def _meaning(kernel: Kernel, found: Memory) -> Mapping[str, Term]:
    """The fields that the driver acts on, wherever they lie, as numbers of 32 bits by name."""
    chunks: dict[str, Term] = {}
    for place in kernel.words():
        if place.field.role in (Role.SIZE, Role.RESERVED):
            continue
        for word in found.of(place):
            assert isinstance(word.offset, int)
            for low in range(0, word.bytes, 4):
                chunks[f"v_{word_name(place.path)}_{word.offset - place.offset + low}"] = _chunk(word, low)
    return chunks


def _chunk(word: Word, low: int) -> Term:
    def chunk(k: Run) -> Expr:
        value = _local(word)(k)
        return cast(k.types.u32, value >> 8 * low if low else value)

    return chunk


def _local(word: Word) -> Term:
    return lambda k: getattr(k, f"mine_{word.name}")


class _Compiler:
    """One kernel's steps. Every copy goes into one buffer; what was never copied is zero."""

    def __init__(self, kernel: Kernel, found: Memory, types: Types) -> None:
        self.kernel, self.found, self.types = kernel, found, types
        self.minsz = kernel.header_end
        (self.argsz,) = found.of(kernel.size_field)
        if self.minsz < kernel.size_field.end:
            raise UsageError(f"the first copy ends before `{kernel.size_field.path}`, which has to be looked at first")

    def program(self, uses: Mapping[str, Term]) -> tuple[Step, ...]:
        """All steps; `uses` is what the driver acts on."""
        act = Act("act", uses=uses, says=lambda _w: "the driver acts")
        match self.kernel.reads:
            case ByTable() as reads:
                needs = self._needs(reads)
                act = replace(act, needs=needs, has=lambda k: cast(k.types.size_t, k.info_size))
                return (*self._head(0), *self._by_table(reads), *self._content(reads), act)
            case BySize() as reads:
                return (*self._head(reads.least), *self._by_size(reads), *self._content(reads), act)

    def _copy(self, name: str, offset: int, length: Any, end: int, **more: Any) -> Copy:
        names = tuple(w.name for w in self.found.between(offset, end))
        return Copy(name, "mine", offset, length, names, **more)

    def _head(self, least: int) -> tuple[Step, ...]:
        smallest = max(least, self.minsz)
        header = self._copy("copy_header", 0, self.minsz, self.minsz, fixed=True, offers=self.argsz.name)
        tests = ((lambda k: _local(self.argsz)(k) < smallest, Errno.EINVAL), *self._refusals(0, self.minsz))
        looked = self._looked(0, self.minsz)
        check = Do(
            "check_header", tests=tests, looks={self.argsz.name: _local(self.argsz), **looked},
            says=lambda w: f"{self.kernel.size_field.path} = {w.after(f'mine_{self.argsz.name}')} against {smallest}",
        )  # fmt: skip
        return header, check

    def _by_size(self, reads: BySize) -> tuple[Step, ...]:
        known = lift(self.kernel.size, self.types.size_t)

        def length(k: Run) -> Expr:
            offered = cast(k.types.size_t, _local(self.argsz)(k))
            return ite(offered < known, offered, known) - self.minsz

        body = self._copy("copy_rest", self.minsz, length, self.kernel.size)
        return (*self._tail(), body) if reads.zero_tail else (body,)

    def _tail(self) -> tuple[Step, ...]:
        """Bytes that the caller has and this kernel does not know: all zero, or -E2BIG."""
        size = self.kernel.size
        words = (*self.found.between(size, self.found.end), Word(JUNK, 0, 1))

        def length(k: Run) -> Expr:
            offered = cast(k.types.size_t, _local(self.argsz)(k))
            return ite(offered > size, offered - size, 0)

        def junk(k: Run) -> Expr:
            return disj(*(getattr(k, f"tail_{w.name}") != 0 for w in words))

        copy = Copy("copy_tail", "tail", size, length, tuple(w.name for w in words))
        return copy, Do("check_tail", tests=((junk, Errno.E2BIG),), says=lambda _w: "the bytes behind it")

    def _by_table(self, reads: ByTable) -> tuple[Step, ...]:
        version = self.kernel.at(reads.version)
        (word,) = self.found.of(version)
        body = self.kernel.at(reads.body)
        fetch = Copy("copy_version", "alone", version.offset, 4, (word.name,))
        alloc = Do(
            "alloc",
            tests=((lambda k: cast(k.types.size_t, k.info_size) > k.s.most_alloc, Errno.ENOMEM),),
            length=lambda k: k.info_size,
            says=lambda w: f"kzalloc((size_t){w.after('info_size')})",
        )
        if self.found.between(self.minsz, body.offset):
            raise UsageError(f"nothing copies the bytes between `{self.kernel.header}` and `{reads.body}`")
        longest = max(body.end, body.offset + max(reads.sizes))
        names = tuple(w.name for w in self.found.between(body.offset, min(longest, self._behind(body))))
        inner = Copy("copy_body", "mine", body.offset, lambda k: cast(k.types.size_t, k.info_size), names)
        rest = self.kernel.size - body.end
        more = (self._copy("copy_behind", body.end, rest, self.kernel.size),) if rest else ()
        return (fetch, self._lookup(reads, word), alloc, inner, *more)

    def _needs(self, reads: ByTable) -> Term:
        """How much of the body the driver reads: what the version in its copy has by the table."""
        (word,) = self.found.of(self.kernel.at(reads.version))

        def needs(k: Run) -> Expr:
            value = lift(0, k.types.size_t)
            for version, entry in enumerate(reads.sizes, 1):
                value = ite(_local(word)(k) == version, lift(entry, k.types.size_t), value)
            return value

        return needs

    def _behind(self, body: Place) -> int:
        """Where fields behind the body begin: a body that is copied too long does not overwrite them."""
        return body.end if self.kernel.size > body.end else self.kernel.size

    def _lookup(self, reads: ByTable, word: Word) -> Do:
        types = self.types

        def number(k: Run) -> Expr:
            return cast(types.int_, getattr(k, f"alone_{word.name}"))

        def refused(k: Run) -> Expr:
            low = [number(k) < 1] if reads.tested else []
            return disj(number(k) > self._newest(reads), *low)

        def found(k: Run) -> Expr:
            value: Expr = k.s.beyond_table
            for column, entry in enumerate(reads.sizes):
                value = ite(number(k) - 1 == column, lift(entry, types.int_), value)
            return ite(refused(k), lift(NEGATIVE, types.int_), value)

        return Do(
            "lookup",
            sets={"info_size": ("int_", found)},
            looks={word.name: lambda k: getattr(k, f"alone_{word.name}")},
            index=(lambda k: ite(refused(k), 0, number(k) - 1), len(reads.sizes)),
            says=lambda w: f"the size table says {w.after('info_size')}",
        )

    def _newest(self, reads: ByTable) -> int:
        """The highest version: what the table has columns for, or the driver takes."""
        return max(len(reads.sizes), *reads.accepts, 1)

    def _content(self, reads: ByTable | BySize) -> tuple[Step, ...]:
        tests = list(self._refusals(self.minsz, self.kernel.size))
        looks = self._looked(self.minsz, self.kernel.size)
        if isinstance(reads, ByTable) and reads.accepts:
            (word,) = self.found.of(self.kernel.at(reads.version))
            value = _local(word)
            tests.insert(0, (lambda k: conj(*(value(k) != v for v in reads.accepts)), Errno.EINVAL))
            looks[word.name] = value
        return (Do("check_content", tests=tuple(tests), looks=looks, says=lambda _w: "the content"),) if tests else ()

    def _checked(self, start: int, end: int) -> list[tuple[Place, Word]]:
        places = [self.kernel.at(path) for path in self.kernel.checks]
        return [(p, w) for p in places if start <= p.offset < end for w in self.found.of(p)]

    def _looked(self, start: int, end: int) -> dict[str, Term]:
        return {w.name: _local(w) for _, w in self._checked(start, end)}

    def _refusals(self, start: int, end: int) -> tuple[tuple[Term, Errno], ...]:
        return tuple((_refused(place, word), Errno.EINVAL) for place, word in self._checked(start, end))


def _refused(place: Place, word: Word) -> Term:
    """Unknown bits of flags, any bit of what is reserved."""
    assert isinstance(word.offset, int)
    known = place.field.known if place.field.role is Role.FLAGS else 0
    mask = ~(known >> 8 * (word.offset - place.offset)) & ((1 << 8 * word.bytes) - 1)

    def refused(k: Run) -> Expr:
        value = _local(word)(k)
        found: Expr = (value & lift(mask, value.sort)) != 0
        return found

    return refused
