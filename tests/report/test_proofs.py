"""What is said of proofs at certain sizes: one part of a sentence for each way, and who has judged them."""

from shootdown.ir.product import product
from shootdown.ir.schedule import MOVED
from shootdown.report.proofs import certificate_record, evidence, how, judged
from shootdown.search.certificate import Inductive, KInductive, Literal
from shootdown.search.verdict import Closed
from tests import toys
from tests.errands import ERRNO, errand

FREE = (Literal("holds", (0,), (0,)),)
ALSO = (Literal("holds", (1,), (0,)),)
CLOSED = Closed({"Client": 1}, 10, 3, "aa", 5)
CLAUSES = Inductive({"Client": 2}, ("exclusion",), ((FREE, ALSO), (FREE,)))
STEPS = KInductive({"Client": 2}, ("exclusion",), 4)


def test_one_way_is_told_without_a_count_of_sizes() -> None:
    """The sizes stand before it."""
    assert how([CLOSED, CLOSED]).startswith("by looking at every reachable state: 20 states, the deepest after 3 steps")
    assert how([CLAUSES]).startswith("by pdr: the claim and 3 clauses in 2 orbits hold initially")
    assert how([STEPS]).startswith("by k-induction, k = 4: no run breaks the claim in its first k states")
    ended = KInductive({"Client": 1}, ("exclusion",), 2, exhausted=True)
    assert "none goes through more than k different states" in how([ended, ended])
    assert how([ended, STEPS]).startswith("by k-induction, k up to 4: no run breaks the claim in its first k states")


def test_several_ways_are_told_apart() -> None:
    """Each with the number of its sizes; every kind has its judge."""
    told = how([CLOSED, CLAUSES, CLOSED])
    assert told.startswith("at 2 sizes by looking at every reachable state: 20 states")
    assert "; at 1 size by pdr: the claim and 3 clauses" in told
    assert list(evidence([CLOSED, CLAUSES, STEPS])) == ["states=10", "depth=3", "clauses=3", "k=4"]
    both = judged([CLOSED, CLAUSES])
    assert "5 states by the interpreter; every obligation" in both
    assert "interpreter" not in judged([STEPS])
    assert "solvers" not in judged([CLOSED])


def test_records_name_their_kind() -> None:
    """A lemma is the text of one clause of its orbit."""
    of = toys.lock()
    assert certificate_record(of, CLOSED) == {
        "kind": "closed", "sizes": {"Client": 1}, "states": 10, "depth": 3, "digest": "aa"
    }  # fmt: skip
    assert certificate_record(of, CLAUSES) == {
        "kind": "inductive", "sizes": {"Client": 2}, "clauses": 3, "lemmas": ["~holds(a)", "~holds(a)"]
    }  # fmt: skip
    assert certificate_record(of, STEPS) == {"kind": "k-inductive", "sizes": {"Client": 2}, "k": 4, "exhausted": False}


def test_a_proof_about_two_runs_speaks_of_the_turn_of_the_second() -> None:
    """Engines at one size let the runs move in order, and say so in their clauses."""
    turn = Inductive({"Customer": 1}, ("exact",), (((Literal(MOVED, (), (0,)),),),))
    assert certificate_record(product(errand(stop=True), ERRNO), turn)["lemmas"] == [f"~{MOVED}"]
