"""Certificates of proofs at one size, as data: clauses over cells by name and value, and their words.

They know nothing of the engine that found them; `shootdown.search.invariant` judges them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shootdown.ir.errors import UsageError
from shootdown.ir.expr import Expr, Op, Variable, disj, equal
from shootdown.ir.ground import Ground
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, Sort
from shootdown.ir.system import Claim, System, scalar_text
from shootdown.ir.trace import ConcreteState

if TYPE_CHECKING:  # loads z3, which verdicts do without
    from shootdown.search.cubes import Cube

ALL = -1
"""The mask of a literal that looks at the whole value."""


@dataclass(frozen=True, slots=True)
class Literal:
    """The variable at `args` has one of `values`; of a C integer only the bits under `mask` are looked at."""

    variable: str
    args: tuple[int, ...]
    values: tuple[int, ...]
    mask: int = ALL


Clause = tuple[Literal, ...]
"""At least one of the literals holds."""


@dataclass(frozen=True, slots=True)
class Inductive:
    """The claims and these clauses hold initially and together are kept by every step.

    Each of `lemmas` is the orbit of one clause under the symmetry group; `claims` are names. With `faults` the
    proof is about runs with at most so many counted events.
    """

    sizes: Mapping[str, int]
    claims: tuple[str, ...]
    lemmas: tuple[tuple[Clause, ...], ...]
    faults: int | None = None

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses of all orbits."""
        return tuple(c for lemma in self.lemmas for c in lemma)


@dataclass(frozen=True, slots=True)
class KInductive:
    """No run breaks the claims within its first k states, and none does later.

    Because after k different states in which they hold no step breaks them; or, where `exhausted`, because no run
    from an initial state goes through more than k different states; or, where `ends`, because no run has k steps.
    """

    sizes: Mapping[str, int]
    claims: tuple[str, ...]
    k: int
    exhausted: bool = False
    faults: int | None = None
    ends: bool = False


Certificate = Inductive | KInductive


def inductive(
    shape: Ground, claims: Sequence[Claim], lemmas: Iterable[Sequence["Cube"]], faults: int | None
) -> Inductive:
    """The certificate with the clauses that block the given orbits of cubes."""
    orbits = tuple(tuple(_clause(shape, cube) for cube in lemma) for lemma in lemmas)
    return Inductive(dict(shape.sizes), tuple(c.name for c in claims), orbits, faults)


def _clause(shape: Ground, cube: "Cube") -> Clause:
    values: dict[tuple[int, int], list[int]] = {}
    for atom in sorted(cube):
        whole = not isinstance(shape.cells[atom.cell].variable.sort, CInt)
        values.setdefault((atom.cell, ALL if whole else atom.mask), []).append(atom.value)
    cells = shape.cells
    return tuple(Literal(cells[c].variable.name, cells[c].args, tuple(v), m) for (c, m), v in values.items())


def holds_in(clause: Clause, state: ConcreteState) -> bool:
    """Whether a clause is true in a concrete state."""
    return any(state[x.variable][x.args] & x.mask in x.values for x in clause)


def formula(system: System, clause: Clause) -> Expr:
    """A clause as a recorded expression; a UsageError where it names what the system lacks."""
    return disj(*(_equations(system, literal) for literal in clause))


def clause_words(system: System, clause: Clause) -> str:
    """A clause as readers see it: `~todo(a) | walk != IDLE`."""
    return " | ".join(_words(system, literal) for literal in clause) or "false"


def certificate_text(system: System, certificate: Certificate) -> str:
    """A certificate for readers: one lemma a line, each for the whole of its orbit."""
    bound = "" if certificate.faults is None else f" with at most {certificate.faults} counted events"
    claims = ", ".join(certificate.claims)
    if isinstance(certificate, KInductive):
        why = f"no run has more than {certificate.k} different states" if certificate.exhausted else "k-inductive"
        why = f"no run has {certificate.k} steps" if certificate.ends else why
        return f"{claims}: {why}, k = {certificate.k}{bound}\n"
    lines = [f"{claims}: inductive together with{bound}"]
    for lemma in certificate.lemmas:
        more = f"   and {len(lemma) - 1} like it" if len(lemma) > 1 else ""
        lines.append(f"  {clause_words(system, lemma[0])}{more}")
    return "\n".join([*lines, ""])


def _variable(system: System, literal: Literal) -> Variable:
    if literal.variable not in system.by_name:
        raise UsageError(f"{system.name} has no variable `{literal.variable}`")
    variable = system.by_name[literal.variable]
    if len(variable.args) != len(literal.args):
        raise UsageError(f"`{variable}` takes {len(variable.args)} arguments, not {len(literal.args)}")
    return variable


def _equations(system: System, literal: Literal) -> Expr:
    variable = _variable(system, literal)
    args = tuple(_constant(s, a) for s, a in zip(variable.args, literal.args, strict=True))
    read = Expr(Op.READ, args, variable.sort, variable)
    if isinstance(variable.sort, CInt) and literal.mask != ALL:
        read = read & _constant(variable.sort, literal.mask)
    return disj(*(equal(read, _constant(variable.sort, v)) for v in literal.values))


def _constant(sort: Sort, value: int) -> Expr:
    match sort:
        case BoolSort():
            return Expr(Op.LIT, (), BOOL, bool(value))
        case EnumSort(values=values):
            if not 0 <= value < len(values):
                raise UsageError(f"{sort} has no value number {value}")
            return Expr(Op.LIT, (), sort, values[value])
        case CInt():
            return Expr(Op.LIT, (), sort, sort.wrap(value))
    return Expr(Op.LIT, (), sort, value)


def _words(system: System, literal: Literal) -> str:
    variable = _variable(system, literal)
    args = ", ".join(scalar_text(s, a) for s, a in zip(variable.args, literal.args, strict=True))
    name = f"{variable.name}({args})" if args else variable.name
    if isinstance(variable.sort, BoolSort):
        return name if literal.values == (1,) else f"~{name}"
    if isinstance(variable.sort, EnumSort) and len(literal.values) + 1 == len(variable.sort.values):
        (other,) = set(range(len(variable.sort.values))) - set(literal.values)
        return f"{name} != {scalar_text(variable.sort, other)}"
    shown = [scalar_text(variable.sort, v) for v in literal.values]
    if isinstance(variable.sort, CInt):
        return f"{name} & {literal.mask:#x} = {shown[0]}" if literal.mask != ALL else f"{name} = {shown[0]}"
    return f"{name} = {shown[0]}" if len(shown) == 1 else f"{name} in {{{', '.join(shown)}}}"
