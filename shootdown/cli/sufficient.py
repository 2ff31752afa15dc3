"""`shootdown sufficient`: what a call has to report so that its caller knows who was done."""

import json
import sys
import time
from dataclasses import dataclass, field

from shootdown.cli.options import words
from shootdown.model.topology import topology
from shootdown.report.progress import watching
from shootdown.report.sufficient import (
    border_record,
    border_text,
    exit_of_border,
    exit_of_reply,
    fields_record,
    reply_text,
)  # fmt: skip
from shootdown.review.catalogue import find_design
from shootdown.review.expectation import Exit
from shootdown.review.problem import Request
from shootdown.review.weakest import RUNS, Subject, fields_of, reply, weakest
from shootdown.search.alike import Sufficiency
from shootdown.search.result import Limits


@dataclass(frozen=True)
class Options:
    """What the user typed. `fields`: only this set is asked about."""

    design: str
    contract: str = "vtd-v10"
    useful: bool = False
    fields: str | None = None
    topology: str = ""
    where: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    faults: int | None = None
    only: str | None = None
    time: float | None = None
    without: tuple[str, ...] = ()
    json: bool = False


def run(options: Options) -> Exit:
    """Tell the answer; 0 sufficient, 1 not, 2 error, 3 open."""
    subject = Subject(_request(options))
    strength = Sufficiency.USEFUL if options.useful else Sufficiency.EXACT
    only = None if options.fields is None else fields_of(words([options.fields], "--fields"))
    deadline = None if options.time is None else time.monotonic() + options.time
    with watching(sys.stderr) as watcher:
        watcher.say(f"{subject.request.design.name} sufficient, contract {options.contract}")
        limits = Limits(deadline=deadline, report=watcher)
        if only is not None:
            answer = reply(subject, strength, limits, only)
            text = reply_text(subject, strength, only, answer)
            record, code = fields_record(subject, strength, only, answer), exit_of_reply(answer)
        else:
            found = weakest(subject, strength, limits)
            text = border_text(subject, strength, found)
            record, code = border_record(subject, strength, found), exit_of_border(found)
    sys.stdout.write(json.dumps(record, indent=1, ensure_ascii=True) + "\n" if options.json else text)
    return code


def _request(options: Options) -> Request:
    if options.topology and options.topology != "sizes":
        topology(options.topology)
    return Request(
        find_design(options.design),
        RUNS,
        options.contract,
        topology="" if options.topology == "sizes" else options.topology,
        where=options.where,
        sizes=options.sizes,
        faults=options.faults,
        only=None if options.only is None else words([options.only], "--only"),
        without=words(options.without, "--without"),
    )
