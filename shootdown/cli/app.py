"""Commands and options. What a command does is in a module of its own, loaded when it is called."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from shootdown.cli import complete
from shootdown.cli.common import (
    Certificate,
    Contract,
    Depth,
    Design,
    Designs,
    Engine,
    Example,
    Expected,
    Faults,
    Form,
    Json,
    Only,
    Output,
    Policy,
    Properties,
    Size,
    Time,
    Topology,
    Traces,
    Where,
    Why,
    Without,
    answering,
    app,
)
from shootdown.cli.options import Options, named_sizes


def _version(asked: bool) -> None:  # called by typer with the value of the option
    if asked:
        from shootdown import __version__  # noqa: PLC0415

        typer.echo(f"shootdown {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[  # its callback has answered
        bool, typer.Option("--version", help="print the version and exit", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Model checker for IOMMU cache-invalidation interfaces."""


@app.command("list")
def list_() -> None:
    """Print every name that the commands take.

    Designs, properties, contracts, policies, topologies, assumptions, and descriptions of structs for `abi`.
    """
    with answering():
        from shootdown.report.listing import listing  # noqa: PLC0415

        typer.echo(listing(), nl=False)


ContractOrWorld = Annotated[
    str,
    typer.Option(
        help="what the IOMMU driver promises; of a call as bytes the world, say uapi-1",
        autocompletion=complete.contracts,
    ),
]


@app.command()
def check(  # noqa: PLR0913, PLR0917 # one argument per option
    design: Design,
    properties: Properties = None,
    contract: ContractOrWorld = "vtd-v10",
    topology: Topology = "",
    where: Where = "",
    policy: Policy = "",
    devices: Size = None,
    domains: Size = None,
    groups: Size = None,
    units: Size = None,
    iovas: Size = None,
    frames: Size = None,
    faults: Faults = None,
    only: Only = None,
    depth: Depth = None,
    time: Time = None,
    without: Without = None,
    engine: Engine = "",
    expect: Expected = False,
    format: Form = "text",
    json: Json = False,
    example: Example = False,
    why: Why = False,
    traces: Traces = None,
    output: Output = None,
    certificate: Certificate = None,
) -> None:
    """Check properties of a design.

    Exit codes: 0 proved, or as expected, 1 refuted, vacuous or not so, 2 error, 3 open.
    """
    sizes = named_sizes(Device=devices, Domain=domains, Group=groups, Unit=units, Iova=iovas, Frame=frames)
    options = Options(
        design, tuple(properties or ()), contract, topology, where, policy, sizes, faults, only, depth, time,
        tuple(without or ()), engine, expect=expect, json=json, format=format, example=example, why=why,
        traces=traces, output=output, certificate=certificate,
    )  # fmt: skip
    with answering():
        from shootdown.cli.check import run  # noqa: PLC0415
        from shootdown.review.sourcefile import loading_within  # noqa: PLC0415

        with loading_within(time):
            code = run(options)
    raise typer.Exit(code)


@app.command()
def replay(
    trace: Annotated[Path, typer.Argument(help="a trace that `check -o` or `review` has written (.itf.json)")],
    design: Annotated[str, typer.Option(help="file of a design that is not in the catalogue")] = "",
) -> None:
    """Run a trace again, without a solver.

    Step by step, by an interpreter that shares no code with the search. Exit codes: 0 confirmed, 2 rejected.
    """
    with answering():
        from shootdown.cli.replay import run  # noqa: PLC0415

        run(trace, design)


@app.command()
def recheck(
    certificates: Annotated[list[Path], typer.Argument(help="directories that `check --certificate` has written")],
    design: Annotated[str, typer.Option(help="file of a design that is not in the catalogue")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="z3 alone; cvc5 only where it has no answer")] = False,
) -> None:
    """Make a proof again and compare.

    From the model; z3 and cvc5 decide each of its obligations. Exit codes: 0 confirmed, 2 rejected.
    """
    with answering():
        from shootdown.cli.recheck import run  # noqa: PLC0415

        code = run(certificates, design, quick=quick)
    raise typer.Exit(code)


Drawn = Annotated[int | None, typer.Option(help="so many in the state machine; default: 1")]


@app.command()
def show(  # noqa: PLR0913, PLR0917 # one argument per option
    design: Design,
    contract: Contract = "vtd-v10",
    policy: Annotated[
        str, typer.Option(help="what the VMM does with answers", autocompletion=complete.policies)
    ] = "hostile",
    graph: Annotated[
        str, typer.Option(help="variables, say `call,ret`: the state machine they see; what moves none is only named")
    ] = "",
    devices: Drawn = None,
    domains: Drawn = None,
    groups: Drawn = None,
    units: Drawn = None,
    iovas: Drawn = None,
    frames: Drawn = None,
    format: Annotated[str, typer.Option(help="of the state machine: dot, svg or png (with -o FILE)")] = "dot",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="file for the state machine")] = None,
) -> None:
    """Print a design's model, or its state machine.

    Actors, variables, actions, faults, assumptions, expectations and topologies.
    """
    sizes = named_sizes(Device=devices, Domain=domains, Group=groups, Unit=units, Iova=iovas, Frame=frames)
    with answering():
        from shootdown.cli.show import Drawing, show_model  # noqa: PLC0415

        show_model(design, contract, policy, Drawing(graph, format, sizes, output))


@app.command("abi")
def abi_(
    file: Annotated[
        str, typer.Argument(help="path of a .py file that defines ABI = Proposal(...), or a name from `list`")
    ],
    properties: Annotated[list[str] | None, typer.Argument(help="default: all that the description answers")] = None,
    time: Time = None,
    json: Annotated[bool, typer.Option("--json", help="print layout and answers as one JSON object")] = False,
    output: Output = None,
    certificate: Certificate = None,
) -> None:
    """Check a struct that a file describes.

    Its layout, and whether reads, flags and old binaries are safe. Exit codes: 0 proved, 1 refuted or vacuous,
    2 error, 3 open.
    """
    with answering():
        from shootdown.cli.abi import run  # noqa: PLC0415

        code = run(file, properties or [], time, output, certificate, json=json)
    raise typer.Exit(code)


@app.command()
def compare(  # noqa: PLR0913, PLR0917 # one argument per option
    designs: Designs = None,
    contract: Annotated[
        list[str] | None, typer.Option(help="repeat, or `all`; default: vtd-v10", autocompletion=complete.contracts)
    ] = None,
    property: Annotated[
        list[str] | None, typer.Option(help="repeat; default: all", autocompletion=complete.properties)
    ] = None,
    policy: Policy = "",
    topology: Topology = "",
    time: Annotated[float | None, typer.Option(min=0, help="seconds of wall clock for each search")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the matrix, or what --changed finds, as JSON")] = False,
    markdown: Annotated[Path | None, typer.Option(help="write the tables to this file as Markdown")] = None,
    changed: Annotated[Path | None, typer.Option(help="only what differs from this earlier result of --json")] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="directory for each cell's text, trace")] = None,
) -> None:
    """Designs by properties, as a table.

    Each with outcome and strength. Exit codes: 0 all proved, 1 something is refuted or vacuous, 2 error, 3 open.
    """
    with answering():
        from shootdown.cli.compare import Options as Compared  # noqa: PLC0415
        from shootdown.cli.compare import run  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        options = Compared(
            tuple(designs or ()), tuple(contract or ()), tuple(property or ()), policy, topology, time, jobs,
            json=json, markdown=markdown, changed=changed, cache=cache, output=output,
        )  # fmt: skip
        with watching(sys.stderr) as watcher:
            code = run(options, watcher, sys.stdout.write, lambda text: typer.echo(text, err=True))
    raise typer.Exit(code)


@app.command()
def review(
    designs: Designs = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="where tables and traces go")] = Path("build/review"),
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    refuted: Annotated[bool, typer.Option("--refuted", help="only the checks that are stated to be refuted")] = False,
) -> None:
    """Check all that designs state, and write it down.

    As a page, tables, JUnit, SARIF, mails and traces. Exit code 0 if each outcome is as stated.
    """
    with answering():
        from shootdown.cli.review import run_review  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        with watching(sys.stderr) as watcher:
            code = run_review(output, jobs, watcher, typer.echo, sources=designs or (), refuted=refuted)
    raise typer.Exit(code)


from shootdown.cli import inquiries, starting  # noqa: E402 # their commands stand after these
from shootdown.cli.examples import show_examples  # noqa: E402

show_examples(app)

__all__ = ["app", "inquiries", "starting"]
