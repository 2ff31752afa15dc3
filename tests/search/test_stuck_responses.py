"""A call that gets stuck is told whatever is asked: what always holds, or what has to happen sooner or later."""

from shootdown.ir import TRUE, Claim, Expectation, Part, State, System, action, compose, leads_to, require
from shootdown.search.check import check
from shootdown.search.question import STUCK, Place, Problem
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted
from tests.search.live_toys import fair


def desk(*, clerk: bool) -> System:
    """Somebody asks, and is in a call until a clerk has answered; without a clerk for ever."""
    part = Part("desk")
    for name in ("open", "asks"):
        part.variable(name, bool)
    part.init("shut", lambda s: ~s.open & ~s.asks)

    @action(actor="porter")
    def unlock(s: State) -> None:
        """The desk is open."""
        s.open = True

    @action(actor="guest")
    def ask(s: State) -> None:
        """At an open desk."""
        require(s.open, ~s.asks)
        s.asks = True

    @action(actor="clerk")
    def answer(s: State) -> None:
        """The call is over."""
        require(s.asks)
        s.asks = False

    part.act(unlock, ask, *((answer,) if clerk else ()))
    return compose("desk", [part], busy=lambda s: s.asks, working=("clerk",))


def problem(system: System) -> Problem:
    """The desk is opened, which does happen."""
    opened = leads_to("opened", lambda s: ~s.open, lambda s: s.open, fair=fair("unlock"))
    return Problem(system, (), (), (Place("sizes", {}),), responses=(opened.on(system),))


def test_a_call_that_gets_stuck_is_refuted_although_the_response_comes() -> None:
    """Two steps, and nobody answers; with a clerk the response is proved."""
    found = check(problem(desk(clerk=False)), Limits()).verdict
    assert isinstance(found, Refuted)
    assert (found.claim, len(found.trace)) == (STUCK, 2)
    assert isinstance(check(problem(desk(clerk=True)), Limits()).verdict, Proved)


def test_a_call_that_gets_stuck_is_refuted_although_the_claim_holds() -> None:
    """What always holds says nothing about a kernel that cannot go on."""
    for clerk, word in ((False, Refuted), (True, Proved)):
        posed = Problem(desk(clerk=clerk), (Claim("true", Expectation.ALWAYS, TRUE),), (), (Place("sizes", {}),))
        assert isinstance(check(posed, Limits()).verdict, word)
