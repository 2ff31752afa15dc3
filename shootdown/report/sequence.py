"""A trace as a sequence diagram: lanes, and for each shown step who acts, on whom, and what changes where.

What a mail, Mermaid and SVG draw is computed here once. Guest, caller and kernel have a lane each, whatever else acts
has one, and so has each cache: the IOTLB of a unit, the ATC of a device.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shootdown.counterexamples.render import Line, lines
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState, Step, Trace
from shootdown.report.effects import CALLER, GUEST, KERNEL, STALE, Cells, Key, Reader, targets

_ACTORS = {
    "guest": GUEST,
    "user": CALLER,
    "user thread": CALLER,
    "VMM": CALLER,
    "administrator": CALLER,
    "kernel": KERNEL,
    "driver": KERNEL,
}
_FIXED = (GUEST, CALLER, KERNEL)
_TIMED_OUT = "timed-out"
_TO_KERNEL = frozenset({"lock", "attached", "users", "mode", "pinned", "s2", "atc", "blocked", "dead", "info_filled"})
"""What a caller changes in the kernel's hands: then its step is a call."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of the diagram."""

    key: Key
    name: str


@dataclass(frozen=True, slots=True)
class Event:
    """A shown step: `source` acts, on each of `targets`; nothing came back if it is `lost`.

    `first` and `last` are the steps that are told in it, from 1. `cells` has what changed, by lane.
    """

    line: Line
    first: int
    last: int
    source: Key
    targets: tuple[Key, ...]
    cells: Cells
    lost: bool = False


@dataclass(frozen=True)
class Diagram:
    """The whole diagram. `back`: the events from this one on are one round of a loop that never ends.

    `held` are the entries of caches at the end, by lane; those with `STALE` behind them are stale.
    """

    lanes: tuple[Lane, ...]
    events: tuple[Event, ...]
    held: Cells
    back: int | None = None


def sequence(system: System, trace: Trace, back: int | None = None) -> Diagram:
    """The diagram of a trace; `back`: as many steps lead to the state that a lasso comes back to."""
    reader = Reader(system, trace.sizes)
    events = tuple(_events(reader, trace, back))
    used = {key for e in events for key in (e.source, *e.targets, *e.cells)}
    loop = None if back is None else sum(e.last <= back for e in events)
    held: Cells = {}
    for (key, name), stale in sorted(reader.held(trace.states[-1]).items(), key=str):
        held.setdefault(key, []).append(name + (STALE if stale else ""))
    return Diagram(tuple(_lanes(reader, trace, used | held.keys())), events, held, loop)


def is_used(diagram: Diagram, key: Key) -> bool:
    """Whether anything happens in a lane."""
    return key in diagram.held or any(key in (e.source, *e.targets, *e.cells) for e in diagram.events)


def _lanes(reader: Reader, trace: Trace, used: set[Key]) -> Iterator[Lane]:
    """Actors first, then units and devices with caches, then whoever else acts."""
    caches = "iotlb" in trace.states[0]
    for key in _FIXED:
        if caches or key in used:
            yield Lane(key, key[0])
    others = [key for key in sorted(used, key=str) if key[0] not in {*(k[0] for k in _FIXED), "Unit", "Device"}]
    yield from (Lane(key, key[0]) for key in others)
    if not caches:
        return
    for unit in range(trace.sizes.get("Unit", 0)):
        yield Lane(("Unit", unit), f"IOTLB {reader.name('Unit', unit)}")
    for device in range(trace.sizes.get("Device", 0)):
        name = reader.name("Device", device)
        ats = trace.states[0].get("has_ats", {}).get((device,), 1)
        yield Lane(("Device", device), f"ATC {name}" if ats else f"{name} no ATS")


def _events(reader: Reader, trace: Trace, back: int | None) -> Iterator[Event]:
    """One event for each line; the stem and the round of a lasso are told apart from each other."""
    for start, end in [(0, len(trace))] if back is None else [(0, back), (back, len(trace))]:
        part = Trace(trace.sizes, trace.states[start : end + 1], trace.steps[start:end])
        first = 1
        for line in lines(reader.system, part, start):
            last = int(re.split("-", line.numbers)[-1]) - start
            event = _event(reader, line, part, first, last)
            yield replace(event, first=start + first, last=start + last)
            first = last + 1


def _event(reader: Reader, line: Line, trace: Trace, first: int, last: int) -> Event:
    """What steps `first` to `last` of a run come to; the last of them is the one that is told."""
    before, after, step = trace.states[first - 1], trace.states[last], trace.steps[last - 1]
    action = reader.system.action[step.action]
    source = _lane_of(reader, line.actor)
    cells = reader.changes(before, after)
    lost = action.tally == _TIMED_OUT or (action.fault and "timed_out" in action.name)
    return Event(line, first, last, source, _targets(reader, step, (before, after), source, cells), cells, lost)


def _targets(
    reader: Reader, step: Step, ends: tuple[ConcreteState, ConcreteState], source: Key, cells: Cells
) -> tuple[Key, ...]:
    """Whom a step is directed at."""
    before, after = ends
    if source == GUEST:
        return (CALLER,) if _rises(before, after, "queued") else ()
    if source == CALLER:
        if _rises(after, before, "queued"):
            return (GUEST,)
        return (KERNEL,) if _enters(reader, before, after) else ()
    if source != KERNEL:
        return ()
    if _returns(reader, before, after):
        return (CALLER,)
    touched = [k for k, texts in cells.items() if k[0] in {"Unit", "Device"} and any(_acted_on(t) for t in texts)]
    aimed = targets(reader.system, step, before) or _asked(reader, step)
    return tuple(dict.fromkeys([*aimed, *touched]))


def _acted_on(text: str) -> bool:
    """Whether a change is one of the cache or device itself, not of the page tables that it is compared with."""
    return "->" not in text or text[0] in "+-"


def _asked(reader: Reader, step: Step) -> list[Key]:
    """The device that a step waits for in vain."""
    action = reader.system.action[step.action]
    if action.tally != _TIMED_OUT:
        return []
    return [("Device", v) for p, v in zip(action.params, step.args, strict=True) if str(p.sort) == "Device"]


def _rises(before: ConcreteState, after: ConcreteState, name: str) -> bool:
    return name in after and not before[name].get((), 0) and bool(after[name].get((), 0))


def _enters(reader: Reader, before: ConcreteState, after: ConcreteState) -> bool:
    """Whether the caller's step goes into the kernel."""
    if reader.value(after, "call") == "ENTERED" and reader.value(before, "call") != "ENTERED":
        return True
    return any(name in after and before[name] != after[name] for name in _TO_KERNEL)


def _returns(reader: Reader, before: ConcreteState, after: ConcreteState) -> bool:
    """Whether a call comes back to the caller."""
    calls = reader.value(before, "call") != reader.value(after, "call") == "RETURNED"
    return calls or (reader.value(before, "lock") == "UNMAP" and reader.value(after, "lock") == "FREE")


def _lane_of(reader: Reader, actor: str) -> Key:
    """The lane of whoever acts."""
    if actor in _ACTORS:
        return _ACTORS[actor]
    for sort in ("Unit", "Device"):
        for element in range(reader.sizes.get(sort, 0)):
            name = reader.name(sort, element)
            if actor in {name, f"{sort.lower()} {name}"}:
                return sort, element
    return actor, 0
