"""`shootdown range`: the lemmas about ranges, one after the other, and the exit code of them all."""

import sys
import time
from pathlib import Path
from typing import Any

from shootdown.model.history import range_bugs
from shootdown.report.ranges import dumps, range_listing, range_record, range_text
from shootdown.review.expectation import Exit, worst
from shootdown.review.ranges import RangeAnswer, answer, questions
from shootdown.search.verdict import Proved, Refuted, Vacuous, outcome


def run(
    name: str, without: list[str], seconds: float | None, certificate: Path | None, *, expect: bool, json: bool
) -> Exit:
    """Answer; without a name, list what there is. Ctrl-C ends with what is known so far and exit code 3."""
    if not name:
        sys.stdout.write(range_listing(range_bugs().values()))
        return Exit.GOOD
    deadline = None if seconds is None else time.monotonic() + seconds
    removed = frozenset(w.strip() for text in without for w in text.split(","))
    asked = questions(name, removed)
    codes: list[Exit] = []
    records: list[dict[str, Any]] = []
    try:
        for posed in asked:
            found = answer(posed, deadline)
            codes.append(exit_as_stated(found) if expect else exit_of(found))
            records.append(range_record(found))
            certified = certify(found, certificate)
            if not json:
                sys.stdout.write(("\n" if len(codes) > 1 else "") + range_text(found, expect=expect) + certified)
                sys.stdout.flush()
    except KeyboardInterrupt:
        codes = [Exit.OPEN]
    if json and records:
        sys.stdout.write(dumps(records, array=len(asked) > 1))
    return worst(codes)


def certify(found: RangeAnswer, directory: Path | None) -> str:
    """Write the certificate of a proof into a directory of its own below that one, if it is asked for; says where."""
    if directory is None or not isinstance(found.verdict, Proved):
        return ""
    from shootdown.cli.recheck import write_files  # noqa: PLC0415 # rarely needed
    from shootdown.review import bitproof  # noqa: PLC0415

    place = directory / found.posed.system.name.replace("/", ".")
    write_files(place, bitproof.files(bitproof.of_range(found.posed)))
    return f"  certificate: {place}\n"


def exit_of(found: RangeAnswer) -> Exit:
    """0 proved, 1 refuted or vacuous, 3 unknown."""
    match found.verdict:
        case Proved():
            return Exit.GOOD
        case Refuted() | Vacuous():
            return Exit.REFUTED
    return Exit.OPEN


def exit_as_stated(found: RangeAnswer) -> Exit:
    """0 as stated, 3 where there is no answer, 1 another outcome."""
    if exit_of(found) is Exit.OPEN:
        return Exit.OPEN
    return Exit.GOOD if outcome(found.verdict) == found.posed.variant.expected else Exit.REFUTED
