"""`shootdown check`: one answer after the other, in the form asked for, and the exit code of them all."""

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shootdown.cli.options import Options, requests
from shootdown.cli.subject import about_bytes
from shootdown.cli.traces import must_apply, several
from shootdown.ir.errors import ShootdownError, UsageError
from shootdown.model.design import Expect
from shootdown.report.colour import painted
from shootdown.report.files import must_take_files, write_whole
from shootdown.report.formats import JSON, MAIL, MARKDOWN, PNG, SVG, TEXT, body, content, end, ending, known_form
from shootdown.report.kinds import Several, several_record, several_text
from shootdown.report.progress import Watcher, watching
from shootdown.report.record import dumps, record
from shootdown.report.trace import check_name, example_text, story, trace_file, trace_name, trace_text
from shootdown.report.words import caller_word
from shootdown.review.answer import Answer, answer
from shootdown.review.example import example
from shootdown.review.expectation import Exit, exit_as_stated, exit_of, must_be_stated, worst
from shootdown.review.problem import Request
from shootdown.search.different import INTERRUPTED
from shootdown.search.result import Limits
from shootdown.search.verdict import Broken, Proved

if TYPE_CHECKING:
    from shootdown.review.why import Why


EXPLAINED = (TEXT, JSON, MAIL, MARKDOWN)
"""The forms in which `--why` is told."""


def run(options: Options) -> Exit:
    """Answer every request in turn; Ctrl-C ends with what is known so far and exit code 3.

    Where there are several checks, one that fails for the user's or the model's mistake does not stop the others.
    """
    options = _in_form(options)
    if about_bytes(options):
        from shootdown.cli import usermem  # noqa: PLC0415 # loads z3, which a quick answer does without

        return usermem.run(options)
    for directory in (options.output, options.certificate):
        if directory is not None:
            must_take_files(directory)
    deadline = None if options.time is None else time.monotonic() + options.time
    asked = [(r, must_be_stated(r) if options.expect else None) for r in requests(options)]
    if options.format == SVG and len(asked) > 1 and options.output is None:
        raise UsageError("--format svg is one document; name one property, or a directory for several: -o DIR")
    with watching(sys.stderr) as watcher:
        session = _Session(options, watcher, many=len(asked) > 1)
        for request, expect in asked:
            try:
                session.take(request, expect, deadline)
            except KeyboardInterrupt:
                session.interrupted = True
            except ShootdownError as error:
                if not session.many:
                    raise
                session.fail(error)
            if session.interrupted:
                break
        session.end()
    return Exit.OPEN if session.interrupted else worst(session.codes)


def _in_form(options: Options) -> Options:
    """The options with one form, whichever way it was asked for; a UsageError where others do not go with it."""
    form = known_form(options.format, json=options.json)
    for name, known in (("why", EXPLAINED), ("example", (TEXT, JSON))):
        if form not in known and getattr(options, name):
            where = "text only" if known != EXPLAINED else "text, mail and markdown only"
            raise UsageError(f"--{name} is told in {where}; drop --format {form}")
    if form == PNG and options.output is None:
        raise UsageError("--format png makes files; name a directory for them: -o DIR")
    return replace(options, json=form == JSON, format=TEXT if form == JSON else form)


def _told_besides(options: Options) -> list[str]:
    """What changes the text of an answer and not the question: it is printed again with the same."""
    traces = [] if options.traces is None else ["--traces", str(options.traces)]
    return [*(["--expect"] if options.expect else []), *traces, *(["--why"] if options.why else [])]


class _Session:
    """The answers so far."""

    def __init__(self, options: Options, watcher: Watcher, *, many: bool) -> None:
        self.options = options
        self.watcher = watcher
        self.many = many
        self.interrupted = self.told = False
        self.codes: list[Exit] = []
        self.records: list[dict[str, Any]] = []
        self.errors: set[str] = set()

    def take(self, request: Request, expect: Expect | None, deadline: float | None) -> None:
        """Answer one request: tell it, keep its trace, remember its exit code."""
        self.watcher.say(
            f"{request.design.name} {request.property.name}, contract {request.contract}, policy {caller_word(request)}"
        )
        if self.options.traces is not None:
            must_apply(self.options, request)
        found = answer(request, Limits(deadline=deadline, report=self.watcher))
        self.interrupted = found.interrupted
        self.codes.append(exit_of(found) if expect is None else exit_as_stated(found, expect))
        self.keep(found)
        more = self.several(found, deadline)
        if not self.options.json:
            self.write(("\n" if self.told else "") + self.words(found, more, expect))
            self.told = True
        reasons = self.explain(found, deadline)
        if self.options.json:
            kinds = {} if more is None else {"traces": several_record(more)}
            self.records.append(record(found, self.options.design) | reasons | kinds)
        else:
            self.show_example(found, deadline)
        if not self.options.json:
            self.write(end(self.options.format, found, self.options.design, _told_besides(self.options)))
        self.certify(found)

    def words(self, found: Answer, more: Several | None, expect: Expect | None) -> str:
        """The answer in the form asked for, but for the command that prints it again."""
        form = TEXT if self.options.format == SVG and self.many else self.options.format
        if more is not None:
            return several_text(more, form, expect)
        return body(form, found, self.options.design, expect)

    def several(self, found: Answer, deadline: float | None) -> Several | None:
        """The other kinds of counterexamples, where the user asked and there is one."""
        more = several(found, self.options, Limits(deadline=deadline, report=self.watcher))
        self.interrupted = self.interrupted or (more is not None and more.found.reason == INTERRUPTED)
        return more

    def explain(self, found: Answer, deadline: float | None) -> dict[str, Any]:
        """What a proof needs, or what repairs a refutation, where the user asked: told at once, and for the record."""
        if self.options.why and isinstance(found.verdict, Broken) and not self.interrupted:
            return self.repairs(found, deadline)
        if not self.options.why or not isinstance(found.verdict, Proved) or self.interrupted:
            return {}
        from shootdown.report.why import why_record, why_text  # noqa: PLC0415 # loads z3, only where it is asked for
        from shootdown.review.why import why  # noqa: PLC0415
        from shootdown.search.parametric import Stopped  # noqa: PLC0415

        reasons: Why | Stopped
        try:
            limits = Limits(deadline=deadline, report=self.watcher)
            reasons = why(found, limits)
            self.interrupted = not isinstance(reasons, Stopped) and not reasons.facts.complete and not limits.expired()
        except KeyboardInterrupt:
            self.interrupted, reasons = True, Stopped("interrupted")
        if not self.options.json:
            self.write(why_text(reasons, self.options.format))
        return {"why": why_record(reasons)}

    def repairs(self, found: Answer, deadline: float | None) -> dict[str, Any]:
        """The facts whose repair removes every such trace: told at once, and the key `repair` of the record."""
        from shootdown.report.repair import repair_record, repair_text  # noqa: PLC0415 # only where it is asked for
        from shootdown.review.repair import blame  # noqa: PLC0415
        from shootdown.search.repair import NotDetermined  # noqa: PLC0415

        try:
            blamed = blame(found, Limits(deadline=deadline, report=self.watcher))
        except KeyboardInterrupt:
            self.interrupted, blamed = True, NotDetermined("interrupted")
        if not self.options.json:
            self.write(repair_text(blamed, self.options.format))
        return {"repair": repair_record(blamed)}

    def show_example(self, found: Answer, deadline: float | None) -> None:
        """Where everything holds and the user wants to see that something happens at all."""
        if not self.options.example or not isinstance(found.verdict, Proved):
            return
        run_ = example(found.request, Limits(deadline=deadline, report=self.watcher))
        if run_ is not None:
            self.write("\n" + example_text(found.request, found.system, *run_))

    def fail(self, error: ShootdownError) -> None:
        """Say once what is wrong."""
        self.codes.append(Exit.WRONG_USE)
        if str(error) not in self.errors:
            self.errors.add(str(error))
            with self.watcher.hidden():
                sys.stderr.write(f"error: {error}\n")

    def keep(self, found: Answer) -> None:
        """Write the trace into the directory of `--output`, as a file to replay and in the form asked for."""
        if self.options.output is not None and isinstance(found.verdict, Broken):
            told = story(found)
            path = self.options.output / trace_name(told)
            write_whole(path.with_name(f"{path.name}.itf.json"), trace_file(told, self.options.design))
            form = self.options.format
            words = trace_text(told) if form == TEXT else content(form, found, self.options.design)
            write_whole(path.with_name(f"{path.name}.{ending(form)}"), words)

    def certify(self, found: Answer) -> None:
        """Write the certificate of a proof into a directory of its own below that of `--certificate`."""
        if self.options.certificate is None or not isinstance(found.verdict, Proved):
            return
        from shootdown.cli.recheck import write  # noqa: PLC0415 # loads both solvers

        directory = self.options.certificate / check_name(found.request)
        write(directory, found.request, self.options.design, found.verdict)
        if not self.options.json and self.options.format == TEXT:
            self.write(f"  certificate: {directory}\n")

    def end(self) -> None:
        """JSON is written when all is known, so that stdout is one value."""
        if self.options.json and (self.many or self.records):
            self.write(dumps(self.records, array=self.many))

    def write(self, text: str) -> None:
        """To stdout at once, with the status line out of the way."""
        with self.watcher.hidden():
            sys.stdout.write(painted(text, sys.stdout) if self.options.format == TEXT else text)
            sys.stdout.flush()
