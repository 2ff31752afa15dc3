"""Toys about what somebody can tell from an answer: a clerk goes from one customer to the next and comes back.

Whom the clerk served is the secret. The clerk leaves when told to, and comes back with an answer; both are observed.
"""

import enum
from typing import Any

from shootdown.ir import Index, Part, State, System, action, always, compose, conj, forall, implies, require, sometimes
from shootdown.ir.claims import Spoken
from shootdown.ir.observation import Observation, Seen
from shootdown.ir.pairs import both_runs


class Customer(Index):
    """Whoever is visited."""

    names = "abc"


class Where(enum.Enum):
    """Where the clerk is."""

    IN = 0
    OUT = 1
    BACK = 2


def errand(*, stop: bool, ordered: bool = True) -> System:
    """The clerk visits everybody who is waiting; with `stop` a failure ends the errand, else the clerk goes on.

    `ordered`: in a fixed order. `failed` is whether any visit failed, `served` whom a visit helped.
    """
    part = Part("errand")
    part.variable("place", Where)
    part.variable("failed", bool, doc="some visit failed")
    part.relation("waiting", Customer)
    part.relation("served", Customer)
    part.relation("before", Customer, Customer, immutable=True)
    part.axiom("strict", lambda s: forall(Customer, lambda c: ~s.before[c, c]))
    part.axiom("a chain", _chain)
    part.axiom("all are in it", lambda s: forall(Customer, Customer, lambda c, d: _one_first(s, c, d)))
    part.init("in", lambda s: (s.place == Where.IN) & ~s.failed)
    part.init("nobody", lambda s: forall(Customer, lambda c: ~s.waiting[c] & ~s.served[c]))

    def visits(s: State, c: Any) -> None:
        require(s.place == Where.OUT, s.waiting[c])
        if ordered:
            require(forall(Customer, lambda d: implies(s.waiting[d], ~s.before[d, c])))

    @action(actor="master", says="sends the clerk")
    def send(s: State) -> None:
        """Everybody waits."""
        require(s.place == Where.IN)
        s.place = Where.OUT
        s.waiting[:] = lambda c: ~s.served[c]

    @action(actor="clerk", says="serves {c}")
    def serve(s: State, c: Customer) -> None:
        """A visit that helps."""
        visits(s, c)
        s.waiting[c] = False
        s.served[c] = True

    @action(actor="clerk", says="fails at {c}", fault=True, tally="failed")
    def fail(s: State, c: Customer) -> None:
        """A visit that does not."""
        visits(s, c)
        s.failed = True
        s.waiting[:] = lambda d: s.waiting[d] & (d != c) & (not stop)

    @action(actor="clerk", says="comes back")
    def come_back(s: State) -> None:
        """Nobody is left to visit."""
        require(s.place == Where.OUT, forall(Customer, lambda c: ~s.waiting[c]))
        s.place = Where.BACK

    part.act(send, serve, fail, come_back)
    return compose("errand-stop" if stop else "errand", [part])


def _chain(s: Any) -> Any:
    return forall(
        Customer, Customer, Customer, lambda c, d, e: implies(s.before[c, d] & s.before[d, e], s.before[c, e])
    )


def _one_first(s: Any, c: Any, d: Any) -> Any:
    return (c == d) | s.before[c, d] | s.before[d, c]


def back(s: Any) -> Any:
    """The clerk is back: where the master wonders."""
    return s.place == Where.BACK


ERRNO = Observation({"send": (), "come_back": (Seen("failed", lambda s: s.failed),)}, ("before",), (), back)
"""The master hears only whether something failed; the order is known."""

STATUS = Observation(
    {"send": (), "come_back": (Seen("status", lambda s, c: s.served[c], (Customer,)),)}, ("before",), (), back
)
"""The master hears of each customer."""


def _same(s: Any) -> Any:
    one, two = both_runs(s)
    return forall(Customer, lambda c: implies(back(one) & back(two), one.served[c] == two.served[c]))


EXACT: Spoken = always("the same are served", _same, says="{c} is served in one run only")
"""The answer determines who was served."""

BOTH_BACK: Spoken = sometimes("both are back", lambda s: conj(*(back(run) for run in both_runs(s))))
"""The scenario of the claim."""
