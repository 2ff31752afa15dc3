"""Commands for a beginning: the scaffold of a proposal."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from shootdown.cli import complete
from shootdown.cli.common import answering, app


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="what the proposal is called, say keep-going")],
    output: Annotated[Path, typer.Option("--output", "-o", help="directory for the file")] = Path(),
    source: Annotated[
        str, typer.Option("--from", help="begin with a copy of this built-in design", autocompletion=complete.designs)
    ] = "",
    test: Annotated[bool, typer.Option("--test", help="a file of tests for pytest beside it")] = False,
) -> None:
    """Write a proposal that can be checked at once.

    NAME.py, which is a comment to fill in, or a copy. Exit codes: 0 written, 2 nothing is written.
    """
    with answering():
        from shootdown.cli.new import Options, run  # noqa: PLC0415

        run(Options(name, output, source, test), sys.stdout.write)
