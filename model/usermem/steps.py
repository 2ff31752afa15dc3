"""Steps of a program as actions: what each of them does to the kernel's run, and what claims are told of it."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shootdown.ir import ActionSpec, Expr, action, cast, disj, ite, require
from shootdown.ir.expr import lift
from shootdown.model.usermem.program import RETURN, Act, Copy, Do, Lock, Respond, Run, Step, Word, Words, size
from shootdown.model.usermem.types import Errno, Types


@dataclass(frozen=True, slots=True)
class Program:
    """One kernel's steps, ready to be compiled: prefix, program counter, the run that must be over before it starts."""

    prefix: str
    steps: tuple[Step, ...]
    words: tuple[Word, ...]
    types: Types
    at: type[enum.Enum]
    after: "Program | None" = None

    def run(self, s: Any) -> Run:
        """The run in the state `s`."""
        return Run(s, self.prefix, self.types)

    def place(self, step: str) -> enum.Enum:
        """The program counter before a step, or where the call has returned."""
        return self.at[step]

    def behind(self, step: Step) -> enum.Enum:
        """The program counter after a step."""
        names = [s.name for s in self.steps] + [RETURN]
        return self.place(names[names.index(step.name) + 1])

    def word(self, name: str) -> Word:
        """A word of the user's memory."""
        return next(w for w in self.words if w.name == name)


def places(name: str, steps: Sequence[Step]) -> type[enum.Enum]:
    """The values of a program counter."""
    return enum.Enum(name, [s.name for s in steps] + [RETURN])  # type: ignore[return-value] # built from names


def blocks(steps: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Steps that are one effect together: a copy or a write-back, and what the kernel does before the next one.

    The only other actor here is the second thread, and all that it shares with the kernel is the user's memory.
    A step to which an earlier block may jump begins a block.
    """
    found: list[list[Step]] = []
    here: set[str] = set()
    jumps: set[str] = set()
    for step in steps:
        if isinstance(step, Copy | Respond) or not found or step.name in jumps:
            jumps |= here
            here = set()
            found.append([])
        found[-1].append(step)
        if isinstance(step, Copy | Do):
            here.add(step.on_fail)
    return [tuple(b) for b in found]


def actions(program: Program) -> Iterable[ActionSpec]:
    """One action for each block."""
    for block in blocks(program.steps):
        code = "; ".join(dict.fromkeys(c for s in block if (c := getattr(s, "code", ""))))
        yield action(actor="kernel", code=code, says=_says(program, block))(_recorded(program, block))


class _Block(Run):
    """A run in the middle of a block: what earlier steps of the block have assigned is read back."""

    def __init__(self, s: Any, program: Program) -> None:
        super().__init__(s, program.prefix, program.types)
        self.pending: dict[str, Expr] = {}
        self.alive: Expr = lift(True)  # a formula

    def __getattr__(self, name: str) -> Any:
        pending = vars(self)["pending"]
        return pending[name] if name in pending else super().__getattr__(name)

    def put(self, name: str, value: Any) -> None:
        """Assign where the step is taken."""
        old: Expr = getattr(self, name)
        self.pending[name] = ite(self.alive, lift(value, old.sort), old)

    def write(self) -> None:
        """All assignments of the block, at once."""
        for name, value in self.pending.items():
            super().put(name, value)


def _recorded(program: Program, block: tuple[Step, ...]) -> Callable[..., object]:
    first = block[0] is program.steps[0]

    def recorded(s: Any) -> None:
        k = _Block(s, program)
        require(k.at == program.place(block[0].name))
        if first and program.after is not None:
            require(program.after.run(s).at == program.after.place(RETURN))
        for step in block:
            k.alive = k.at == program.place(step.name)
            k.put(f"ran_{step.name}", True)
            _BODIES[type(step)](program, step)(k)
        k.write()

    recorded.__name__ = program.prefix + block[0].name
    return recorded


def _go(program: Program, step: Copy | Do, k: Run, refused: Expr, errno: Any) -> None:
    """Where the call goes on, and what it is going to answer."""
    k.put("at", ite(refused, program.place(step.on_fail), program.behind(step)))
    if not step.quiet:
        k.put("ret", ite(refused, errno, k.ret))


def readable(k: Run, offset: Expr, length: Expr) -> Expr:
    """Every byte of [arg + offset, arg + offset + length) can be read now."""
    return within(offset, length, k.s.readable)


def within(offset: Expr, length: Expr, end: Expr) -> Expr:
    """[offset, offset + length) is empty or lies below `end`, all of type size_t."""
    return (length == 0) | ((offset <= end) & (length <= end - offset))


def negative(length: Expr) -> Expr:
    """The length is below 0; of type size_t: it was before it was converted, or a difference has wrapped."""
    sort: Any = length.sort
    return length < 0 if sort.signed else length >= 1 << (sort.bits - 1)


def delivered(k: Run, word: Word, offset: Expr, length: Expr) -> Expr:
    """The word as it stands in a zeroed buffer after the copy; little-endian, so a cut leaves its low bytes."""
    start = size(k, word.offset)
    value: Expr = getattr(k.s, word.name)
    found = lift(0, value.sort)
    for count in range(1, word.bytes + 1):
        part = value if count == word.bytes else value & lift((1 << 8 * count) - 1, value.sort)
        covered = (offset <= start) & (length >= start - offset) & (length - (start - offset) >= count)
        found = ite(covered, part, found)
    return found


def _copy(program: Program, step: Copy) -> Callable[[Run], None]:
    def body(k: Run) -> None:
        offset, length = size(k, step.offset), size(k, step.length)
        fine = readable(k, offset, length)
        values = {w: delivered(k, program.word(w), offset, length) for w in step.words}
        _go(program, step, k, ~fine, Errno.EFAULT)
        if not step.fixed:
            k.put("outside", k.outside | ~within(offset, length, k.offered))
        k.put("copied_locked", k.copied_locked | k.locked)
        k.put("bad_length", k.bad_length | negative(length))
        k.put("at_offset", offset)
        k.put("at_length", length)
        if step.offers:
            k.put("offered", ite(fine, cast(k.types.size_t, values[step.offers]) + step.base, k.offered))
        for name, value in values.items():
            k.put(f"{step.into}_{name}", ite(fine, value, getattr(k, f"{step.into}_{name}")))

    return body


def _do(program: Program, step: Do) -> Callable[[Run], None]:
    def body(k: Run) -> None:
        refused = disj(*(test(k) for test, _ in step.tests))
        errno = lift(Errno.OK)
        for test, answer in reversed(step.tests):
            errno = ite(test(k), answer, errno)
        sets = {name: term(k) for name, (_, term) in step.sets.items()}
        looks = {name: term(k) for name, term in step.looks.items()}
        if step.index is not None:
            term, columns = step.index
            at = term(k)
            k.put("indexed", k.indexed | ~refused)
            k.put("index", ite(refused, k.index, at))
            k.put("index_bad", k.index_bad | (~refused & ((at < 0) | (at >= columns))))
        if step.length is not None:
            k.put("bad_length", k.bad_length | (step.length(k) < 0))
        _go(program, step, k, refused, errno)
        for name, value in sets.items():
            k.put(name, value)
        for name, value in looks.items():
            _decide(k, name, value)

    return body


def _decide(k: Run, word: str, value: Expr) -> None:
    """The kernel decides something by this copy of the word: all decisions have to agree with what is acted on."""
    decided, checked = getattr(k, f"decided_{word}"), getattr(k, f"checked_{word}")
    k.put(f"split_{word}", getattr(k, f"split_{word}") | (decided & (checked != value)))
    k.put(f"checked_{word}", ite(decided, checked, value))
    k.put(f"decided_{word}", True)


def _lock(program: Program, step: Lock) -> Callable[[Run], None]:
    def body(k: Run) -> None:
        k.put("locked", step.takes)
        k.put("at", program.behind(step))

    return body


def _act(program: Program, step: Act) -> Callable[[Run], None]:
    def body(k: Run) -> None:
        count = step.done(k)
        does = count > 0
        values = {w: _as(k, w, term(k)) for w, term in step.uses.items()}
        other = [getattr(k, f"used_{w}") != v for w, v in values.items()]
        needs, has = size(k, step.needs), size(k, step.has)
        fails = lift(step.fails(k))
        k.put("differ", k.differ | (does & k.acted & disj(*other)))
        k.put("short", k.short | (does & (needs > has)))
        k.put("acted", k.acted | does)
        k.put("done", k.done + count)
        for w, v in values.items():
            k.put(f"used_{w}", ite(does, v, getattr(k, f"used_{w}")))
        k.put("at", program.behind(step))
        if not step.quiet:
            k.put("ret", ite(fails, step.errno(k), k.ret))

    return body


def _as(k: Run, word: str, value: Any) -> Expr:
    sort = getattr(k, f"used_{word}").sort
    return lift(value, sort)


def _respond(program: Program, step: Respond) -> Callable[[Run], None]:
    def body(k: Run) -> None:
        k.put("told", k.s.writable)
        k.put("told_number", ite(k.s.writable, k.done, k.told_number))
        k.put("ret", ite(k.s.writable, k.ret, Errno.EFAULT))
        k.put("at", program.behind(step))

    return body


_BODIES: dict[type[Any], Callable[[Program, Any], Callable[[Run], None]]] = {
    Copy: _copy, Do: _do, Lock: _lock, Act: _act, Respond: _respond,
}  # fmt: skip


def _says(program: Program, block: tuple[Step, ...]) -> Callable[[Any], str]:
    """The text of a block: each step that was taken, and the answer where the call ends with it."""
    p = program.prefix
    who = f"{p.rstrip('_')} kernel: " if p else ""

    def text(view: Any) -> str:
        taken = [s for s in block if view.true(f"after: {p}ran_{s.name}")]
        told = [_told(program, s, Words(view, p)) for s in taken]
        if view.get(f"after: {p}at") == RETURN:
            told.append(f"the call answers {view.get(f'after: {p}ret')}")
        return who + PAUSE.join(told)

    return text


PAUSE = "; "
"""Between the steps of one block in a text."""


def _told(program: Program, step: Step, words: Words) -> str:
    match step:
        case Copy():
            return _copy_text(program, step, words)
        case Lock(says=says):
            return says
        case Respond(says=says):
            failed = words.view.true(f"after: ~{program.prefix}told")
            return f"{says}: " + ("faults" if failed else f"{words.after('told_number')} handled")
        case Do(says=says) | Act(says=says):
            return says(words) or step.name


def _copy_text(program: Program, step: Copy, words: Words) -> str:
    offset, length = words.after("at_offset"), words.after("at_length")
    head = f"copy_from_user({step.into}, arg + {offset}, {length})"
    can = words.user("readable")
    if length and not (offset <= can and length <= can - offset):
        return f"{head} faults at arg + {max(can, offset)}"
    if not length:
        return f"{head}: nothing"
    got = [f"{w} = {words.after(f'{step.into}_{w}'):#x}" for w in step.words if _covers(words, program.word(w), offset)]
    return f"{head}: {', '.join(got)}" if got else head


def _covers(words: Words, word: Word, offset: int) -> bool:
    start = word.offset if isinstance(word.offset, int) else None
    return start is None or offset <= start < offset + words.after("at_length")
