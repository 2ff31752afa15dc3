"""Parts of a state, and which states say them, whichever elements are meant."""

import pytest

from shootdown.ir.expr import Variable
from shootdown.ir.sorts import BOOL, IndexSort
from shootdown.search import diagram
from shootdown.search.diagram import CutOffError, Diagram, Literal, generalize, met
from shootdown.search.samples import Block

NODE = IndexSort("Node", ("a", "b"), "nodes")
RED = Variable("red", (NODE,), BOOL)
BLUE = Variable("blue", (NODE,), BOOL)


def block(*states: tuple[set[int], set[int]]) -> Block:
    """States over two nodes, each given by its red ones and its blue ones."""
    made = Block({"Node": 2})
    for red, blue in states:
        made.add({v.name: {(k,): int(k in of) for k in (0, 1)} for v, of in ((RED, red), (BLUE, blue))})
    return made


def one(variable: Variable, element: int) -> Literal:
    """The variable is true of the element."""
    return Literal(variable, (("Node", element),), frozenset({1}))


def torn(elements: int) -> Diagram:
    """That many red nodes, the last of them blue as well."""
    return (*(one(RED, e) for e in range(elements)), one(BLUE, elements - 1))


def test_a_part_is_met_where_some_elements_say_it() -> None:
    """A node that is red and blue is found, wherever it is; where there is none, it is not."""
    assert met(torn(1), block(({0}, {1}), ({1}, {1})))
    assert not met(torn(1), block(({0}, {1}), ({1}, {0})))


def test_what_no_state_says_is_made_small() -> None:
    """Of three red nodes and a blue one among them, the part that no state says is about one node."""
    found = generalize(torn(3), [block(({0, 1}, set()), (set(), {0}))], ())
    assert {x.name for x in found} == {"red", "blue"}
    assert len({e for x in found for e in x.elements}) == 1


def test_a_diagram_of_many_elements_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choices of elements are counted within one diagram, so that its exponential search comes to an end."""
    monkeypatch.setattr(diagram, "MOST_LOOKS", 1000)
    red = [one(RED, e) for e in range(40) for _ in range(3)]  # used most, so chosen first: 2**40 ways
    triangle = [Literal(None, (("Node", a), ("Node", b))) for a, b in ((50, 51), (51, 52), (52, 50))]
    two_nodes = block(({0, 1}, set()))
    assert not met((*red[:9], *triangle), two_nodes)
    with pytest.raises(CutOffError):
        met((*red, *triangle), two_nodes)
    assert two_nodes.looks == 1001
