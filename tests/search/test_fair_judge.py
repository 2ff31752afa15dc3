"""The judges of liveness: which lassos are believed, and which proofs that there is none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from shootdown.ir import Fair, System
from shootdown.ir.errors import TraceError
from shootdown.ir.lasso import LassoCandidate, Permutation
from shootdown.ir.temporal import Response
from shootdown.ir.trace import Step, Table
from shootdown.search.digraph import Index
from shootdown.search.fair import Excluded, FairSearch, fair_search
from shootdown.search.refute import EngineBug
from shootdown.search.refute_lasso import confirmed, refuted_by_lasso, unwound
from shootdown.search.result import Limits
from shootdown.search.streett import Layer
from shootdown.search.unfair import judge
from shootdown.search.verdict import RefutedLasso, Scope, Treated, Turn
from tests.search.live_toys import (
    STRONG,
    WEAK,
    all_done,
    arrives,
    channel,
    eats_some_day,
    everybody,
    fair,
    gets_out,
    idler,
    is_done,
    is_served,
    never,
    ring,
    sequence,
    server,
    table,
    token,
)

Steps = tuple[Step, ...]


def at_table(loop: Steps, response: Response, stem: Steps = ()) -> RefutedLasso:
    """A lasso of two philosophers, of whom the second starves, judged."""
    nobody: Table = {(0,): 0, (1,): 0}
    candidate = LassoCandidate({"Client": 2}, {"hungry": nobody, "eats": nobody}, stem, loop, (1,))
    return confirmed(table(), response, candidate, Scope(()))


HUNGRY = sequence(("get_hungry", [1]))
ROUND = sequence(("get_hungry", [0]), ("eat", [0]), ("think", [0]))


def test_a_fair_lasso_is_believed() -> None:
    """The first eats again and again; the second is hungry, and its forks are taken once a round."""
    verdict = at_table(ROUND, eats_some_day(table(), fair("eat", "think")), HUNGRY)
    assert (verdict.lasso.back, verdict.since, verdict.elements) == (1, 1, (1,))
    assert verdict.lasso.states[-1] == verdict.lasso.states[1]
    assert set(verdict.fair) == {
        Treated(Step("eat", (0,)), WEAK, Turn.TAKEN),
        Treated(Step("eat", (1,)), WEAK, Turn.DISABLED),
        Treated(Step("think", (0,)), WEAK, Turn.TAKEN),
        Treated(Step("think", (1,)), WEAK, Turn.NEVER),
    }


@pytest.mark.parametrize(
    ("loop", "strength", "says"),
    [
        (ROUND, STRONG, r"unfair: `eat\(b\)` is enabled again and again and never taken.*strongly fair"),
        ((), WEAK, r"unfair: `eat\(b\)` is enabled all the time and never taken.*weakly fair"),
        (ROUND[:2], WEAK, "the loop does not close"),
        (ROUND[1:], WEAK, "step 2: `eat.a.` is not enabled"),
        (sequence(("eat", [1]), ("think", [1]), ("get_hungry", [1])), WEAK, "the goal .* holds again and again"),
        (sequence(("dance", [1])), WEAK, "has no action `dance`"),
    ],
)
def test_what_is_no_fair_lasso_is_rejected(loop: Steps, strength: object, says: str) -> None:
    """One sentence names what is wrong: the instance that never has its turn, the step, the loop, the goal."""
    response = eats_some_day(table(), fair("eat", "think", strength=STRONG if strength is STRONG else WEAK))
    with pytest.raises(TraceError, match=says):
        at_table(loop, response, HUNGRY)


def test_the_trigger_has_to_hold_and_the_goal_has_to_stay_away() -> None:
    """A run without a trigger breaks nothing, nor does one in which the goal came after the last trigger."""
    response = eats_some_day(table(), fair())
    with pytest.raises(TraceError, match="the trigger of `eats-some-day` never holds"):
        at_table((), response)
    with pytest.raises(TraceError, match="the goal does then or later"):
        at_table((), response, sequence(("get_hungry", [1]), ("eat", [1]), ("think", [1])))


def test_a_trigger_may_hold_after_an_earlier_goal() -> None:
    """Whoever ate once and is hungry again may starve: the later trigger counts."""
    stem = sequence(("get_hungry", [1]), ("eat", [1]), ("think", [1]), ("get_hungry", [1]))
    assert at_table(ROUND, eats_some_day(table(), fair("eat", "think")), stem).since == 4


def test_a_fault_in_the_loop_is_rejected() -> None:
    """Losing every message for ever is no run: a run has finitely many faults. The same loop of ordinary steps is."""
    loop = sequence(("send", []), ("lose", []))
    start: dict[str, Table] = {name: {(): 0} for name in ("sent", "arrived", "dead")}
    candidate = LassoCandidate({}, start, (), loop)
    system = channel(losing_is_a_fault=True)
    with pytest.raises(TraceError, match="step 2: the fault `lose` stands in the loop"):
        confirmed(system, arrives(system, fair("send")), candidate, Scope(()))
    system = channel(losing_is_a_fault=False)
    assert confirmed(system, arrives(system, fair("send", "deliver")), candidate, Scope(())).lasso.loop == loop


def passed(loop: Steps, permutation: Permutation, clients: int = 3) -> LassoCandidate:
    """The token goes round, and the loop closes once the clients are renamed."""
    holder: Table = {(k,): int(k == 0) for k in range(clients)}
    return LassoCandidate({"Client": clients}, {"holder": holder}, (), loop, (), permutation)


CYCLE: Permutation = {"Client": (1, 2, 0)}
ONE = sequence(("hand", [0, 1]))


def test_a_loop_that_closes_under_a_permutation_is_unwound_first() -> None:
    """One step and a cycle of three clients are three real steps, after which the token is where it was."""
    system = token()
    lasso = unwound(system, passed(ONE, CYCLE))
    assert lasso.loop == sequence(("hand", [0, 1]), ("hand", [1, 2]), ("hand", [2, 0]))
    assert lasso.states[-1] == lasso.states[0]


def test_fairness_is_judged_after_unwinding() -> None:
    """Weakly fair it is, since nobody holds the token all the time; strongly it is not: no hand goes from a to c.

    Without unwinding, the step from a to b would stand for all of them.
    """
    system = token()
    weak = never(system, fair("hand"))
    assert confirmed(system, weak, passed(ONE, CYCLE), Scope(())).lasso.loop[0] == ONE[0]
    strong = never(system, fair("hand", strength=STRONG))
    with pytest.raises(TraceError, match=r"unfair: `hand\(a, c\)`"):
        confirmed(system, strong, passed(ONE, CYCLE), Scope(()))
    two = passed(ONE, {"Client": (1, 0)}, 2)
    assert {t.turn for t in confirmed(system, strong, two, Scope(())).fair} == {Turn.TAKEN, Turn.NEVER}


@pytest.mark.parametrize(
    ("permutation", "says"),
    [
        ({}, "the loop does not close: after it the state is not the one before it$"),
        ({"Client": (0, 2, 1)}, "does not close.*with the permutation applied"),
        ({"Client": (1, 1, 0)}, "no permutation"),
        ({"Client": (1, 0)}, "no permutation"),
    ],
)
def test_a_permutation_has_to_be_one_and_to_close_the_loop(permutation: Permutation, says: str) -> None:
    """A loop that does not close is none, whatever it is called."""
    with pytest.raises(TraceError, match=says):
        unwound(token(), passed(ONE, permutation))


def test_an_engine_with_a_wrong_lasso_is_a_defect() -> None:
    """The same mistakes, made by an engine, are not the user's."""
    with pytest.raises(EngineBug, match="a lasso against `never` of token does not stand: the loop does not close"):
        refuted_by_lasso(token(), never(token(), fair()), passed(ONE, {}), Scope(()))


def test_nobody_else_builds_the_verdict() -> None:
    """A verdict that was not replayed cannot exist."""
    good = at_table(ROUND, eats_some_day(table(), fair("eat", "think")), HUNGRY)
    with pytest.raises(TypeError, match="replays the run"):
        RefutedLasso(good.lasso, good.claim, good.elements, good.since, good.fair, good.scope)


Tamper = Callable[[Excluded], Excluded]


def layered(excluded: Excluded, change: Callable[[Layer], Layer]) -> Excluded:
    """The first layer changed."""
    first, *rest = excluded.why.layers
    return replace(excluded, why=replace(excluded.why, layers=(change(first), *rest)))


def smaller(excluded: Excluded) -> Excluded:
    """One state less that waits."""
    region = excluded.region.copy()
    region[np.flatnonzero(region)[0]] = False
    return replace(excluded, region=region)


TAMPERED: dict[str, Tamper] = {
    "is not in the region|has other states|without the goal": smaller,
    "has reached the goal": lambda e: replace(e, region=np.ones_like(e.region)),
    "states are left over": lambda e: replace(e, why=replace(e.why, layers=())),
    "has other states": lambda e: layered(e, lambda x: replace(x, component=np.full_like(x.component, -1))),
    "has no reason": lambda e: layered(e, lambda x: replace(x, reason=np.full_like(x.reason, -1))),
    "left over|blamed|all the time": lambda e: layered(e, lambda x: replace(x, reason=np.zeros_like(x.reason))),
}


def strong_proof() -> tuple[System, Response, FairSearch]:
    """Three philosophers and strong fairness: a proof with more than one layer."""
    system = table()
    response = eats_some_day(system, lambda _: (Fair("think"), Fair("eat", STRONG)))
    return system, response, fair_search(system, [response], [], {"Client": 3}, Limits())


def test_the_proof_to_be_tampered_with_stands() -> None:
    """The control: as it is, the judge takes it, and the interpreter has looked at every state."""
    system, response, found = strong_proof()
    said = judge(system, [response], [], {"Client": 3}, Limits(), found, sample=10_000)
    assert (said.states, said.sampled, said.instances) == (found.search.states, found.search.states, 3)
    assert len(found.parts[0].excluded[0].why.layers) > 1


@pytest.mark.parametrize("says", sorted(TAMPERED))
def test_a_proof_that_was_tampered_with_is_denied(says: str) -> None:
    """Every part of a certificate matters: without it the judge names what does not stand."""
    system, response, found = strong_proof()
    part = found.parts[0]
    wrong = replace(found, parts=(replace(part, excluded=(TAMPERED[says](part.excluded[0]), *part.excluded[1:])),))
    with pytest.raises(EngineBug, match=says):
        judge(system, [response], [], {"Client": 3}, Limits(), wrong, sample=0)


@pytest.mark.parametrize(
    ("says", "change"),
    [
        ("does not go down", lambda x: replace(x, height=np.zeros_like(x.height))),
        ("does not go down", lambda x: replace(x, height=-x.height)),
        ("blamed|all the time", lambda x: replace(x, component=np.minimum(x.component, 0))),
    ],
)
def test_the_order_of_components_is_judged(says: str, change: Callable[[Layer], Layer]) -> None:
    """Components between which steps lead must go down, and those that are taken for one have one reason."""
    system = everybody()
    response = all_done(system, fair("do"))
    found = fair_search(system, [response], [], {"Client": 2}, Limits())
    part = found.parts[0]
    judge(system, [response], [], {"Client": 2}, Limits(), found)
    wrong = replace(found, parts=(replace(part, excluded=(layered(part.excluded[0], change),)),))
    with pytest.raises(EngineBug, match=says):
        judge(system, [response], [], {"Client": 2}, Limits(), wrong, sample=0)


def without(excluded: Excluded, keep: Index) -> Excluded:
    """The same about some of the states only."""
    layers = tuple(replace(x, component=x.component[keep]) for x in excluded.why.layers)
    why = replace(excluded.why, layers=layers, fair=excluded.why.fair[keep])
    return replace(excluded, region=excluded.region[keep], why=why)


def test_a_proof_that_leaves_out_states_is_denied() -> None:
    """A set that some step leaves is not all that can be reached."""
    system, response, found = strong_proof()
    part = found.parts[0]
    keep = np.arange(len(part.states) - 1)
    excluded = tuple(without(e, keep) for e in part.excluded)
    wrong = replace(found, parts=(replace(part, states=part.states[keep], excluded=excluded),))
    with pytest.raises(EngineBug, match="a step leaves the set of states"):
        judge(system, [response], [], {"Client": 3}, Limits(), wrong, sample=0)


def test_whoever_waits_is_followed() -> None:
    """The trigger need not last: a state after it in which nothing has come yet waits as well."""
    system = ring()
    response = gets_out(system, lambda _: (Fair("step"), Fair("back"), Fair("leave", STRONG)))
    found = fair_search(system, [response], [], {}, Limits())
    (part,) = found.parts
    (excluded,) = part.excluded
    gone = int(np.flatnonzero(excluded.region)[1])

    def cut(layer: Layer) -> Layer:
        component = layer.component.copy()
        component[gone] = -1
        return replace(layer, component=component)

    region = excluded.region.copy()
    region[gone] = False
    why = replace(excluded.why, layers=tuple(cut(x) for x in excluded.why.layers))
    wrong = replace(found, parts=(replace(part, excluded=(replace(excluded, region=region, why=why),)),))
    with pytest.raises(EngineBug, match="a step leaves the region without the goal"):
        judge(system, [response], [], {}, Limits(), wrong, sample=0)


def test_who_is_blamed_must_not_be_taken() -> None:
    """Waiting is enabled all the time, and a run that waits takes it: only work is what such a run is unfair to."""
    system = idler()
    response = is_done(system, fair("wait", "work"))
    found = fair_search(system, [response], [], {}, Limits())
    judge(system, [response], [], {}, Limits(), found)
    (part,) = found.parts
    (excluded,) = part.excluded
    assert excluded.why.layers[0].reason.tolist() == [1]
    wait = layered(excluded, lambda x: replace(x, reason=np.zeros_like(x.reason)))
    wrong = replace(found, parts=(replace(part, excluded=(wait,)),))
    with pytest.raises(EngineBug, match="a step takes the instance that its component is blamed for"):
        judge(system, [response], [], {}, Limits(), wrong, sample=0)


def test_a_proof_that_leaves_out_elements_is_denied() -> None:
    """Every choice of elements has to be looked at."""
    system, response, found = strong_proof()
    part = found.parts[0]
    wrong = replace(found, parts=(replace(part, excluded=part.excluded[:-1]),))
    with pytest.raises(EngineBug, match="a choice of elements was left out"):
        judge(system, [response], [], {"Client": 3}, Limits(), wrong, sample=0)


def test_a_proof_of_a_weaker_claim_is_denied() -> None:
    """What was proved under fairness to serving does not stand without that fairness."""
    system = server()
    found = fair_search(system, [is_served(system, fair("serve"))], [], {"Client": 2}, Limits())
    with pytest.raises(EngineBug, match="has no reason"):
        judge(system, [is_served(system, fair())], [], {"Client": 2}, Limits(), found, sample=0)


def test_a_lasso_is_no_proof() -> None:
    """There is nothing to judge where something was found, or the search did not end."""
    system = ring()
    response = gets_out(system, fair())
    for limits in (Limits(), Limits(depth=1)):
        found = fair_search(system, [response], [], {}, limits)
        with pytest.raises(EngineBug, match="no proof to judge"):
            judge(system, [response], [], {}, Limits(), found)
