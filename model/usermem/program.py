"""What an ABI states: the words in user memory, and the kernel's steps over them.

A step is what a reader wants to see on a line: a copy from user memory, a lookup with its tests, what the driver does,
a lock, the write-back of outputs. Terms are functions of a `Run`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shootdown.ir import Expr
from shootdown.ir.expr import lift
from shootdown.model.usermem.types import C, Errno, Types

RETURN = "RETURNED"
"""Where a call ends."""


class Run:
    """One kernel's run over the user's memory: `k.name` reads a local or a mark of this run, `k.s.name` the rest."""

    def __init__(self, s: Any, prefix: str, types: Types) -> None:
        self.s, self.prefix, self.types = s, prefix, types

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s, self.prefix + name)

    def put(self, name: str, value: Any) -> None:
        """Assign a local or a mark."""
        setattr(self.s, self.prefix + name, value)


Term = Callable[[Run], Any]
Size = int | Term
"""An offset or a length: a number, or a term of type size_t."""


def size(k: Run, value: Size) -> Expr:
    """An offset or a length as size_t."""
    return lift(value(k) if callable(value) else value, k.types.size_t)


class Words:
    """What a text may ask about a step: numbers of locals and marks after it."""

    def __init__(self, view: Any, prefix: str) -> None:
        self.view, self.prefix = view, prefix

    def after(self, name: str) -> int:
        """The number that it has after the step."""
        return int(self.view.get(f"after: {self.prefix}{name}"), 16)

    def user(self, name: str) -> int:
        """A word of user memory."""
        return int(self.view.get(name), 16)


Says = Callable[[Words], str]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of user memory: `bytes` long at `offset` from `arg`.

    `usual`: what a plain caller stores there; `then`: the next plain values, for a trace that needs another one.
    """

    name: str
    offset: Size
    bytes: int
    usual: int = 0
    then: tuple[int, ...] = (0, 1)


@dataclass(frozen=True, slots=True)
class Copy:
    """`copy_from_user(into, arg + offset, length)`, which delivers those of `words` that it covers, else zeros.

    Each word becomes the local `<into>_<word>`. It faults where a byte cannot be read, and then goes to `on_fail`; the
    answer is -EFAULT unless `quiet`. `fixed`: the first copy, whose length no word of the user's decides. `offers`: the
    word that says how many bytes the user offers, counted from `base`.
    """

    name: str
    into: str
    offset: Size
    length: Size
    words: tuple[str, ...]
    code: str = ""
    fixed: bool = False
    offers: str = ""
    base: int = 0
    on_fail: str = RETURN
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Do:
    """Computations and tests of the kernel's own copies; no user memory is touched.

    `sets` assigns locals. `tests` are asked in order, the first true one ends the step with its errno and goes to
    `on_fail`. `looks`: the words that are decided on here, with the copy of each. `index`: an index into a table with
    so many columns. `length`: an `int` that goes on as a length of type size_t.
    """

    name: str
    tests: tuple[tuple[Term, Errno], ...] = ()
    sets: Mapping[str, tuple[str, Term]] = field(default_factory=dict)
    looks: Mapping[str, Term] = field(default_factory=dict)
    says: Says = lambda _w: ""
    code: str = ""
    index: tuple[Term, int] | None = None
    length: Term | None = None
    on_fail: str = RETURN
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """Takes or drops locks that hot-plug needs."""

    name: str
    takes: bool
    says: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """The driver acts on the request, for as many devices or entries as it gets to.

    `uses`: the value of each word that it acts on. `needs` bytes of the kernel's copy are read, `has` were copied.
    `done` more are carried out; where `fails` is true the answer is `errno` (unless `quiet`).
    """

    name: str
    uses: Mapping[str, Term]
    needs: Size = 0
    has: Size = 0
    done: Term = lambda k: lift(1, k.types.u32)
    fails: Term = lambda _k: False
    errno: Term = lambda _k: Errno.EINVAL
    says: Says = lambda _w: ""
    code: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Respond:
    """Writes the number of what was done into the user's struct; faults where it cannot be written: -EFAULT."""

    name: str
    says: str
    code: str = ""


Step = Copy | Do | Lock | Act | Respond


@dataclass(frozen=True, slots=True)
class World:
    """The kernel, or the old and the new one, that the question is about.

    `programs` has one program, or the old kernel's and then the new one's. `constants` are numbers of the world that
    may be anything that meets `axioms`, by name with their type. `asked`: how much a success promises. `starts`: what
    is supposed of the caller. `new_user`: the caller was built for the new kernel. `usual`: plain values of constants.
    """

    name: str
    summary: str
    programs: tuple[tuple[Step, ...], ...]
    words: tuple[Word, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    axioms: tuple[tuple[str, Callable[[Any], Any]], ...] = ()
    asked: Term = lambda k: lift(1, k.types.u32)
    starts: tuple[tuple[str, Callable[[Any], Any]], ...] = ()
    new_user: bool = False
    usual: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def pair(self) -> bool:
        """Whether two kernels are compared."""
        return len(self.programs) == 2  # noqa: PLR2004 # old and new


@dataclass(frozen=True, slots=True)
class Stated:
    """The expected verdict of a property in a world, with the reason, written down before the first run."""

    property: str
    world: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Abi:
    """A proposal seen as bytes. `worlds(types)` builds its worlds; the first that fits a property is the default.

    `flags`: words whose bits must be known, with the mask of those that are; `reserved`: words that must be zero;
    `tag`: the word that names a PASID or ASID; `prediction`: what no kernel was asked about.
    """

    name: str
    source: str
    summary: str
    worlds: Callable[[Types], tuple[World, ...]]
    flags: Mapping[str, int] = field(default_factory=dict)
    reserved: tuple[str, ...] = ()
    tag: str = ""
    prediction: str = ""
    stated: tuple[Stated, ...] = ()

    def world(self, name: str, types: Types = C) -> World | None:
        """The world of that name, if there is one."""
        return next((w for w in self.worlds(types) if w.name == name), None)
