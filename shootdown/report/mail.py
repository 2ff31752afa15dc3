"""An answer as the text of a mail: ASCII, at most 72 columns, the same at every run, so that versions can be diffed.

A trace comes as swim lanes, two runs that look alike beside each other, a lasso with its loop marked. A proof has its
assumptions on the line that says "proved"; a row that ends in a backslash goes on in the next.
"""

from collections.abc import Iterator, Sequence

from shootdown.counterexamples.render import failure
from shootdown.counterexamples.rounds import fair_text, missing
from shootdown.ir.product import Product
from shootdown.model.design import Expect
from shootdown.model.topology import topology
from shootdown.model.world import ASSUMPTIONS
from shootdown.report.effects import STALE
from shootdown.report.lanes import COLUMNS, draw, wrap
from shootdown.report.listing import CONTRACT_WORDS, POLICY_WORDS
from shootdown.report.mail_faults import fault_texts
from shootdown.report.mail_pair import pair_ends, pair_rows, pair_starts
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
_MARK = f"{STALE} behind an entry: the page tables no longer say so"


def mail_text(answer: Answer, design: str, expect: Expect | None = None) -> str:
    """The whole mail with a newline at the end; `design` is the name or path under which the design is found again."""
    return mail_body(answer, expect) + mail_end(answer.request, design)


def mail_body(answer: Answer, expect: Expect | None = None) -> str:
    """The mail up to where it says how to print it again: what is explained besides stands between the two."""
    rows = list(_broken(answer) if isinstance(answer.verdict, Broken) else _unbroken(answer))
    if expect is not None and standing(answer, expect) is not Standing.AS_STATED:
        wanted = expect.statement(answer.request.contract)
        rows += labelled("stated", f"{standing(answer, expect).value}: {wanted}{expect.because}")
    return ascii_only("\n".join(rows) + "\n")


def mail_end(request: Request, design: str, more: Sequence[str] = ()) -> str:
    """The last block: the command that prints the same mail; `more` are options that do not narrow the question."""
    rows = ["", "Reproduce:", *shell_rows([*arguments(request, design, "mail"), *more], COLUMNS)]
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


def continued(text: str) -> list[str]:
    """One logical line: each row but the last ends in a backslash, and the next is indented."""
    rows = wrap(text, "", "    ", COLUMNS - 2)
    return [*(f"{row} \\" for row in rows[:-1]), rows[-1]]


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
    yield from wrap(f"{request.design.name} {verb} {request.property.name}", "", "  ")
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
    yield from labelled("faults", first, more)
    if _shows_stale(told):
        yield from labelled("legend", _MARK)


def _shows_stale(told: Story) -> bool:
    """Whether an entry is marked as stale."""
    if isinstance(told.system, Product):
        return any(row.endswith(STALE) for row in pair_rows(told.system, told.trace))
    diagram = sequence(told.system, told.trace)
    cells = [*(e.cells for e in diagram.events), diagram.held]
    return any(text.endswith(STALE) for c in cells for texts in c.values() for text in texts)


def _unbroken(answer: Answer) -> Iterator[str]:
    """A proof, or why there is none."""
    request, verdict = answer.request, answer.verdict
    head = f"{request.design.name} {request.property.name}:"
    match verdict:
        case Proved():
            yield from continued(f"{head} proved {_extent(answer, verdict)}; assuming {_assumed(answer)}")
        case Vacuous(why=why):
            yield from wrap(f"{head} vacuous, which is no proof: {why}", "", "    ")
        case HoldsTo(depth=depth, reason=reason, scope=scope):
            where = searched_text(request, scope.sizes, every=False)
            end = f": {reason}" if reason else ""
            yield from wrap(f"{head} not proved: no trace of up to {plenty(depth, 'step')} at {where}{end}", "", "    ")
        case Unknown(reason=reason):
            yield from wrap(f"{head} undetermined, no answer: {reason}", "", "    ")
    yield ""
    yield from _world(request)
    fixed, *more = verdict.scope.fixed or ("nothing",)
    yield from labelled("fixed", fixed, more)
    if isinstance(verdict, Proved):
        first, *rest = [*proof_texts(answer, verdict), *obligation_texts(answer.coverage)]
        yield from labelled("proof", first, rest)
        texts = [f"{a.name}: {a.text}{f' [{a.source}]' if a.source else ''}" for a in answer.system.assumptions]
        yield from labelled("assuming", texts[0] if texts else "nothing", texts[1:])


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
