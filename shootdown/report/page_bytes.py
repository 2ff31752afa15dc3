"""A run over the bytes of a call as data for the page: who copies what, and the memory and its copies step by step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.counterexamples.render import Line, lines
from shootdown.ir import Variable
from shootdown.ir.sorts import BoolSort, CInt
from shootdown.ir.trace import Trace
from shootdown.ir.view import shown
from shootdown.model.usermem.program import Copy
from shootdown.report.bytes import apart, byte_rows, copy_of, offset_of
from shootdown.report.page_state import Item
from shootdown.report.page_trace import changes
from shootdown.report.page_words import CALL, COPIES, DECIDED, MARKS, MEMORY
from shootdown.review.usermem import Told

Data = dict[str, Any]

LANES = ("2nd thread", "user memory", "kernel")
_THREAD, _MEMORY, _KERNEL = range(3)
_NOT_YET = "-"
_OF_THE_CALL = frozenset({"at", "ret", "locked", "stores"})
_ELSEWHERE = ("ran_", "decided_", "split_")
"""Marks that other items tell."""


def bytes_run(told: Told, trace: Trace) -> Data:
    """The run as `page_trace.run_data` has it: rows of a diagram, items, and what each step changes."""
    state = list(_items(told, trace))
    return {
        "start": [],
        "lanes": list(LANES),
        "rows": [_row(told, trace, apart(line)) for line in lines(told.system, trace)],
        "silent": {},
        "items": [[item.panel, item.label] for item in state],
        "first": [item.values[0] for item in state],
        "steps": [changes(state, n) for n in range(1, len(trace) + 1)],
    }


def _row(told: Told, trace: Trace, line: Line) -> Data:
    number = int(line.numbers)
    action = trace.steps[number - 1].action
    ends: tuple[int, list[int]] = (_KERNEL, [])
    if action.startswith("store_"):
        ends = (_THREAD, [_MEMORY])
    elif copy_of(told.question.world, action)[1] is not None:
        ends = (_MEMORY, [_KERNEL])
    found: Data = {
        "n": line.numbers, "first": number, "last": number, "who": line.actor, "text": line.sentence,
        "more": list(line.remarks), "from": ends[0], "to": ends[1], "cells": [],
    }  # fmt: skip
    return found | ({"counted": True} if action.startswith("store_") else {})


def _items(told: Told, trace: Trace) -> Iterator[Item]:
    yield Item(MEMORY, "can be read", tuple(f"{s['readable'][()]} bytes from arg on" for s in trace.states))
    for offset, length, name, *_ in byte_rows(told, trace):
        label = f"{offset} to {offset + length - 1}: {name}"
        yield Item(MEMORY, label, tuple(f"{s[name][()]:#x}" for s in trace.states))
    copied = _copied(told, trace)
    for name, since in copied.items():
        values = (f"{s[name][()]:#x}" if n >= since else _NOT_YET for n, s in enumerate(trace.states))
        yield Item(COPIES, _local(told, name), tuple(values))
    skipped = {w.name for w in told.question.world.words} | copied.keys() | {"readable"}
    for variable in told.system.variables:
        if variable.name not in skipped and not variable.immutable:
            yield from _own(_Variable(told, variable), trace)


def _copied(told: Told, trace: Trace) -> dict[str, int]:
    """The kernel's copies of words, each with the number of the step after which it has one."""
    found: dict[str, int] = {}
    for number, step in enumerate(trace.steps, 1):
        prefix, copy = copy_of(told.question.world, step.action)
        if copy is not None:
            for name in _delivered(told, trace, number, prefix, copy):
                found.setdefault(f"{prefix}{copy.into}_{name}", number)
    return found


def _delivered(told: Told, trace: Trace, number: int, prefix: str, copy: Copy) -> Iterator[str]:
    """The words that begin within the bytes of a copy that did not fault."""
    before, after = trace.states[number - 1], trace.states[number]
    at, length = (after[prefix + n][()] for n in ("at_offset", "at_length"))
    if at + length > before["readable"][()]:
        return
    for word in told.question.world.words:
        if word.name in copy.words and at <= offset_of(told, word, trace) < at + length:
            yield word.name


def _local(told: Told, name: str) -> str:
    """`hdr.argsz`, with the kernel where there are two."""
    prefix, own = _parts(told, name)
    into, _, word = own.partition("_")
    return f"{prefix}{into}.{word}"


def _parts(told: Told, name: str) -> tuple[str, str]:
    """`old kernel: ` where two kernels run, and the rest of the name."""
    for prefix in ("old_", "new_") if told.question.world.pair else ():
        if name.startswith(prefix):
            return f"{prefix[:3]} kernel: ", name.removeprefix(prefix)
    return "", name


@dataclass(frozen=True)
class _Variable:
    """A variable of a run that is neither a word nor a copy of one."""

    told: Told
    variable: Variable

    @property
    def name(self) -> tuple[str, str]:
        """Which kernel's, and its name there."""
        return _parts(self.told, self.variable.name)

    def twin(self, word: str) -> str:
        """The variable that keeps what a word was decided on as."""
        return self.variable.name.removesuffix(self.name[1]) + f"checked_{word}"

    def value(self, state: Mapping[str, Any]) -> str:
        """What it says in a state; nothing before it is decided on, or acted on."""
        value, sort = state[self.variable.name][()], self.variable.sort
        _, own = self.name
        kind, _, word = own.partition("_")
        prefix = self.variable.name.removesuffix(own)
        mark = {"checked": f"{prefix}decided_{word}", "used": f"{prefix}acted"}.get(kind, "")
        if mark in state and not state[mark][()]:
            return _NOT_YET
        if isinstance(sort, BoolSort):
            return "yes" if value else "no"
        if isinstance(sort, CInt):
            return f"{value:#x}" if kind in ("checked", "used") else str(value)
        return shown(sort, value).replace("_", " ")


def _own(one: _Variable, trace: Trace) -> Iterator[Item]:
    prefix, own = one.name
    values = tuple(one.value(state) for state in trace.states)
    if own.startswith(_ELSEWHERE) or len(set(values)) == 1:
        return
    kind, _, word = own.partition("_")
    if kind in ("checked", "used") and word:
        if one.twin(word) not in one.told.system.by_name:
            return  # nothing is decided on it; what is acted on stands among the copies
        yield Item(DECIDED, f"{prefix}{word}: {'decided' if kind == 'checked' else 'acted'} on as", values)
        return
    local = one.variable.doc in ("a copy", "a local", "")
    panel = CALL if own in _OF_THE_CALL else COPIES if local else MARKS
    yield Item(panel, prefix + (own.replace("_", ".", 1) if local else one.variable.doc), values)


__all__ = ["LANES", "bytes_run"]
