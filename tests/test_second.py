"""The second solver: answers, limits, malformed texts, and what happens when the two do not agree."""

import subprocess
import sys
import time

import pytest

from shootdown import second
from shootdown.second import DisagreementError, Reply, agreed, ask, ask_z3, check, compare, complete, settle
from shootdown.smt import Answer, SmtError
from tests.scripts import KNOWN, NAMES, SAT, UNSAT, factoring

WORK = 20_000_000


@pytest.mark.parametrize(("script", "known"), KNOWN, ids=NAMES)
def test_both_solvers_know_the_answer(script: str, known: Answer) -> None:
    """On quantified scripts z3 and cvc5 agree with what is known, and so does whoever settles."""
    assert ask_z3(script, rlimit=WORK) == Reply(known, "z3")
    assert ask(script, rlimit=WORK) == Reply(known, "cvc5")
    assert check(script, rlimit=WORK) is known
    assert agreed(script, rlimit=WORK) == Reply(known, "z3, cvc5")


@pytest.mark.parametrize(("script", "known"), KNOWN, ids=NAMES)
def test_asking_again_gives_the_same_reply(script: str, known: Answer) -> None:
    """The same script, limit and seed give the same reply, also where the limit is too small for an answer."""
    for limit in (200, 1_000, 5_000):
        first, again = ask(script, rlimit=limit), ask(script, rlimit=limit)
        assert first == again
        assert first.answer in {known, Answer.UNKNOWN}
    assert {check(script, seed=seed) for seed in range(3)} == {known}


def test_a_logic_is_given_where_none_is_named() -> None:
    """A script without a logic is read in the widest one, by both solvers alike, and nothing is written to stderr."""
    script = UNSAT["groups"].replace("(set-logic ALL)", "; no logic: (set-logic QF_UF)")
    assert agreed(script).answer is Answer.UNSAT
    assert complete(SAT["lock"]) == SAT["lock"]


@pytest.mark.parametrize(
    "script",
    [
        "(declare-const p Bool)(assert q)(check-sat)",
        "(declare-const p Bool)(declare-const p Bool)(assert (and p)(check-sat)",
        "(assert (= true (_ bv1 8)))(check-sat)",
        "(set-logic NONE_OF_THEM)(declare-sort D 0)(check-sat)",
    ],
)
def test_malformed_text_is_an_error(script: str) -> None:
    """A defect of the printer is an error and no answer."""
    with pytest.raises(SmtError):
        ask(script)


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("", "one .check-sat."),
        ("(declare-const p Bool)", "one .check-sat."),
        ("(check-sat)(check-sat)", "one .check-sat."),
        ("(check-sat)(assert false)", "one .check-sat."),
        ("(exit)(assert false)(check-sat)", "one .check-sat."),
        ("(assert false)(reset-assertions)(check-sat)", "`reset-assertions`"),
        ("(push 1)(assert false)(pop 1)(check-sat)", "`push`"),
        ("(set-option :rlimit 1)(check-sat)", "`set-option`"),
        ("(check-sat)(get-model)", "`get-model`"),
        ("(assert true", "never closed"),
        ('(set-info :source "x)(check-sat)', "never closed"),
        ("(assert |x)(check-sat)", "never closed"),
        ("(assert true)) (check-sat)", "begins with"),
        ("((assert true))(check-sat)", "begins with"),
        ("assert (check-sat)", "begins with"),
    ],
)
def test_only_one_question_is_in_a_script(script: str, what: str) -> None:
    """What could make two solvers answer different questions is refused before any of them is asked."""
    for solver in (ask, ask_z3, settle):
        with pytest.raises(SmtError, match=what):
            solver(script)


def test_deep_nesting_is_answered_or_refused() -> None:
    """No text crashes the process: up to the bound both solvers answer, beyond it none is asked."""

    def nested(depth: int) -> str:
        return f"(declare-const p Bool)(assert {'(not ' * depth}p{')' * depth})(assert p)(check-sat)"

    deepest = second.DEEPEST - 2
    assert agreed(nested(deepest)).answer is Answer.SAT
    for solver in (ask, ask_z3):
        with pytest.raises(SmtError, match="open at once"):
            solver(nested(30 * second.DEEPEST))


def test_comments_strings_and_quoted_names_are_no_commands() -> None:
    """Parentheses in a comment, a string or a quoted symbol do not count."""
    script = '(set-info :source "a ""("" b") ; (exit) (\n(declare-const |x(y)\' ; "| Bool)'
    script += "(assert |x(y)' ; \"|)(check-sat)(exit)"
    assert agreed(script).answer is Answer.SAT


def test_a_bound_answers_unknown_with_its_reason() -> None:
    """Neither the work limit nor the clock ever gives another answer; the reason is in words."""
    script = factoring()
    limited = ask(script, rlimit=10_000)
    assert (limited.answer, limited.reason) == (Answer.UNKNOWN, "the solver's work limit is reached")
    timed = ask(script, deadline=time.monotonic() + 0.2)
    assert (timed.answer, timed.reason) == (Answer.UNKNOWN, "the time is up")
    late = ask(script, deadline=time.monotonic() - 1)
    assert (late.answer, late.reason) == (Answer.UNKNOWN, "the time is up")
    neither = settle(script, rlimit=200_000)
    assert neither.answer is Answer.UNKNOWN
    assert neither.reason == ("z3: the solver's work limit is reached; cvc5: the solver's work limit is reached")


def test_the_second_is_asked_only_where_the_first_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who answers depends on z3's answer alone, never on which of the two is faster."""
    asked: list[str] = []

    def spy(script: str, **_: object) -> Reply:
        asked.append(script)
        return Reply(Answer.SAT, "cvc5")

    monkeypatch.setattr(second, "ask", spy)
    assert settle(UNSAT["lock"]) == Reply(Answer.UNSAT, "z3")
    assert not asked
    monkeypatch.setattr(second, "ask_z3", lambda *_, **__: Reply(Answer.UNKNOWN, "z3", "it gave up"))
    assert settle(SAT["lock"]) == Reply(Answer.SAT, "cvc5")
    assert asked == [SAT["lock"]]


def test_a_wrong_solver_is_reported_and_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One says sat, the other unsat: an error that says so, whichever of them lies."""
    for first, other in ((Answer.SAT, Answer.UNSAT), (Answer.UNSAT, Answer.SAT)):
        with pytest.raises(DisagreementError, match=f"z3 .* says {first.value} and cvc5 .* says {other.value}"):
            compare(Reply(first, "z3"), Reply(other, "cvc5"))
    monkeypatch.setattr(second, "ask_z3", lambda *_, **__: Reply(Answer.UNSAT, "z3"))
    with pytest.raises(DisagreementError, match="one of the solvers is wrong"):
        agreed(SAT["groups"])


@pytest.mark.parametrize("sure", [Answer.SAT, Answer.UNSAT])
def test_no_answer_of_one_is_no_agreement(sure: Answer) -> None:
    """Where one solver has no answer they do not agree, and the one without an answer is named."""
    found = compare(Reply(sure, "z3"), Reply(Answer.UNKNOWN, "cvc5", "it gave up"))
    assert (found.answer, found.reason) == (Answer.UNKNOWN, "cvc5: it gave up")


def test_cvc5_is_loaded_when_it_is_asked() -> None:
    """Whoever imports the seam, or settles what z3 can answer, does not pay for loading cvc5."""
    code = (
        "import sys; from shootdown.second import settle;"
        "settle('(assert false)(check-sat)'); sys.exit('cvc5' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
