"""Seconds of bounded search for each depth, on the model at the largest size that is closed by default.

Run as `python benchmarks/bmc.py [--contract C] [--depth K] [DESIGN:PROPERTY ...]`. A column for each question, the time
of the processor spent at each depth; it ends where a violation is found, the search for its cheapest run included.
"""

import time
from itertools import pairwise

from question import Question, arguments, question

from shootdown.search import bmc
from shootdown.search.result import Limits, Progress

ASKED = (
    "type1-v1:failure-is-told",
    "type1-v1:success-means-coherent",
    "best-effort:success-means-coherent",
    "best-effort:host-page-safe",
)


def per_depth(posed: Question, depth: int) -> list[float]:
    """Seconds at depth 0, 1, 2, ..."""
    begun: dict[int, float] = {}

    def note(progress: Progress) -> None:
        begun.setdefault(progress.depth, time.process_time())

    begin = time.process_time()
    bmc.search(posed.system, posed.claims, posed.sizes, Limits(depth=depth, report=note))
    return [b - a for a, b in pairwise([begin, *list(begun.values())[1:], time.process_time()])]


def main() -> None:
    """Print one row for each depth."""
    parser = arguments("seconds of bounded search for each depth")
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("asked", nargs="*", default=ASKED, metavar="DESIGN:PROPERTY")
    options = parser.parse_args()
    columns = {
        name: per_depth(question(*name.split(":"), options.contract, options.policy), options.depth)
        for name in options.asked
    }
    print(f"| depth, contract {options.contract} | {' | '.join(columns)} |")
    print(f"| ---: |{' ---: |' * len(columns)}")
    for depth in range(options.depth + 1):
        cells = [f"{times[depth]:.2f}" if depth < len(times) else "" for times in columns.values()]
        print(f"| {depth} | {' | '.join(cells)} |")
    print(f"| sum | {' | '.join(f'{sum(times):.2f}' for times in columns.values())} |")


if __name__ == "__main__":
    main()
