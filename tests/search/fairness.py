"""Fair lassos by brute force, and random responses about random systems, for the liveness engines to agree with."""

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from shootdown.ir import Fair, Response, Strength, System, leads_to
from shootdown.ir.interp import domain, enabled, holds, successors
from shootdown.ir.trace import ConcreteState, Step
from tests.search.random_systems import Case
from tests.search.random_terms import Node, Terms

Key = tuple[Any, ...]
State = ConcreteState
Sizes = Mapping[str, int]


def key(state: ConcreteState) -> Key:
    """A state as something to look up."""
    return tuple(tuple(sorted(state[name].items())) for name in sorted(state))


def graph(system: System, sizes: Sizes, first: Iterator[ConcreteState], most: int) -> Any:
    """All reachable states and steps, by the interpreter alone; nodes carry `state`, edges are steps.

    None where there are more than `most` states.
    """
    found = nx.MultiDiGraph()
    todo = []
    for state in first:
        found.add_node(key(state), state=state)
        todo.append(state)
    while todo:
        if len(found) > most:
            return None
        state = todo.pop()
        for step, after in successors(system, state, sizes):
            if key(after) not in found:
                found.add_node(key(after), state=after)
                todo.append(after)
            found.add_edge(key(state), key(after), step=step)
    return found


def fails(system: System, response: Response, sizes: Sizes, whole: Any) -> set[tuple[int, ...]]:
    """The elements for which some fair run breaks the response: by all sets of instances that are never enabled."""
    duties = [
        (Step(f.action, args), f.strength)
        for f in response.fair
        for args in itertools.product(*(domain(p.sort, sizes) for p in system.action[f.action].params))
    ]
    able = {
        (node, step): enabled(system.action[step.action], step.args, data["state"], sizes)
        for node, data in whole.nodes(data=True)
        for step, _ in duties
    }
    return {
        elements
        for elements in itertools.product(*(domain(p.sort, sizes) for p in response.params))
        if _waits(system, response, sizes, whole, elements, duties, able)
    }


def _waits(
    system: System, response: Response, sizes: Sizes, whole: Any, elements: tuple[int, ...], duties: Any, able: Any
) -> bool:
    env = {p.key: v for p, v in zip(response.params, elements, strict=True)}
    states = nx.get_node_attributes(whole, "state")
    open_ = whole.subgraph([n for n, s in states.items() if not holds(response.goal, s, sizes, env)])
    begin = [n for n in open_ if holds(response.trigger, states[n], sizes, env)]
    region = set(begin).union(*(nx.descendants(open_, n) for n in begin))
    inside = nx.MultiDiGraph()
    inside.add_nodes_from(region)
    for a, b, step in open_.subgraph(region).edges(data="step"):
        if not system.action[step.action].fault:
            inside.add_edge(a, b, step=step)
    strong = [step for step, strength in duties if strength is Strength.STRONG]
    for count in range(len(strong) + 1):
        for never in itertools.combinations(strong, count):
            calm = inside.subgraph([n for n in inside if not any(able[n, step] for step in never)])
            if any(_fair(calm, group, duties, set(never), able) for group in nx.strongly_connected_components(calm)):
                return True
    return False


def _fair(calm: Any, group: set[Key], duties: Any, never: set[Step], able: Any) -> bool:
    taken = {step for _, _, step in calm.subgraph(group).edges(data="step")}
    return all(
        step in taken or step in never or (strength is Strength.WEAK and not all(able[n, step] for n in group))
        for step, strength in duties
    )


def some_response(case: Case, seed: int) -> Response:
    """A random response about a random system, fair to some of its actions."""
    rng = random.Random(seed)
    terms = Terms(rng, [v.name for v in case.system.variables], wide=False)
    likely = [a for a in case.system.actions if not a.fault]
    fair = tuple(
        Fair(a.name, rng.choice((Strength.WEAK, Strength.STRONG))) for a in likely if rng.random() < 0.85
    )
    over = (Node,) if rng.random() < 0.5 else ()

    def trigger(s: Any, *nodes: Any) -> Any:
        return terms.formula(s, nodes, 1)

    def goal(s: Any, *nodes: Any) -> Any:
        return terms.formula(s, nodes, 1) | terms.atom(s, nodes)

    return leads_to("random", trigger, goal, fair=lambda _: fair, over=over).on(case.system)
