"""Where a run starts, in words: domains with their devices, the order of the lists, ATS, units, the guest's table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from shootdown.ir import System
from shootdown.ir.system import scalar_text
from shootdown.ir.trace import ConcreteState, Trace
from shootdown.model.sorts import Mode
from shootdown.report.words import index_sort, listed, side_by_side


def topology_lines(system: System, trace: Trace) -> list[str]:
    """The start of a trace, a few items to the row."""
    return side_by_side(start_items(system, trace))


def start_items(system: System, trace: Trace) -> list[str]:
    """The start of a trace, item by item."""
    return list(_Start(system, trace.states[0], trace.sizes).items())


@dataclass(frozen=True)
class _Start:
    """The first state of a run, with the questions that the description asks."""

    system: System
    state: ConcreteState
    sizes: Mapping[str, int]

    def items(self) -> Iterator[str]:
        """One item per domain, then whatever is not as usual."""
        backend = list(Mode)[self.value("mode")]
        order = self.domains()
        for place, domain in enumerate(order):
            yield self.domain_item(domain, place, len(order), known=backend is not Mode.NONE)
        for group in self.elements("Group"):
            yield from self.group_items(group)
        if backend is not Mode.NESTING:
            yield "no backend is set" if backend is Mode.NONE else f"mode {backend.name}"
        yield from self.memory_items()

    def value(self, name: str, *point: int) -> int:
        """A variable's value at the start."""
        return self.state[name][point]

    def elements(self, sort: str) -> range:
        """The elements of an index sort."""
        return range(self.sizes[sort])

    def name(self, sort: str, element: int) -> str:
        """What readers call an element."""
        return index_sort(self.system, sort).element(element)

    def domains(self) -> list[int]:
        """Domains with an attached group, the one that is visited first first."""
        present = [x for x in self.elements("Domain") if self.groups(x)]
        return sorted(present, key=lambda x: (-sum(self.value("dom_newer", x, y) for y in present), x))

    def groups(self, domain: int) -> list[int]:
        """Attached groups of a domain that have devices, the newest first."""
        own = [g for g in self.elements("Group") if self.joined(g) and self.value("domain_of", g) == domain]
        return sorted(own, key=lambda g: (-sum(self.value("newer", g, h) for h in own), g))

    def joined(self, group: int) -> bool:
        """The group is attached, has devices, and is not emulated."""
        real = self.value("attached", group) and not self.value("emulated", group)
        return bool(real and self.devices(group))

    def devices(self, group: int) -> list[int]:
        """The devices of a group, in list order."""
        own = [d for d in self.elements("Device") if self.value("group_of", d) == group]
        return sorted(own, key=lambda d: (-sum(self.value("before", d, e) for e in own), d))

    def braces(self, devices: Iterable[int]) -> str:
        """`{a, b}`."""
        return f"{{{', '.join(self.name('Device', d) for d in devices)}}}"

    def domain_item(self, domain: int, place: int, count: int, *, known: bool) -> str:
        """`domain A = {a}, attached last, visited first; a has no ATS`."""
        groups = self.groups(domain)
        devices = [d for g in groups for d in self.devices(g)]
        parts = [f"domain {self.name('Domain', domain)} = {self.braces(sorted(devices))}"]
        if count > 1 and place == 0 and known:
            parts[0] += ", attached last, visited first"
        if len(groups) > 1:
            newest = f"{self.name('Group', groups[0])} = {self.braces(self.devices(groups[0]))}"
            parts.append(f"{newest} attached last, visited first")
        orders = [[self.name("Device", d) for d in self.devices(g)] for g in groups]
        parts += [f"{' before '.join(mates)} in their group" for mates in orders if len(mates) > 1]
        if lacking := [self.name("Device", d) for d in sorted(devices) if not self.value("has_ats", d)]:
            parts.append(f"{listed(lacking)} {'has' if len(lacking) == 1 else 'have'} no ATS")
        if self.sizes["Unit"] > 1:
            parts.append(self.units(devices))
        return "; ".join(parts)

    def units(self, devices: list[int]) -> str:
        """Which unit each device is behind."""
        behind = {d: self.name("Unit", self.value("unit_of", d)) for d in sorted(devices)}
        if len(set(behind.values())) == 1:
            return f"behind {next(iter(behind.values()))}"
        return ", ".join(f"{self.name('Device', d)} behind {unit}" for d, unit in behind.items())

    def group_items(self, group: int) -> Iterator[str]:
        """Groups that are in no domain."""
        own = self.devices(group)
        if not own or self.joined(group):
            return
        what = [w for w, true in (("emulated, in no domain", self.value("emulated", group)),
                                  ("not attached", not self.value("attached", group))) if true]  # fmt: skip
        yield f"{self.name('Group', group)} = {self.braces(own)} is {' and '.join(what)}"

    def memory_items(self) -> Iterator[str]:
        """The guest's table, and ATCs that are not empty."""
        if pairs := self.pairs("pte"):
            yield f"the guest's table: {', '.join(pairs)}"
        for device in self.elements("Device"):
            if self.value("has_ats", device) and (pairs := self.pairs("atc", device)):
                yield f"the ATC of {self.name('Device', device)} already holds {', '.join(pairs)}"

    def pairs(self, name: str, *point: int) -> list[str]:
        """`g -> f` for each entry of a table of translations."""
        iova, frame = index_sort(self.system, "Iova"), index_sort(self.system, "Frame")
        return [
            f"{scalar_text(iova, p[-2])} -> {scalar_text(frame, p[-1])}"
            for p, value in sorted(self.state[name].items())
            if value and p[:-2] == point
        ]
