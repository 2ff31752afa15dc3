"""Diagrams: what a single state says, and the lemma that no state says it.

The diagram of a state names its elements by variables and lists all that is true of them. A part of it that no
reachable state meets, whichever elements are meant, is a lemma: `forall d, e. ~(...)`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from shootdown.ir.expr import Expr, Op, Variable, conj, disj, fresh, lift
from shootdown.ir.ground import Sizes
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.state import read
from shootdown.ir.system import System
from shootdown.ir.trace import ConcreteState
from shootdown.search.samples import Block, Element
from shootdown.search.vocabulary import Derived

Argument = Element | int
"""An element, or the number of a value of an enumeration."""


@dataclass(frozen=True)
class Literal:
    """`variable(args)` has one of `values`; where its sort is an index sort, it is the element `target`.

    Without a variable: the two elements of `args` differ.
    """

    variable: Variable | None
    args: tuple[Argument, ...]
    values: frozenset[int] = frozenset()
    target: Element | None = None

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """The elements that it speaks of."""
        named = [a for a in self.args if isinstance(a, tuple)]
        return tuple(dict.fromkeys([*named, *([self.target] if self.target else [])]))

    @cached_property
    def name(self) -> str:
        """Name of the variable; empty where elements differ."""
        return self.variable.name if self.variable is not None else ""


MOST_LOOKS = 400_000
"""Choices of elements looked at for one claim; a diagram needs exponentially many in its elements."""


class CutOffError(Exception):
    """More choices of elements than MOST_LOOKS: this search for lemmas is over. Nothing follows about the claim."""


Diagram = tuple[Literal, ...]
Test = Callable[[Diagram], bool]


def diagram(system: System, relations: Sequence[Derived], sizes: Sizes, state: ConcreteState) -> Diagram:
    """Everything that a state (with its derived relations) says, elements as variables."""
    variables = [*(r.relation for r in relations), *system.variables]
    literals = [_literal(v, args, value) for v in variables for args, value in sorted(state[v.name].items())]
    for sort in sorted(s.name for s in system.index_sorts):
        pairs = [(a, b) for b in range(sizes[sort]) for a in range(b)]
        literals += [Literal(None, ((sort, a), (sort, b))) for a, b in pairs]
    return tuple(literals)


def _literal(variable: Variable, args: tuple[int, ...], value: int) -> Literal:
    named = tuple(_argument(s, a) for s, a in zip(variable.args, args, strict=True))
    if isinstance(variable.sort, IndexSort):
        return Literal(variable, named, target=(variable.sort.name, value))
    return Literal(variable, named, frozenset({value}))


def _argument(sort: Sort, value: int) -> Argument:
    return (sort.name, value) if isinstance(sort, IndexSort) else value


def met(part: Diagram, block: Block) -> bool:
    """Whether some state of the block, for some choice of elements, says all of the part."""
    left = block.all
    uses: dict[Element, int] = {}
    for x in part:
        if not x.elements:
            left &= _states(x, {}, block)
        for e in x.elements:
            uses[e] = uses.get(e, 0) + 1
    if not left or not uses:
        return bool(left)
    elements = sorted(uses, key=lambda e: (-uses[e], e))
    place = {e: k for k, e in enumerate(elements)}
    ready: list[list[Literal]] = [[] for _ in elements]
    for x in part:
        if x.elements:
            ready[max([place[e] for e in x.elements])].append(x)
    return _search(ready, elements, 0, {}, block, left)


def _search(
    ready: list[list[Literal]], elements: list[Element], at: int, chosen: dict[Element, int], block: Block, left: int
) -> bool:
    """Choose elements one by one, the most used first; give up where no state is left.

    Raises:
        CutOffError: after MOST_LOOKS choices.

    """
    element = elements[at]
    for number in range(block.sizes[element[0]]):
        chosen[element] = number
        block.looks += 1
        if block.looks > MOST_LOOKS:
            raise CutOffError
        rest = left
        for x in ready[at]:
            rest &= _states(x, chosen, block)
            if not rest:
                break
        if rest and (at + 1 == len(elements) or _search(ready, elements, at + 1, chosen, block, rest)):
            return True
    return False


def _states(x: Literal, chosen: Mapping[Element, int], block: Block) -> int:
    """The states in which the literal is true where its elements are those chosen."""
    args = tuple([chosen[a] if isinstance(a, tuple) else a for a in x.args])
    if x.variable is None:
        return block.all if args[0] != args[1] else 0
    having = block.having[x.name, args]
    if x.target is not None:
        return having.get(chosen[x.target], 0)
    if len(x.values) == 1:
        (value,) = x.values
        return having.get(value, 0)
    found = 0
    for value in x.values:
        found |= having.get(value, 0)
    return found


def generalize(whole: Diagram, blocks: Iterable[Block], first: Iterable[str]) -> Diagram:
    """A part of the diagram that no state of the blocks says; empty where some state says all of it.

    Whole variables go first, those named in `first` before the others, then elements, then single literals;
    of what stays, enumerations are widened.
    """
    every = list(blocks)

    def unmet(part: Diagram) -> bool:
        for k, block in enumerate(every):
            if met(part, block):
                every.insert(0, every.pop(k))  # what met the last part is likely to meet the next
                return False
        return True

    if not unmet(whole):
        return ()
    part = whole
    order = list(dict.fromkeys([*first, *(x.name for x in part)]))
    for name in order:
        part = _try(part, tuple(x for x in part if x.name != name), unmet)
    for element in sorted({e for x in part for e in x.elements}):
        part = _try(part, tuple(x for x in part if element not in x.elements), unmet)
    for x in sorted(part, key=lambda x: (order.index(x.name), -len(x.elements))):
        part = _try(part, tuple(y for y in part if y != x), unmet)
    for x in part:
        if x.variable is not None and isinstance(x.variable.sort, EnumSort):
            part = _widen(part, x, unmet)
    return part


def _try(part: Diagram, smaller: Diagram, unmet: Test) -> Diagram:
    return smaller if len(smaller) < len(part) and smaller and unmet(smaller) else part


def _widen(part: Diagram, literal: Literal, unmet: Test) -> Diagram:
    """The literal with as many values of the enumeration as can be."""
    assert literal.variable is not None
    assert isinstance(literal.variable.sort, EnumSort)
    for value in range(len(literal.variable.sort.values)):
        wider = replace(literal, values=literal.values | {value})
        changed = tuple(wider if y is literal else y for y in part)
        if wider.values != literal.values and unmet(changed):
            part, literal = changed, wider
    return part


def cost(part: Diagram) -> tuple[int, int]:
    """Bound variables that are not given by others, then literals: smaller says more."""
    given = {x.target for x in part if x.target is not None}
    return len({e for x in part for e in x.elements} - given), len(part)


def lemma(part: Diagram, sorts: Mapping[str, IndexSort], relations: Sequence[Derived]) -> Expr:
    """No state says the part, whichever elements are meant; elements that a function gives are written as terms."""
    meaning = {r.relation.name: r for r in relations}
    terms: dict[Element, Expr] = {}
    binders = []
    rest = list(part)
    for element in _free_elements(part):
        binder, terms[element] = fresh(_letter(element), sorts[element[0]])
        binders.append(binder)
    while pending := [x for x in rest if x.target and x.target not in terms and all(_known(a, terms) for a in x.args)]:
        x = pending[0]
        assert x.target is not None
        terms[x.target] = _term(x, terms)
        rest.remove(x)
    body = ~conj(*(_formula(x, terms, meaning) for x in rest))
    return Expr(Op.FORALL, (body,), BOOL, tuple(binders)) if binders else body


def _free_elements(part: Diagram) -> list[Element]:
    """Elements that have to be quantified: the others are values of functions of these."""
    elements = sorted({e for x in part for e in x.elements})
    chosen = [e for e in elements if not any(x.target == e for x in part)]
    while left := [e for e in elements if e not in _reached(part, chosen)]:
        chosen.append(left[0])
    return sorted(chosen)


def _reached(part: Diagram, chosen: list[Element]) -> set[Element]:
    known = set(chosen)
    while more := {
        x.target for x in part if x.target and x.target not in known and all(a in known for a in _named(x.args))
    }:
        known |= more
    return known


def _named(args: Iterable[Argument]) -> Iterator[Element]:
    return (a for a in args if isinstance(a, tuple))


def _known(arg: Argument, terms: Mapping[Element, Expr]) -> bool:
    return not isinstance(arg, tuple) or arg in terms


def _term(x: Literal, terms: Mapping[Element, Expr]) -> Expr:
    assert x.variable is not None
    args = [terms[a] if isinstance(a, tuple) else _value(s, a) for s, a in zip(x.variable.args, x.args, strict=True)]
    return read(x.variable, args)


def _formula(x: Literal, terms: Mapping[Element, Expr], meaning: Mapping[str, Derived]) -> Expr:
    if x.variable is None:
        a, b = _named(x.args)
        return terms[a] != terms[b]
    if x.name in meaning:
        formula = meaning[x.name].at([terms[a] for a in _named(x.args)])
        return formula if 1 in x.values else ~formula
    term, sort = _term(x, terms), x.variable.sort
    if x.target is not None:
        return term == terms[x.target]
    if isinstance(sort, BoolSort):
        return term if 1 in x.values else ~term
    if isinstance(sort, EnumSort) and len(x.values) * 2 > len(sort.values):
        return conj(*(term != _value(sort, v) for v in range(len(sort.values)) if v not in x.values))
    return disj(*(term == _value(sort, v) for v in sorted(x.values)))


def _value(sort: Sort, value: int) -> Expr:
    match sort:
        case EnumSort(values=values):
            return Expr(Op.LIT, (), sort, values[value])
        case CInt():
            return lift(value, sort)
        case _:
            return lift(bool(value))


def _letter(element: Element) -> str:
    sort, number = element
    return sort[0].lower() + (str(number) if number else "")
