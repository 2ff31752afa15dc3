"""Random systems, responses and rankings: whatever the judge accepts comes in every fair run at small sizes."""

import random
from typing import Any

import pytest

from shootdown.ir import (
    ActionSpec,
    Fair,
    Part,
    State,
    Strength,
    System,
    action,
    compose,
    conj,
    disj,
    exists,
    forall,
    require,
)
from shootdown.ir import leads_to as leads
from shootdown.ir.ranking import Helps, Ranks, Shrinks, helps, ranking, shrinks
from shootdown.search.certify_ranking import JudgedRanking, judge_ranking
from shootdown.search.ranking_runs import follow
from tests.search.fair_runs import comes
from tests.search.rankings import Item, Toy

CASES = 150
"""Seeds that are looked at; some three in a hundred are accepted, one response in five does not come."""

WORK = 300_000


def literal(rng: random.Random, s: Any, item: Any = None) -> Any:
    """A random small formula, about one item where there is one."""
    about = [s.here[item], ~s.here[item], s.there[item], ~s.there[item]] if item is not None else []
    some = [exists(Item, lambda i: s.here[i]), forall(Item, lambda i: ~s.here[i]), forall(Item, lambda i: ~s.there[i])]
    return rng.choice([s.up, ~s.up, s.on, ~s.on, *some, *about, *about])


def random_action(rng: random.Random, k: int) -> ActionSpec:
    """Requires one or two things and changes one or two."""
    seed, fault = rng.random(), rng.random() < 0.15

    def body(s: State, item: Any = None) -> None:
        own = random.Random(seed)
        require(*(literal(own, s, item) for _ in range(own.randint(0, 2))))
        for name in own.sample(["up", "on", "here", "there"], own.randint(1, 2)):
            value = own.random() < 0.12
            if name in ("up", "on"):
                setattr(s, name, value)
            elif item is not None:
                getattr(s, name)[item] = value
            else:
                getattr(s, name)[:] = value

    def one(s: State, i: Item):
        """About one item."""
        body(s, i)

    def none(s: State):
        """About no item."""
        body(s)

    run = one if rng.random() < 0.5 else none
    run.__name__ = f"a{k}"
    return action(actor="somebody", fault=fault)(run)


def random_ranks(rng: random.Random, system: System, depth: int = 0) -> Ranks:
    """A random ranking: a region, up to two sets, up to two helpful actions, some of them strongly fair."""
    sets: list[Shrinks] = [
        shrinks("here", lambda s, *i: s.here[i[-1]], (Item,)), shrinks("there", lambda s, *i: s.there[i[-1]], (Item,)),
        shrinks("up", lambda s, *_: s.up), shrinks("on", lambda s, *_: s.on), shrinks("down", lambda s, *_: ~s.up),
    ]  # fmt: skip
    names = [a.name for a in system.actions if not a.fault]
    chosen = names if rng.random() < 0.6 else rng.sample(names, min(len(names), rng.randint(1, 2)))
    helpful = tuple(random_help(rng, system, n, depth) for n in chosen)
    seed = rng.random()
    region = (lambda s, *items: literal(random.Random(seed), s, *items[:1])) if rng.random() < 0.15 else None
    return ranking(tuple(rng.sample(sets, rng.randint(0, 4))), helpful, region=region)


def random_help(rng: random.Random, system: System, name: str, depth: int) -> Helps:
    """The action helps where it is enabled, or everywhere; then it may be taken again."""
    if depth < 2 and rng.random() < 0.4:
        return helps(name, lambda _s, *_: conj(), again=random_ranks(rng, system, depth + 1))
    return helps(name)  # where its guard holds, whatever the elements that the ranking is about


def random_toy(seed: int) -> Toy:
    """Everything follows from the seed."""
    rng = random.Random(seed)
    part = Part("random")
    for name in ("up", "on"):
        part.variable(name, bool)
        part.relation("here" if name == "up" else "there", Item)
    part.act(*(random_action(rng, k) for k in range(rng.randint(2, 4))))
    system = compose(f"random-{seed}", [part])
    before, after = rng.random(), rng.random()
    strengths = {a.name: rng.choice(list(Strength)) for a in system.actions if not a.fault}
    claimed = leads(
        "random",
        lambda s: literal(random.Random(before), s),
        lambda s: disj(*(literal(random.Random(after + k), s) for k in range(3))),
        fair=lambda _: tuple(Fair(n, strength) for n, strength in strengths.items()),
    )
    response = claimed.on(system)
    return system, response, random_ranks(rng, system).on(system, response)


def accepted(seed: int) -> bool:
    """Whether the judge accepts; if so, the response has to come and the interpreter has to agree."""
    made = random_toy(seed)
    if not isinstance(judge_ranking(*made, (), rlimit=WORK), JudgedRanking):
        return False
    for size in (1, 2):
        assert comes(made[0], made[1], {"Item": size}), f"seed {seed}, {size} items"
        follow(*made, (), {"Item": size})
    return True


def test_what_the_judge_accepts_comes() -> None:
    """No random ranking proves a response that some fair run does not give; some do prove one."""
    assert sum(accepted(seed) for seed in range(CASES)) > 2


@pytest.mark.long
def test_what_the_judge_accepts_comes_at_length() -> None:
    """The same for many more."""
    assert sum(accepted(seed) for seed in range(CASES, 40 * CASES)) > 100
