"""`shootdown show`: a design's model, in words or as the picture of a state machine."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
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
"""The size at which a state machine is drawn where no other is asked for."""

FORMS = ("dot", "svg", "png")
"""Forms of a picture; DOT is for Graphviz, the others need nothing else."""


@dataclass(frozen=True)
class Drawing:
    """What is to be drawn: what `variables`, separated by commas, see; of `sizes` those that are not one of each.

    The picture is printed, or written to the file `output`, which a PNG needs.
    """

    variables: str = ""
    form: str = "dot"
    sizes: Mapping[str, int] = field(default_factory=dict)
    output: Path | None = None


def draw(name: str, contract: str, policy: str, asked: Drawing) -> None:
    """What some variables see of all reachable states of a design at one size, as a picture."""
    if asked.form not in FORMS:
        raise UsageError(f"there is no format `{asked.form}` for a picture{did_you_mean(asked.form, list(FORMS))}")
    if asked.form == "png" and asked.output is None:
        raise UsageError("--format png makes a file; name it: -o machine.png")
    system = build(World(find_design(name), contract, policy))
    drawn = _drawn(system, f"{name}, contract {contract}, policy {policy},", asked)
    if asked.output is not None:
        write_whole(asked.output, drawn)
    else:
        sys.stdout.write(str(drawn))


def _drawn(system: System, head: str, asked: Drawing) -> str | bytes:
    """The picture; a status line while states are explored."""
    from shootdown.report.dot import dot  # noqa: PLC0415 # loads what searches do
    from shootdown.report.graph_svg import machine_svg  # noqa: PLC0415
    from shootdown.report.machine import LARGEST, machine  # noqa: PLC0415
    from shootdown.report.progress import watching  # noqa: PLC0415
    from shootdown.search.result import Limits  # noqa: PLC0415

    names = list(dict.fromkeys(word.strip() for word in asked.variables.split(",")))
    sizes = {**ONE_OF_EACH, **asked.sizes}
    with watching(sys.stderr) as watcher:
        watcher.say(f"{system.name}: {', '.join(names)}")
        found = machine(system, sizes, names, head, Limits(states=LARGEST, report=watcher))
    if asked.form == "dot":
        return dot(found)
    if asked.form == "svg":
        return machine_svg(found)
    from shootdown.report.png import png  # noqa: PLC0415

    return png(machine_svg(found))


def show_model(name: str, contract: str, policy: str, asked: Drawing) -> None:
    """Print the model of a design, or draw its state machine where variables are named."""
    if asked.variables:
        draw(name, contract, policy, asked)
        return
    for given, option in ((asked.sizes, "a size"), (asked.output, "-o"), (asked.form != "dot", "--format")):
        if given:
            raise UsageError(f"{option} is for a state machine; name its variables, say --graph call,ret")
    run(name, contract, policy)


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
