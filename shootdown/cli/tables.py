"""What a review shows besides its checks: the recovery table, and the design space if it was explored before."""

from collections.abc import Callable
from pathlib import Path

from shootdown.cli import recover
from shootdown.ir.errors import UsageError
from shootdown.model.designs import designs
from shootdown.report.page_tables import Tables, of_this_tool, tables
from shootdown.report.progress import Watcher
from shootdown.review.recover import policies_for

EXPLORED = Path("explore/explore.json")
"""Where `explore -o build/explore` leaves its result, seen from the folder that the folder of a review lies in."""


def besides(out: Path, jobs: int, watcher: Watcher, tell: Callable[[str], None]) -> tuple[Tables, bool]:
    """The tables, and whether every policy has an answer: else somebody has interrupted.

    Recovery is computed here, or found in the verdict cache under the full key. The design space takes minutes, so that
    it is shown only if the same code has explored it before.
    """
    tell("\nhow a VMM may recover, from the verdict cache or by a search")
    folder = out / "recover"
    asked = recover.Options(jobs=jobs, output=folder)
    recover.run(asked, watcher, lambda _: None, tell)
    explored = out.parent / EXPLORED
    try:
        found = tables(folder / "recover.json", explored if of_this_tool(explored) else None)
    except UsageError as error:
        tell(f"error: {error}")
        return Tables(), False
    known = sum(cell is not None for row in (found.recover or {"rows": ()})["rows"] for cell in row["cells"])
    tell(f"{known} of {_wanted()} policies of the designs; the table and its traces are in {folder}/")
    if found.explore is None:
        tell(f"the design space is not on the page: shootdown explore -o {explored.parent}, then the review again")
    return found, known == _wanted()


def _wanted() -> int:
    every = list(designs().values())
    return len(every) * len(policies_for(every, ()))
