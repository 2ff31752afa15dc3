"""Toy systems with known answers that an engine gets wrong when it generalises too eagerly.

Each function builds a fresh system and its claims; the first claim is the one with the known answer, a `sometimes`
claim that can be met may follow. What is known stands in the docstring: at which sizes the claim holds, at which it is
broken, in how many steps, and whether it can be proved for any number of elements.
"""

import enum
import itertools
from collections.abc import Callable
from typing import Any

from shootdown.ir import (
    Claim,
    Expr,
    Index,
    Part,
    State,
    System,
    action,
    always,
    compose,
    conj,
    element,
    exists,
    forall,
    implies,
    ite,
    require,
    sometimes,
)

Trap = tuple[System, tuple[Claim, ...]]
"""A system and its claims."""


class Device(Index):
    """What is flushed, one after the other."""

    names = "abcdefgh"


class Domain(Index):
    """What devices are grouped by."""

    names = ("A", "B", "C", "D")


class Group(Index):
    """What devices are grouped by where groups are never empty."""

    names = ("G", "H", "K")


class Client(Index):
    """Who holds resources."""

    names = "cde"


class Resource(Index):
    """What is held."""

    names = "rst"


class Call(enum.Enum):
    """Whether a call is in progress."""

    OPEN = 0
    DONE = 1


class Slots(enum.Enum):
    """How many of two slots are in use."""

    NONE = 0
    ONE = 1
    TWO = 2


class Result(enum.Enum):
    """What a call returns."""

    OK = 0
    EIO = 1


def late_bug(k: int, *, repaired: bool = False) -> Trap:
    """A queue of `k` requests; a device that finds it full is dropped, and still counts as asked.

    Right up to `k` devices, wrong with more: with k + 1 devices after k + 2 steps. `repaired`: it waits until the
    queue is drained, which is right for any number of devices (asked implies queued or flushed).
    """
    fill = enum.Enum("Fill", {f"USED{n}": n for n in range(k + 1)})  # type: ignore[misc] # its size is an argument
    used: list[Any] = list(fill)
    part = Part("queue")
    for name, doc in (("stale", "its cache is stale"), ("asked", "its turn is over"), ("queued", "it has a request")):
        part.relation(name, Device, doc=doc)
    part.variable("used", fill, doc="length of the queue")
    part.variable("call", Call)
    part.init("nobody_asked", lambda s: forall(Device, lambda d: ~s.asked[d] & ~s.queued[d]))
    part.init("begins", lambda s: (s.used == used[0]) & (s.call == Call.OPEN))

    @action(actor="driver", says="{d} queues its request")
    def submit(s: State, d: Device):
        """Takes a place in the queue, if there is one."""
        free = s.used != used[-1]
        require(s.call == Call.OPEN, ~s.asked[d], free if repaired else True)
        s.asked[d] = True
        s.queued[d] = free
        s.used = _following(s.used, used)

    @action(actor="unit", says="answers all requests and empties the queue")
    def drain(s: State):
        """Only the repaired driver asks for it."""
        s.stale[:] = lambda d: s.stale[d] & ~s.queued[d]
        s.queued[:] = lambda d: False
        s.used = used[0]

    @action(actor="unit", says="answers all requests; the call returns")
    def finish(s: State):
        """Ends the call when every device has had its turn."""
        require(s.call == Call.OPEN, forall(Device, lambda d: s.asked[d]))
        s.stale[:] = lambda d: s.stale[d] & ~s.queued[d]
        s.call = Call.DONE

    part.act(*((submit, drain, finish) if repaired else (submit, finish)))
    system = compose(f"queue-of-{k}{'-repaired' if repaired else ''}", [part])
    return system, (coherent(system), returns(system))


def _following(term: Any, values: list[Any]) -> Expr:
    """The value after `term` in the list; the last one stays."""
    value = term
    for before, after in itertools.pairwise(values):
        value = ite(term == before, after, value)
    return value


def coherent(system: System) -> Claim:
    """When the call is over, no cache is stale."""
    build = lambda s: implies(s.call == Call.DONE, forall(Device, lambda d: ~s.stale[d]))  # noqa: E731
    return always("coherent", build, says="a cache is stale after the call").on(system)


def returns(system: System) -> Claim:
    """The call can end: the claim does not hold for want of an end."""
    return sometimes("returns", lambda s: s.call == Call.DONE).on(system)


def late_chain(k: int) -> Trap:
    """Devices join a list at its end; walking it needs one frame of stack per device, and there are `k`.

    Right up to `k` devices, wrong with k + 1: after k + 2 steps. The number is counted by a relation alone.
    """
    part = Part("chain")
    part.relation("linked", Device, doc="it is on the list")
    part.relation("before", Device, Device, doc="the first joined before the second")
    part.variable("overflown", bool)
    part.init("empty", lambda s: ~s.overflown & forall(Device, lambda d: ~s.linked[d]))
    part.init("unordered", lambda s: forall(Device, Device, lambda d, e: ~s.before[d, e]))

    @action(actor="kernel", says="{d} joins the list")
    def join(s: State, d: Device):
        """Puts it behind all that are there."""
        require(~s.linked[d])
        s.before[:, d] = lambda e: s.linked[e]
        s.linked[d] = True

    @action(actor="kernel", says="walks the list")
    def walk(s: State):
        """One frame too many."""
        require(exists(Device, _chain(s, k, lambda _: conj())))
        s.overflown = True

    part.act(join, walk)
    system = compose(f"stack-of-{k}", [part])
    full = sometimes("all_linked", lambda s: forall(Device, lambda d: s.linked[d])).on(system)
    return system, (always("stack_suffices", lambda s: ~s.overflown).on(system), full)


def _chain(s: State, more: int, then: Callable[[Any], Any]) -> Callable[[Any], Expr]:
    """At least `more` devices follow a device, each of them before the next."""
    if not more:
        return then
    rest = _chain(s, more - 1, then)
    return lambda d: exists(Device, lambda e: s.before[d, e] & rest(e))


def third_domain(*, repaired: bool = False) -> Trap:
    """A call notes in two slots which domains it has to flush; a third domain overwrites the second slot.

    Right up to 2 domains and right up to 2 devices, wrong with 3 of each: after 4 steps. `repaired`: when both slots
    are taken, every domain is flushed, which is right for any numbers.
    """
    part = Part("slots")
    part.function("domain_of", Device, to=Domain, immutable=True)
    part.relation("stale", Device)
    part.variable("used", Slots)
    part.variable("first", Domain)
    part.variable("second", Domain)
    part.variable("everything", bool, doc="the flush takes every domain")
    part.variable("call", Call)
    part.init("nothing_noted", lambda s: (s.used == Slots.NONE) & (s.call == Call.OPEN) & ~s.everything)
    part.init("nothing_stale", lambda s: forall(Device, lambda d: ~s.stale[d]))

    @action(actor="guest", says="changes a mapping of {d}")
    def unmap(s: State, d: Device):
        """Notes the domain of the device."""
        a = s.domain_of(d)
        require(s.call == Call.OPEN)
        full = (s.used == Slots.TWO) & ~s.noted(a)
        s.stale[d] = True
        s.first = ite(s.used == Slots.NONE, a, s.first)
        s.second = ite(~s.noted(a) & (s.used != Slots.NONE), a, s.second)
        s.used = ite(s.used == Slots.NONE, Slots.ONE, ite(s.noted(a), s.used, Slots.TWO))
        s.everything = s.everything | (full if repaired else False)

    @action(actor="kernel", says="flushes what was noted and returns")
    def flush(s: State):
        """Flushes the domains in the slots."""
        require(s.call == Call.OPEN)
        s.stale[:] = lambda d: s.stale[d] & ~s.noted(s.domain_of(d)) & ~s.everything
        s.call = Call.DONE

    part.act(unmap, flush)
    lets = {"noted": lambda s, a: ((s.used != Slots.NONE) & (s.first == a)) | ((s.used == Slots.TWO) & (s.second == a))}
    system = compose("two-slots-repaired" if repaired else "two-slots", [part], lets=lets)
    return system, (coherent(system), returns(system))


def fixed_order(n: int) -> Trap:
    """A walk over exactly `n` devices in an order that literals state; the result of the last device is returned.

    Wrong at size n >= 2 after n steps: an earlier device refuses, the last one does not. No two devices may be
    exchanged; who merges states that differ by a permutation never sees the walk end behind a refusal.
    """
    part = Part("walk")
    part.variable("at", Device, doc="the device whose turn it is")
    part.relation("refused", Device)
    part.variable("ret", Result)
    part.variable("call", Call)
    part.init("at_the_first", lambda s: (s.at == element(Device, 0)) & (s.call == Call.OPEN) & (s.ret == Result.OK))
    part.init("nobody_refused", lambda s: forall(Device, lambda d: ~s.refused[d]))

    def go_on(s: State, result: Result) -> None:
        require(s.call == Call.OPEN)
        s.ret = result
        s.call = ite(s.at == element(Device, n - 1), Call.DONE, Call.OPEN)
        s.at = _following(s.at, [element(Device, i) for i in range(n)])

    @action(actor="driver", says="{at} is flushed")
    def flush(s: State):
        """The device is flushed."""
        go_on(s, Result.OK)

    @action(actor="driver", says="{at} refuses", tally="refused")
    def refuse(s: State):
        """The device refuses."""
        s.refused[s.at] = True
        go_on(s, Result.EIO)

    part.act(flush, refuse)
    system = compose(f"fixed-order-of-{n}", [part])
    says = "{d} refused, and the call returns {ret}"
    build = lambda s: forall(Device, lambda d: ~((s.call == Call.DONE) & (s.ret == Result.OK) & s.refused[d]))  # noqa: E731
    return system, (always("failure_is_told", build, says=says).on(system), returns(system))


def needs_existential(*, careless: bool = False) -> Trap:
    """A resource stays pinned while somebody holds it, and is never pinned without a holder.

    True for any numbers, and no universal formula proves it: a state stays a model of a universal invariant when the
    only holder is taken out of it, and then the resource leaks. `every pinned resource has a holder` does.
    `careless`: releasing never unpins: wrong at 1 client and 1 resource after 3 steps.
    """
    part = Part("pins")
    part.relation("holds", Client, Resource)
    part.relation("pinned", Resource)
    part.variable("leaked", bool)
    part.init("nothing_held", lambda s: forall(Client, Resource, lambda c, r: ~s.holds[c, r]))
    part.init("nothing_pinned", lambda s: ~s.leaked & forall(Resource, lambda r: ~s.pinned[r]))

    @action(actor="client {c}", says="takes {r}")
    def take(s: State, c: Client, r: Resource):
        """Becomes a holder."""
        s.holds[c, r] = True
        s.pinned[r] = True

    @action(actor="client {c}", says="releases {r}")
    def release(s: State, c: Client, r: Resource):
        """The last holder unpins it."""
        require(s.holds[c, r])
        if not careless:
            s.pinned[r] = exists(Client, lambda e: (e != c) & s.holds[e, r])
        s.holds[c, r] = False

    @action(actor="auditor", says="finds {r} pinned and without a holder")
    def audit(s: State, r: Resource):
        """Nobody will ever release it."""
        require(s.pinned[r], forall(Client, lambda c: ~s.holds[c, r]))
        s.leaked = True

    part.act(take, release, audit)
    system = compose("pins-careless" if careless else "pins", [part])
    pinned = sometimes("pinned", lambda s: exists(Resource, lambda r: s.pinned[r])).on(system)
    return system, (always("no_leak", lambda s: ~s.leaked, says="a resource has leaked").on(system), pinned)


def has_holder(system: System) -> Claim:
    """The lemma that proves `needs_existential`: every pinned resource has a holder."""
    build = lambda s: forall(Resource, lambda r: implies(s.pinned[r], exists(Client, lambda c: s.holds[c, r])))  # noqa: E731
    return always("has_holder", build).on(system)


def alternating() -> Trap:
    """Groups are closed when all their devices are flushed; no group is empty, so one device of it is.

    True for any numbers. The axiom makes a device for each group and `group_of` a group for each device: the circle
    Group -> Device -> Group leaves EPR, where solvers need not come to an end.
    """
    part = Part("groups")
    part.function("group_of", Device, to=Group, immutable=True)
    part.relation("stale", Device)
    part.relation("closed", Group)
    part.axiom("no_empty_group", lambda s: forall(Group, lambda g: exists(Device, lambda d: s.group_of(d) == g)))
    part.init("all_open", lambda s: forall(Group, lambda g: ~s.closed[g]))

    @action(actor="driver", says="flushes {d}")
    def flush(s: State, d: Device):
        """Its cache is clean."""
        s.stale[d] = False

    @action(actor="guest", says="changes a mapping of {d}")
    def unmap(s: State, d: Device):
        """Its cache is stale and its group open again."""
        s.stale[d] = True
        s.closed[s.group_of(d)] = False

    @action(actor="kernel", says="closes {g}")
    def close(s: State, g: Group):
        """All of it is flushed."""
        require(forall(Device, lambda d: implies(s.group_of(d) == g, ~s.stale[d])))
        s.closed[g] = True

    part.act(flush, unmap, close)
    system = compose("groups", [part])
    clean = lambda s, g: exists(Device, lambda d: (s.group_of(d) == g) & ~s.stale[d])  # noqa: E731
    claim = always("closed_has_clean", lambda s: forall(Group, lambda g: implies(s.closed[g], clean(s, g))))
    closed = sometimes("all_closed", lambda s: forall(Group, lambda g: s.closed[g])).on(system)
    return system, (claim.on(system), closed)
