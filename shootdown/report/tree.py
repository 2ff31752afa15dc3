"""The named topologies as trees: container, domains, groups, devices."""

from dataclasses import replace
from typing import TextIO

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from shootdown.ir import Named, System, formula
from shootdown.ir.expr import reads
from shootdown.ir.trace import ConcreteState
from shootdown.model.topology import TOPOLOGIES, Topology
from shootdown.report.words import WIDTH, index_sort
from shootdown.search import explicit
from shootdown.search.result import Limits


def draw_topologies(system: System, stream: TextIO) -> None:
    """Each named topology with one container that fits it, drawn without colours."""
    root = Tree(Text("topologies (each with one container that fits; --topology NAME)"))
    for topology in TOPOLOGIES.values():
        branch = root.add(Text(f"{topology.name}: {topology.summary}"))
        found = example(system, topology)
        if found is None:
            branch.add(Text("no such container under this contract"))
        else:
            _container(branch, system, *found)
    console = Console(file=stream, width=WIDTH, highlight=False, color_system=None)
    with console.capture() as drawn:
        console.print(root)
    stream.write("".join(f"{row.rstrip()}\n" for row in drawn.get().splitlines()))


def example(system: System, topology: Topology) -> tuple[ConcreteState, dict[str, int]] | None:
    """A start of that topology at its smallest sizes, with as many ATS devices as possible; None where there is none.

    The state has only the variables that a topology speaks about.
    """
    condition = formula(system, topology.condition)
    conditions = (*system.axioms, Named(topology.name, condition))
    named = set().union(*(reads(c.formula) for c in conditions))
    variables = tuple(v for v in system.variables if v.immutable or v.name in named)
    small = replace(system, variables=variables, init=conditions[-1:], actions=(), busy=None)
    sizes = {s.name: min(topology.sizes.get(s.name, (1,))) for s in small.index_sorts}
    result = explicit.explored(small, (), sizes, Limits(depth=0))
    states = [run.space.layout.unpack(word) for run in result.parts for word in run.visited.all().tolist()]
    best = max(states, key=lambda s: sum(s["has_ats"].values()), default=None)
    return None if best is None else (best, sizes)


def _container(branch: Tree, system: System, state: ConcreteState, sizes: dict[str, int]) -> None:
    names = {sort: index_sort(system, sort) for sort in ("Device", "Group", "Domain", "Unit")}
    container = branch.add("container")
    domains: dict[int, Tree] = {}
    for group in range(sizes["Group"]):
        label = f"{names['Group'].element(group)}"
        if state["emulated"][(group,)]:
            parent = container.add(Text(f"{label}: emulated (mdev), in no domain"))
        else:
            domain = state["domain_of"][(group,)]
            if domain not in domains:
                domains[domain] = container.add(Text(f"domain {names['Domain'].element(domain)}"))
            parent = domains[domain].add(Text(label))
        for device in range(sizes["Device"]):
            if state["group_of"][(device,)] == group:
                ats = "ATS" if state["has_ats"][(device,)] else "no ATS"
                unit = names["Unit"].element(state["unit_of"][(device,)])
                parent.add(Text(f"device {names['Device'].element(device)}: {ats}, behind {unit}"))
