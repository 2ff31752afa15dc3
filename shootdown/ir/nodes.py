"""What expressions are made of: operators, state variables, bound variables."""

import enum
from dataclasses import dataclass

from shootdown.ir.sorts import Sort


class Op(enum.Enum):
    """Operators of the language."""

    LIT = "literal"
    VAR = "bound variable"
    READ = "state variable"
    NOT = "~"
    AND = "&"
    OR = "|"
    EQ = "=="
    ITE = "ite"
    FORALL = "forall"
    EXISTS = "exists"
    ADD = "+"
    SUB = "-"
    MUL = "*"
    SHL = "<<"
    SHR = ">>"
    BITAND = "bitand"
    BITOR = "bitor"
    BITXOR = "bitxor"
    LT = "<"
    LE = "<="
    CAST = "cast"


@dataclass(frozen=True, slots=True)
class Variable:
    """A state variable: a function from `args` to `sort`; a relation where `sort` is Bool.

    Immutable ones describe topology. `doc` says in one line what it means.
    """

    name: str
    args: tuple[Sort, ...]
    sort: Sort
    immutable: bool = False
    doc: str = ""

    def __str__(self) -> str:
        args = f"({', '.join(str(a) for a in self.args)})" if self.args else ""
        return f"{self.name}{args}: {self.sort}"


@dataclass(frozen=True, slots=True)
class Binder:
    """A variable bound by a quantifier, a lambda or an action's parameter list.

    `key` is unique in the process, `name` is what the modeller wrote.
    """

    name: str
    sort: Sort
    key: int


Payload = None | bool | int | str | Variable | Binder | tuple[Binder, ...]
