"""The seam to Z3: text in, `Answer` out. No other module imports z3.

Formulas enter as SMT-LIB 2 text, because one text is parsed tens of times faster than terms are built
operator by operator, and values leave by name: Z3's `==` builds terms, its results are not hashable,
and its terms have no order, so nothing of Z3 is ever compared or stored outside this file.
"""

import enum
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import z3

FINITE = "QF_FD"
"""Z3's solver for Booleans and bit-vectors: one incremental SAT solver below a bit-blaster."""

Option = bool | int | str

_FOREVER = 4_294_967_295
"""Z3's own value for "no timeout", in milliseconds."""

_TICK = 0.002
"""Z3 counts whole milliseconds, so it may stop this much before a deadline, in seconds."""


class Answer(enum.Enum):
    """What a solver says of a query; UNKNOWN has a `reason_unknown` and is never a claim."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


_ANSWERS = {1: Answer.SAT, -1: Answer.UNSAT, 0: Answer.UNKNOWN}


class SmtError(Exception):
    """Z3 does not accept a text: a defect of the printer that wrote it, not of a model."""


def version() -> str:
    """Z3's version, for reports and the verdict cache's key."""
    return z3.get_version_string()


def quote(name: str) -> str:
    """`name` as an SMT-LIB symbol; it must contain neither `|` nor a backslash."""
    return f"|{name}|"


class Solver:
    """One incremental solver in a context of its own, so that no earlier search changes its answers.

    Declarations and definitions of one `add_text` are known in all later ones and may not be repeated.
    `rlimit` bounds the work of each check in Z3's own deterministic unit; 0 means no bound.
    """

    def __init__(
        self, logic: str = FINITE, *, seed: int = 0, rlimit: int = 0, options: Mapping[str, Option] | None = None
    ) -> None:
        self._context = z3.Context()
        self._solver = z3.SolverFor(logic, ctx=self._context) if logic else z3.Solver(ctx=self._context)
        self._solver.set("random_seed", seed)
        if rlimit:
            self._solver.set("rlimit", rlimit)
        for name, value in sorted((options or {}).items()):
            self._solver.set(name, value)
        self._constants: dict[str, z3.BoolRef] = {}
        self._decls: dict[str, z3.FuncDeclRef] = {}
        self._model: z3.ModelRef | None = None
        self._listed = False
        self.reason_unknown = ""

    def add_text(self, smtlib: str) -> None:
        """Declare, define and assert. Raises SmtError where Z3 finds the text malformed."""
        self._model = None
        try:
            self._solver.from_string(smtlib)
        except z3.Z3Exception as error:
            raise SmtError(_first_line(error)) from None

    def push(self) -> None:
        """Open a scope for assertions. Declarations stay known after the scope is left."""
        self._solver.push()

    def pop(self) -> None:
        """Leave the innermost scope."""
        self._model = None
        self._solver.pop()

    def limit(self, rlimit: int) -> None:
        """Bound the work of each later check; 0 means no bound."""
        self._solver.set("rlimit", rlimit or _FOREVER)

    def check(self, assumptions: Sequence[str] = (), deadline: float | None = None) -> Answer:
        """Whether the assertions and the named Boolean constants can hold together.

        `deadline` is a `time.monotonic()` value; passing it can only turn an answer into UNKNOWN.
        Raises KeyboardInterrupt where the user interrupted Z3, which would hide it in an `unknown`.
        """
        self._model = None
        self.reason_unknown = ""
        if not self._set_timeout(deadline):
            return self._unknown("the time is up")
        try:
            answer = _ANSWERS[self._solver.check(*map(self._constant, assumptions)).r]
        except z3.Z3Exception as error:
            return self._unknown(_first_line(error))
        if answer is not Answer.UNKNOWN:
            return answer
        late = deadline is not None and time.monotonic() >= deadline - _TICK
        reason = self._solver.reason_unknown()
        return self._unknown("timeout" if late and "canceled" in reason else reason)

    def value(self, name: str) -> int:
        """A constant's value after SAT, as unsigned bits; 0 where the model leaves it open."""
        if self._model is None:
            self._model, self._listed = self._solver.model(), False
        if name not in self._decls and not self._listed:
            self._decls |= {d.name(): d for d in self._model.decls()}
            self._listed = True
        value = self._model[self._decls[name]] if name in self._decls else None
        return value.as_long() if isinstance(value, z3.BitVecNumRef) else int(value is not None and z3.is_true(value))

    def structure(self, sorts: Sequence[str]) -> "Structure":
        """The finite model after SAT over uninterpreted sorts; raises SmtError where it is not finite."""
        return _structure(self._solver.model(), sorts)

    def core(self) -> tuple[str, ...]:
        """Names of assumptions that are enough for the last UNSAT, sorted; not necessarily the fewest."""
        return tuple(sorted(a.decl().name() for a in self._solver.unsat_core()))

    def _constant(self, name: str) -> z3.BoolRef:
        """A Boolean constant; kept, because building one costs as much as an easy query."""
        if name not in self._constants:
            self._constants[name] = z3.Bool(name, ctx=self._context)
        return self._constants[name]

    def _set_timeout(self, deadline: float | None) -> bool:
        """Whether there is any time left. Always set, because Z3 keeps the last value."""
        left = _FOREVER if deadline is None else int((deadline - time.monotonic()) * 1000)
        if left <= 0:
            return False
        self._solver.set("timeout", min(left, _FOREVER))
        return True

    def _unknown(self, reason: str) -> Answer:
        if "interrupted" in reason:
            raise KeyboardInterrupt
        limit = "the solver's work limit is reached"
        words = {"timeout": "the time is up", "canceled": limit, "resource limit": limit}
        found = [text for word, text in words.items() if word in reason]
        self.reason_unknown = found[0] if found else reason or "the solver gave no reason"
        return Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class Structure:
    """A finite model: how many elements each uninterpreted sort has, and for each function a value at each point.

    Elements are numbers; values of datatypes are the names of their constructors; truth values and bit-vectors are
    numbers. Functions that the model leaves open are missing.
    """

    sizes: Mapping[str, int]
    tables: Mapping[str, Mapping[tuple[int | str, ...], int | str]]


def _structure(model: z3.ModelRef, sorts: Sequence[str]) -> Structure:
    universe = {str(s): sorted(model.get_universe(s), key=_age) for s in model.sorts()}
    number = {str(e): k for elements in universe.values() for k, e in enumerate(elements)}
    tables: dict[str, dict[tuple[int | str, ...], int | str]] = {}
    for decl in model.decls():
        ranges = [_elements(decl.domain(k), universe) for k in range(decl.arity())]
        number |= {str(only): 0 for only in (r[0] for r in ranges) if str(only) not in number}
        table: dict[tuple[int | str, ...], int | str] = {}
        for point in itertools.product(*ranges):
            value = model.eval(decl(*point), model_completion=True)
            table[tuple(_plain(p, number) for p in point)] = _plain(value, number)
        tables[decl.name()] = table
    return Structure({s: max(1, len(universe.get(s, ()))) for s in sorts}, tables)


def _age(element: z3.ExprRef) -> tuple[int, str]:
    """Z3 numbers the elements that it makes: `Device!val!10` is younger than `Device!val!9`."""
    name = str(element)
    return len(name), name


def _elements(sort: z3.SortRef, universe: Mapping[str, list[z3.ExprRef]]) -> list[z3.ExprRef]:
    if isinstance(sort, z3.DatatypeSortRef):
        return [sort.constructor(k)() for k in range(sort.num_constructors())]
    if isinstance(sort, z3.BoolSortRef):
        return [z3.BoolVal(b, ctx=sort.ctx) for b in (False, True)]
    return universe.get(str(sort)) or [z3.Const(f"{sort}!val!0", sort)]


def _plain(value: z3.ExprRef, number: Mapping[str, int]) -> int | str:
    if isinstance(value, z3.BitVecNumRef):
        return value.as_long()
    if isinstance(value, z3.BoolRef):
        return int(z3.is_true(value))
    if isinstance(value, z3.DatatypeRef):
        return value.decl().name()
    if str(value) not in number:
        raise SmtError(f"the model is not finite: {value} is none of its elements")
    return number[str(value)]


def _first_line(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return text.strip().split("\n", maxsplit=1)[0]
