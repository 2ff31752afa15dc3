"""The judge of fair loops on proofs in which one thing only is wrong: each reason is looked at for itself."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from shootdown.ir import Part, Response, State, System, action, compose, leads_to, require
from shootdown.search.fair import Excluded, FairSearch, fair_search
from shootdown.search.refute import EngineBug
from shootdown.search.result import Limits
from shootdown.search.unfair import judge
from tests.search.live_toys import all_done, everybody, fair
from tests.search.test_fair_judge import strong_proof, without


def denied(says: str, system: System, response: Response, wrong: FairSearch, **sizes: int) -> None:
    """The judge names what does not stand; the interpreter is not asked."""
    with pytest.raises(EngineBug, match=says):
        judge(system, [response], [], sizes, Limits(), wrong, sample=0)


def with_first(found: FairSearch, **changed: Any) -> FairSearch:
    """The proof with the first excluded instance changed."""
    part = found.parts[0]
    first, *rest = part.excluded
    return replace(found, parts=(replace(part, excluded=(replace(first, **changed), *rest)), *found.parts[1:]))


def nowhere(of: Excluded) -> dict[str, Any]:
    """Nobody waits anywhere: no state, no layer, no fair component."""
    return {"region": np.zeros_like(of.region), "why": replace(of.why, layers=(), fair=np.full_like(of.why.fair, -1))}


def test_a_proof_that_looks_at_no_state_is_denied() -> None:
    """An empty region needs no reason; a philosopher is hungry all the same."""
    system, response, found = strong_proof()
    wrong = with_first(found, **nowhere(found.parts[0].excluded[0]))
    denied("a state that waits for the goal is not in the region", system, response, wrong, Client=3)


def test_a_proof_in_which_a_component_is_called_fair_is_denied() -> None:
    """A run may stay there for ever, says the search itself."""
    system, response, found = strong_proof()
    why = found.parts[0].excluded[0].why
    fair_there = with_first(found, why=replace(why, fair=np.zeros_like(why.fair)))
    denied("a component is called fair in a proof", system, response, fair_there, Client=3)


def test_a_proof_that_leaves_out_a_start_is_denied() -> None:
    """No step leads back to where nobody has done anything: without that start the set of states is closed."""
    system = everybody()
    response = all_done(system, fair("do"))
    found = fair_search(system, [response], [], {"Client": 2}, Limits())
    (part,) = found.parts
    assert part.states[0] == 0
    keep = np.arange(1, len(part.states))
    excluded = tuple(without(e, keep) for e in part.excluded)
    wrong = replace(found, parts=(replace(part, states=part.states[keep], excluded=excluded),))
    denied("an initial state is not among the states", system, response, wrong, Client=2)


def broken_lift() -> tuple[System, Response]:
    """It goes up, which is fair; a fault stops it for ever between the floors."""
    part = Part("lift")
    for name in ("up", "broken"):
        part.variable(name, bool)
    part.init("down", lambda s: ~s.up & ~s.broken)

    @action(actor="lift")
    def rise(s: State) -> None:
        """To the upper floor."""
        require(~s.broken)
        s.up = True

    @action(actor="lift", fault=True, tally="broken")
    def breaks(s: State) -> None:
        """For good."""
        require(~s.up)
        s.broken = True

    part.act(rise, breaks)
    system = compose("lift", [part])
    claim = leads_to("goes-up", lambda s: ~s.up & ~s.broken, lambda s: s.up, fair=fair("rise"))
    return system, claim.on(system)


def test_a_fault_does_not_end_the_wait() -> None:
    """Whoever waits in a broken lift waits still. A proof that forgets where the fault leads is denied."""
    system, response = broken_lift()
    assert fair_search(system, [response], [], {}, Limits()).lasso is not None
    whole = replace(system, actions=tuple(a for a in system.actions if not a.fault))
    found = fair_search(whole, [response], [], {}, Limits())
    assert found.lasso is None
    wrong = _with_the_broken(system, response, found)
    denied("a step leaves the region without the goal", system, response, wrong)


def _with_the_broken(system: System, response: Response, found: FairSearch) -> FairSearch:
    """The proof of the lift that does not break, told of all the states of the one that does."""
    never_up = replace(response, trigger=response.goal, goal=response.goal)
    every = fair_search(system, [never_up], [], {}, Limits())
    (of_all,), (part,) = every.parts, found.parts
    (known,) = part.excluded
    region = np.isin(of_all.states, part.states[known.region])
    where = np.searchsorted(part.states, of_all.states[region])
    layers = []
    for layer in known.why.layers:
        component = np.full(len(of_all.states), -1, dtype=layer.component.dtype)
        component[region] = layer.component[where]
        layers.append(replace(layer, component=component))
    why = replace(known.why, layers=tuple(layers), fair=np.full(len(of_all.states), -1, dtype=known.why.fair.dtype))
    (blank,) = of_all.excluded
    own = replace(blank, instance=replace(blank.instance, response=response), region=region, why=why)
    return replace(every, parts=(replace(of_all, excluded=(own,)),))


