"""Runs that look alike, in words: what all of them show, what each of them did, and what that leaves open."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from shootdown.counterexamples.render import lines, step_rows
from shootdown.ir import System
from shootdown.ir.sorts import BoolSort, CInt
from shootdown.ir.system import scalar_text
from shootdown.ir.trace import Trace
from shootdown.ir.view import say, shown
from shootdown.report.topology import topology_lines
from shootdown.report.words import index_sort, paragraph, plenty
from shootdown.search.alike import Alike, Elements, Sufficiency, Value

_NUMBERS = ("no", "one", "both", "all three", "all four")


def alike_text(system: System, alike: Alike, title: str) -> str:
    """The whole text: what all runs show, the runs one after the other, and who was done in each.

    At most 100 columns, with a newline at the end.
    """
    rows = [*paragraph(title, "", "  "), *paragraph(shared_text(system, alike))]
    for number, trace in enumerate(alike.traces, 1):
        rows += ["", *paragraph(f"run {number}: {plenty(len(trace), 'step')}")]
        rows += [row for item in topology_lines(system, trace) for row in paragraph(item, "    ", "      ")]
        rows += step_rows(lines(system, trace))
    return "\n".join([*rows, "", *(row for text in endings(system, alike) for row in paragraph(text))]) + "\n"


def alike_brief(system: System, alike: Alike) -> Iterator[str]:
    """The same in one sentence for what is shown and one for each run."""
    yield shared_text(system, alike)
    for number, (trace, names) in enumerate(zip(alike.traces, alike.sets, strict=True), 1):
        deeds = "; ".join(_deeds(system, trace, alike)) or "nobody is tried"
        yield f"run {number}: {deeds}; {alike.secret} = {braces(system, names)}"


def endings(system: System, alike: Alike) -> Iterator[str]:
    """Who was done, or left, in each run, and what follows."""
    for number, names in enumerate(alike.sets, 1):
        yield f"run {number}: {alike.secret} = {braces(system, names)}"
    if alike.sufficiency is Sufficiency.EXACT:
        yield f"whoever sees this cannot tell which of the {len(set(alike.sets))} it is"
    else:
        yield f"no device is done in {_all(len(alike.sets))} runs, so that nobody can be taken as done"


def shared_text(system: System, alike: Alike) -> str:
    """`all three runs show: VFIO_IOMMU_CACHE_INVALIDATE(g); ret = -EINVAL, count = 2`."""
    return f"{_all(len(alike.traces))} runs show: {'; '.join(_shows(system, alike))}"


def braces(system: System, names: Elements) -> str:
    """`{a, b}`: devices by name."""
    return f"{{{', '.join(index_sort(system, 'Device').element(d) for d in names)}}}"


def _all(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"all {count}"


def _shows(system: System, alike: Alike) -> Iterator[str]:
    """Each observed step in turn: what was seen of it, or, where that is nothing, that it happened."""
    trace, left = alike.traces[0], list(alike.view)
    for number, step in enumerate(trace.steps):
        if not left or left[0].step != step:
            continue
        sight = left.pop(0)
        if sight.values:
            yield ", ".join(_values(name, list(own)) for name, own in groupby(sight.values, lambda v: v.name))
        else:
            yield _deed(system, trace, number)


def _values(name: str, values: Sequence[Value]) -> str:
    """`count = 2`; of a relation the elements for which it holds."""
    first = values[0]
    if not first.over:
        return f"{name} = {_scalar(first)}"
    if isinstance(first.sort, BoolSort) and len(first.over) == 1:
        names = [scalar_text(first.over[0], v.point[0]) for v in values if v.value]
        return f"{name} = {{{', '.join(names)}}}"
    return ", ".join(f"{name}({_point(v)}) = {_scalar(v)}" for v in values)


def _scalar(value: Value) -> str:
    """A number is counted with, so that it is decimal."""
    return str(value.value) if isinstance(value.sort, CInt) else shown(value.sort, value.value)


def _point(value: Value) -> str:
    return ", ".join(scalar_text(s, p) for s, p in zip(value.over, value.point, strict=True))


def _deeds(system: System, trace: Trace, alike: Alike) -> Iterator[str]:
    """What a run did that is not seen, without steps that are told to nobody."""
    seen = {sight.step.action for sight in alike.view}
    for number, step in enumerate(trace.steps):
        action = system.action[step.action]
        if step.action not in seen and action.says and not action.silent:
            yield _deed(system, trace, number)


def _deed(system: System, trace: Trace, number: int) -> str:
    """The step's own words, or its name and arguments."""
    step = trace.steps[number]
    action = system.action[step.action]
    if action.says:
        return say(system, action.says, action, step.args, trace.states[number], trace.sizes, trace.states[number + 1])
    args = ", ".join(scalar_text(b.sort, v) for b, v in zip(action.params, step.args, strict=True))
    return f"{step.action}({args})" if args else step.action
