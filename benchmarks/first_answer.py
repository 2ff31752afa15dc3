"""Time to the first answer: a new process, imports included, until `shootdown check` has printed its trace.

Run as `python benchmarks/first_answer.py [--runs N] [CHECK ...]`. Wall clock, median of several runs; the rows above
the check say how much of it is Python and libraries. Byte code is kept in a temporary directory, as it is kept beside
the modules after an installation.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

QUESTION = ("type1-v1", "success-means-coherent")


def command() -> list[str]:
    """The installed command beside this Python, or the package itself."""
    installed = Path(sys.executable).with_name("shootdown")
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "shootdown"]


def rows(question: Sequence[str]) -> dict[str, list[str]]:
    """What is timed, by its name."""
    return {
        "python alone": [sys.executable, "-c", "pass"],
        "import numpy": [sys.executable, "-c", "import numpy"],
        "import z3": [sys.executable, "-c", "import z3"],
        "import shootdown.cli.app": [sys.executable, "-c", "import shootdown.cli.app"],
        "shootdown check " + " ".join(question): [*command(), "check", *question],
    }


def environment(byte_code: str) -> dict[str, str]:
    """The caller's, with byte code on."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": byte_code}


def seconds(arguments: Sequence[str], env: Mapping[str, str]) -> float:
    """Wall clock of one run. A check may end with any verdict, but not with a usage or model error."""
    begun = time.perf_counter()
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False, env=env)
    spent = time.perf_counter() - begun
    if ended.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(arguments)} ended with {ended.returncode}:\n{ended.stderr}")
    return spent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="time from the shell to the first answer")
    parser.add_argument("question", nargs="*", default=QUESTION, help="arguments of `shootdown check`")
    parser.add_argument("--runs", type=int, default=7, help="runs of each row")
    options = parser.parse_args()
    print("| new process | median s | fastest | slowest |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as byte_code:
        env = environment(byte_code)
        for name, arguments in rows(options.question).items():
            seconds(arguments, env)  # fills the disk's cache and writes byte code
            times = [seconds(arguments, env) for _ in range(options.runs)]
            print(f"| {name} | {median(times):.2f} | {min(times):.2f} | {max(times):.2f} |", flush=True)


if __name__ == "__main__":
    main()
