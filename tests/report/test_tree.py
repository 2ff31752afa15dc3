"""Named topologies as trees."""

import io

from shootdown.model.build import build
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.model.designs import designs
from shootdown.model.topology import TOPOLOGIES, topology
from shootdown.model.world import World
from shootdown.report.citations import LEGEND
from shootdown.report.listing import listing
from shootdown.report.tree import draw_topologies, example


def drawn(contract: str) -> str:
    """The trees under a contract."""
    stream = io.StringIO()
    draw_topologies(build(World(designs()["type1-v1"], contract)), stream)
    return stream.getvalue()


def test_every_topology_has_a_container() -> None:
    """Under VT-d each of them exists."""
    text = drawn("vtd-v10")
    assert all(f" {name}: " in text for name in TOPOLOGIES)
    assert text.count("container\n") == len(TOPOLOGIES)
    assert "device b: ATS, behind unit1" in text


def test_a_topology_that_a_contract_excludes_is_said_to_be_none() -> None:
    """An SMMUv3 domain has one unit, so one domain cannot span two."""
    text = drawn("smmuv3-v10")
    assert text.count("no such container under this contract") == 1
    assert text.count("container\n") == len(TOPOLOGIES) - 1


def test_the_example_meets_the_topology() -> None:
    """One device of `one-without-ats` has ATS, and one has not."""
    found = example(build(World(designs()["type1-v1"])), topology("one-without-ats"))
    assert found is not None
    assert sorted(found[0]["has_ats"].values()) == [0, 1]


def test_the_list_says_something_about_every_name() -> None:
    """A new contract or policy needs a sentence."""
    rows = listing().splitlines()
    assert all(any(r.startswith(f"  {name}: ") for r in rows) for name in (*CONTRACTS, *POLICIES))


def test_the_list_says_what_its_citations_mean() -> None:
    """Nobody outside of the project has its dossier, and a label of an assumption stands there in words."""
    text = " ".join(listing().split())
    assert " ".join(LEGEND.split()) in text
    assert "design.md" not in text
    assert "[R: recalled, not checked]" in text
