"""What variables see of all states: the same views and steps as the whole graph of states has, seen one by one."""

import pytest

from shootdown.ir import System, UsageError
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.review.catalogue import find_design
from shootdown.search.result import Limits, Progress
from shootdown.search.seen import Seen, TooLarge, View, seen
from shootdown.search.stategraph import state_graph

ONE = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}


def of(design: str) -> System:
    """A design's model, where few actions belong to the caller."""
    return build(World(find_design(design), "vtd-v10", "report-and-complete"))


def slowly(system: System, sizes: dict[str, int], names: list[str]) -> tuple[dict[View, bool], dict[object, set[str]]]:
    """The same from the graph of all states, without symmetry and without packed words."""
    whole = state_graph(system, sizes, 50_000)
    view = {n: tuple(s[name][()] for name in names) for n, s in whole.nodes(data="state")}
    views = dict.fromkeys(view.values(), False)
    for node, initial in whole.nodes(data="initial"):
        views[view[node]] = views[view[node]] or initial
    steps: dict[object, set[str]] = {}
    for a, b, labels in whole.edges(data="actions"):
        if a != b:
            steps.setdefault((view[a], view[b]), set()).update(label.partition("(")[0] for label in labels)
    return views, steps


@pytest.mark.parametrize("names", [["call", "ret"], ["req", "lock", "queued"]])
def test_the_same_as_every_state_one_by_one(names: list[str]) -> None:
    """With a variable that names an iova, where no renaming may be used, and without."""
    system = of("type1-v1")
    found = seen(system, ONE, names, Limits(), 60)
    assert isinstance(found, Seen)
    assert (dict(found.views), {k: set(v) for k, v in found.steps.items()}) == slowly(system, ONE, names)
    assert found.renamed is ("req" not in names)


@pytest.mark.long
@pytest.mark.parametrize("names", [["call", "ret", "stage"], ["req", "queued_iova"]])
@pytest.mark.parametrize("more", [{"Device": 2}, {"Iova": 2}])
def test_the_same_at_larger_sizes(names: list[str], more: dict[str, int]) -> None:
    """Where a renaming maps states to others."""
    system = of("best-effort")
    found = seen(system, ONE | more, names, Limits(), 60)
    assert isinstance(found, Seen)
    assert (dict(found.views), {k: set(v) for k, v in found.steps.items()}) == slowly(system, ONE | more, names)


def test_what_is_too_large_says_what_fits() -> None:
    """Sizes grow in turn, so that the first one that is too large is hardly larger than the last that fits."""
    found = seen(of("type1-v1"), ONE | {"Device": 99, "Group": 99}, ["call"], Limits(states=10_000), 60)
    assert found == TooLarge("more than 10000 states", ONE | {"Group": 2})
    assert seen(of("type1-v1"), ONE, ["call"], Limits(states=3000), 60) == TooLarge("more than 3000 states", None)


def test_too_many_views_and_sizes_without_elements_are_refused() -> None:
    """One sentence each."""
    with pytest.raises(UsageError, match="the graph has 8 nodes, more than anyone can read"):
        seen(of("type1-v1"), ONE, ["call", "ret"], Limits(), 7)
    with pytest.raises(UsageError, match="Frame has size 0"):
        seen(of("type1-v1"), ONE | {"Frame": 0}, ["call"], Limits(), 7)


def test_who_listens_hears_of_both_parts() -> None:
    """Of the exploration, and of the reading of its states."""
    told: list[Progress] = []
    seen(of("type1-v1"), ONE, ["call"], Limits(report=told.append), 60)
    assert {p.engine for p in told} == {"explicit", "picture"}
