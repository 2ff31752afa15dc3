"""The command line. Names, options and exit codes are those of design.md section 3."""

import os
import sys
import traceback
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process; exit codes 0 to 3. Ctrl-C is 3."""
    if sys.stdout is None:
        sys.exit(2)  # closed by the caller: nobody is there to be told
    try:
        from shootdown.cli.app import app  # noqa: PLC0415 # an interrupt may come while modules are loaded

        app(prog_name="shootdown")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(3)
    except OSError as error:  # a full disk behind stdout: what was to be told is not told
        sys.stderr.write(f"error: the output cannot be written: {error.strerror or error}\n")
        os._exit(2)  # Python would try to write the rest once more
    except Exception as error:  # Python's own exit code would be that of a refutation
        traceback.print_exc()
        sys.stderr.write(f"internal error, nothing is concluded: {type(error).__name__}: {error}\n")
        sys.exit(2)
    sys.exit(0)
