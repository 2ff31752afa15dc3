"""Random small systems, written through the public language: what the engines are compared on.

A system follows from its seed alone: two nodes, a handful of cells, three to six actions, and claims which say
that some combination of values never occurs. Some systems hold, some break only after several steps.
"""

import random
from dataclasses import dataclass
from itertools import product
from typing import Any

from hypothesis import strategies as st

from shootdown.ir import (
    Claim,
    Expr,
    Part,
    System,
    action,
    always,
    compose,
    conj,
    disj,
    element,
    exists,
    forall,
    require,
    u8,
)
from shootdown.ir.interp import holds, successors
from shootdown.ir.sorts import int_
from shootdown.ir.trace import ConcreteState
from tests.search.random_terms import MODULUS, SIZES, Node, Phase, Terms, constant

__all__ = ["SIZES", "Case", "case", "cases"]


@dataclass(frozen=True)
class Case:
    """A system with claims about it; `seed` is all that is needed to see it again."""

    seed: int
    system: System
    claims: tuple[Claim, ...]

    def __repr__(self) -> str:
        return f"case({self.seed})"


def cases(most: int = 1 << 32) -> st.SearchStrategy[Case]:
    """Random systems as a hypothesis strategy."""
    return st.integers(0, most).map(case)


def case(seed: int) -> Case:
    """The system of a seed."""
    return _Writer(seed).case()


_VARIABLES = ("phase", "flag", "count", "owner", "mark", "level", "balance", "link")
_WEIGHTS = (5, 4, 5, 4, 6, 4, 2, 2)


class _Writer:
    """Writes one system, every choice drawn from one generator.

    A `wide` system has weak guards and updates that move on from the value before, so that it has
    many states; its counter never reaches MODULUS - 1, so that there is something to claim that holds.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.balance = self.rng.randint(-2, 1)
        self.wide = self.rng.random() < 0.45
        drawn = self.rng.choices(_VARIABLES, _WEIGHTS, k=self.rng.randint(3, 5))
        always_there = ("count", "level", "mark") if self.wide else (self.rng.choice(("mark", "level")),)
        self.names = sorted({*drawn, *always_there})
        self.terms = Terms(self.rng, self.names, wide=self.wide)

    def case(self) -> Case:
        """The first of a few random systems in which a random run gets somewhere."""
        for _ in range(5):
            system = self._system()
            if len(self._walk(system, 12)) > (12 if self.wide else 5):
                break
        claims = [self._claim(system, f"never-{k}") for k in range(self.rng.randint(1, 2))]
        return Case(self.seed, system, tuple(claims))

    def _system(self) -> System:
        part = Part("random")
        for name in self.names:
            self._declare(part, name)
        part.init("start", lambda s: conj(*(self._start(s, n) for n in self.names if n != "link")))
        for k in range(self.rng.randint(3, 5) + self.wide):
            part.act(self._action(k))
        return compose(f"random-{self.seed}", [part])

    def _declare(self, part: Part, name: str) -> None:
        sorts: dict[str, Any] = {"phase": Phase, "flag": bool, "count": u8, "balance": int_, "owner": Node}
        if name in sorts:
            part.variable(name, sorts[name])
        elif name == "link":
            part.relation(name, Node, Node, immutable=True)
            part.axiom("links", lambda s: forall(Node, lambda n: ~s.link[n, n]))
        else:
            part.function(name, Node, to=Phase if name == "level" else bool)

    def _start(self, s: Any, name: str) -> Expr:
        """Integers start at one value, the others at one or, where `free`, at several."""
        free = self.rng.random() < 0.15
        match name:
            case "phase":
                return disj(s.phase == Phase.IDLE, conj(free, s.phase == Phase.DONE))
            case "flag":
                return disj(~s.flag, free)
            case "count":
                return s.count == 0
            case "balance":
                return s.balance == self.balance
            case "owner":
                return disj(s.owner == element(Node, 0), free)
            case "mark":
                return exists(Node, lambda n: ~s.mark[n]) if free else forall(Node, lambda n: ~s.mark[n])
            case _:
                return forall(Node, lambda n: (s.level[n] == Phase.IDLE) | (free & (s.level[n] == Phase.BUSY)))

    def _action(self, k: int) -> Any:
        rng = self.rng
        counted = rng.random() < 0.4
        marks: dict[str, Any] = {
            "actor": rng.choice(("left", "right")), "fault": counted, "tally": "lost" if counted else "",
            "clutter": rng.choice((0, 0, 1, 2)),
        }  # fmt: skip
        names = [n for n in self.names if n != "link"]
        drawn = rng.sample(names, min(len(names), rng.randint(1, 2)))
        written = _relations_first([names[k % len(names)]] if self.wide else drawn)

        def nullary(s: Any) -> None:
            self._body(s, written, ())

        def unary(s: Any, n: Node) -> None:
            self._body(s, written, (n,))

        def binary(s: Any, n: Node, m: Node) -> None:
            self._body(s, written, (n, m))

        function: Any = rng.choices((nullary, unary, binary), (3, 4, 1))[0]
        function.__name__ = f"act{k}"
        return action(**marks)(function)

    def _body(self, s: Any, written: list[str], nodes: tuple[Any, ...]) -> None:
        guards = [self.terms.formula(s, nodes, 1) for _ in range(self.rng.choice((0, 1, 1, 1, 2)))]
        require(*((g | self.terms.atom(s, nodes) for g in guards[:1]) if self.wide else guards))
        values = [self.terms.value(s, name, nodes) for name in written]
        for name, value in zip(written, values, strict=True):
            self.terms.write(s, name, value, nodes)

    def _claim(self, system: System, name: str) -> Claim:
        """One that the first states of a random run do not break, if a few attempts find it."""
        states = self._walk(system, self.rng.randint(5, 15))
        for _ in range(4):
            claim = always(name, self._never(states[-1])).on(system)
            if all(holds(claim.formula, state, SIZES) for state in states[:3]):
                break
        return claim

    def _never(self, end: ConcreteState) -> Any:
        """The end of a random run is never reached, or a random combination of values, or the counter's limit."""
        if self.wide and self.rng.random() < 0.75:
            return lambda s: (s.count < MODULUS - 1) | self.terms.atom(s, ())
        if self.rng.random() < 0.6:
            return lambda s: ~self._is(s, end)
        atoms = self.rng.randint(3, 6)
        return lambda s: ~conj(*(self.terms.atom(s, ()) for _ in range(atoms)))

    def _walk(self, system: System, steps: int) -> list[ConcreteState]:
        """A random run from the start that leaves nothing open, to new states only."""
        start: ConcreteState = {
            v.name: dict.fromkeys(product(*(range(2) for _ in v.args)), self.balance if v.name == "balance" else 0)
            for v in system.variables
        }
        states = [start]
        for _ in range(steps):
            after = [new for _, new in successors(system, states[-1], SIZES) if new not in states]
            if not after:
                break
            states.append(self.rng.choice(after))
        return states

    def _is(self, s: Any, state: ConcreteState) -> Expr:
        """The state is `state`, up to a cell or two."""
        same = []
        for name, table in state.items():
            for point, value in table.items():
                cell = getattr(s, name)[tuple(element(Node, i) for i in point)] if point else getattr(s, name)
                if name != "link" and self.rng.random() < 0.95:
                    same.append(cell == constant(cell, value))
        return conj(*same)


def _relations_first(names: list[str]) -> list[str]:
    """An update of a whole relation reads the state, so it is written first, and only one of the kind."""
    relations = [n for n in names if n in ("mark", "level")]
    return relations[:1] + [n for n in names if n not in ("mark", "level")]
