"""States in the words of the page: who holds which translations, what the tables, queues and locks say."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from shootdown.ir import System, Variable
from shootdown.ir.interp import domain
from shootdown.ir.sorts import BoolSort, CInt, EnumSort
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.ir.view import say, shown
from shootdown.report.effects import Key, Reader
from shootdown.report.page_words import BOOKS, CACHES, TOLD_ELSEWHERE, VARIABLES, Words

STALE = " (stale)"
"""Stands behind an entry of a cache that the page tables no longer give."""

_EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a box of the page, and what it says in each state of a run."""

    panel: str
    label: str
    values: tuple[str, ...]


def items(system: System, trace: Trace, kept: frozenset[tuple[str, str]] = frozenset()) -> list[Item]:
    """Everything that is shown of a run's states; what says the same all along only where it always matters.

    `kept`: panels and labels that are shown whatever they say, as another run beside this one shows them.
    """
    told = _Told(system, trace.sizes, trace.states, kept)
    return [*told.caches(), *(item for v in system.variables if _is_told(v) for item in told.variable(v))]


def told_in(system: System, traces: Iterable[Trace]) -> frozenset[tuple[str, str]]:
    """Panels and labels of what is shown in any of the runs: where one changes, that another stays is said too."""
    return frozenset((item.panel, item.label) for trace in traces for item in items(system, trace))


def _is_told(variable: Variable) -> bool:
    return not variable.immutable and variable.name not in TOLD_ELSEWHERE


@dataclass(frozen=True)
class _Told:
    system: System
    sizes: Mapping[str, int]
    states: Sequence[ConcreteState]
    kept: frozenset[tuple[str, str]]

    def caches(self) -> Iterator[Item]:
        """IOTLBs and ATCs with their entries."""
        start = self.states[0]
        reader = Reader(self.system, self.sizes)
        held = [reader.held(state) for state in self.states]
        if "iotlb" in start:
            for unit in range(self.sizes["Unit"]):
                yield Item(CACHES, f"IOTLB of {reader.name('Unit', unit)}", _entries(held, ("Unit", unit)))
        if "atc" in start:
            for device in range(self.sizes["Device"]):
                if start["has_ats"][device,]:
                    yield Item(CACHES, f"ATC of {reader.name('Device', device)}", _entries(held, ("Device", device)))

    def variable(self, variable: Variable) -> Iterator[Item]:
        """A variable's items; one for each choice of the arguments that its label names."""
        words = VARIABLES.get(variable.name) or Words(BOOKS, variable.doc or variable.name)
        fixed = variable.args[: words.by]
        for point in itertools.product(*(domain(s, self.sizes) for s in fixed)):
            values = tuple(self._value(variable, words, point, state) for state in self.states)
            names = [shown(s, v) for s, v in zip(fixed, point, strict=True)]
            label = words.label.format(*names) if names else words.label
            if words.steady or len(set(values)) > 1 or (words.panel, label) in self.kept:
                yield Item(words.panel, label, values)

    def _value(self, variable: Variable, words: Words, point: tuple[int, ...], state: ConcreteState) -> str:
        table = {p[words.by :]: v for p, v in sorted(state[variable.name].items()) if p[: words.by] == point}
        rest = variable.args[words.by :]
        if not rest:
            return self._scalar(variable, words, table[()], state)
        names = {p: " -> ".join(shown(s, v) for s, v in zip(rest, p, strict=True)) for p in table}
        if isinstance(variable.sort, BoolSort):
            return ", ".join(names[p] for p, v in table.items() if v) or words.none
        return ", ".join(f"{names[p]}: {shown(variable.sort, v)}" for p, v in table.items())

    def _scalar(self, variable: Variable, words: Words, value: int, state: ConcreteState) -> str:
        sort = variable.sort
        if isinstance(sort, BoolSort):
            return say(self.system, words.yes if value else words.no, (), (), state, self.sizes)
        if isinstance(sort, EnumSort) and sort.values[value] in words.values:
            return say(self.system, words.values[sort.values[value]], (), (), state, self.sizes)
        return str(value) if isinstance(sort, CInt) else shown(sort, value)


def _entries(held: Sequence[Mapping[tuple[Key, str], bool]], key: Key) -> tuple[str, ...]:
    """`g -> f, A: h -> f1 (stale)` for each state."""
    return tuple(
        ", ".join(_entry(name) + (STALE if stale else "") for (own, name), stale in sorted(now.items()) if own == key)
        or _EMPTY
        for now in held
    )


def _entry(name: str) -> str:
    return name.replace("->", " -> ").replace(":", ": ")
