"""`shootdown show`: a design's model, in words or as the picture of a state machine."""

import sys

from shootdown.ir import System
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.report.show import model_rows
from shootdown.report.tree import draw_topologies
from shootdown.review.catalogue import find_design

ONE_OF_EACH = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
"""The size at which a state machine is drawn."""


def draw(name: str, contract: str, policy: str, variables: str) -> None:
    """Print what some variables, separated by commas, see of all reachable states of a design at one device, as DOT."""
    from shootdown.report.dot import dot  # noqa: PLC0415 # loads what searches do

    system = build(World(find_design(name), contract, policy))
    names = dict.fromkeys(word.strip() for word in variables.split(","))
    sys.stdout.write(dot(system, ONE_OF_EACH, list(names)))


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
