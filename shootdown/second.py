"""The second solver: cvc5 decides whole SMT-LIB 2 scripts. No other module imports cvc5.

A script is data: declarations, definitions, assertions, then one `(check-sat)`. Anything else in it is refused before
a solver sees it, options included, so that both solvers answer the same question in the same way.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shootdown import smt
from shootdown.smt import Answer, SmtError, Solver

CVC5 = "cvc5"
Z3 = "z3"

Z3_OPTIONS = {"smt.mbqi.max_cexs": 4, "ctrl_c": False}
"""Heuristic: instances that Z3 takes at once from a model that breaks a quantified assertion. With its own default, 1,
the same query may take twenty times as long in one version as in another. Ctrl-C is left to Python, which raises after
the query: Z3's own handler loses a signal that comes when its answer is as good as found."""

CVC5_STAGES = ({"enum-inst": "true"}, {"finite-model-find": "true"})
"""Heuristic: first instances, by matching and then by the ground terms of a sort in turn, which refutes; where they
give out, finite models of growing size, which satisfies. Each is several times faster at its own kind of answer."""

CVC5_BITS = ({"bitblast": "eager", "bool-to-bv": "all"},)
"""For scripts over bit-vectors alone, where `ask` is told so: the whole question as bits at once, which is several
times faster for the arithmetic of wide words."""

CVC5_UNITS = 20
"""Units of Z3's `rlimit` that one unit of cvc5's stands for: about as many are used in a second."""

DEEPEST = 10_000
"""Parentheses that may be open at once: a solver that runs out of stack takes the whole process with it."""

_COMMANDS = frozenset(
    {"set-logic", "set-info", "assert", "check-sat", "exit"}
    | {f"declare-{what}" for what in ("sort", "fun", "const", "datatype", "datatypes")}
    | {f"define-{what}" for what in ("sort", "fun", "const")}
)
_IGNORED = frozenset({"set-info", "exit"})
_TOKEN = re.compile(r""";[^\n]*|"(?:[^"]|"")*"|\|[^|]*\||[()]|[^\s()";|]+|["|]""")


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, by which solver, and why there is no answer where it is UNKNOWN.

    Which solver answered is for statistics: a verdict does not depend on it and does not print it.
    """

    answer: Answer
    solver: str
    reason: str = ""


class DisagreementError(Exception):
    """One solver says sat, the other unsat: at least one of them is wrong and neither may be believed."""


def version() -> str:
    """cvc5's version, for reports and the verdict cache's key."""
    import cvc5  # noqa: PLC0415 # takes a tenth of a second and is rarely needed

    return cvc5.__version__


def check(script: str, *, seed: int = 0, rlimit: int = 0, deadline: float | None = None) -> Answer:
    """cvc5's answer to a complete script; `ask` adds the reason for an UNKNOWN."""
    return ask(script, seed=seed, rlimit=rlimit, deadline=deadline).answer


def ask(
    script: str,
    *,
    seed: int = 0,
    rlimit: int = 0,
    deadline: float | None = None,
    stages: Sequence[Mapping[str, str]] = CVC5_STAGES,
) -> Reply:
    """cvc5's answer to a complete script, with the reason for an UNKNOWN; `stages` are its options for each try.

    `rlimit` bounds the work of each stage in cvc5's own deterministic unit, 0 means no bound. `deadline` is a
    `time.monotonic()` value; passing it can only turn an answer into UNKNOWN. Raises SmtError where the text is
    malformed. An interrupt of the user is noticed when cvc5 returns, so that a bound is always a good idea.
    """
    script = complete(script)
    reply = Reply(Answer.UNKNOWN, CVC5)
    for stage in stages:
        options = {**stage, "seed": str(seed), "sat-random-seed": str(seed)}
        if rlimit:
            options["rlimit"] = str(rlimit)
        if deadline is not None:
            left = int((deadline - time.monotonic()) * 1000)
            if left <= 0:
                return Reply(Answer.UNKNOWN, CVC5, "the time is up")
            options["tlimit-per"] = str(left)
        reply = _cvc5(script, options)
        if reply.answer is not Answer.UNKNOWN:
            break
    return reply


def ask_z3(script: str, *, seed: int = 0, rlimit: int = 0, deadline: float | None = None) -> Reply:
    """Z3's answer to the same kind of script, from a fresh solver; `rlimit` is in Z3's own unit."""
    solver = Solver("", seed=seed, rlimit=rlimit, options=Z3_OPTIONS)
    solver.add_text(complete(script))
    return Reply(solver.check(deadline=deadline), Z3, solver.reason_unknown)


def settle(script: str, *, seed: int = 0, rlimit: int = 0, deadline: float | None = None) -> Reply:
    """Z3's answer, and cvc5's where Z3 has none. `rlimit` is in Z3's unit and bounds each of them.

    The order is fixed: the answer does not depend on which of them is faster, and with an `rlimit` not on the machine
    either, unless the deadline passes, which can only make it UNKNOWN.
    """
    first = ask_z3(script, seed=seed, rlimit=rlimit, deadline=deadline)
    if first.answer is not Answer.UNKNOWN:
        return first
    second = ask(script, seed=seed, rlimit=-(-rlimit // CVC5_UNITS), deadline=deadline)
    return second if second.answer is not Answer.UNKNOWN else _neither(first, second)


def agreed(script: str, *, seed: int = 0, rlimit: int = 0, deadline: float | None = None) -> Reply:
    """What both solvers say; UNKNOWN where one of them has no answer. Raises DisagreementError."""
    first = ask_z3(script, seed=seed, rlimit=rlimit, deadline=deadline)
    second = ask(script, seed=seed, rlimit=-(-rlimit // CVC5_UNITS), deadline=deadline)
    return compare(first, second)


def compare(first: Reply, second: Reply) -> Reply:
    """One reply from two about the same script. Raises DisagreementError where they contradict each other."""
    if Answer.UNKNOWN in (first.answer, second.answer):
        return _neither(first, second)
    if first.answer is not second.answer:
        said = " and ".join(f"{r.solver} {_versions()[r.solver]} says {r.answer.value}" for r in (first, second))
        raise DisagreementError(f"{said} of the same query: one of the solvers is wrong, nothing is concluded")
    return Reply(first.answer, f"{first.solver}, {second.solver}")


def complete(script: str) -> str:
    """The script, with `(set-logic ALL)` where it names no logic.

    Raises SmtError unless it consists of declarations, definitions and assertions and one `(check-sat)` at its end.
    """
    found = list(_commands(script))
    for name in found:
        if name not in _COMMANDS:
            raise SmtError(f"`{name}` is not a command of a script to be checked")
    asked = [name for name in found if name not in _IGNORED]
    if asked.count("check-sat") != 1 or asked[-1] != "check-sat" or "exit" in found[:-1]:
        raise SmtError("a script to be checked has one (check-sat), at its end")
    return script if "set-logic" in found else f"(set-logic ALL)\n{script}"


def _commands(script: str) -> Iterator[str]:
    """Names of the commands of a script, in order."""
    depth, fresh = 0, False
    for match in _TOKEN.finditer(script):
        token = match.group()
        if token.startswith(";"):
            continue
        if token in {'"', "|"}:
            raise SmtError(f"a {token} is never closed")
        if fresh or (depth == 0 and token != "("):
            if token in {"(", ")"} or depth == 0:
                raise SmtError(f"a command begins with ( and its name, not with {token[:20]}")
            yield token
        depth += (token == "(") - (token == ")")
        fresh = token == "(" and depth == 1
        if depth > DEEPEST:
            raise SmtError(f"more than {DEEPEST} parentheses are open at once")
    if depth:
        raise SmtError("a ( is never closed")


def _cvc5(script: str, options: dict[str, str]) -> Reply:
    import cvc5  # noqa: PLC0415 # takes a tenth of a second and is rarely needed

    terms = cvc5.TermManager()
    solver, symbols = cvc5.Solver(terms), cvc5.SymbolManager(terms)
    for name, value in sorted(options.items()):
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver, symbols)
    try:
        parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "script")
        while (command := parser.nextCommand()).getCommandName() != "check-sat":
            if command.getCommandName() not in _IGNORED:
                _accepted(command.invoke(solver, symbols))
    except RuntimeError as error:
        raise SmtError(str(error).strip().split("\n", maxsplit=1)[0]) from None
    try:
        result = solver.checkSat()
    except RuntimeError as error:
        return Reply(Answer.UNKNOWN, CVC5, str(error).strip().split("\n", maxsplit=1)[0])
    if result.isUnknown():
        return Reply(Answer.UNKNOWN, CVC5, _why(result.getUnknownExplanation().name))
    return Reply(Answer.SAT if result.isSat() else Answer.UNSAT, CVC5)


def _accepted(output: str) -> None:
    if output.startswith("(error"):
        raise SmtError(output.strip().split("\n", maxsplit=1)[0])


def _why(explanation: str) -> str:
    words = {
        "TIMEOUT": "the time is up",
        "RESOURCEOUT": "the solver's work limit is reached",
        "INTERRUPTED": "the time is up",
    }
    return words.get(explanation, f"the solver gave up: {explanation.lower()}")


def _neither(first: Reply, second: Reply) -> Reply:
    reasons = [f"{r.solver}: {r.reason}" for r in (first, second) if r.answer is Answer.UNKNOWN]
    return Reply(Answer.UNKNOWN, f"{first.solver}, {second.solver}", "; ".join(reasons))


def _versions() -> dict[str, str]:
    return {Z3: smt.version(), CVC5: version()}
