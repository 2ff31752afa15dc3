"""The text of a trace: columns, folding, code, faults, wrapping."""

from shootdown.counterexamples.minimise import minimise
from shootdown.counterexamples.render import WIDTH, Line, failure, render, step_rows
from shootdown.ir import Part, action, always, compose, element, exists, forall, require
from shootdown.ir.trace import Candidate, ConcreteState, Step
from shootdown.search.refute import replay
from tests.counterexamples.runs import commit_case, commit_trace, per, steps
from tests.toys import Client, Participant, agreement, dead_end, stays_good, two_phase_commit

TITLE = "commit-hasty violates agreement     contract none, topology sizes"

EXPECTED = """\
commit-hasty violates agreement     contract none, topology sizes
  p cannot commit

 1-2  participant q  is prepared
   3  coordinator    decides to commit
                     commit.c: decide
   4  participant q  hears COMMIT and is COMMITTED
   5  participant p  refuses: it cannot commit
                     commit.c: vote

  q committed, p aborted   reach: everywhere
"""


def test_a_trace_reads_like_the_mail_it_answers() -> None:
    """Title, topology, folded silent steps, code on its own line, failure and closing."""
    system, claim, run = commit_case()
    trace = replay(system, claim, minimise(system, claim, run))
    text = render(system, claim, trace, title=TITLE, topology_lines=["p cannot commit"], closing=["reach: everywhere"])
    assert text == EXPECTED


def test_a_fault_says_whether_it_was_ever_seen() -> None:
    """Every fault carries its evidence on a line of its own."""
    system = two_phase_commit(hasty=True)
    start: ConcreteState = {
        "able": per(1, 1),
        "logged": per(1, 1),
        "watched": per(0, 0),
        "phase": per(0, 0),
        "decision": {(): 0},
    }
    run = Candidate({"Participant": 2}, start, steps("prepare 0, decide_commit, hear 0, lose_power 1"))
    text = render(
        system, agreement(system), replay(system, agreement(system), run), title="t", topology_lines=[], closing=[]
    )
    assert "   4  participant q  loses power before it votes\n" + " " * 21 + "(fault; seen: a data centre)\n" in text


def test_a_silent_fault_is_shown_and_never_seen_is_said() -> None:
    """Folding never hides a fault."""
    part = Part("silent")
    part.relation("on", Client)
    part.init("off", lambda s: forall(Client, lambda c: ~s.on[c]))

    @action(actor="bus", fault=True, silent=True)
    def flip(s, c: Client):
        require(~s.on[c])
        s.on[c] = True

    part.act(flip)
    system = compose("silent", [part])
    claim = always("dark", lambda s: ~exists(Client, lambda c: s.on[c]) | exists(Client, lambda c: ~s.on[c])).on(system)
    run = Candidate({"Client": 2}, {"on": per(0, 0)}, (Step("flip", (0,)), Step("flip", (1,))))
    text = render(system, claim, replay(system, claim, run), title="t", topology_lines=[], closing=[])
    assert text.count("(fault; never seen)") == 2
    assert "   1  bus        flip(a)\n" in text
    assert "  dark does not hold\n" in text


def test_a_silent_last_step_is_shown() -> None:
    """The step after which the claim is broken always has a line, with the folded numbers."""
    system, _, trace = commit_trace()
    no_log = always("no-log", lambda s: ~s.logged[element(Participant, 1)]).on(system)
    run = Candidate(trace.sizes, trace.states[0], steps("write_log 2, write_log 1"))
    text = render(system, no_log, replay(system, no_log, run), title="t", topology_lines=[], closing=[])
    assert " 1-2  participant q  writes its log\n" in text


def test_long_sentences_hang_below_themselves() -> None:
    """At most 100 columns; the rest of a sentence starts in the sentence's column."""
    line = Line("12-13", "unit 0", "word " * 60, ("v1 6/8 " + "x" * 200,))
    rows = step_rows([line])
    assert max(len(r) for r in rows) <= WIDTH
    assert rows[0].startswith("12-13  unit 0     word")
    assert all(r.startswith(" " * 18) and r[18] != " " for r in rows[1:])


def test_every_row_of_a_text_fits() -> None:
    """Titles, topology and closing lines are wrapped too."""
    system, claim, trace = commit_trace()
    long = "many words " * 30
    text = render(system, claim, trace, title=long, topology_lines=[long], closing=[long, "short"])
    assert max(len(r) for r in text.splitlines()) <= WIDTH
    assert not any(r != r.rstrip() for r in text.splitlines())
    assert text.endswith("short\n")


def test_the_failure_is_told_for_the_first_false_choice() -> None:
    """The claim's words are filled with the elements that break it."""
    system, claim, trace = commit_trace()
    assert failure(system, claim, trace) == "r committed, p aborted"


def test_a_claim_without_quantifier_or_words_has_its_name() -> None:
    """There is always something to say."""
    system = dead_end()
    claim = stays_good(system)
    run = Candidate({}, {"light": {(): 0}}, (Step("fall", ()),))
    text = render(system, claim, replay(system, claim, run), title="dead-end", topology_lines=[], closing=[])
    assert text == "dead-end\n\n   1  world      fall\n\n  stays-good does not hold\n"
