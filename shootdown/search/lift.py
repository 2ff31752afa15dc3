"""From a run of a slice back to a run of the whole system."""

from collections.abc import Iterable, Mapping

from shootdown.ir.errors import UsageError
from shootdown.ir.graph import FALSE_NODE
from shootdown.ir.ground import Ground, Sizes, cell_value, check_sizes, ground
from shootdown.ir.slice import dropped_names
from shootdown.ir.system import System
from shootdown.ir.trace import Candidate
from shootdown.search.enumerate import smallest
from shootdown.search.layout import WORD, lay_out


def lift(system: System, sliced: System, candidate: Candidate) -> Candidate:
    """`candidate` of `sliced` as a candidate of `system`: dropped variables get start values.

    They are the lexicographically smallest ones, in the order of declaration,
    that meet the conditions on dropped variables. A UsageError where none are found.
    """
    names = set(dropped_names(system, sliced))
    sizes = {**check_sizes(system, candidate.sizes), **candidate.sizes}
    whole = ground(system, sizes)
    values = _dropped_values(whole, names)
    start: dict[str, Mapping[tuple[int, ...], int]] = {}
    for variable in system.variables:
        if variable.name in names:
            own = {
                c.args: cell_value(c, values[k]) for k, c in enumerate(whole.cells) if c.variable.name == variable.name
            }
            start[variable.name] = own
        else:
            start[variable.name] = candidate.start[variable.name]
    return Candidate(sizes, start, candidate.steps)


def can_start(system: System, sliced: System, sizes: Sizes) -> bool:
    """Whether the conditions that the slice leaves out can be met: a start of the slice is then one of the system."""
    try:
        _dropped_values(ground(system, sizes), set(dropped_names(system, sliced)))
    except UsageError:
        return False
    return True


def _dropped_values(whole: Ground, names: set[str]) -> dict[int, int]:
    """Fixed cells, and the smallest start values of the dropped variables' cells."""
    if FALSE_NODE in whole.init:
        raise UsageError(f"no start values are found: the initial conditions of {whole.system.name} exclude each other")
    values = dict(whole.fixed)
    cells = {c for c in whole.free if whole.cells[c].variable.name in names}
    for group in _connected(whole, cells):
        values.update(_smallest_values(whole, group))
    return values


def _connected(whole: Ground, cells: set[int]) -> Iterable[list[int]]:
    """`cells` in groups that no initial condition connects: each is solved on its own."""
    leader = {c: c for c in cells}

    def find(cell: int) -> int:
        while leader[cell] != cell:
            cell = leader[cell]
        return cell

    for node in whole.init:
        first, *rest = sorted(whole.graph.support(node) & cells) or [-1]
        for other in rest:
            leader[find(other)] = find(first)
    groups: dict[int, list[int]] = {}
    for cell in sorted(cells):
        groups.setdefault(find(cell), []).append(cell)
    return groups.values()


def _smallest_values(whole: Ground, group: list[int]) -> dict[int, int]:
    layout = lay_out(whole, group)
    conditions = [n for n in whole.init if whole.graph.support(n) & set(group)]
    found = smallest(layout, conditions) if layout.width <= WORD else None
    if found is None:
        name = whole.cells[group[0]].variable.name
        raise UsageError(f"no start values are found for `{name}` and what the initial conditions tie to it")
    return {cell: layout.at(cell, found) for cell in group}
