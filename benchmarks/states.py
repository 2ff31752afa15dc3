"""States per second of the explicit engine on the model, at the largest size that is closed by default.

Run as `python benchmarks/states.py [--contract C] [DESIGN:PROPERTY ...]`. The whole reachable set, also behind a
violation, with the symmetry reduction that checks use. Times are of the processor.
"""

import time

from question import arguments, question

from shootdown.search import explicit
from shootdown.search.result import Limits

ASKED = (
    "type1-v1:success-means-coherent",
    "type1-v1:no-reuse-while-stale",
    "best-effort:success-means-coherent",
    "best-effort:host-page-safe",
    "best-effort:repeat-is-harmless",
)


def main() -> None:
    """Print one row for each question."""
    parser = arguments("states per second of the explicit engine on the model")
    parser.add_argument("asked", nargs="*", default=ASKED, metavar="DESIGN:PROPERTY")
    options = parser.parse_args()
    print(f"| contract {options.contract} | states | depth | seconds | states/s |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in options.asked:
        posed = question(*name.split(":"), options.contract, options.policy)
        begun = time.process_time()
        found = explicit.search(posed.system, (*posed.claims, *posed.companions), posed.sizes, Limits(), stop=False)
        spent = time.process_time() - begun
        print(f"| {name} | {found.states} | {found.depth} | {spent:.2f} | {found.states / spent:.0f} |", flush=True)


if __name__ == "__main__":
    main()
