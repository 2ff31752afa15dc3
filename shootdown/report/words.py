"""Small words that every report uses: sizes, names, packed rows of text."""

import json
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence

from shootdown.ir import System
from shootdown.ir.sorts import IndexSort
from shootdown.model.topology import SORTS
from shootdown.review.problem import Request
from shootdown.search.question import size_text

WIDTH = 100
"""Columns of a page of text."""

_GAP = " " * 8


def caller_word(request: Request) -> str:
    """The policy in force; the hostile one is `any` in all that is told, however it was asked for."""
    return policy_name(request.caller)


def policy_name(policy: str) -> str:
    """What reports call a policy."""
    return "any" if policy == "hostile" else policy


def narrowing(request: Request) -> Iterator[str]:
    """Options that make the question smaller than the default, or the world another: `faults<=1`, `only=refused`."""
    if request.faults is not None:
        yield f"faults<={request.faults}"
    if request.only is not None:
        yield f"only={','.join(sorted(request.only))}"
    if request.without:
        yield f"without={','.join(sorted(request.without))}"
    if request.where:
        yield f"where={json.dumps(request.where)}"
    if request.engine:
        yield f"engine={request.engine}"


def assuming_word(system: System) -> str:
    """`assuming=a,b`: the named assumptions that the model leans on."""
    return f"assuming={','.join(a.name for a in system.assumptions) or 'nothing'}"


def sizes_word(sizes: Sequence[Mapping[str, int]]) -> str:
    """`sizes<=2,2,2,1,1,1`: the largest of several sizes; `sizes=` before the only one."""
    return f"sizes{'<=' if len(sizes) > 1 else '='}{sizes_row(largest(sizes))}"


def events_text(request: Request) -> str:
    """What else a proof holds for any number of: `calls, steps and faults`, or what `--only` leaves of them."""
    if request.only is None:
        return "calls, steps and faults"
    return f"calls, steps and {_kept(request.only)}" if request.only else f"calls and steps, {_kept(request.only)}"


def bounded_events_text(request: Request, most: int) -> str:
    """The same where a run has at most so many counted events."""
    if request.only is None:
        return f"calls and steps, at most {plenty(most, 'refusal, time-out or other counted event')}"
    kept = _kept(request.only, "event" if most == 1 else "events")
    return f"calls and steps, {f'at most {most} ' if request.only else ''}{kept}"


def _kept(only: Collection[str], noun: str = "events") -> str:
    return f"{noun} counted as {' or '.join(sorted(only))}, no others (--only)" if only else "no counted event (--only)"


def searched_text(request: Request, sizes: Sequence[Mapping[str, int]], *, every: bool = True) -> str:
    """Sizes and topologies that were searched, and the condition on their starts; `every`: none was left out."""
    distinct = {sizes_row(n) for n in sizes}
    count = f" ({len(distinct)} sizes)" if len(distinct) > 1 else ""
    where = (covered_text if every else some_text)(sizes, request.sizes) + count
    if request.where:
        where += f", from starts where {request.where}"
    if request.topology:
        return f"topology {request.topology}, {where}"
    also = () if request.where or request.sizes else request.property.topologies
    return where + "".join(f", and topology {name}" for name in also)


def sizes_text(sizes: Mapping[str, int]) -> str:
    """`2 domains, 1 unit`, in one fixed order of the sorts."""
    return size_text({s: sizes[s] for s in _in_order(sizes)})


def sizes_row(sizes: Mapping[str, int]) -> str:
    """`2,2,2,1,1,1`: the same as bare numbers."""
    return ",".join(str(sizes[s]) for s in _in_order(sizes))


def covered_text(closed: Sequence[Mapping[str, int]], given: Mapping[str, int]) -> str:
    """Sizes that were all searched, in words; sorts in `given` had one size only."""
    if len(closed) == 1:
        return sizes_text(closed[0])
    up_to = sizes_text({s: n for s, n in largest(closed).items() if s not in given})
    return f"every size with {sizes_text(given)}, and up to {up_to}" if given else f"every size up to {up_to}"


def some_text(searched: Sequence[Mapping[str, int]], given: Mapping[str, int]) -> str:
    """As `covered_text`, where others of these sizes may not have been searched."""
    if len(searched) == 1:
        return sizes_text(searched[0])
    up_to = sizes_text({s: n for s, n in largest(searched).items() if s not in given})
    return f"sizes with {sizes_text(given)}, none with more than {up_to}" if given else f"sizes of at most {up_to}"


def largest(sizes: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The largest size of each sort."""
    return {s: max(n[s] for n in sizes) for s in _in_order(sizes[0])}


def _in_order(sizes: Mapping[str, int]) -> list[str]:
    known = [s for s in SORTS if s in sizes]
    return known + sorted(set(sizes) - set(known))


def index_sort(system: System, name: str) -> IndexSort:
    """The index sort of that name."""
    return next(s for s in system.index_sorts if s.name == name)


def plenty(count: int, noun: str) -> str:
    """`1 step`, `3 steps`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), *names[-1:]])


def side_by_side(items: Sequence[str], indent: int = 2) -> list[str]:
    """Items in rows, as many side by side as fit; without the indentation."""
    rows: list[str] = []
    for item in items:
        if rows and indent + len(rows[-1]) + len(_GAP) + len(item) <= WIDTH:
            rows[-1] += _GAP + item
        else:
            rows.append(item)
    return rows


def paragraph(text: str, first: str = "  ", later: str = "    ") -> list[str]:
    """A text in rows of at most WIDTH columns."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, break_long_words=False
    )
