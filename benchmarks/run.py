"""Every benchmark, one after the other, each in a process of its own; Markdown on the terminal.

Run as `python benchmarks/run.py [--write] [NAME ...]`, or `make benchmark`. With `--write` the tables also go to
benchmarks/results.md.
"""

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("first_answer", "proofs", "states", "bmc", "explicit")
LIBRARIES = ("numpy", "z3-solver", "cvc5")


def heading(name: str) -> str:
    """What a benchmark says of itself in its first line."""
    first = (HERE / f"{name}.py").read_text(encoding="utf-8").split("\n", 1)[0]
    return first.strip('"')


def section(name: str) -> str:
    """The output of one benchmark; a table that is not Markdown is set as it is."""
    ended = subprocess.run([sys.executable, str(HERE / f"{name}.py")], stdout=subprocess.PIPE, text=True, check=True)
    table = ended.stdout if ended.stdout.startswith("|") else f"```\n{ended.stdout}```\n"
    return f"## {name}\n\n{heading(name)}\n\n{table}"


def machine() -> str:
    """What the times depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, {libraries}"


def main() -> None:
    """Print each section when it is done; keep them all if asked to."""
    parser = argparse.ArgumentParser(description="run the benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results.md as well")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no benchmark {min(unknown)}; there are: {', '.join(NAMES)}")
    text = [f"# Benchmarks\n\n{machine()}\n"]
    print(text[0])
    for name in options.names or NAMES:
        text.append(section(name))
        print(text[-1], flush=True)
    if options.write:
        (HERE / "results.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
