"""Small systems whose liveness is known, with the responses about them."""

from collections.abc import Callable, Sequence

from shootdown.ir import (
    Fair,
    Index,
    Part,
    Response,
    State,
    Strength,
    System,
    action,
    compose,
    exists,
    forall,
    leads_to,
    require,
    u8,
)
from shootdown.ir.trace import Step


class Client(Index):
    """Whoever wants something."""

    names = "abcd"


WEAK, STRONG = Strength.WEAK, Strength.STRONG


def fair(*names: str, strength: Strength = WEAK) -> Callable[[System], tuple[Fair, ...]]:
    """Fairness to these actions."""
    return lambda _: tuple(Fair(n, strength) for n in names)


def ring() -> System:
    """Goes round 0, 1, 2; from 1 it may leave to 3, where it stays."""
    part = Part("ring")
    part.variable("n", u8)
    part.init("start", lambda s: s.n == 0)

    @action(actor="runner")
    def step(s: State):
        """The next place."""
        require(s.n < 2)
        s.n = s.n + 1

    @action(actor="runner")
    def back(s: State):
        """Round again."""
        require(s.n == 2)
        s.n = s.n - 2

    @action(actor="runner", says="leaves")
    def leave(s: State):
        """Out of the ring."""
        require(s.n == 1)
        s.n = s.n + 2

    part.act(step, back, leave)
    return compose("ring", [part])


def gets_out(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """Sooner or later the runner is out of the ring."""
    out = leads_to("gets-out", lambda s: s.n == 0, lambda s: s.n == 3, fair=fairness, says="it is never out")
    return out.on(system)


def server() -> System:
    """Clients ask, and are served one after the other; nobody says in which order."""
    part = Part("server")
    part.relation("asks", Client)
    part.init("nobody", lambda s: forall(Client, lambda c: ~s.asks[c]))

    @action(actor="client {c}", says="asks")
    def ask(s: State, c: Client):
        """Wants something."""
        require(~s.asks[c])
        s.asks[c] = True

    @action(actor="server", says="serves {c}")
    def serve(s: State, c: Client):
        """Gives it."""
        require(s.asks[c])
        s.asks[c] = False

    part.act(ask, serve)
    return compose("server", [part])


def is_served(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """Whoever asks is served."""
    claim = leads_to(
        "is-served",
        lambda s, c: s.asks[c],
        lambda s, c: ~s.asks[c],
        over=(Client,),
        fair=fairness,
        says="{x} asks and is never served",
    )
    return claim.on(system)


def table() -> System:
    """Philosophers at a small table: each eats only while no other does, and every one is a neighbour of all."""
    part = Part("table")
    part.relation("hungry", Client)
    part.relation("eats", Client)
    part.init("thinking", lambda s: forall(Client, lambda c: ~s.hungry[c] & ~s.eats[c]))

    @action(actor="philosopher {c}", says="is hungry")
    def get_hungry(s: State, c: Client):
        """Stops thinking."""
        require(~s.hungry[c], ~s.eats[c])
        s.hungry[c] = True

    @action(actor="philosopher {c}", says="takes the forks")
    def eat(s: State, c: Client):
        """Both forks are free."""
        require(s.hungry[c], forall(Client, lambda d: ~s.eats[d]))
        s.hungry[c] = False
        s.eats[c] = True

    @action(actor="philosopher {c}", says="puts the forks down")
    def think(s: State, c: Client):
        """Has had enough."""
        require(s.eats[c])
        s.eats[c] = False

    part.act(get_hungry, eat, think)
    return compose("table", [part])


def eats_some_day(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """Whoever is hungry eats."""
    claim = leads_to(
        "eats-some-day", lambda s, c: s.hungry[c], lambda s, c: s.eats[c], over=(Client,), fair=fairness,
        says="{x} starves",
    )  # fmt: skip
    return claim.on(system)


def channel(*, losing_is_a_fault: bool, may_die: bool = False) -> System:
    """A message is sent again when it was lost; where it may die, the receiver hears nothing any more."""
    part = Part("channel")
    for name in ("sent", "arrived", "dead"):
        part.variable(name, bool)
    part.init("start", lambda s: ~s.sent & ~s.arrived & ~s.dead)

    @action(actor="sender", says="sends the message")
    def send(s: State):
        """Once more."""
        require(~s.sent, ~s.arrived)
        s.sent = True

    @action(actor="wire", says="delivers the message")
    def deliver(s: State):
        """To a receiver that lives."""
        require(s.sent, ~s.dead)
        s.arrived = True

    @action(actor="wire", says="loses the message", fault=losing_is_a_fault, tally="lost")
    def lose(s: State):
        """On the way."""
        require(s.sent)
        s.sent = False

    @action(actor="receiver", says="dies", fault=True, tally="died")
    def die(s: State):
        """For good."""
        require(~s.dead)
        s.dead = True

    part.act(send, deliver, lose, *([die] if may_die else []))
    return compose("channel", [part])


def arrives(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """The message arrives."""
    claim = leads_to("arrives", lambda s: ~s.arrived, lambda s: s.arrived, fair=fairness, says="it never arrives")
    return claim.on(system)


def everybody() -> System:
    """Each client has one thing to do; only where there are infinitely many does it take for ever."""
    part = Part("everybody")
    part.relation("done", Client)
    part.init("nobody", lambda s: forall(Client, lambda c: ~s.done[c]))

    @action(actor="client {c}", says="does it")
    def do(s: State, c: Client):
        """Once."""
        require(~s.done[c])
        s.done[c] = True

    part.act(do)
    return compose("everybody", [part])


def all_done(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """All of them have done it."""
    claim = leads_to(
        "all-done", lambda s: exists(Client, lambda c: ~s.done[c]), lambda s: forall(Client, lambda c: s.done[c]),
        fair=fairness, says="somebody never does it",
    )  # fmt: skip
    return claim.on(system)


def token() -> System:
    """A token goes from hand to hand, whoever it likes."""
    part = Part("token")
    part.function("holder", Client, to=bool)
    part.init("one", lambda s: exists(Client, lambda c: forall(Client, lambda d: s.holder[d] == (c == d))))

    @action(actor="{c}", says="hands the token to {d}")
    def hand(s: State, c: Client, d: Client):
        """To another one."""
        require(c != d, s.holder[c])
        s.holder[:] = lambda e: e == d

    part.act(hand)
    return compose("token", [part])


def two_doors() -> System:
    """Goes to and fro between two rooms; each has a door of its own, which is open only while one is in that room."""
    part = Part("doors")
    for name in ("there", "out"):
        part.variable(name, bool)
    part.init("start", lambda s: ~s.there & ~s.out)

    @action(actor="guest")
    def walk(s: State):
        """To the other room."""
        require(~s.out)
        s.there = ~s.there

    @action(actor="guest")
    def door_here(s: State):
        """Out."""
        require(~s.out, ~s.there)
        s.out = True

    @action(actor="guest")
    def door_there(s: State):
        """Out."""
        require(~s.out, s.there)
        s.out = True

    part.act(walk, door_here, door_there)
    return compose("doors", [part])


def is_out(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """The guest gets out by one of the doors."""
    return leads_to("is-out", lambda s: ~s.out, lambda s: s.out, fair=fairness).on(system)


def idler() -> System:
    """Something can be done, and one may also wait; both at any time."""
    part = Part("idler")
    part.variable("done", bool)
    part.init("start", lambda s: ~s.done)

    @action(actor="idler")
    def wait(s: State):
        """Does nothing."""
        require(True)
        s.done = s.done

    @action(actor="idler")
    def work(s: State):
        """Does it."""
        require(~s.done)
        s.done = True

    part.act(wait, work)
    return compose("idler", [part])


def is_done(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """It is done."""
    return leads_to("is-done", lambda s: ~s.done, lambda s: s.done, fair=fairness).on(system)


def shop(*, serves_members: bool) -> System:
    """One of two clients is a member; only members are served, or only the others."""
    part = Part("shop")
    part.relation("member", Client, immutable=True)
    part.relation("asks", Client)
    part.axiom("some are", lambda s: exists(Client, lambda c: s.member[c]) & exists(Client, lambda c: ~s.member[c]))
    part.init("nobody", lambda s: forall(Client, lambda c: ~s.asks[c]))

    @action(actor="client {c}")
    def ask(s: State, c: Client):
        """Wants something."""
        require(~s.asks[c])
        s.asks[c] = True

    @action(actor="shop")
    def serve(s: State, c: Client):
        """Gives it."""
        require(s.asks[c], s.member[c] if serves_members else ~s.member[c])
        s.asks[c] = False

    part.act(ask, serve)
    return compose("shop", [part])


def never(system: System, fairness: Callable[[System], tuple[Fair, ...]]) -> Response:
    """Something that cannot be: every fair run of the system breaks it."""
    return leads_to("never", lambda _: True, lambda _: False, fair=fairness).on(system)


def sequence(*steps: tuple[str, Sequence[int]]) -> tuple[Step, ...]:
    """Steps by name and arguments."""
    return tuple(Step(name, tuple(args)) for name, args in steps)
