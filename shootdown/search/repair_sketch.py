"""A system with holes: what a table makes of it, which entries a run uses, and what any table could do.

A *fact* is one decision of the system. Where it is open, the system reads *knobs*: constants that are no state, one
for each fact and each thing that the code can see at that point (its *view*). A *table* gives every knob one of its
options; `closed` writes it into the system. Two more readings of a system with holes serve the search for a table:

- `used`: the knobs that a run and the claim at its end have read. Every table that gives these the same options has
  the same run, since the interpreter never came to look at another one.
- `opened`: some knobs as they are in a table, each other one read as anything, anew at each step. Its runs include
  those of every table that agrees on the first ones: what it cannot reach, none of them reaches. Knobs of one *slot*
  are never read in the same step, so that one parameter stands for all of them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.expr import Binder, Expr, Op, Variable, fresh, ite, reads
from shootdown.ir.interp import apply, enabled, holds
from shootdown.ir.rewrite import before_step
from shootdown.ir.sorts import EnumSort
from shootdown.ir.state import Update, read
from shootdown.ir.system import Action, Claim, System
from shootdown.ir.trace import Candidate, ConcreteState, Table
from shootdown.search.question import Place
from shootdown.search.refute import EngineBug

Choice = tuple[int, ...]
"""A table: for each knob of a sketch the number of its option."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One entry of the table of a fact: `where` says what the code sees there, `options` what it may do then.

    `default` is the option that is the system as it is; of the others, earlier ones are preferred. `slot`: knobs that
    share it are never read in one step.
    """

    name: str
    fact: str
    where: str
    options: tuple[str, ...]
    default: int = 0
    slot: str = ""

    @property
    def variable(self) -> Variable:
        """What the system reads."""
        return Variable(f"!{self.name}", (), _options(len(self.options)), immutable=True, doc=self.where)

    def choose(self, values: Sequence[Expr]) -> Expr:
        """The value of the option that a table gives; one value for each option."""
        here = read(self.variable, ())
        chosen = values[-1]
        for number in range(len(values) - 2, -1, -1):
            chosen = ite(Expr(Op.EQ, (here, _literal(self, number)), _BOOL), values[number], chosen)
        return chosen


_BOOL = ite(True, True, False).sort


def _options(count: int) -> EnumSort:
    return EnumSort(f"Option{count}", tuple(f"o{n}" for n in range(count)))


def _literal(knob: Knob, option: int) -> Expr:
    return Expr(Op.LIT, (), knob.variable.sort, f"o{option}")


@dataclass(frozen=True)
class Sketch:
    """A question with holes: the system that reads the knobs, its claims, what has to stay reachable, and where.

    `facts` come in the order in which they are told; each knob is about one of them.
    """

    system: System
    claims: tuple[Claim, ...]
    companions: tuple[Claim, ...]
    place: Place
    facts: tuple[str, ...]
    knobs: tuple[Knob, ...]

    @property
    def default(self) -> Choice:
        """The table that is the system as it is."""
        return tuple(k.default for k in self.knobs)

    def changed(self, table: Choice) -> tuple[int, ...]:
        """The knobs that a table turns."""
        return tuple(n for n, k in enumerate(self.knobs) if table[n] != k.default)

    def facts_of(self, numbers: Collection[int]) -> tuple[str, ...]:
        """The facts that these knobs are about, in order."""
        about = {self.knobs[n].fact for n in numbers}
        return tuple(f for f in self.facts if f in about)


def closed(sketch: Sketch, table: Choice) -> Sketch:
    """The sketch with a table written into it: nothing reads a knob any more."""
    return _with(sketch, [Update(k.variable, (), _literal(k, o)) for k, o in zip(sketch.knobs, table, strict=True)])


def opened(sketch: Sketch, kept: Mapping[int, int]) -> Sketch:
    """The sketch with these knobs at these options, and each other knob read as anything at any step.

    A knob that a claim reads has to be among those that are kept.
    """
    fixed = [Update(sketch.knobs[n].variable, (), _literal(sketch.knobs[n], o)) for n, o in kept.items()]
    part = _with(sketch, fixed)
    free = [k for n, k in enumerate(sketch.knobs) if n not in kept]
    return replace(part, system=replace(part.system, actions=tuple(_havoc(a, free) for a in part.system.actions)))


def _with(sketch: Sketch, fixed: Sequence[Update]) -> Sketch:
    writer = Action("table", "", (), ite(True, True, False), tuple(fixed))
    known = {u.variable.name for u in fixed}

    def said(formula: Expr) -> Expr:
        return before_step(formula, writer) if reads(formula) & known else formula

    def settled(action: Action) -> Action:
        return replace(
            action, guard=said(action.guard), updates=tuple(replace(u, value=said(u.value)) for u in action.updates)
        )

    return replace(
        sketch,
        system=replace(sketch.system, actions=tuple(map(settled, sketch.system.actions))),
        claims=tuple(replace(c, formula=said(c.formula)) for c in sketch.claims),
        companions=tuple(replace(c, formula=said(c.formula)) for c in sketch.companions),
    )


def _havoc(action: Action, free: Sequence[Knob]) -> Action:
    """The action with a parameter for each slot of which it reads a knob."""
    here = reads(action.guard).union(*(reads(u.value) for u in action.updates))
    open_ = [k for k in free if k.variable.name in here]
    params: dict[tuple[str, str], tuple[Binder, Expr]] = {}
    for knob in open_:
        slot = knob.slot or knob.name
        params.setdefault((slot, str(knob.variable.sort)), fresh(f"any_{len(params)}", knob.variable.sort))
    writer = Action("any", "", (), ite(True, True, False), tuple(
        Update(k.variable, (), params[k.slot or k.name, str(k.variable.sort)][1]) for k in open_
    ))  # fmt: skip
    return replace(
        action,
        params=(*action.params, *(binder for binder, _ in params.values())),
        guard=before_step(action.guard, writer),
        updates=tuple(replace(u, value=before_step(u.value, writer)) for u in action.updates),
    )


def asked_by_claims(sketch: Sketch, claims: Sequence[Claim]) -> tuple[int, ...]:
    """Numbers of the knobs that these claims read."""
    names = frozenset[str]().union(*(reads(c.formula) for c in claims))
    return tuple(n for n, k in enumerate(sketch.knobs) if k.variable.name in names)


class _Watched(Mapping[tuple[int, ...], int]):
    """The table of one knob, which notes that it is read."""

    def __init__(self, value: int, number: int, seen: set[int]) -> None:
        self._value, self._number, self._seen = value, number, seen

    def __getitem__(self, _: tuple[int, ...]) -> int:
        self._seen.add(self._number)
        return self._value

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        return iter([()])

    def __len__(self) -> int:
        return 1


def used(sketch: Sketch, table: Choice, claim: Claim, run: Candidate) -> dict[int, int]:
    """The entries of the table that the run reads, by knob; `claim` is one of the sketch, broken at its end.

    An EngineBug where the run is none of the sketch with this table, so that no entry is ever blamed for nothing.
    """
    seen: set[int] = set()
    if holds(claim.formula, _end(sketch, table, run, seen), run.sizes):
        raise EngineBug(f"a run of a table is none of the sketch: its end does not break `{claim.name}`")
    return {n: table[n] for n in sorted(seen)}


def followed(sketch: Sketch, table: Choice, run: Candidate) -> tuple[dict[int, int], ConcreteState]:
    """The entries that a run reads, and the state that it ends in."""
    seen: set[int] = set()
    end = _end(sketch, table, run, seen)
    return {n: table[n] for n in sorted(seen)}, {v.name: end[v.name] for v in sketch.system.variables}


def _end(sketch: Sketch, table: Choice, run: Candidate, seen: set[int]) -> ConcreteState:
    """The last state of a run; notes in `seen` which knobs are read, also by who looks at that state."""
    tables: dict[str, Table] = {
        k.variable.name: _Watched(option, number, seen)
        for number, (k, option) in enumerate(zip(sketch.knobs, table, strict=True))
    }
    state: ConcreteState = {**run.start, **tables}
    for step in run.steps:
        action = sketch.system.action[step.action]
        if not enabled(action, step.args, state, run.sizes):
            raise EngineBug(f"a run of a table is none of the sketch: `{step.action}` is not enabled")
        state = apply(action, step.args, state, run.sizes)
    return state
