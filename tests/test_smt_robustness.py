"""Robustness against the solvers: versions, options, seeds, limits. None of them may change an answer."""

import ast
import importlib
import itertools
import re
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from shootdown import second, smt
from shootdown.smt import Answer, SmtError, Solver
from tests.scripts import KNOWN, NAMES, SAT, factoring
from tests.test_architecture import installed_name, sources

ROOT = Path(__file__).parents[1]
Version = tuple[int, ...]


def numbers(text: str) -> Version:
    """`5.4.1` as (5, 4, 1)."""
    return tuple(int(n) for n in re.findall(r"\d+", text)[:3])


def declared(package: str) -> tuple[Version, Version]:
    """The range of versions that the project declares for a solver: from the first to below the second."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (line,) = [d for d in project["dependencies"] if re.split(r"[<>=~]", d)[0] == package]
    found = re.fullmatch(rf"{package}>=([\d.]+),<([\d.]+)", line)
    assert found, f"{line}: a solver is declared with both ends of the range that was tested"
    return numbers(found.group(1)), numbers(found.group(2))


@pytest.mark.parametrize(("package", "running"), [("z3-solver", smt.version), ("cvc5", second.version)])
def test_the_running_and_the_locked_solver_are_in_the_declared_range(package: str, running) -> None:
    """Quantified queries change speed between versions: only tested ones are installed."""
    lowest, beyond = declared(package)
    locked = re.search(rf"^{package}==([\d.]+) ", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    assert locked
    assert lowest <= numbers(running()) < beyond
    assert lowest <= numbers(locked.group(1)) < beyond


def instances(options: Mapping[str, smt.Option], *, incremental: bool) -> int:
    """Instances of quantifiers that Z3 makes on the way to a model of a total order of twelve elements."""
    solver = Solver("", options=options)
    names = [f"c{k}" for k in range(12)]
    solver.add_text("(declare-sort D 0)(declare-fun f (D) D)(declare-fun r (D D) Bool)")
    solver.add_text("".join(f"(declare-const {c} D)" for c in names) + f"(assert (distinct {' '.join(names)}))")
    solver.add_text(
        "(assert (forall ((x D) (y D) (z D)) (=> (and (r x y) (r y z)) (r x z))))"
        "(assert (forall ((x D)) (not (r x x))))"
        "(assert (forall ((x D) (y D)) (or (= x y) (r x y) (r y x))))"
        "(assert (forall ((x D)) (=> (not (= x c0)) (r c0 x))))"
    )
    if incremental:
        solver.push()
    assert solver.check() is Answer.SAT
    statistics = solver._solver.statistics()  # type: ignore[attr-defined] # counted nowhere else
    return int(statistics.get_key_value("quant instantiations"))


@pytest.mark.parametrize("incremental", [False, True])
def test_the_option_against_fragile_queries_takes_effect(*, incremental: bool) -> None:
    """Z3 obeys `smt.mbqi.max_cexs` under this name, in its one-shot and in its incremental solver."""
    assert instances(second.Z3_OPTIONS, incremental=incremental) != instances({}, incremental=incremental)
    same = {"smt.mbqi.max_cexs": 1}
    assert instances(same, incremental=incremental) == instances({}, incremental=incremental)


def test_an_option_that_z3_does_not_know_is_an_error() -> None:
    """A misspelt option is not silently ignored."""
    solver = Solver("", options={"max_cexs": 4})
    with pytest.raises(SmtError, match="unknown parameter"):
        solver.add_text("(assert true)")


def quantified_solvers() -> list[tuple[str, ast.Call]]:
    """Every place that makes a general solver, `Solver("", ...)`, with the name of its module."""
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Solver":
                logic = node.args[0] if node.args else None
                if isinstance(logic, ast.Constant) and logic.value == "":
                    found.append((installed_name(path), node))
    return found


def test_every_quantified_solver_sets_the_option() -> None:
    """Whoever asks Z3 with quantifiers sets `smt.mbqi.max_cexs`, to the value that was measured."""
    found = quantified_solvers()
    assert found
    for module, call in found:
        (options,) = [k.value for k in call.keywords if k.arg == "options"]
        assert isinstance(options, ast.Name), f"{module}: the options of a quantified solver are a named constant"
        constant = getattr(importlib.import_module(module), options.id)
        assert constant["smt.mbqi.max_cexs"] == second.Z3_OPTIONS["smt.mbqi.max_cexs"] == 4, module


@pytest.mark.parametrize(("script", "known"), KNOWN, ids=NAMES)
def test_seeds_and_limits_of_work_never_change_an_answer(script: str, known: Answer) -> None:
    """A limit may answer UNKNOWN, alike in each run; a seed changes nothing; without a limit the answer is there."""
    for seed, limit in itertools.product((0, 7), (500, 20_000, 0)):
        first = second.ask_z3(script, seed=seed, rlimit=limit)
        assert first == second.ask_z3(script, seed=seed, rlimit=limit)
        assert first.answer in ({known, Answer.UNKNOWN} if limit else {known})


@pytest.mark.parametrize(("script", "known"), KNOWN, ids=NAMES)
@pytest.mark.parametrize("solver", [second.ask_z3, second.ask, second.settle], ids=["z3", "cvc5", "settle"])
def test_the_clock_never_changes_an_answer(solver, script: str, known: Answer) -> None:
    """A deadline turns an answer into UNKNOWN or leaves it as it is, however short the time."""
    for seconds in (0.001, 0.005, 0.02):
        assert solver(script, deadline=time.monotonic() + seconds).answer in {known, Answer.UNKNOWN}
    assert solver(script, deadline=time.monotonic() - 1).answer is Answer.UNKNOWN
    assert solver(script, deadline=time.monotonic() + 60).answer is known


def test_a_hard_query_is_left_in_time() -> None:
    """Where nobody has an answer, a deadline is kept by both solvers."""
    begin = time.monotonic()
    reply = second.settle(factoring(), rlimit=10_000_000, deadline=begin + 0.5)
    assert reply.answer is Answer.UNKNOWN
    assert time.monotonic() - begin < 5


def test_the_same_model_comes_back() -> None:
    """A fixed seed fixes the model too, whatever was asked in between."""
    text = SAT["order"].replace(
        "(check-sat)", "(declare-const n (_ BitVec 8))(assert (= n (bvsub (count a) (count d))))"
    )

    def value() -> int:
        solver = Solver("", options=second.Z3_OPTIONS)
        solver.add_text(text)
        assert solver.check() is Answer.SAT
        return solver.value("n")

    first = value()
    assert second.ask(SAT["groups"]).answer is Answer.SAT
    assert second.ask_z3(SAT["quorum"]).answer is Answer.SAT
    assert value() == first
