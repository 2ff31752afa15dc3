"""An answer about the bytes of a call as a mail: where each word lies, who wrote it when, which copy saw what."""

from collections.abc import Iterator

from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.trace import Trace
from shootdown.report.bytes import byte_rows, ending_texts, extent_text
from shootdown.report.lanes import COLUMNS, draw, wrap
from shootdown.report.mail import ascii_only, headline, labelled
from shootdown.report.mail_legend import lane_signs
from shootdown.report.mail_made import made_rows
from shootdown.report.reproduce import shell_rows
from shootdown.report.sequence import sequence
from shootdown.review.usermem import Told
from shootdown.search.question import STUCK
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous, outcome

_HEAD = "offset len  word           at call    stored later, seen in copies"
_MORE = 38
"""Where the last column begins."""


def bytes_mail(told: Told) -> str:
    """The whole mail with a newline at the end: at most 72 columns, the same at every run."""
    asked = told.question
    rows = list(_broken(told, told.verdict) if isinstance(told.verdict, Refuted) else _unbroken(told))
    if told.stated is not None and told.stated.outcome != outcome(told.verdict):
        rows += labelled("stated", f"not as stated: {told.stated.outcome}, because {told.stated.why}")
    words = ["shootdown", "check", asked.abi.name, asked.property.name, "--contract", asked.world.name]
    rows += ["", "Reproduce:", *shell_rows([*words, "--format", "mail"], COLUMNS)]
    rows += made_rows(fingerprint(told.system, told.claims))
    return ascii_only("\n".join(rows) + "\n")


def _world(told: Told) -> Iterator[str]:
    asked = told.question
    yield from labelled("design", asked.abi.summary, [asked.abi.source])
    yield from labelled("world", f"{asked.world.name}: {asked.world.summary}")
    yield from labelled("claim", asked.property.sentence)
    if asked.abi.prediction:
        yield from labelled("prediction", f"no kernel was asked: {asked.abi.prediction}")


def _broken(told: Told, verdict: Refuted) -> Iterator[str]:
    asked, trace = told.question, verdict.trace
    verb = "gets stuck while it is checked for" if verdict.claim == STUCK else "violates"
    yield from headline(f"{asked.abi.name} {verb} {asked.property.name} in world {asked.world.name}")
    yield ""
    yield from _world(told)
    yield from labelled("memory", extent_text(trace))
    yield from ["", _HEAD, *(row for row in _table(told, trace))]
    diagram = sequence(told.system, trace)
    yield from ["", *draw(diagram), ""]
    first, *more = ending_texts(told, trace)
    yield from labelled("FALSE", first, more)
    yield from labelled("reach", asked.property.reach)
    if signs := list(lane_signs(diagram)):
        yield from labelled("legend", "; ".join(signs))


def _table(told: Told, trace: Trace) -> Iterator[str]:
    """One row for each word; what was stored later, and what each copy saw, behind it."""
    for offset, length, word, at_call, stored, copied in byte_rows(told, trace):
        start = f"{offset:>6} {length:>3}  {word:<14} {at_call:<10} "
        events = [*([f"stored {stored}"] if stored else []), *([f"step {copied}"] if copied else [])]
        yield from wrap("; ".join(events), start, " " * _MORE)


def _unbroken(told: Told) -> Iterator[str]:
    asked, verdict = told.question, told.verdict
    head, world = f"{asked.abi.name} {asked.property.name}:", f"in world {asked.world.name}"
    supposed = ", ".join(name for name, _ in asked.world.starts) or "nothing"
    match verdict:
        case Proved():
            yield from headline(
                f"{head} proved {world} for {verdict.scope.fixed[0]}; assuming of the caller {supposed}"
            )
        case Vacuous(why=why):
            yield from headline(f"{head} vacuous, which is no proof, {world}: {why}")
        case Unknown(reason=reason) | HoldsTo(reason=reason):
            yield from headline(f"{head} undetermined, no answer, {world}: {reason}")
    yield ""
    yield from _world(told)
    yield from labelled("fixed", "; ".join(verdict.scope.fixed[1:]) or "nothing")
    if isinstance(verdict, Proved):
        yield from labelled("proof", "; ".join((*verdict.notes, "every depth judged again by fresh solvers")))
