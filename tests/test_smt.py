"""The seam to the solver: answers, values, cores, limits."""

import subprocess
import sys
import time

import pytest

from shootdown.smt import Answer, SmtError, Solver, quote


def pigeons(holes: int) -> str:
    """One pigeon more than holes: false, and hard for resolution."""
    names = [[f"x{p}_{h}" for h in range(holes)] for p in range(holes + 1)]
    lines = [f"(declare-const {x} Bool)" for row in names for x in row]
    lines += [f"(assert (or {' '.join(row)}))" for row in names]
    lines += [
        f"(assert (or (not {names[p][h]}) (not {names[q][h]})))"
        for h in range(holes) for p in range(holes + 1) for q in range(p)
    ]  # fmt: skip
    return "\n".join(lines)


def test_values_are_read_by_name() -> None:
    """After SAT, Booleans are 0 and 1, bit-vectors unsigned, and what is left open is 0."""
    solver = Solver()
    name = quote("a(x, y)@0")
    solver.add_text(f"(declare-const {name} (_ BitVec 64))(declare-const p Bool)(declare-const open Bool)")
    solver.add_text(f"(assert (and p (bvslt {name} #x0000000000000000)))(assert (= ((_ extract 3 0) {name}) #xe))")
    assert solver.check() is Answer.SAT
    assert solver.value("a(x, y)@0") >> 63 == 1
    assert solver.value("a(x, y)@0") & 15 == 14
    assert (solver.value("p"), solver.value("open")) == (1, 0)


def test_definitions_stay_known_across_texts() -> None:
    """A later text uses constants and definitions of an earlier one, and means the same ones."""
    solver = Solver()
    solver.add_text("(declare-const x (_ BitVec 8))(define-fun five () Bool (= x #x05))")
    solver.add_text("(assert five)")
    assert solver.check() is Answer.SAT
    solver.add_text("(assert (= x #x06))")
    assert solver.check() is Answer.UNSAT


def test_assumptions_and_core() -> None:
    """An UNSAT under assumptions names some that conflict, and none that are beside the point."""
    solver = Solver()
    solver.add_text("".join(f"(declare-const {c} Bool)" for c in "pqr") + "(assert (not (and p q)))")
    assert solver.check(["p", "r"]) is Answer.SAT
    assert solver.check(["r", "q", "p"]) is Answer.UNSAT
    assert solver.core() == ("p", "q")
    assert solver.check(["p"]) is Answer.SAT


def test_push_and_pop() -> None:
    """What is asserted in a scope ends with it."""
    solver = Solver()
    solver.add_text("(declare-const p Bool)(assert p)")
    solver.push()
    solver.add_text("(assert (not p))")
    assert solver.check() is Answer.UNSAT
    solver.pop()
    assert solver.check() is Answer.SAT


@pytest.mark.parametrize("logic", ["QF_FD", "QF_BV", ""])
def test_bounds_answer_unknown(logic: str) -> None:
    """Neither the work limit nor the wall clock ever answers UNSAT; the reason is in words."""
    limited = Solver(logic, rlimit=20_000)
    limited.add_text(pigeons(10))
    assert limited.check() is Answer.UNKNOWN
    assert limited.reason_unknown
    timed = Solver(logic)
    timed.add_text(pigeons(10))
    assert timed.check(deadline=time.monotonic() + 0.05) is Answer.UNKNOWN
    assert timed.reason_unknown == "the time is up"
    assert timed.check(deadline=time.monotonic() - 1) is Answer.UNKNOWN


def test_a_bound_is_forgotten_by_the_next_check() -> None:
    """A deadline belongs to one check: the next one is answered in full."""
    solver = Solver()
    solver.add_text(pigeons(5))
    assert solver.check(deadline=time.monotonic() - 1) is Answer.UNKNOWN
    assert solver.check() is Answer.UNSAT
    assert solver.reason_unknown == ""


def test_malformed_text_is_an_error() -> None:
    """A printer's defect is reported where it happens, and the solver is still usable."""
    solver = Solver()
    with pytest.raises(SmtError, match="unknown constant y"):
        solver.add_text("(declare-const x Bool)(assert y)")
    assert solver.check() is Answer.SAT


def test_quantifiers_with_options() -> None:
    """The general solver takes uninterpreted sorts, and options by name."""
    solver = Solver("", options={"smt.mbqi.max_cexs": 4})
    solver.add_text("(declare-sort D 0)(declare-fun f (D) Bool)(declare-const c D)(assert (forall ((d D)) (f d)))")
    assert solver.check() is Answer.SAT
    solver.add_text("(assert (not (f c)))")
    assert solver.check() is Answer.UNSAT


def test_earlier_solvers_do_not_change_answers() -> None:
    """The same texts give the same model whatever was solved before in this process."""
    text = "".join(f"(declare-const v{k} (_ BitVec 8))" for k in range(20))
    text += "".join(f"(assert (bvult (bvmul v{k} v{k + 1}) v{(k * 7) % 20}))" for k in range(19))

    def model() -> list[int]:
        solver = Solver()
        solver.add_text(text)
        assert solver.check() is Answer.SAT
        return [solver.value(f"v{k}") for k in range(20)]

    first = model()
    Solver().add_text(pigeons(4))
    assert model() == first


def test_only_what_needs_a_solver_loads_it() -> None:
    """Models, the interpreter and explicit search load without Z3."""
    code = "import sys, shootdown.ir, shootdown.ir.interp, shootdown.search.explicit; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
