"""Commands and options. What a command does is in a module of its own, loaded when it is called."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from shootdown.cli.options import Options, named_sizes
from shootdown.ir.errors import CertificateError, ShootdownError, TraceError
from shootdown.search.refute import EngineBug

app = typer.Typer(
    name="shootdown",
    help="Model checker for IOMMU cache-invalidation interfaces.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Design = Annotated[str, typer.Argument(help="name of a design, or path of a .py file that defines DESIGN")]
Properties = Annotated[list[str] | None, typer.Argument(help="default: those for which the design states something")]
Contract = Annotated[str, typer.Option(help="what the IOMMU driver promises")]
Topology = Annotated[str, typer.Option(help="a named topology instead of all sizes")]
Where = Annotated[str, typer.Option(help="formula over the start, names as `show` prints them")]
Policy = Annotated[str, typer.Option(help="what the VMM does with answers; default: the property's own")]
Size = Annotated[int | None, typer.Option(help="exactly so many; default: from small to large")]
Faults = Annotated[int | None, typer.Option(min=0, help="at most so many refusals, time-outs, ... in a run")]
Only = Annotated[str | None, typer.Option(help="just these kinds of them: refused,timed-out")]
Depth = Annotated[int | None, typer.Option(min=0, help="search to so many steps")]
Time = Annotated[float | None, typer.Option(min=0, help="seconds of wall clock for the whole command")]
Without = Annotated[list[str] | None, typer.Option(help="withdraw a named assumption; repeat, or separate by commas")]
Engine = Annotated[str, typer.Option(help="ask it alone: explicit, bmc, kinduction, pdr, parametric; default: a mix")]
Expected = Annotated[bool, typer.Option("--expect", help="compare with what the design states")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object per check on stdout")]
Example = Annotated[bool, typer.Option("--example", help="after a proof, show a run in which something happens")]
Why = Annotated[bool, typer.Option("--why", help="after a proof for any number, say what it needs and what not")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="directory in which traces are kept")]
Certificate = Annotated[Path | None, typer.Option(help="directory in which proofs are kept, one directory each")]


@contextmanager
def answering() -> Iterator[None]:
    """Errors that a user can mend become one sentence and exit code 2; Ctrl-C is 3; a closed pipe ends quietly."""
    try:
        yield
    except (TraceError, CertificateError) as error:
        _fail(f"rejected: {error}")
    except ShootdownError as error:
        _fail(f"error: {error}")
    except EngineBug as error:
        _fail(f"internal error, nothing is concluded: {error}")
    except KeyboardInterrupt:
        raise typer.Exit(3) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(3) from None


def _fail(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2) from None


@app.command("list")
def list_() -> None:
    """Designs, properties, contracts, policies, topologies and assumptions."""
    with answering():
        from shootdown.report.listing import listing  # noqa: PLC0415

        typer.echo(listing(), nl=False)


@app.command()
def check(  # noqa: PLR0913, PLR0917 # one argument per option
    design: Design,
    properties: Properties = None,
    contract: Contract = "vtd-v10",
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
    json: Json = False,
    example: Example = False,
    why: Why = False,
    output: Output = None,
    certificate: Certificate = None,
) -> None:
    """Check properties of a design: 0 proved or as expected, 1 refuted, vacuous or not so, 2 error, 3 open."""
    sizes = named_sizes(Device=devices, Domain=domains, Group=groups, Unit=units, Iova=iovas, Frame=frames)
    options = Options(
        design, tuple(properties or ()), contract, topology, where, policy, sizes, faults, only, depth, time,
        tuple(without or ()), engine, expect=expect, json=json, example=example, why=why, output=output,
        certificate=certificate,
    )  # fmt: skip
    with answering():
        from shootdown.cli.check import run  # noqa: PLC0415

        code = run(options)
    raise typer.Exit(code)


@app.command()
def replay(
    trace: Annotated[Path, typer.Argument(help="a trace that `check -o` or `review` has written (.itf.json)")],
    design: Annotated[str, typer.Option(help="file of a design that is not in the catalogue")] = "",
) -> None:
    """Run a trace again, step by step and without a solver: 0 confirmed, 2 rejected."""
    with answering():
        from shootdown.cli.replay import run  # noqa: PLC0415

        run(trace, design)


@app.command()
def recheck(
    certificates: Annotated[list[Path], typer.Argument(help="directories that `check --certificate` has written")],
    design: Annotated[str, typer.Option(help="file of a design that is not in the catalogue")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="z3 alone; cvc5 only where it has no answer")] = False,
) -> None:
    """Make a proof again from the model, compare, and ask z3 and cvc5 about it: 0 confirmed, 2 rejected."""
    with answering():
        from shootdown.cli.recheck import run  # noqa: PLC0415

        code = run(certificates, design, quick=quick)
    raise typer.Exit(code)


@app.command()
def show(design: Design, contract: Contract = "vtd-v10", policy: Policy = "hostile") -> None:
    """Actors, variables, actions, faults, assumptions and topologies of a design's model."""
    with answering():
        from shootdown.cli.show import run  # noqa: PLC0415

        run(design, contract, policy)


@app.command("range")
def range_(
    name: Annotated[str, typer.Argument(help="B02, B02/fixed, or all; default: list what there is")] = "",
    without: Without = None,
    time: Time = None,
    expect: Expected = False,
    json: Json = False,
) -> None:
    """Check that a flush covers the range that was asked for: 0 proved or as expected, 1 refuted, 2 error, 3 open."""
    with answering():
        from shootdown.cli.ranges import run  # noqa: PLC0415

        code = run(name, without or [], time, expect=expect, json=json)
    raise typer.Exit(code)


@app.command()
def compare(  # noqa: PLR0913, PLR0917 # one argument per option
    designs: Annotated[list[str] | None, typer.Argument(help="names or paths of designs; default: all")] = None,
    contract: Annotated[list[str] | None, typer.Option(help="repeat, or `all`; default: vtd-v10")] = None,
    property: Annotated[list[str] | None, typer.Option(help="repeat; default: all")] = None,
    policy: Policy = "",
    topology: Topology = "",
    time: Annotated[float | None, typer.Option(min=0, help="seconds of wall clock for each search")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    json: Annotated[bool, typer.Option("--json", help="the matrix as one JSON object on stdout")] = False,
    markdown: Annotated[Path | None, typer.Option(help="write the tables to this file as Markdown")] = None,
    changed: Annotated[Path | None, typer.Option(help="only what differs from this earlier result of --json")] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="directory for each cell's text, trace")] = None,
) -> None:
    """Designs by properties, each with outcome and strength: 0 proved, 1 refuted or vacuous, 2 error, 3 open."""
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
def explore(
    properties: Annotated[list[str] | None, typer.Argument(help="PROPERTY or PROPERTY:POLICY; default: five")] = None,
    contract: Annotated[str, typer.Option(help="what the IOMMU driver promises")] = "ideal",
    axis: Annotated[list[str] | None, typer.Option(help="only designs with this coordinate: walk=stop; repeat")] = None,
    time: Time = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    json: Annotated[bool, typer.Option("--json", help="the result as one JSON object on stdout")] = False,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="use and fill the verdict cache")] = True,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="directory for the result")] = None,
) -> None:
    """The whole design space against properties: 0 some design meets them all, 1 none, 2 error, 3 open."""
    with answering():
        from shootdown.cli.explore import Options as Explored  # noqa: PLC0415
        from shootdown.cli.explore import run  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        options = Explored(
            tuple(properties or ()), contract, tuple(axis or ()), time, jobs, json=json, cache=cache, output=output
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
    json: Json = False,
) -> None:
    """Output fields that tell a caller who was done: 0 some do, 1 none does, 2 error, 3 open."""
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
def review(
    output: Annotated[Path, typer.Option("--output", "-o", help="where tables and traces go")] = Path("build/review"),
    jobs: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    refuted: Annotated[bool, typer.Option("--refuted", help="only the checks that are stated to be refuted")] = False,
) -> None:
    """Check everything for which a design states an expectation: 0 if each verdict is as stated."""
    with answering():
        from shootdown.cli.review import run_review  # noqa: PLC0415
        from shootdown.report.progress import watching  # noqa: PLC0415

        with watching(sys.stderr) as watcher:
            code = run_review(output, jobs, watcher, typer.echo, refuted=refuted)
    raise typer.Exit(code)
