"""What the commands share: the application, options by type, and what becomes of an error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from shootdown.cli import complete
from shootdown.ir.errors import CertificateError, ShootdownError, TraceError
from shootdown.search.refute import EngineBug

app = typer.Typer(
    name="shootdown",
    help="Model checker for IOMMU cache-invalidation interfaces.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Design = Annotated[
    str,
    typer.Argument(
        help="name of a design, or path of a .py file that defines DESIGN", autocompletion=complete.designs_and_files
    ),
]
Designs = Annotated[
    list[str] | None,
    typer.Argument(help="names or paths of designs; default: all", autocompletion=complete.designs_and_files),
]
Properties = Annotated[
    list[str] | None,
    typer.Argument(help="default: those for which the design states something", autocompletion=complete.properties),
]
Contract = Annotated[str, typer.Option(help="what the IOMMU driver promises", autocompletion=complete.contracts)]
Topology = Annotated[
    str, typer.Option(help="a named topology instead of all sizes", autocompletion=complete.topologies)
]
Where = Annotated[str, typer.Option(help="formula over the start, names as `show` prints them")]
Policy = Annotated[
    str,
    typer.Option(help="what the VMM does with answers; default: the property's own", autocompletion=complete.policies),
]
Size = Annotated[int | None, typer.Option(help="exactly so many; default: from small to large")]
Faults = Annotated[int | None, typer.Option(min=0, help="at most so many refusals, time-outs, ... in a run")]
Only = Annotated[str | None, typer.Option(help="just these kinds of them: refused,timed-out")]
Depth = Annotated[int | None, typer.Option(min=0, help="search to so many steps")]
Time = Annotated[float | None, typer.Option(min=0, help="seconds of wall clock for the whole command")]
Without = Annotated[
    list[str] | None,
    typer.Option(
        help="withdraw a named assumption; repeat, or separate by commas", autocompletion=complete.assumptions
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help="ask it alone: explicit, bmc, kinduction, pdr, parametric; default: a mix", autocompletion=complete.engines
    ),
]
Expected = Annotated[bool, typer.Option("--expect", help="compare with what the design states")]
Form = Annotated[
    str,
    typer.Option(
        "--format",
        help="text, json, mail (72 columns), markdown, mermaid, svg or png (with -o DIR)",
        autocompletion=complete.forms,
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="print JSON, as --format json does: one object, or an array if several are checked"),
]
Example = Annotated[bool, typer.Option("--example", help="after a proof, show a run in which something happens")]
Why = Annotated[bool, typer.Option("--why", help="what a proof for any number needs; what would repair a refutation")]
Traces = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="up to so many counterexamples of different kinds: other faults, other answers to the VMM, or another "
        "kind of cache left stale; other names, another order or steps that count for nothing make no difference",
    ),
]
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
        typer.echo("interrupted", err=True)
        raise typer.Exit(3) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(3) from None


def _fail(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2) from None
