"""Random terms over the variables of a random system: formulas, values, updates.

Every operator of the language occurs now and then. Counters stay below MODULUS, so that systems have few states.
"""

import enum
import random
from typing import Any

from shootdown.ir import Expr, Index, cast, conj, disj, element, exists, forall, implies, int_, ite, u8, u16
from shootdown.ir.expr import lift
from shootdown.ir.sorts import BoolSort, EnumSort, IndexSort


class Node(Index):
    """The only index sort."""

    names = "pqr"


class Phase(enum.Enum):
    """Three values, so that two bits have a pattern that means nothing."""

    IDLE = 0
    BUSY = 1
    DONE = 2


SIZES = {"Node": 2}

MODULUS = 4
"""Counters stay below this, so that the systems have few states."""


class Terms:
    """Draws terms from one generator. `names` are the variables to read; `wide` terms move on from the value before."""

    def __init__(self, rng: random.Random, names: list[str], *, wide: bool) -> None:
        self.rng, self.names, self.wide = rng, names, wide

    def write(self, s: Any, name: str, value: Any, nodes: tuple[Expr, ...]) -> None:
        """Assign to a variable: at the first of `nodes`, or at all points with a random property."""
        if name in ("mark", "level"):
            place = getattr(s, name)
            if nodes and self.rng.random() < 0.8:
                place[nodes[0]] = value
            else:
                place[:] = lambda n: ite(self.formula(s, (n, *nodes), 0), value, place[n])
        else:
            setattr(s, name, value)

    def value(self, s: Any, name: str, nodes: tuple[Expr, ...]) -> Expr:
        """A value to assign to the variable `name`."""
        match name:
            case "flag" | "mark":
                now = s.flag if name == "flag" else s.mark[self.node(s, nodes)]
                plain = (self.formula(s, nodes, 1), disj(), conj())
                return self.rng.choice((~now, ~now, *plain[: 1 if self.wide else 3]))
            case "phase" | "level":
                return self.phase(s, nodes)
            case "owner":
                return self.node(s, nodes)
            case "count":
                return self._count(s, nodes)
            case _:
                step = self.rng.choice((-1, 1, 1))
                return ite(
                    (s.balance < MODULUS) & (s.balance > -MODULUS), s.balance + step, s.balance * self.zero_or_one()
                )

    def zero_or_one(self) -> int:
        """One of the two."""
        return self.rng.randint(0, 1)

    def formula(self, s: Any, nodes: tuple[Expr, ...], depth: int) -> Expr:
        """A formula of nesting `depth` or less; `nodes` are the nodes in scope."""
        rng = self.rng
        if depth == 0 or rng.random() < 0.45:
            return self.atom(s, nodes)
        a, b = (self.formula(s, nodes, depth - 1) for _ in range(2))
        match rng.randrange(8):
            case 0:
                return ~a
            case 1:
                return a & b
            case 2 | 3:
                return a | b
            case 4:
                return a == b
            case 5:
                return ite(a, b, self.atom(s, nodes))
            case 6:
                return forall(Node, lambda n: implies(self.atom(s, (n,)), self.atom(s, (n, *nodes))))
            case _:
                return exists(Node, lambda n: self.atom(s, (n, *nodes)))

    def atom(self, s: Any, nodes: tuple[Expr, ...]) -> Expr:
        """A statement about one variable."""
        rng = self.rng
        match rng.choice(self.names):
            case "phase":
                return s.phase == rng.choice(tuple(Phase)) if rng.random() < 0.8 else s.phase != self.phase(s, nodes)
            case "flag":
                return s.flag if rng.random() < 0.5 else ~s.flag
            case "count":
                return rng.choice((s.count == rng.randrange(MODULUS), s.count < 2, s.count >= 1))
            case "balance":
                return rng.choice((s.balance < rng.randint(-1, 1), s.balance >= rng.randint(-1, 1)))
            case "owner":
                return s.owner == self.node(s, nodes)
            case "mark":
                return s.mark[self.node(s, nodes)] if rng.random() < 0.5 else ~s.mark[self.node(s, nodes)]
            case "level":
                return s.level[self.node(s, nodes)] == self.phase(s, nodes)
            case _:
                return s.link[self.node(s, nodes), self.node(s, nodes)]

    def node(self, s: Any, nodes: tuple[Expr, ...]) -> Expr:
        """A node: one in scope, an element, or the owner."""
        choices = [*nodes, *nodes, element(Node, self.zero_or_one())]
        if "owner" in self.names:
            choices.append(s.owner)
        return self.rng.choice(choices)

    def phase(self, s: Any, nodes: tuple[Expr, ...]) -> Expr:
        """A phase: constant, by a condition, or the one after another."""
        a, b = self.rng.sample(tuple(Phase), 2)
        choices: list[Expr] = [lift(a), ite(self._bit(s, nodes), lift(a), lift(b))]
        now = [s.phase] if "phase" in self.names else []
        now += [s.level[self.node(s, nodes)]] if "level" in self.names else []
        last = lift(Phase.IDLE) if self.wide else lift(Phase.DONE)
        choices += [ite(p == Phase.IDLE, lift(Phase.BUSY), ite(p == Phase.BUSY, lift(Phase.DONE), last)) for p in now]
        return self.rng.choice(choices[2 * self.wide :])

    def _bit(self, s: Any, nodes: tuple[Expr, ...]) -> Expr:
        """An atom that reads no phase, so that phases and atoms do not nest without end."""
        if "mark" in self.names:
            return s.mark[self.node(s, nodes)]
        return s.count < 2 if "count" in self.names else disj()

    def _count(self, s: Any, nodes: tuple[Expr, ...]) -> Expr:
        """A counter below MODULUS, by every operator on C integers."""
        c = s.count
        if self.wide:
            return self.rng.choice((ite(c < MODULUS - 2, c + 1, c), ite(c < MODULUS - 2, c + 1, c * 0), c >> 1))
        wide = cast(u16, c)
        signed = cast(int_, c)
        options = [
            (c + 1) & (MODULUS - 1), (c + 1) & (MODULUS - 1), (c - 1) & (MODULUS - 1), (c * 3) & (MODULUS - 1),
            (c << 1) & (MODULUS - 1), c >> 1, c ^ 1, (c | 2) & (MODULUS - 1), cast(u8, wide + 3) & (MODULUS - 1),
            ite(cast(u8, signed - 2) <= 1, (c + 1) & 3, c), cast(u8, (signed - 2) >> 1) & 3, (~c) & (MODULUS - 1),
            (c << (c + 6)) & (MODULUS - 1),
        ]  # fmt: skip
        up = ite(c < MODULUS - 1, c + 1, c)
        return up if self.rng.random() < 0.4 else self.rng.choice(options)


def constant(cell: Expr, value: int) -> object:
    """The value of a state as a constant of the language."""
    match cell.sort:
        case BoolSort():
            return bool(value)
        case IndexSort():
            return element(Node, value)
        case EnumSort():
            return tuple(Phase)[value]
        case _:
            return value
