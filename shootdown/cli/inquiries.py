"""Commands that ask more than one check does: design space, recovery, reports, ranges."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from shootdown.cli import complete
from shootdown.cli.common import (
    Certificate,
    Contract,
    Design,
    Designs,
    Faults,
    Only,
    Size,
    Time,
    Topology,
    Where,
    Without,
    answering,
    app,
)
from shootdown.cli.options import named_sizes


@app.command("range")
def range_(
    name: Annotated[str, typer.Argument(help="B02, B02/fixed, or all; default: list what there is")] = "",
    without: Without = None,
    time: Time = None,
    expect: Annotated[bool, typer.Option("--expect", help="compare with what is stated about each range")] = False,
    json: Annotated[bool, typer.Option("--json", help="print JSON: one object, or an array of several")] = False,
    certificate: Certificate = None,
) -> None:
    """Check that a flush covers the range asked for.

    Exit codes: 0 proved, or as expected, 1 refuted, vacuous or not so, 2 error, 3 open.
    """
    with answering():
        from shootdown.cli.ranges import run  # noqa: PLC0415

        code = run(name, without or [], time, certificate, expect=expect, json=json)
    raise typer.Exit(code)


@app.command()
def explore(  # noqa: PLR0913, PLR0917 # one argument per option
    properties: Annotated[
        list[str] | None,
        typer.Argument(help="PROPERTY or PROPERTY:POLICY; default: five", autocompletion=complete.properties),
    ] = None,
    contract: Contract = "ideal",
    axis: Annotated[list[str] | None, typer.Option(help="only designs with this coordinate: walk=stop; repeat")] = None,
    time: Time = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    every: Annotated[bool, typer.Option("--every", help="ask everything, also of refuted designs")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the result as one JSON object")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="directory for the result")] = None,
) -> None:
    """The whole design space against properties.

    Exit codes: 0 some design meets them all, 1 none does, 2 error, 3 open.
    """
    with answering():
        from shootdown.cli.explore import Options as Explored  # noqa: PLC0415
        from shootdown.cli.explore import run  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        options = Explored(
            tuple(properties or ()),
            contract,
            tuple(axis or ()),
            time,
            jobs,
            every=every,
            json=json,
            cache=cache,
            output=output,
        )
        with watching(sys.stderr) as watcher:
            code = run(options, watcher, sys.stdout.write, lambda text: typer.echo(text, err=True))
    raise typer.Exit(code)


@app.command()
def sufficient(  # noqa: PLR0913, PLR0917 # one argument per option
    design: Design,
    contract: Contract = "vtd-v10",
    useful: Annotated[bool, typer.Option("--useful", help="ask for one done device only, not for all of them")] = False,
    fields: Annotated[str | None, typer.Option(help="ask about these output fields only: errno,count")] = None,
    topology: Topology = "",
    where: Where = "",
    devices: Size = None,
    domains: Size = None,
    groups: Size = None,
    faults: Faults = None,
    only: Only = None,
    time: Time = None,
    without: Without = None,
    json: Annotated[bool, typer.Option("--json", help="print the result as one JSON object")] = False,
) -> None:
    """Output fields that tell a caller who was done.

    Exit codes: 0 some do, 1 none does, 2 error, 3 open.
    """
    with answering():
        from shootdown.cli.sufficient import Options as Asked  # noqa: PLC0415
        from shootdown.cli.sufficient import run  # noqa: PLC0415

        sizes = named_sizes(Device=devices, Domain=domains, Group=groups)
        options = Asked(
            design, contract, fields=fields, topology=topology, where=where, sizes=sizes, faults=faults, only=only,
            time=time, without=tuple(without or ()), useful=useful, json=json,
        )  # fmt: skip
        code = run(options)
    raise typer.Exit(code)


@app.command()
def recover(  # noqa: PLR0913, PLR0917 # one argument per option
    designs: Designs = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="repeat; default: every policy of a VMM", autocompletion=complete.policies)
    ] = None,
    contract: Contract = "ideal",
    after: Annotated[str, typer.Option(help="one design: what this error leaves open, and what helps")] = "",
    time: Time = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the result as one JSON object")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="directory for table and traces")] = None,
) -> None:
    """How a VMM may respond to a failed call.

    Exit codes: 0 each design has a safe and live policy, 1 not so, 2 error, 3 open.
    """
    with answering():
        from shootdown.cli.recover import Options as Recovering  # noqa: PLC0415
        from shootdown.cli.recover import run  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        options = Recovering(
            tuple(designs or ()), tuple(policy or ()), contract, after, time, jobs, json=json, cache=cache,
            output=output,
        )  # fmt: skip
        with watching(sys.stderr) as watcher:
            code = run(options, watcher, sys.stdout.write, lambda text: typer.echo(text, err=True))
    raise typer.Exit(code)


@app.command("report")
def report_(  # noqa: PLR0913, PLR0917 # one argument per option
    designs: Designs = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="the file to write")] = Path("review.html"),
    contract: Annotated[
        list[str] | None, typer.Option(help="repeat; default: all that are stated", autocompletion=complete.contracts)
    ] = None,
    property: Annotated[
        list[str] | None, typer.Option(help="repeat; default: all that are stated", autocompletion=complete.properties)
    ] = None,
    recover: Annotated[Path | None, typer.Option(help="what `recover --json` has printed")] = None,
    explore: Annotated[Path | None, typer.Option(help="what `explore --json` has printed")] = None,
    time: Time = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    why: Annotated[
        bool, typer.Option("--why", help="with all reasons: runs without each fact, repairs; up to a minute a check")
    ] = False,
) -> None:
    """Write one HTML page to look at.

    The matrix, each trace step by step, each proof. Exit codes: 0 all is as stated, others as in `check --expect`.
    """
    with answering():
        from shootdown.cli.page import Options as Shown  # noqa: PLC0415
        from shootdown.cli.page import run  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        options = Shown(
            output, tuple(designs or ()), tuple(contract or ()), tuple(property or ()), recover, explore, time, jobs,
            cache=cache, why=why,
        )  # fmt: skip
        with watching(sys.stderr) as watcher:
            code = run(options, watcher, sys.stdout.write, lambda text: typer.echo(text, err=True))
    raise typer.Exit(code)
