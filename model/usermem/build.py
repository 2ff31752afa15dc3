"""One system from an ABI and a world: user memory, the second thread, and the run of one kernel or of two."""

from collections.abc import Callable, Mapping
from typing import Any

from shootdown.ir import CInt, Expr, ModelError, Part, System, action, cast, compose, conj, disj, require
from shootdown.ir.expr import lift
from shootdown.model.usermem.program import RETURN, Abi, Act, Copy, Do, Word, World
from shootdown.model.usermem.steps import Program, actions, blocks, places
from shootdown.model.usermem.types import CLEAN, USER_BITS, C, Errno, Types

MARKS = {
    "acted": "the driver has invalidated something",
    "locked": "a lock that hot-plug needs is held",
    "copied_locked": "user memory was copied while such a lock was held",
    "outside": "bytes outside of [arg, arg + argsz) were asked for",
    "indexed": "a table was indexed by a word of the user's",
    "index_bad": "with an index that the table does not have",
    "bad_length": "a negative number went on as a length",
    "short": "the driver read bytes of its copy that were not copied",
    "differ": "devices of one call acted on different bytes",
    "told": "the user holds the number of what was done",
}
"""What is remembered of a run; all false at first."""


def system(abi: Abi, world: World, types: Types = C) -> System:
    """User memory, and the kernel of a world, or its old and its new kernel one after the other."""
    programs = _programs(world, types)
    parts = [_memory(world, types, stores(world)), _owner(types), *(_run(p) for p in programs)]
    last = programs[-1]
    return compose(
        f"{abi.name}, {world.name}",
        parts,
        busy=lambda s: last.run(s).at != last.place(RETURN),
        working=("kernel", "driver"),
        lets=_lets(abi, world, programs),
    )


def longest(world: World) -> int:
    """The most steps that a run can have: the blocks of the programs, and the stores between copies."""
    return sum(len(blocks(p)) for p in world.programs) + stores(world)


def stores(world: World) -> int:
    """The gaps between copies in which a second thread may store; nobody does where two kernels are compared."""
    return 0 if world.pair else sum(isinstance(s, Copy) for s in world.programs[0]) - 1


def _programs(world: World, types: Types) -> tuple[Program, ...]:
    if not world.pair:
        return (Program("", world.programs[0], world.words, types, places("Step", world.programs[0])),)
    old, new = world.programs
    first = Program("old_", old, world.words, types, places("OldStep", old))
    return first, Program("new_", new, world.words, types, places("NewStep", new), first)


def _memory(world: World, types: Types, others: int) -> Part:
    """The words as they are now and as another thread will store them, how far they can be read, and constants.

    Memory matters only when it is copied. Between two copies it goes from any contents to any other, so one store
    there stands for any number of them; `others` is the number of gaps.
    """
    p = Part("user memory")
    sorts = {w.name: types.unsigned(w.bytes) for w in world.words}
    p.variable("readable", types.size_t, doc="bytes from arg on that can be read: a copy beyond them faults")
    p.variable("writable", bool, immutable=True, doc="the outputs can be written back")
    p.init("a user buffer", _word_of("readable", USER_BITS))
    for word in world.words:
        p.variable(word.name, sorts[word.name], doc="a word of the user's struct, now")
        p.init(f"{word.name} is a word", _word_of(word.name, 8 * word.bytes))
    for name, kind in world.constants.items():
        p.variable(name, getattr(types, kind), immutable=True, doc="a number of this world")
        p.axiom(f"{name} is a number of C's", _number_of(name, getattr(C, kind)))
    for name, formula in world.axioms:
        p.axiom(name, formula)
    for name, formula in world.starts:
        p.init(name, formula)
    if others:
        _second_thread(p, world, types, others)
    return p


def _owner(types: Types) -> Part:
    p = Part("owner")
    for name in ("own_first", "own_more"):
        p.variable(
            name, types.u64, immutable=True, doc="the PASIDs of the caller's container: own_first and so many after it"
        )
        p.axiom(f"{name} is a u64", _word_of(name, 64))
    return p


Formula = Callable[[Any], Any]


def _is(name: str, value: int) -> Formula:
    """A variable has this value."""
    return lambda s: ~getattr(s, name) if value is False else getattr(s, name) == value


def _word_of(name: str, bits: int) -> Formula:
    """A variable holds an unsigned number of so many bits."""
    return lambda s: _bounded(getattr(s, name), 1 << bits)


def _number_of(name: str, sort: CInt) -> Formula:
    """A variable holds a value of that C type."""
    return lambda s: _in_c(getattr(s, name), sort)


def _bounded(value: Expr, end: int) -> Expr:
    """0 <= value < end, where the type does not say so already."""
    sort: Any = value.sort
    low = lift(True) if not sort.signed else value >= 0  # a formula
    return low if end >= 1 << sort.bits else low & (value < end)


def _in_c(value: Expr, sort: CInt) -> Expr:
    """The value is one of that C type's, whatever stands for the type here."""
    own: Any = value.sort
    if own == sort:
        return lift(True)  # a formula
    low = -(1 << (sort.bits - 1)) if sort.signed else 0
    return (value >= low) & (value < low + (1 << sort.bits))


def _second_thread(p: Part, world: World, types: Types, others: int) -> None:
    p.variable("stores", types.u32, doc="how often another thread has stored into the buffer")
    p.init("nothing is stored before the call", lambda s: s.stores == 0)
    for n in range(1, others + 1):
        p.variable(f"readable_{n}", types.size_t, immutable=True, doc="what can be read after store n")
        p.axiom(f"a user buffer after store {n}", _word_of(f"readable_{n}", USER_BITS))
        for w in world.words:
            p.variable(f"{w.name}_{n}", types.unsigned(w.bytes), immutable=True, doc="the word after store n")
            p.axiom(f"{w.name}_{n} is a word", _word_of(f"{w.name}_{n}", 8 * w.bytes))
        p.act(_store(n, world.words))


def _store(n: int, words: tuple[Word, ...]) -> Any:
    names = [*(w.name for w in words), "readable"]

    def says(view: Any) -> str:
        changed = [(m, int(view.get(m), 16), int(view.get(f"after: {m}"), 16)) for m in names]
        told = [f"{m} = {new:#x} (was {old:#x})" for m, old, new in changed if old != new and m != "readable"]
        cut = [f"only {new} bytes can be read" for m, old, new in changed if m == "readable" and old != new]
        return "stores " + ", ".join([*told, *cut] or ["what is there already"])

    @action(actor="2nd thread", says=says, tally="stores", clutter=1)
    def store(s: Any) -> None:
        """Another thread of the same process writes or unmaps any part of the buffer."""
        require(s.stores == n - 1)
        s.stores = n
        for m in names:
            setattr(s, m, getattr(s, f"{m}_{n}"))

    return store.with_options(name=f"store_{n}")


def _run(program: Program) -> Part:
    p = Part(f"{program.prefix}run")
    pre = program.prefix
    p.variable(f"{pre}at", program.at, doc="the next step of the call")
    p.init(f"{pre}the call is entered", lambda s: program.run(s).at == program.place(program.steps[0].name))
    p.variable(f"{pre}ret", Errno, doc="what the call is going to answer")
    p.init(f"{pre}no error yet", lambda s: program.run(s).ret == Errno.OK)
    for name, doc in MARKS.items():
        p.variable(pre + name, bool, doc=doc)
        p.init(f"{pre}{name} is false", _is(pre + name, False))
    for name, (kind, doc) in _numbers(program).items():
        p.variable(pre + name, kind, doc=doc)
        p.init(f"{pre}{name} is 0", _is(pre + name, 0))
    for step in program.steps:
        p.variable(f"{pre}ran_{step.name}", bool)
        p.init(f"{pre}ran_{step.name} is false", _is(f"{pre}ran_{step.name}", False))
    for word in _decided(program):
        for mark in ("decided", "split"):
            p.variable(f"{pre}{mark}_{word}", bool)
            p.init(f"{pre}{mark}_{word} is false", _is(f"{pre}{mark}_{word}", False))
    p.act(*actions(program))
    return p


def _numbers(program: Program) -> Mapping[str, tuple[Any, str]]:
    """Numbers of a run with their sorts: all 0 at first."""
    t = program.types
    found: dict[str, tuple[Any, str]] = {
        "done": (t.u32, "how much was carried out"),
        "told_number": (t.u32, "what the report says was carried out"),
        "offered": (t.size_t, "how many bytes the user offers, once it is known"),
        "index": (t.int_, "the last index into the size table"),
        "at_offset": (t.size_t, "offset of the last copy"),
        "at_length": (t.size_t, "length of the last copy"),
    }
    sorts = {w.name: t.unsigned(w.bytes) for w in program.words}
    for step in program.steps:
        if isinstance(step, Copy):
            found |= {f"{step.into}_{w}": (sorts[w], "a copy") for w in step.words}
        if isinstance(step, Do):
            found |= {n: (getattr(t, kind), "a local") for n, (kind, _) in step.sets.items()}
    found |= {f"checked_{w}": (sorts[w], "as it was decided on") for w in _decided(program)}
    found |= {f"used_{w}": (sorts.get(w, t.u32), "as it was acted on") for w in used(program)}
    return found


def _decided(program: Program) -> list[str]:
    return sorted({w for s in program.steps if isinstance(s, Do) for w in s.looks})


def used(program: Program) -> list[str]:
    """The words that the driver acts on."""
    return sorted({w for s in program.steps if isinstance(s, Act) for w in s.uses})


def _lets(abi: Abi, world: World, programs: tuple[Program, ...]) -> dict[str, Callable[..., Any]]:
    if world.pair:
        return _pair_lets(world, *programs)
    (program,) = programs
    words = used(program)

    def unlike_checked(s: Any) -> Expr:
        both = [w for w in _decided(program) if w in words]
        bad = [
            getattr(s, f"decided_{w}")
            & (getattr(s, f"split_{w}") | (getattr(s, f"checked_{w}") != getattr(s, f"used_{w}")))
            for w in both
        ]
        return conj(s.acted, disj(*bad))

    return {
        "returned": lambda s: s.at == program.place(RETURN),
        "unlike_checked": unlike_checked,
        "asked": lambda s: lift(world.asked(program.run(s))),
        "unknown_flag": lambda s: conj(
            s.acted, disj(*((_used(s, w) & _mask(s, w, known)) != 0 for w, known in abi.flags.items() if w in words))
        ),
        "reserved_used": lambda s: conj(s.acted, disj(*(_used(s, w) != 0 for w in abi.reserved if w in words))),
        "has_reserved": lambda _s: lift(any(w in words for w in abi.reserved)),
        "names_tag": lambda s: conj(s.acted, lift(abi.tag in words)),
        "foreign_tag": lambda s: _foreign(s, abi.tag) if abi.tag in words else lift(False),
    }


def _used(s: Any, word: str) -> Expr:
    value: Expr = getattr(s, f"used_{word}")
    return value


def _mask(s: Any, word: str, known: int) -> Expr:
    """The bits of a word that have no meaning yet."""
    sort: Any = _used(s, word).sort
    return lift(~known & ((1 << min(sort.bits, 64)) - 1), sort)


def _foreign(s: Any, tag: str) -> Expr:
    value = cast(s.own_first.sort, _used(s, tag))
    return conj(s.acted, (value < s.own_first) | (value - s.own_first > s.own_more))


def _pair_lets(world: World, old: Program, new: Program) -> dict[str, Callable[..., Any]]:
    words = used(old)
    if words != used(new):
        odd = min(set(words) ^ set(used(new)))
        raise ModelError(f"only one of two kernels says what it makes of `{odd}`, so that meanings cannot be compared")

    def accepted(s: Any, p: Program) -> Expr:
        k = p.run(s)
        return conj(k.at == p.place(RETURN), k.ret == Errno.OK, k.acted)

    return {
        "old_accepts": lambda s: accepted(s, old),
        "new_accepts": lambda s: accepted(s, new),
        "over": lambda s: new.run(s).at == new.place(RETURN),
        "same_meaning": lambda s: conj(*(getattr(s, f"old_used_{w}") == getattr(s, f"new_used_{w}") for w in words)),
        "clean": lambda s: disj(*(s.old_ret == e for e in CLEAN)),
        "new_user": lambda _s: lift(world.new_user),
        "second_payload": lambda s: (
            conj(accepted(s, new), s.new_used_kind == SECOND) if "kind" in used(new) else lift(False)
        ),
    }


SECOND = 2
"""The number by which claims know the second payload type."""
