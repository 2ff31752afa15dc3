"""Toys with responses and rankings, right and wrong ones."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from shootdown.ir import (
    TRUE,
    Action,
    ActionSpec,
    Fair,
    Index,
    Named,
    Part,
    Response,
    State,
    Strength,
    System,
    Variable,
    action,
    compose,
    conj,
    exists,
    forall,
    implies,
    leads_to,
    require,
)
from shootdown.ir.ranking import Helpful, Ranking, Ranks, helps, ranking, shrinks
from shootdown.ir.sorts import BOOL
from shootdown.ir.state import Update, read
from shootdown.search.ranking_obligations import Rule

Toy = tuple[System, Response, Ranking]


class Item(Index):
    """What is to be visited."""

    names = "abc"


class Phase(enum.Enum):
    """Where a toy stands."""

    IDLE = 0
    FIRST = 1
    SECOND = 2


def fair(*names: str, strong: Sequence[str] = ()) -> Callable[[System], tuple[Fair, ...]]:
    """Weakly and strongly fair actions by name."""
    listed = tuple(Fair(n) for n in names) + tuple(Fair(n, Strength.STRONG) for n in strong)
    return lambda _system: listed


def toy(system: System, ranks: Ranks, claimed: Any) -> Toy:
    """The response and the ranking on the system."""
    response = claimed.on(system)
    return system, response, ranks.on(system, response)


TODO = shrinks("items to visit", lambda s, i: s.todo[i], (Item,))


def walk(*more: ActionSpec, order: str = "", ends: bool = True) -> System:
    """A walk over a set of items: it begins with all of them, visits each once, and ends.

    With an `order` ("declared", "hidden") the items are visited in an order, which the system declares or not.
    """
    part = Part("walk")
    part.variable("running", bool)
    part.relation("todo", Item)
    part.init("nothing to do", lambda s: ~s.running & forall(Item, lambda i: ~s.todo[i]))
    if order:
        _ordered(part, declared=order == "declared")

    @action(actor="walker")
    def begin(s: State):
        """Every item is to be visited."""
        require(~s.running)
        s.running = True
        s.todo[:] = lambda i: ~s.todo[i]

    @action(actor="walker")
    def visit(s: State, i: Item):
        """One item less."""
        require(s.running, s.todo[i])
        if order:
            require(forall(Item, lambda j: implies(s.todo[j], ~s.first[j, i])))
        s.todo[i] = False

    @action(actor="walker")
    def end(s: State):
        """Nothing is left."""
        require(s.running, forall(Item, lambda i: ~s.todo[i]))
        s.running = False

    part.act(begin, visit, *((end,) if ends else ()), *more)
    return compose("walk", [part])


def _ordered(part: Part, *, declared: bool) -> None:
    part.relation("first", Item, Item, immutable=True)
    part.axiom("irreflexive", lambda s: forall(Item, lambda i: ~s.first[i, i]))
    chain = lambda s, i, j, k: implies(s.first[i, j] & s.first[j, k], s.first[i, k])  # noqa: E731
    part.axiom("transitive", lambda s: forall(Item, Item, Item, lambda i, j, k: chain(s, i, j, k)))
    if declared:
        part.order("the order of the walk", Item, lambda s, i: s.todo[i], lambda s, i, j: s.first[i, j])


def ends_claim(*names: str) -> Any:
    """The walk ends, if these actions are weakly fair."""
    return leads_to("ends", lambda s: s.running, lambda s: ~s.running, fair=fair(*names or ("visit", "end")))


RUNNING = ranking((TODO,), (helps("visit"), helps("end")), region=lambda s: s.running)


def emptied(order: str = "") -> Toy:
    """The walk ends, since the set of items gets smaller; with infinitely many items it would not."""
    return toy(walk(order=order), RUNNING, ends_claim())


@action(actor="thief")
def put_back(s: State, i: Item):
    """An item is to be visited once more."""
    require(s.running, ~s.todo[i])
    s.todo[i] = True


@action(actor="thief", fault=True)
def slips_back(s: State, i: Item):
    """The same, as a fault."""
    require(s.running, ~s.todo[i])
    s.todo[i] = True


def slipping() -> Toy:
    """A fault puts items back, however often, but not for ever."""
    return toy(walk(slips_back), RUNNING, ends_claim())


def two_rounds() -> Toy:
    """Every item is visited twice, in two rounds: the second one begins with the whole set, in a later phase."""
    part = Part("two-rounds")
    part.variable("phase", Phase)
    part.relation("todo", Item)
    part.init("idle", lambda s: (s.phase == Phase.IDLE) & forall(Item, lambda i: ~s.todo[i]))

    def turn(name: str, before: Phase, after: Phase, *, fill: bool) -> ActionSpec:
        def run(s: State):
            """The next phase, when nothing is left in this one."""
            require(s.phase == before, forall(Item, lambda i: ~s.todo[i]))
            s.phase = after
            s.todo[:] = lambda i: ~s.todo[i] if fill else s.todo[i]

        run.__name__ = name
        return action(actor="walker")(run)

    @action(actor="walker")
    def visit(s: State, i: Item):
        """One item less in this round."""
        require(s.phase != Phase.IDLE, s.todo[i])
        s.todo[i] = False

    part.act(
        turn("begin", Phase.IDLE, Phase.FIRST, fill=True), turn("again", Phase.FIRST, Phase.SECOND, fill=True),
        turn("end", Phase.SECOND, Phase.IDLE, fill=False), visit,
    )  # fmt: skip
    first = shrinks("the first round", lambda s: s.phase == Phase.FIRST)
    ranks = ranking((first, TODO), (helps("visit"), helps("again"), helps("end")))
    claimed = leads_to(
        "ends", lambda s: s.phase == Phase.FIRST, lambda s: s.phase == Phase.IDLE, fair=fair("visit", "again", "end")
    )
    return toy(compose("two-rounds", [part]), ranks, claimed)


def two_rounds_unranked() -> Toy:
    """The same without the phase: the set grows when the second round begins."""
    system, response, right = two_rounds()
    ranks = ranking((TODO,), (helps("visit"), helps("again"), helps("end")))
    assert len(right.rank) > len(ranks.rank)
    return system, response, ranks.on(system, response)


def with_lemma() -> Toy:
    """Items arrive only while the door is open, and it is not while the walk runs: a lemma that has to be found."""
    part = Part("door")
    part.variable("shut", bool)
    part.also("begin", lambda s: setattr(s, "shut", True))
    part.also("end", lambda s: setattr(s, "shut", False))
    part.init("open", lambda s: ~s.shut)

    @action(actor="guest")
    def arrive(s: State, i: Item):
        """One more to visit."""
        require(~s.shut)
        s.todo[i] = True

    part.act(arrive)
    return toy(_with(part), RUNNING, ends_claim())


def _with(extra: Part) -> System:
    """The walk, put together with another part."""
    part = Part("walk")
    part.variable("running", bool)
    part.relation("todo", Item)
    part.init("nothing to do", lambda s: ~s.running & forall(Item, lambda i: ~s.todo[i]))

    @action(actor="walker")
    def begin(s: State):
        """Begins with what is there."""
        require(~s.running)
        s.running = True

    @action(actor="walker")
    def visit(s: State, i: Item):
        """One item less."""
        require(s.running, s.todo[i])
        s.todo[i] = False

    @action(actor="walker")
    def end(s: State):
        """Nothing is left."""
        require(s.running, forall(Item, lambda i: ~s.todo[i]))
        s.running = False

    part.act(begin, visit, end)
    return compose("walk", [part, extra])


def served() -> Toy:
    """Each item that asks is served, whatever the others do: the response is about one item, the rank is empty."""
    part = Part("served")
    part.relation("asks", Item)
    part.init("nobody asks", lambda s: forall(Item, lambda i: ~s.asks[i]))

    @action(actor="item {i}")
    def ask(s: State, i: Item):
        """Asks."""
        s.asks[i] = True

    @action(actor="server")
    def serve(s: State, i: Item):
        """Serves one."""
        require(s.asks[i])
        s.asks[i] = False

    part.act(ask, serve)
    claimed = leads_to("served", lambda s, x: s.asks[x], lambda s, x: ~s.asks[x], fair=fair("serve"), over=(Item,))
    return toy(compose("served", [part]), ranking((), (helps("serve", lambda _s, x, i: x == i),)), claimed)


def doorway(*, strong: bool = True, opens: bool = True, again: bool = True) -> Toy:
    """Whoever waits gets through an open door; somebody shuts it again and again.

    Strong fairness of `enter` is needed, and that the door is opened again and again, weakly fair if it `opens`.
    """
    part = Part("doorway")
    part.variable("open", bool)
    part.variable("waits", bool)
    part.init("shut", lambda s: ~s.open & ~s.waits)

    @action(actor="guest")
    def come(s: State):
        """Waits."""
        s.waits = True

    @action(actor="porter")
    def unlock(s: State):
        """Opens the door."""
        require(~s.open)
        s.open = True

    @action(actor="porter")
    def shut(s: State):
        """Shuts the door."""
        require(s.open)
        s.open = False

    @action(actor="guest")
    def enter(s: State):
        """Goes in, if the door is open just then."""
        require(s.waits, s.open)
        s.waits = False

    part.act(come, unlock, shut, enter)
    names = (("unlock",) if opens else ()) + (() if strong else ("enter",))
    claimed = leads_to(
        "gets in", lambda s: s.waits, lambda s: ~s.waits, fair=fair(*names, strong=("enter",) if strong else ())
    )
    inner = ranking((), (helps("unlock"),)) if again else None
    return toy(compose("doorway", [part]), ranking((), (helps("enter", lambda s: s.waits, again=inner),)), claimed)


RIGHT: dict[str, Callable[[], Toy]] = {
    "emptied": emptied,
    "in order": lambda: emptied("declared"),
    "slipping": slipping,
    "two rounds": two_rounds,
    "with a lemma": with_lemma,
    "served": served,
    "doorway": doorway,
}
"""Responses that come, with rankings that show it."""


def put_back_always() -> Toy:
    """Not a fault: from two items on, somebody puts items back for ever, and some are always left."""
    claimed = leads_to("emptied", _some, lambda s: ~_some(s), fair=fair("visit"))
    return toy(walk(put_back), ranking((TODO,), (helps("visit"),)), claimed)


def _some(s: State) -> Any:
    return s.running & exists(Item, lambda i: s.todo[i])


def outside() -> Toy:
    """The region leaves out where the trigger holds: nothing is said of it. Nobody is fair, and the walk stays."""
    ranks = ranking((TODO,), (helps("visit"),), region=lambda s: ~s.running)
    return toy(walk(), ranks, ends_claim("visit"))


@action(actor="thief")
def locks_up(s: State):
    """Ends nothing, but nobody may visit any more."""
    require(s.running, ~s.locked)
    s.locked = True


IGNORANT = (
    helps("visit", lambda s, i: s.running & s.todo[i]),
    helps("end", lambda s: s.running & forall(Item, lambda i: ~s.todo[i])),
)
"""Who helps a walk, whether it is locked or not."""


def lockable(*more: ActionSpec) -> System:
    """The walk may be locked for ever."""
    part = Part("locks")
    part.variable("locked", bool)
    part.init("not locked", lambda s: ~s.locked)
    for name in ("visit", "end"):
        part.also(name, lambda s, *_: require(~s.locked))
    part.act(*more)
    return _with(part)


def region_left(*, fault: bool = False) -> Toy:
    """A step leaves the region for where the walk is locked, for ever; nothing is asked of that.

    Where it is a fault that is no better: faults may raise a rank, but have to keep the region.
    """
    ranks = ranking((TODO,), IGNORANT, region=lambda s: s.running & ~s.locked)
    claimed = leads_to("ends", lambda s: s.running & ~s.locked, lambda s: ~s.running, fair=fair("visit", "end"))
    return toy(lockable(locks_up.with_options(fault=fault)), ranks, claimed)


def nobody_helps() -> Toy:
    """When nothing is left nobody ends the walk."""
    ranks = ranking((TODO,), (helps("visit"),), region=lambda s: s.running)
    return toy(walk(ends=False), ranks, ends_claim("visit"))


def not_enabled() -> Toy:
    """A locked walk is said to be helped by visits, which cannot be made."""
    return toy(lockable(locks_up), ranking((TODO,), IGNORANT, region=lambda s: s.running), ends_claim())


def not_kept() -> Toy:
    """Two doors, one of them open at a time: while somebody swaps them, neither stays open, and weak is not enough."""
    part = Part("two-doors")
    for name in ("left", "waits"):
        part.variable(name, bool)
    part.init("waits", lambda s: s.waits)

    @action(actor="porter")
    def swap(s: State):
        """The other door is open."""
        s.left = ~s.left

    @action(actor="guest")
    def enter_left(s: State):
        """Goes in."""
        require(s.waits, s.left)
        s.waits = False

    @action(actor="guest")
    def enter_right(s: State):
        """Goes in."""
        require(s.waits, ~s.left)
        s.waits = False

    part.act(swap, enter_left, enter_right)
    names = ("enter_left", "enter_right")
    claimed = leads_to("gets in", lambda s: s.waits, lambda s: ~s.waits, fair=fair(*names))
    return toy(compose("two-doors", [part]), ranking((), tuple(helps(n) for n in names)), claimed)


def takes_nothing() -> Toy:
    """Looking at an item is fair and said to help, but takes it from no set."""

    @action(actor="walker")
    def look(s: State, i: Item):
        """Changes nothing."""
        require(s.running, s.todo[i])
        s.todo[i] = True

    ranks = ranking((TODO,), (helps("look"), helps("end")), region=lambda s: s.running)
    return toy(walk(look), ranks, ends_claim("look", "end"))


WRONG: dict[Rule, Callable[[], Toy]] = {
    Rule.ENTERS: outside,
    Rule.KEEPS: region_left,
    Rule.NEVER_RAISES: put_back_always,
    Rule.HELPED: nobody_helps,
    Rule.ENABLED: not_enabled,
    Rule.STAYS: not_kept,
    Rule.SHRINKS: takes_nothing,
}
"""Responses that do not come, with rankings that meet every rule but one."""


def nested(made: Toy) -> Toy:
    """A strongly fair action that can be taken where the goal of a toy holds, and with it a response of its own.

    The ranking of the toy, right or wrong, says why the action can be taken again and again.
    """
    system, response, right = made
    assert not response.params
    finished = Variable("finished", (), BOOL)
    done = read(finished, ())
    finish = Action("finish", "referee", (), conj(response.goal, ~done), (Update(finished, (), TRUE),))
    larger = replace(
        system,
        variables=(*system.variables, finished),
        init=(*system.init, Named("not finished", ~done)),
        actions=(*system.actions, finish),
    )
    claimed = Response("finishes", (), ~done, done, (*response.fair, Fair("finish", Strength.STRONG)))
    return larger, claimed, Ranking((), TRUE, (), (Helpful("finish", (), TRUE, right),))
