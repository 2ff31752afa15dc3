"""Proofs by a ranking in words: that sorts are finite, what is fair, and that faults are finitely many."""

import json

from shootdown.report.ranking import ranked_record, ranked_text
from shootdown.search.parametric import Stopped
from shootdown.search.question import Hints
from shootdown.search.ranking import prove_response
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Ranked, Scope
from tests.search import rankings
from tests.search.rankings import Toy


def proof(made: Toy) -> Ranked:
    """A certificate."""
    found = prove_response(*made, Hints(), Limits())
    assert not isinstance(found, Stopped), found.reason
    return found


def test_a_proof_says_what_it_uses() -> None:
    """Each sentence is there, and what the proof does not lean on is not assumed."""
    system, _, _ = made = rankings.emptied("declared")
    assert list(ranked_text(system, proof(made), ", of steps")) == [
        "proved for any finite number of items, of steps, by a ranking that strictly shrinks: items to visit; "
        "helped by end and visit",
        "uses finiteness: in finite sets a rank cannot shrink for ever; the order of the walk has a first element",
        "assumes: weak fairness of end and visit, for each choice of arguments",
        "judged again: 0 lemmas that no step breaks, and 19 obligations, written anew from the model, by fresh solvers",
    ]


def test_faults_and_strong_fairness_are_assumptions() -> None:
    """They stand in the same sentence as weak fairness."""
    made = rankings.slipping()
    assert (
        "assumes: weak fairness of end and visit, for each choice of arguments; a run has finitely many faults"
        in ranked_text(made[0], proof(made))
    )
    made = rankings.doorway()
    told = list(ranked_text(made[0], proof(made)))
    assert told[0] == "proved for every run, by a ranking that strictly shrinks: the goal is one step away, by enter"
    assert (
        told[1] == "enter can be taken again and again, by a ranking of its own: the goal is one step away, by unlock"
    )
    assert "assumes: weak fairness of unlock, strong fairness of enter, for each choice of arguments" in told


def test_a_proof_by_a_ranking_is_data() -> None:
    """Everything in it can be written as JSON, rankings within rankings among it."""
    found = json.loads(json.dumps(ranked_record(proof(rankings.doorway()))))
    assert found["fair"] == {"enter": "strong", "unlock": "weak"}
    assert found["rank"]["helpful"][0]["again"]["helpful"] == [{"action": "unlock", "when": "~open"}]
    assert found["obligations"] > 0


def test_it_is_a_proof_for_any_number() -> None:
    """Wherever strength is told, as for lemmas."""
    assert Proved((), Scope(()), ranked=(proof(rankings.served()),)).for_any_number
    assert not Proved((), Scope(())).for_any_number
