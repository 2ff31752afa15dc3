"""`shootdown show`: a design's model, in words or as the picture of a state machine."""

import sys
from pathlib import Path

from shootdown.ir import System, UsageError
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.report.files import write_whole
from shootdown.report.show import model_rows
from shootdown.report.tree import draw_topologies
from shootdown.review.catalogue import did_you_mean, find_design

ONE_OF_EACH = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
"""The size at which a state machine is drawn."""


FORMS = ("dot", "svg", "png")
"""Forms of a picture; DOT is for Graphviz, the others need nothing else."""


def draw(name: str, contract: str, policy: str, variables: str, form: str = "dot", output: Path | None = None) -> None:
    """What some variables, separated by commas, see of all reachable states of a design at one device, as a picture.

    Printed, or written to the file `output`, which a PNG needs.
    """
    from shootdown.report.dot import dot  # noqa: PLC0415 # loads what searches do
    from shootdown.report.graph_svg import machine_svg  # noqa: PLC0415

    if form not in FORMS:
        raise UsageError(f"there is no format `{form}` for a picture{did_you_mean(form, list(FORMS))}")
    if form == "png" and output is None:
        raise UsageError("--format png makes a file; name it: -o machine.png")
    system = build(World(find_design(name), contract, policy))
    names = list(dict.fromkeys(word.strip() for word in variables.split(",")))
    drawn: str | bytes = (dot if form == "dot" else machine_svg)(system, ONE_OF_EACH, names)
    if form == "png":
        from shootdown.report.png import png  # noqa: PLC0415

        drawn = png(str(drawn))
    if output is not None:
        write_whole(output, drawn)
    else:
        sys.stdout.write(str(drawn))


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
