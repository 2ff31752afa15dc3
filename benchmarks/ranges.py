"""Time per lemma about a range: posing, both solvers, and the plain integers of the judge.

Run as `python benchmarks/ranges.py [NAME ...]`. Seconds of the processor; wanted: at most 10 for each.
"""

import sys
import time

from shootdown.review.ranges import ALL, answer, questions
from shootdown.search.verdict import outcome

WANTED = 10.0


def main(names: list[str]) -> None:
    """One row a lemma, the slowest at the end."""
    print("| lemma | answer | seconds |\n| --- | --- | ---: |")
    slowest = 0.0
    for posed in (p for name in names or [ALL] for p in questions(name)):
        begun = time.process_time()
        found = outcome(answer(posed).verdict)
        spent = time.process_time() - begun
        slowest = max(slowest, spent)
        print(f"| {posed.system.name} | {found} | {spent:.1f} |", flush=True)
    print(f"\nslowest: {slowest:.1f} s, wanted: at most {WANTED:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
