"""An answer as the text of a mail: ASCII, at most 72 columns, the same at every run, so that versions can be diffed.

A trace comes as swim lanes, two runs that look alike beside each other, a lasso with its loop marked. The headline is
one sentence, indented where it goes on: it names the contract, and with "proved" what it is proved for and assuming.
"""

from collections.abc import Iterator, Sequence

from shootdown.counterexamples.render import failure
from shootdown.counterexamples.rounds import fair_text, missing
from shootdown.ir.product import Product
from shootdown.model.design import Expect
from shootdown.model.topology import topology
from shootdown.model.world import ASSUMPTIONS
from shootdown.report.lanes import COLUMNS, draw, wrap
from shootdown.report.listing import CONTRACT_WORDS, POLICY_WORDS
from shootdown.report.mail_faults import fault_texts
from shootdown.report.mail_legend import entry_signs, lane_signs
from shootdown.report.mail_made import made_rows, model_of
from shootdown.report.mail_pair import pair_ends, pair_held, pair_rows, pair_starts
from shootdown.report.reproduce import arguments, shell_rows
from shootdown.report.sequence import sequence
from shootdown.report.text import obligation_texts, proof_texts
from shootdown.report.topology import start_items
from shootdown.report.trace import Story, observed, story
from shootdown.report.words import caller_word, plenty, searched_text, sizes_text
from shootdown.review.answer import Answer
from shootdown.review.expectation import Standing, standing
from shootdown.review.problem import Request
from shootdown.search.verdict import Broken, HoldsTo, Proved, Unknown, Vacuous

_LABEL = 11


def mail_text(answer: Answer, design: str, expect: Expect | None = None) -> str:
    """The whole mail with a newline at the end; `design` is the name or path under which the design is found again."""
    return mail_body(answer, expect) + mail_end(answer, design)


def mail_body(answer: Answer, expect: Expect | None = None) -> str:
    """The mail up to where it says how to print it again: what is explained besides stands between the two."""
    rows = list(_broken(answer) if isinstance(answer.verdict, Broken) else _unbroken(answer))
    if expect is not None and standing(answer, expect) is not Standing.AS_STATED:
        wanted = expect.statement(answer.request.contract)
        rows += labelled("stated", f"{standing(answer, expect).value}: {wanted}{expect.because}")
    return ascii_only("\n".join(rows) + "\n")


def mail_end(answer: Answer, design: str, more: Sequence[str] = ()) -> str:
    """The last block: the command that prints the same mail, and what made it, as a comment that a shell skips.

    `more` are options that do not narrow the question.
    """
    command = shell_rows([*arguments(answer.request, design, "mail"), *more], COLUMNS)
    rows = ["", "Reproduce:", *command, *made_rows(model_of(answer))]
    return ascii_only("\n".join(rows) + "\n")


def ascii_only(text: str) -> str:
    """Whatever is not ASCII, from a design of a user's own, as an escape."""
    return text.encode("ascii", "backslashreplace").decode("ascii")


def labelled(label: str, text: str, more: Sequence[str] = ()) -> list[str]:
    """`contract   vtd-v10: ...`: a label and what it is about; further texts below."""
    blank = " " * _LABEL
    hanging = blank + "  " if more else blank
    rows = wrap(text, f"{label:<{_LABEL}}", hanging)
    return rows + [row for t in more for row in wrap(t, blank, hanging)]


def headline(text: str) -> list[str]:
    """The sentence that a mail begins with; where it goes on, rows are indented."""
    return wrap(text, "", "    ")


def _world(request: Request) -> Iterator[str]:
    """Design, contract, policy, what is withdrawn or left out, and the claim."""
    yield from labelled("design", request.design.summary, [request.design.source])
    yield from labelled("contract", f"{request.contract}: {CONTRACT_WORDS.get(request.contract, '')}")
    policy = caller_word(request)
    words = "whatever the VMM calls, omits or repeats" if policy == "any" else POLICY_WORDS.get(policy, "")
    yield from labelled("policy", f"{policy}: {words}")
    for name in sorted(request.without):
        yield from labelled("without", f"{name}: {ASSUMPTIONS[name].text}" if name in ASSUMPTIONS else name)
    if request.where:
        yield from labelled("where", request.where)
    if request.only is not None:
        yield from labelled("only", ", ".join(sorted(request.only)) or "no counted event")
    if request.faults is not None:
        yield from labelled("at most", plenty(request.faults, "refusal, time-out or other counted event"))
    yield from labelled("claim", request.property.sentence)


def _broken(answer: Answer) -> Iterator[str]:
    """A trace: what is violated and where, the lanes, what is wrong at the end."""
    told = story(answer)
    request = told.request
    verb = "gets stuck while it is checked for" if told.stuck else "violates"
    yield from headline(f"{request.design.name} {verb} {request.property.name} {_under(request)}")
    yield ""
    yield from _world(request)
    yield from _places(told)
    yield ""
    yield from story_rows(told)
    yield ""
    yield from labelled("FALSE", failure_text(told))
    yield from _ends(told)
    for note in answer.verdict.notes if isinstance(answer.verdict, Broken) else ():
        yield from labelled("note", note)


def _places(told: Story) -> Iterator[str]:
    """Topology, sizes and the start."""
    named = "any (the smallest that has a trace)" if told.topology == "sizes" else ""
    yield from labelled("topology", named or f"{told.topology}: {topology(told.topology).summary}")
    yield from labelled("sizes", sizes_text(told.trace.sizes))
    if isinstance(told.system, Product):
        yield from pair_starts(told.system, told.trace, _LABEL)
        return
    first, *more = start_items(told.system, told.trace) or ["as usual"]
    yield from labelled("start", first, more)


def story_rows(told: Story) -> list[str]:
    """The steps: lanes, or two columns for two runs."""
    if isinstance(told.system, Product):
        return list(pair_rows(told.system, told.trace))
    back = told.lasso.lasso.back if told.lasso is not None else None
    return draw(sequence(told.system, told.trace, back))


def failure_text(told: Story) -> str:
    """What is wrong at the end, or what never happens."""
    if told.lasso is None:
        return failure(told.system, told.claim, told.trace)
    response = next(r for r in told.responses if r.name == told.lasso.claim)
    return missing(told.system, response, told.lasso)


def _ends(told: Story) -> Iterator[str]:
    """Reach, what the VMM sees, and where each fault was seen."""
    yield from labelled("reach", told.reach)
    if isinstance(told.system, Product):
        yield from labelled("seen", pair_ends(told.system, told.trace))
    else:
        yield from labelled("VMM sees", observed(told))
    if told.lasso is not None:
        yield from labelled("fair", fair_text(told.system, told.lasso).removeprefix("fair: "))
    first, *more = fault_texts(told.system, told.trace)
    yield from labelled("events", first, more)
    if isinstance(told.system, Product):
        signs = list(entry_signs(pair_held(told.system, told.trace)))
    else:
        signs = list(lane_signs(sequence(told.system, told.trace)))
    if signs:
        yield from labelled("legend", "; ".join(signs))


def _unbroken(answer: Answer) -> Iterator[str]:
    """A proof, or why there is none."""
    request, verdict = answer.request, answer.verdict
    head, under = f"{request.design.name} {request.property.name}:", _under(request)
    match verdict:
        case Proved():
            yield from headline(f"{request.design.name} {request.property.name} {under}:")
            told = f"proved assuming {_assumed(answer)}; {_extent(answer, verdict)}"
            yield from wrap(told, "    ", "    ")  # so that nobody quotes `proved` without what it assumes
        case Vacuous(why=why):
            yield from headline(f"{head} vacuous, which is no proof, {under}: {why}")
        case HoldsTo(depth=depth, reason=reason, scope=scope):
            where = searched_text(request, scope.sizes, every=False)
            end = f": {reason}" if reason else ""
            steps = plenty(depth, "step")
            yield from headline(f"{head} not proved {under}: no trace of up to {steps} at {where}{end}")
        case Unknown(reason=reason):
            yield from headline(f"{head} undetermined, no answer, {under}: {reason}")
    yield ""
    yield from _world(request)
    fixed, *more = verdict.scope.fixed or ("nothing",)
    yield from labelled("fixed", fixed, more)
    if isinstance(verdict, Proved):
        first, *rest = [*proof_texts(answer, verdict), *obligation_texts(answer.coverage)]
        yield from labelled("proof", first, rest)
        texts = [f"{a.name}: {a.text}{f' [{a.source}]' if a.source else ''}" for a in answer.system.assumptions]
        yield from labelled("assuming", texts[0] if texts else "nothing", texts[1:])


def _under(request: Request) -> str:
    """`under contract ideal (no kernel)`: what a headline is quoted with."""
    return f"under contract {request.contract}{' (no kernel)' if request.contract == 'ideal' else ''}"


def _extent(answer: Answer, proved: Proved) -> str:
    """For what it is proved, in a few words."""
    where = f", where {answer.request.where}" if answer.request.where else ""
    if proved.for_any_number:
        return f"for any number of {', '.join(s.plural for s in answer.system.index_sorts)}{where}"
    most = proved.scope.faults
    bound = "" if most is None else f", with at most {plenty(most, 'counted event')}"
    return f"at sizes only: {searched_text(answer.request, proved.scope.sizes)}{bound}"


def _assumed(answer: Answer) -> str:
    return ", ".join(a.name for a in answer.system.assumptions) or "nothing"
