"""What a step changes for whom, in a few characters: page tables, caches, the result, who is cut off or gone.

`+g->f` an entry comes, `-g->f` it goes, `g->f!` it is there and the page tables no longer say so. With several domains
an entry of an IOTLB is tagged: `A:g->f`. A variable that a system does not have changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shootdown.ir.system import System, scalar_text
from shootdown.ir.trace import ConcreteState, Step, Table
from shootdown.ir.view import shown

STALE = "!"
"""Stands behind an entry that the page tables no longer give."""

Key = tuple[str, int]
"""Whom something happens to: the sort and the number of an element or an actor and 0."""

Cells = dict[Key, list[str]]
"""What changed, by lane."""

GUEST: Key = ("guest", 0)
CALLER: Key = ("user/VMM", 0)
KERNEL: Key = ("kernel", 0)

_FLAGS = {"blocked": ("cut off", "let in"), "dead": ("dead", "alive")}
"""What a device's flag says when it is set and when it is cleared."""


@dataclass(frozen=True)
class Reader:
    """Reads states of one system at some sizes."""

    system: System
    sizes: Mapping[str, int]

    def changes(self, before: ConcreteState, after: ConcreteState) -> Cells:
        """What is different after some steps."""
        found: Cells = {}
        for key, text in self._changes(before, after):
            found.setdefault(key, []).append(text)
        return found

    def _changes(self, before: ConcreteState, after: ConcreteState) -> Iterator[tuple[Key, str]]:
        for point in _changed(before, after, "pte"):
            yield GUEST, f"{'+' if after['pte'][point] else '-'}{self._pair(point)}"
        for point in _changed(before, after, "ret") if self.value(after, "call") != "NONE" else ():
            result = shown(self.system.by_name["ret"].sort, after["ret"][point])
            yield KERNEL, f"ret {result}" if result == "0" else result
        for domain, frame in _changed(before, after, "s2"):
            sign = "+" if after["s2"][domain, frame] else "-"
            yield KERNEL, f"s2 {sign}{self._tag(domain)}{self.name('Frame', frame)}"
        yield from self._entries(before, after)
        for name, words in _FLAGS.items():
            for (device,) in _changed(before, after, name):
                yield ("Device", device), words[0] if after[name][device,] else words[1]
        for (group,) in _changed(before, after, "attached"):
            for (device,), own in sorted(after.get("group_of", {}).items()):
                if own == group:
                    yield ("Device", device), "joins" if after["attached"][group,] else "leaves"

    def _entries(self, before: ConcreteState, after: ConcreteState) -> Iterator[tuple[Key, str]]:
        """Entries of caches that come, go, or turn stale or fresh."""
        old, new = self.held(before), self.held(after)
        for key, name in sorted({**old, **new}, key=str):
            was, now = old.get((key, name)), new.get((key, name))
            if now is None:
                yield key, f"-{name}"
            elif was is None or was != now:
                yield key, f"{'+' if was is None else ''}{name}{STALE if now else ''}"

    def held(self, state: ConcreteState) -> dict[tuple[Key, str], bool]:
        """Every entry of every cache, by lane and name, and whether it is stale."""
        found: dict[tuple[Key, str], bool] = {}
        for point, value in sorted(state.get("iotlb", {}).items()):
            unit, domain, iova, frame = point
            if value:
                name = f"{self._tag(domain)}{self._pair((iova, frame))}"
                found[("Unit", unit), name] = not _mapped(state, domain, (iova, frame))
        for point, value in sorted(state.get("atc", {}).items()):
            device, *entry = point
            if value and state.get("has_ats", {}).get((device,), 1):
                where = _domain(state, device)
                found[("Device", device), self._pair(tuple(entry))] = not _mapped(state, where, tuple(entry))
        return found

    def value(self, state: ConcreteState, name: str) -> str:
        """The value of a variable without arguments as readers know it; empty where there is no such variable."""
        return scalar_text(self.system.by_name[name].sort, state[name][()]) if name in state else ""

    def name(self, sort: str, element: int) -> str:
        """What readers call an element."""
        return next(s.element(element) for s in self.system.index_sorts if s.name == sort)

    def _tag(self, domain: int) -> str:
        """`A:` where there are several domains."""
        return f"{self.name('Domain', domain)}:" if self.sizes.get("Domain", 1) > 1 else ""

    def _pair(self, point: tuple[int, ...]) -> str:
        iova, frame = (next(s for s in self.system.index_sorts if s.name == n) for n in ("Iova", "Frame"))
        return f"{scalar_text(iova, point[-2])}->{scalar_text(frame, point[-1])}"


def targets(system: System, step: Step, state: ConcreteState) -> list[Key]:
    """The caches that a step acts on whatever they hold: those of its device, as far as the action writes them."""
    action = system.action[step.action]
    written = {u.variable.name for u in action.updates}
    devices = [v for p, v in zip(action.params, step.args, strict=True) if str(p.sort) == "Device"]
    found: list[Key] = []
    for device in devices:
        if "iotlb" in written and "unit_of" in state:
            found.append(("Unit", state["unit_of"][device,]))
        if "atc" in written and state.get("has_ats", {}).get((device,), 1):
            found.append(("Device", device))
    return found


def _changed(before: ConcreteState, after: ConcreteState, name: str) -> list[tuple[int, ...]]:
    """Where a variable has another value than before; nowhere if there is no such variable."""
    old, new = before.get(name, {}), after.get(name, {})
    return [point for point in sorted(new) if old.get(point) != new[point]]


def _mapped(state: ConcreteState, domain: int, entry: tuple[int, ...]) -> bool:
    """Whether the guest's table, and stage 2 where it is modelled, give this translation in the domain."""
    stage2: Table = state.get("s2", {})
    return bool(state.get("pte", {}).get(entry, 1) and stage2.get((domain, entry[-1]), 1))


def _domain(state: ConcreteState, device: int) -> int:
    """The domain of a device's group."""
    group = state.get("group_of", {}).get((device,), 0)
    return state.get("domain_of", {}).get((group,), 0)
