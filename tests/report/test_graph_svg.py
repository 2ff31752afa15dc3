"""State machines as drawings without Graphviz: every node and step is there, nothing is hidden, nothing is markup."""

import itertools
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

from shootdown.cli.show import ONE_OF_EACH, draw
from shootdown.ir import UsageError
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.report.dot import machine
from shootdown.report.graph_svg import graph_svg, machine_svg
from shootdown.report.layered import placed
from shootdown.review.catalogue import find_design

NAMES = ["call", "ret", "stage", "lock"]
SPACE = "{http://www.w3.org/2000/svg}"


def example() -> nx.DiGraph:
    """There and back, over several layers, within a layer, and a loop at one node."""
    graph = nx.DiGraph()
    graph.add_node("a", initial=True)
    for source, target in ("ab", "ac", "bd", "bc", "de", "ad", "ea", "db", "dd"):
        graph.add_edge(source, target, actions=[f"{source} <to> {target}"])
    return graph


def test_nodes_do_not_touch_and_edges_begin_and_end_at_them() -> None:
    """Each at a place of its own, in the layer of its distance from the start."""
    graph = example()
    sizes = dict.fromkeys(graph, (40.0, 20.0))
    found = placed(graph, sizes)
    assert found.nodes["b"][1] == found.nodes["c"][1]
    assert found.nodes["a"][1] < found.nodes["b"][1] < found.nodes["e"][1]
    for (x, y), (v, w) in itertools.combinations(found.nodes.values(), 2):
        assert abs(x - v) >= 40 or abs(y - w) >= 20
    for (source, target), points in found.routes.items():
        for node, (x, y) in ((source, points[0]), (target, points[-1])):
            middle, level = found.nodes[node]
            assert abs(x - middle) <= 20
            assert abs(y - level) == 10
    assert found.routes.keys() == {edge for edge in graph.edges if edge[0] != edge[1]}
    assert placed(graph, sizes) == found


def test_words_are_text_and_every_step_is_named() -> None:
    """The drawing is well-formed; texts come back as they were; the same at every run."""
    graph = example()
    words = {n: (f"state <{n}>", "x = 1") for n in graph}
    drawn = graph_svg(graph, words, "a & b")
    root = ElementTree.fromstring(drawn)
    texts = [text.text for text in root.iter(f"{SPACE}text")]
    assert {"a & b", "state <e>", "b <to> c"} <= set(texts)
    assert len(list(root.iter(f"{SPACE}rect"))) == len(graph)
    assert len(list(root.iter(f"{SPACE}g"))) == 1 + len([e for e in graph.edges if e[0] != e[1]])
    assert drawn == graph_svg(graph, words, "a & b")


def test_the_machine_of_a_design_has_all_its_states_and_steps() -> None:
    """What DOT says, the drawing says."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    graph = machine(system, ONE_OF_EACH, NAMES)
    root = ElementTree.fromstring(machine_svg(system, ONE_OF_EACH, NAMES))
    assert len(list(root.iter(f"{SPACE}rect"))) == len(graph)
    spoken = root.findtext(f"{SPACE}desc", "")
    assert spoken.count(" to ") == len(graph.edges)
    assert all(action in spoken for *_, actions in graph.edges(data="actions") for action in actions)


def test_show_writes_pictures(tmp_path: Path) -> None:
    """PNG to a file only; one sentence for what is no form."""
    asked = ("type1-v1", "vtd-v10", "hostile", "call,ret")
    draw(*asked, "png", tmp_path / "machine.png")
    assert (tmp_path / "machine.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="name it"):
        draw(*asked, "png")
    with pytest.raises(UsageError, match="no format `sgv`"):
        draw(*asked, "sgv")
