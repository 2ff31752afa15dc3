"""Bugs to be planted in what all engines stand on: each a function that changes one place, for everybody.

What a bug does is its docstring. The functions take a `pytest.MonkeyPatch`, which takes them out again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import Expr, State, Variable, conj, part, rewrite, state
from shootdown.ir import ground as grounding
from shootdown.ir.expr import TRUE, fresh
from shootdown.ir.graph import Graph, Node
from shootdown.ir.ground import Grounder, Instance
from shootdown.ir.nodes import Binder, Op
from shootdown.ir.sorts import BoolSort, EnumSort, Sort
from shootdown.ir.state import Place, Points, Recording, Update, Written
from shootdown.ir.system import Action, System
from shootdown.ir.trace import ConcreteState
from shootdown.search import diagram, firstorder, obligations, samples, theory
from shootdown.search.diagram import Literal
from shootdown.search.samples import Block, Element
from shootdown.search.smtlib import Encoding
from shootdown.search.vocabulary import Derived
from shootdown.smt import Structure, quote

# recording


def loses_a_write(patch: pytest.MonkeyPatch) -> None:
    """Of an action's writes only the first is recorded."""
    right = state.write

    def write(rec: Recording, variable: Variable, points: Points, binders: tuple[Binder, ...], value: Any) -> None:
        if not rec.writes:
            right(rec, variable, points, binders, value)

    patch.setattr(state, "write", write)


def swaps_recorded_updates(patch: pytest.MonkeyPatch) -> None:
    """The first two variables that an action writes get each other's value."""
    right = Recording.updates

    def updates(self: Recording, variables: Mapping[str, Variable]) -> tuple[Update, ...]:
        found = right(self, variables)
        if len(found) < 2 or found[0].variable.args or found[1].variable.args:
            return found
        first, second, *rest = found
        return (replace(first, value=second.value), replace(second, value=first.value), *rest)

    patch.setattr(Recording, "updates", updates)


def reads_the_value_after(patch: pytest.MonkeyPatch) -> None:
    """A read of what the action has written gives the value after the step."""
    right = State.__getattr__

    def read(self: State, name: str) -> Any:
        found = right(self, name)
        if isinstance(found, Written) and self._recording is not None:
            return Written(name, self._recording.writes[name][-1][2])
        return found

    patch.setattr(State, "__getattr__", read)


def writes_everywhere(patch: pytest.MonkeyPatch) -> None:
    """A write at one point is recorded as a write at all points."""
    right = Recording._update

    def update(self: Recording, variable: Variable) -> Update:
        everywhere = tuple(None for _ in variable.args)
        for number, (points, _, body) in enumerate(self.writes[variable.name]):
            if points and all(p is not None for p in points):
                binders = tuple(fresh("x", s)[0] for s in variable.args)
                self.writes[variable.name][number] = (everywhere, binders, body)
        return right(self, variable)

    patch.setattr(Recording, "_update", update)


def swaps_recorded_arguments(patch: pytest.MonkeyPatch) -> None:
    """A read of a relation at two points is recorded with the points exchanged."""
    right = Place.__getitem__

    def read(self: Place, key: Any) -> Expr:
        return right(self, key[::-1] if isinstance(key, tuple) else key)

    patch.setattr(Place, "__getitem__", read)


def loses_a_guard(patch: pytest.MonkeyPatch) -> None:
    """Of an action's requirements only the first is recorded."""
    patch.setattr(part, "conj", lambda *guards: conj(*guards[:1]))


# grounding


def grounds_forall_as_exists(patch: pytest.MonkeyPatch) -> None:
    """`forall` becomes a disjunction."""
    right = Grounder._quantifier

    def quantifier(self: Grounder, expr: Expr, env: Mapping[int, int]) -> Node:
        return right(self, replace(expr, op=Op.EXISTS), env)

    patch.setattr(Grounder, "_quantifier", quantifier)


def drops_an_instance(patch: pytest.MonkeyPatch) -> None:
    """The last choice of parameters is left out."""
    right = Grounder.instances

    def instances(self: Grounder, action: Action) -> list[Instance]:
        found = right(self, action)
        return found[:-1] if len(found) > 1 else found

    patch.setattr(Grounder, "instances", instances)


def forces_what_changes(patch: pytest.MonkeyPatch) -> None:
    """Cells that the initial condition gives a value become constants although steps change them."""
    patch.setattr(grounding, "never_changed", lambda _graph, start, _updates: dict(start))


def swaps_ground_arguments(patch: pytest.MonkeyPatch) -> None:
    """A relation over pairs of one sort is read with the pair turned round."""
    right = Grounder._read

    def read(self: Grounder, variable: Variable, args: list[Node], done: tuple[int, ...]) -> Node:
        pair = not done and len(args) == 2 and variable.args[0] == variable.args[1]
        return right(self, variable, args[::-1] if pair else args, done)

    patch.setattr(Grounder, "_read", read)


def swaps_parameters(patch: pytest.MonkeyPatch) -> None:
    """An instance has the name of the one with its two arguments exchanged."""
    right = Grounder.instances

    def instances(self: Grounder, action: Action) -> list[Instance]:
        return [replace(i, args=i.args[::-1]) for i in right(self, action)]

    patch.setattr(Grounder, "instances", instances)


def loses_a_changed_cell(patch: pytest.MonkeyPatch) -> None:
    """The last cell that an instance changes keeps its value."""
    right = Grounder._updates

    def updates(self: Grounder, action: Action, env: dict[int, int]) -> dict[int, Node]:
        return dict(list(right(self, action, env).items())[:-1])

    patch.setattr(Grounder, "_updates", updates)


def loses_an_initial_condition(patch: pytest.MonkeyPatch) -> None:
    """The last conjunct of the initial condition is forgotten."""
    right = Grounder.conjuncts
    patch.setattr(Grounder, "conjuncts", lambda self, expr: right(self, expr)[:-1])


def drops_a_disjunct(patch: pytest.MonkeyPatch) -> None:
    """A disjunction loses its last part."""
    right = Graph.any_of
    patch.setattr(Graph, "any_of", lambda self, parts: right(self, parts[:-1] if len(parts) > 1 else parts))


# the printer of ground systems


def _without_lines(patch: pytest.MonkeyPatch, name: str, word: str) -> None:
    right = vars(Encoding)[name].func
    patch.setattr(
        Encoding, name, property(lambda self: "".join(x for x in right(self).splitlines(True) if word not in x))
    )


def prints_no_guards(patch: pytest.MonkeyPatch) -> None:
    """The transition relation does not ask for guards."""
    _without_lines(patch, "_trans_text", "=>")


def swaps_printed_updates(patch: pytest.MonkeyPatch) -> None:
    """Two cells of one variable get each other's new value."""
    right = Encoding._next_value

    def next_value(self: Encoding, cell: int) -> str:
        variable = self.ground.cells[cell].variable
        same = [c for c in sorted(self.updated) if self.ground.cells[c].variable == variable]
        other = same[same.index(cell) ^ 1] if same.index(cell) ^ 1 < len(same) else cell
        here, there = (f"{self._symbols[c]}\x02" for c in (cell, other))
        return right(self, cell).replace(here, there, 1)

    patch.setattr(Encoding, "_next_value", next_value)


def prints_no_ranges(patch: pytest.MonkeyPatch) -> None:
    """Bit patterns beyond the last value of a sort are allowed."""
    patch.setattr(Encoding, "_range", lambda _self, _cell: "")


def prints_no_frame(patch: pytest.MonkeyPatch) -> None:
    """A cell that the step does not update may have any value after it."""
    right = Encoding._next_value

    def next_value(self: Encoding, cell: int) -> str:
        fires = [f"$fire{k}\x01" for k, i in enumerate(self.ground.instances) if cell in i.updates]
        return f"(assert (=> (or false {' '.join(fires)}) {right(self, cell)[8:]})"

    patch.setattr(Encoding, "_next_value", next_value)


def prints_fewer_initial_conditions(patch: pytest.MonkeyPatch) -> None:
    """The last initial condition is not printed."""
    right = Encoding.init
    patch.setattr(Encoding, "init", lambda self: right(self).rsplit("(assert", 1)[0])


def prints_the_next_value(patch: pytest.MonkeyPatch) -> None:
    """Values of enumerations and elements are off by one."""
    right = Encoding._literal

    def literal(self: Encoding, node: Node) -> str:
        text = right(self, node)
        digits = text.removeprefix("#b")
        return text if digits == text else f"#b{(int(digits, 2) + 1) % (1 << len(digits)):0{len(digits)}b}"

    patch.setattr(Encoding, "_literal", literal)


# the printer over uninterpreted sorts, and the obligations


def swaps_quantifiers(patch: pytest.MonkeyPatch) -> None:
    """`forall` is printed as `exists`, and the other way round."""
    right = firstorder._quantifier
    other = {Op.FORALL: Op.EXISTS, Op.EXISTS: Op.FORALL}
    patch.setattr(firstorder, "_quantifier", lambda expr, *rest: right(replace(expr, op=other[expr.op]), *rest))


def names_the_next_value(patch: pytest.MonkeyPatch) -> None:
    """A value of an enumeration is printed as the one after it."""
    right = firstorder._value

    def literal(expr: Expr) -> str:
        if not isinstance(expr.sort, EnumSort):
            return _LITERAL(expr)
        values = expr.sort.values
        return right(expr.sort, values[(values.index(str(expr.payload)) + 1) % len(values)])

    patch.setattr(firstorder, "_literal", literal)


_LITERAL = firstorder._literal


def prints_and_as_or(patch: pytest.MonkeyPatch) -> None:
    """Conjunctions are printed as disjunctions."""
    patch.setitem(firstorder._OPERATORS, Op.AND, "or")


def turns_arguments_round(patch: pytest.MonkeyPatch) -> None:
    """The arguments of relations are printed in reverse."""
    right = firstorder.text

    def text(expr: Expr, names: firstorder.Names = firstorder.NO_NAMES) -> str:
        return right(replace(expr, args=expr.args[::-1]) if isinstance(expr.payload, Variable) else expr, names)

    patch.setattr(firstorder, "text", text)
    for module in (obligations, theory):
        patch.setattr(module, "text", text)


def prints_updates_as_unchanged(patch: pytest.MonkeyPatch) -> None:
    """In the obligations every variable is after the step what it was before."""
    patch.setattr(obligations, "_step", lambda variable, _update, _names: obligations._frame(variable))


def leaves_the_rest_open(patch: pytest.MonkeyPatch) -> None:
    """In the obligations a variable that a step does not update may be anything after it."""

    def frame(variable: Variable) -> str:
        args = " ".join(firstorder.sort_text(s) for s in variable.args)
        name = quote(variable.name + "'")
        return f"(declare-fun {name} ({args}) {firstorder.sort_text(variable.sort)})\n"

    patch.setattr(obligations, "_frame", frame)


# rewriting


def ignores_an_update(patch: pytest.MonkeyPatch) -> None:
    """Before a step, the last variable that the action writes is taken for unchanged."""
    right = rewrite._Rewriter.__init__

    def init(self: rewrite._Rewriter, updates: Mapping[str, Update]) -> None:
        right(self, dict(list(updates.items())[:-1]))

    patch.setattr(rewrite._Rewriter, "__init__", init)


def captures_variables(patch: pytest.MonkeyPatch) -> None:
    """Bound variables of one name are one variable, so that a term falls under a quantifier that is not its own."""
    known: dict[tuple[str, Sort], tuple[Binder, Expr]] = {}
    patch.setattr(rewrite, "fresh", lambda name, sort: known.setdefault((name, sort), fresh(name, sort)))


def folds_to_true(patch: pytest.MonkeyPatch) -> None:
    """An equation of two literals is taken for true."""
    right = rewrite._equation
    literal = Op.LIT
    patch.setattr(
        rewrite, "_equation", lambda e, a, b: TRUE if a.op is literal and b.op is literal else right(e, a, b)
    )


# diagrams, samples and counterexamples to induction: only a search for lemmas uses them


def flips_signs(patch: pytest.MonkeyPatch) -> None:
    """A literal of a diagram that says no is written as one that says yes, and the other way round."""
    right = diagram._formula

    def formula(x: Literal, terms: Mapping[Element, Expr], meaning: Mapping[str, Derived]) -> Expr:
        found = right(x, terms, meaning)
        return ~found if x.variable is not None and isinstance(x.variable.sort, BoolSort) else found

    patch.setattr(diagram, "_formula", formula)


def widens_beyond_samples(patch: pytest.MonkeyPatch) -> None:
    """Any part of a diagram counts as one that no reachable state says."""
    patch.setattr(diagram, "met", lambda _part, _block: False)


def samples_too_much(patch: pytest.MonkeyPatch) -> None:
    """Every sampled state counts for both truth values of everything."""
    right = samples.block_of

    def block_of(*args: Any) -> Block:
        block = right(*args)
        for values in block.having.values():
            if set(values) <= {0, 1}:
                values.update({0: block.all, 1: block.all})
        return block

    patch.setattr(samples, "block_of", block_of)


def misreads_counterexamples(patch: pytest.MonkeyPatch) -> None:
    """Truth values of a counterexample to induction are read the wrong way round."""
    right = theory.state_of

    def state_of(system: System, found: Structure) -> ConcreteState:
        wrong = dict(right(system, found))
        for v in system.variables:
            if isinstance(v.sort, BoolSort):
                wrong[v.name] = {p: 1 - x for p, x in wrong[v.name].items()}
        return wrong

    patch.setattr(theory, "state_of", state_of)
