"""Time to a proof for any number: a new process, imports included, until `shootdown check` has printed it.

Run as `python benchmarks/proofs.py [--runs N]`. Wall clock, median of several runs: smaller sizes searched for traces,
lemmas found, every obligation judged anew. Nothing is cached but byte code, as in `first_answer.py`.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from statistics import median

from first_answer import command, environment

DESIGNS = ("type1-v1-stop", "best-effort")
PROPERTIES = (
    ("success-means-coherent",),
    ("failure-is-told",),
    ("no-reuse-while-stale", "--policy", "withhold-completion"),
    ("host-page-safe",),
)
CONTRACT = ("--contract", "ideal")


def proof(arguments: Sequence[str], env: Mapping[str, str]) -> tuple[str, float]:
    """The number of lemmas and the seconds of one run, which has to prove the claim for any number."""
    begun = time.perf_counter()
    ended = subprocess.run([*command(), *arguments], capture_output=True, text=True, check=False, env=env)
    spent = time.perf_counter() - begun
    found = re.search(r" proved .*sizes=any lemmas=(\d+)", ended.stdout)
    if ended.returncode or found is None:
        sys.exit(f"{' '.join(arguments)} is not proved for any number:\n{ended.stdout}{ended.stderr}")
    return found[1], spent


def main() -> None:
    """Print one row for each check."""
    parser = argparse.ArgumentParser(description="time from the shell to a proof for any number")
    parser.add_argument("--runs", type=int, default=3, help="runs of each row")
    options = parser.parse_args()
    print("| new process | lemmas | median s | fastest | slowest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as byte_code:
        env = environment(byte_code)
        proof(["check", DESIGNS[0], *PROPERTIES[0], *CONTRACT], env)  # fills the disk's cache and writes byte code
        for design in DESIGNS:
            for property_ in PROPERTIES:
                arguments = ["check", design, *property_, *CONTRACT]
                runs = [proof(arguments, env) for _ in range(options.runs)]
                times = [spent for _, spent in runs]
                row = f"{median(times):.2f} | {min(times):.2f} | {max(times):.2f}"
                print(f"| shootdown {' '.join(arguments)} | {runs[0][0]} | {row} |", flush=True)


if __name__ == "__main__":
    main()
