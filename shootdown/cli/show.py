"""`shootdown show`: a design's model."""

import sys

from shootdown.ir import System
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.report.show import model_rows
from shootdown.report.tree import draw_topologies
from shootdown.review.catalogue import find_design


def run(name: str, contract: str, policy: str) -> None:
    """Print the model of a design under a contract and a policy."""
    design = find_design(name)
    system = build(World(design, contract, policy))
    optional: dict[str, System] = {
        prop.name: build(World(design, contract, policy, with_parts=frozenset(prop.parts)))
        for prop in properties().values()
        if prop.parts
    }
    for row in model_rows(design, contract, policy, system, optional):
        sys.stdout.write(f"{row}\n")
    sys.stdout.write("\n")
    draw_topologies(system, sys.stdout)
