"""Which output fields make a report sufficient: the answer as text and as data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shootdown.model.report import FIELDS
from shootdown.report.knowledge import alike_brief, alike_text
from shootdown.report.words import assuming_word, narrowing, paragraph, plenty, sizes_row, sizes_text
from shootdown.review.expectation import Exit
from shootdown.review.problem import fixed_text
from shootdown.review.weakest import NOTHING, Border, Enough, Fields, NotEnough, Open, Reply, Subject
from shootdown.search.alike import Alike, Sufficiency
from shootdown.search.verdict import Closed

ASKS = {
    Sufficiency.EXACT: "exactly which devices were left unacknowledged",
    Sufficiency.USEFUL: "one device that was done, wherever there is one",
}
"""What a report is to tell, in words."""


def spelt(fields: Fields) -> str:
    """`errno+count`; `nothing` for no field."""
    return "+".join(f for f in FIELDS if f in fields) or NOTHING


def border_text(subject: Subject, sufficiency: Sufficiency, border: Border) -> str:
    """The smallest sufficient sets, the largest that are not with their runs in short, and one line to grep."""
    rows = [*paragraph(f"{_head(subject)}: output fields that tell {ASKS[sufficiency]}", "", "  ")]
    for fields in border.minimal:
        rows += paragraph(f"enough: {spelt(fields)}{_doubt(border.enough[fields], sufficiency)}")
    if border.minimal:
        rows += paragraph(_searched(border.enough[border.minimal[0]].sizes), "    ", "    ")
    for fields in border.maximal:
        found = border.refuted[fields]
        rows += paragraph(f"not enough: {spelt(fields)}, at {sizes_text(found.place.sizes)}")
        rows += [r for text in alike_brief(subject.system, found.alike) for r in paragraph(text, "    ", "      ")]
    for fields, reply in border.unclear.items():
        rows += paragraph(f"open: {spelt(fields)}: {reply.reason}")
    return "\n".join([*rows, *_scope(subject), "", border_line(subject, sufficiency, border)]) + "\n"


def border_line(subject: Subject, sufficiency: Sufficiency, border: Border) -> str:
    """`count sufficient=exact contract=ideal enough=status not-enough=errno+count sizes<=...`."""
    words = [_prefix(subject, sufficiency), f"enough={_sets(border.minimal)}", f"not-enough={_sets(border.maximal)}"]
    words += [f"open={_sets(border.unclear)}"] if border.unclear else []
    words += [_sizes_word(border.enough[border.minimal[0]].sizes)] if border.minimal else []
    return " ".join([*words, *_tail(subject)])


def reply_text(subject: Subject, sufficiency: Sufficiency, fields: Fields, reply: Reply) -> str:
    """The answer about one set of fields, its runs in full."""
    head = f"{_head(subject)}: {spelt(fields)}"
    line = f"{_prefix(subject, sufficiency)} fields={spelt(fields)}"
    match reply:
        case NotEnough(alike=alike, place=place):
            title = f"{head} does not tell {ASKS[sufficiency]}"
            word = f"refuted runs={len(alike.traces)} steps={'+'.join(str(len(t)) for t in alike.traces)}"
            text = alike_text(subject.system, alike, title) + f"\n{line} {word} sizes={sizes_row(place.sizes)}"
        case Enough(sizes=sizes):
            rows = [*paragraph(f"{head} tells {ASKS[sufficiency]}{_doubt(reply, sufficiency)}", "", "  ")]
            rows += [*paragraph(_searched(sizes)), *_scope(subject)]
            outcome = "proved" if reply.met else "vacuous"
            text = "\n".join([*rows, "", f"{line} {outcome} {_sizes_word(sizes)}"])
        case Open(reason=reason):
            text = "\n".join([*paragraph(f"{head}: not known: {reason}", "", "  "), "", f"{line} unknown"])
    return " ".join([text, *_tail(subject)]) + "\n"


def exit_of_reply(reply: Reply) -> Exit:
    """0 sufficient, 1 not, or nothing to tell, 3 open."""
    match reply:
        case Enough(met=met):
            return Exit.GOOD if met else Exit.REFUTED
        case NotEnough():
            return Exit.REFUTED
        case Open():
            return Exit.OPEN


def exit_of_border(border: Border) -> Exit:
    """0 where some set of fields is sufficient and nothing is open, 1 where none is, 3 where something is open."""
    if border.unclear:
        return Exit.OPEN
    return Exit.GOOD if any(r.met for r in border.enough.values()) else Exit.REFUTED


def border_record(subject: Subject, sufficiency: Sufficiency, border: Border) -> dict[str, Any]:
    """The whole answer for `--json`."""
    return {
        **_record(subject, sufficiency),
        "enough": [_named(f) | reply_record(subject, border.enough[f]) for f in border.minimal],
        "not_enough": [_named(f) | reply_record(subject, border.refuted[f]) for f in border.maximal],
        "open": [_named(f) | reply_record(subject, r) for f, r in border.unclear.items()],
    }


def fields_record(subject: Subject, sufficiency: Sufficiency, fields: Fields, reply: Reply) -> dict[str, Any]:
    """The answer about one set of fields for `--json`."""
    return _record(subject, sufficiency) | _named(fields) | reply_record(subject, reply)


def reply_record(subject: Subject, reply: Reply) -> dict[str, Any]:
    """One answer as data."""
    match reply:
        case Enough(sizes=sizes, met=met):
            closed = [{"sizes": dict(c.sizes), "states": c.states, "digest": c.digest} for c in sizes]
            return {"outcome": "proved" if met else "vacuous", "closed": closed}
        case NotEnough(alike=alike, place=place):
            return {"outcome": "refuted", "sizes": dict(place.sizes), "runs": _runs(subject, alike)}
        case Open(reason=reason):
            return {"outcome": "unknown", "why": reason}


def _runs(subject: Subject, alike: Alike) -> list[dict[str, Any]]:
    device = next(s for s in subject.system.index_sorts if s.name == "Device")
    return [
        {
            "steps": [{"action": s.action, "args": list(s.args)} for s in trace.steps],
            alike.secret.replace(" ", "_"): [device.element(d) for d in names],
        }
        for trace, names in zip(alike.traces, alike.sets, strict=True)
    ]


def _record(subject: Subject, sufficiency: Sufficiency) -> dict[str, Any]:
    asked = subject.request
    return {
        "design": asked.design.name, "question": sufficiency.value, "contract": asked.contract,
        "topology": asked.topology or "sizes", "where": asked.where, "faults": asked.faults,
        "without": sorted(asked.without), "assuming": [a.name for a in subject.system.assumptions],
    }  # fmt: skip


def _named(fields: Fields) -> dict[str, Any]:
    return {"fields": [f for f in FIELDS if f in fields]}


def _head(subject: Subject) -> str:
    asked = subject.request
    where = f"topology {asked.topology}" if asked.topology else "topology sizes"
    return f"{asked.design.name} under contract {asked.contract}, {where}"


def _prefix(subject: Subject, sufficiency: Sufficiency) -> str:
    return f"{subject.request.design.name} sufficient={sufficiency.value} contract={subject.request.contract}"


def _sets(sets: Sequence[Fields] | Mapping[Fields, Open]) -> str:
    return ",".join(spelt(f) for f in sets) or "none"


def _doubt(reply: Enough, sufficiency: Sufficiency) -> str:
    """Where nothing had to be told, the answer is worth nothing."""
    if reply.met:
        return ""
    never = "is ever left unacknowledged" if sufficiency is Sufficiency.EXACT else "is ever done"
    return f", but nobody {never}"


def _top(closed: Sequence[Closed]) -> list[Mapping[str, int]]:
    """The largest sizes that were searched: those that no other one covers in every sort."""
    sizes = [c.sizes for c in closed]
    return [n for n in sizes if not any(m != n and all(m[s] >= n[s] for s in n) for m in sizes)]


def _sizes_word(closed: Sequence[Closed]) -> str:
    return f"sizes<={'+'.join(sizes_row(n) for n in _top(closed))}"


def _searched(closed: Sequence[Closed]) -> str:
    up_to = ", and up to ".join(sizes_text(n) for n in _top(closed))
    return f"proved at every size up to {up_to}: {plenty(sum(c.states for c in closed), 'state')}"


def _tail(subject: Subject) -> Iterator[str]:
    yield assuming_word(subject.system)
    yield from narrowing(subject.request)


def _scope(subject: Subject) -> Iterator[str]:
    """What the answer is about."""
    seen = "container_changes_are_seen" not in subject.request.without
    about = "calls during which no group came or left" if seen else "every call, while groups come and go unseen"
    yield from paragraph(f"asked of {about}; the event is read later, in no order")
    yield from paragraph(f"fixed: {'; '.join(fixed_text(subject.request))}")
    if subject.request.contract == "ideal":
        yield from paragraph("contract ideal, which is no kernel")
