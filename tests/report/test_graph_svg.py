"""State machines as drawings without Graphviz: every node and step is there, nothing is hidden, nothing is markup."""

import itertools
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import pytest

from shootdown.cli.show import ONE_OF_EACH, Drawing, draw
from shootdown.ir import UsageError
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.report.graph_svg import machine_svg
from shootdown.report.layered import placed
from shootdown.report.machine import Machine, machine
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
    graph = nx.relabel_nodes(example(), {n: (f"<{n}>", "1") for n in "abcde"})
    drawn = Machine(graph, "a & b", ("what <is> not drawn",), ("state", "x"), frozenset({"b <to> c", "d <to> d"}))
    image = machine_svg(drawn)
    root = ElementTree.fromstring(image)
    texts = [text.text for text in root.iter(f"{SPACE}text")]
    assert {"a & b", "what <is> not drawn", "state = <e>", "x = 1", "a <to> d"} <= set(texts)
    assert len(list(root.iter(f"{SPACE}rect"))) == len(graph)
    titles = [g.findtext(f"{SPACE}title") for g in root.iter(f"{SPACE}g") if g.get("transform") is None]
    assert sorted(map(str, titles)) == sorted(word for edge in graph.edges for word in drawn.words(*edge))
    assert image == machine_svg(drawn)


def test_faults_are_dashed_red_and_labelled() -> None:
    """Also a loop; an arrow that something else leads along as well is drawn through, its words are not the same."""
    graph = example()
    graph.edges["a", "b"]["actions"] = ["fine", "loss"]
    graph = nx.relabel_nodes(graph, {n: (n,) for n in "abcde"})
    drawn = Machine(graph, "t", (), ("x",), frozenset({"loss", "d <to> d"}))
    root = ElementTree.fromstring(machine_svg(drawn))
    kinds = {g.findtext(f"{SPACE}title"): g.get("class") for g in root.iter(f"{SPACE}g")}
    assert (kinds["d <to> d (fault)"], kinds["fine, loss (fault)"], kinds["a <to> c"]) == ("fault", None, None)
    red = [text.text for text in root.iter(f"{SPACE}text") if "f" in text.get("class", "").split()]
    assert sorted(map(str, red)) == ["d <to> d (fault)", "loss (fault)"]
    assert ".fault path{stroke:" in root.findtext(f"{SPACE}style", "")


def test_the_machine_of_a_design_has_all_its_states_and_steps() -> None:
    """What DOT says, the drawing says; all of it to who cannot see it, too."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    drawn = machine(system, {**ONE_OF_EACH, "Device": 2, "Group": 2, "Domain": 2}, NAMES)
    graph = drawn.graph
    root = ElementTree.fromstring(machine_svg(drawn))
    assert len(list(root.iter(f"{SPACE}rect"))) == len(graph)
    assert any(a == b for a, b in graph.edges)
    spoken = root.findtext(f"{SPACE}desc", "")
    assert spoken.count(" to ") == len(graph.edges)
    assert all(action in spoken for *_, actions in graph.edges(data="actions") for action in actions)
    assert all(note in spoken for note in drawn.notes)
    texts = [text.text for text in root.iter(f"{SPACE}text")]
    assert drawn.title in texts
    assert [t for t in texts if t and t.startswith("not drawn")]


def test_words_hide_neither_nodes_nor_each_other() -> None:
    """Where there is room, which there is here: each arrow's words are read."""
    system = build(World(find_design("best-effort"), "ideal", "report-and-complete"))
    root = ElementTree.fromstring(machine_svg(machine(system, {**ONE_OF_EACH, "Device": 2, "Group": 2}, NAMES[:3])))
    boxes = []
    for rect in root.iter(f"{SPACE}rect"):
        x, y, wide, high = (float(rect.get(k, "")) for k in ("x", "y", "width", "height"))
        boxes.append((x, y, x + wide, y + high))
    for text in root.iter(f"{SPACE}text"):
        if text.get("class") in {"e", "e f"}:
            x, y, half = float(text.get("x", "")), float(text.get("y", "")), len(str(text.text)) * 6.6 / 2
            boxes.append((x - half, y - 9, x + half, y + 1))
    hidden = [
        (one, two)
        for one, two in itertools.combinations(boxes, 2)
        if min(one[2], two[2]) - max(one[0], two[0]) > 3 and min(one[3], two[3]) - max(one[1], two[1]) > 3
    ]
    assert hidden == []


def test_show_writes_pictures(tmp_path: Path) -> None:
    """PNG to a file only; one sentence for what is no form."""
    asked = ("type1-v1", "vtd-v10", "hostile")
    draw(*asked, Drawing("call,ret", "png", output=tmp_path / "machine.png"))
    assert (tmp_path / "machine.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="name it"):
        draw(*asked, Drawing("call,ret", "png"))
    with pytest.raises(UsageError, match="no format `sgv`"):
        draw(*asked, Drawing("call,ret", "sgv"))
