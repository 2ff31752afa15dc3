"""What one failed table teaches about others: never more than it shows, so that no repair is lost."""

import pytest

from shootdown.ir import Part, State, System, action, always, compose, conj, implies, require
from shootdown.search.repair import RETURNS, Repairs, repair
from shootdown.search.repair_sketch import Sketch
from shootdown.search.result import Limits
from tests.search.test_repair import BEGUN, SUCCESS, TOLD, At, Ret, by_hand, note, sets, sketch


def worker() -> System:
    """A step with a result, and a second one to the end."""
    p = Part("worker")
    p.variable("at", At)
    p.variable("ret", Ret)
    p.init("start", lambda s: conj(s.at == At.NONE, s.ret == Ret.OK))

    @action(actor="code")
    def begin(s: State) -> None:
        """The first step."""
        require(s.at == At.NONE)
        s.at = At.ONE
        s.ret = Ret.OK

    @action(actor="code")
    def work(s: State) -> None:
        """The second step."""
        require(s.at == At.ONE)
        s.at = At.END

    p.act(begin, work)
    return compose("worker", [p], busy=lambda s: s.at != At.END, working=("code",))


BAD = always("the end is bad", lambda s: implies(s.at == At.END, s.ret == Ret.BAD))


def test_work_that_never_ends_rules_out_only_what_keeps_it_from_ending() -> None:
    """Known: the result repairs. Tables with which work goes round are tried first, and that entry is to blame."""
    asked = sketch(worker(), BAD, BEGUN, (), begin="ret", work="at")

    found = repair(asked, Limits())

    assert isinstance(found, Repairs)
    assert {r.facts for r in found.repairs} == {("begin: ret",)}
    assert [(i.fact, i.lost) for i in found.insufficient] == [("work: at", RETURNS)]


@pytest.mark.parametrize("written", [("ends", "well", "badly"), ("well", "ends", "badly"), ("badly", "well", "ends")])
def test_a_repair_that_was_found_hides_no_other_one(written: tuple[str, ...]) -> None:
    """Two sets share a fact: whichever is named first, both are found."""
    asked = _noted(written)
    known = {frozenset(s) for s in (("ends: ret", "well: note"), ("ends: ret", "badly: note"))}
    assert {frozenset(s) for s in sets(asked)} == known == {frozenset(s) for s in by_hand(asked)}


def _noted(written: tuple[str, ...]) -> Sketch:
    about = {"ends": "ret", "well": "note", "badly": "note"}
    return sketch(note(), TOLD, SUCCESS, ("note",), **{name: about[name] for name in written})
