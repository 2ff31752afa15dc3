"""`shootdown check` where the question is about the bytes of a call: which questions, their answers, the exit code."""

import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from shootdown.cli.options import Options
from shootdown.ir.errors import UsageError
from shootdown.properties import properties
from shootdown.report.bytes import one_line, told_record, told_text
from shootdown.report.files import write_whole
from shootdown.report.mail_bytes import bytes_mail
from shootdown.report.progress import watching
from shootdown.report.record import dumps
from shootdown.review.bytetrace import stem, trace_file
from shootdown.review.catalogue import did_you_mean
from shootdown.review.expectation import Exit, worst
from shootdown.review.usermem import SUBJECT, Question, Told, answer, find_abi, question, questions
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted, Vacuous, outcome

TAKEN = frozenset({"design", "properties", "contract", "time", "expect", "json", "format", "output", "certificate"})
"""Options that mean something here; `--contract` names the world."""


def asked(options: Options) -> tuple[Question, ...]:
    """The questions of a command; a UsageError names what does not exist or does not apply."""
    default = Options("")
    for field in fields(Options):
        if field.name not in TAKEN and getattr(options, field.name) not in (getattr(default, field.name), {}):
            given = next(iter(options.sizes or {})).lower() + "s" if field.name == "sizes" else field.name
            raise UsageError(f"--{given} says nothing about the bytes of a call; drop it")
    abi = find_abi(options.design)
    world = "" if options.contract == default.contract else options.contract
    if not options.properties:
        return tuple(q for q in questions(abi) if world in ("", q.world.name))
    known = properties(SUBJECT)
    for name in options.properties:
        if name not in known:
            raise UsageError(f"no property about bytes is called `{name}`{did_you_mean(name, list(known))}")
    return tuple(question(abi, known[name], world) for name in dict.fromkeys(options.properties))


def run(options: Options) -> Exit:
    """Answer every question in turn; Ctrl-C ends with what is known so far and exit code 3."""
    deadline = None if options.time is None else time.monotonic() + options.time
    todo = asked(options)
    words = _teller(options.format)
    codes: list[Exit] = []
    records = []
    with watching(sys.stderr) as watcher:
        for number, each in enumerate(todo):
            watcher.say(f"{each.abi.name} {each.property.name}, world {each.world.name}")
            try:
                told = answer(each, Limits(deadline=deadline, report=watcher))
            except KeyboardInterrupt:
                return Exit.OPEN
            codes.append(_code(told, expect=options.expect))
            records.append(told_record(told))
            if not options.json:
                with watcher.hidden():
                    sys.stdout.write(("\n" if number else "") + words(told))
            keep(told, options.output, words)
            certified = certify(told, options.certificate)
            if not options.json:
                with watcher.hidden():
                    sys.stdout.write(certified)
    if options.json:
        sys.stdout.write(dumps(records, array=len(todo) > 1))
    return worst(codes)


def keep(told: Told, directory: Path | None, words: Callable[[Told], str] = told_text) -> None:
    """Write a counterexample into a directory, if one is asked for: a file to replay, and the same in words."""
    if directory is not None and isinstance(told.verdict, Refuted):
        name = stem(told)
        write_whole(directory / f"{name}.itf.json", trace_file(told))
        write_whole(directory / f"{name}.txt", words(told))


def _teller(form: str) -> Callable[[Told], str]:
    """What words an answer; a UsageError for a form that is about caches only."""
    tellers = {"text": told_text, "mail": bytes_mail}
    if form not in tellers:
        raise UsageError(f"--format {form} says nothing about the bytes of a call; use text, json or mail")
    return tellers[form]


def certify(told: Told, directory: Path | None) -> str:
    """Write the certificate of a proof into a directory of its own below that one, if it is asked for; says where."""
    if directory is None or not isinstance(told.verdict, Proved):
        return ""
    from shootdown.cli.recheck import write_files  # noqa: PLC0415 # loads both solvers
    from shootdown.review import bitproof  # noqa: PLC0415

    place = directory / stem(told)
    write_files(place, bitproof.files(bitproof.of_bytes(told.question)))
    return f"  certificate: {place}\n"


def _code(told: Told, *, expect: bool) -> Exit:
    """0 proved, 1 refuted or vacuous, 3 open; with `--expect` 0 where it is what the proposal states."""
    if expect:
        if told.stated is None:
            raise UsageError(
                f"nothing is stated for {one_line(told).split(' ')[1]} in world {told.question.world.name}"
            )
        if outcome(told.verdict) == told.stated.outcome:
            return Exit.GOOD
    match told.verdict:
        case Proved():
            return Exit.REFUTED if expect else Exit.GOOD
        case Refuted() | Vacuous():
            return Exit.REFUTED
    return Exit.OPEN
