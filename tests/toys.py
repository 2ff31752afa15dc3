"""Small systems that have nothing to do with IOMMUs, shared by the tests of all rooms.

Each function builds a fresh system; the claims about it stand beside it.
"""

import enum

from shootdown.ir import (
    ActionSpec,
    Claim,
    Index,
    Part,
    State,
    System,
    action,
    always,
    compose,
    element,
    exists,
    forall,
    ite,
    require,
    sometimes,
    u8,
)


class Client(Index):
    """Whoever wants the lock."""

    names = "abcd"


class Participant(Index):
    """Who takes part in a two-phase commit."""

    names = "pqr"


class Light(enum.Enum):
    """The two states of `dead_end`."""

    GOOD = 0
    BAD = 1


class Phase(enum.Enum):
    """Where a participant stands."""

    WORKING = 0
    PREPARED = 1
    COMMITTED = 2
    ABORTED = 3


class Decision(enum.Enum):
    """What the coordinator has decided."""

    OPEN = 0
    COMMIT = 1
    ABORT = 2


def counter(limit: int = 5) -> System:
    """Counts from 0 to `limit`, then stops."""
    part = Part("counter")
    part.variable("n", u8, doc="the count")
    part.init("starts_at_zero", lambda s: s.n == 0)

    @action(actor="clock", says="n = {after: n}")
    def tick(s: State):
        """Adds one."""
        require(s.n < limit)
        s.n = s.n + 1

    part.act(tick)
    return compose("counter", [part])


def never(system: System, value: int) -> Claim:
    """The counter never shows `value`."""
    return always(f"never-{value}", lambda s: s.n != value, says="n is {n}").on(system)


def lock(*, broken: bool = False) -> System:
    """A lock with n clients; where `broken`, taking it does not look whether it is free."""
    part = Part("lock")
    part.relation("holds", Client, doc="the client holds the lock")
    part.init("nobody_holds_it", lambda s: forall(Client, lambda c: ~s.holds[c]))

    @action(actor="client {c}", says="takes the lock")
    def take(s: State, c: Client):
        """Takes the lock."""
        require(~s.holds[c])
        if not broken:
            require(forall(Client, lambda e: ~s.holds[e]))
        s.holds[c] = True

    @action(actor="client {c}", says="releases the lock")
    def release(s: State, c: Client):
        """Releases the lock."""
        require(s.holds[c])
        s.holds[c] = False

    part.act(take, release)
    return compose("lock-broken" if broken else "lock", [part])


def exclusion(system: System) -> Claim:
    """Two clients never hold the lock at once."""
    build = lambda s: forall(Client, Client, lambda c, d: (c == d) | ~(s.holds[c] & s.holds[d]))  # noqa: E731
    return always("exclusion", build, says="{c} and {d} both hold the lock").on(system)


def dead_end() -> System:
    """Two states; the bad one has no successor, so a checker that wants one more step calls it safe."""
    part = Part("dead-end")
    part.variable("light", Light)
    part.init("good", lambda s: s.light == Light.GOOD)

    @action(actor="world")
    def fall(s: State):
        """Falls, once and for all."""
        require(s.light == Light.GOOD)
        s.light = Light.BAD

    part.act(fall)
    return compose("dead-end", [part])


def stays_good(system: System) -> Claim:
    """The bad state of `dead_end` is not reached. It is, in one step."""
    return always("stays-good", lambda s: s.light == Light.GOOD).on(system)


def two_phase_commit(*, hasty: bool = False) -> System:
    """Two-phase commit; a `hasty` coordinator commits as soon as anybody is prepared."""
    part = Part("commit")
    part.relation("able", Participant, immutable=True, doc="the participant can commit")
    part.relation("logged", Participant, doc="its log is on disk")
    part.relation("watched", Participant, doc="an administrator has looked at it")
    part.function("phase", Participant, to=Phase)
    part.variable("decision", Decision)
    part.init("all_work", lambda s: forall(Participant, lambda p: s.phase[p] == Phase.WORKING))
    part.init("no_decision", lambda s: s.decision == Decision.OPEN)
    part.init("nobody_watches", lambda s: forall(Participant, lambda p: ~s.watched[p]))
    part.act(*_votes(), *_decisions(hasty=hasty))
    lets = {"done": lambda s, p: (s.phase[p] == Phase.COMMITTED) | (s.phase[p] == Phase.ABORTED)}
    return compose("commit-hasty" if hasty else "commit", [part], lets=lets)


def _votes() -> tuple[ActionSpec, ...]:
    @action(actor="participant {p}", silent=True, says="writes its log")
    def write_log(s: State, p: Participant):
        """Forces its log to disk."""
        require(~s.logged[p])
        s.logged[p] = True

    @action(actor="participant {p}", says="is prepared")
    def prepare(s: State, p: Participant):
        """Promises to commit."""
        require(s.phase[p] == Phase.WORKING, s.logged[p], s.able[p])
        s.phase[p] = Phase.PREPARED

    @action(actor="participant {p}", says="refuses: it cannot commit", tally="refused", code="commit.c: vote")
    def refuse(s: State, p: Participant):
        """Aborts on its own."""
        require(s.phase[p] == Phase.WORKING, ~s.able[p])
        s.phase[p] = Phase.ABORTED

    @action(actor="participant {p}", says="loses power before it votes", fault=True, tally="lost", seen="a data centre")
    def lose_power(s: State, p: Participant):
        """Comes back with nothing, and aborts."""
        require(s.phase[p] == Phase.WORKING)
        s.phase[p] = Phase.ABORTED

    @action(actor="administrator", says="looks at {p}", clutter=1)
    def look(s: State, p: Participant):
        """Changes nothing that matters."""
        s.watched[p] = True

    return write_log, prepare, refuse, lose_power, look


def _decisions(*, hasty: bool) -> tuple[ActionSpec, ...]:
    @action(actor="coordinator", says="decides to commit", code="commit.c: decide")
    def decide_commit(s: State):
        """Commits when everybody is prepared (or anybody, where it is hasty)."""
        ready = lambda p: s.phase[p] == Phase.PREPARED  # noqa: E731
        require(s.decision == Decision.OPEN, exists(Participant, ready) if hasty else forall(Participant, ready))
        s.decision = Decision.COMMIT

    @action(actor="coordinator", says="decides to abort")
    def decide_abort(s: State):
        """Aborts when anybody has."""
        require(s.decision == Decision.OPEN, exists(Participant, lambda p: s.phase[p] == Phase.ABORTED))
        s.decision = Decision.ABORT

    @action(actor="participant {p}", says="hears {decision} and is {after: phase(p)}")
    def hear(s: State, p: Participant):
        """Does what was decided."""
        require(s.phase[p] == Phase.PREPARED, s.decision != Decision.OPEN)
        commits = s.decision == Decision.COMMIT
        s.phase[p] = ite(commits, Phase.COMMITTED, Phase.ABORTED)

    return decide_commit, decide_abort, hear


def agreement(system: System) -> Claim:
    """Nobody commits while another one aborts."""
    both = lambda s, p, q: (s.phase[p] == Phase.COMMITTED) & (s.phase[q] == Phase.ABORTED)  # noqa: E731
    build = lambda s: forall(Participant, Participant, lambda p, q: ~both(s, p, q))  # noqa: E731
    return always("agreement", build, says="{p} committed, {q} aborted").on(system)


def all_commit(system: System) -> Claim:
    """The good end can be reached."""
    return sometimes("all-commit", lambda s: forall(Participant, lambda p: s.phase[p] == Phase.COMMITTED)).on(system)


def two_starts() -> System:
    """Two boys: one is awake at the gate and stays there, one is asleep at the shore, which has no successor.

    Whoever asks a step of an initial state does not see the second one.
    """
    part = Part("two-starts")
    for name in ("shore", "asleep", "wet"):
        part.variable(name, bool)
    part.init("where", lambda s: (s.shore == s.asleep) & ~s.wet)

    @action(actor="boy")
    def wait(s: State):
        """Stays at the gate."""
        require(~s.shore, ~s.asleep)
        s.shore = False

    @action(actor="boy")
    def swim(s: State):
        """Goes into the water: from the shore, awake, which nobody is."""
        require(s.shore, ~s.asleep)
        s.wet = True

    part.act(wait, swim)
    return compose("two-starts", [part])


def stays_dry(system: System) -> Claim:
    """Nobody of `two_starts` gets wet."""
    return always("stays-dry", lambda s: ~s.wet).on(system)


def relay() -> System:
    """A baton goes from a to b to c, in an order written in literals; c rings the bell."""
    part = Part("relay")
    part.relation("has", Client)
    part.variable("rung", bool)
    part.init("a_has_it", lambda s: forall(Client, lambda c: s.has[c] == (c == element(Client, 0))) & ~s.rung)

    def hand_over(k: int) -> ActionSpec:
        def run(s: State):
            """The next one gets it."""
            require(s.has[element(Client, k)])
            s.has[:] = lambda c: c == element(Client, k + 1)

        run.__name__ = f"hand_over_{k}"
        return action(actor="runner")(run)

    @action(actor="runner")
    def ring(s: State):
        """The last one rings."""
        require(s.has[element(Client, 2)])
        s.rung = True

    part.act(hand_over(0), hand_over(1), ring)
    return compose("relay", [part])


def silence(system: System) -> Claim:
    """The bell of `relay` does not ring. It does, after three steps."""
    return always("silence", lambda s: ~s.rung).on(system)


def by_twos() -> System:
    """Counts by twos, and wraps round."""
    part = Part("by-twos")
    part.variable("n", u8, doc="the count")
    part.init("starts_at_zero", lambda s: s.n == 0)

    @action(actor="clock")
    def tick(s: State):
        """Adds two."""
        s.n = s.n + 2

    part.act(tick)
    return compose("by-twos", [part])
