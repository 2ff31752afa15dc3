"""`check --traces N`: counterexamples that differ in kind, told and kept as one is."""

from pathlib import Path

from shootdown.cli.options import Options
from shootdown.ir.errors import UsageError
from shootdown.report.files import write_whole
from shootdown.report.formats import ending
from shootdown.report.kinds import FORMS, Several, one_text
from shootdown.report.trace import story, trace_file, trace_name
from shootdown.review.answer import Answer
from shootdown.review.kinds import kinds, must_have_kinds
from shootdown.review.problem import Request
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted


def must_apply(options: Options, request: Request) -> None:
    """A UsageError where several counterexamples cannot be told: the form, or what is asked."""
    if options.format not in FORMS:
        forms = ", ".join(FORMS[:-1])
        raise UsageError(f"--traces is told in {forms} and {FORMS[-1]}; drop --format {options.format}")
    must_have_kinds(request)


def several(found: Answer, options: Options, limits: Limits) -> Several | None:
    """The counterexamples to an answer; None where it has none. Those after the first are kept as files here."""
    if options.traces is None or not isinstance(found.verdict, Refuted):
        return None
    result = Several(found, kinds(found, options.traces, limits), options.design, options.traces)
    if options.output is not None:
        keep(result, options.output, options.format)
    return result


def keep(result: Several, directory: Path, form: str) -> None:
    """Write those after the first beside it, numbered: as files to replay, and in the form asked for."""
    for number, one in enumerate(result.each[1:], 1):
        told = story(one)
        path = directory / f"{trace_name(told)}.kind-{number + 1}"
        write_whole(path.with_name(f"{path.name}.itf.json"), trace_file(told, result.design))
        write_whole(path.with_name(f"{path.name}.{ending(form)}"), one_text(result, number, form))
