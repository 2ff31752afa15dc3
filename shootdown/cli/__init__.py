"""The command line. Names, options and exit codes are those of design.md section 3."""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process; exit codes 0 to 3. Ctrl-C is 3."""
    try:
        from shootdown.cli.app import app  # noqa: PLC0415 # an interrupt may come while modules are loaded

        app(prog_name="shootdown")
    except KeyboardInterrupt:
        sys.exit(3)
    sys.exit(0)
