"""`shootdown abi`: a described interface, its layout, and the answers that follow from the description."""

import json as json_text
import sys
import time
from pathlib import Path
from typing import Any

from shootdown.cli.usermem import certify, keep
from shootdown.report.abi import layout_record, layout_text
from shootdown.report.bytes import told_record, told_text
from shootdown.report.progress import watching
from shootdown.review.abi import find_proposal, questions
from shootdown.review.expectation import Exit, worst
from shootdown.review.usermem import Told, answer
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Vacuous


def run(
    name: str, names: list[str], seconds: float | None, output: Path | None, certificate: Path | None, *, json: bool
) -> Exit:
    """Print the layout, answer every question, keep counterexamples and proofs in their directories.

    Ctrl-C ends with what is known so far and exit code 3.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    proposal = find_proposal(name)
    asked = questions(proposal, tuple(names))
    if not json:
        sys.stdout.write(layout_text(proposal))
    codes: list[Exit] = []
    records: list[dict[str, Any]] = []
    with watching(sys.stderr) as watcher:
        for each in asked:
            watcher.say(f"{proposal.name} {each.property.name}, world {each.world.name}")
            try:
                told = answer(each, Limits(deadline=deadline, report=watcher))
            except KeyboardInterrupt:
                codes.append(Exit.OPEN)
                break
            codes.append(exit_of(told))
            keep(told, output)
            certified = certify(told, certificate)
            records.append(told_record(told))
            if not json:
                with watcher.hidden():
                    sys.stdout.write(f"\n{told_text(told)}{certified}")
                    sys.stdout.flush()
    if json:
        sys.stdout.write(json_text.dumps(layout_record(proposal) | {"answers": records}, indent=1) + "\n")
    return worst(codes)


def exit_of(told: Told) -> Exit:
    """0 proved, 1 refuted or vacuous, 3 open."""
    match told.verdict:
        case Proved():
            return Exit.GOOD
        case Refuted() | Vacuous():
            return Exit.REFUTED
    return Exit.OPEN
